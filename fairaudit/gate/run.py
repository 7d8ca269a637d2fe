"""From a configuration to the frozen `Check`, and to a new baseline."""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path

from msgspec import structs

from fairaudit.arrays import Step
from fairaudit.auditing.changes import PairedRows
from fairaudit.auditing.limits import limits
from fairaudit.auditing.reading import Reading, frozen
from fairaudit.auditing.run import table_scores
from fairaudit.auditing.warnings import warnings
from fairaudit.auditing.words import words
from fairaudit.errors import ConfigError
from fairaudit.files import Name, check_targets, from_here
from fairaudit.gate import baseline, series
from fairaudit.gate.anytime import Today, judge_series
from fairaudit.gate.conclusion import check_with_conclusion
from fairaudit.gate.config import Configuration
from fairaudit.gate.left_out import counted, left_out, only_first, sizes
from fairaudit.gate.limits import covered
from fairaudit.gate.margins import Undecided, against_baseline, better_way, decided
from fairaudit.gate.measuring import Asked, Audited, Run, Selection, is_for
from fairaudit.gate.verdicts import decide, judge, status
from fairaudit.gate.waivers import waive
from fairaudit.problems import Problems
from fairaudit.results import Audit, Manifest, Source
from fairaudit.results.check import Check, Checked, Finding, Waived


def check(
    configuration: Configuration,
    today: datetime.date,
    selection: Selection | None = None,
    step: Step = lambda _: None,
) -> Check:
    """Hold the limits of a configuration against its data.

    Args:
        configuration: what is asked.
        today: the day by which waivers must not have expired.
        selection: which rules take part, and what counts as failing.
        step: told the name of each step as it begins.

    Raises:
        FairAuditError: the question could not be asked.
    """
    run = Run(configuration, selection or Selection(), step)
    config, taken = configuration.config, run.limits()
    relative = any(asked.relative(run.selection) for asked in taken)
    held = baseline.load(configuration) if relative else None
    audited = run.audited(taken)
    problems = Problems()
    parts = [_held_against(run, data, taken, None if held is None else held[0], problems) for data in audited]
    problems.tell()
    waiting = [undecided for part in parts for undecided in part.waiting]
    data = [part.checked for part in parts]
    findings = [finding for part in parts for finding in part.findings] + decided(waiting, run.options.confidence)
    findings = sorted(counted(findings, data), key=lambda finding: finding.limit)
    findings = waive(findings, config.waiver, today, run.takes_all, f"'{configuration.path}'")
    findings = decide(findings, run.selection.fail_on)
    path = from_here(configuration.path)
    name = os.path.basename(path) if path.startswith(os.pardir) else path
    found = Check(
        status=status(findings),
        config=Source(name=name, sha256=configuration.sha256),
        baseline=held[1] if held is not None else None,
        data=data,
        findings=findings,
        waivers=[Waived(rule=w.rule, reason=w.reason, owner=w.owner, expires=str(w.expires)) for w in config.waiver],
        ignored=len(config.limit) - len(taken),
        measures=words(finding.measure for finding in findings),
        confidence=run.options.confidence,
        manifest=_manifest(audited[0].audit, run),
    )
    return check_with_conclusion(found)


@dataclass(frozen=True)
class _Part:
    """What a check finds on one of the data."""

    checked: Checked
    findings: list[Finding]
    """Those of limits with a max or min."""
    waiting: list[Undecided]
    """Those of limits with a margin."""


def _held_against(
    run: Run, data: Audited, taken: Sequence[Asked], held: baseline.BaselineFile | None, problems: Problems
) -> _Part:
    """The limits that are for some data held against its audit, and against the baseline; what is wrong with one is
    gathered."""
    pairs, matched = (None, None) if held is None else _pairs(run, data, held)
    everything: list[Reading] = []
    findings: list[Finding] = []
    waiting: list[Undecided] = []
    confidence = run.options.confidence
    for asked in (limit for limit in taken if is_for(limit.limit, data.name)):
        with problems.gathered():
            readings = covered(data.audit, asked.rule, asked.limit, f"{asked.place}, data '{data.name}'")
            everything += readings
            if asked.bounded(run.selection):
                if asked.limit.decided_by == "anytime":
                    findings += _at_any_time(run, data, asked, readings)
                else:
                    findings += judge(asked, data.name, readings, confidence, partial(limits, data.resampled))
            if held is not None and asked.relative(run.selection):
                better = better_way(asked, data.name, data.audit)
                waiting += against_baseline(held, asked, data.name, readings, pairs, better, confidence)
    before = None if held is None else held.data.get(data.name)
    return _Part(_checked(data, everything, matched, before), findings, waiting)


def _at_any_time(run: Run, data: Audited, asked: Asked, readings: Sequence[Reading]) -> list[Finding]:
    """A limit held against the series of looks, of which today's rows must be the last.

    Raises:
        ConfigError: they are not, or the measure cannot be decided so.
    """
    path = series_path(run.configuration)
    looks = [look for look in series.read(path) if look.data == data.name]
    today = (data.audit.source.sha256, None if data.model is None else data.model.sha256)
    if not looks or looks[-1].identity != today:
        raise ConfigError(
            f"data '{data.name}': today's rows are not the last look of '{path.name}'; a limit that is decided at any"
            f" time counts every look, so {series.APPEND}"
        )
    error = (1 - run.options.confidence) / run.anytime_questions
    names = series.lasting_names(table_scores(data.table, run.options), data.table.specs)
    return judge_series(asked, Today(data.name, readings, names), looks, error, run.options.min_group)


