"""Sentences of a crude and a standardised gap: whether it is there also among people of the same stratum.

Nothing is said beyond what the intervals of a contrast allow (`StandardisedContrast.reading`), and nothing of whether
the admissible column is a good reason.
"""

from __future__ import annotations

from fairaudit.results.audit import Audit
from fairaudit.results.figures import count, gap_in_unit, interval, p_clause, whom
from fairaudit.results.strata import Reading, StandardisedContrast, WithinStrata, sign
from fairaudit.results.values import Interval
from fairaudit.results.verdict import Lead
from fairaudit.results.words import Unit, Words
from fairaudit.text import clean

SURE = 0.05
"""P-value up to which odds ratios are said to differ between strata."""
CONCLUSION: dict[Reading, str] = {
    "turns round": "So it turns round: what is seen of all people is the opposite of what is seen within {given}.",
    "mostly between": "So most of the gap comes from how the groups are spread over {given}, not from within it.",
    "mostly within": "So most of the gap is there also within {given}.",
    "in part": "So a part of the gap comes from how the groups are spread over {given}, and a part is within it.",
    "hidden": "So there is a gap within {given} that the groups' spread over it hides.",
    "open": "How much of the gap comes from how the groups are spread over {given} cannot be told from these rows.",
    "none": "Neither can be told from chance.",
}


def main_contrast(within: WithinStrata) -> StandardisedContrast | None:
    """The contrast with the largest crude gap times the people that it is about; None where there is none."""
    return max(within.contrasts, key=lambda each: abs(each.crude) * each.n, default=None)


def gap_within(audit: Audit, within: WithinStrata, contrast: StandardisedContrast) -> str:
    """The crude and the standardised gap of two groups, and what follows, in a sentence or two."""
    words = audit.measures.get(within.measure) or Words(label=within.measure, short=within.measure)
    given = clean(within.given)
    one, other = (whom(cell, within.by, 60) for cell in (contrast.cell, contrast.reference))
    told = f"The {words.label} of {one} is {_side(contrast.crude, words.unit)} that of {other}"
    if contrast.standardised is None:
        return f"{told}; within {given} they cannot be compared: {contrast.why}."
    value, unit = contrast.standardised, words.unit
    told += (
        f"; within {given}, its values weighted as among all people, it is {_with_ends(value, contrast.interval, unit)}"
    )
    weighing = _weighing(contrast, unit, given)
    if contrast.crude * value < 0 and not sign(contrast.interval):
        told += ", the other way, which may be chance"
    told += f".{weighing}"
    if contrast.reading is not None and not (weighing and contrast.reading in ("open", "none")):
        told += f" {CONCLUSION[contrast.reading].format(given=given)}"
    return f"{told}{_not_compared(contrast, given)}{_unlike(contrast, given)}"


def _with_ends(gap: float, ends: Interval | None, unit: Unit) -> str:
    """A gap with its interval, both as sizes."""
    if ends is None:
        return _side(gap, unit)
    low, high = ends if gap >= 0 else (-ends[1], -ends[0])
    return f"{_side(gap, unit)} ({interval((low, high), unit, gap=True)})"


def _weighing(contrast: StandardisedContrast, unit: Unit, given: str) -> str:
    """What another weighting of the strata says, where it does not show the same."""
    common = contrast.risk_difference
    if common is None or common.value is None or sign(contrast.interval) in (0, sign(common.interval)):
        return ""
    other = _with_ends(common.value, common.interval, unit)
    return (
        f" By the weights of Mantel and Haenszel it is {other}, so that whether there is a gap within {given} depends"
        " on the weights."
    )


def _side(gap: float, unit: Unit) -> str:
    size = gap_in_unit(abs(gap), unit, long=True)
    return f"{size} {'below' if gap < 0 else 'above'}"


def _not_compared(contrast: StandardisedContrast, given: str) -> str:
    alone = contrast.n - contrast.compared
    if not alone:
        return ""
    rows = f"{count(alone)} of the {count(contrast.n)} rows"
    told = f" {rows} of the two groups cannot be compared within {given}: their value of it has nobody of the other."
    if contrast.crude_compared is not None:
        told += " What is said of the spread is of the others."
    return told


def _unlike(contrast: StandardisedContrast, given: str) -> str:
    test = contrast.homogeneity
    if test is None or test.p_value is None or test.p_value > SURE:
        return ""
    return (
        f" The odds ratio is not the same in every {given} (Breslow and Day, {p_clause(test.p_value)}): look at each,"
        " not at the mean alone."
    )


def largest_within(audit: Audit, within: WithinStrata, beside: StandardisedContrast) -> str | None:
    """The largest standardised gap, where it is beyond chance and between other groups than those of a contrast."""
    pair = [beside.cell, beside.reference]
    if within.highest is None or within.lowest is None or (within.highest in pair and within.lowest in pair):
        return None
    p_value = within.p_value if within.p_adjusted is None else within.p_adjusted
    if within.value is None or p_value is None or p_value > SURE or not sign(within.interval):
        return None
    words = audit.measures.get(within.measure) or Words(label=within.measure, short=within.measure)
    high, low = (whom(cell, within.by, 60) for cell in (within.highest, within.lowest))
    return (
        f"Within {clean(within.given)} the largest gap of the {words.label} is"
        f" {gap_in_unit(within.value, words.unit, long=True)}, {high} against {low}"
        f" ({interval(within.interval, words.unit, gap=True)}; adjusted {p_clause(p_value)})."
    )


def told_first(audit: Audit) -> list[WithinStrata]:
    """Of each attribute the measure within strata that is told first: that of the headlines, else the first of all."""

    def place(within: WithinStrata) -> tuple[bool, int]:
        words = audit.measures.get(within.measure)
        headline = None if words is None else words.headline
        return headline is None, headline or 0

    by_attribute: dict[tuple[str, ...], list[WithinStrata]] = {}
    for within in audit.within:
        if within.contrasts:
            by_attribute.setdefault(tuple(within.by), []).append(within)
    return [min(several, key=place) for several in by_attribute.values()]


def beside_the_lead(audit: Audit, lead: Lead | None) -> str | None:
    """The crude and the standardised gap of the difference that a verdict is about; where it is measured in no strata,
    or there is none, of the measure that is told first. None where no admissible column was named."""
    first = told_first(audit)
    if not first:
        return None
    same = [each for each in audit.within if lead and (each.measure, each.by) == (lead.measure, lead.by)]
    within = next((each for each in same if each.contrasts), first[0])
    ends = [] if lead is None else [lead.highest, lead.lowest]
    led = (each for each in within.contrasts if each.cell in ends and each.reference in ends)
    contrast = next(led, None) or main_contrast(within)
    return None if contrast is None else gap_within(audit, within, contrast)
