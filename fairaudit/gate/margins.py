"""Limits with a margin held against the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from fairaudit.auditing.changes import EstimatedChange, PairedRows
from fairaudit.auditing.reading import Reading, frozen
from fairaudit.chance.simultaneous import holm
from fairaudit.errors import ConfigError
from fairaudit.gate.baseline import BaselineFile, StoredNumber
from fairaudit.gate.measuring import Asked
from fairaudit.results import Audit
from fairaudit.results.check import Finding, LimitVerdict
from fairaudit.results.words import Better, direction, side_of


@dataclass(frozen=True)
class Undecided:
    """A finding whose verdict waits for the p-values of all others."""

    finding: Finding
    p_value: float | None = None


def better_way(asked: Asked, data: str, audit: Audit) -> Better:
    """The direction in which what a limit reads becomes better: that of the measure, else what is good for the people
    whom it is about.

    Raises:
        ConfigError: neither direction is better by itself, and nobody said what is good for them.
    """
    if asked.rule.better is not None:
        return asked.rule.better
    words = audit.measures.get(asked.measured)
    if words is None and audit.classes:
        raise ConfigError(
            f"{asked.place}: whether more of a class is for the worse depends on the class; say class = NAME in the"
            " limit, that of [data] favourable"
        )
    words = words or audit.measures[asked.rule.measure]
    good = direction(side_of(audit.favourable, words.of_class), words.good, words.better)
    if not good:
        raise ConfigError(
            f"{asked.place}: whether a change of the {words.label} is for the worse depends on which way is good for a"
            f" person, and nobody said; add favourable to [data.{data}], such as favourable ="
            f' "{"yes" if words.unit == "rate" else "high"}"'
        )
    return "higher" if good == 1 else "lower"


def against_baseline(
    held: BaselineFile,
    asked: Asked,
    data: str,
    readings: Sequence[Reading],
    pairs: PairedRows | None,
    better: Better,
    confidence: float,
) -> list[Undecided]:
    """The readings that a limit with a margin covers, next to those of the baseline.

    Args:
        held: the baseline.
        asked: the limit.
        data: name of the data.
        readings: those that it covers.
        pairs: the same rows with the predictions of then and now, where they are known.
        better: the direction that is no worsening, see `better_way`.
        confidence: coverage of the intervals.

    Raises:
        ConfigError: the baseline lacks the data, or the measure.
    """
    if data not in held.data:
        raise ConfigError(f"{asked.place}: the baseline has no data '{data}'; run: fairaudit baseline update")
    before = {
        (tuple(number.by), frozen(number.cell)): number
        for number in held.data[data].numbers
        if number.rule == asked.rule.baseline_id
    }
    if not before:
        raise ConfigError(
            f"{asked.place}: the baseline has no {asked.rule.baseline_id} for data '{data}'; "
            "run: fairaudit baseline update"
        )
    undecided = []
    for reading in readings:
        same_rows = None
        if pairs is not None and reading.cell is None:
            same_rows = pairs.change(reading.measure, reading.statistic, reading.by)
        earlier = before.get((reading.by, frozen(reading.cell)))
        if earlier is not None and earlier.spared != reading.spared:
            raise ConfigError(
                f"{asked.place}: for data '{data}' the baseline holds the ratio of {_decisions(earlier.spared)}, and"
                f" today's is of {_decisions(reading.spared)}; run: fairaudit baseline update"
            )
        undecided.append(_relative(asked, data, reading, earlier, same_rows, better, confidence))
    return undecided


def _decisions(spared: bool) -> str:
    return "favourable decisions, no" if spared else "decisions that are yes"


def _relative(
    asked: Asked,
    data: str,
    now: Reading,
    before: StoredNumber | None,
    same_rows: EstimatedChange | None,
    better: Better,
    confidence: float,
) -> Undecided:
    margin = asked.limit.margin
    assert margin is not None
    finding = asked.finding(data, now, asked.rule.baseline_id, "margin", margin)
    finding = structs.replace(finding, baseline=None if before is None else before.value, better=better)
    change = same_rows
    if change is None and now.value is not None and before is not None:
        errors = before.standard_error, now.standard_error(confidence)
        change = EstimatedChange.between(before.value, now.value, errors)
    if change is None or change.standard_error is None:
        absent = "it is not in the baseline" if before is None else "there is no interval"
        return Undecided(structs.replace(finding, why=now.why or absent))
    worsening = change.worsening(better)
    finding = structs.replace(
        finding, worsening=worsening.value, interval=worsening.interval(confidence), paired=same_rows is not None
    )
    return Undecided(finding, worsening.p_beyond(margin))


def decided(waiting: Sequence[Undecided], confidence: float) -> list[Finding]:
    """The findings against the baseline, their p-values adjusted over all of them."""
    adjusted = iter(holm([each.p_value for each in waiting if each.p_value is not None]))
    p_values = [None if each.p_value is None else next(adjusted) for each in waiting]
    return [_verdict_of(each.finding, p, confidence) for each, p in zip(waiting, p_values, strict=True)]


def _verdict_of(finding: Finding, p_value: float | None, confidence: float) -> Finding:
    if p_value is None or finding.worsening is None or finding.interval is None:
        return finding
    verdict: LimitVerdict = "kept" if finding.interval[1] <= finding.bound else "uncertain"
    if finding.decided_by == "point":
        verdict = "kept" if finding.worsening <= finding.bound else "broken"
    elif not p_value > 1 - confidence:
        verdict = "broken"
    return structs.replace(finding, p_value=p_value, verdict=verdict)