def series_path(configuration: Configuration) -> Path:
    """The file of the series."""
    assert configuration.config.baseline is not None
    return Path(configuration.resolve(configuration.config.baseline.series))


def appended(configuration: Configuration, label: str | None = None, step: Step = lambda _: None) -> list[series.Look]:
    """Today's rows added to the series of each of the data that a limit watches at any time; the looks that were added.

    Raises:
        ConfigError: no limit is decided so, or the series cannot go on with these rows.
        OptionError: its file cannot be written, or is one that is read.
    """
    run = Run(configuration, step=step)
    limits = [asked for asked in run.limits() if asked.limit.decided_by == "anytime"]
    if not limits:
        raise ConfigError(
            f"'{configuration.path}' has no limit that is decided at any time; give one the key"
            ' decided-by = "anytime"'
        )
    path = series_path(configuration)
    check_targets([path], configuration.files_read())
    looks, problems = [], Problems()
    for name, data in configuration.config.data.items():
        if not any(is_for(asked.limit, name) for asked in limits):
            continue
        step(f"reading {name}")
        with problems.gathered(f"data '{name}'"):
            held = run.read(name, data)
            table = table_scores(held.table, run.options)
            names = series.lasting_names(table, held.table.specs)
            look = series.look(name, table, names, held.source, held.model)
            looks.append(structs.replace(look, label=label))
    problems.tell()
    return series.append(path, looks, metadata.version("fairaudit-cli"))


def _checked(
    audited: Audited, readings: Sequence[Reading], matched: int | None, before: baseline.StoredData | None
) -> Checked:
    """What was checked, and of whom nothing is said."""
    audit, now = audited.audit, sizes(audited)
    then = now if before is None or before.groups is None else before.groups
    return Checked(
        name=audited.name,
        source=audit.source,
        model=audited.model,
        rows=audit.rows,
        matched=None if audited.keys is None else matched,
        left_out=left_out(audit, readings),
        gone=only_first(then, now, audit.min_group),
        new=only_first(now, then, audit.min_group),
        beware=warnings(audit),
        notes=[*audit.notes, *(audit.rule.statements if audit.rule else ())],
    )


def _manifest(audit: Audit, run: Run) -> Manifest:
    """Versions as the audit has them; the arguments are those of the check."""
    arguments = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in structs.asdict(run.configuration.config.options).items()
    }
    for name in ("select", "ignore", "fail_on"):
        if given := getattr(run.selection, name):
            arguments[name] = list(given)
    return structs.replace(audit.manifest, arguments=arguments)


def _pairs(run: Run, audited: Audited, held: baseline.BaselineFile) -> tuple[PairedRows | None, int]:
    before = held.data.get(audited.name)
    if before is None or before.keyed is None or audited.keys is None:
        return None, 0
    path = baseline.rows_path(run.configuration, audited.name)
    rows, count = baseline.matched_rows(path, before.keyed, audited.keys, audited.table)
    return (None if rows is None else PairedRows(*rows, run.options, audited.audit.favourable)), count


def updated(configuration: Configuration, step: Step = lambda _: None) -> dict[Name, bytes]:
    """The files of a new baseline: path → content.

    Raises:
        ConfigError: the configuration asks for no baseline.
        OptionError: its file cannot be written, or is one that is read.
    """
    if configuration.config.baseline is None:
        raise ConfigError(
            f"'{configuration.path}' has no [baseline]; add one, and a margin to the limits that are held against it"
        )
    check_targets([configuration.resolve(configuration.config.baseline.file)], configuration.files_read())
    run = Run(configuration, step=step)
    relative = [asked for asked in run.limits() if asked.limit.margin is not None]
    if not relative:
        raise ConfigError(
            f"'{configuration.path}' has no limit with a margin, so there is nothing to store; the series of limits"
            " that are decided at any time grows with: fairaudit baseline append"
        )
    files: dict[Name, bytes] = {}
    stored: dict[str, baseline.StoredData] = {}
    version = ""
    for data in run.audited(relative):
        version = data.audit.manifest.fairaudit
        keyed = None
        if data.keys is not None:
            path = baseline.rows_path(configuration, data.name)
            content = baseline.rows_content(data.keys, data.table)
            files[str(path)] = content
            keyed = Source(name=path.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        stored[data.name] = baseline.StoredData(
            source=data.audit.source,
            rows=data.audit.rows.used,
            keyed=keyed,
            groups=sizes(data),
            numbers=_numbers(data, [asked for asked in relative if is_for(asked.limit, data.name)]),
        )
    held = baseline.BaselineFile(fairaudit=version, options=configuration.config.options, data=stored)
    files[configuration.resolve(configuration.config.baseline.file)] = baseline.encode(held)
    return files


def _numbers(data: Audited, taken: Sequence[Asked]) -> list[baseline.StoredNumber]:
    """What a baseline keeps of some data for its limits, sorted, each number once."""
    numbers = {}
    for asked in taken:
        better_way(asked, data.name, data.audit)  # what cannot become worse is refused now, not at the first check
        for reading in covered(data.audit, asked.rule, asked.limit, asked.place):
            number = baseline.stored(asked.rule, reading, data.audit.confidence)
            if number is not None:
                numbers[f"{number.rule} {reading.by} {frozen(reading.cell)}"] = number
    return [numbers[key] for key in sorted(numbers)]
