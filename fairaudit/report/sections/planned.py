"""Power: the gaps that an audit of these groups would find, and the people that a given one needs."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Line, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results.power import PlannedGap, Power

NAMES = 3
"""Groups that a table names."""


def content(power: Power) -> Content:
    """How to read the numbers, and the table."""
    return Content("What would be found", _lead(power), (table(power),))


def _lead(power: Power) -> tuple[str, ...]:
    lead = [
        f"The smallest gap that is found with {_whole(power.target)} power: in the worst case, between the two"
        " smallest groups with all others at their mean; and between the two largest. Smaller gaps are found less"
        " often. The level of each test is 0.05 divided by the number of hypotheses that are tested together.",
    ]
    if power.tables:
        lead.append(
            f"Checked: how often the audit's own test found that gap in {w.count(power.tables)} simulated tables, with"
            " the Monte Carlo standard error."
        )
    return tuple(lead)


def table(power: Power) -> Table:
    """A row for each rate and set of attributes."""
    notes = Footnotes()
    columns = [
        Column("rate", numeric=False),
        Column("by", numeric=False, about="the attributes that form the groups"),
        Column("groups", numeric=False, about="with their people, the smallest first"),
        Column("overall", about="the rate of all groups together"),
        Column("any two groups", about="gap that is found between whichever two"),
        Column("the largest two", about="gap that is found between the two largest groups"),
    ]
    columns += [Column("checked", about="by simulation, in per cent")] if power.tables else []
    if power.asked is not None:
        asked = w.points(power.asked)
        columns += [Column(f"power for {asked}"), Column(f"people for {asked}", about="in each group of one size")]
    rows = tuple(_row(power, notes, one) for one in power.gaps)
    return Table("planned", "Gaps that would be found", tuple(columns), rows, tuple(notes.texts))


def _row(power: Power, notes: Footnotes, one: PlannedGap) -> tuple[Entry, ...]:
    row = [
        Entry(w.clean(one.measure)),
        Entry(w.by_label(one.by) or "—"),
        Entry(_groups(one)),
        Entry(w.percent(one.rate)),
        notes.known(w.points(one.gap), one.gap, one.why),
        notes.known(w.points(one.largest_gap), one.largest_gap, one.why),
    ]
    row += [notes.known(_checked(one), one.simulated, one.why)] if power.tables else []
    if power.asked is not None:
        needed = "no number of people is enough"
        row += [
            notes.known(w.percent(one.power), one.power, one.why),
            notes.known(w.count(one.people_needed), one.people_needed, needed),
        ]
    return tuple(row)


def _whole(power: float) -> str:
    return w.percent(power).replace(".0%", "%")


def _checked(one: PlannedGap) -> str:
    return f"{w.percent(one.simulated)} ± {w.percent(one.simulated_error)}"


def _groups(one: PlannedGap) -> str:
    named = [f"{w.clean(group.name)} ({w.count(round(group.people))})" for group in one.groups]
    if len(named) > 2 * NAMES:
        named = [*named[:NAMES], f"{len(named) - 2 * NAMES} more", *named[-NAMES:]]
    return ", ".join(named)


def lines(power: Power) -> Iterator[Block]:
    """The table in few words."""
    yield Heading(f"Gaps found with {_whole(power.target)} power")
    titles = ["groups", "rate", "any two", "largest two", *(["checked"] if power.tables else [])]
    if power.asked is not None:
        titles += [f"for {w.points(power.asked)}", "people"]
    shown = [one for one in power.gaps if len(one.by) < 2]
    yield grid(heads("rate by", *titles), (Line(_fields(power, one)) for one in shown))
    yield Paragraph()
    yield Paragraph(
        "any two: whichever two groups, whatever the others do; people: in each group of one size, for that gap."
        if power.asked is not None
        else "any two: whichever two groups, whatever the others do; --gap asks for a gap of your own.",
        "dim",
    )
    if len(shown) < len(power.gaps):
        yield Paragraph(f"{len(power.gaps) - len(shown)} more, of intersectional groups, are in the reports.", "dim")


def _fields(power: Power, one: PlannedGap) -> tuple[str, ...]:
    label = f"{w.clean(one.measure)} by {w.by_label(one.by)}" if one.by else w.clean(one.measure)
    fields = [label, w.count(len(one.groups)), w.percent(one.rate), w.points(one.gap), w.points(one.largest_gap)]
    fields += [w.percent(one.simulated)] if power.tables else []
    if power.asked is not None:
        fields += [w.percent(one.power), w.count(one.people_needed)]
    return tuple(fields)


SECTIONS = (Section(Power, 20, content, lines=lines),)
