"""How well predictions rank the rows of a binary outcome."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.measures.certainty import of_area
from fairaudit.measures.measure import Basis, Measure, Proposal
from fairaudit.measures.view import Bearing, View, divide
from fairaudit.scoretable.cells import sum_by

RARER = Basis("rows of the rarer outcome", lambda view: np.minimum(view.rows(view.positive), view.rows(~view.positive)))


class AreaUnderCurve:
    """Probability that a positive row scores above a negative one, ties counting half; NaN if one class is absent."""

    def __call__(self, view: View) -> Floats:
        """Value in each group, shape (..., G)."""
        positive, negative = self._by_point(view)
        below = np.cumsum(negative, axis=-1) - negative / 2
        return divide((positive * below).sum(-1), positive.sum(-1) * negative.sum(-1))

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The area of all segments. A positive row bears on it by (share of the negative ones below it − AUC) / number
        of positive ones, a negative one likewise: to first order the variance of DeLong, DeLong and Clarke-Pearson
        (1988, doi:10.2307/2531595)."""
        point, mass, size = view.grid.index[view.segments.first], view.sums["mass"], len(view.grid.values)
        positive, negative = (sum_by(point, mass * where, size) for where in (view.positive, ~view.positive))
        positives, negatives = positive.sum(), negative.sum()
        if not positives * negatives > 0:
            return np.nan, lambda: np.full(len(point), np.nan)
        below = (np.cumsum(negative) - negative / 2) / negatives
        above = 1 - (np.cumsum(positive) - positive / 2) / positives
        area = float(positive @ below / positives)
        return (
            area,
            lambda: (
                mass * np.where(view.positive, (below[point] - area) / positives, (above[point] - area) / negatives)
            ),
        )

    def _by_point(self, view: View) -> tuple[Floats, Floats]:
        """Mass of positive and negative rows by group and grid point, shape (..., G, M)."""
        return view.by_point("mass", view.positive), view.by_point("mass", ~view.positive)


AUC = AreaUnderCurve()

RANKING = (
    Measure(
        name="auc",
        number=9,
        label="ranking quality (AUC)",
        short="AUC",
        about="chance that a person with outcome 1 is ranked above one with outcome 0; 0.5 is guessing",
        formula="P(f of a positive > f of a negative) + ½ P(equal), both in g",
        by_class="ranking quality (AUC) of {}",
        unit="number",
        better="higher",
        good="quality",
        tasks=("binary",),
        needs=("prediction", "outcome"),
        statistics=("gap", "group", "overall"),
        headline={"binary": 6},
        proposals=(
            Proposal(
                "overall",
                None,
                "How well the predictions must rank people. Not a norm: just beyond today's interval.",
            ),
        ),
        of_groups=AUC,
        certainty=of_area(),
        of_rows=AUC,
        basis=RARER,
        ties=True,
    ),
)
