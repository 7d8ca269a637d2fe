"""Two audits next to each other: every measure that both hold, and whether it changed beyond chance."""

from __future__ import annotations

from msgspec import structs

from fairaudit.auditing.changes import EstimatedChange
from fairaudit.auditing.reading import Reading, readings
from fairaudit.auditing.words import words
from fairaudit.chance.simultaneous import holm
from fairaudit.errors import OptionError
from fairaudit.gate.rules import RULES, Rule
from fairaudit.results import Audit, Comparison, Difference

Place = tuple[Rule, tuple[str, ...]]
"""What is measured, and the attributes that form the groups."""


def compare(before: Audit, after: Audit) -> Comparison:
    """Every measure of two audits, but those of single groups.

    Raises:
        OptionError: the audits are of different tasks, have intervals of different coverage, or nothing in common.
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
    if not common:
        raise OptionError("the two audits have no measure in common")
    unadjusted = [_difference(place[0], sides[0][place], sides[1][place], confidence) for place in common]
    adjusted = iter(holm([each.p_value for each in unadjusted if each.p_value is not None]))
    differences = [
        each if each.p_value is None else structs.replace(each, p_value=next(adjusted)) for each in unadjusted
    ]
    alone = [place for side, other in (sides, sides[::-1]) for place in side if place not in other]
    return Comparison(
        before=before.source,
        after=after.source,
        confidence=confidence,
        differences=differences,
        measures=words(each.measure for each in differences),
        alone=[f"{rule.measure}, {rule.statistic}{' by ' if by else ''}{' × '.join(by)}" for rule, by in alone],
    )


def _by_rule(audit: Audit) -> dict[Place, Reading]:
    """What an audit holds but for single groups, in the order of the rules."""
    rules = {(rule.measure, rule.statistic): rule for rule in RULES if rule.statistic != "group"}
    held: dict[Rule, list[Reading]] = {rule: [] for rule in rules.values()}
    for reading in readings(audit):
        rule = rules.get((reading.measure, reading.statistic))
        if rule is not None:
            held[rule].append(reading)
    return {(rule, reading.by): reading for rule, of_rule in held.items() for reading in of_rule}


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
