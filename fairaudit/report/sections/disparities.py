"""Disparities: the largest difference of each measure between two groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairaudit.report import wording as w
from fairaudit.report.lines import LABEL, Block, Heading, Line, grid, heads
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.sections.groups import group_value
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Cell, Disparity

MOST_GAPS = 8
"""Disparities that a terminal lists."""

MAIN_RATES = 3
"""Places among the measures told first whose rates are told before others, whatever their size."""
_NOT_OF_TWO = "not the difference of two groups, but a measure of all together"
RATIO = "lowest over highest; 1: no difference; of the favourable decisions, where yes is bad for a person"
"""How a ratio is read."""


def content(audit: Audit) -> Content:
    """How to read differences, those that can be told, and all others."""
    main = worst_first(audit)
    others = [d for d in audit.disparities if d not in main]
    lead = (
        "The largest difference of each measure between two groups; 0 means no difference. Findings, in bold, have an "
        "adjusted p-value of at most 0.05: taken together, they are unlikely to hold a false alarm. pp stands for "
        "percentage points.",
        "A difference is not yet a proof of discrimination, and equal rates are not yet a proof of fairness: which "
        "measure matters is a question of the decision that is taken.",
    )
    tables = [table(audit, main, "disparities", "Main measures, findings first")] if main else []
    if others:
        tables.append(table(audit, others, "disparities-other", "Further measures"))
    return Content("Disparities", lead, tuple(tables), () if tables else ("No difference could be measured.",))


def worst_first(audit: Audit) -> list[Disparity]:
    """The disparities that can be told, findings before the rest: by attribute set, one measure each, largest first.

    Base rates (data, not model), equalised odds and the false negative rate (both repeat others) stay in the tables.
    """
    wanted = w.headline(audit)
    told = [d for d in audit.disparities if d.measure in wanted and d.value is not None and d.highest and d.lowest]
    return sorted(told, key=lambda d: (not is_finding(d), len(d.by) > 1, *_rank(audit, d)))


def is_finding(disparity: Disparity) -> bool:
    """Whether the difference stands out from chance, corrected for all hypotheses of the audit."""
    return disparity.p_adjusted is not None and disparity.p_adjusted <= w.SIGNIFICANT


def _rank(audit: Audit, disparity: Disparity) -> tuple[float, float]:
    words = w.words(audit, disparity.measure)
    place = words.headline or 0
    size = (disparity.value or 0.0) if disparity.excess is None else disparity.excess
    if words.unit == "rate":
        return (0 if place < MAIN_RATES else 1), -size
    ends = [_value(audit, disparity, cell) for cell in (disparity.highest, disparity.lowest) if cell is not None]
    level = sum(abs(end) for end in ends if end is not None) / 2
    # Of numbers the gap counts as a share of their size: .145 against .144 is little, .87 against 1.39 much.
    return (3, place) if words.unit == "points" or words.right == 0 or not level else (2, -size / level)


def table(audit: Audit, items: Sequence[Disparity], key: str, caption: str) -> Table:
    """Gaps between groups with the two groups, interval, ratio and adjusted p-value."""
    notes = Footnotes()
    columns = (
        Column("measure", numeric=False),
        Column("by", numeric=False, about="the attributes that form the groups"),
        Column("difference", about="highest minus lowest; 0: no difference"),
        Column("ratio", about=RATIO),
        Column("highest", numeric=False),
        Column("lowest", numeric=False),
        Column("floor", about="what chance alone gives"),
        Column("p", about="test that all groups are equal"),
        Column("adjusted p", about="corrected for all hypotheses of the audit, each counted once"),
    )
    caption, rows = cut(caption, [_disparity(audit, notes, disparity) for disparity in items])
    return Table(key, caption, columns, rows, tuple(notes.texts), fold=len(rows) > 30)


def _disparity(audit: Audit, notes: Footnotes, d: Disparity) -> tuple[Entry, ...]:
    words = w.words(audit, d.measure)
    gap = w.gap_in_unit(d.value, words.unit)
    return (
        Entry(words.label, strong=is_finding(d)),
        Entry(w.by_label(d.by)),
        notes.entry(gap, d.value is None, d.why, w.interval(d.interval, words.unit, gap=True), is_finding(d)),
        notes.known(
            w.number(d.ratio), d.ratio, d.why or "no ratio: of such values it means nothing, or the highest is 0"
        ),
        notes.known(w.cell_label(d.highest or {}, d.by), d.highest, d.why or _NOT_OF_TWO),
        notes.known(w.cell_label(d.lowest or {}, d.by), d.lowest, d.why or _NOT_OF_TWO),
        notes.known(w.gap_in_unit(d.floor, words.unit), d.floor, d.why or "no floor is estimated for this measure"),
        notes.known(w.p_value(d.p_value), d.p_value, d.why or "no test for this measure"),
        notes.known(w.p_value(d.p_adjusted), d.p_adjusted, d.why or "no test for this measure"),
    )


def lines(audit: Audit) -> Iterator[Block]:
    """The largest gaps, findings in bold."""
    gaps = worst_first(audit)
    if not gaps:
        return
    yield Heading(f"Largest gaps ({w.confidence(audit)} intervals, adjusted p)")
    columns = heads("measure by: highest against lowest", "gap", "interval", "p", width=46)
    yield grid(columns, (_line(audit, gap) for gap in gaps[:MOST_GAPS]))


def _line(audit: Audit, gap: Disparity) -> Line:
    words = w.words(audit, gap.measure)
    ends = [w.cell_label(cell or {}, gap.by, LABEL) for cell in (gap.highest, gap.lowest)]
    fields = (
        f"{words.label} by {w.by_label(gap.by)}: {ends[0]} against {ends[1]}",
        w.gap_in_unit(gap.value, words.unit),
        w.interval(gap.interval, words.unit, gap=True),
        w.p_value(gap.p_adjusted),
    )
    return Line(fields, "bold" if is_finding(gap) else "")


def findings(audit: Audit) -> list[Sentence]:
    """The largest disparities, or that none stands out; fewer where there is more to say."""
    return [Sentence(text, "if there is room") for text in _largest(audit)]


def _largest(audit: Audit) -> list[str]:
    """The largest finding of each set of attributes: up to two single attributes and one intersection.

    A reader learns more from another attribute than from a second measure of the same one. Where none of the measures
    that are told first stands out but another does, that one is told: what is claimed depends on all that was tested.
    """
    ranked = worst_first(audit)
    beyond_chance = [disparity for disparity in ranked if is_finding(disparity)]
    if not beyond_chance:
        others = [d for d in audit.disparities if is_finding(d) and d.highest and d.lowest]
        beyond_chance = sorted(others, key=lambda d: (len(d.by) > 1, d.p_adjusted or 0.0))
    if not beyond_chance and (spread := next((d for d in audit.disparities if is_finding(d)), None)):
        return [_only_an_index(audit, spread)]  # groups too small to be named one by one, say
    if not beyond_chance:
        return [_nothing_found(audit)]
    largest = {tuple(d.by): d for d in reversed(beyond_chance)}
    ordered = sorted(largest.values(), key=beyond_chance.index)
    single = [d for d in ordered if len(d.by) == 1]
    crossed = [d for d in ordered if len(d.by) > 1]
    return [disparity_sentence(audit, d) for d in (*single[:1], *crossed[:1], *single[1:2])]


def _only_an_index(audit: Audit, spread: Disparity) -> str:
    """A measure of all groups together that stands out where no gap between two of them was measured."""
    words = w.words(audit, spread.measure)
    value = w.in_unit(spread.value, words.unit)
    certainty = w.corrected(spread.p_value, spread.p_adjusted)[1]
    return (
        f"Groups by {w.by_label(spread.by)} differ more than chance explains ({words.label} {value}; {certainty}),"
        " though no two of them could be compared."
    )


def _nothing_found(audit: Audit) -> str:
    tested = [d for d in audit.disparities if d.p_adjusted is not None]
    if not tested:
        return "No difference between groups could be tested against chance; the tables say why."
    asked = len(tested) if audit.verdict is None else audit.verdict.tested
    many = f"None of {w.count(asked)} differences between groups stands out from chance."
    sentence = "The one difference tested between groups does not stand out from chance." if asked == 1 else many
    named = [d for d in tested if d.highest and d.lowest]
    if not named:
        return sentence
    nearest = min(named, key=lambda d: (d.p_adjusted or 0.0, d.p_value or 0.0, len(d.by)))
    which = "It is" if asked == 1 else "The one that chance explains least is"
    known = [one for one in audit.detectable if (one.measure, one.by) == (nearest.measure, nearest.by)]
    found = "".join(f" {w.detectable_sentence(one, w.words(audit, one.measure))}" for one in known)
    return f"{sentence} {which}: {disparity_sentence(audit, nearest)}{found}"


def disparity_sentence(audit: Audit, disparity: Disparity) -> str:
    """One disparity with its groups, their values, the gap, its interval and adjusted p-value."""
    words = w.words(audit, disparity.measure)
    ends = [
        f"{w.in_unit(value, words.unit)} for {w.whom(cell, disparity.by, 40)}"
        for cell in (disparity.highest, disparity.lowest)
        if cell is not None and (value := _value(audit, disparity, cell)) is not None
    ]
    groups = " against ".join(ends) if len(ends) == 2 else _named_groups(disparity)
    chance = "" if disparity.p_adjusted is None else f"; {w.corrected(disparity.p_value, disparity.p_adjusted)[1]}"
    bounds = _bounds(audit, disparity)
    details = f" ({(bounds + chance).removeprefix('; ')})" if bounds or chance else ""
    gap = w.gap_in_unit(disparity.value, words.unit, long=True)
    sentence = f"{w.capital(words.label)} by {w.by_label(disparity.by)}: {groups}, a gap of {gap}{details}."
    if is_finding(disparity) and disparity.interval is not None and disparity.interval[0] <= 0:
        # The p-value is about all groups, the interval about every pair, of which the farthest apart are often small.
        sentence += " The p-value is for all groups together; the interval, which holds for every pair, includes 0."
    return sentence


def _named_groups(disparity: Disparity) -> str:
    cells = [w.whom(cell, disparity.by, 40) for cell in (disparity.highest, disparity.lowest) if cell]
    return f"highest for {cells[0]}, lowest for {cells[1]}"


def _bounds(audit: Audit, disparity: Disparity) -> str:
    if disparity.interval is None:
        return ""
    unit = w.words(audit, disparity.measure).unit
    return f"{w.confidence(audit)} interval {w.interval(disparity.interval, unit, gap=True)}"


def _value(audit: Audit, disparity: Disparity, cell: Cell) -> float | None:
    group = next((g for g in audit.groups if g.by == disparity.by and g.cell == cell), None)
    return None if group is None else group_value(group, disparity.measure)


SECTIONS = (Section(Audit, 60, content, lines=lines, findings=findings),)
