"""Whether predicted probabilities are those that are observed."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.measures.certainty import of_calibration, of_curve
from fairaudit.measures.measure import Measure
from fairaudit.measures.view import View, divide
from fairaudit.scoretable.grid import total

CURVE_BINS = 10
"""Points of the calibration curve behind `calibration_error`."""


def curve_bins(points: int) -> Ints:
    """Bin of each point of a grid in a calibration curve, shape (M,): neighbours, the same for all groups."""
    return np.arange(points, dtype=np.intp) * min(CURVE_BINS, points) // points


def predicted(view: View, per_point: bool = False) -> Floats:
    """Mass times predicted probability, by group (and grid point)."""
    if view.calibrated is None:
        return view.by_point("value") if per_point else view.total("value")
    by_point = view.by_point("mass") * view.calibrated
    return by_point if per_point else by_point.sum(axis=-1)


def _of_lines(view: View) -> Floats:
    """Mass times predicted probability of each segment that is a line."""
    if view.calibrated is None:
        return view.sums["value"]
    return view.sums["mass"] * view.calibrated[view.grid.index[view.segments.first]]


def _bins_of_lines(view: View) -> Ints:
    """Bin of each segment in the calibration curve."""
    return curve_bins(len(view.grid.values))[view.grid.index[view.segments.first]]


def _calibration(view: View) -> Floats:
    return divide(view.total("outcome") - predicted(view), view.total("mass"))


def _calibration_error(view: View) -> Floats:
    curve = curve_bins(len(view.grid.values))
    off = view.by_point("outcome") - predicted(view, per_point=True)
    return divide(np.abs(total(off, curve, int(curve[-1]) + 1)).sum(axis=-1), view.total("mass"))


CALIBRATION = (
    Measure(
        name="calibration",
        number=10,
        label="calibration",
        about="mean outcome minus mean predicted rate; above 0 the group is underestimated",
        formula="E(y given g) − E(p given g), p the predicted probability; for a score p is the outcome rate of all"
        " rows with that score",
        unit="points",
        better=None,
        good="opposed",
        tasks=("binary",),
        needs=("prediction", "outcome"),
        statistics=("gap", "group"),
        headline={"binary": 5},
        right=0.0,
        of_groups=_calibration,
        certainty=of_calibration(_of_lines),
    ),
    Measure(
        name="calibration_error",
        number=11,
        label="calibration error",
        about="mean distance between predicted and observed rate; 0 is perfect",
        formula=f"Σ over {CURVE_BINS} bins of predictions, abs(Σ ω (y − p)) / Σ ω, within g; biased upwards in small"
        " groups, so not compared",
        unit="rate",
        better="lower",
        good="quality",
        tasks=("binary",),
        needs=("prediction", "outcome"),
        statistics=("group",),
        of_groups=_calibration_error,
        certainty=of_curve(_of_lines, _bins_of_lines),
        biased=True,
    ),
)
