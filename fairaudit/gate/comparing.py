"""Two audits next to each other: every measure that both hold, and whether it changed beyond chance."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fairaudit.auditing.paired import worsening_p_value
from fairaudit.auditing.words import words
from fairaudit.chance.simultaneous import holm, reach
from fairaudit.errors import ConfigError, OptionError
from fairaudit.gate.baseline import standard_error
from fairaudit.gate.config import Limit
from fairaudit.gate.measurements import Measurement, measurements
from fairaudit.gate.rules import RULES, Rule
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit, Comparison, Difference


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
    sides = [dict(_held(audit)) for audit in (before, after)]
    common = [key for key in sides[0] if key in sides[1]]
    if not common:
        raise OptionError("the two audits have no measure in common")
    made = [_difference(key[0], sides[0][key], sides[1][key], confidence) for key in common]
    tested = [index for index, (_, p_value) in enumerate(made) if p_value is not None]
    adjusted = holm([p_value for _, p_value in made if p_value is not None])
    by_index = dict(zip(tested, adjusted, strict=True))
    alone = [key for side, other in (sides, sides[::-1]) for key in side if key not in other]
    differences = [msgspec.structs.replace(each, p_value=by_index.get(i)) for i, (each, _) in enumerate(made)]
    return Comparison(
        before=before.source,
        after=after.source,
        confidence=confidence,
        differences=differences,
        measures=words(each.measure for each in differences),
        alone=[f"{rule.measure}, {rule.statistic}{' by ' if by else ''}{' × '.join(by)}" for rule, by in alone],
    )


def _held(audit: Audit) -> Iterator[tuple[tuple[Rule, tuple[str, ...]], Measurement]]:
    for rule in RULES:
        if rule.statistic == "group":
            continue
        everywhere = None if rule.statistic == "overall" or MEASURES[rule.measure].joint else "any"
        try:
            found = measurements(audit, rule, Limit(measure=rule.measure, by=everywhere), "")
        except ConfigError:
            continue
        for each in found:
            yield (rule, each.by), each


def _difference(
    rule: Rule, before: Measurement, after: Measurement, confidence: float
) -> tuple[Difference, float | None]:
    """The difference, and its unadjusted p-value."""
    plain = Difference(
        rule=rule.id,
        measure=rule.measure,
        statistic=rule.statistic,
        by=list(before.by),
        before=before.value,
        after=after.value,
        better=rule.better,
    )
    if before.value is None or after.value is None:
        return plain, None
    change = after.value - before.value
    plain = msgspec.structs.replace(plain, change=change)
    if before.spread is None or after.spread is None:
        return plain, None
    error = sum(standard_error(each, confidence) ** 2 for each in (before.spread, after.spread)) ** 0.5
    half = reach(confidence, 1) * error
    p_value = min(1.0, 2 * worsening_p_value(abs(change), error, 0.0))
    return msgspec.structs.replace(plain, interval=(change - half, change + half)), p_value
