"""A first fairaudit.toml for a table: its roles, and limits that are norms, whatever today's data say."""

from __future__ import annotations

import datetime
import json
import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fairaudit.auditing.reading import Reading
from fairaudit.auditing.warnings import GUESSING, warnings
from fairaudit.data.cleaning import NA
from fairaudit.data.roles import Roles
from fairaudit.errors import ConfigError
from fairaudit.gate.guessing import Guess
from fairaudit.gate.limits import covered
from fairaudit.gate.measuring import Asked
from fairaudit.gate.rules import RULES, Rule
from fairaudit.gate.tables import Limit
from fairaudit.gate.verdicts import LimitsAt, judge, no_law
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.measure import Proposal
from fairaudit.profiles import Norm, find
from fairaudit.results import Audit
from fairaudit.results.check import Finding, LimitVerdict
from fairaudit.results.figures import by_label, gap_in_unit, number, sentence_list, whom
from fairaudit.results.words import class_of
from fairaudit.text import clean

WAIVED = datetime.timedelta(days=90)
"""How long the waiver that is shown would hold."""


def quoted(text: str) -> str:
    """Text as a TOML string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@dataclass(frozen=True)
class Offer:
    """A limit that a first configuration has."""

    rule: Rule
    """What it is of."""
    proposal: Proposal
    """The norm, and how it is told."""


OFFERS = tuple(
    Offer(rule, proposal)
    for rule in RULES
    for proposal in MEASURES[rule.measure].proposals
    if proposal.statistic == rule.statistic
)
ASKED = frozenset(offer.rule.measure for offer in OFFERS)
"""Measures that a proposal looks at."""


@dataclass(frozen=True)
class Proposed:
    """A limit of a first configuration, held against today's data."""

    offer: Offer
    limit: Limit
    about: str
    """What it asks, and whose number it is."""
    findings: tuple[Finding, ...]
    """What a check of today's data finds, each measured one."""

    @property
    def today(self) -> LimitVerdict:
        """The worst verdict of today's data."""
        found = {finding.verdict for finding in self.findings}
        worst: tuple[LimitVerdict, ...] = ("broken", "uncertain", "kept")
        return next(verdict for verdict in worst if verdict in found)


def proposed(audit: Audit, norms: Iterable[Norm] = (), limits: LimitsAt = no_law) -> Iterator[Proposed]:
    """The limits that fit what is measured: norms as they are, and a floor of performance below today's interval.

    Args:
        audit: what is measured today.
        norms: limits that the rule of a profile names.
        limits: the laws of what was measured, as a check asks them.
    """
    named = {(norm.measure, norm.statistic): norm for norm in norms}
    for number_, offer in enumerate(OFFERS, 1):
        rule = offer.rule
        if MEASURES[rule.measure].needs == ("outcome",) and audit.prediction.subject != "outcome":
            continue  # no prediction and no decision can change it
        by = None if rule.statistic == "overall" else "single"
        of_class = None
        if rule.statistic == "ratio" and audit.classes and MEASURES[rule.measure].by_class:
            if audit.favourable is None:
                continue  # that a bad or a rare class is four fifths as frequent is no norm
            of_class = audit.favourable
        try:
            readings = covered(audit, rule, Limit(measure=rule.measure, by=by, of_class=of_class), "")
        except ConfigError:
            continue
        measured = [reading for reading in readings if reading.value is not None]
        values = [reading.value for reading in readings if reading.value is not None]
        if not values or (rule.measure == "auc" and values[0] < GUESSING):
            continue  # a ranking that runs backwards is no floor to hold
        norm = named.get((rule.measure, rule.statistic))
        bound, low = norm.bound if norm else _bound(offer, measured), rule.better == "higher"
        limit = Limit(
            measure=rule.measure,
            statistic=rule.statistic,
            by=by,
            of_class=of_class,
            max=None if low else bound,
            min=bound if low else None,
        )
        findings = judge(Asked(number_, limit, rule, ""), "main", measured, audit.confidence, limits)
        known = tuple(finding for finding in findings if finding.verdict != "unmeasured")
        if known:
            yield Proposed(
                offer,
                limit,
                _about(offer, audit, of_class) + (" The rule of the profile names this limit." if norm else ""),
                known,
            )


