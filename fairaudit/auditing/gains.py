"""Who gains and who loses from one audit to another: changes of groups, signed by what is good for their people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairaudit.auditing.reading import frozen
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit
from fairaudit.results.comparison import GroupChange
from fairaudit.results.costs import price_of, same_as_plain, split_of, taken_away
from fairaudit.results.figures import by_label, capital, gap_in_unit, in_unit, number, whom
from fairaudit.results.words import direction, side_of
from fairaudit.text import clean


def group_changes(before: Audit, after: Audit, measure: str, by: Sequence[str]) -> list[GroupChange]:
    """What became of each group that both audits measure, in the order of the second.

    Nobody is said to gain where the audits do not agree on what is good for a person, or nobody said.
    """
    known = MEASURES.get(measure)
    sign = 0
    if known is not None and before.favourable == after.favourable:
        sign = direction(side_of(after.favourable, known.of_class), known.good, known.better)
    earlier = _values(before, measure, by)
    changes = []
    for cell, value in _values(after, measure, by).items():
        if cell in earlier:
            change = value - earlier[cell]
            gain = sign * change if sign else None
            changes.append(GroupChange(cell=dict(cell), before=earlier[cell], after=value, change=change, gain=gain))
    return changes


def _values(audit: Audit, measure: str, by: Sequence[str]) -> dict[tuple[tuple[str, str], ...], float]:
    """Group → value, of the groups of some attributes that have one."""
    values = {}
    for group in audit.groups:
        measured = group.measures.get(measure)
        key = frozen(group.cell)
        if set(group.by) == set(by) and measured is not None and measured.value is not None and key is not None:
            values[key] = measured.value
    return values


def gained(audit: Audit) -> Iterator[str]:
    """What became of the difference that the verdict on the plain model tells, and what it costs; nothing without a
    plain model, or where that shows no difference."""
    plain = audit.plain
    if why := same_as_plain(audit):
        yield f"Nothing: the fairer model is the plain one, because {why}."
        return
    if plain is None or plain.verdict is None or plain.verdict.lead is None:
        return
    lead = plain.verdict.lead
    words = audit.measures.get(lead.measure)
    ends = [
        change
        for end in (lead.highest, lead.lowest)
        for change in group_changes(plain, audit, lead.measure, lead.by)
        if change.cell == end
    ]
    if words is None or len(ends) < 2:
        return
    names = [whom(change.cell, lead.by, 60) for change in ends]
    now = gap_in_unit(abs(ends[0].after - ends[1].after), words.unit, long=True)
    sentence = (
        f"The plain model's difference was the {words.label} by {by_label(lead.by)}:"
        f" {gap_in_unit(lead.gap, words.unit, long=True)} between {names[0]} and {names[1]}. It is {now} now"
        f"{_turned(ends)}."
    )
    moves = [
        f"for {name} it {_move(change)} ({in_unit(change.before, words.unit)} → {in_unit(change.after, words.unit)})"
        for name, change in zip(names, ends, strict=True)
    ]
    yield " ".join(filter(None, [sentence, f"{capital('; '.join(moves))}.", *_penalised(audit), price_of(audit)]))


def _penalised(audit: Audit) -> list[str]:
    """How much of what is penalised was taken away, and how much of that is shrinkage."""
    reduction = next((each for each in audit.reductions if each.penalised), None)
    if reduction is None:
        return []
    what = f"the dependence that is penalised ({clean(reduction.measure)})"
    return [taken_away(reduction, what, audit.confidence), split_of(reduction)]


def chosen(audit: Audit) -> str | None:
    """How a calibration chose the strength, and what it was measured to cost; None without a calibration."""
    known = audit.calibration
    if known is None:
        return None
    symbol, what = (
        ("α", "divergence from the knowledge") if known.measure.startswith("consistency") else ("λ", "dependence")
    )
    sentence = f"By the rule {clean(known.rule)} {symbol} = {number(known.strength)}: {clean(known.why)}"
    point = next((point for point in audit.path if point.strength == known.strength), None)
    if point is None or point.reduction is None or not point.strength:
        return sentence
    cost = (
        ""
        if point.given_up.mean is None
        else f" and costs {number(point.given_up.mean)}% of what the plain one explains"
    )
    return (
        f"{sentence} On training rows that were not fitted on it takes away {number(point.reduction)}% of the plain"
        f" model's {what}{cost}."
    )


def _turned(ends: Sequence[GroupChange]) -> str:
    high, low = ends
    return ", the other way round" if high.after < low.after else ""


def _move(change: GroupChange) -> str:
    if not change.change:
        return "stays as it was"
    if change.gain is None:
        return "goes up" if change.change > 0 else "goes down"
    return "is better" if change.gain > 0 else "is worse"
