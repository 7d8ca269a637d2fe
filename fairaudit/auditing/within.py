"""Rates and gaps within the strata of an admissible column, as they stand in the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np
from msgspec import structs
from scipy.special import ndtri

from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.laws.pairs import difference, largest_gap
from fairaudit.chance.laws.weighted import taken
from fairaudit.chance.stratified import Common, StratifiedTest
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.demographic import demographic_disparity
from fairaudit.measures.gaps import DRAWS
from fairaudit.measures.group_values import GroupValues, group_values, of_groups
from fairaudit.measures.ratios import reference_group
from fairaudit.measures.within import Crossed, CrudeAndStandardised, crossed
from fairaudit.results import (
    CommonEstimate,
    GroupValue,
    Homogeneity,
    Interval,
    StandardisedContrast,
    StandardisedGroup,
    Stratum,
    WithinStrata,
)
from fairaudit.results.strata import Reading, sign
from fairaudit.results.words import class_of, direction, side_of
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Groups
from fairaudit.streams import Stream
from fairaudit.text import rows_in_words

NOBODY = "no stratum holds people of both groups"
ONE_EVENT = "in no stratum do both outcomes occur in both groups, so that one of the sums is 0"


def within_strata(
    resampled: Resampled, favourable: str | None, reference: Mapping[str, str], confidence: float
) -> list[WithinStrata]:
    """Every measure that is asked within strata, by each single attribute; nothing without an admissible column.

    Args:
        resampled: the score table.
        favourable: which way is good for a person; None: nobody said.
        reference: attribute → level that others are compared with.
        confidence: coverage of the intervals.
    """
    table = resampled.table
    if table.admissible is None or table.given is None:
        return []
    if table.classes:
        sides = [side_of(favourable, next(iter((part.called or {}).values())).of_class) for part in resampled.parts]
        each = [within_strata(*pair, reference, confidence) for pair in zip(resampled.parts, sides, strict=True)]
        return [one for of_class in each for one in of_class]
    wanted = frozenset(each.name for each in of_groups(table) if each.within_strata and resampled.wants(each.name))
    segments = replace(resampled.segments, replicates={})  # limits come from laws
    result, order = [], list(MEASURES)
    for groups in (each for each in resampled.groups if len(each.by) == 1):
        plain = group_values(table, resampled.grid, segments, groups, resampled.options, True, wanted, resampled.called)
        share = sum_by(groups.index, table.weight, len(groups))
        for measured in sorted(plain.values(), key=lambda values: order.index(class_of(values.measure.name)[0])):
            both = crossed(table, resampled.grid, groups, measured)
            if both is None:
                result.append(_too_few(resampled, groups, measured))
                continue
            good = direction(favourable, measured.measure.good, measured.measure.better)
            fit = measured.fit
            cells = [groups.cell(int(place)) for place in fit]
            against = reference_group(cells, measured.value[fit], share[fit], good or 1, reference)
            result.append(_Measured(resampled, groups, both, confidence, favourable).result(against))
    return result


def _too_few(resampled: Resampled, groups: Groups, measured: GroupValues) -> WithinStrata:
    assert resampled.table.admissible is not None
    why = f"fewer than two groups have {resampled.options.min_group} {measured.measure.basis.words}"
    given, by = resampled.table.admissible.name, list(groups.by)
    return WithinStrata(measure=measured.measure.name, by=by, given=given, groups=[], strata=[], contrasts=[], why=why)


def _ends(low: float, high: float) -> Interval | None:
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None


class _Measured:
    """One measure crossed with strata, about to become a result."""

    def __init__(
        self, resampled: Resampled, groups: Groups, both: Crossed, confidence: float, favourable: str | None
    ) -> None:
        self.resampled, self.groups, self.crossed, self.confidence = resampled, groups, both, confidence
        self.favourable = favourable
        self.certain = both.measured.law is not None
        """Whether intervals are wanted."""

    def cell(self, place: int) -> dict[str, str]:
        """The group at a place among those compared."""
        return self.groups.cell(int(self.crossed.fit[place]))

    def result(self, reference: int) -> WithinStrata:
        """The measure within strata."""
        both, table = self.crossed, self.resampled.table
        assert table.admissible is not None
        measure, plain = both.measured.measure, both.measured.value[both.fit]
        others = [place for place in range(len(both.fit)) if place != reference]
        named: dict[str, Any] = {
            "measure": measure.name,
            "by": list(self.groups.by),
            "given": table.admissible.name,
            "groups": [self._group(place) for place in range(len(both.fit))],
            "strata": [self._stratum(place) for place in range(len(both.strata))],
            "contrasts": [self._contrast(place, reference) for place in others],
            "crude": float(np.ptp(plain)),
        }
        if not both.comparisons:
            return WithinStrata(**named, why="no stratum holds people of two groups")
        gap, high, low = both.farthest
        floor = both.floor if self.certain else None
        test = self._test()
        return WithinStrata(
            **named,
            value=max(gap, 0.0),
            floor=floor,
            excess=None if floor is None else gap - floor,
            interval=both.largest(self.confidence) if self.certain else None,
            bounds=both.largest(self.confidence, strict=True) if self.certain else None,
            highest=self.cell(high),
            lowest=self.cell(low),
            p_value=None if test is None else test.p_value,
            p_error=None if test is None else test.error,
            statistic=None if test is None or not np.isfinite(test.statistic) else test.statistic,
            freedom=None if test is None or not np.isfinite(test.statistic) else test.freedom,
            test=None if test is None else test.method,
        )

    def _test(self) -> StratifiedTest | None:
        if not self.certain:
            return None
        options, key = self.resampled.options, crc32("|".join(self.groups.by).encode())
        rng = Stream.STRATIFIED_SHUFFLES.generator(options.seed, self.crossed.measured.measure.number, key)
        return self.crossed.test(options.permutations or DRAWS, rng)

    def _group(self, place: int) -> StandardisedGroup:
        both = self.crossed
        members = both.there.sum(axis=0)
        alone = both.rows[place] @ (members < 2)
        everywhere = np.asarray(both.there.all(axis=0))
        value, ends = None, None
        if everywhere.any():
            _, _, law = both.standardised(everywhere)
            value = float(law.value[place])
            if self.certain:
                low, high = law.limits((1 - self.confidence) / 2)
                ends = _ends(low[place], high[place])
        return StandardisedGroup(
            cell=self.cell(place),
            n=int(both.rows[place].sum()),
            alone=int(alone),
            value=float(both.measured.value[both.fit[place]]),
            standardised=value,
            interval=ends,
            why=None if value is not None else "no stratum holds people of all groups",
            **self._disparity(place),
        )

    def _disparity(self, place: int) -> dict[str, Any]:
        """The demographic disparity of a group, plain and conditional; of decisions alone."""
        both = self.crossed
        if both.measured.measure.name != "selection_rate":
            return {}
        above, below = both.parts
        accepted = below - above if self.favourable in ("no", "low") else above
        lines = (both.group == place).astype(np.float64), accepted, below, both.view.sums["rows"]
        plain = demographic_disparity(lines[0], np.zeros(len(above), dtype=np.intp), *lines[1:])
        within = demographic_disparity(lines[0], both.stratum, *lines[1:])
        values = (None if np.isnan(each.value) else each.value for each in (plain, within))
        named: dict[str, Any] = dict(zip(("demographic_disparity", "conditional_disparity"), values, strict=True))
        if self.certain:
            named["conditional_interval"] = _ends(*within.limits((1 - self.confidence) / 2))
        return named

    def _stratum(self, place: int) -> Stratum:
        both, least = self.crossed, self.resampled.options.min_group
        assert self.resampled.table.admissible is not None
        cells, rows = both.cell[:, place], both.rows[:, place]
        low, high = both.law.limits((1 - self.confidence) / 2)
        values = []
        for cell, n in zip(cells, rows, strict=True):
            if cell < 0:
                values.append(GroupValue(n=int(n), why="nobody of the group in this stratum"))
                continue
            ends = _ends(low[cell], high[cell]) if self.certain else None
            values.append(GroupValue(value=float(both.law.value[cell]), interval=ends, n=int(n)))
        stratum = Stratum(
            level=self.resampled.table.admissible.levels[both.strata[place]],
            n=int(rows.sum()),
            share=float(min(both.share[place], 1.0)),
            compared=int((cells >= 0).sum()) > 1,
            values=values,
        )
        return self._with_gap(stratum, np.flatnonzero((cells >= 0) & (rows >= max(least, 1))), place)

    def _with_gap(self, stratum: Stratum, fit: np.ndarray, place: int) -> Stratum:
        both, words = self.crossed, self.crossed.measured.measure.basis.words
        if len(fit) < 2:
            least = max(self.resampled.options.min_group, 1)
            return structs.replace(stratum, why=f"fewer than two groups have {rows_in_words(least, words)} here")
        law = taken(both.law, both.cell[fit, place])
        high, low = int(np.argmax(law.value)), int(np.argmin(law.value))
        ratio = both.measured.measure.has_ratio and law.value[high] > 0
        return structs.replace(
            stratum,
            gap=float(law.value[high] - law.value[low]),
            ratio=float(law.value[low] / law.value[high]) if ratio else None,
            interval=largest_gap(law, self.confidence) if self.certain else None,
            highest=self.cell(int(fit[high])),
            lowest=self.cell(int(fit[low])),
        )

    def _contrast(self, place: int, reference: int) -> StandardisedContrast:
        both, tail = self.crossed, self.crossed.tail(self.confidence)
        plain = both.measured.value[both.fit]
        contrast = both.contrast(place, reference)
        rows = both.rows[[place, reference]]
        ends = None
        if both.measured.law is not None:
            low, high = both.measured.law.parts(tail)
            sides = [(plain[at : at + 1], (low[at : at + 1], high[at : at + 1])) for at in (place, reference)]
            start, stop = difference(*sides[0], *sides[1])
            ends = _ends(start[0], stop[0])
        result = StandardisedContrast(
            cell=self.cell(place),
            reference=self.cell(reference),
            n=int(rows.sum()),
            compared=0 if contrast is None else int((rows * contrast.strata).sum()),
            crude=float(plain[place] - plain[reference]),
            crude_interval=ends,
            why=NOBODY if contrast is None else None,
        )
        if contrast is None:
            return result
        result = structs.replace(
            result,
            crude_compared=contrast.crude,
            standardised=contrast.standardised,
            between=contrast.crude - contrast.standardised,
        )
        return structs.replace(result, **self._certainty(contrast, tail, ends)) if self.certain else result

    def _certainty(self, contrast: CrudeAndStandardised, tail: float, crude: Interval | None) -> dict[str, Any]:
        """Intervals, reading, and what is common to the strata, of two groups."""
        both, place, reference = self.crossed, contrast.first, contrast.second
        pair = place * len(both.fit) + reference
        held = next(each for each in both.comparisons if pair in each.pair)
        at = int(np.flatnonzero(held.pair == pair)[0])
        low, high = held.limits(tail, strict=False)
        interval = _ends(low[at], high[at])
        between = contrast.crude - contrast.standardised
        reach = -float(ndtri(tail)) * contrast.error(1.0)
        half = contrast.crude - 2 * contrast.standardised
        reach_of_half = -float(ndtri(tail)) * contrast.error(2.0)
        ends = (between - reach, between + reach), (half - reach_of_half, half + reach_of_half)
        certainty: dict[str, Any] = {"interval": interval, "between_interval": ends[0]}
        two, common = both.two(place, reference), interval
        if two is not None:
            difference_of_rates = _common(two.risk_difference(tail))
            common = difference_of_rates.interval
            certainty |= {
                "odds_ratio": _common(two.odds_ratio(tail)),
                "risk_ratio": _common(two.risk_ratio(tail)),
                "risk_difference": difference_of_rates,
                "homogeneity": _homogeneity(two.homogeneity()),
            }
        return certainty | {"reading": reading(crude, interval, common, *ends)}


def reading(
    crude: Interval | None, within: Interval | None, common: Interval | None, between: Interval, half: Interval
) -> Reading:
    """What the intervals of a crude and a standardised difference allow to say; see `StandardisedContrast.reading`.

    Args:
        crude: interval of the crude difference.
        within: of the standardised one.
        common: of the difference weighted as Mantel and Haenszel do: there is a difference within strata only where
            either way of weighting shows it.
        between: of crude − standardised.
        half: of crude − 2 · standardised, which has the sign of the crude one where more than half of that is between
            strata.
    """
    whole = sign(crude)
    inner = sign(within) if sign(within) == sign(common) else 0
    if not whole:
        return "hidden" if inner else "none"
    if inner == -whole:
        return "turns round"
    if sign(half) == whole:
        return "mostly between"
    if inner and sign(half) == -whole:
        return "mostly within"
    return "in part" if inner and sign(between) == whole else "open"


def _common(estimate: Common) -> CommonEstimate:
    if not np.isfinite(estimate.value):
        return CommonEstimate(why=ONE_EVENT)
    ends = _ends(estimate.low, estimate.high)
    return CommonEstimate(value=estimate.value, interval=ends, why=None if ends else ONE_EVENT)


def _homogeneity(test: StratifiedTest) -> Homogeneity:
    if not np.isfinite(test.statistic):
        return Homogeneity(why="fewer than two strata have both groups and both outcomes")
    known = bool(np.isfinite(test.p_value))
    return Homogeneity(
        statistic=test.statistic,
        freedom=test.freedom,
        p_value=test.p_value if known else None,
        why=None if known else "too few people in a stratum for the law of the test",
    )
