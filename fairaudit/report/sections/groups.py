"""The groups: each with its rows, share, mean and rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fairaudit.report import wording as w
from fairaudit.report.drawing import (
    BLUE,
    LABELS,
    WIDTH,
    Picture,
    add_axes,
    group_label,
    largest_groups,
    mark_not_measured,
    new_figure,
    put_row_label,
    set_ticks,
)
from fairaudit.report.lines import LABEL, Block, Heading, Line, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Group, GroupValue, Interval
from fairaudit.results.memberships import attribute_of, is_membership, lacks_any
from fairaudit.results.verdict import FOUR_FIFTHS
from fairaudit.results.words import class_of, of_class_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEAN = "mean_prediction"
"""The measure that has a column of its own in every table."""
MAX_GROUPS = 14
"""Groups that are drawn."""
MOST_LETTERS = 22
"""Letters of a class above its panel."""
MOST_PANELS = 4
"""Classes that are drawn."""
MOST_GROUPS = 12
"""Groups of one attribute that a terminal lists."""
ENOUGH = (
    "what can be estimated of the group so that one row does not tell the estimate from the truth with more than 55%:"
    " its rate or mean, the distribution of its predictions over bins, a model for it alone (p–n criterion)"
)
FEW = "* rests on fewer than 5 people or events: one more or less would change it much."


def content(audit: Audit) -> Content:
    """How to read the groups, and a table for each set of attributes."""
    lead: tuple[str, ...] = (
        f"Each line is one group. The smaller figures are {w.confidence(audit)} intervals: where two groups' "
        "intervals overlap widely, the difference may be chance. A group marked with a number is explained below the "
        "table; it is shown, but not compared. A rate marked so rests on few people or events.",
    )
    sets = [w.clean(attribute.name) for attribute in audit.protected if attribute.kind == "set"]
    if sets:
        names = w.sentence_list(sets)
        lead += (f"Groups of {names} overlap: a row is in the group of each value that it has.",)
    return Content("Groups", lead, tuple(table(audit, each, i) for i, each in enumerate(groupings(audit), 1)))


def sets_of_attributes(groups: Iterable[Group]) -> list[list[str]]:
    """The sets of attributes that form groups, single ones first, in the order of the audit."""
    return sorted(map(list, dict.fromkeys(tuple(group.by) for group in groups)), key=len)


@dataclass(frozen=True)
class Grouping:
    """Groups that stand in one table: those of some attributes, of a set of each of its values."""

    label: str
    """The attributes."""
    depth: int
    """How many they are."""
    members: list[Group]
    """The groups; of a set those who have each value, and once those without any."""
    overlap: bool
    """Whether somebody may be in several of them."""


def groupings(audit: Audit) -> list[Grouping]:
    """The groups by what stands in one table, single attributes first."""
    sets = [attribute.name for attribute in audit.protected if attribute.kind == "set"]
    together: dict[tuple[str, ...], list[list[str]]] = {}
    for by in sets_of_attributes(audit.groups):
        together.setdefault(tuple(attribute_of(name, sets) for name in by), []).append(by)
    of_set: dict[tuple[str, ...], list[Group]] = {}
    for group in audit.groups:
        of_set.setdefault(tuple(group.by), []).append(group)
    found = []
    for attributes, alike in together.items():
        overlap = not set(attributes).isdisjoint(sets)
        members = [group for by in alike for group in of_set[tuple(by)]]
        if overlap:
            members = _having(members, sets)
        found.append(Grouping(w.by_label(attributes), len(attributes), members, overlap))
    return found


def _having(groups: Sequence[Group], sets: Sequence[str]) -> list[Group]:
    """The groups that have some value of each set, and at the end those without any, which all values share, once."""
    valued, missing = [], dict[str, Group]()
    for group in groups:
        levels = {name: level for name, level in group.cell.items() if attribute_of(name, sets) != name}
        if all(is_membership(name, level) for name, level in levels.items()):
            valued += [] if lacks_any(levels) else [group]
        else:
            missing.setdefault(w.cell_label(group.cell, group.by), group)
    return [*valued, *missing.values()]


def measure_names(audit: Audit, groups: Sequence[Group]) -> list[str]:
    """Measures of these groups in the order of the tables; the mean prediction has a column of its own, and what is of
    one class stands in the tables of classes."""
    return w.in_order(audit, {name for group in groups for name in group.measures if not _elsewhere(audit, name)})


def _elsewhere(audit: Audit, name: str) -> bool:
    """Whether a measure does not stand among the columns of the groups."""
    return name == MEAN or w.words(audit, name).of_class is not None


def table(audit: Audit, grouping: Grouping, number: int = 0) -> Table:
    """Every group of one set of attributes with its rows, share, mean and rates."""
    members = grouping.members
    names, mean, notes = measure_names(audit, members), w.words(audit, "mean_prediction"), Footnotes()
    compared = compared_measure(audit, members)
    clustered = any(group.people is not None for group in members)
    averaged = not audit.classes
    rows = []
    for group in members:
        why = group.why or "too small to be compared"
        label = w.cell_label(group.cell, group.by)
        row = [
            Entry(label) if group.adequate else Entry(label, note=notes.entry("", True, why).note),
            Entry(w.count(group.n)),
            *([Entry(w.count(group.people))] if clustered else []),
            Entry(w.percent(group.share)),
        ]
        if averaged:
            text, lacks = w.in_unit(group.mean_prediction, mean.unit), group.mean_prediction is None
            row.append(notes.entry(text, lacks, group.why, w.interval(group.interval, mean.unit)))
            if compared == MEAN:
                row.append(_ratio_of(audit, notes, MEAN, group.measures.get(MEAN)))
        if any(other.adequacy for other in members):
            row.append(_enough(notes, group))
        for name in names:
            row.append(_value_of(audit, notes, name, group.measures.get(name)))
            if name == compared:
                row.append(_ratio_of(audit, notes, name, group.measures.get(name)))
        rows.append(tuple(row))
    columns = [
        Column(grouping.label, numeric=False, about="the group"),
        Column("rows"),
        *([Column("people", about="people whom the rows are about")] if clustered else []),
        Column("share", about="share of the total weight"),
        *([Column(mean.label, about=mean.about)] if averaged else []),
    ]
    if averaged and compared == MEAN:
        columns.append(Column(f"ratio to {_reference(audit, MEAN, grouping)}", about=_about_ratio(audit, MEAN)))
    if any(group.adequacy for group in members):
        columns.append(Column("large enough for", numeric=False, about=ENOUGH))
    for name in names:
        known = w.words(audit, name)
        columns.append(Column(known.label, about=known.about))
        if name == compared:
            columns.append(Column(f"ratio to {_reference(audit, name, grouping)}", about=_about_ratio(audit, name)))
    overlap = ", which overlap" if grouping.overlap else ""
    caption, shown = cut(f"Groups by {grouping.label}{overlap}, with {w.confidence(audit)} intervals", rows)
    fold = grouping.depth > 1 or len(rows) > 25
    return Table(f"groups-{number}", caption, tuple(columns), shown, tuple(notes.texts), fold)


def _enough(notes: Footnotes, group: Group) -> Entry:
    """What a group is large enough for, with a note on what it is not."""
    enough = [each.of for each in group.adequacy if each.adequate]
    lacking = [f"{each.of} needs {w.count(each.needed)}" for each in group.adequacy if not each.adequate]
    remark = f"too few rows: {', '.join(lacking)}" if lacking else None
    return notes.entry(", ".join(enough) or "nothing", False, None, remark=remark)


def compared_measure(audit: Audit, members: Sequence[Group]) -> str | None:
    """The rate or mean whose ratios are told: the first of those told first that has any."""
    names = [*w.headline(audit), *measure_names(audit, members)]
    with_ratio = {name for group in members for name, value in group.measures.items() if value.ratio is not None}
    return next((name for name in names if name in with_ratio), None)


def _reference(audit: Audit, name: str, grouping: Grouping) -> str:
    """The group that ratios are relative to."""
    if grouping.overlap:
        return "the better off, with or without"
    by = grouping.members[0].by
    gap = next((gap for gap in audit.disparities if gap.measure == name and gap.by == by and gap.reference), None)
    return "the reference" if gap is None or gap.reference is None else w.cell_label(gap.reference, by, LABEL)


def _about_ratio(audit: Audit, name: str) -> str:
    of = "the favourable decision" if name == "selection_rate" and audit.favourable else w.words(audit, name).label
    bold = "; bold: below 0.8" if name == "selection_rate" else ""
    return f"ratio of {of} to that of the group named; intervals hold for all groups at once{bold}"


def _ratio_of(audit: Audit, notes: Footnotes, name: str, measured: GroupValue | None) -> Entry:
    if measured is None or measured.ratio is None:
        return notes.entry("", True, f"no ratio: the group has no {w.words(audit, name).label}, or the reference has 0")
    strong = name == "selection_rate" and measured.ratio < FOUR_FIFTHS
    return Entry(w.number(measured.ratio), w.interval(measured.ratio_interval), strong=strong)


def _value_of(audit: Audit, notes: Footnotes, name: str, measured: GroupValue | None) -> Entry:
    if measured is None:
        return notes.entry("", True, "not a measure of this group")
    unit = w.words(audit, name).unit
    text, missing = w.in_unit(measured.value, unit), measured.value is None
    ends = w.interval(measured.interval, unit)
    if measured.floor is not None:
        ends = "; ".join([*([ends] if ends else []), f"chance {w.in_unit(measured.floor, unit)}"])
    return notes.entry(text, missing, measured.why, ends, remark=measured.few)


def pictures(audit: Audit) -> Iterator[Picture]:
    """One picture for each single attribute."""
    single = [grouping for grouping in groupings(audit) if grouping.depth == 1]
    return (picture(audit, grouping, f"groups-chart-{i}") for i, grouping in enumerate(single, 1))


def picture(audit: Audit, grouping: Grouping, key: str) -> Picture:
    """Main rates of the groups of one attribute as dots with interval whiskers."""
    groups, left_out = largest_groups(grouping.members, MAX_GROUPS)
    pictured = w.in_order(audit, (name for name, known in audit.measures.items() if known.pictured))
    names = [name for name in pictured if any(_value(g, name) is not None for g in groups)] or ["mean_prediction"]
    if audit.classes:
        names = _most_unlike(audit, groups[0].by)
    top, row = 34.0, 27.0
    with drawing():
        figure = new_figure(top + row * len(groups) + 20)
        width = (WIDTH - LABELS) / len(names)
        for index, name in enumerate(names):
            axes = add_axes(figure, LABELS + index * width + 8, top, width - 16, row * len(groups))
            _rate_panel(audit, axes, groups, name)
        for index, group in enumerate(groups):
            rows = f"{w.count(group.n)} rows" + ("" if group.adequate else ", too few")
            put_row_label(figure, top + row * (index + 0.5), group_label(group.cell, group.by), rows)
        title = f"Main rates by {grouping.label}"
        words = w.sentence_list(w.words(audit, name).label for name in names)
        caption = f"{words} by {grouping.label}. Dot: the value; line: its {w.confidence(audit)} interval. "
        caption = caption[:1].upper() + caption[1:]
        if not all(group.adequate for group in groups):
            caption += "Hollow dots: groups too small to be compared. "
        caption += "Each panel has its own scale. " + left_out
        return Picture(key, title, caption.strip(), to_svg(figure, key, title, caption.strip()))


def _most_unlike(audit: Audit, by: list[str]) -> list[str]:
    """The shares of the classes that differ most between the groups of one attribute."""
    base = shares_of_classes(audit)
    gaps = [gap for gap in audit.disparities if gap.by == by and class_of(gap.measure)[0] == base]
    worst = sorted(gaps, key=lambda gap: -(gap.value or 0.0))[:MOST_PANELS]
    shown = {gap.measure for gap in worst}
    return [name for name in map(partial(of_class_name, base), audit.classes) if name in shown]


def shares_of_classes(audit: Audit) -> str:
    """The measure that tells how often each class is predicted, or where nothing is predicted, occurs."""
    return "base_rate" if audit.prediction.subject == "outcome" else "selection_rate"


def _rate_panel(audit: Audit, axes: Axes, groups: Sequence[Group], name: str) -> None:
    known = w.words(audit, name)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    title = known.label if known.of_class is None else w.shorten(known.of_class, MOST_LETTERS)
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold", pad=8)
    for index, group in enumerate(groups):
        value, bounds = _value(group, name), _interval(group, name)
        axes.axhline(index, color=INK, alpha=0.12, linewidth=0.6, zorder=0.5)
        if value is None:
            mark_not_measured(axes, index)
            continue
        if bounds is not None:
            axes.plot(bounds, (index, index), color=BLUE, linewidth=1.8, solid_capstyle="round")
        face = BLUE if group.adequate else PAPER
        axes.plot([value], [index], "o", markersize=6.5, color=BLUE, markerfacecolor=face, markeredgewidth=1.4)
    if known.right is not None:
        axes.axvline(known.right, color=INK, alpha=0.5, linewidth=0.8, linestyle=(0, (3, 3)))
    axes.margins(x=0.08)
    set_ticks(axes, known.unit)


def _value(group: Group, name: str) -> float | None:
    if name == "mean_prediction":
        return group.mean_prediction
    return group.measures[name].value if name in group.measures else None


def _interval(group: Group, name: str) -> Interval | None:
    if name == "mean_prediction":
        return group.interval
    return group.measures[name].interval if name in group.measures else None


def lines(audit: Audit) -> Iterator[Block]:
    """The groups of each single attribute with the measures that people ask for first."""
    for grouping in groupings(audit):
        if grouping.depth == 1:
            yield Heading(f"Groups by {grouping.label}{', which overlap' if grouping.overlap else ''}")
            yield _grid(audit, grouping)
            if any(_rests_on_few(audit, group) for group in grouping.members[:MOST_GROUPS]):
                yield Paragraph(FEW, "dim")


def _listed_measures(audit: Audit, members: Sequence[Group]) -> list[str]:
    """The measures of a narrow table."""
    names = [name for name in w.headline(audit) if any(name in group.measures for group in members)]
    return [name for name in names if not _elsewhere(audit, name)][:4]


def _rests_on_few(audit: Audit, group: Group) -> bool:
    return any(group.measures[name].few for name in _listed_measures(audit, [group]))


def _grid(audit: Audit, grouping: Grouping) -> Block:
    members = grouping.members
    names = _listed_measures(audit, members)
    compared = compared_measure(audit, members)
    clustered = any(group.people is not None for group in members)
    columns = heads(
        grouping.label,
        "rows",
        *(["people"] if clustered else []),
        "share",
        *([] if audit.classes else ["mean"]),
        *(["ratio"] if compared == MEAN and not audit.classes else []),
        *_titles(audit, names, compared),
    )
    shown = [_line(audit, group, names, compared) for group in members[:MOST_GROUPS]]
    if len(members) > MOST_GROUPS:
        shown.append(Line((f"… {len(members) - MOST_GROUPS} more in the reports",), "dim"))
    return grid(columns, shown)


def _titles(audit: Audit, names: Sequence[str], compared: str | None) -> Iterator[str]:
    for name in names:
        yield w.words(audit, name).short
        if name == compared:
            yield "ratio"


def _rates(audit: Audit, group: Group, names: Sequence[str], compared: str | None) -> Iterator[str]:
    for name in names:
        few = name in group.measures and group.measures[name].few
        yield w.in_unit(group_value(group, name), w.words(audit, name).unit) + (FEW[0] if few else "")
        if name == compared:
            yield _narrow_ratio(group, name)


def _narrow_ratio(group: Group, name: str) -> str:
    return w.number(group.measures[name].ratio if name in group.measures else None)


def _line(audit: Audit, group: Group, names: Sequence[str], compared: str | None) -> Line:
    fields = (
        w.cell_label(group.cell, group.by, LABEL),
        w.count(group.n),
        *([] if group.people is None else [w.count(group.people)]),
        w.percent(group.share),
        *([] if audit.classes else [w.in_unit(group.mean_prediction, w.words(audit, "mean_prediction").unit)]),
        *([_narrow_ratio(group, MEAN)] if compared == MEAN and not audit.classes else []),
        *_rates(audit, group, names, compared),
    )
    return Line(fields, "" if group.adequate else "dim")


def group_value(group: Group, name: str) -> float | None:
    """The value of a measure in a group."""
    if name in group.measures:
        return group.measures[name].value
    return group.mean_prediction if name == "mean_prediction" else None


SECTIONS = (Section(Audit, 40, content, pictures, lines),)
