"""The family of hypotheses of an audit: each counted once, p-values corrected over all of them.

Two tests may ask the same. That decisions yes/no have one rate in all groups is that their divergence is 0, and their
distance covariance; that a mean is the same in all groups is that the unfairness index is 0. Such tests share one
hypothesis, one p-value counts for it, and all of them carry its corrected p-value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from msgspec import structs

from fairaudit.chance.simultaneous import benjamini_hochberg, holm
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.spread import mean_measure
from fairaudit.options import Correction
from fairaudit.results import (
    Dependence,
    DependenceReport,
    Disparity,
    Divergence,
    JointDependence,
    Subgroups,
    SubgroupSearch,
    Subject,
    WithinStrata,
)
from fairaudit.scoretable.table import ScoreTable

SIGNIFICANT = 0.05
"""Adjusted p-values up to here stand out from chance."""
SMALL = 0.1
"""P-values up to which it is told how well they are known."""
Tested = TypeVar("Tested", Disparity, Divergence, Dependence, JointDependence, WithinStrata, SubgroupSearch)
_Drawn = Disparity | Divergence | Dependence | JointDependence | WithinStrata | SubgroupSearch
Hypothesis = tuple[str, ...]
"""What is asked: ``equal`` and a measure, or ``independent`` and what is measured; then the attributes."""

CORRECTIONS: dict[Correction, Callable[[Sequence[float]], list[float]]] = {
    "holm": holm,
    "bh": benjamini_hochberg,
    "none": list,
}
IN_WORDS: dict[Correction, str] = {
    "holm": "corrected by Holm's method for",
    "bh": "corrected by Benjamini and Hochberg's method for",
    "none": "not corrected for the number of hypotheses, of which there are",
}


@dataclass(frozen=True)
class Corrected:
    """What was tested, with corrected p-values."""

    disparities: list[Disparity]
    divergence: list[Divergence]
    dependence: DependenceReport
    within: list[WithinStrata]
    subgroups: Subgroups | None
    hypotheses: int
    """Number of hypotheses."""
    correction: Correction

    @property
    def level(self) -> float:
        """Plain p-value that stands out whatever the other hypotheses show."""
        return SIGNIFICANT / (1 if self.correction == "none" else max(self.hypotheses, 1))

    @property
    def _where(self) -> str:
        """In what else it is asked to be the same."""
        searches = [] if self.subgroups is None else self.subgroups.searches
        searched = any(each.p_value is not None for each in searches)
        return ", also within strata" * bool(self.within) + ", and in all subgroups that were searched" * searched

    @property
    def note(self) -> list[str]:
        """The family in one sentence; none where nothing was tested."""
        if not self.hypotheses:
            return []
        return [
            f"P-values are {IN_WORDS[self.correction]} {self.hypotheses} "
            f"{'hypothesis' if self.hypotheses == 1 else 'hypotheses'}, each counted once: that a measure is the same"
            f" in all groups{self._where}, and that what is measured is independent of the attributes.",
            *self._drawn,
        ]

    @property
    def _drawn(self) -> list[str]:
        """How well p-values are known that were drawn, in one sentence; none where none was."""
        report = self.dependence
        joint: list[_Drawn] = [report.ccdcov, report.jdcov]
        searches = [] if self.subgroups is None else self.subgroups.searches
        tested: list[_Drawn] = [*self.disparities, *self.divergence, *report.dcov, *joint, *self.within, *searches]
        small = [one.p_error for one in tested if one.p_error and one.p_value is not None and one.p_value <= SMALL]
        if not small:
            return []
        return [
            f"P-values that were drawn are known to a standard error of at most {max(small):.2g}, those above {SMALL:g}"
            " aside."
        ]


def corrected(
    table: ScoreTable,
    disparities: Sequence[Disparity],
    divergence: Sequence[Divergence],
    dependence: DependenceReport,
    within: Sequence[WithinStrata],
    correction: Correction,
    subgroups: Subgroups | None = None,
) -> Corrected:
    """All that was tested in an audit, with p-values corrected over its hypotheses.

    Args:
        table: the score table, which says what is measured and whether it has two values.
        disparities: the gaps, those of a measure before those made of it.
        divergence: the divergences.
        dependence: the distance covariances.
        within: the standardised gaps.
        correction: how p-values are corrected.
        subgroups: the search over subgroups, whose p-values are about the one that stands out most.
    """
    family = _Family(table)
    for gap in disparities:
        if not MEASURES[gap.measure].largest_of:
            family.count(family.of_gap(gap), gap.p_value)
    for tested in divergence:
        family.count(family.of_independence(tested.of, tested.by), tested.p_value)
    for kind, single in family.of_dependence(dependence):
        family.count(kind, single.p_value)
    for standardised in within:
        family.count(_of_strata(standardised), standardised.p_value)
    searches = [] if subgroups is None else subgroups.searches
    for search in searches:
        family.count(_of_search(search), search.p_value)
    p_adjusted = dict(zip(family.p_value, CORRECTIONS[correction](list(family.p_value.values())), strict=True))

    def gap_of(gap: Disparity) -> Disparity:
        parts = MEASURES[gap.measure].largest_of
        if not parts:
            return _with(gap, p_adjusted.get(family.of_gap(gap)))
        found = [p_adjusted.get(family.of_gap(structs.replace(gap, measure=part))) for part in parts]
        return _with(gap, min((p for p in found if p is not None), default=None))

    return Corrected(
        [gap_of(gap) for gap in disparities],
        [_with(tested, p_adjusted.get(family.of_independence(tested.of, tested.by))) for tested in divergence],
        family.report(dependence, p_adjusted),
        [_with(each, p_adjusted.get(_of_strata(each))) for each in within],
        subgroups
        and structs.replace(
            subgroups, searches=[_with(search, p_adjusted.get(_of_search(search))) for search in searches]
        ),
        len(p_adjusted),
        correction,
    )


def _of_search(search: SubgroupSearch) -> Hypothesis:
    """That a measure is the same in all subgroups that were searched."""
    return ("equal in subgroups", search.measure)


def _with(tested: Tested, p_adjusted: float | None) -> Tested:
    return tested if tested.p_value is None else structs.replace(tested, p_adjusted=p_adjusted)


def _of_strata(standardised: WithinStrata) -> Hypothesis:
    """That the values of a measure within strata do not differ one way."""
    return ("equal given", standardised.given, standardised.measure, *standardised.by)


class _Family:
    """The hypotheses, and the p-value that counts for each: that of its first test."""

    def __init__(self, table: ScoreTable) -> None:
        self.table = table
        self.p_value: dict[Hypothesis, float] = {}

    def count(self, hypothesis: Hypothesis, p_value: float | None) -> None:
        """Add a test of a hypothesis; one that was not made counts for nothing."""
        if p_value is not None:
            self.p_value.setdefault(hypothesis, p_value)

    def of_gap(self, gap: Disparity) -> Hypothesis:
        """That a measure is the same in all groups."""
        name = (
            mean_measure(self.table.task, self.table.subject) if gap.measure in ("uf", "uf_weighted") else gap.measure
        )
        return ("equal", name, *gap.by)

    def of_independence(self, subject: Subject, by: Sequence[str]) -> Hypothesis:
        """That what is measured does not depend on the attributes; of two values, that they have one rate."""
        held = {"prediction": None, "decision": self.table.decision, "outcome": self.table.outcome}[subject]
        values = self.table.value if subject == self.table.subject else held
        plain = not self.table.exposed and not self.table.classes
        two = values is not None and len(np.unique(values)) <= 2 and plain
        return ("equal", mean_measure(self.table.task, subject), *by) if two else ("independent", subject, *by)

    def of_dependence(self, report: DependenceReport) -> list[tuple[Hypothesis, Dependence | JointDependence]]:
        """Every distance covariance with its hypothesis."""
        everyone = [attribute.name for attribute in self.table.attributes]
        subject = self.table.subject
        found: list[tuple[Hypothesis, Dependence | JointDependence]] = []
        for single in report.dcov:
            found.append((self._of_places(subject, [single.attribute]), single))
        found += [(self._of_places(subject, everyone), each) for each in (report.ccdcov, report.jdcov)]
        if report.conditional is not None:
            within = report.conditional
            for single, by in zip([*within.dcov, within.ccdcov], [*([n] for n in everyone), everyone], strict=True):
                found.append((("within", within.parity, *by), single))
        return found

    def _of_places(self, subject: Subject, by: list[str]) -> Hypothesis:
        """Distance covariances see the values of a number, where groups are bands of it: that is another hypothesis."""
        named = [attribute for attribute in self.table.attributes if attribute.name in by]
        banded = any(len(attribute.bands) < len(attribute.coordinates) for attribute in named)
        hypothesis = self.of_independence(subject, by)
        return ("places", *hypothesis) if banded else hypothesis

    def report(self, report: DependenceReport, p_adjusted: dict[Hypothesis, float]) -> DependenceReport:
        """The report with corrected p-values."""
        adjusted = iter([p_adjusted.get(hypothesis) for hypothesis, _ in self.of_dependence(report)])
        dcov = [_with(single, next(adjusted)) for single in report.dcov]
        ccdcov, jdcov = _with(report.ccdcov, next(adjusted)), _with(report.jdcov, next(adjusted))
        within = report.conditional
        if within is not None:
            singles = [_with(single, next(adjusted)) for single in within.dcov]
            within = structs.replace(within, dcov=singles, ccdcov=_with(within.ccdcov, next(adjusted)))
        return structs.replace(report, dcov=dcov, ccdcov=ccdcov, jdcov=jdcov, conditional=within)
