"""Pictures of models: which factors carry the gaps, and plain against fair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairaudit.report import factor_tables
from fairaudit.report import wording as w
from fairaudit.report.charts.drawing import (
    BLUE,
    LABELS,
    RED,
    WIDTH,
    Picture,
    add_axes,
    group_label,
    left_out_words,
    mark_not_measured,
    new_figure,
    put_row_label,
    put_rule,
    put_text,
    put_two_lines,
    set_ticks,
)
from fairaudit.report.findings import change_label, change_value, is_better
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.results import Attribution, Audit, Change, FactorGap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_GAPS = 10
MAX_CHANGES = 16
TOP_FACTORS = 6
FACTOR_COLOURS = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#999999")


def factor_gaps(found: Attribution, by: list[str], key: str) -> Picture:
    """What each factor adds to the gap of each group: bars to both sides, stacked, with the sum as a diamond."""
    ranked = factor_tables.largest_gaps(gap for gap in found.gaps if gap.by == by)
    shown = ranked[:MAX_GAPS]
    factors = factor_tables.factors_by_importance(found)
    main, rest = factors[:TOP_FACTORS], factors[TOP_FACTORS:]
    names = [w.shorten(name, 19) for name in main] + ([f"{len(rest)} others"] if rest else [])
    top, row = 16.0 + 15.0 * -(-len(names) // 3), 27.0
    with drawing():
        figure = new_figure(top + row * len(shown) + 34)
        axes = add_axes(figure, LABELS + 8, top, WIDTH - LABELS - 84, row * len(shown))
        axes.use_sticky_edges = False  # else there is no margin where a bar of length 0 stands at the end
        axes.set_ylim(len(shown) - 0.5, -0.5)
        for index, gap in enumerate(shown):
            _gap_bar(axes, index, gap, main, rest)
            middle = top + row * (index + 0.5)
            put_row_label(figure, middle, group_label(gap.cell, by), f"{w.count(gap.n)} rows")
            put_text(figure, WIDTH - 70, middle, w.number(gap.gap, signed=True), va="center", fontsize=9, weight="bold")
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.margins(x=0.06)
        set_ticks(axes, "number", signed=True)
        axes.set_xlabel(f"gap to the overall mean ({w.shorten(found.scale, 40)})", fontsize=8.5)
        _legend(figure, names)
        title = f"Gap by factor, groups of {w.by_label(by)}"
        left_out = f"Shown are the {len(shown)} largest gaps of {len(ranked)}." if len(shown) < len(ranked) else ""
        caption = (
            f"{title}: bars to the right raise the group's mean, bars to the left lower it; the diamond, and the "
            f"figure at the right, are their sum, the gap. {left_out}"
        ).strip()
        return Picture("attribution", key, title, caption, to_svg(figure, key, title, caption))


def _gap_bar(axes: Axes, row: int, gap: FactorGap, main: Sequence[str], rest: Sequence[str]) -> None:
    axes.axhline(row, color=INK, alpha=0.12, linewidth=0.6, zorder=0.5)
    if gap.gap is None:
        mark_not_measured(axes, row)
        return
    parts = [gap.contributions.get(name, 0.0) for name in main]
    parts += [sum(gap.contributions.get(name, 0.0) for name in rest)] if rest else []
    ends = {True: 0.0, False: 0.0}
    for part, colour in zip(parts, _factor_colours(len(parts), bool(rest)), strict=True):
        axes.barh(row, part, left=ends[part > 0], height=0.56, color=colour, edgecolor=PAPER, linewidth=0.7)
        ends[part > 0] += part
    axes.plot([gap.gap], [row], "D", markersize=6, color=INK, markeredgecolor=PAPER, markeredgewidth=1)


def _factor_colours(number: int, others: bool) -> list[str]:
    return [*FACTOR_COLOURS[: number - others], *([FACTOR_COLOURS[-1]] if others else [])]


def _legend(figure: Figure, names: Sequence[str]) -> None:
    from matplotlib.patches import Rectangle

    colours = _factor_colours(len(names), len(names) > TOP_FACTORS)
    for index, (name, colour) in enumerate(zip(names, colours, strict=True)):
        left, line = 8 + (index % 3) * 156, 12 + 15 * (index // 3)
        height = figure.get_figheight() * 72
        box = Rectangle((left / WIDTH, 1 - (line + 4) / height), 9 / WIDTH, 9 / height, facecolor=colour)
        figure.add_artist(box)
        put_text(figure, left + 14, line, name, va="center", fontsize=8.5)


def plain_against_fair(audit: Audit) -> Picture:
    """Each measure of the plain and the fairer model as a pair of dots, every line on its own scale from 0."""
    kinds = ("dependence", "divergence", "disparity", "performance")
    ranked = sorted(audit.comparison, key=lambda c: (kinds.index(c.kind), len(c.by)))
    main = [c for c in ranked if c.kind != "disparity"]
    gaps = [c for c in ranked if c.kind == "disparity"][: max(4, MAX_CHANGES - len(main))]
    shown = [c for c in ranked if c in main or c in gaps]
    top, row, key = 26.0, 31.0, "comparison-chart"
    with drawing():
        figure = new_figure(top + row * len(shown) + 6)
        axes = add_axes(figure, 196, top, 138, row * len(shown))
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_axis_off()
        for index, change in enumerate(shown):
            _pair(axes, index, change)
            _change_words(figure, audit, top + row * (index + 0.5), change)
            if index and change.kind != shown[index - 1].kind:
                put_rule(figure, top + row * index)
        axes.axvline(0, color=INK, alpha=0.35, linewidth=0.8)
        negative = any((end or 0) < 0 for change in shown for end in (change.plain, change.fair))
        axes.set_xlim(-1.08 if negative else -0.08, 1.08)
        low, high = axes.get_xlim()
        zero = 196 + 138 * -low / (high - low)
        for left, words, side in (
            (0, "measure", "left"),
            (zero, "0", "center"),
            (348, f"plain → {w.chosen(audit)}", "left"),
        ):
            put_text(figure, left, 12, words, va="center", ha=side, fontsize=8.5, alpha=0.75)
        title, name = f"Plain against {w.chosen(audit)}", "fairer" if w.is_penalised(audit) else "guided"
        left_out = left_out_words(len(ranked), len(shown), "measures")
        caption = (
            f"Ring: the plain model; filled dot: the {name} one. Blue: better; red: worse. Each line has its own"
            f" scale from 0. Excess: over the noise floor, below which all is chance. {left_out}"
        ).strip()
        return Picture("comparison", key, title, caption, to_svg(figure, key, title, caption))


def _pair(axes: Axes, row: int, change: Change) -> None:
    axes.axhline(row, color=INK, alpha=0.12, linewidth=0.6, zorder=0.5)
    if change.plain is None or change.fair is None:
        mark_not_measured(axes, row)
        return
    largest = max(abs(change.plain), abs(change.fair)) or 1.0
    plain, fair = change.plain / largest, change.fair / largest
    colour = {True: BLUE, False: RED, None: INK}[is_better(change)]
    axes.plot((plain, fair), (row, row), color=colour, linewidth=2.2)
    # The ring is wider than the dot, so that both show where the models agree.
    axes.plot([plain], [row], "o", markersize=10, color=INK, markerfacecolor=PAPER, markeredgewidth=1.3)
    axes.plot([fair], [row], "o", markersize=6, color=colour, markeredgewidth=0)


def _change_words(figure: Figure, audit: Audit, middle: float, change: Change) -> None:
    label, _, where = change_label(audit, change).partition(" by ")
    excess = "excess" if "over its noise floor" in label + where else ""
    label, where = (text.replace(" over its noise floor", "") for text in (label, where))
    where = ", ".join(filter(None, (f"by {where}" if where else "", excess)))
    put_row_label(figure, middle, label, where, limit=34)
    ends = " → ".join(change_value(audit, change, value) for value in (change.plain, change.fair))
    verdict = {True: "better", False: "worse", None: "same" if change.change is not None else ""}[is_better(change)]
    second = ", ".join(filter(None, ("" if change.percent is None else w.percent_change(change.percent), verdict)))
    put_two_lines(figure, 348, middle, ends, second, "left")
