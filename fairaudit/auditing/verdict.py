"""From a measured audit to its verdict: what is said of the difference that `leading` chose, and of all others.

No sentence says that anything is lawful or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from msgspec import structs

from fairaudit.auditing.carried import carried
from fairaudit.auditing.family import SIGNIFICANT
from fairaudit.auditing.gains import chosen, gained
from fairaudit.auditing.leading import (
    Contrast,
    Side,
    first_told,
    good_direction,
    lead_of,
    sides_of,
    tested_once,
)
from fairaudit.auditing.naming import rows_word
from fairaudit.auditing.searched import sentence, standing_out
from fairaudit.auditing.sensitivity import could_be_found
from fairaudit.auditing.warnings import warnings
from fairaudit.chance.fourfold import to_four_fifths
from fairaudit.measures.ratios import is_named
from fairaudit.results import Audit, Disparity, Group, Words
from fairaudit.results.figures import (
    by_label,
    cell_label,
    confidence_level,
    count,
    gap_in_unit,
    in_unit,
    interval,
    number,
    p_clause,
    percent,
    sentence_list,
    whom,
)
from fairaudit.results.simpson import beside_the_lead
from fairaudit.results.verdict import FOUR_FIFTHS, Answer, Verdict
from fairaudit.text import clean

NAMED = 3
"""Groups that are named where several were left out."""


def with_verdict(audit: Audit) -> Audit:
    """The audit with its verdict."""
    return structs.replace(audit, verdict=verdict(audit))


def verdict(audit: Audit) -> Verdict:
    """What a measured audit, with the words of its measures, concludes."""
    tested = tested_once(audit)
    beyond = [gap for gap in tested if gap.p_adjusted is not None and gap.p_adjusted <= SIGNIFICANT]
    lead = first_told(audit, beyond)
    stands_out = bool(beyond or standing_out(audit))
    differ: Literal["yes", "not shown", "not tested"] = "yes" if stands_out else "not shown" if tested else "not tested"
    answers = [Answer(question="beware", text=text) for text in warnings(audit)]
    answers.append(Answer(question="differ", text=_differ(audit, len(tested), beyond, lead)))
    if differ == "not shown" and (text := could_be_found(audit)):
        answers.append(Answer(question="could be found", text=text))
    if lead is not None:
        answers += [
            Answer(question="who", text=_who(audit, lead)),
            Answer(question="how much", text=_how_much(audit, lead)),
            Answer(question="how sure", text=_how_sure(audit, lead)),
        ]
    led = None if lead is None else lead_of(lead)
    if led is not None:
        answers += [Answer(question="what carries it", text=text) for text in carried(audit, led)]
    if within := beside_the_lead(audit, led):
        answers.append(Answer(question="within strata", text=within))
    answers += [Answer(question="what was gained", text=text) for text in gained(audit)]
    if strength := chosen(audit):
        answers.append(Answer(question="which strength", text=strength))
    subgroup = sentence(audit)
    answers += [Answer(question="subgroups", text=subgroup)] if subgroup is not None else []
    answers += [Answer(question="left out", text=text) for text in _left_out(audit)]
    return Verdict(
        differ=differ,
        tested=len(tested),
        beyond_chance=len(beyond),
        lead=led,
        answers=answers,
    )


def _differ(audit: Audit, tested: int, beyond: Sequence[Disparity], lead: Contrast | None) -> str:
    searched = standing_out(audit)
    if searched and not beyond:
        made = f", of {_tests(tested)} made" if tested else ""
        return (
            f"No difference between whole groups stands out from chance{made},"
            f" but {'a subgroup' if len(searched) == 1 else 'subgroups'} of those that were searched"
            f" {'does' if len(searched) == 1 else 'do'}."
        )
    if not tested:
        return "Whether groups differ could not be tested; the tables say why."
    if not beyond:
        return (
            f"No difference between groups stands out from chance, of {_tests(tested)} made. That does not show that"
            " the groups are equal: small groups can differ much without it."
        )
    if tested == 1:
        sentence = "Groups differ, in the one comparison made, more than chance explains."
    else:
        made = f"in {count(len(beyond))} of {_counted(tested, 'comparison')}"
        sentence = f"Groups differ, {made}, more than chance explains."
    if lead is None:
        largest = min(beyond, key=lambda gap: gap.p_adjusted or 0.0)
        words = audit.measures.get(largest.measure)
        label = largest.measure if words is None else words.label
        return f"{sentence} The surest is the {label} by {by_label(largest.by)}."
    about = f"the {_plainly(lead.words)} by {by_label(lead.disparity.by)}"
    only = len(beyond) == 1
    return (
        f"{sentence} It is {about}." if only else f"{sentence} By size and people the one that weighs most is {about}."
    )


def _plainly(words: Words) -> str:
    """What a measure is by the names of columns, with its usual name; that name alone where no column is named."""
    return f"{clean(words.plain)} ({words.label})" if words.plain else words.label


def _counted(number_of: int, noun: str) -> str:
    return f"{count(number_of)} {noun}{'' if number_of == 1 else 's'}"


def _tests(made: int) -> str:
    return "the one test" if made == 1 else f"{count(made)} tests"


def _label(lead: Contrast, side: Side) -> str:
    return whom(side.group.cell, lead.disparity.by, 60)


def _who(audit: Audit, lead: Contrast) -> str:
    worse, other = lead.worse, lead.other
    ends = f"{in_unit(worse.value, lead.words.unit)} against {in_unit(other.value, lead.words.unit)} for"
    if not lead.oriented:
        high, low = sorted((worse, other), key=lambda side: -side.value)
        why = (
            f"name the way that is good for a person (favourable: {_choices(audit)})"
            if audit.favourable is None
            else "neither direction of this measure is good for a person as such"
        )
        return (
            f"The {lead.words.label} is {in_unit(high.value, lead.words.unit)} for {_label(lead, high)} and"
            f" {in_unit(low.value, lead.words.unit)} for {_label(lead, low)}. Which of them is worse off is not said"
            f" here: {why}."
        )
    role = "the reference" if is_named(other.group.cell, audit.reference) else "the best-off group"
    sentence = (
        f"Worse off: {_label(lead, worse)} ({percent(worse.group.share)} of the {_mass(audit)}), whose"
        f" {lead.words.label} is {ends} {_label(lead, other)}, {role}"
    )
    if lead.words.good == "quality":
        return f"{sentence}."
    way = "high" if good_direction(audit, lead.words) > 0 else "low"
    return f"{sentence}; a {way} value is good for a person here."


def _choices(audit: Audit) -> str:
    if audit.classes:
        return "a class"
    decided = any("selection_rate" in group.measures for group in audit.groups)
    return "yes or no" if decided or audit.prediction.subject != "prediction" else "high or low"


def _mass(audit: Audit) -> str:
    weighted = {"weight", "exposure"} & audit.manifest.arguments.keys()
    return "total weight" if weighted else rows_word(audit)


def _how_much(audit: Audit, lead: Contrast) -> str:
    unit = lead.words.unit
    gap = gap_in_unit(lead.gap, unit, long=True)
    one = f"The gap is {gap}."
    if unit == "rate":
        sentence = one.removesuffix(".")
        if lead.oriented:
            persons, people = round(lead.gap * lead.worse.people), count(lead.worse.people)
            sentence += (
                f": at the rate of {_label(lead, lead.other)}, {count(persons)} of the {people} {rows_word(audit)} of"
                f" {_label(lead, lead.worse)} would come out otherwise"
            )
        ratio = lead.ratio
        if lead.disparity.measure == "selection_rate" and lead.oriented and ratio is not None:
            return f"{sentence}. {_four_fifths(audit, lead, ratio)}"
        return f"{sentence}, a ratio of {number(ratio)}." if ratio is not None else f"{sentence}."
    if unit == "number":
        if lead.words.right == 0:
            return (
                f"The gap is {gap}, {percent(lead.gap / lead.level)} of their mean prediction." if lead.level else one
            )
        if min(lead.worse.value, lead.other.value) > 0:
            side = "above" if lead.worse.value > lead.other.value else "below"
            part = percent(lead.gap / lead.other.value)
            mine, theirs = (f"that of {_label(lead, each)}" for each in (lead.worse, lead.other))
            return f"The gap is {gap}: {mine} is {part} {side} {theirs}."
    return one


def _four_fifths(audit: Audit, lead: Contrast, ratio: float) -> str:
    """The ratio of the favourable decisions, which are the others where yes is bad, against the rule of thumb."""
    side = "below" if ratio < FOUR_FIFTHS else "not below"
    text = f"That is {number(ratio)} times as many favourable decisions"
    if good_direction(audit, lead.words) < 0:
        mine, theirs = (percent(1 - group.value) for group in (lead.worse, lead.other))
        text = (
            f"The favourable decision went to {mine} of {_label(lead, lead.worse)} and {theirs} of"
            f" {_label(lead, lead.other)}: {number(ratio)} times as many"
        )
    told = f"{text}, which is {side} 0.8, the four-fifths rule of thumb: a sign to look closer, no proof."
    more = _to_four_fifths(audit, lead)
    return f"{told} {count(more)} more for {_label(lead, lead.worse)} would reach it." if more else told


def _to_four_fifths(audit: Audit, lead: Contrast) -> int:
    """How many more favourable decisions would bring the group to four fifths of the other's rate."""
    good = [
        side.value if good_direction(audit, lead.words) > 0 else 1 - side.value for side in (lead.worse, lead.other)
    ]
    mine, theirs = (
        (np.array(rate * side.people), np.array(float(side.people)))
        for rate, side in zip(good, (lead.worse, lead.other), strict=True)
    )
    return int(to_four_fifths(*mine, *theirs))


