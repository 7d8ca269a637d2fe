"""Importance of the factors in each model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fairaudit.report import wording as w
from fairaudit.report.drawing import (
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
from fairaudit.report.lines import Block, Heading, Line, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results.explanation import Explanation

MAX_FACTORS = 15
"""Factors that are drawn, and that a terminal lists."""
MARKERS = ("o", "s", "D")


def content(explanation: Explanation) -> Content:
    """What importance is, and the importance of each factor in each model."""
    lead = ("The importance of a factor is its share of the total absolute attribution, on rows held out.",)
    return Content("Importance of the factors", (*lead, *carried_by_few(explanation)), (table(explanation),))


def carried_by_few(explanation: Explanation) -> list[str]:
    """For each model with factors that a few rows carry, which and how much, in a sentence."""
    told = [(model.name, w.carried_by_few(model.attribution.carried)) for model in explanation.models]
    return [f"In {name} {few}: what is said of it is said of them." for name, few in told if few]


def table(explanation: Explanation) -> Table:
    """Importance of each factor in each model."""
    columns = (Column("factor", numeric=False), *(Column(model.name) for model in explanation.models))
    rows = tuple(
        (
            Entry(w.clean(name)),
            *(
                Entry(w.percent(model.importance[name]), w.interval(model.intervals[name], "rate"))
                for model in explanation.models
            ),
        )
        for name in explanation.factors
    )
    caption = f"Importance on held-out rows, with {w.confidence_level(explanation.confidence)} intervals"
    return Table("pool-importance", caption, columns, rows, fold=len(rows) > 25)


def picture(explanation: Explanation) -> Picture:
    """Importance of each factor in each model, with intervals."""
    key, title = "importance-chart", "Importance of the factors by model"
    shown, models = explanation.factors[:MAX_FACTORS], explanation.models
    confidence = w.confidence_level(explanation.confidence)
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
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def _style(place: int, *, included: bool) -> dict[str, Any]:
    colour = (BLUE, RED, "#228833")[place % 3]
    return {
        "color": colour,
        "marker": MARKERS[place % 3],
        "markersize": 5.5,
        "markerfacecolor": colour if included else PAPER,
        "linestyle": "none",
    }


def lines(explanation: Explanation) -> Iterator[Block]:
    """Shares with their intervals, and the loss of each model."""
    yield Heading(f"Importance on held-out rows ({w.confidence_level(explanation.confidence)} intervals)")
    names = [model.name + ("" if model.included else " (no say)") for model in explanation.models]
    shown = []
    for factor in explanation.factors[:MAX_FACTORS]:
        shares = [
            f"{w.percent(model.importance[factor])} ({w.interval(model.intervals[factor], 'rate')})"
            for model in explanation.models
        ]
        shown.append(Line((w.shorten(factor, 20), *shares)))
    if len(explanation.factors) > MAX_FACTORS:
        shown.append(Line((f"… {len(explanation.factors) - MAX_FACTORS} more in the reports",), "dim"))
    shown.append(Line(("", *(f"loss {w.number(model.loss)}" for model in explanation.models)), "dim"))
    yield grid(heads("factor", *names), shown)
    yield from (Paragraph(sentence, "yellow") for sentence in carried_by_few(explanation))


SECTIONS = (Section(Explanation, 20, content, lambda explanation: [picture(explanation)], lines),)
