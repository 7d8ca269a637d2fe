"""Calibration: every strength that was tried, and the price of less dependence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fairaudit.report import wording as w
from fairaudit.report.drawing import BLUE, RED, WIDTH, Picture, add_axes, new_figure, put_text, set_ticks
from fairaudit.report.lines import Block, Heading, Line, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit, Estimate, PathPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NO_SHARE = "the plain model shows no dependence over its floor"
HEIGHT = 240.0
LEFT = 62.0
"""Room for the labels of the loss."""
ROOM_WIDE, ROOM_HIGH = 0.12, 0.1
"""Room for the name of a point, as shares of the width and height of all."""


def picture(audit: Audit) -> Picture:
    """Mean loss against mean dependence of each strength, with standard errors; the front as a line."""
    assert audit.calibration is not None
    what = w.traced(audit)
    key, title = "path-chart", f"Loss against {what.noun}"
    points = [point for point in audit.path if point.loss.mean is not None and point.dependence.mean is not None]
    with drawing():
        figure = new_figure(HEIGHT)
        axes = add_axes(figure, LEFT, 24, WIDTH - LEFT - 24, HEIGHT - 68)
        front = sorted(
            ((point.dependence.mean or 0.0, point.loss.mean or 0.0) for point in points if point.front),
        )
        axes.plot([x for x, _ in front], [y for _, y in front], color=BLUE, linewidth=1.2, alpha=0.7)
        for point in points:
            _point(axes, point, chosen=point.strength == audit.calibration.strength)
        _names(axes, points, audit.calibration.strength, what.symbol)
        axes.axvline(0, color=INK, alpha=0.5, linewidth=0.8, linestyle=(0, (3, 3)))
        axes.margins(0.08, 0.12)
        set_ticks(axes, "number")
        _loss_ticks(axes)
        axes.set_xlabel(what.about.replace("its floor", "its noise floor"), fontsize=8.5)
        put_text(figure, 0, 12, "mean loss (half deviance)", va="center", fontsize=8.5, alpha=0.75)
        chosen = w.number(audit.calibration.strength)
        caption = (
            f"Each dot is one strength {what.symbol}, measured on rows that were not fitted on; bars: ± one standard"
            f" error. Further left is {what.better}, further down predicts better. The line joins the strengths that no"
            f" other beats in both; the red dot, {what.symbol} = {chosen}, was chosen. Dashed: {what.end}."
        )
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def pictures(audit: Audit) -> Iterator[Picture]:
    """The picture, where a path was traced."""
    if audit.calibration:
        yield picture(audit)


def _point(axes: Axes, point: PathPoint, *, chosen: bool) -> None:
    x, y = point.dependence, point.loss
    colour = RED if chosen else BLUE
    place = [x.mean or 0.0], [y.mean or 0.0]
    axes.errorbar(*place, xerr=_error(x), yerr=_error(y), fmt="none", ecolor=INK, alpha=0.3,
                  elinewidth=0.8)  # fmt: skip
    axes.plot(*place, "o", markersize=9 if chosen else 6, color=colour,
              markerfacecolor=colour if point.front or chosen else PAPER, markeredgewidth=1.3)  # fmt: skip


def _error(estimate: Estimate) -> list[float] | None:
    return None if estimate.standard_error is None else [estimate.standard_error]


def _names(axes: Axes, points: list[PathPoint], chosen: float, symbol: str) -> None:
    """The strengths beside their points, the chosen one and the ends first; none where another's words stand."""
    places = [(point.dependence.mean or 0.0, point.loss.mean or 0.0) for point in points]
    wide, high = (max(side) - min(side) or 1.0 for side in zip(*places, strict=True))
    ends = {0, len(points) - 1}
    order = sorted(range(len(points)), key=lambda i: (points[i].strength != chosen, i not in ends, i))
    named: list[tuple[float, float]] = []
    for index in order:
        x, y = places[index]
        if any(abs(x - left) < ROOM_WIDE * wide and abs(y - low) < ROOM_HIGH * high for left, low in named):
            continue
        named.append((x, y))
        strength = points[index].strength
        text = "plain" if strength == 0 else f"{symbol} {w.number(strength)}"
        axes.annotate(text, (x, y), (6, 5), textcoords="offset points", fontsize=8)