def _about(offer: Offer, audit: Audit, of_class: str | None) -> str:
    """What a limit asks, and of which class."""
    if not audit.classes or not MEASURES[offer.rule.measure].by_class:
        return offer.proposal.about
    return f"{offer.proposal.about} It holds for {'each class in turn' if of_class is None else of_class}."


def _bound(offer: Offer, readings: list[Reading]) -> float:
    """The norm; where there is none, a number of two digits beyond today's intervals, which today's data keep."""
    if offer.proposal.usual is not None:
        return offer.proposal.usual
    higher = offer.rule.better == "higher"
    ends = [reading.bounds or (reading.value, reading.value) for reading in readings]
    return (
        _beyond(min(low for low, _ in ends if low is not None), True)
        if higher
        else _beyond(max(high for _, high in ends if high is not None), False)
    )


def _beyond(value: float, lower: bool) -> float:
    """The next number of two digits below (`lower`) or above a value."""
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.01
    bound = (math.floor(value / step) if lower else math.ceil(value / step)) * step
    return float(f"{bound:.6g}")


def render(
    source: str,
    guessed: Guess,
    audit: Audit,
    today: datetime.date,
    embedded: frozenset[str] | None = None,
    laws: LimitsAt = no_law,
) -> str:
    """The configuration as commented TOML.

    Args:
        source: the table.
        guessed: what its columns are for.
        audit: what is measured of it today.
        today: the day from which a waiver would hold.
        embedded: for an embedded table, which brings its roles along, the names of those that were changed; else None.
        laws: limits of what was measured, as a check will ask for them.
    """
    profile = guessed.roles.profile
    limits = list(proposed(audit, find(profile).norms if profile else (), laws))
    lines = [
        "# What `fairaudit check` holds against the data; `fairaudit config schema` and docs/check.md tell every key.",
        "# The roles below are guesses: look at each of them. The limits are norms, not today's values: what today's",
        "# data break is marked. Change a norm where you have a better one.",
        "",
        "[data.main]",
        f"source = {quoted(source)}" + ("  # relative to this file" if embedded is None else ""),
    ]
    if embedded is not None:
        lines.append("# This embedded table brings its roles along; say target, prediction, protected… to change them.")
    shown = _roles(guessed.roles, guessed.key)
    lines += [f"{name} = {value}" for name, value in shown if embedded is None or name in embedded]
    if guessed.roles.favourable is None and profile is None:
        side, choice = "yes" if audit.task == "binary" else "high", "way is good for a person: yes, no, high or low"
        if audit.classes:
            side, choice = audit.classes[0], "class is good for a person"
        lines.append(f"# favourable = {quoted(side)}  # which {choice}")
    for sentence in guessed.unsure:
        lines += _comment(f"Look at this: {sentence}.")
    for warning in warnings(audit):
        lines += _comment(f"Beware: {warning}")
    for limit in limits:
        lines += ["", *_limit(limit)]
    return "\n".join([*lines, "", *_waivers(limits, today), *MORE]) + "\n"


def _limit(each: Proposed) -> Iterator[str]:
    limit = each.limit
    yield from _comment(each.about)
    yield from _comment(_told(each))
    yield "[[limit]]"
    yield f"measure = {quoted(limit.measure)}"
    yield f"statistic = {quoted(str(limit.statistic))}"
    if limit.of_class is not None:
        yield f"class = {quoted(limit.of_class)}"
    yield f"min = {limit.min:g}" if limit.min is not None else f"max = {limit.max:g}"
    if limit.by is not None:
        yield 'by = "single"  # each attribute alone; or "intersection", "any", or names such as ["sex"]'


