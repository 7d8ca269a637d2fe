"""Two audits next to each other: every measure that both hold, and whether it changed beyond chance."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from fairaudit.auditing.changes import EstimatedChange
from fairaudit.auditing.gains import group_changes
from fairaudit.auditing.reading import Reading, readings
from fairaudit.auditing.words import words
from fairaudit.chance.simultaneous import holm
from fairaudit.errors import OptionError
from fairaudit.gate.conclusion import comparison_with_conclusion
from fairaudit.gate.rules import RULES, Rule
from fairaudit.results import Audit, Comparison, Difference
from fairaudit.results.words import class_of

Place = tuple[Rule, frozenset[str], bool]
"""What is measured, the attributes that form the groups, in whatever order an audit names them, and whether it is a
ratio of the favourable decisions."""


def compare(before: Audit, after: Audit) -> Comparison:
    """Every measure of two audits, but those of single groups.

    Audits that share no measure of groups, such as those of different attributes, have nothing to be compared by: the
    status says so, for that nothing changed would not follow.

    Raises:
        OptionError: the audits are of different tasks, or have intervals of different coverage.
    """
    if before.task != after.task:
        raise OptionError(f"the first audit is of a {before.task} outcome and the second of a {after.task} one")
    confidence = before.confidence
    if after.confidence != confidence:
        raise OptionError(
            f"the audits have intervals of confidence {confidence} and {after.confidence}; make them alike"
        )
    sides = [_by_rule(audit) for audit in (before, after)]
    common = [place for place in sides[0] if place in sides[1]]
    unadjusted = [
        _with_groups(_difference(place[0], sides[0][place], sides[1][place], confidence), before, after)
        for place in common
    ]
    adjusted = iter(holm([difference.p_value for difference in unadjusted if difference.p_value is not None]))
    differences = [
        difference if difference.p_value is None else structs.replace(difference, p_value=next(adjusted))
        for difference in unadjusted
    ]
    alone = [(side, place) for side, other in (sides, sides[::-1]) for place in side if place not in other]
    comparison = Comparison(
        before=before.source,
        after=after.source,
        status=0 if any(difference.by and difference.change is not None for difference in differences) else 4,
        before_attributes=[attribute.name for attribute in before.protected],
        after_attributes=[attribute.name for attribute in after.protected],
        confidence=confidence,
        differences=differences,
        measures=words(difference.measure for difference in differences),
        alone=[_called(side[place]) for side, place in alone],
    )
    return comparison_with_conclusion(comparison)


def _with_groups(difference: Difference, before: Audit, after: Audit) -> Difference:
    """A gap with what became of its groups."""
    if difference.statistic != "gap":
        return difference
    return structs.replace(difference, groups=group_changes(before, after, difference.measure, difference.by))


def _called(reading: Reading) -> str:
    by = f" by {' × '.join(reading.by)}" if reading.by else ""
    return f"{reading.measure}, {reading.statistic}{by}"


def _by_rule(audit: Audit) -> dict[Place, Reading]:
    """What an audit holds but for single groups, in the order of the rules."""
    rules = {(rule.measure, rule.statistic): rule for rule in RULES if rule.statistic != "group"}
    held: dict[Rule, list[Reading]] = {rule: [] for rule in rules.values()}
    for reading in readings(audit):
        rule = rules.get((class_of(reading.measure)[0], reading.statistic))
        if rule is not None:
            held.setdefault(replace(rule, measure=reading.measure), []).append(reading)
    return {
        (rule, frozenset(reading.by), reading.spared): reading for rule, of_rule in held.items() for reading in of_rule
    }


def _difference(rule: Rule, before: Reading, after: Reading, confidence: float) -> Difference:
    """The difference, its p-value not yet adjusted."""
    difference = Difference(
        rule=rule.id,
        measure=rule.measure,
        statistic=rule.statistic,
        by=list(before.by),
        before=before.value,
        after=after.value,
        better=rule.better,
    )
    if before.value is None or after.value is None:
        return difference
    errors = before.standard_error(confidence), after.standard_error(confidence)
    change = EstimatedChange.between(before.value, after.value, errors)
    return structs.replace(
        difference, change=change.value, interval=change.interval(confidence), p_value=change.p_value()
    )
