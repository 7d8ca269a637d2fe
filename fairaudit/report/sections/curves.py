"""Ranking and calibration: ROC and calibration curves of each group, beside those of all rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fairaudit.report import wording as w
from fairaudit.report.drawing import (
    BLUE,
    WIDTH,
    Picture,
    add_axes,
    group_label,
    left_out_words,
    new_figure,
    put_text,
    tick_labels,
)
from fairaudit.report.sections import Content, Section
from fairaudit.report.sections.groups import group_value
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, Axis, Curve, GroupCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_GROUPS = 8
"""Groups of one attribute that are drawn."""
REACHES = (0.04, 0.1, 0.2, 0.4, 1.0)
"""Shares at which axes may end."""
IN_A_ROW = 4
"""Panels side by side."""
SIDE, STEP, TOP, LEFT = 88.0, 138.0, 34.0, 34.0
"""Side of a panel, from one row of panels to the next, room above the first, and at the left, in points."""


def content(audit: Audit) -> Content | None:
    """How to read the curves, and the points of calibration as a table."""
    known = _own(audit)
    if not known:
        return None
    lead = [f"{curve.label[:1].upper()}{curve.label[1:]}: {_lowered(curve.about)}" for curve in known]
    lead.append(
        "Each panel is one group; the thin line is that of all rows. Two groups can be ranked equally well and still"
        " be selected at different places of their curves, and a score that is right for all together can be too high"
        " for one group and too low for another."
    )
    tables = tuple(table(audit, curve) for curve in known if any(group.low for group in curve.groups))
    return Content("Ranking and calibration by group", tuple(lead), tables)


def _own(audit: Audit) -> list[Curve]:
    """The curves of this section; the others are of `thresholds` and `lorenz`."""
    return [curve for curve in audit.curves if curve.name not in ("selection", "lorenz")]


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def table(audit: Audit, curve: Curve) -> Table:
    """Points of a curve with their intervals, a row for each group."""
    notes = Footnotes()
    most = max((len(group.x) for group in curve.groups), default=0)
    rows = []
    for group in curve.groups:
        name = notes.entry(curve_name(group), False, None) if group.x else missing(notes, group)
        points = zip(group.x, group.y, group.low, group.high, strict=True)
        entries = [
            Entry(
                f"{_written(x, curve.x)} → {_written(y, curve.y)}",
                f"{_written(low, curve.y)} to {_written(high, curve.y)}",
            )
            for x, y, low, high in points
        ]
        rows.append((name, Entry(w.count(group.n)), *entries, *[Entry("")] * (most - len(entries))))
    about = f"{curve.x.label} → {curve.y.label}, with its interval"
    columns = (
        Column("group", numeric=False),
        Column("rows"),
        *(Column(f"point {place}", about=about) for place in range(1, most + 1)),
    )
    caption = f"Points of the {curve.label}: {curve.x.label} → {curve.y.label}, with {w.confidence(audit)} intervals"
    caption, shown = cut(caption, rows)
    return Table(f"curves-{curve.name}", caption, columns, shown, tuple(notes.texts), fold=True)


def missing(notes: Footnotes, group: GroupCurve) -> Entry:
    """The name of a group without points, with the reason at the foot."""
    return Entry(curve_name(group), note=notes.entry("", True, group.why).note)


def curve_name(group: GroupCurve) -> str:
    """What a line of a table calls the group of a curve."""
    return f"{w.by_label(group.by)}: {w.cell_label(group.cell, group.by)}" if group.by else "all rows"


def _written(value: float, axis: Axis) -> str:
    return w.percent(value) if axis.unit == "rate" else w.number(value)


def pictures(audit: Audit) -> Iterator[Picture]:
    """One picture for each curve and single attribute with a group of which there are points."""
    return pictures_of(audit, _own(audit))


def pictures_of(audit: Audit, chosen: Sequence[Curve]) -> Iterator[Picture]:
    """The pictures of some curves."""
    sets = list(dict.fromkeys(tuple(group.by) for curve in chosen for group in curve.groups if group.by))
    for curve in chosen:
        for number, by in enumerate(sets, 1):
            if any(group.x for group in curve.groups if tuple(group.by) == by):
                yield picture(audit, curve, list(by), f"{curve.name}-chart-{number}")


def picture(audit: Audit, curve: Curve, by: list[str], key: str) -> Picture:
    """A panel for each group, with the curve of all rows behind it."""
    members = [group for group in curve.groups if group.by == by]
    largest = sorted(members, key=lambda group: -group.n)[:MAX_GROUPS]
    shown = [group for group in members if group in largest]
    everybody = next((group for group in curve.groups if not group.by), None)
    with drawing():
        figure = new_figure(TOP + STEP * -(-len(shown) // IN_A_ROW) - 8)
        put_text(figure, 0, 10, f"↑ {curve.y.label}, → {curve.x.label}", va="center", fontsize=8.5, alpha=0.75)
        for place, group in enumerate(shown):
            row, column = divmod(place, IN_A_ROW)
            left = LEFT + column * (WIDTH - LEFT) / IN_A_ROW
            axes = add_axes(figure, left, TOP + 16 + STEP * row, SIDE, SIDE)
            _panel(axes, curve, group, everybody, first=column == 0)
            _mark_decision(axes, audit, curve, group)
            put_text(figure, left, TOP + STEP * row, w.shorten(group_label(group.cell, by), 19), va="center",
                     fontsize=8.5, weight="bold")  # fmt: skip
            words = _summary(audit, curve, group)
            put_text(figure, left, TOP + 10.5 + STEP * row, words, va="center", fontsize=7.5, alpha=0.8)
        title = f"{curve.label[:1].upper()}{curve.label[1:]} by {w.by_label(by)}"
        caption = _caption(audit, curve, shown, title, left_out_words(len(members), len(shown)))
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def _caption(audit: Audit, curve: Curve, shown: Sequence[GroupCurve], title: str, left_out: str) -> str:
    sentences = [f"{title}. Thick: the group; thin: all rows."]
    if curve.diagonal is not None:
        sentences.append(f"Dashed: {curve.diagonal}.")
    if any(group.low and group.together for group in shown):
        sentences.append(f"Shaded: {w.confidence(audit)} band, which holds at all points of a group at once.")
    elif any(group.low for group in shown):
        sentences.append(f"Upright lines: {w.confidence(audit)} intervals of single points.")
    if any(_decided(audit, curve, group) for group in shown):
        sentences.append("Diamond: the decision.")
    if curve.measure is not None:
        sentences.append(f"The figure above a panel: {w.words(audit, curve.measure).label}.")
    return " ".join([*sentences, left_out]).strip()


def _panel(axes: Axes, curve: Curve, group: GroupCurve, everybody: GroupCurve | None, *, first: bool) -> None:
    reach = _reach(curve)
    if reach is not None:
        ticks = [0.0, reach / 2, reach]
        for side in (axes.xaxis, axes.yaxis):
            side.set_ticks(ticks, tick_labels(ticks, "rate", signed=False))
        axes.set_xlim(-0.04 * reach, 1.04 * reach)
        axes.set_ylim(-0.04 * reach, 1.04 * reach)
    else:
        _fit_numbers(axes, curve)
    axes.tick_params(labelsize=7, labelleft=first, pad=2)
    axes.grid(color=INK, alpha=0.1, linewidth=0.6)
    axes.set_axisbelow(True)
    if curve.diagonal is not None:
        axes.axline((0, 0), slope=1, color=INK, alpha=0.5, linewidth=0.7, linestyle=(0, (3, 3)))
    if not group.x:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", fontsize=8,
                  style="italic", alpha=0.75)  # fmt: skip
        return
    if everybody is not None:
        axes.plot(everybody.x, everybody.y, color=INK, alpha=0.4, linewidth=1.1)
    single = bool(group.low) and not group.together
    if single:
        axes.vlines(group.x, group.low, group.high, color=BLUE, linewidth=1.1)
    elif group.low:
        axes.fill_between(group.x, group.low, group.high, color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(group.x, group.y, color=BLUE, linewidth=1.5, marker="o" if single else "", markersize=2.8)


def _fit_numbers(axes: Axes, curve: Curve) -> None:
    """Axes of shares over numbers, the same for all panels."""
    places = [place for group in curve.groups for place in group.x]
    low, high = min(places, default=0.0), max(places, default=1.0)
    ticks = [low, (low + high) / 2, high]
    margin = 0.04 * ((high - low) or 1.0)
    axes.xaxis.set_ticks(ticks, [f"{tick:.3g}" for tick in ticks])
    axes.yaxis.set_ticks([0.0, 0.5, 1.0], tick_labels([0.0, 0.5, 1.0], "rate", signed=False))
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(-0.04, 1.04)


def _reach(curve: Curve) -> float | None:
    """Where both axes end, if both are shares: the same for all panels, and near for an outcome that is rare."""
    if not curve.x.unit == curve.y.unit == "rate":
        return None
    farthest = max((share for group in curve.groups for share in (*group.x, *group.y)), default=1.0)
    return next((end for end in REACHES if farthest <= end), 1.0)


def _mark_decision(axes: Axes, audit: Audit, curve: Curve, group: GroupCurve) -> None:
    place = _decided(audit, curve, group)
    if place is not None:
        x, y = place
        axes.plot([x], [y], "D", markersize=5.5, color=INK, markeredgecolor=PAPER, markeredgewidth=1)


def _decided(audit: Audit, curve: Curve, group: GroupCurve) -> tuple[float, float] | None:
    """Where the decision lies, if both axes have a measure of it that this group has."""
    x, y = (_value(audit, group, axis.measure) for axis in (curve.x, curve.y))
    return None if x is None or y is None else (x, y)


def _value(audit: Audit, curve: GroupCurve, measure: str | None) -> float | None:
    group = next((group for group in audit.groups if group.by == curve.by and group.cell == curve.cell), None)
    return None if group is None or measure is None else group_value(group, measure)


def _summary(audit: Audit, curve: Curve, group: GroupCurve) -> str:
    """The curve in one number, where there is one, and its rows."""
    value = _value(audit, group, curve.measure)
    number = "" if value is None else f"{w.in_unit(value, w.words(audit, curve.measure or '').unit)}, "
    number += "" if group.summary is None else f"{w.number(group.summary)}, "
    return f"{number}{w.count(group.n)} rows"


SECTIONS = (Section(Audit, 55, content, pictures),)
