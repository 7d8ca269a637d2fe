"""Pictures of gaps by factor: the largest as waterfalls, all as stacked bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    mark_not_measured,
    new_figure,
    put_row_label,
    put_text,
    set_ticks,
)
from fairaudit.report.sections.attribution.gaps import factors_by_importance, largest_gaps
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.results import Attribution, FactorGap, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_STEPS = 9
"""Factors of a waterfall that have a bar of their own."""
MAX_GAPS = 10
"""Gaps that are drawn."""
TOP_FACTORS = 6
"""Factors that have a colour of their own."""
FACTOR_COLOURS = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#999999")


def pictures(attribution: Attribution) -> Iterator[Picture]:
    """The largest gap of each attribute as a waterfall, then all gaps."""
    for i, gap in enumerate(largest_of_each(attribution), 1):
        yield waterfall(attribution, gap, f"waterfall-chart-{i}")
    sets = sorted(dict.fromkeys(tuple(gap.by) for gap in attribution.gaps), key=len)
    for i, by in enumerate(sets, 1):
        yield factor_gaps(attribution, list(by), f"attribution-chart-{i}")


def waterfall(attribution: Attribution, gap: FactorGap, key: str) -> Picture:
    """The gap of one group, factor by factor: each bar begins where the last ended, the last line is the gap."""
    assert gap.gap is not None
    names = sorted(gap.contributions, key=lambda name: (-abs(gap.contributions[name]), name))
    main, rest = names[:MAX_STEPS], names[MAX_STEPS:]
    steps = [(name, gap.contributions[name], gap.contribution_intervals.get(name)) for name in main]
    if rest:
        steps.append((f"{len(rest)} others", sum(gap.contributions[name] for name in rest), None))
    top, row = 6.0, 22.0
    label = w.cell_label(gap.cell, gap.by, 40)
    with drawing():
        figure = new_figure(top + row * (len(steps) + 1) + 34)
        axes = add_axes(figure, LABELS + 8, top, WIDTH - LABELS - 78, row * (len(steps) + 1))
        axes.set_ylim(len(steps) + 0.5, -0.5)
        reached = 0.0
        for index, (name, size, ends) in enumerate(steps):
            _step(axes, index, reached, size, ends)
            reached += size
            axes.plot((reached, reached), (index - 0.31, index + 1.31), color=INK, linewidth=0.6, alpha=0.5)
            _words(figure, top + row * (index + 0.5), name, size)
        _step(axes, len(steps), 0.0, gap.gap, gap.interval, INK)
        _words(figure, top + row * (len(steps) + 0.5), "gap", gap.gap)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.margins(x=0.06)
        set_ticks(axes, "number", signed=True)
        axes.set_xlabel(f"difference to the overall mean ({w.shorten(attribution.scale, 40)})", fontsize=8.5)
        title = f"From the overall mean to {label}"
        caption = (
            f"{title} ({w.by_label(gap.by)}, {w.count(gap.n)} rows): every bar is what one factor adds to the group's"
            f" mean (blue: less, red: more), and begins where the last one ended; the lowest bar is the gap."
            f"{' Thin lines: bootstrap intervals.' if gap.interval else ''}"
        )
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def _step(axes: Axes, row: int, start: float, size: float, ends: Interval | None, colour: str | None = None) -> None:
    axes.axhline(row, color=INK, alpha=0.1, linewidth=0.6, zorder=0.5)
    axes.barh(
        row, size, left=start, height=0.6, color=colour or (RED if size > 0 else BLUE), edgecolor=PAPER, linewidth=0.6
    )
    if ends is not None:
        # A thin light line under a thinner dark one shows on the bar and beside it.
        for line, hue in ((2.4, PAPER), (1.0, INK)):
            axes.plot((start + ends[0], start + ends[1]), (row, row), color=hue, linewidth=line, alpha=0.9)


def _words(figure: object, middle: float, name: str, size: float) -> None:
    put_row_label(figure, middle, name, "")  # type: ignore[arg-type]
    words = w.number(size, signed=True)
    put_text(figure, WIDTH - 62, middle, words, va="center", fontsize=9, weight="bold" if name == "gap" else "normal")  # type: ignore[arg-type]


def largest_of_each(attribution: Attribution) -> list[FactorGap]:
    """The largest gap of each single attribute."""
    singles = list(dict.fromkeys(tuple(gap.by) for gap in attribution.gaps if len(gap.by) == 1))
    ranked = [largest_gaps(gap for gap in attribution.gaps if tuple(gap.by) == by)[0] for by in singles]
    return [gap for gap in ranked if gap.gap is not None]


def factor_gaps(attribution: Attribution, by: list[str], key: str) -> Picture:
    """What each factor adds to the gap of each group: bars to both sides, stacked, with the sum as a diamond."""
    ranked = largest_gaps(gap for gap in attribution.gaps if gap.by == by)
    shown = ranked[:MAX_GAPS]
    factors = factors_by_importance(attribution)
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
        axes.set_xlabel(f"gap to the overall mean ({w.shorten(attribution.scale, 40)})", fontsize=8.5)
        _legend(figure, names)
        title = f"Gap by factor, groups of {w.by_label(by)}"
        left_out = f"Shown are the {len(shown)} largest gaps of {len(ranked)}." if len(shown) < len(ranked) else ""
        caption = (
            f"{title}: bars to the right raise the group's mean, bars to the left lower it; the diamond, and the "
            f"figure at the right, are their sum, the gap. {left_out}"
        ).strip()
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


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
