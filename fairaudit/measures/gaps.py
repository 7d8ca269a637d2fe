"""Gaps between groups: the largest of each measure, what chance alone gives, and whether it stands out."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from msgspec import structs

from fairaudit.chance.equality import EqualityTest
from fairaudit.chance.laws import Law, Opposite
from fairaudit.chance.laws.pairs import (
    largest_gap,
    mean_range,
    mean_smallest_ratio,
    pair_error,
    smallest_ratio,
)
from fairaudit.chance.laws.pairs import ratio as ratio_of
from fairaudit.measures.group_values import GroupValues
from fairaudit.measures.spread import rounding
from fairaudit.options import Options
from fairaudit.results import Disparity, Interval
from fairaudit.scoretable.grid import Groups
from fairaudit.streams import Stream

DRAWS = 499
"""Shuffles behind the p-value of a gap where the number is not asked for."""


def disparity(groups: Groups, measured: GroupValues, options: Options, spared: bool = False) -> Disparity:
    """The largest gap of one measure between the groups that are large enough.

    Intervals hold for the largest gap and the smallest ratio of all pairs (`chance.laws.pairs`); the floor is the mean
    range of groups that do not differ; the p-value is that of the measure's test that all groups are equal
    (`chance.equality`).
    """
    by = list(groups.by)
    fit = measured.fit
    if len(fit) < 2:
        why = f"fewer than two groups have {options.min_group} {measured.measure.basis.words}"
        return Disparity(measure=measured.measure.name, by=by, value=None, why=why)
    value = measured.value[fit]
    least = rounding(value)
    high, low = int(np.argmax(value)), int(np.argmin(value))
    gap = float(value[high] - value[low])
    if gap <= least:  # two groups are named all the same
        high, low, gap = 0, len(fit) - 1, 0.0
    of_ratio = 1 - value if spared else value
    meant = measured.measure.has_ratio and of_ratio.max() > 0 and of_ratio.min() >= 0  # below 0 it means nothing
    ratio = float(of_ratio.min() / of_ratio.max()) if meant else None
    result = Disparity(
        measure=measured.measure.name,
        by=by,
        value=gap,
        ratio=ratio,
        spared=spared,
        highest=groups.cell(int(fit[high])),
        lowest=groups.cell(int(fit[low])),
    )
    return result if measured.law is None else _with_certainty(result, measured.law, measured, least, options)


def _with_certainty(gap: Disparity, law: Law, measured: GroupValues, least: float, options: Options) -> Disparity:
    assert gap.value is not None
    confidence, floor = options.confidence, mean_range(law.error)
    floor = floor if floor > least else 0.0
    equality = equality_of(measured, gap.by, options)
    ratio, ends = gap.ratio is not None, (int(np.argmax(law.value)), int(np.argmin(law.value)))
    of_ratio = Opposite(law) if gap.spared else law
    lowest, highest = int(np.argmin(of_ratio.value)), int(np.argmax(of_ratio.value))
    return structs.replace(
        gap,
        standard_error=pair_error(law, *ends, confidence),
        ratio_error=pair_error(of_ratio, lowest, highest, confidence, ratio_of) if ratio else None,
        floor=floor,
        excess=gap.value - floor,
        interval=_beyond_rounding(largest_gap(law, confidence), least),
        bounds=_beyond_rounding(largest_gap(law, confidence, strict=True), least),
        ratio_floor=mean_smallest_ratio(of_ratio.value, of_ratio.error) if ratio else None,
        ratio_interval=smallest_ratio(of_ratio, confidence) if ratio else None,
        ratio_bounds=smallest_ratio(of_ratio, confidence, strict=True) if ratio else None,
        p_value=None if equality is None else equality.p_value,
        p_error=None if equality is None else equality.error,
        test=None if equality is None else equality.method,
    )


def equality_of(measured: GroupValues, by: Sequence[str], options: Options) -> EqualityTest | None:
    """The test that a measure is the same in all groups, by draws of its own; None where it has none."""
    rng = Stream.GAP_SHUFFLES.generator(options.seed, measured.measure.number, crc32("|".join(by).encode()))
    return measured.equality(options.permutations or DRAWS, rng)


def _beyond_rounding(ends: Interval, least: float) -> Interval:
    low, high = (0.0 if abs(end) <= least else end for end in ends)
    return low, high


def largest_of(name: str, gaps: Sequence[Disparity], measured: Sequence[GroupValues], confidence: float) -> Disparity:
    """The largest of the gaps of several measures (of TPR and FPR the equalised odds difference), under a name of its
    own. It has no value where one of them has none.

    The p-value is Bonferroni's.
    """
    values = [gap.value for gap in gaps if gap.value is not None]
    if len(values) < len(gaps):
        absent = next(gap for gap in gaps if gap.value is None)
        return Disparity(measure=name, by=absent.by, value=None, why=absent.why)
    largest = max(values)
    worst = gaps[values.index(largest)]
    tests = [(gap.p_value, gap.p_error or 0.0) for gap in gaps if gap.p_value is not None]
    surest = min(tests, default=None)
    laws = [each.law for each in measured if each.law is not None]
    floor = max((gap.floor for gap in gaps if gap.floor is not None), default=None)
    ends: dict[str, Interval | None] = {"interval": None, "bounds": None}
    if len(laws) == len(gaps):
        ends = {"interval": ends_of_largest(laws, confidence), "bounds": ends_of_largest(laws, confidence, strict=True)}
    return structs.replace(
        worst,
        measure=name,
        ratio=None,
        ratio_floor=None,
        ratio_interval=None,
        ratio_bounds=None,
        floor=floor,
        excess=None if floor is None else largest - floor,
        **ends,
        p_value=None if surest is None else min(1.0, len(gaps) * surest[0]),
        p_error=None if surest is None else len(gaps) * surest[1],
    )


def ends_of_largest(laws: Sequence[Law], confidence: float, strict: bool = False) -> Interval:
    """Limits of the largest gap in any of several measures; see `largest_gap` for one.

    The lower limit is the largest of theirs, each at its part of the error; the upper limit is the largest of theirs,
    as whichever is truly the largest is one of them.
    """
    part = 1 - (1 - confidence) / len(laws)
    low = max(largest_gap(law, part, strict)[0] for law in laws)
    return low, max(largest_gap(law, confidence, strict)[1] for law in laws)
