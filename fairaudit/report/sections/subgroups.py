"""Subgroups: which combinations of attributes stand out most, and how far none can lie from all people."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import LABEL, Block, Heading, Line, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit, Cell, Subgroup, SubgroupBound, Subgroups, SubgroupSearch, Words

ON_TERMINAL = 3
"""Subgroups of a measure that a terminal lists."""


def content(audit: Audit) -> Content | None:
    """How to read a search, and its tables; nothing where none was asked for."""
    subgroups = audit.subgroups
    if subgroups is None:
        return None
    every = "Every part of" if subgroups.depth == 1 else f"Every combination of up to {w.count(subgroups.depth)} of"
    lead = (
        f"{every}"
        f" {w.sentence_list(map(w.clean, subgroups.over))} was looked at: levels, and runs of neighbouring bands of"
        f" numbers, wherever {w.count(subgroups.fewest)} people or more are"
        " in it. How far a subgroup stands out is counted in standard deviations from the people outside it. Its"
        " p-value and its interval allow for the choice among all subgroups; of those that contain one another only the"
        " clearest is listed.",
        "The limits answer the opposite question: how far from all people no subgroup of a size lies, certainly. They"
        " are wide where subgroups are small, and say nothing of smaller ones or of attributes that were not searched.",
    )
    tables, items = [], []
    for search in subgroups.searches:
        words = w.words(audit, search.measure)
        if search.why is not None:
            items.append(f"{w.capital(words.label)}: {w.clean(search.why)}.")
        else:
            tables += [_worst(audit, subgroups, search, words), _bounds(audit, search, words)]
    return Content("Subgroups", lead, tuple(tables), tuple(items))


def _worst(audit: Audit, subgroups: Subgroups, search: SubgroupSearch, words: Words) -> Table:
    """The subgroups that stand out most in one measure."""
    notes = Footnotes()
    columns = (
        Column("subgroup", numeric=False),
        Column("people"),
        Column(words.short),
        Column(_against(search), about=f"{w.confidence(audit)} interval for all subgroups at once"),
        Column("standard deviations", about="from the people outside the subgroup"),
        Column("p", about="chance that any subgroup stands out as far, by the largest of all"),
    )
    rows = tuple(_subgroup(subgroups, search, words, notes, subgroup) for subgroup in search.worst)
    way = {"lower": "lowest", "higher": "highest", "both": "farthest from all"}[search.side]
    caption = (
        f"{w.capital(words.label)}, {way} of {w.count(search.subgroups)} subgroups; all people:"
        f" {w.in_unit(search.overall, words.unit)}"
    )
    return Table(f"subgroups-{search.measure}", caption, columns, rows, tuple(notes.texts))


def _against(search: SubgroupSearch) -> str:
    return "ratio to all" if search.contrast == "ratio" else "difference from all"


def _compared(search: SubgroupSearch, value: float | None, words: Words) -> str:
    if search.contrast == "ratio":
        return w.number(value)
    return w.points(value, signed=True) if words.unit in ("rate", "points") else w.number(value, signed=True)


def _subgroup(
    subgroups: Subgroups, search: SubgroupSearch, words: Words, notes: Footnotes, subgroup: Subgroup
) -> tuple[Entry, ...]:
    sure = subgroup.p_value is not None and subgroup.p_value <= w.SIGNIFICANT
    compared = _compared(search, subgroup.compared, words)
    ends = w.interval(subgroup.interval, "number" if search.contrast == "ratio" else words.unit, gap=True)
    return (
        Entry(w.conditions_label(subgroup.cell, subgroups.over), strong=sure),
        Entry(w.count(subgroup.n)),
        Entry(w.in_unit(subgroup.value, words.unit)),
        notes.entry(compared, subgroup.compared is None, "the rate of all people is 0", ends, sure),
        Entry(w.number(subgroup.score, signed=True)),
        notes.known(w.p_value(subgroup.p_value), subgroup.p_value, "p-values need permutations (--permutations)"),
    )


def _bounds(audit: Audit, search: SubgroupSearch, words: Words) -> Table:
    """Limits for all subgroups of at least so many people."""
    notes, certainty = Footnotes(), w.confidence(audit)
    ends = [("low", "low_cell", "none below"), ("high", "high_cell", "none above")]
    wanted = {"lower": ends[:1], "higher": ends[1:], "both": ends}[search.side]
    columns = [Column("people at least", numeric=False), Column("subgroups")]
    for _, _, title in wanted:
        columns += [Column(title, about=_against(search)), Column("least certain", numeric=False)]
    rows = []
    for bound in search.bounds:
        fields = [Entry(w.count(bound.people)), Entry(w.count(bound.subgroups))]
        for end, cell, _ in wanted:
            fields += _limit(audit, search, bound, words, notes, end, cell)
        rows.append(tuple(fields))
    caption = (
        f"{w.capital(words.label)}: how far no subgroup lies from all people, with {certainty} certainty, each row by"
        " itself"
    )
    return Table(f"subgroup-limits-{search.measure}", caption, tuple(columns), tuple(rows), tuple(notes.texts))


def _limit(
    audit: Audit, search: SubgroupSearch, bound: SubgroupBound, words: Words, notes: Footnotes, end: str, cell: str
) -> list[Entry]:
    value: float | None = getattr(bound, end)
    which: Cell | None = getattr(bound, cell)
    over = [] if audit.subgroups is None else audit.subgroups.over
    why = "nothing is certain of subgroups so small"
    return [
        notes.known(_compared(search, value, words), value, why),
        notes.known("" if which is None else w.conditions_label(which, over), which, why),
    ]


def lines(audit: Audit) -> Iterator[Block]:
    """The first subgroups of each measure."""
    subgroups = audit.subgroups
    if subgroups is None:
        return
    rows = []
    for search in subgroups.searches:
        words = w.words(audit, search.measure)
        for subgroup in search.worst[:ON_TERMINAL]:
            sure = subgroup.p_value is not None and subgroup.p_value <= w.SIGNIFICANT
            fields = (
                f"{words.label}: {w.conditions_label(subgroup.cell, subgroups.over, LABEL)}",
                w.count(subgroup.n),
                w.in_unit(subgroup.value, words.unit),
                _compared(search, subgroup.compared, words),
                w.p_value(subgroup.p_value),
            )
            rows.append(Line(fields, "bold" if sure else ""))
    depth = "of one attribute" if subgroups.depth == 1 else f"up to {w.count(subgroups.depth)} attributes"
    yield Heading(f"Subgroups that stand out most ({depth}; p by the largest of all)")
    yield grid(heads("measure: subgroup", "people", "value", "against all", "p", width=46), rows)


SECTIONS = (Section(Audit, 67, content, lines=lines),)