def _loss_ticks(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    axes.tick_params(axis="y", labelsize=8.5)
    axes.grid(axis="y", color=INK, alpha=0.1, linewidth=0.6)


def content(audit: Audit) -> Content | None:
    """How the strengths were measured, which was chosen and why, and the table of all."""
    if audit.calibration is None:
        return None
    what = w.traced(audit)
    lead = (
        f"Each strength of the {what.term} was fitted on parts of the training rows and measured on the rest; the"
        " held-out rows, on which all else here is measured, took no part in the choice. A strength on the front is"
        f" beaten by no other in both loss and {what.noun}.",
        f"{w.clean(audit.calibration.why)} (rule {w.clean(audit.calibration.rule)})",
    )
    return Content(f"Calibration: the price of less {what.noun}", lead, (table(audit),))


def table(audit: Audit) -> Table:
    """Every strength that was tried, measured on rows that were not fitted on."""
    assert audit.calibration is not None
    notes, names = Footnotes(), w.in_order(audit, {name for point in audit.path for name in point.performance})
    what = w.traced(audit)
    priced = any(point.given_up.mean is not None for point in audit.path)
    split = any(point.shrinkage is not None for point in audit.path)
    columns = [
        Column(what.symbol, numeric=False, about=f"strength of the {what.term}"),
        Column("", numeric=False),
        Column("loss", about="mean half deviance; 0 is perfect"),
        Column("change", about="of the loss, in per cent of the plain model's"),
        *([Column("given up", about="of what the plain model explains over the constant model")] if priced else []),
        Column(what.noun, about=what.about),
        Column("taken away", about=f"of the plain model's {what.noun}"),
        *([Column("shrinkage", about="its share that is less spread of predictions")] if split else []),
        Column("JSD, bits", about="between groups of all attributes, over its noise floor"),
        *(Column(w.words(audit, name).label) for name in names),
    ]
    rows = []
    for point in audit.path:
        chosen = point.strength == audit.calibration.strength
        where = ", ".join(word for word, true in (("chosen", chosen), ("on the front", point.front)) if true)
        rows.append(
            (
                Entry(w.number(point.strength), strong=chosen),
                Entry(where, strong=chosen),
                _estimate(notes, point.loss),
                _estimate(notes, point.loss_change, w.percent_change),
                *([_estimate(notes, point.given_up, w.percent_change)] if priced else []),
                _estimate(notes, point.dependence),
                _taken(notes, point),
                *([notes.known(_shrinkage(point), point.shrinkage, NO_SHARE)] if split else []),
                _estimate(notes, point.divergence),
                *(_estimate(notes, point.performance.get(name, Estimate(mean=None))) for name in names),
            )
        )
    folds, repeats = audit.calibration.folds, audit.calibration.repeats
    times = "" if repeats == 1 else f", {w.count(repeats)} times"
    caption = f"The path: means over {w.count(folds)} folds of the training rows{times}, ± standard error"
    return Table("path", caption, tuple(columns), tuple(rows), tuple(notes.texts))


def _taken(notes: Footnotes, point: PathPoint) -> Entry:
    """What is taken away, with its standard error in smaller print."""
    error = "" if point.reduction_error is None or not point.strength else f"± {w.number(point.reduction_error)}"
    text = "" if point.reduction is None else f"{point.reduction:.3g}%".replace("-", w.MINUS)
    return notes.entry(text, point.reduction is None, NO_SHARE, error)


def _shrinkage(point: PathPoint) -> str:
    """The part of a reduction that is less spread: ``47%``; a dash where nothing is taken away."""
    if point.shrinkage is None or point.decorrelation is None or point.shrinkage + point.decorrelation >= 0:
        return w.DASH
    return f"{100 * min(max(point.shrinkage / (point.shrinkage + point.decorrelation), 0.0), 1.0):.0f}%"


def _estimate(notes: Footnotes, estimate: Estimate, words: Callable[[float | None], str] = w.number) -> Entry:
    """A mean with its standard error in smaller print."""
    error = "" if estimate.standard_error is None else f"± {w.number(estimate.standard_error)}"
    return notes.entry(words(estimate.mean), estimate.mean is None, "not defined on every fold", error)


def lines(audit: Audit) -> Iterator[Block]:
    """The path in few columns, the chosen strength in bold."""
    if audit.calibration is None:
        return
    yield Heading("Calibration, on training rows that were not fitted on")
    yield Paragraph(f"{w.clean(audit.calibration.why)} (rule {w.clean(audit.calibration.rule)})")
    what = w.traced(audit)
    strength = audit.calibration.strength
    priced = any(point.given_up.mean is not None for point in audit.path)
    split = any(point.shrinkage is not None for point in audit.path)
    own = ("shrinkage",) if split else ()
    columns = heads(what.symbol, "loss", "given up" if priced else "change", what.noun, "taken away", *own, "")
    yield grid(columns, (_line(point, priced, split, chosen=point.strength == strength) for point in audit.path))
    if priced:
        yield Paragraph("Given up: of what the plain model explains over the constant one; ± standard error.", "dim")


def _short(text: str, error: float | None) -> str:
    """A number with its standard error: ``28% ± 3.1``."""
    return text if error is None else f"{text} ± {error:.2g}"


def _line(point: PathPoint, priced: bool, split: bool, *, chosen: bool) -> Line:
    price = point.given_up if priced else point.loss_change
    fields = (
        w.number(point.strength),
        w.number(point.loss.mean),
        _short(w.percent_change(price.mean), price.standard_error if point.strength else None),
        w.number(point.dependence.mean),
        _short(f"{point.reduction:.3g}%".replace("-", w.MINUS), point.reduction_error if point.strength else None)
        if point.reduction is not None
        else w.DASH,
        *([_shrinkage(point)] if split else []),
        "chosen" if chosen else "",
    )
    return Line(fields, "bold" if chosen else "")


SECTIONS = (Section(Audit, 20, content, pictures, lines),)
