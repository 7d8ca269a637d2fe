"""An audit read as one flat list of measured values: what limits, baselines and comparisons look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fairaudit.chance.simultaneous import reach
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit, Cell, Dependence, Disparity, Interval, JointDependence


@dataclass(frozen=True)
class Reading:
    """One measured value of an audit."""

    measure: str
    """Name of the measure."""
    statistic: str
    """What is read of it, see `measures.measure.Statistic`."""
    by: tuple[str, ...]
    """Attributes that form the groups; empty where all rows are taken together."""
    cell: Cell | None
    """The group, where each has its own value."""
    value: float | None
    """The value; None where it could not be measured."""
    bounds: Interval | None
    """Interval at the audit's confidence that a limit is held against: it allows for the choice of the groups."""
    interval: Interval | None
    """Interval at the audit's confidence of the same value."""
    highest: Cell | None = None
    """Group with the highest value."""
    lowest: Cell | None = None
    """Group with the lowest value."""
    why: str | None = None
    """Why there is no value."""
    spared: bool = False
    """Whether a ratio is of 1 − the rate, see `Disparity.spared`."""
    error: float | None = None
    """Standard error of the value, the groups taken as named beforehand; None: that behind the interval."""

    @property
    def key(self) -> tuple[str, str, tuple[str, ...], tuple[tuple[str, str], ...] | None]:
        """What it is of, so that readings of two audits can be matched."""
        return self.measure, self.statistic, self.by, frozen(self.cell)

    def standard_error(self, confidence: float) -> float | None:
        """Standard error behind the interval, taken as normal; None without one.

        Args:
            confidence: coverage of the intervals of the audit.
        """
        if self.interval is None or self.error is not None:
            return self.error
        return (self.interval[1] - self.interval[0]) / (2 * reach(confidence, 1))


def frozen(cell: Cell | None) -> tuple[tuple[str, str], ...] | None:
    """A group as a key."""
    return None if cell is None else tuple(sorted(cell.items()))


def readings(audit: Audit) -> list[Reading]:
    """Every value that an audit holds: over all rows, dependence, divergence, gaps, also within strata, and of each
    group.

    Divergences are those of what is measured, not of decisions or outcomes beside it. Measures that only another
    version of fairaudit knows are left out.
    """
    return [
        *_overall(audit),
        *_dependence(audit),
        *_divergence(audit),
        *_disparities(audit),
        *_within(audit),
        *_groups(audit),
        *_subgroups(audit),
    ]


def _overall(audit: Audit) -> Iterator[Reading]:
    for measure, value in audit.performance.test.items():
        if "overall" not in _statistics(measure):
            continue
        interval = audit.performance.intervals.get(measure)
        why = "not defined for these rows" if value is None else None
        if rows := audit.performance.infinite.get(measure):
            why = f"infinite: in {rows} {'row' if rows == 1 else 'rows'} what happened was predicted to be impossible"
        yield Reading(measure, "overall", (), None, value, interval, interval, why=why)


def _dependence(audit: Audit) -> Iterator[Reading]:
    report, everyone = audit.dependence, tuple(attribute.name for attribute in audit.protected)
    yield from _of_dependence("ccdcov", everyone, report.ccdcov)
    yield from _of_dependence("jdcov", everyone, report.jdcov)
    for single in report.dcov:
        yield from _of_dependence("dcov", (single.attribute,), single)


def _of_dependence(measure: str, by: tuple[str, ...], dependence: Dependence | JointDependence) -> Iterator[Reading]:
    values = [("excess", dependence.excess, dependence.interval)]
    if isinstance(dependence, Dependence):
        values.append(("correlation", dependence.dcor_sq, dependence.dcor_interval))
    for statistic, value, interval in values:  # the reason may be that another of its numbers is missing
        why = dependence.why if value is None else None
        yield Reading(measure, statistic, by, None, value, interval, interval, why=why)


def _divergence(audit: Audit) -> Iterator[Reading]:
    for divergence in audit.divergence:
        if divergence.of == audit.prediction.subject:
            by, interval, why = tuple(divergence.by), divergence.interval, divergence.why
            yield Reading(divergence.name, "excess", by, None, divergence.excess, interval, interval, why=why)


def _disparities(audit: Audit) -> Iterator[Reading]:
    for gap in audit.disparities:
        for statistic in _statistics(gap.measure):
            if statistic in ("gap", "ratio", "excess", "value"):
                yield _of_disparity(gap, statistic)


def _of_disparity(gap: Disparity, statistic: str) -> Reading:
    by, ends = tuple(gap.by), (gap.highest, gap.lowest)
    if statistic == "gap":
        own = gap.bounds, gap.interval
        return Reading(gap.measure, statistic, by, None, gap.value, *own, *ends, gap.why, error=gap.standard_error)
    if statistic == "ratio":
        why = gap.why or (_no_ratio(gap.measure) if gap.ratio is None else None)
        own = gap.ratio_bounds, gap.ratio_interval
        ends = ends[::-1] if gap.spared else ends
        return Reading(gap.measure, statistic, by, None, gap.ratio, *own, *ends, why, gap.spared, gap.ratio_error)
    if statistic == "excess":
        why = gap.why or (None if gap.excess is not None else "the floor needs permutations")
        return Reading(gap.measure, statistic, by, None, gap.excess, gap.interval, gap.interval, why=why)
    return Reading(gap.measure, statistic, by, None, gap.value, gap.interval, gap.interval, why=gap.why)


def _no_ratio(measure: str) -> str:
    return "every rate is 0" if MEASURES[measure].proportion else "there is no ratio to 0, or of values below it"


def _within(audit: Audit) -> Iterator[Reading]:
    """Standardised gaps within the strata of an admissible column."""
    for each in audit.within:
        if "standardised" in _statistics(each.measure):
            ends = each.bounds, each.interval, each.highest, each.lowest
            yield Reading(each.measure, "standardised", tuple(each.by), None, each.value, *ends, why=each.why)


def _groups(audit: Audit) -> Iterator[Reading]:
    for group in audit.groups:
        for measure, held in group.measures.items():
            if "group" in _statistics(measure):
                interval = held.interval
                by = tuple(group.by)
                yield Reading(measure, "group", by, group.cell, held.value, interval, interval, why=held.why)


def _subgroups(audit: Audit) -> Iterator[Reading]:
    for search in [] if audit.subgroups is None else audit.subgroups.searches:
        if "subgroup" in _statistics(search.measure):
            own = search.farthest_interval
            why = search.why or ("all people have a rate of 0" if search.farthest is None else None)
            lowest = search.farthest_cell
            yield Reading(search.measure, "subgroup", (), None, search.farthest, own, own, lowest=lowest, why=why)


def _statistics(measure: str) -> tuple[str, ...]:
    """What can be read of a measure; nothing of one that is not known."""
    return MEASURES[measure].statistics if measure in MEASURES else ()
