"""Limits held against measurements, and what follows for the exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import structs

from fairaudit.auditing.reading import Reading
from fairaudit.chance.simultaneous import reach
from fairaudit.gate.measuring import Asked
from fairaudit.results import Interval
from fairaudit.results.check import Against, Finding, LimitVerdict, Status

WARN, INCONCLUSIVE = "warn", "inconclusive"
"""What --fail-on adds to broken limits."""


LimitsAt = Callable[[Reading, float], Interval | None]
"""Limits of a reading at a confidence; None where its law is not known."""


def no_law(reading: Reading, confidence: float) -> Interval | None:
    """None: nobody knows the law of what was read, as of results from a file."""
    return None


def judge(
    asked: Asked,
    data: str,
    readings: Sequence[Reading],
    confidence: float,
    limits: LimitsAt = no_law,
) -> list[Finding]:
    """One finding for each reading that a limit covers, and each of its bounds.

    The intervals hold together for all readings that the limit covers, each at its part of the error (Bonferroni): a
    limit is one statement, whether it covers two groups or forty. Where no law can be asked at that level, the interval
    of the reading is widened as a normal one would have to be.

    Args:
        asked: the limit.
        data: name of the data.
        readings: those that it covers.
        confidence: coverage of the intervals.
        limits: the law of a reading.
    """
    measured = max(sum(reading.value is not None for reading in readings), 1)
    alone = 1 - (1 - confidence) / measured
    wider = reach(confidence, measured) / reach(confidence, 1)
    bounds: tuple[tuple[Against, float | None], ...] = (("max", asked.limit.max), ("min", asked.limit.min))
    return [
        _judged(asked.finding(data, reading, asked.rule.id, against, bound), reading, ends)
        for reading in readings
        for ends in [_ends(reading, limits(reading, alone), wider)]
        for against, bound in bounds
        if bound is not None
    ]


def _ends(reading: Reading, exact: Interval | None, wider: float) -> Interval | None:
    """The interval that a reading is judged by; None where it has none."""
    if reading.value is None or reading.bounds is None:
        return None
    ends = _widened(reading.value, reading.bounds, wider) if exact is None else exact
    return (max(ends[0], 0.0), ends[1]) if reading.statistic in ("gap", "ratio", "value", "standardised") else ends


def _judged(finding: Finding, reading: Reading, interval: Interval | None) -> Finding:
    """A finding with its interval and verdict."""
    verdict = held_against(reading.value, interval, finding.against, finding.bound, finding.decided_by)
    why = reading.why if reading.value is None else None
    if verdict == "unmeasured":
        why = why or 'no interval could be drawn; decided-by = "point" does without'
    return structs.replace(finding, interval=interval, verdict=verdict, why=why)


def _widened(value: float, ends: Interval, factor: float) -> Interval:
    low, high = ends
    return min(low, value - (value - low) * factor), max(high, value + (high - value) * factor)


def held_against(
    value: float | None, ends: Interval | None, against: Against, bound: float, decided_by: str
) -> LimitVerdict:
    """What a limit says of a value and its interval. Every comparison is written so that NaN breaks the limit."""
    if decided_by == "point":
        ends = None if value is None else (value, value)
    if ends is None:
        return "unmeasured"
    inner, outer = ends
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
    assessed = {_question(finding) for finding in everything if finding.verdict != "unmeasured"}

    def fails(finding: Finding) -> bool:
        if finding.verdict == "unmeasured" and not assessed:
            return True
        if finding.level == "warn" and WARN not in also:
            return False
        if finding.verdict == "unmeasured":
            return _question(finding) not in assessed
        if finding.verdict == "uncertain":
            return INCONCLUSIVE in also
        return finding.verdict == "broken" and finding.waived is None

    return [structs.replace(finding, fails=fails(finding)) for finding in everything]


def _question(finding: Finding) -> tuple[int, str, str]:
    return finding.limit, finding.data, finding.against


def status(findings: Iterable[Finding]) -> Status:
    """The exit status of a check: 1 where a limit is broken; else 4 where one could not be assessed; else 3 where an
    interval straddles one and that counts; else 0."""
    failing = {each.verdict for each in findings if each.fails}
    by_verdict: dict[LimitVerdict, Status] = {"broken": 1, "unmeasured": 4, "uncertain": 3}
    return next((code for verdict, code in by_verdict.items() if verdict in failing), 0)
