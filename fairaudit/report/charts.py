"""Pictures of an audit as SVG: each a pure function of the result, readable without colour, in light and in dark.

Lengths are points of the picture, whose width is always `WIDTH`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from fairaudit.report import tables
from fairaudit.report import wording as w
from fairaudit.report.findings import change_label, change_value, is_better
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.results import Audit, Cell, Change, Distribution, FactorGap, Group, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 480.0
LABELS = 126.0
"""Room for the names of groups at the left."""
LABEL_LENGTH = 25
"""Characters for which there is room."""
MAX_GROUPS = 14
MAX_DISTRIBUTIONS = 8
MAX_GAPS = 10
MAX_CHANGES = 16
TOP_FACTORS = 6

# Paul Tol's "bright": told apart by colour-blind readers, and of a lightness that stands out from white and from black.
BLUE, RED = "#4477AA", "#EE6677"
FACTOR_COLOURS = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#999999")

_RATES = {
    "binary": ("selection_rate", "fpr", "tpr"),
    "count": ("mean_prediction", "frequency", "actual_expected"),
}
_RATES_OTHER = ("mean_prediction", "mean_outcome", "mean_error")


@dataclass(frozen=True)
class Picture:
    """A picture and the words around it."""

    section: str
    """Key of the section to which it belongs."""
    key: str
    """Identifier, unique within a report."""
    title: str
    """Name."""
    caption: str
    """How to read it, and what was left out."""
    svg: str
    """The ``<svg>`` element."""


def pictures(audit: Audit) -> list[Picture]:
    """All pictures of a report, in its order."""
    single = [by for by in tables.sets_of_attributes(audit.groups) if len(by) == 1]
    spread = list(dict.fromkeys(tuple(d.by) for d in audit.distributions))
    gaps = sorted(dict.fromkeys(tuple(g.by) for g in audit.attribution.gaps), key=len) if audit.attribution else []
    made = [plain_against_fair(audit)] if audit.comparison else []
    made += [group_rates(audit, by, f"groups-chart-{i}") for i, by in enumerate(single, 1)]
    made += [distributions(audit, list(by), f"distributions-chart-{i}") for i, by in enumerate(spread, 1)]
    made += [factor_gaps(audit, list(by), f"attribution-chart-{i}") for i, by in enumerate(gaps, 1)]
    return made


# Group rates ----------------------------------------------------------------------------------------------------------


def group_rates(audit: Audit, by: list[str], key: str) -> Picture:
    """Main rates of the groups of one attribute as dots with interval whiskers."""
    groups, left_out = _largest([g for g in audit.groups if g.by == by], MAX_GROUPS)
    names = [n for n in _RATES.get(audit.task, _RATES_OTHER) if any(_value(g, n) is not None for g in groups)]
    names = names or ["mean_prediction"]
    top, row = 34.0, 27.0
    with drawing():
        figure = _figure(top + row * len(groups) + 20)
        width = (WIDTH - LABELS) / len(names)
        for index, name in enumerate(names):
            axes = _axes(figure, LABELS + index * width + 8, top, width - 16, row * len(groups))
            _rate_panel(audit, axes, groups, name)
        for index, group in enumerate(groups):
            rows = f"{w.count(group.n)} rows" + ("" if group.adequate else ", too few")
            _row_label(figure, top + row * (index + 0.5), _group_label(group.cell, by), rows)
        title = f"Main rates by {w.by_label(by)}"
        words = w.sentence_list(w.metric_of(audit, name).label for name in names)
        caption = f"{words} by {w.by_label(by)}. Dot: the value; line: its {w.confidence(audit)} interval. "
        caption = caption[:1].upper() + caption[1:]
        if not all(group.adequate for group in groups):
            caption += "Hollow dots: groups too small to be compared. "
        caption += "Each panel has its own scale. " + left_out
        return Picture("groups", key, title, caption.strip(), to_svg(figure, key, title, caption.strip()))


def _rate_panel(audit: Audit, axes: Axes, groups: Sequence[Group], name: str) -> None:
    known = w.metric_of(audit, name)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_title(known.label, loc="left", fontsize=9, fontweight="bold", pad=8)
    for index, group in enumerate(groups):
        value, bounds = _value(group, name), _interval(group, name)
        axes.axhline(index, color=INK, alpha=0.12, linewidth=0.6, zorder=0.5)
        if value is None:
            _not_measured(axes, index)
            continue
        if bounds is not None:
            axes.plot(bounds, (index, index), color=BLUE, linewidth=1.8, solid_capstyle="round")
        face = BLUE if group.adequate else PAPER
        axes.plot([value], [index], "o", markersize=6.5, color=BLUE, markerfacecolor=face, markeredgewidth=1.4)
    if known.unit == "ratio" or name == "mean_error":
        axes.axvline(1.0 if known.unit == "ratio" else 0.0, color=INK, alpha=0.5, linewidth=0.8, linestyle=(0, (3, 3)))
    axes.margins(x=0.08)
    _ticks(axes, known.unit)


def _not_measured(axes: Axes, row: float) -> None:
    axes.text(0.5, row, "not measured", transform=axes.get_yaxis_transform(), ha="center", va="center", fontsize=8,
              style="italic", alpha=0.75, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1})  # fmt: skip


def _value(group: Group, name: str) -> float | None:
    if name == "mean_prediction":
        return group.mean_prediction
    return group.measures[name].value if name in group.measures else None


def _interval(group: Group, name: str) -> Interval | None:
    if name == "mean_prediction":
        return group.interval
    return group.measures[name].interval if name in group.measures else None


# Distributions --------------------------------------------------------------------------------------------------------


def distributions(audit: Audit, by: list[str], key: str) -> Picture:
    """Histogram of what is measured in each group of one attribute, one below the other on one scale."""
    sizes = {tuple(g.cell.items()): g for g in audit.groups if g.by == by}
    found = [d for d in audit.distributions if d.by == by]
    ranked = sorted(found, key=lambda d: -_size(sizes.get(tuple(d.cell.items()))))[:MAX_DISTRIBUTIONS]
    shown = [d for d in found if d in ranked]
    top, row, mean = 8.0, 44.0, w.mean_metric(audit)
    with drawing():
        figure = _figure(top + row * len(shown) + 34)
        low, high = _range(shown)
        tallest = max((max(_heights(d), default=0.0) for d in shown), default=1.0) or 1.0
        for index, distribution in enumerate(shown):
            axes = _axes(figure, LABELS + 8, top + row * index, WIDTH - LABELS - 84, row - 6)
            group = sizes.get(tuple(distribution.cell.items()))
            _histogram(axes, distribution)
            axes.set_xlim(low, high)
            axes.set_ylim(0, 1.06 * tallest)
            last = index == len(shown) - 1
            _ticks(axes, mean.unit, labels=last)
            middle = top + row * index + row / 2
            _row_label(figure, middle, _group_label(distribution.cell, by), f"{w.count(_size(group))} rows")
            _mean_mark(figure, axes, middle, group, mean)
        axes.set_xlabel(w.shorten(f"{audit.prediction.subject} ({audit.prediction.scale})", 60), fontsize=8.5)
        title = f"Distribution of the {w.subject(audit)} by {w.by_label(by)}"
        caption = f"{title}; the line marks the group's mean. All on one scale. {_left_out(len(found), len(shown))}"
        return Picture("distributions", key, title, caption.strip(), to_svg(figure, key, title, caption.strip()))


def _size(group: Group | None) -> int:
    return group.n if group else 0


def _heights(distribution: Distribution) -> list[float]:
    """Heights whose areas are the shares; for discrete values the shares themselves."""
    edges, shares = distribution.edges, distribution.shares
    if len(edges) == len(shares):
        return shares
    widths = [high - low for low, high in pairwise(edges)]
    return [share / width if width > 0 else 0.0 for share, width in zip(shares, widths, strict=True)]


def _range(shown: Sequence[Distribution]) -> tuple[float, float]:
    edges = [edge for distribution in shown for edge in distribution.edges] or [0.0, 1.0]
    discrete = any(len(d.edges) == len(d.shares) for d in shown)
    room = (max(edges) - min(edges)) * (0.08 if discrete else 0.01) or 0.5
    return min(edges) - room, max(edges) + room


def _histogram(axes: Axes, distribution: Distribution) -> None:
    edges, heights = distribution.edges, _heights(distribution)
    if len(edges) == len(heights):
        steps = [high - low for low, high in pairwise(edges) if high > low]
        axes.bar(edges, heights, width=0.8 * min(steps, default=1.0), color=BLUE, alpha=0.75)
        return
    axes.stairs(heights, edges, fill=True, color=BLUE, alpha=0.35, linewidth=0)
    axes.stairs(heights, edges, color=BLUE, linewidth=1.2)


def _mean_mark(figure: Figure, axes: Axes, middle: float, group: Group | None, mean: w.Metric) -> None:
    if group is None or group.mean_prediction is None:
        text = "mean not\nmeasured"
    else:
        axes.axvline(group.mean_prediction, color=INK, linewidth=1.2)
        text = f"mean\n{w.in_unit(group.mean_prediction, mean.unit)}"
    _text(figure, WIDTH - 70, middle, text, va="center", fontsize=8.5)


# Gaps by factor -------------------------------------------------------------------------------------------------------


def factor_gaps(audit: Audit, by: list[str], key: str) -> Picture:
    """What each factor adds to the gap of each group: bars to both sides, stacked, with the sum as a diamond."""
    assert audit.attribution is not None
    ranked = tables.largest_gaps(gap for gap in audit.attribution.gaps if gap.by == by)
    shown = ranked[:MAX_GAPS]
    factors = tables.factors_by_importance(audit)
    main, rest = factors[:TOP_FACTORS], factors[TOP_FACTORS:]
    names = [w.shorten(name, 19) for name in main] + ([f"{len(rest)} others"] if rest else [])
    top, row = 16.0 + 15.0 * -(-len(names) // 3), 27.0
    with drawing():
        figure = _figure(top + row * len(shown) + 34)
        axes = _axes(figure, LABELS + 8, top, WIDTH - LABELS - 70, row * len(shown))
        axes.set_ylim(len(shown) - 0.5, -0.5)
        for index, gap in enumerate(shown):
            _gap_bar(axes, index, gap, main, rest)
            middle = top + row * (index + 0.5)
            _row_label(figure, middle, _group_label(gap.cell, by), f"{w.count(gap.n)} rows")
            _text(figure, WIDTH - 56, middle, w.number(gap.gap, signed=True), va="center", fontsize=9, weight="bold")
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.margins(x=0.06)
        _ticks(axes, "number", signed=True)
        axes.set_xlabel(f"gap to the overall mean ({w.shorten(audit.attribution.scale, 40)})", fontsize=8.5)
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
        _not_measured(axes, row)
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
        _text(figure, left + 14, line, name, va="center", fontsize=8.5)


# Plain against fair ---------------------------------------------------------------------------------------------------


def plain_against_fair(audit: Audit) -> Picture:
    """Each measure of the plain and the fairer model as a pair of dots, every line on its own scale from 0."""
    kinds = ("dependence", "divergence", "disparity", "performance")
    ranked = sorted(audit.comparison, key=lambda c: (kinds.index(c.kind), len(c.by)))
    main = [c for c in ranked if c.kind != "disparity"]
    gaps = [c for c in ranked if c.kind == "disparity"][: max(4, MAX_CHANGES - len(main))]
    shown = [c for c in ranked if c in main or c in gaps]
    top, row, key = 26.0, 31.0, "comparison-chart"
    with drawing():
        figure = _figure(top + row * len(shown) + 6)
        axes = _axes(figure, 196, top, 138, row * len(shown))
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_axis_off()
        for index, change in enumerate(shown):
            _pair(axes, index, change)
            _change_words(figure, audit, top + row * (index + 0.5), change)
            if index and change.kind != shown[index - 1].kind:
                _rule(figure, top + row * index)
        axes.axvline(0, color=INK, alpha=0.35, linewidth=0.8)
        negative = any((end or 0) < 0 for change in shown for end in (change.plain, change.fair))
        axes.set_xlim(-1.08 if negative else -0.08, 1.08)
        for left, words in ((0, "measure"), (196, "0"), (348, "plain → fair")):
            _text(figure, left + 4 if left == 196 else left, 12, words, va="center", fontsize=8.5, alpha=0.75)
        title = "Plain against fair"
        caption = (
            "Ring: the plain model; filled dot: the fairer one. Blue: better; red: worse. Each line has its own scale, "
            f"which begins at 0. Excess: over the noise floor. {_left_out(len(ranked), len(shown), 'measures')}"
        ).strip()
        return Picture("comparison", key, title, caption, to_svg(figure, key, title, caption))


def _pair(axes: Axes, row: int, change: Change) -> None:
    axes.axhline(row, color=INK, alpha=0.12, linewidth=0.6, zorder=0.5)
    if change.plain is None or change.fair is None:
        _not_measured(axes, row)
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
    _row_label(figure, middle, label, where, limit=34)
    ends = " → ".join(change_value(audit, change, value) for value in (change.plain, change.fair))
    verdict = {True: "better", False: "worse", None: "same" if change.change is not None else ""}[is_better(change)]
    second = ", ".join(filter(None, ("" if change.percent is None else w.percent_change(change.percent), verdict)))
    _two_lines(figure, 348, middle, ends, second, "left")


# Shared drawing -------------------------------------------------------------------------------------------------------


def _figure(height: float) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, height / 72))
    figure.patch.set_visible(False)
    return figure


def _axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place given in points from the upper left corner."""
    full = figure.get_figheight() * 72
    axes = figure.add_axes((left / WIDTH, 1 - (top + height) / full, width / WIDTH, height / full))
    axes.patch.set_visible(False)
    axes.set_yticks([])
    return axes