def _how_sure(audit: Audit, lead: Contrast) -> str:
    p = lead.disparity.p_adjusted
    assert p is not None
    plain = audit.manifest.arguments.get("correction") == "none"
    sentence = (
        f"{_strength(p)}: if no groups differed, chance would show differences as clear {_how_often(p)} ({p_clause(p)},"
        f" {'not corrected for the number of' if plain else 'corrected for all'} hypotheses of the audit)."
    )
    if lead.disparity.interval is not None:
        by = by_label(lead.disparity.by)
        only = len(sides_of(audit, lead.disparity)) == 2
        whose = "gap" if only else f"largest gap between two groups by {by}{_farthest(lead)}"
        sentence += (
            f" With {confidence_level(audit.confidence)} certainty the true {whose} is"
            f" {interval(lead.disparity.interval, lead.words.unit, gap=True)}"
            f"{' percentage points' if lead.words.unit in ('rate', 'points') else ''}."
        )
    return sentence


def _strength(p: float) -> str:
    """A word for how clear a difference is, of p-values up to the level of a verdict."""
    return "Very clear" if p < 0.001 else "Clear" if p < 0.01 else "Just clear enough"


def _how_often(p: float) -> str:
    """A p-value as a number of times."""
    if p < 0.001:
        return "less than once in 1,000 times"
    of = 100 if p >= 0.01 else 1000
    times = round(of * p)
    return f"about once in {count(of)} times" if times == 1 else f"about {times} times in {count(of)}"


