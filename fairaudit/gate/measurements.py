"""What an audit holds that can be limited: one flat list of measurements for each limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fairaudit.errors import ConfigError, listing, nearest
from fairaudit.gate.config import Limit
from fairaudit.gate.rules import RULES, Rule
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit, Cell, Interval

WORDS = ("single", "intersection", "any")
"""Groupings that have a name of their own."""


@dataclass(frozen=True)
class Measurement:
    """One number of an audit that a limit may be held against."""

    by: tuple[str, ...]
    """Attributes that form the groups; empty where all rows are taken together."""
    cell: Cell | None
    """The group, where each has its own value."""
    value: float | None
    bounds: Interval | None
    """Interval at the audit's confidence that a limit is held against."""
    spread: Interval | None
    """Interval at the audit's confidence of the same number, the groups taken as named beforehand."""
    highest: Cell | None = None
    lowest: Cell | None = None
    why: str | None = None
    """Why there is no value."""


def measurements(audit: Audit, rule: Rule, limit: Limit, place: str) -> list[Measurement]:
    """The measurements that a limit covers.

    Raises:
        ConfigError: there is none, with what the data have instead.
    """
    found = list(_of_rule(audit, rule))
    if not found:
        raise ConfigError(f"{place}: {_absent(audit, rule)}")
    if not found[0].by or MEASURES[rule.measure].joint:
        if limit.by is not None:
            what = "all rows together" if not found[0].by else "all attributes at once"
            raise ConfigError(f"{place}: {rule.measure} ({rule.statistic}) is of {what}; leave out by")
        return found
    chosen = [each for each in found if _covers(limit.by, each.by, len(audit.protected))]
    if not chosen:
        raise ConfigError(f"{place}: {_no_grouping(audit, limit, found)}")
    return chosen


def _covers(by: str | list[str] | None, attributes: tuple[str, ...], count: int) -> bool:
    if by is None or by == "single":
        return len(attributes) == 1
    if by == "intersection":
        return len(attributes) == count
    if by == "any":
        return True
    return set(attributes) == ({by} if isinstance(by, str) else set(by))


def _of_rule(audit: Audit, rule: Rule) -> Iterator[Measurement]:
    if rule.statistic == "overall":
        yield from _overall(audit, rule.measure)
    elif rule.statistic == "group":
        yield from _groups(audit, rule.measure)
    elif MEASURES[rule.measure].kind == "divergence":
        yield from _divergence(audit, rule.measure)
    elif MEASURES[rule.measure].kind == "dependence":
        yield from _dependence(audit, rule)
    else:
        yield from _disparity(audit, rule)


def _overall(audit: Audit, measure: str) -> Iterator[Measurement]:
    if measure in audit.performance.test:
        value = audit.performance.test[measure]
        ends = audit.performance.intervals.get(measure)
        yield Measurement((), None, value, ends, ends, why="not defined for these rows" if value is None else None)


def _groups(audit: Audit, measure: str) -> Iterator[Measurement]:
    for group in audit.groups:
        if measure in group.measures:
            found = group.measures[measure]
            ends = found.interval
            yield Measurement(tuple(group.by), group.cell, found.value, ends, ends, why=found.why)


def _divergence(audit: Audit, measure: str) -> Iterator[Measurement]:
    for each in audit.divergence:
        if each.name == measure and each.of == audit.prediction.subject:
            yield Measurement(tuple(each.by), None, each.excess, each.interval, each.interval, why=each.why)


def _dependence(audit: Audit, rule: Rule) -> Iterator[Measurement]:
    report, correlated = audit.dependence, rule.statistic == "correlation"
    names = tuple(attribute.name for attribute in audit.protected)
    if rule.measure == "jdcov":
        joint = report.jdcov
        yield Measurement(names, None, joint.excess, joint.interval, joint.interval, why=joint.why)
        return
    singles = [((each.attribute,), each) for each in report.dcov]
    for by, each in singles if rule.measure == "dcov" else [(names, report.ccdcov)]:
        value = each.dcor_sq if correlated else each.excess
        ends = each.dcor_interval if correlated else each.interval
        yield Measurement(by, None, value, ends, ends, why=each.why)


def _disparity(audit: Audit, rule: Rule) -> Iterator[Measurement]:
    for each in audit.disparities:
        if each.metric != rule.measure:
            continue
        by, ends = tuple(each.by), (each.highest, each.lowest)
        if rule.statistic == "gap":
            yield Measurement(by, None, each.value, each.bounds, each.interval, *ends, why=each.why)
        elif rule.statistic == "ratio":
            why = each.why or ("every rate is 0" if each.ratio is None else None)
            yield Measurement(by, None, each.ratio, each.ratio_bounds, each.ratio_interval, *ends, why=why)
        elif rule.statistic == "excess":
            shifted = _shifted(each.interval, each.floor)
            why = each.why or (None if each.excess is not None else "the floor needs permutations")
            yield Measurement(by, None, each.excess, shifted, shifted, why=why)
        else:
            yield Measurement(by, None, each.value, each.interval, each.interval, why=each.why)


def _shifted(ends: Interval | None, by: float | None) -> Interval | None:
    return None if ends is None or by is None else (ends[0] - by, ends[1] - by)


def _absent(audit: Audit, rule: Rule) -> str:
    held = sorted({each.measure for each in RULES if any(found.value is not None for found in _of_rule(audit, each))})
    required = MEASURES[rule.measure].requirement
    needs = f", which needs {required}" if required else ""
    others = f", and of the measures asked for there are {listing(held)}" if held else ""
    return (
        f"nothing here measures {rule.measure} ({rule.statistic}){needs}; measured are the {audit.prediction.subject}s "
        f"of the task {audit.task}{others}"
    )


def _no_grouping(audit: Audit, limit: Limit, found: list[Measurement]) -> str:
    attributes = [attribute.name for attribute in audit.protected]
    asked = [limit.by] if isinstance(limit.by, str) else list(limit.by or ())
    for name in asked:
        if name not in attributes:
            hint = nearest(name, [*attributes, *WORDS])
            return f"by '{name}' is no protected attribute{hint}; there are {listing(attributes)}, and {listing(WORDS)}"
    there = dict.fromkeys(" × ".join(each.by) for each in found)
    return f"there is no grouping by {' × '.join(asked) or 'nothing'}; there are {listing(there)}"
