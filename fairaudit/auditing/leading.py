"""Which difference a verdict tells first: that which concerns most people, and the two groups that it compares.

A difference is told only if it stands out from chance, and of those the one that concerns most people is told first:
its size beyond its noise floor times the people whom it is about, shares before amounts. Groups of less than a fiftieth
of the rows, and rows without a value, are never what a verdict compares; they stand in the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.ratios import leads, reference_group
from fairaudit.measures.spread import mean_measure, uf_name
from fairaudit.results import Audit, Disparity, Group, Words
from fairaudit.results.verdict import Lead
from fairaudit.results.words import direction, side_of


@dataclass(frozen=True)
class Side:
    """One of the two groups of a comparison."""

    group: Group
    value: float
    people: int
    """Rows of the group that the measure is about."""
    ratio: float | None
    """Its value over that of the reference, as the group states it; None: it states none."""


@dataclass(frozen=True)
class Contrast:
    """One measure between two groups."""

    disparity: Disparity
    words: Words
    worse: Side
    """The worse-off group; where nobody knows which way is good, the one with the higher value."""
    other: Side
    oriented: bool
    """Whether it is known which way is good for a person."""
    concern: float
    """Size of the gap beyond its floor times the people whom it is about, as a share of all."""

    @property
    def counted(self) -> bool:
        """Whether the gap can be counted in people, as that of a share can: these are told before all others."""
        return self.words.unit == "rate"

    @property
    def gap(self) -> float:
        """Difference of the two values, ≥ 0."""
        return abs(self.worse.value - self.other.value)

    @property
    def ratio(self) -> float | None:
        """Lower over higher rate, by the ratios that the groups state; means of probabilities state none."""
        sides = (self.worse, self.other)
        known = MEASURES.get(self.disparity.measure)
        stated = [side.ratio if known is not None and known.has_ratio else side.value for side in sides]
        rates = [rate for rate in stated if rate is not None]
        if self.words.unit != "rate" or len(rates) < 2 or not max(rates) > 0:
            return None
        return min(rates) / max(rates)

    @property
    def level(self) -> float:
        """What the size of the gap is judged by; see `level_of`."""
        return level_of(self.words, [self.worse, self.other])


def tested_once(audit: Audit) -> list[Disparity]:
    """The gaps that were tested, one of each hypothesis: none that is the largest of others; an index of the spread of
    means, which is 0 just where the means are the same, only where the means themselves were not tested."""
    mean = mean_measure(audit.task, audit.prediction.subject)
    of_hypothesis: dict[tuple[str, ...], Disparity] = {}
    for gap in audit.disparities:
        made_of = MEASURES[gap.measure].largest_of if gap.measure in MEASURES else ()
        if gap.p_adjusted is not None and not made_of:
            asked = mean if gap.measure in (uf_name(False), uf_name(True)) else gap.measure
            of_hypothesis.setdefault((asked, *gap.by), gap)
    return list(of_hypothesis.values())


def first_told(audit: Audit, beyond: Sequence[Disparity]) -> Contrast | None:
    """The difference that is told first of some; None where a verdict compares no two of their groups."""
    contrasts = [contrast for gap in beyond if (contrast := contrast_of(audit, gap)) is not None]
    return max(contrasts, key=lambda each: (each.counted, each.concern, -len(each.disparity.by)), default=None)


def contrast_of(audit: Audit, disparity: Disparity) -> Contrast | None:
    """The two groups that a verdict compares in one measure; None where it is no measure of single groups, or tells of
    outcomes while predictions or decisions are what is audited."""
    words = audit.measures.get(disparity.measure)
    if words is None or (words.of_outcomes and audit.prediction.subject != "outcome"):
        return None
    if words.of_class is not None and audit.favourable not in (None, words.of_class):
        return None  # the class that is good for a person says more
    sides = sides_of(audit, disparity)
    if len(sides) < 2:
        return None
    good = good_direction(audit, words)
    value, share = np.array([side.value for side in sides]), np.array([side.group.share for side in sides])
    # Where nobody knows which way is good, others are compared with the lowest value.
    other = sides[reference_group([side.group.cell for side in sides], value, share, good or -1, audit.reference)]
    rest = [side for side in sides if side is not other]
    rest = [side for side in rest if leads(side.group.cell, side.group.share)] or rest
    if good:
        worse = max(rest, key=lambda side: good * (other.value - side.value) * side.people)
        if good * (other.value - worse.value) <= 0:
            return None
    else:
        worse = max(rest, key=lambda side: abs(other.value - side.value) * side.people)
    gap = abs(worse.value - other.value)
    floor = 0.0 if disparity.value is None or disparity.floor is None else min(disparity.floor / disparity.value, 1.0)
    scale = 1.0 if words.unit in ("rate", "points") else level_of(words, [other, *rest]) or 1.0
    concern = gap * (1 - floor) / scale * worse.people / max(audit.rows.used, 1)
    return Contrast(disparity, words, worse, other, bool(good), concern)


def good_direction(audit: Audit, words: Words) -> int:
    """1 where high values of a measure are good for a person, −1 where low ones are, 0 where nobody knows."""
    return direction(side_of(audit.favourable, words.of_class), words.good, words.better)


def sides_of(audit: Audit, disparity: Disparity) -> list[Side]:
    """The groups that have a value."""
    sides = []
    for group in audit.groups:
        measured = group.measures.get(disparity.measure)
        if group.by == disparity.by and measured is not None and measured.value is not None:
            sides.append(Side(group, measured.value, measured.n, measured.ratio))
    return sides


def level_of(words: Words, sides: Sequence[Side]) -> float:
    """What the size of a gap is judged by: the mean of the values, or of the predictions where values are errors of
    either sign, whose own mean is near 0."""
    if words.right == 0:
        means = [replace(side, value=side.group.mean_prediction or 0.0) for side in sides]
        return abs(_overall(means))
    return abs(_overall(sides))


def _overall(sides: Sequence[Side]) -> float:
    share = sum(side.group.share for side in sides)
    return sum(side.group.share * side.value for side in sides) / share if share else 0.0


def lead_of(contrast: Contrast) -> Lead:
    """What a verdict states of the difference that it tells first."""
    high, low = sorted((contrast.worse, contrast.other), key=lambda side: -side.value)
    gap = contrast.disparity
    assert gap.p_adjusted is not None
    return Lead(
        measure=gap.measure,
        by=gap.by,
        worse=contrast.worse.group.cell if contrast.oriented else None,
        against=contrast.other.group.cell if contrast.oriented else None,
        highest=high.group.cell,
        lowest=low.group.cell,
        gap=contrast.gap,
        ratio=contrast.ratio,
        persons=contrast.gap * contrast.worse.people if contrast.words.unit == "rate" and contrast.oriented else None,
        of=contrast.worse.people,
        p_adjusted=gap.p_adjusted,
        bounds=gap.interval,
    )
