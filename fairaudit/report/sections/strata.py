"""Rates within the strata of an admissible column, and the crude gap beside the standardised one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fairaudit.report import wording as w
from fairaudit.report.drawing import (
    BLUE,
    LABELS,
    RED,
    WIDTH,
    Picture,
    add_axes,
    group_label,
    left_out_words,
    new_figure,
    put_row_label,
    set_ticks,
)
from fairaudit.report.lines import LABEL, Block, Heading, Line, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, CommonEstimate, Interval, StandardisedContrast, Stratum, WithinStrata
from fairaudit.results.simpson import SURE, gap_within, largest_within, main_contrast, told_first

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_GROUPS = 6
"""Groups that have a column of their own on a page."""
FEW_GROUPS = 4
"""Groups that have one on a terminal."""
MOST_STRATA = 12
"""Strata that are listed on a terminal, and drawn."""


def content(audit: Audit) -> Content | None:
    """How to read rates within strata, and their tables; nothing where no admissible column was named."""
    if not audit.within:
        return None
    given = w.clean(audit.within[0].given)
    lead = (
        f"Groups may differ because their people are spread otherwise over {given}. Standardised values are those that"
        f" each group would have with the {given} of all people: its values within {given}, weighted by the shares of"
        " all people. These shares are the same for every group and depend on no choice of a reference.",
        "A standardised gap near 0 says where the gap comes from, not that it is fair: whether people should be treated"
        f" by {given}, and how they came to it, no number here can tell.",
    )
    tables = [table for number, within in enumerate(audit.within, 1) for table in _tables(audit, within, number)]
    return Content(f"Within {given}", lead, tuple(tables))


def _tables(audit: Audit, within: WithinStrata, number: int) -> Iterator[Table]:
    fold = within not in told_first(audit)
    if within.strata:
        yield _rates(audit, within, f"strata-{number}", fold)
        yield _contrasts(audit, within, f"standardised-{number}", fold)
    if any(group.conditional_disparity is not None for group in within.groups):
        yield _disparities(audit, within, f"demographic-{number}")


def _shown(within: WithinStrata, most: int) -> list[int]:
    """Places of the groups that have columns of their own: the largest, in their order."""
    largest = sorted(range(len(within.groups)), key=lambda place: -within.groups[place].n)[:most]
    return sorted(largest)


def _rates(audit: Audit, within: WithinStrata, key: str, fold: bool) -> Table:
    """The measure by stratum and group, and below as it is and standardised."""
    unit, notes, shown = w.words(audit, within.measure).unit, Footnotes(), _shown(within, MOST_GROUPS)
    rows = []
    for stratum in within.strata:
        values = [
            notes.entry(w.in_unit(each.value, unit), each.value is None, each.why, w.interval(each.interval, unit))
            for each in (stratum.values[place] for place in shown)
        ]
        rows.append((Entry(w.clean(stratum.level)), *_size(stratum), *values, _gap(audit, within, stratum, notes)))
    groups = [within.groups[place] for place in shown]
    everyone = w.count(sum(group.n for group in within.groups))
    crude = [Entry(w.in_unit(group.value, unit)) for group in groups]
    whole = Entry(w.gap_in_unit(within.crude, unit))
    rows.append((Entry("all, as they are", strong=True), Entry(everyone), Entry(""), *crude, whole))
    standard = [
        notes.entry(
            w.in_unit(group.standardised, unit), group.standardised is None, group.why, w.interval(group.interval, unit)
        )
        for group in groups
    ]
    text, ends = w.gap_in_unit(within.value, unit), w.interval(within.interval, unit, gap=True)
    gap = notes.entry(text, within.value is None, within.why, ends, strong=_beyond_chance(within))
    rows.append((Entry("all, standardised", strong=True), Entry(_in_all(within)), Entry(""), *standard, gap))
    columns = (
        Column(w.clean(within.given), numeric=False, about="the stratum"),
        Column("rows", about="of the groups compared"),
        Column("share", about="weight in the standard: share of all people"),
        *(Column(w.cell_label(group.cell, within.by), about="the group") for group in groups),
        Column("gap", about="highest − lowest group; bold: beyond chance"),
    )
    left = left_out_words(len(within.groups), len(shown))
    caption, kept = cut(f"{_title(audit, within)}{f'. {left}' if left else ''}", rows)
    return Table(key, caption, columns, kept, tuple(notes.texts), fold or len(rows) > 25)


def _title(audit: Audit, within: WithinStrata) -> str:
    label = w.capital(w.words(audit, within.measure).label)
    return f"{label} by {w.by_label(within.by)} within {w.clean(within.given)}, with {w.confidence(audit)} intervals"


def _in_all(within: WithinStrata) -> str:
    """Rows in the strata in which every group has people: those of the standardised values."""
    return w.count(sum(each.n for each in within.strata if all(value.value is not None for value in each.values)))


def _size(stratum: Stratum) -> tuple[Entry, Entry]:
    return Entry(w.count(stratum.n)), Entry(w.percent(stratum.share))


def _gap(audit: Audit, within: WithinStrata, stratum: Stratum, notes: Footnotes) -> Entry:
    unit = w.words(audit, within.measure).unit
    sure = stratum.interval is not None and stratum.interval[0] > 0
    ends = w.interval(stratum.interval, unit, gap=True)
    return notes.entry(w.gap_in_unit(stratum.gap, unit), stratum.gap is None, stratum.why, ends, strong=sure)


def _beyond_chance(within: WithinStrata) -> bool:
    p_value, _ = w.corrected(within.p_value, within.p_adjusted)
    return p_value is not None and p_value <= w.SIGNIFICANT


def _contrasts(audit: Audit, within: WithinStrata, key: str, fold: bool) -> Table:
    """Each group against the reference: crude, standardised, and what is common to the strata."""
    unit, notes = w.words(audit, within.measure).unit, Footnotes()
    of_rates = any(contrast.odds_ratio is not None for contrast in within.contrasts)
    rows = []
    for contrast in within.contrasts:
        numbers = [
            (contrast.crude, contrast.crude_interval),
            (contrast.standardised, contrast.interval),
            (contrast.between, contrast.between_interval),
        ]
        row = [Entry(w.cell_label(contrast.cell, within.by))]
        for value, ends in numbers:
            text = _signed(value, unit)
            row.append(notes.entry(text, value is None, contrast.why, w.interval(ends, unit, gap=True)))
        row.append(Entry(w.count(contrast.n - contrast.compared)))
        if of_rates:
            row += _common(contrast, notes)
        rows.append(tuple(row))
    reference = w.cell_label(within.contrasts[0].reference, within.by)
    columns = [
        Column(f"against {reference}", numeric=False, about="the group"),
        Column("as they are", about="value of the group minus that of the reference"),
        Column("standardised", about="the same with the strata of all people"),
        Column("by spread", about="the difference of the two: what comes from being spread otherwise over the strata"),
        Column("not compared", about="rows of both groups in strata where the other has nobody"),
    ]
    if of_rates:
        columns += [
            Column("common difference", about="Mantel–Haenszel; interval by Klingenberg from Sato's variance"),
            Column("common ratio", about="Mantel–Haenszel; interval by Greenland and Robins"),
            Column("common odds ratio", about="Mantel–Haenszel; interval by Robins, Breslow and Greenland"),
            Column("p of one odds ratio", about="Breslow and Day with Tarone's correction; bold: strata differ"),
        ]
    return Table(
        key, f"{_title(audit, within)}: {_tested(within)}", tuple(columns), tuple(rows), tuple(notes.texts), fold
    )


def _disparities(audit: Audit, within: WithinStrata, key: str) -> Table:
    """How much more each group is among the rejected than among the accepted, of all people and within strata."""
    why, notes = "in no stratum are some accepted and some rejected", Footnotes()
    rows = [
        (
            Entry(w.cell_label(group.cell, within.by)),
            notes.known(w.points(group.demographic_disparity, signed=True), group.demographic_disparity, why),
            notes.entry(
                w.points(group.conditional_disparity, signed=True),
                group.conditional_disparity is None,
                why,
                w.interval(group.conditional_interval, "rate", gap=True),
            ),
        )
        for group in within.groups
    ]
    columns = (
        Column(w.by_label(within.by), numeric=False, about="the group"),
        Column("of all people", about="share of the group among the rejected minus among the accepted"),
        Column("conditional", about="the same within strata, averaged with their shares of all people"),
    )
    title = f"Conditional demographic disparity within {w.clean(within.given)}, with {w.confidence(audit)} intervals"
    return Table(key, title, columns, tuple(rows), tuple(notes.texts), fold=True)


def _signed(value: float | None, unit: str) -> str:
    return w.points(value, signed=True) if unit in ("rate", "points") else w.number(value, signed=True)


def _tested(within: WithinStrata) -> str:
    """The test that groups do not differ within strata."""
    if within.p_value is None:
        return "not tested"
    name = "Cochran–Mantel–Haenszel" if within.statistic is not None else "by the interval of the standardised gap"
    _, clause = w.corrected(within.p_value, within.p_adjusted)
    chi = "" if within.statistic is None else f" X² = {w.precise(within.statistic)},"
    return f"{name},{chi} {w.p_clause(within.p_value)}, {clause}"


def _common(contrast: StandardisedContrast, notes: Footnotes) -> list[Entry]:
    missing = CommonEstimate(why=contrast.why)
    entries = []
    for estimate, shares in (
        (contrast.risk_difference, True),
        (contrast.risk_ratio, False),
        (contrast.odds_ratio, False),
    ):
        known = estimate or missing
        text = w.points(known.value, signed=True) if shares else w.number(known.value)
        ends = w.interval(known.interval, "rate" if shares else "number", gap=True)
        entries.append(notes.entry(text, known.value is None, known.why, ends))
    test = contrast.homogeneity
    p_value, why = (None, contrast.why) if test is None else (test.p_value, test.why)
    differ = p_value is not None and p_value <= SURE
    entries.append(notes.entry(w.p_value(p_value), p_value is None, why, strong=differ))
    return entries


# Pictures -------------------------------------------------------------------------------------------------------------


def pictures(audit: Audit) -> Iterator[Picture]:
    """One picture for each attribute: two groups within each stratum, as they are, and standardised."""
    for number, within in enumerate(told_first(audit), 1):
        contrast = main_contrast(within)
        if contrast is not None:
            yield picture(audit, within, contrast, f"strata-chart-{number}")


Row = tuple[str, str, list[tuple[float | None, Interval | None]]]
"""Name, smaller words below it, and value and interval of both groups."""


def picture(audit: Audit, within: WithinStrata, contrast: StandardisedContrast, key: str) -> Picture:
    """Dots of two groups in each stratum, and below of all their people as they are and standardised."""
    cells = [group.cell for group in within.groups]
    places = [cells.index(contrast.cell), cells.index(contrast.reference)]
    rows = list(_rows(within, places))
    names = [group_label(cell, within.by) for cell in (contrast.cell, contrast.reference)]
    label = w.words(audit, within.measure).label
    title = f"{w.capital(label)} of {names[0]} and {names[1]} within {w.clean(within.given)}"
    caption = (
        f"{w.capital(label)} of {names[0]} (red dots) and {names[1]} (blue rings) in each {w.clean(within.given)};"
        f" below, of all their people as they are, and with the {w.clean(within.given)} of all people. Line:"
        f" {w.confidence(audit)} interval. {left_out_words(len(within.strata), len(rows) - 2, 'strata')}"
    ).strip()
    top, height = 10.0, 27.0
    with drawing():
        figure = new_figure(top + height * len(rows) + 24)
        axes = add_axes(figure, LABELS + 8, top, WIDTH - LABELS - 24, height * len(rows))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        for index, (name, second, values) in enumerate(rows):
            _draw(axes, index, values)
            put_row_label(figure, top + height * (index + 0.5), name, second)
        axes.axhline(len(rows) - 2.5, color=INK, alpha=0.5, linewidth=0.8)
        axes.margins(x=0.06)
        set_ticks(axes, w.words(audit, within.measure).unit)
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def _rows(within: WithinStrata, places: list[int]) -> Iterator[Row]:
    largest = sorted(range(len(within.strata)), key=lambda place: -within.strata[place].n)[:MOST_STRATA]
    for place in sorted(largest):
        stratum = within.strata[place]
        values = [(stratum.values[group].value, stratum.values[group].interval) for group in places]
        yield w.clean(stratum.level), f"{w.count(stratum.n)} rows", values
    groups = [within.groups[place] for place in places]
    yield "all, as they are", "", [(group.value, None) for group in groups]
    yield "all, standardised", "", [(group.standardised, group.interval) for group in groups]


def _draw(axes: Axes, index: int, values: list[tuple[float | None, Interval | None]]) -> None:
    axes.axhline(index, color=INK, alpha=0.12, linewidth=0.6, zorder=0.5)
    for (value, bounds), shift, colour, face in zip(values, (-0.14, 0.14), (RED, BLUE), (RED, PAPER), strict=True):
        if bounds is not None:
            axes.plot(bounds, (index + shift, index + shift), color=colour, linewidth=1.6, solid_capstyle="round")
        if value is not None:
            axes.plot([value], [index + shift], "o", markersize=6, color=colour, markerfacecolor=face)


# Terminal and findings ------------------------------------------------------------------------------------------------


def lines(audit: Audit) -> Iterator[Block]:
    """The measure that is told first of each attribute, by stratum."""
    for within in told_first(audit):
        label = w.words(audit, within.measure).label
        yield Heading(f"{w.capital(label)} by {w.by_label(within.by)} within {w.clean(within.given)}")
        yield _grid(audit, within)
        left = left_out_words(len(within.groups), FEW_GROUPS)
        yield Paragraph(f"Within strata: {_tested(within)}. {left}".strip(), "dim")


def _grid(audit: Audit, within: WithinStrata) -> Block:
    unit, shown = w.words(audit, within.measure).unit, _shown(within, FEW_GROUPS)
    groups = [within.groups[place] for place in shown]
    labels = [w.cell_label(group.cell, within.by, LABEL // 2) for group in groups]
    body = []
    for stratum in within.strata[:MOST_STRATA]:
        values = [w.in_unit(stratum.values[place].value, unit) for place in shown]
        gap = w.gap_in_unit(stratum.gap, unit)
        body.append(Line((w.shorten(w.clean(stratum.level), LABEL), w.count(stratum.n), *values, gap)))
    if len(within.strata) > MOST_STRATA:
        body.append(Line((f"… {len(within.strata) - MOST_STRATA} more in the reports",), "dim"))
    everyone = w.count(sum(group.n for group in within.groups))
    plain = [w.in_unit(group.value, unit) for group in groups]
    body.append(Line(("all, as they are", everyone, *plain, w.gap_in_unit(within.crude, unit)), "bold"))
    standard = [w.in_unit(group.standardised, unit) for group in groups]
    body.append(Line(("all, standardised", _in_all(within), *standard, w.gap_in_unit(within.value, unit)), "bold"))
    return grid(heads(w.clean(within.given), "rows", *labels, "gap"), body)


def findings(audit: Audit) -> Iterator[Sentence]:
    """Of each attribute the crude gap beside the standardised one."""
    for number, within in enumerate(told_first(audit)):
        contrast = main_contrast(within)
        if contrast is not None:
            yield Sentence(gap_within(audit, within, contrast), "if there is room" if number else "kept")
            largest = largest_within(audit, within, contrast)
            if largest is not None:
                yield Sentence(largest, "if there is room")


SECTIONS = (Section(Audit, 65, content, pictures, lines, findings),)
