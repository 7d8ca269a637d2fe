"""Distributions: how what is measured is spread within each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from fairaudit.report import wording as w
from fairaudit.report.drawing import (
    BLUE,
    LABELS,
    WIDTH,
    Picture,
    add_axes,
    group_label,
    left_out_words,
    new_figure,
    put_row_label,
    put_text,
    set_ticks,
)
from fairaudit.report.sections import Content, Section
from fairaudit.report.svg import INK, drawing, to_svg
from fairaudit.results import Audit, Distribution, Group, Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_DISTRIBUTIONS = 8
"""Groups of one attribute that are drawn."""


def content(audit: Audit) -> Content | None:
    """How to read the pictures."""
    if not audit.distributions:
        return None
    lead = (
        f"How the {w.subject(audit)} are spread within each group; each picture's areas sum to 1. Groups that are "
        "treated alike have the same shape in the same place.",
    )
    return Content(f"Distributions of the {w.subject(audit)}", lead)


def pictures(audit: Audit) -> Iterator[Picture]:
    """One picture for each attribute."""
    sets = list(dict.fromkeys(tuple(d.by) for d in audit.distributions))
    return (picture(audit, list(by), f"distributions-chart-{i}") for i, by in enumerate(sets, 1))


def picture(audit: Audit, by: list[str], key: str) -> Picture:
    """Histogram of what is measured in each group of one attribute, one below the other on one scale."""
    sizes = {tuple(g.cell.items()): g for g in audit.groups if g.by == by}
    members = [d for d in audit.distributions if d.by == by]
    ranked = sorted(members, key=lambda d: -_size(sizes.get(tuple(d.cell.items()))))[:MAX_DISTRIBUTIONS]
    shown = [d for d in members if d in ranked]
    top, row, mean = 8.0, 44.0, w.words(audit, "mean_prediction")
    with drawing():
        figure = new_figure(top + row * len(shown) + 34)
        low, high = _range(shown)
        tallest = max((max(_heights(d), default=0.0) for d in shown), default=1.0) or 1.0
        for index, distribution in enumerate(shown):
            axes = add_axes(figure, LABELS + 8, top + row * index, WIDTH - LABELS - 84, row - 6)
            group = sizes.get(tuple(distribution.cell.items()))
            _histogram(axes, distribution)
            axes.set_xlim(low, high)
            axes.set_ylim(0, 1.06 * tallest)
            last = index == len(shown) - 1
            set_ticks(axes, mean.unit, labels=last)
            middle = top + row * index + row / 2
            put_row_label(figure, middle, group_label(distribution.cell, by), f"{w.count(_size(group))} rows")
            _mean_mark(figure, axes, middle, group, mean)
        axes.set_xlabel(w.shorten(f"{audit.prediction.subject} ({audit.prediction.scale})", 60), fontsize=8.5)
        title = f"Distribution of the {w.subject(audit)} by {w.by_label(by)}"
        caption = (
            f"{title}; the line marks the group's mean. All on one scale. {left_out_words(len(members), len(shown))}"
        )
        return Picture(key, title, caption.strip(), to_svg(figure, key, title, caption.strip()))


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


def _mean_mark(figure: Figure, axes: Axes, middle: float, group: Group | None, mean: Words) -> None:
    if group is None or group.mean_prediction is None:
        text = "mean not\nmeasured"
    else:
        axes.axvline(group.mean_prediction, color=INK, linewidth=1.2)
        text = f"mean\n{w.in_unit(group.mean_prediction, mean.unit)}"
    put_text(figure, WIDTH - 70, middle, text, va="center", fontsize=8.5)


SECTIONS = (Section(Audit, 50, content, pictures),)
