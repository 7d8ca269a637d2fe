"""Limits held against measurements, and what follows for the exit status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from fairaudit.chance.simultaneous import reach
from fairaudit.gate.config import Limit
from fairaudit.gate.measurements import Measurement
from fairaudit.gate.rules import Rule
from fairaudit.results import Interval
from fairaudit.results.check import Against, Finding, Status, Verdict

WARN, INCONCLUSIVE = "warn", "inconclusive"
"""What --fail-on adds to broken limits."""


def judge(
    rule: Rule, limit: Limit, number: int, line: int | None, data: str, found: Sequence[Measurement], confidence: float
) -> list[Finding]:
    """One finding for each measurement that a limit covers, and each of its bounds.

    The intervals are widened so that they hold together for all measurements that the limit covers (Bonferroni): a
    limit is one statement, whether it covers two groups or forty.
    """
    measured = sum(each.value is not None for each in found)
    wider = reach(confidence, measured) / reach(confidence, 1)
    bounds: tuple[tuple[Against, float | None], ...] = (("max", limit.max), ("min", limit.min))
    return [
        _finding(rule, limit, number, line, data, each, against, bound, wider)
        for each in found
        for against, bound in bounds
        if bound is not None
    ]


def _finding(
    rule: Rule,
    limit: Limit,
    number: int,
    line: int | None,
    data: str,
    found: Measurement,
    against: Against,
    bound: float,
    wider: float,
) -> Finding:
    ends = None if found.value is None or found.bounds is None else _widened(found.value, found.bounds, wider)
    if ends is not None and rule.statistic in ("gap", "ratio", "value"):
        ends = max(ends[0], 0.0), ends[1]
    verdict = _verdict(found.value, ends, against, bound, limit.decided_by)
    why = found.why if found.value is None else None
    if verdict == "unmeasured":
        why = why or 'no interval could be drawn; decided-by = "point" does without'
    return Finding(
        rule=rule.id,
        data=data,
        limit=number,
        line=line,
        measure=rule.measure,
        statistic=rule.statistic,
        by=list(found.by),
        cell=found.cell,
        level=limit.level,
        decided_by=limit.decided_by,
        against=against,
        bound=bound,
        verdict=verdict,
        value=found.value,
        interval=ends,
        highest=found.highest,
        lowest=found.lowest,
        why=why,
    )


def _widened(value: float, ends: Interval, factor: float) -> Interval:
    low, high = ends
    return min(low, value - (value - low) * factor), max(high, value + (high - value) * factor)


def _verdict(value: float | None, ends: Interval | None, against: Against, bound: float, decided_by: str) -> Verdict:
    """Every comparison is written so that NaN breaks the limit."""
    if value is None or (decided_by == "confident" and ends is None):
        return "unmeasured"
    inner, outer = (value, value) if decided_by == "point" or ends is None else ends
    if against == "min":
        inner, outer, bound = -outer, -inner, -bound
    if not inner <= bound:
        return "broken"
    return "kept" if outer <= bound else "uncertain"


def decide(findings: Iterable[Finding], fail_on: Iterable[str] = ()) -> list[Finding]:
    """The findings, those that make the check fail marked.

    A broken limit fails unless it is waived. A limit that could be assessed nowhere fails as well, because it was not
    kept; if no limit could be assessed at all, every one does, those that only warn too: an empty check is never green.

    Args:
        findings: all of them.
        fail_on: ``warn``: broken limits that warn fail, too; ``inconclusive``: so do intervals that straddle a limit.
    """
    everything, also = list(findings), set(fail_on)
    assessed = {_question(each) for each in everything if each.verdict != "unmeasured"}

    def fails(each: Finding) -> bool:
        if each.verdict == "unmeasured" and not assessed:
            return True
        if each.level == "warn" and WARN not in also:
            return False
        if each.verdict == "unmeasured":
            return _question(each) not in assessed
        if each.verdict == "uncertain":
            return INCONCLUSIVE in also
        return each.verdict == "broken" and each.waived is None

    return [structs.replace(each, fails=fails(each)) for each in everything]


def _question(finding: Finding) -> tuple[int, str, str]:
    return finding.limit, finding.data, finding.against


def status(findings: Iterable[Finding]) -> Status:
    """The exit status of a check: 1 where a limit is broken; else 4 where one could not be assessed; else 3 where an
    interval straddles one and that counts; else 0."""
    failing = {each.verdict for each in findings if each.fails}
    by_verdict: dict[Verdict, Status] = {"broken": 1, "unmeasured": 4, "uncertain": 3}
    return next((code for verdict, code in by_verdict.items() if verdict in failing), 0)
