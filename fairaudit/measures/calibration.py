"""Whether predicted probabilities are those that are observed."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.measures.certainty import of_calibration, of_curve
from fairaudit.measures.measure import Measure
from fairaudit.measures.view import View, divide
from fairaudit.scoretable.grid import BINS, total


def predicted(view: View) -> Floats:
    """Mass times predicted probability of each segment, shape (..., S)."""
    if view.calibrated is None:
        return view.sums["value"]
    return view.sums["mass"] * view.calibrated[view.grid.index[view.segments.first]]


def _bins(view: View) -> Ints:
    """Calibration bin of each segment."""
    return view.grid.bin[view.segments.first]


def _calibration(view: View) -> Floats:
    return divide(total(view.sums["outcome"] - predicted(view), view.group, view.size), view.total("mass"))


def _calibration_error(view: View) -> Floats:
    off = np.abs(view.by_bin(view.sums["outcome"] - predicted(view)))
    return divide(off.sum(axis=-1), view.total("mass"))


CALIBRATION = (
    Measure(
        name="calibration",
        number=10,
        label="calibration",
        about="mean outcome minus mean predicted rate; above 0 the group is underestimated",
        formula="E(y given g) − E(p given g), p the predicted probability; for a score p is the outcome rate of all"
        " rows with that score",
        by_class="calibration of {}",
        unit="points",
        better=None,
        good="opposed",
        tasks=("binary",),
        needs=("prediction", "outcome"),
        statistics=("gap", "group"),
        headline={"binary": 5},
        right=0.0,
        of_groups=_calibration,
        certainty=of_calibration(predicted),
    ),
    Measure(
        name="calibration_error",
        number=11,
        label="calibration error",
        about="mean distance between predicted and observed rate; 0 is perfect",
        formula=f"Σ over {BINS} bins of equal mass of all predictions, abs(Σ ω (y − p)) / Σ ω, within g; equal ones"
        " share a bin; biased upwards in small groups, so not compared",
        by_class="calibration error of {}",
        unit="rate",
        better="lower",
        good="quality",
        tasks=("binary",),
        needs=("prediction", "outcome"),
        statistics=("group",),
        of_groups=_calibration_error,
        certainty=of_curve(predicted, _bins),
        biased=True,
    ),
)