def _farthest(lead: Contrast) -> str:
    """The two groups of the largest gap, where they are not the two that were told: small ones, say."""
    gap, told = lead.disparity, [lead.worse.group.cell, lead.other.group.cell]
    if gap.highest is None or gap.lowest is None or (gap.highest in told and gap.lowest in told):
        return ""
    high, low = (whom(cell, gap.by, 40) for cell in (gap.highest, gap.lowest))
    return f", in these rows that of {high} and {low},"


def _size(audit: Audit, group: Group) -> str:
    """Rows of a group, with what they are worth where that is less."""
    rows = _counted(group.n, "row") if group.n == 1 else f"{count(group.n)} {rows_word(audit)}"
    if group.effective is None or round(group.effective) >= group.n:
        return rows
    return f"{rows} about {count(group.people)} people" if group.people else f"{rows}, worth {group.effective:.0f}"


def _left_out(audit: Audit) -> Iterator[str]:
    """Groups that no test compared, and rows that were not used."""
    small = [group for group in audit.groups if not group.adequate]
    if small:
        single = [group for group in small if len(group.by) == 1]
        named = (single or small)[:NAMED]
        names = [f"{cell_label(group.cell, group.by, 40)} ({_size(audit, group)})" for group in named]
        more = len(small) - len(names)
        others = f" and {_counted(more, 'more group')}" if more else ""
        fewer = f"fewer than {count(audit.min_group)} {rows_word(audit)}"
        if any(group.n >= audit.min_group for group in small):
            fewer += f", or {rows_word(audit)} that are worth fewer of equal weight"
        yield (
            f"Not compared, because they have {fewer}: {', '.join(names) if others else sentence_list(names)}{others}."
        )
    dropped = sum(audit.rows.dropped.values())
    if dropped:
        reasons = sentence_list(f"{clean(reason)} ({count(n)})" for reason, n in sorted(audit.rows.dropped.items()))
        yield f"{count(dropped)} of {count(audit.rows.read)} {rows_word(audit)} were not used: {reasons}."