def _text(figure: Figure, left: float, top: float, text: str, **style: object) -> None:
    figure.text(left / WIDTH, 1 - top / (figure.get_figheight() * 72), text, **style)  # type: ignore[arg-type]


def _group_label(cell: Cell, by: Sequence[str]) -> str:
    """The name of a group in the room of a picture; of a crossing each value stays to be seen, the longest are cut."""
    longest = min(max((len(w.clean(value)) for value in cell.values()), default=1), LABEL_LENGTH)
    while longest > 3 and len(w.cell_label(cell, by, longest)) > LABEL_LENGTH:
        longest -= 1
    return w.cell_label(cell, by, longest)


def _row_label(figure: Figure, middle: float, label: str, second: str, limit: int = LABEL_LENGTH) -> None:
    _two_lines(figure, 0, middle, w.shorten(label, limit), w.shorten(second, limit + 4), "left")


def _two_lines(figure: Figure, left: float, middle: float, first: str, second: str, align: str) -> None:
    _text(figure, left, middle - (5.5 if second else 0), first, va="center", ha=align, fontsize=9)
    if second:
        _text(figure, left, middle + 6, second, va="center", ha=align, fontsize=7.8, alpha=0.75)


def _rule(figure: Figure, top: float) -> None:
    from matplotlib.lines import Line2D

    place = 1 - top / (figure.get_figheight() * 72)
    figure.add_artist(Line2D((0, 1), (place, place), color=INK, alpha=0.3, linewidth=0.6))


