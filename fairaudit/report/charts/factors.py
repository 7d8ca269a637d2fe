"""Pictures of factors: the partial order of a pool, importances side by side, and a gap as a waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fairaudit.report import factor_tables
from fairaudit.report import wording as w
from fairaudit.report.charts.drawing import (
    BLUE,
    LABELS,
    RED,
    WIDTH,
    Picture,
    add_axes,
    left_out_words,
    new_figure,
    put_row_label,
    put_text,
    set_ticks,
)
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.results import Attribution, FactorGap, Interval
from fairaudit.results.explanation import Explanation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_STEPS = 9
"""Factors of a waterfall that have a bar of their own."""
MAX_FACTORS = 15
"""Factors whose importances are drawn."""
MAX_LEVEL = 6
"""Factors that stand side by side in the order."""
LEVEL = 58.0
"""Height of one level of the order, in points."""
MARKERS = ("o", "s", "D")


def waterfall(found: Attribution, gap: FactorGap, key: str, section: str = "attribution") -> Picture:
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
        axes.set_xlabel(f"difference to the overall mean ({w.shorten(found.scale, 40)})", fontsize=8.5)
        title = f"From the overall mean to {label}"
        caption = (
            f"{title} ({w.by_label(gap.by)}, {w.count(gap.n)} rows): every bar is what one factor adds to the group's"
            f" mean (blue: less, red: more), and begins where the last one ended; the lowest bar is the gap."
            f"{' Thin lines: bootstrap intervals.' if gap.interval else ''}"
        )
        return Picture(section, key, title, caption, to_svg(figure, key, title, caption))


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


def largest_gaps(found: Attribution) -> list[FactorGap]:
    """The largest gap of each single attribute."""
    singles = list(dict.fromkeys(tuple(gap.by) for gap in found.gaps if len(gap.by) == 1))
    ranked = [factor_tables.largest_gaps(gap for gap in found.gaps if tuple(gap.by) == by)[0] for by in singles]
    return [gap for gap in ranked if gap.gap is not None]


def importances(explanation: Explanation) -> Picture:
    """Importance of each factor in each model, with intervals."""
    key, title = "importance-chart", "Importance of the factors by model"
    shown, models = explanation.factors[:MAX_FACTORS], explanation.models
    confidence = f"{100 * explanation.confidence:g}%"
    top, row = 24.0, 11.0 + 8.0 * len(models)
    with drawing():
        figure = new_figure(top + row * len(shown) + 34)
        axes = add_axes(figure, LABELS + 8, top, WIDTH - LABELS - 28, row * len(shown))
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xlim(left=0)
        for index, name in enumerate(shown):
            axes.axhline(index, color=INK, alpha=0.1, linewidth=0.6, zorder=0.5)
            put_row_label(figure, top + row * (index + 0.5), name, "")
            for place, model in enumerate(models):
                height = index + (place - (len(models) - 1) / 2) * 0.22
                style = _style(place, included=model.included)
                axes.plot(model.intervals[name], (height, height), color=style["color"], linewidth=1.2)
                axes.plot([model.importance[name]], [height], **style)
        for place, model in enumerate(models):
            left = LABELS + 14 + 112 * place
            mark = add_axes(figure, left, 4, 10, 10)
            mark.set_axis_off()
            mark.plot([0], [0], **_style(place, included=model.included))
            put_text(
                figure, left + 14, 9.5, model.name + ("" if model.included else " (no say)"), va="center", fontsize=8.5
            )
        set_ticks(axes, "rate")
        axes.set_xlabel("share of the total absolute attribution", fontsize=8.5)
        left_out = left_out_words(len(explanation.factors), len(shown), "factors")
        caption = (
            f"{title}: shares of the total absolute attribution on held-out rows, with {confidence} intervals for new"
            f" rows and a new fit. {left_out}"
        ).strip()
        return Picture("importance", key, title, caption, to_svg(figure, key, title, caption))


def _style(place: int, *, included: bool) -> dict[str, Any]:
    colour = (BLUE, RED, "#228833")[place % 3]
    return {
        "color": colour,
        "marker": MARKERS[place % 3],
        "markersize": 5.5,
        "markerfacecolor": colour if included else PAPER,
        "linestyle": "none",
    }


def hasse(explanation: Explanation) -> Picture:
    """The relations on which the pool agrees and that follow from no others: lines lead down to the secondary."""
    key, title = "relations-chart", "Primary and secondary factors"
    levels = [_wrapped(level) for level in explanation.levels]
    rows = [line for level in levels for line in level]
    places = {}
    for index, line in enumerate(rows):
        for position, name in enumerate(line):
            places[name] = ((position + 0.5) * WIDTH / len(line), 16 + LEVEL * index)
    with drawing():
        figure = new_figure(LEVEL * (len(rows) - 1) + 34)
        axes = add_axes(figure, 0, 0, WIDTH, LEVEL * (len(rows) - 1) + 34)
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(LEVEL * (len(rows) - 1) + 34, 0)
        axes.set_axis_off()
        for relation in explanation.relations:
            if relation.direct:
                (left, high), (right, low) = places[relation.primary], places[relation.secondary]
                axes.plot((left, right), (high + 9, low - 9), color=INK, linewidth=0.9, alpha=0.55)
        for name, (x, y) in places.items():
            room = max(6, int(WIDTH / max(map(len, rows)) / 5.6))
            box = {"facecolor": PAPER, "edgecolor": BLUE, "boxstyle": "round,pad=0.35", "linewidth": 1}
            axes.text(x, y, w.shorten(name, room), ha="center", va="center", fontsize=9, bbox=box)
        caption = (
            f"{title}: a factor is primary to all that can be reached from it downwards; all models with a say agree on"
            " that beyond their margins. Factors without such a path between them are not ordered: the models differ,"
            " or the difference is too small to be sure."
        )
        return Picture("relations", key, title, caption, to_svg(figure, key, title, caption))


def _wrapped(level: Sequence[str]) -> list[Sequence[str]]:
    """A level in lines of at most `MAX_LEVEL` factors."""
    return [level[start : start + MAX_LEVEL] for start in range(0, len(level), MAX_LEVEL)]