def _comment(text: str) -> list[str]:
    """Text as comments of lines that a screen shows."""
    return [f"# {line}" for line in textwrap.wrap(clean(text), 110, break_on_hyphens=False)]


def _told(limit: Proposed) -> str:
    """What today's data say of a limit, the findings of the worst verdict by name."""
    findings = [finding for finding in limit.findings if finding.verdict == limit.today]
    shown = sentence_list([_value(finding) for finding in findings[:4]])
    if limit.today == "broken":
        return f"BROKEN TODAY: {shown}. `fairaudit check` fails until that is mended or waived, see below."
    if limit.today == "uncertain":
        return f"Uncertain today, as the interval straddles it: {shown}."
    return f"Kept today: {shown}."


def _value(finding: Finding) -> str:
    unit = MEASURES[finding.measure].unit
    gap = finding.statistic == "gap"
    value = gap_in_unit(finding.value, unit) if gap else number(finding.value)
    of_class = class_of(finding.measure)[1]
    value = value if of_class is None else f"{value} for {clean(of_class)}"
    if not finding.by:
        return value
    ends = ""
    if finding.highest is not None and finding.lowest is not None:
        pair = (whom(cell, finding.by, 30) for cell in (finding.highest, finding.lowest))
        ends = " ({} against {})".format(*pair)
    return f"{value} by {by_label(finding.by)}{ends}"


def _waivers(limits: list[Proposed], today: datetime.date) -> Iterator[str]:
    """For each limit that is broken today a waiver to fill in, as comments."""
    broken = [each for each in limits if each.today == "broken"]
    if not broken:
        return
    yield from _comment(
        "Limits that today's data break. Mend them; or, where that takes time, delete the marks before a waiver, say"
        " why it is tolerated and who answers for it. After its last day the check fails again."
    )
    for each in broken:
        yield "# [[waiver]]"
        yield f"# rule = {quoted(each.offer.rule.id)}  # {each.offer.rule.measure}, {each.offer.rule.statistic}"
        yield '# reason = ""'
        yield '# owner = ""'
        yield f"# expires = {(today + WAIVED).isoformat()}"
    yield ""


MORE = (
    "# Against yesterday: store a baseline with `fairaudit baseline update`, and fail where something becomes worse.",
    "# [baseline]",
    '# file = "fairaudit-baseline.json"',
    "#",
    "# [[limit]]",
    '# measure = "selection_rate"',
    "# margin = 0.02  # at most so much worse than the baseline",
)


NUMBERS = ("exposure", "weight", "count", "cluster")
"""Columns that say how much a row tells."""


def _roles(roles: Roles, key: str | None) -> list[tuple[str, str]]:
    def spelt(name: str) -> str:
        """A column with its marks of missing values, which `Roles` keeps apart."""
        return next((text for text in roles.cleaning.na_of if text.startswith(f"{name}{NA}")), name)

    keys = []
    names = ("prediction", "decision", "target", "threshold", *NUMBERS, "task", "missing", "favourable")
    for name in (*names, "profile"):
        value = getattr(roles, name)
        if value is not None and (name, value) != ("missing", "error"):
            column = name in ("prediction", "decision", "target", *NUMBERS)
            keys.append((name, f"{value:g}" if isinstance(value, float) else quoted(spelt(value) if column else value)))
    protected = [attribute.text() for attribute in roles.protected]
    keys.append(("protected", f"[{', '.join(map(quoted, protected))}]"))
    for name in ("keep", "leave_out", "merge"):
        if texts := getattr(roles.cleaning, name):
            keys.append((name.replace("_", "-"), f"[{', '.join(map(quoted, texts))}]"))
    if roles.cleaning.tidy:
        keys.append(("tidy", "true"))
    if roles.cleaning.na is not None:
        keys.append(("na", quoted(roles.cleaning.na)))
    if key is not None:
        keys.append(("key", quoted(key)))
    return keys
