"""Means over classes of what each is against the rest, and whether the likeliest class is as likely as predicted.

What one class has against the rest is no entry of its own: it is the measure of that name, of a binary table (see
`Measure.against_rest`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairaudit.arrays import Flags, Floats
from fairaudit.chance.equality import EqualityTest
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.shares import Shares
from fairaudit.measures.calibration import CALIBRATION
from fairaudit.measures.certainty import Certainty, Draw, design_effect, effective_rows, equal_weighted_means, freedom
from fairaudit.measures.measure import Measure, Proposal
from fairaudit.measures.ranking import AUC
from fairaudit.measures.rates import decided, positive
from fairaudit.measures.view import Bearing, Formula, Share, View, divide
from fairaudit.scoretable.classes import against_rest
from fairaudit.scoretable.grid import grid, total


def of_class(view: View, place: int) -> View:
    """A view of the binary table of one class, by its decisions, outcomes and masses; what is summed of values and
    outcomes is not that of the class."""
    return replace(view, table=against_rest(view.table, place))


@dataclass(frozen=True)
class MacroShare:
    """Mean over the classes of a share of each against the rest, each class counting alike; one without rows to count
    among, as one that nobody of a group belongs to, is left out."""

    share: Share

    def __call__(self, view: View) -> Floats:
        """Value in each group, shape (..., G); NaN where no class has rows."""
        each = np.array([self.share(of_class(view, place)) for place in range(len(view.table.classes))])
        return divide(np.nansum(each, axis=0), np.isfinite(each).sum(axis=0))

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The mean over all segments, and the mean of how each bears on the classes."""
        return macro(view, self.share, of_class)

    def weights(self, view: View) -> tuple[Floats, Flags]:
        """Weight of each segment by which the mean is one share, 1 / the mass of its class in its group, shape (S,),
        and which segments count: each is of one class, that which it is counted among."""
        weight, counts = np.zeros(len(view.group)), np.zeros(len(view.group), dtype=bool)
        for place in range(len(view.table.classes)):
            part, whole = self.share.parts(of_class(view, place))
            among = total(whole, view.group, view.size)[view.group]
            weight += np.divide(whole, among, out=np.zeros_like(whole), where=among > 0)
            counts |= part > 0
        return weight, counts

    @property
    def known(self) -> Certainty:
        """Limits of a share of as many rows as the weighted ones are worth, K² / Σ 1/n_k where K classes have n_k
        rows; rows are shuffled over the groups with their weights."""

        def law(view: View) -> Law:
            value = self(view)
            weight, counts = self.weights(view)
            weighted = replace(view, sums=view.sums | {"mass": weight})
            bearing = weight * (counts - value[view.group])
            size = effective_rows(weighted) / design_effect(weighted, bearing, weight)
            return Shares(value, size, freedom(weighted, weight))

        def test(view: View, draw: Draw) -> EqualityTest:
            value = self(view)
            weight, counts = self.weights(view)
            return equal_weighted_means(
                view, counts.astype(np.float64), weight, weight * (counts - value[view.group]), draw
            )

        return Certainty(law, test)


@dataclass(frozen=True)
class MacroArea:
    """Mean over the classes that occur of the area under the curve of each against the rest."""

    def __call__(self, view: View) -> Floats:
        """Value, shape (1,), of a view of all rows."""
        return np.array([self.over_all(view)[0]])

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The mean over all segments, and the mean of how each bears on the classes."""
        return macro(view, AUC, _ranked)


def _ranked(view: View, place: int) -> View:
    """A view of the binary table of one class with the grid of its probabilities."""
    table = against_rest(view.table, place)
    return replace(view, table=table, grid=grid(table.value, table.weight, points=len(table)))


def macro(view: View, formula: Formula, part: Callable[[View, int], View]) -> tuple[float, Bearing]:
    """Mean of a formula over the classes in which it is defined, and how each segment bears on it."""
    each = [formula.over_all(part(view, place)) for place in range(len(view.table.classes))]
    known = [(value, bearing) for value, bearing in each if np.isfinite(value)]
    if not known:
        return np.nan, lambda: np.full(len(view.group), np.nan)
    return (
        float(np.mean([value for value, _ in known])),
        lambda: np.mean([bearing() for _, bearing in known], axis=0),
    )


_CALIBRATION = {measure.name: measure for measure in CALIBRATION}
_OF_TOP: dict[str, Any] = {
    "tasks": ("multiclass",),
    "needs": ("probability", "outcome"),
    "headline": {},
    "by_class": "",
    "good": None,
}
MACRO_TPR = MacroShare(Share(decided, positive))
MACRO_PPV = MacroShare(Share(positive, decided))

CLASSES = (
    Measure(
        name="macro_tpr",
        number=31,
        label="mean recall over the classes",
        short="mean recall",
        about="mean of the shares of each observed class that are predicted as it (balanced accuracy), the classes of"
        " the group counting alike",
        formula="mean over the classes k that occur in g of P(d = k given y = k, g)",
        unit="rate",
        better="higher",
        good="quality",
        tasks=("multiclass",),
        needs=("decision", "outcome"),
        statistics=("gap", "ratio", "group", "overall"),
        headline={"multiclass": 5},
        proposals=(
            Proposal("overall", None, "What share of each class must be found. Not a norm: beyond today's interval."),
        ),
        of_groups=MACRO_TPR,
        of_rows=MACRO_TPR,
        certainty=MACRO_TPR.known,
    ),
    Measure(
        name="macro_ppv",
        number=32,
        label="mean precision over the classes",
        short="mean precision",
        about="mean of the shares of each predicted class that are of it, the classes told in the group counting alike",
        formula="mean over the classes k predicted in g of P(y = k given d = k, g)",
        unit="rate",
        better="higher",
        good="quality",
        tasks=("multiclass",),
        needs=("decision", "outcome"),
        statistics=("gap", "ratio", "group", "overall"),
        of_groups=MACRO_PPV,
        of_rows=MACRO_PPV,
        certainty=MACRO_PPV.known,
    ),
    Measure(
        name="macro_auc",
        number=33,
        label="mean ranking quality (AUC) over the classes",
        short="mean AUC",
        about="mean over the classes of the chance that one of the class has a higher probability of it than one of the"
        " rest; 0.5 is guessing",
        formula="mean over the classes k that occur of P(p_k of a row with y = k > p_k of another) + ½ P(equal)",
        unit="number",
        better="higher",
        tasks=("multiclass",),
        needs=("probability", "outcome"),
        statistics=("overall",),
        of_rows=MacroArea(),
    ),
    replace(
        _CALIBRATION["calibration"],
        name="top_calibration",
        number=34,
        label="calibration of the likeliest class",
        short="top calibration",
        about="share of rows of the class that is likeliest for them, minus its mean probability; below 0 the"
        " predictions are too sure",
        formula="P(y = k*) − E(p_k*) given g, k* the class of the highest probability p_k*",
        **(_OF_TOP | {"headline": {"multiclass": 6}}),
        of_top="calibration",
    ),
    replace(
        _CALIBRATION["calibration_error"],
        name="top_calibration_error",
        number=35,
        label="calibration error of the likeliest class",
        short="top calibration error",
        about="mean distance between its probability and how often it is right; 0 is perfect",
        formula="as `calibration_error`, of the highest probability of a row and whether its class occurred",
        **_OF_TOP,
        of_top="calibration_error",
    ),
)
"""In the order of tables."""