def _ticks(axes: Axes, unit: w.Unit, *, labels: bool = True, signed: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    class Labels(FuncFormatter):
        def format_ticks(self, values: Sequence[float]) -> list[str]:
            return _tick_labels(values, unit, signed)

    axes.xaxis.set_major_locator(MaxNLocator(3 if axes.get_position().width < 0.4 else 5))
    axes.xaxis.set_major_formatter(Labels(lambda value, _: w.number(value)))
    axes.tick_params(labelbottom=labels, length=3 if labels else 0)
    axes.grid(axis="x", color=INK, alpha=0.1, linewidth=0.6)
    axes.set_axisbelow(True)


def _tick_labels(values: Sequence[float], unit: w.Unit, signed: bool) -> list[str]:
    """Labels of one axis, all with as many decimals as the one that needs most."""
    scaled = [100 * value if unit in ("rate", "points") else value for value in values]
    short = [f"{abs(value):.4g}" for value in scaled]
    decimals = max((len(text.partition(".")[2]) for text in short if "e" not in text), default=0)
    sizes = [
        w.number(abs(value)) if "e" in text else f"{abs(value):,.{decimals if value else 0}f}"
        for value, text in zip(scaled, short, strict=True)
    ]
    signs = [w.MINUS if value < 0 else "+" if signed and value > 0 else "" for value in scaled]
    return [sign + size + ("%" if unit == "rate" else "") for sign, size in zip(signs, sizes, strict=True)]


def _largest(groups: list[Group], limit: int) -> tuple[list[Group], str]:
    """The groups with most rows, in their order, and a sentence on those left out."""
    kept = sorted(range(len(groups)), key=lambda i: -groups[i].n)[:limit]
    return [groups[i] for i in sorted(kept)], _left_out(len(groups), len(kept))


def _left_out(number: int, shown: int, what: str = "groups") -> str:
    kept = f"the {shown} largest" if what == "groups" else f"{shown}"
    return "" if shown >= number else f"Shown are {kept} of {number} {what}."
