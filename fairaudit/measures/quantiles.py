"""Predictions that are quantiles of the outcome: whether they hold as often in every group."""

from __future__ import annotations

from fairaudit.arrays import Flags
from fairaudit.measures.measure import Measure, Proposal
from fairaudit.measures.view import Share, View


def covered(view: View) -> Flags:
    """Segments whose outcomes are at or below the prediction."""
    flags: Flags = view.table.covered[view.segments.first]
    return flags


QUANTILES = (
    Measure(
        name="coverage",
        number=60,
        label="coverage",
        short="covered",
        about="share of outcomes at or below the predicted quantile; right where it is the quantile's level",
        plain="share with {target} at or below {prediction}",
        formula="P(y ≤ f given g), f the predicted quantile of level τ; right where it is τ in every group",
        unit="rate",
        better=None,
        tasks=("regression",),
        needs=("prediction", "outcome", "quantile"),
        statistics=("gap", "ratio", "group", "overall"),
        headline={"regression": 5},
        compared=True,
        proposals=(
            Proposal("gap", 0.05, "How far the shares of outcomes within the prediction may lie apart between groups."),
        ),
        of_groups=Share(covered),
        of_rows=Share(covered),
    ),
)
"""Of a one-sided prediction interval; of a two-sided one it is the difference of the coverages of its two quantiles.
Equal coverage in all groups: Romano, Barber, Sabatti & Candès (2020), doi:10.1162/99608f92.03f00592."""
