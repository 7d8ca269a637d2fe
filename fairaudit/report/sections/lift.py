"""Lift: how well predicted rates order events, and which of two models is right where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from fairaudit.report import wording as w
from fairaudit.report.drawing import BLUE, WIDTH, Picture, add_axes, new_figure, put_text, tick_labels
from fairaudit.report.sections import Content, Section
from fairaudit.report.svg import INK, drawing, to_svg
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Lift, LiftTenth

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TOP, SIDE, LEFT = 40.0, 170.0, 46.0
"""Room above a panel, its height, and room at its left, in points."""


def content(audit: Audit) -> Content | None:
    """How to read the orderings, and their tables."""
    if not audit.lift:
        return None
    lead = [
        "Gini: twice the area between the diagonal and the curve of the share of events against that of exposure, both"
        " in the order of the predictions (ordered Lorenz curve). 0: predictions tell nothing of the events. A group"
        " with a lower index is ordered less well.",
        "Tenths: the exposure in the order of the predictions, equal ones together; predicted against observed events"
        " per unit of exposure.",
    ]
    tables = [_indices(audit), _tenths(audit)]
    if audit.double_lift:
        lead.append(
            f"Double lift: the held-out exposure in the order of what the {w.chosen(audit)} model predicts over what"
            " the plain one does. At both ends, where they differ, the one nearer to the observed events is right."
        )
        tables.append(_double(audit))
    return Content("For experts: order and lift", tuple(lead), tuple(tables))


def _indices(audit: Audit) -> Table:
    notes = Footnotes()
    columns = (Column("group", numeric=False), Column("rows"), Column("Gini", about="0: no order, at most 1"))
    rows = [
        (
            Entry(_name(one)),
            Entry(w.count(one.n)),
            notes.entry(w.number(one.gini), one.gini is None, one.why, w.interval(one.gini_interval)),
        )
        for one in audit.lift
    ]
    caption, shown = cut(f"Gini index, with {w.confidence(audit)} intervals", rows)
    return Table("lift-gini", caption, columns, shown, tuple(notes.texts))


def _tenths(audit: Audit) -> Table:
    most = max(len(one.tenths) for one in audit.lift)
    columns = (
        Column("group", numeric=False),
        *(Column(f"part {place}", about="predicted → observed, with its interval") for place in range(1, most + 1)),
    )
    rows = [
        (
            Entry(_name(one)),
            *(
                Entry(f"{w.number(part.predicted)} → {w.number(part.observed)}", w.interval(part.interval))
                for part in one.tenths
            ),
            *[Entry("")] * (most - len(one.tenths)),
        )
        for one in audit.lift
    ]
    caption, shown = cut("Predicted → observed events by tenths of the exposure, the lowest predictions first", rows)
    return Table("lift-tenths", caption, columns, shown, fold=True)


def _double(audit: Audit) -> Table:
    columns = (
        Column("quotient", numeric=False, about="of the two predictions"),
        Column("share", about="of the exposure"),
        Column("observed"),
        Column("plain"),
        Column(w.chosen(audit)),
    )
    rows = tuple(
        (
            Entry(w.interval(part.quotient)),
            Entry(w.percent(part.share)),
            Entry(w.number(part.observed)),
            Entry(w.number(part.plain), strong=_nearer(part) == "plain"),
            Entry(w.number(part.chosen), strong=_nearer(part) == "chosen"),
        )
        for part in audit.double_lift
    )
    caption = "Events per unit of exposure where two models differ; bold: the nearer one"
    return Table("lift-double", caption, columns, rows)


def _nearer(part: LiftTenth) -> str:
    return "plain" if abs(part.plain - part.observed) <= abs(part.chosen - part.observed) else "chosen"


def _name(one: Lift) -> str:
    return f"{w.by_label(one.by)}: {w.cell_label(one.cell, one.by)}" if one.by else "all rows"


def pictures(audit: Audit) -> Iterator[Picture]:
    """Lift of all rows; and double lift, where there are two models."""
    everybody = next((one for one in audit.lift if not one.by and one.tenths), None)
    if everybody is not None:
        title = "Lift of all rows"
        caption = (
            f"{title} by tenths of the exposure, the lowest predictions at the left. Line: predicted; dots: observed,"
            f" with {w.confidence(audit)} intervals. Events per unit of exposure."
        )
        yield _picture("lift-chart", title, caption, lambda axes: _draw_lift(axes, everybody))
    if audit.double_lift:
        title = f"Double lift: {w.chosen(audit)} against plain"
        caption = (
            f"{title}, by tenths of the exposure in the order of their quotient. Thick: {w.chosen(audit)}; dashed:"
            " plain; dots: observed events per unit of exposure."
        )
        yield _picture("lift-double-chart", title, caption, lambda axes: _draw_double(axes, audit.double_lift))


def _picture(key: str, title: str, caption: str, draw: Callable[[Axes], None]) -> Picture:
    with drawing():
        figure = new_figure(TOP + SIDE + 26)
        put_text(figure, 0, 12, title, va="center", fontsize=9, weight="bold")
        axes = add_axes(figure, LEFT, TOP, WIDTH - LEFT - 12, SIDE)
        draw(axes)
        axes.grid(color=INK, alpha=0.1, linewidth=0.6)
        step = 10.0 ** floor(log10(axes.get_ylim()[1])) / 5
        top = ceil(axes.get_ylim()[1] / step) * step
        axes.set_ylim(0, top)
        axes.yaxis.set_ticks([0.0, top / 2, top], tick_labels([0.0, top / 2, top], "number", signed=False))
        axes.tick_params(labelsize=7.5)
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def _draw_lift(axes: Axes, one: Lift) -> None:
    places = range(1, len(one.tenths) + 1)
    axes.plot(places, [part.predicted for part in one.tenths], color=INK, alpha=0.6, linewidth=1.2)
    low, high = zip(*(part.interval for part in one.tenths), strict=True)
    axes.vlines(places, low, high, color=BLUE, linewidth=1.2)
    axes.plot(places, [part.observed for part in one.tenths], "o", color=BLUE, markersize=4)


def _draw_double(axes: Axes, parts: list[LiftTenth]) -> None:
    places = range(1, len(parts) + 1)
    axes.plot(places, [part.chosen for part in parts], color=BLUE, linewidth=1.8)
    axes.plot(places, [part.plain for part in parts], color=INK, alpha=0.6, linewidth=1.2, linestyle=(0, (3, 3)))
    axes.plot(places, [part.observed for part in parts], "o", color=INK, markersize=4)


SECTIONS = (Section(Audit, 64, content, pictures),)
