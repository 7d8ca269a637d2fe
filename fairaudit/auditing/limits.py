"""Limits of a measured value at any level, for verdicts: asked of its law, where it has one."""

from __future__ import annotations

from fairaudit.auditing.reading import Reading
from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.laws import Opposite
from fairaudit.chance.laws.pairs import smallest_ratio
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.gaps import ends_of_largest
from fairaudit.results import Interval


def limits(resampled: Resampled, reading: Reading, confidence: float) -> Interval | None:
    """Limits of a reading of an audit, each wrong with at most half of the error; None where there is no law.

    An interval that was made for 95% says too little of what holds at 99.4%: a skewed mean outgrows it. So a verdict on
    eight groups asks the law itself, in its strict form that also holds far in the tail.

    Args:
        resampled: what the audit was made from.
        reading: value of a group, or the gap or ratio of groups.
        confidence: probability that the truth lies between the limits.
    """
    place = next((place for place, groups in enumerate(resampled.groups) if groups.by == reading.by), None)
    if place is None or reading.value is None:
        return None
    groups, measured = resampled.groups[place], resampled.measured[place]
    parts = MEASURES[reading.measure].largest_of or (reading.measure,)
    laws = [law for part in parts if part in measured and (law := measured[part].law) is not None]
    if len(laws) < len(parts):
        return None
    if reading.statistic == "gap":
        return ends_of_largest(laws, confidence, strict=True)
    if reading.statistic == "ratio":
        return smallest_ratio(Opposite(laws[0]) if reading.spared else laws[0], confidence, strict=True)
    if reading.statistic != "group" or reading.cell is None:
        return None
    fit = measured[reading.measure].fit
    mine = next((index for index, group in enumerate(fit) if groups.cell(int(group)) == reading.cell), None)
    if mine is None:
        return None
    low, high = laws[0].strict((1 - confidence) / 2)
    return float(low[mine]), float(high[mine])
