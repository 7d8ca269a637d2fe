"""Which of an audit's readings a limit covers."""

from __future__ import annotations

from fairaudit.auditing.reading import Reading, readings
from fairaudit.errors import ConfigError, listing, nearest
from fairaudit.gate.rules import RULES, Rule
from fairaudit.gate.tables import Limit
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit
from fairaudit.results.memberships import attribute_of
from fairaudit.results.words import class_of

WORDS = ("single", "each", "intersection", "any")
"""Groupings that have a name of their own; an attribute of the same name goes first."""


def covered(audit: Audit, rule: Rule, limit: Limit, place: str) -> list[Reading]:
    """The readings that a limit covers.

    Raises:
        ConfigError: there is none, with what the data have instead.
    """
    held = readings(audit)
    if limit.of_class is not None:
        _refuse_no_class(audit, rule, limit.of_class, place)
    of_rule = [reading for reading in held if _is_of(reading, rule, limit)]
    if not of_rule:
        raise ConfigError(f"{place}: {_absent(audit, rule, held)}")
    if not of_rule[0].by or MEASURES[rule.measure].joint:
        if limit.by is not None:
            what = "all rows together" if not of_rule[0].by else "all attributes at once"
            raise ConfigError(f"{place}: {rule.measure} ({rule.statistic}) is of {what}; leave out by")
        return of_rule
    attributes = [attribute.name for attribute in audit.protected]
    memberships = [name for attribute in audit.protected for name in attribute.memberships]
    sets = [attribute.name for attribute in audit.protected if attribute.kind == "set"]
    chosen = [reading for reading in of_rule if _covers(limit.by, reading.by, attributes, sets, memberships)]
    known = [*attributes, *memberships]
    unknown = [name for name in _named(limit.by, known) if name not in known]
    if unknown or not chosen:
        raise ConfigError(f"{place}: {_no_grouping(limit, known, unknown, of_rule)}")
    return chosen


def _is_of(reading: Reading, rule: Rule, limit: Limit) -> bool:
    """Whether a reading is of what a limit reads: of classes of the one that it names, or of any."""
    measure, of_class = class_of(reading.measure)
    return (measure, reading.statistic) == (rule.measure, rule.statistic) and limit.of_class in (None, of_class)


def _refuse_no_class(audit: Audit, rule: Rule, of_class: str, place: str) -> None:
    """Refuse a class that the data have not, or of which the measure is not."""
    if not audit.classes:
        raise ConfigError(f"{place}: class '{of_class}' is said, and the task is {audit.task}; leave out class")
    if of_class not in audit.classes:
        there = f"there are {listing(audit.classes)}"
        raise ConfigError(f"{place}: class '{of_class}' does not occur{nearest(of_class, audit.classes)}; {there}")
    if not MEASURES[rule.measure].by_class:
        raise ConfigError(f"{place}: {rule.measure} ({rule.statistic}) is of all classes at once; leave out class")


def _covers(
    by: str | list[str] | None,
    grouping: tuple[str, ...],
    attributes: list[str],
    sets: list[str],
    memberships: list[str],
) -> bool:
    """Whether a limit covers a grouping.

    Args:
        by: what the limit says.
        grouping: the attributes of the grouping.
        attributes: all protected attributes.
        sets: those with several values in a cell; what names one of them is for having each of its values.
        memberships: names of having these.
    """
    known = [*attributes, *memberships]
    of_attributes = [attribute_of(name, sets) for name in grouping]
    if _each_of_several(by, known):
        named = _named(by, known)
        return len(grouping) == 1 and (grouping[0] in named or of_attributes[0] in named)
    if isinstance(by, list) or by in known:
        wanted = {by} if isinstance(by, str) else set(by)
        return wanted in (set(grouping), set(of_attributes))
    if by in (None, "single", "each"):
        return len(grouping) == 1
    if by == "intersection":
        return len(grouping) == len(attributes)
    return by == "any"


def _each_of_several(by: str | list[str] | None, attributes: list[str]) -> bool:
    """Whether a list names attributes of which each one alone is meant."""
    return isinstance(by, list) and by[:1] == ["each"] and "each" not in attributes


def _named(by: str | list[str] | None, attributes: list[str]) -> list[str]:
    """The attributes that a limit names."""
    if isinstance(by, list):
        return by[1:] if _each_of_several(by, attributes) else by
    return [] if by is None or by in WORDS else [by]


def _absent(audit: Audit, rule: Rule, held: list[Reading]) -> str:
    ruled = {(each.measure, each.statistic) for each in RULES}
    measured = [(class_of(each.measure)[0], each.statistic) for each in held if each.value is not None]
    names = {measure for measure, statistic in measured if (measure, statistic) in ruled}
    required = MEASURES[rule.measure].requirement
    if rule.statistic == "standardised":
        required = f"{required} and an admissible column (given)"
    if rule.statistic == "subgroup" and audit.subgroups is None:
        return f"{rule.measure} (subgroup) needs a search; say how deep in [options], such as search = 2"
    needs = f", which needs {required}" if required else ""
    others = f", and of the measures asked for there are {listing(sorted(names))}" if names else ""
    return (
        f"nothing here measures {rule.measure} ({rule.statistic}){needs}; measured are the {audit.prediction.subject}s "
        f"of the task {audit.task}{others}"
    )


def _no_grouping(limit: Limit, attributes: list[str], unknown: list[str], of_rule: list[Reading]) -> str:
    if unknown:
        hint = nearest(unknown[0], [*attributes, *WORDS])
        words = f"there are {listing(attributes)}, and {listing(WORDS)}"
        return f"by '{unknown[0]}' is no protected attribute{hint}; {words}"
    named = _named(limit.by, attributes)
    there = dict.fromkeys(" × ".join(reading.by) for reading in of_rule)
    return f"there is no grouping by {' × '.join(named) or 'nothing'}; there are {listing(there)}"
