"""All measures, collected from the files of their ideas; whatever else must know of a measure is derived from here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fairaudit.measures.calibration import CALIBRATION
from fairaudit.measures.classes import CLASSES
from fairaudit.measures.counts import COUNTS
from fairaudit.measures.dependence import DEPENDENCE
from fairaudit.measures.divergence import DIVERGENCE
from fairaudit.measures.losses import LOSSES
from fairaudit.measures.measure import Kind, Measure, OfDistributions
from fairaudit.measures.numbers import NUMBERS
from fairaudit.measures.ranking import RANKING
from fairaudit.measures.rates import RATES
from fairaudit.measures.spread import SPREAD
from fairaudit.results.words import class_of

CHAPTERS: Mapping[str, tuple[Measure, ...]] = {
    "rates": RATES,
    "ranking": RANKING,
    "calibration": CALIBRATION,
    "numbers": NUMBERS,
    "counts": COUNTS,
    "spread": SPREAD,
    "classes": CLASSES,
    "losses": LOSSES,
    "divergence": DIVERGENCE,
    "dependence": DEPENDENCE,
}
"""Idea → its measures. Tables show them in this order."""


class Catalogue(Mapping[str, Measure]):
    """Name → measure, in the order of tables. It also knows those of one class against the rest, by names such as
    ``tpr[left]``, though it does not list them: there is no end of classes."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._listed = {measure.name: measure for measure in measures}

    def __getitem__(self, name: str) -> Measure:
        """The measure of that name."""
        base, of_class = class_of(name)
        if of_class is None or not self._listed[base].by_class:
            return self._listed[name]
        return self._listed[base].against_rest(of_class)

    def __iter__(self) -> Iterator[str]:
        """The names that are listed."""
        return iter(self._listed)

    def __len__(self) -> int:
        """How many are listed."""
        return len(self._listed)


MEASURES: Mapping[str, Measure] = Catalogue(measure for chapter in CHAPTERS.values() for measure in chapter)
"""Name → measure, in the order of tables."""
BY_NUMBER: tuple[Measure, ...] = tuple(sorted(MEASURES.values(), key=lambda measure: measure.number))
"""All measures in the order of their ids: that in which results list them."""


def names(kind: Kind) -> frozenset[str]:
    """Names of the measures of a kind."""
    return frozenset(measure.name for measure in BY_NUMBER if measure.kind == kind)


def divergences() -> dict[str, OfDistributions]:
    """Name → how far the distributions of groups are apart, of every measure that tells it."""
    return {measure.name: known for measure in BY_NUMBER if (known := measure.of_distributions) is not None}
