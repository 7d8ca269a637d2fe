"""Which of an audit's readings a limit covers."""

from __future__ import annotations

from fairaudit.auditing.reading import Reading, readings
from fairaudit.errors import ConfigError, listing, nearest
from fairaudit.gate.config import Limit
from fairaudit.gate.rules import RULES, Rule
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit

WORDS = ("single", "intersection", "any")
"""Groupings that have a name of their own."""


def covered(audit: Audit, rule: Rule, limit: Limit, place: str) -> list[Reading]:
    """The readings that a limit covers.

    Raises:
        ConfigError: there is none, with what the data have instead.
    """
    held = readings(audit)
    of_rule = [each for each in held if (each.measure, each.statistic) == (rule.measure, rule.statistic)]
    if not of_rule:
        raise ConfigError(f"{place}: {_absent(audit, rule, held)}")
    if not of_rule[0].by or MEASURES[rule.measure].joint:
        if limit.by is not None:
            what = "all rows together" if not of_rule[0].by else "all attributes at once"
            raise ConfigError(f"{place}: {rule.measure} ({rule.statistic}) is of {what}; leave out by")
        return of_rule
    chosen = [each for each in of_rule if _covers(limit.by, each.by, len(audit.protected))]
    if not chosen:
        raise ConfigError(f"{place}: {_no_grouping(audit, limit, of_rule)}")
    return chosen


def _covers(by: str | list[str] | None, attributes: tuple[str, ...], count: int) -> bool:
    if by is None or by == "single":
        return len(attributes) == 1
    if by == "intersection":
        return len(attributes) == count
    if by == "any":
        return True
    return set(attributes) == ({by} if isinstance(by, str) else set(by))


def _absent(audit: Audit, rule: Rule, held: list[Reading]) -> str:
    ruled = {(each.measure, each.statistic) for each in RULES}
    names = {each.measure for each in held if each.value is not None and (each.measure, each.statistic) in ruled}
    required = MEASURES[rule.measure].requirement
    needs = f", which needs {required}" if required else ""
    others = f", and of the measures asked for there are {listing(sorted(names))}" if names else ""
    return (
        f"nothing here measures {rule.measure} ({rule.statistic}){needs}; measured are the {audit.prediction.subject}s "
        f"of the task {audit.task}{others}"
    )


def _no_grouping(audit: Audit, limit: Limit, of_rule: list[Reading]) -> str:
    attributes = [attribute.name for attribute in audit.protected]
    asked = [limit.by] if isinstance(limit.by, str) else list(limit.by or ())
    for name in asked:
        if name not in attributes:
            hint = nearest(name, [*attributes, *WORDS])
            return f"by '{name}' is no protected attribute{hint}; there are {listing(attributes)}, and {listing(WORDS)}"
    there = dict.fromkeys(" × ".join(each.by) for each in of_rule)
    return f"there is no grouping by {' × '.join(asked) or 'nothing'}; there are {listing(there)}"
