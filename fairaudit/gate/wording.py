"""Words of the gate: how every output tells a finding. Nothing is computed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from fairaudit.report import wording as w
from fairaudit.results import Rows
from fairaudit.results.check import Check, Checked, Finding, GroupSize, LeftOut, Waived

LABELS = ("kept", "not assessed", "uncertain", "waived", "warning", "INCONCLUSIVE", "NOT ASSESSED", "BROKEN")
"""What a finding is called, the least grave first."""
STATUS = {
    0: "every limit is kept",
    1: "a limit is broken",
    3: "inconclusive: an interval straddles a limit",
    4: "a limit could not be assessed",
}
"""Exit status → what it says."""
MOST_GROUPS = 12
"""Groups that a sentence names."""
STATISTICS = {
    "gap": "gap",
    "ratio": "ratio",
    "excess": "over its noise floor",
    "correlation": "squared correlation",
    "value": "value",
    "group": "of a group",
    "overall": "overall",
    "standardised": "standardised gap",
    "subgroup": "worst subgroup",
}
GAPS = ("gap", "standardised")
"""Statistics that are differences between groups."""


def label(finding: Finding) -> str:
    """What a finding is called."""
    if finding.verdict == "unmeasured":
        return "NOT ASSESSED" if finding.fails else "not assessed"
    if finding.verdict == "uncertain":
        return "INCONCLUSIVE" if finding.fails else "uncertain"
    if finding.verdict == "kept":
        return "kept"
    if finding.waived is not None:
        return "waived"
    return "BROKEN" if finding.fails else "warning"


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings with those that fail last, and within that the gravest last; else in the order of the limits."""
    return sorted(findings, key=lambda each: (each.fails, LABELS.index(label(each))))


def title(check: Check, finding: Finding) -> str:
    """What was limited: ``selection rate, gap by race × sex``."""
    against = " against the baseline" if finding.against == "margin" else ""
    label = w.words(check, finding.measure).label
    if finding.spared:
        label = f"favourable decisions (1 − {label})"
    if finding.cell is not None:
        return f"{label} of {w.whom(finding.cell, finding.by)}{against}"
    return f"{measured(label, finding.statistic, finding.by)}{against}"


def measured(label: str, statistic: str, attributes: Sequence[str]) -> str:
    """What is read of a measure: ``selection rate, gap by sex``, ``Jensen–Shannon divergence by sex, over its noise
    floor``."""
    by = f" by {w.by_label(attributes)}" if attributes else ""
    if statistic in (*GAPS, "ratio"):
        return f"{label}, {STATISTICS[statistic]}{by}"
    return f"{label}{by}, {STATISTICS[statistic]}"


def amount(check: Check, finding: Finding, value: float | None) -> str:
    """A number in the unit of the finding."""
    unit = w.words(check, finding.measure).unit
    if finding.statistic in GAPS or (finding.against == "margin" and finding.statistic in ("group", "overall")):
        return w.gap_in_unit(value, unit)
    if finding.statistic in ("group", "overall"):
        return w.in_unit(value, unit)
    return w.number(value)


def _level(check: Check, finding: Finding, value: float | None) -> str:
    """The measure itself, also where the worsening is what counts."""
    unit = w.words(check, finding.measure).unit
    return w.in_unit(value, unit) if finding.statistic in ("group", "overall") else amount(check, finding, value)


def _bounds(check: Check, finding: Finding) -> str:
    if finding.interval is None:
        return ""
    unit = w.words(check, finding.measure).unit
    if finding.statistic not in (*GAPS, "group", "overall"):
        unit = "number"
    difference = finding.statistic in GAPS or finding.against == "margin"
    looks = "" if finding.looks is None else f" over all {w.count(finding.looks)} looks"
    looks = looks.replace("all 1 looks", "one look")
    return f" ({w.confidence(check)} interval{looks} {w.interval(finding.interval, unit, gap=difference)})"


def sentence(check: Check, finding: Finding) -> str:
    """What was found, what was allowed and how many groups are left out, without the title."""
    return _found(check, finding) + _apart(finding)


def _found(check: Check, finding: Finding) -> str:
    """What was found and what was allowed, in one sentence, without the title."""
    if finding.verdict == "unmeasured":
        return f"not assessed: {w.clean(finding.why or 'there is no value')}."
    if finding.against == "margin":
        return _comparison(check, finding)
    allowed = f"at {'most' if finding.against == 'max' else 'least'} {amount(check, finding, finding.bound)}"
    straddles = "; the interval straddles the limit" if finding.verdict == "uncertain" else ""
    value = f"{amount(check, finding, finding.value)}{_bounds(check, finding)}"
    if finding.looks is not None:
        changed = f" (it has changed within the {w.count(finding.looks)} looks)" if finding.changed else ""
        value = f"{amount(check, finding, finding.value)} today{_bounds(check, finding)}{changed}"
    return f"{value}, {allowed} allowed{straddles}.{_ends(finding)}"


def _comparison(check: Check, finding: Finding) -> str:
    rows = " on the same rows" if finding.paired else ", rows not matched"
    p_value = "" if finding.p_value is None else f", {w.p_clause(finding.p_value)}"
    change = finding.worsening or 0.0
    worse = "worse" if change > 0 else "better"
    changed = f"{worse} by {amount(check, finding, abs(change))}{_good_way(check, finding)}" if change else "unchanged"
    return (
        f"{_level(check, finding, finding.value)} after {_level(check, finding, finding.baseline)}, {changed}{rows}"
        f"{_bounds(check, finding)}, at most {amount(check, finding, finding.bound)} worse allowed{p_value}."
        f"{_ends(finding)}"
    )


