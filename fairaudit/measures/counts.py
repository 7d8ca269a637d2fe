"""Observed and expected counts per unit of exposure."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.measures.certainty import of_counts
from fairaudit.measures.measure import Measure, Proposal
from fairaudit.measures.numbers import MEAN_OUTCOME
from fairaudit.measures.view import Quotient, View, summed
from fairaudit.scoretable.grid import total

_ACTUAL_EXPECTED = Quotient(summed("outcome"), summed("value"))


def _events(view: View) -> Floats:
    """Events in each group, people of weight 0 left out."""
    table = view.table
    assert table.outcome is not None
    of_line = np.where(table.mass > 0, table.rows * table.outcome, 0.0)
    return total(total(of_line, view.segments.line, len(view.group)), view.group, view.size)


COUNTS = (
    Measure(
        name="frequency",
        number=16,
        label="observed frequency",
        short="actual",
        about="claims per unit of exposure",
        plain="{target} per {exposure}",
        formula="Σ y / Σ exposure in g",
        unit="number",
        better=None,
        good="favourable",
        tasks=("count",),
        needs=("outcome",),
        statistics=("gap", "ratio", "group", "overall", "standardised", "subgroup"),
        headline={"count": 3},
        pictured=("count",),
        searched=True,
        of_groups=MEAN_OUTCOME,
        certainty=of_counts(MEAN_OUTCOME),
        counted=_events,
        of_rows=MEAN_OUTCOME,
    ),
    Measure(
        name="actual_expected",
        number=17,
        label="actual / expected",
        short="A/E",
        about="observed over predicted claims; 1 is right, above 1 the group is underestimated",
        formula="Σ y / Σ expected in g",
        unit="ratio",
        better=None,
        good="opposed",
        tasks=("count",),
        needs=("prediction", "outcome"),
        statistics=("gap", "group", "overall", "standardised", "subgroup"),
        headline={"count": 2},
        pictured=("count",),
        right=1.0,
        proposals=(
            Proposal("gap", 0.2, "How far actual over expected may lie apart between groups. The number is ours."),
        ),
        searched=True,
        of_groups=_ACTUAL_EXPECTED,
        certainty=of_counts(_ACTUAL_EXPECTED),
        counted=_events,
        of_rows=_ACTUAL_EXPECTED,
    ),
)
