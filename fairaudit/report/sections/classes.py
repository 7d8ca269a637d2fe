"""Classes: what each has against the rest, side by side for the groups of one attribute."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import LABEL, Block, Heading, Line, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.sections.disparities import is_finding
from fairaudit.report.sections.groups import group_value, sets_of_attributes, shares_of_classes
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Disparity, Group
from fairaudit.results.words import class_of, of_class_name

MOST_COLUMNS = 8
"""Groups that stand side by side; of more the largest."""
MOST_LISTED = 3
"""The same on a terminal."""
MOST_CLASSES = 8
"""Classes that a terminal lists, those that differ most."""


def content(audit: Audit) -> Content | None:
    """A table of each measure and attribute, a line for each class."""
    if not audit.classes:
        return None
    lead = (
        "Each class against the rest, for the groups of one attribute side by side; the smaller figures are"
        f" {w.confidence(audit)} intervals. Groups in which differences stand out from chance are in bold.",
    )
    tables = [
        table(audit, base, by, number)
        for number, by in enumerate(_single(audit), 1)
        for base in measures(audit)
        if any(of_class_name(base, audit.classes[0]) in group.measures for group in audit.groups)
    ]
    return Content("Classes", lead, tuple(tables))


def measures(audit: Audit) -> list[str]:
    """The measures that are told of each class, by the name of that of a binary outcome, in the order of tables."""
    named = [name for name, known in audit.measures.items() if known.of_class is not None]
    return list(dict.fromkeys(class_of(name)[0] for name in w.in_order(audit, named)))


def _single(audit: Audit) -> list[list[str]]:
    return [by for by in sets_of_attributes(audit.groups) if len(by) == 1]


def table(audit: Audit, base: str, by: list[str], number: int) -> Table:
    """One measure of every class in the groups of one attribute, with the largest gap and its p-value."""
    groups, notes, rows = _columns(audit, by, MOST_COLUMNS), Footnotes(), []
    for name in audit.classes:
        measure = of_class_name(base, name)
        gap, unit = _gap(audit, measure, by), w.words(audit, measure).unit
        row = [Entry(name, strong=gap is not None and is_finding(gap))]
        for group in groups:
            held = group.measures[measure]
            ends = w.interval(held.interval, unit)
            row.append(notes.entry(w.in_unit(held.value, unit), held.value is None, held.why, ends, remark=held.few))
        if gap is not None:
            row.append(notes.known(w.gap_in_unit(gap.value, unit), gap.value, gap.why))
            row.append(notes.known(w.p_value(gap.p_adjusted), gap.p_adjusted, gap.why or "no test for this measure"))
        rows.append(tuple(row))
    columns = [Column("class", numeric=False), *(Column(w.cell_label(group.cell, by)) for group in groups)]
    if len(rows[0]) > len(columns):
        columns += [Column("difference", about="highest minus lowest"), Column("adjusted p")]
    label = w.words(audit, of_class_name(base, audit.classes[0])).label
    caption, shown = cut(f"{_without(label, audit.classes[0])} by {w.by_label(by)}", rows)
    return Table(f"classes-{base.replace('_', '-')}-{number}", caption, tuple(columns), shown, tuple(notes.texts))


def _without(label: str, name: str) -> str:
    """The label of a measure of one class as that of all."""
    return w.capital(label.removesuffix(w.shorten(name, 40)).strip() + " each class")


def _columns(audit: Audit, by: list[str], most: int) -> list[Group]:
    """The groups that stand side by side: the largest, in the order of the audit."""
    members = [group for group in audit.groups if group.by == by]
    largest = sorted(members, key=lambda group: -group.share)[:most]
    return [group for group in members if group in largest]


def _gap(audit: Audit, measure: str, by: list[str]) -> Disparity | None:
    return next((gap for gap in audit.disparities if gap.measure == measure and gap.by == by), None)


def lines(audit: Audit) -> Iterator[Block]:
    """How often each class is predicted and found, for the groups of each attribute; the classes that differ most."""
    for by in _single(audit) if audit.classes else []:
        for base in (shares_of_classes(audit), "tpr"):
            if of_class_name(base, audit.classes[0]) in audit.measures:
                yield from _grid(audit, base, by)


def _grid(audit: Audit, base: str, by: list[str]) -> Iterator[Block]:
    groups = _columns(audit, by, MOST_LISTED)
    gaps = {name: _gap(audit, of_class_name(base, name), by) for name in audit.classes}
    worst = sorted(audit.classes, key=lambda name: -_size(gaps[name]))[:MOST_CLASSES]
    label = w.words(audit, of_class_name(base, audit.classes[0])).label
    yield Heading(f"{_without(label, audit.classes[0])} by {w.by_label(by)}")
    titles = heads("class", *(w.cell_label(group.cell, by, 14) for group in groups), "gap", "p")
    yield grid(titles, (_line(audit, of_class_name(base, n), n, groups, gaps[n]) for n in audit.classes if n in worst))
    if len(audit.classes) > len(worst):
        yield Paragraph(f"… {len(audit.classes) - len(worst)} more classes in the reports, which differ less", "dim")


def _size(gap: Disparity | None) -> float:
    return -1.0 if gap is None or gap.value is None else gap.value


def _line(audit: Audit, measure: str, name: str, groups: list[Group], gap: Disparity | None) -> Line:
    unit = w.words(audit, measure).unit
    values = (w.in_unit(group_value(group, measure), unit) for group in groups)
    tested = ("", "") if gap is None else (w.gap_in_unit(gap.value, unit), w.p_value(gap.p_adjusted))
    return Line((w.shorten(name, LABEL), *values, *tested), "bold" if gap is not None and is_finding(gap) else "")


SECTIONS = (Section(Audit, 45, content, lines=lines),)