def _good_way(check: Check, finding: Finding) -> str:
    """Which way is good, where it is said of a person and not of the measure."""
    of_people = finding.statistic in ("group", "overall") and w.words(check, finding.measure).better is None
    if finding.better is None or not of_people:
        return ""
    return f" (a {'high' if finding.better == 'higher' else 'low'} value is good for a person here)"


def _apart(finding: Finding) -> str:
    """How many groups are left out, as a sentence of its own."""
    if not finding.left_out:
        return ""
    return f" {finding.left_out} group{'s are' if finding.left_out > 1 else ' is'} not compared."


def _ends(finding: Finding) -> str:
    if finding.statistic == "subgroup" and finding.lowest is not None:
        return f" It is {w.conditions_label(finding.lowest, finding.lowest, 40)}."
    if finding.highest is None or finding.lowest is None:
        return ""
    high, low = (w.whom(cell, finding.by, 40) for cell in (finding.highest, finding.lowest))
    return f" Highest: {high}; lowest: {low}."


def waiver(check: Check, finding: Finding) -> Waived | None:
    """The waiver under which a finding is tolerated."""
    return None if finding.waived is None else check.waivers[finding.waived - 1]


def waiver_sentence(each: Waived) -> str:
    """A waiver in one sentence."""
    return f"Waived until {each.expires} by {w.clean(each.owner)}: {w.clean(each.reason)}"


def outcome(check: Check) -> str:
    """The check in a few words."""
    if check.status == 0 and any(each.verdict != "kept" for each in check.findings):
        return "no limit fails"
    if check.status == 0 and any(each.left_out for each in check.data):
        return "every limit is kept by the groups that could be compared"
    return STATUS[check.status]


def headline(check: Check) -> str:
    """The check in one line."""
    what = outcome(check)
    return f"{what[:1].upper()}{what[1:]}: {counts(check)} (exit status {check.status})."


def counts(check: Check) -> str:
    """How many findings there are of each kind, the gravest first, and how many groups none of them speaks of."""
    labels = Counter(label(finding).lower() for finding in check.findings)
    names = dict.fromkeys(name.lower() for name in reversed(LABELS))
    findings = ", ".join(f"{labels[name]} {name}" for name in names if labels[name])
    groups = sum(len({(*one.by, *one.cell.values()) for one in data.left_out}) for data in check.data)
    return findings + (f"; {groups} group{'s' if groups > 1 else ''} not compared" if groups else "")


def remarks(check: Check, data: Checked) -> list[str]:
    """Of whom nothing is said, one sentence each: every output tells them beside the verdict."""
    sentences = []
    if data.left_out:
        several = {measure for one in data.left_out for measure in one.measures}
        groups = [_left_out(check, one, len(several) > 1) for one in data.left_out]
        sentences.append(f"Not compared: {_some(groups)}.")
    sentences += _dropped(data.rows)
    if data.gone:
        sentences.append(f"Gone since the baseline: {_some([_size(one, 'then') for one in data.gone])}.")
    if data.new:
        sentences.append(f"New since the baseline: {_some([_size(one, 'now') for one in data.new])}.")
    return [f"{w.clean(data.name)}: {each}" if len(check.data) > 1 else each for each in sentences]


def _dropped(rows: Rows) -> list[str]:
    """How many rows were dropped, why, and of which groups; nothing where none was."""
    count = sum(rows.dropped.values())
    if not count:
        return []
    reasons = ", ".join(f"{w.clean(reason)}: {w.count(n)}" for reason, n in sorted(rows.dropped.items()))
    groups: dict[str, list[str]] = {}
    for group in rows.dropped_groups:
        words = f"{w.shorten(group.level, 40)} {w.count(group.dropped)} of {w.count(group.read)}"
        groups.setdefault(group.attribute, []).append(words)
    apart = "".join(f"; by {w.clean(name)}: {_some(words)}" for name, words in groups.items())
    return [f"Dropped: {w.count(count)} of {w.count(rows.read)} rows ({reasons}){apart}."]


def _left_out(check: Check, one: LeftOut, several: bool) -> str:
    rows = "" if one.why.startswith(f"{one.n} rows") else f"{w.count(one.n)} rows; "
    of = ", ".join(w.words(check, measure).label for measure in one.measures) + ": " if several else ""
    return f"{w.by_label(one.by)} = {w.cell_label(one.cell, one.by, 40)} ({rows}{of}{w.clean(one.why)})"


def _size(one: GroupSize, when: str) -> str:
    return f"{w.by_label(one.by)} = {w.cell_label(one.cell, one.by, 40)} ({w.count(one.n)} rows {when})"


def _some(groups: Sequence[str]) -> str:
    """The first of some groups, and how many more there are."""
    more = f" and {len(groups) - MOST_GROUPS} more (the JSON has all)" if len(groups) > MOST_GROUPS else ""
    return ", ".join(groups[:MOST_GROUPS]) + more


def sources(check: Check) -> str:
    """What was checked, in one line."""
    return " · ".join(f"{w.clean(each.name)}: {w.count(each.rows.used)} rows" for each in check.data)
