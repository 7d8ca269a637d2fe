"""Limits with a margin held against the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from fairaudit.auditing.paired import Change, worsening_p_value
from fairaudit.chance.simultaneous import holm, reach
from fairaudit.errors import ConfigError
from fairaudit.gate.baseline import BaselineFile, Paired, Stored, standard_error
from fairaudit.gate.measurements import Measurement
from fairaudit.gate.measuring import Asked
from fairaudit.results.check import Finding, Verdict


@dataclass(frozen=True, eq=False)
class Comparison:
    """A finding whose verdict waits for the p-values of all others."""

    finding: Finding
    p_value: float | None = None


def compare(
    held: BaselineFile,
    asked: Asked,
    line: int | None,
    data: str,
    found: Sequence[Measurement],
    pairs: Paired | None,
    confidence: float,
) -> list[Comparison]:
    """The measurements of a limit with a margin next to those of the baseline."""
    if data not in held.data:
        raise ConfigError(f"{asked.place}: the baseline has no data '{data}'; run: fairaudit baseline update")
    before = {
        (tuple(each.by), frozen(each.cell)): each
        for each in held.data[data].numbers
        if each.rule == asked.rule.baseline_id
    }
    if not before:
        raise ConfigError(
            f"{asked.place}: the baseline has no {asked.rule.baseline_id} for data '{data}'; "
            "run: fairaudit baseline update"
        )
    made = []
    for each in found:
        old = before.get((each.by, frozen(each.cell)))
        change = pairs.change(asked.rule, each.by) if pairs is not None and each.cell is None else None
        made.append(_relative(asked, line, data, each, old, change, confidence))
    return made


def frozen(cell: Mapping[str, str] | None) -> tuple[tuple[str, str], ...] | None:
    """A group as a key."""
    return None if cell is None else tuple(sorted(cell.items()))


def _relative(
    asked: Asked,
    line: int | None,
    data: str,
    now: Measurement,
    before: Stored | None,
    paired: Change | None,
    confidence: float,
) -> Comparison:
    limit, rule = asked.limit, asked.rule
    assert limit.margin is not None
    finding = Finding(
        rule=rule.baseline_id,
        data=data,
        limit=asked.number,
        line=line,
        measure=rule.measure,
        statistic=rule.statistic,
        by=list(now.by),
        cell=now.cell,
        level=limit.level,
        decided_by=limit.decided_by,
        against="margin",
        bound=limit.margin,
        verdict="unmeasured",
        value=now.value,
        highest=now.highest,
        lowest=now.lowest,
        baseline=None if before is None else before.value,
    )
    change = paired
    if change is None and now.value is not None and now.spread is not None and before is not None:
        own = standard_error(now.spread, confidence)
        change = Change(now.value - before.value, (own**2 + before.standard_error**2) ** 0.5)
    if change is None:
        absent = "it is not in the baseline" if before is None else "there is no interval"
        return Comparison(structs.replace(finding, why=now.why or absent))
    sign = 1.0 if rule.better == "lower" else -1.0
    worsening, error = sign * change.value, change.standard_error
    half = reach(confidence, 1) * error
    finding = structs.replace(
        finding,
        worsening=worsening,
        interval=(worsening - half, worsening + half),
        paired=paired is not None,
    )
    return Comparison(finding, worsening_p_value(worsening, error, limit.margin))


def decided(waiting: Sequence[Comparison], confidence: float) -> list[Finding]:
    """The findings against the baseline, their p-values adjusted over all of them."""
    tested = [each for each in waiting if each.p_value is not None]
    adjusted = holm([each.p_value for each in tested if each.p_value is not None])
    by_finding = {id(each): p for each, p in zip(tested, adjusted, strict=True)}
    return [_verdict_of(each.finding, by_finding.get(id(each)), confidence) for each in waiting]


def _verdict_of(finding: Finding, p_value: float | None, confidence: float) -> Finding:
    if p_value is None or finding.worsening is None or finding.interval is None:
        return finding
    verdict: Verdict = "kept" if finding.interval[1] <= finding.bound else "uncertain"
    if finding.decided_by == "point":
        verdict = "kept" if finding.worsening <= finding.bound else "broken"
    elif not p_value > 1 - confidence:
        verdict = "broken"
    return structs.replace(finding, p_value=p_value, verdict=verdict)
