"""What the pictures share: a figure of fixed width, places in points, labels and ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fairaudit.report import wording as w
from fairaudit.report.svg import INK, PAPER
from fairaudit.results import Cell, Group
from fairaudit.results.memberships import briefly
from fairaudit.results.words import Unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 480.0
"""Width of every picture, in points."""
LONG_TICK = 5
"""Characters of a label beyond which three are too many for a narrow panel."""
LABELS = 126.0
"""Room for the names of groups at the left."""
LABEL_LENGTH = 25
"""Characters for which there is room."""

# Paul Tol's "bright": told apart by colour-blind readers, and of a lightness that stands out from white and from black.
BLUE, RED = "#4477AA", "#EE6677"


@dataclass(frozen=True)
class Picture:
    """A picture and the words around it."""

    key: str
    """Identifier, unique within a report."""
    title: str
    """Name."""
    caption: str
    """How to read it, and what was left out."""
    svg: str
    """The ``<svg>`` element."""


def new_figure(height: float) -> Figure:
    """A transparent figure of that height in points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / 72, height / 72))
    figure.patch.set_visible(False)
    return figure


def add_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place given in points from the upper left corner."""
    full = figure.get_figheight() * 72
    axes = figure.add_axes((left / WIDTH, 1 - (top + height) / full, width / WIDTH, height / full))
    axes.patch.set_visible(False)
    axes.set_yticks([])
    return axes


def put_text(figure: Figure, left: float, top: float, text: str, **style: object) -> None:
    """Text at a place given in points from the upper left corner."""
    figure.text(left / WIDTH, 1 - top / (figure.get_figheight() * 72), text, **style)  # type: ignore[arg-type]


def group_label(cell: Cell, by: Sequence[str]) -> str:
    """The name of a group in the room of a picture; of a crossing each value stays to be seen, the longest are cut."""
    cell = {name: briefly(name, level) for name, level in cell.items()}
    longest = min(max((len(w.clean(value)) for value in cell.values()), default=1), LABEL_LENGTH)
    while longest > 3 and len(w.cell_label(cell, by, longest)) > LABEL_LENGTH:
        longest -= 1
    return w.cell_label(cell, by, longest)


def put_row_label(figure: Figure, middle: float, label: str, second: str, limit: int = LABEL_LENGTH) -> None:
    """Name of a row at the left, with smaller words below it."""
    put_two_lines(figure, 0, middle, w.shorten(label, limit), w.shorten(second, limit + 4), "left")


def put_two_lines(figure: Figure, left: float, middle: float, first: str, second: str, align: str) -> None:
    """Two lines around a middle, the second smaller; or the first alone."""
    put_text(figure, left, middle - (5.5 if second else 0), first, va="center", ha=align, fontsize=9)
    if second:
        put_text(figure, left, middle + 6, second, va="center", ha=align, fontsize=7.8, alpha=0.75)


def put_rule(figure: Figure, top: float) -> None:
    """A thin line across the picture."""
    from matplotlib.lines import Line2D

    place = 1 - top / (figure.get_figheight() * 72)
    figure.add_artist(Line2D((0, 1), (place, place), color=INK, alpha=0.3, linewidth=0.6))


def set_ticks(axes: Axes, unit: Unit, *, labels: bool = True, signed: bool = False) -> None:
    """A few ticks along x, labelled in a unit."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    class Labels(FuncFormatter):
        def format_ticks(self, values: Sequence[float]) -> list[str]:
            return tick_labels(values, unit, signed)

    parts = MaxNLocator(3 if axes.get_position().width < 0.4 else 5)
    if axes.get_position().width < 0.4:
        places = [float(place) for place in parts.tick_values(*axes.get_xlim())]
        longest = max(map(len, tick_labels(places, unit, signed)), default=0)
        parts = MaxNLocator(2) if longest > LONG_TICK else parts
    axes.xaxis.set_major_locator(parts)
    axes.xaxis.set_major_formatter(Labels(lambda value, _: w.number(value)))
    axes.tick_params(labelbottom=labels, length=3 if labels else 0)
    axes.grid(axis="x", color=INK, alpha=0.1, linewidth=0.6)
    axes.set_axisbelow(True)


def tick_labels(values: Sequence[float], unit: Unit, signed: bool) -> list[str]:
    """Labels of one axis, all with as many decimals as the one that needs most; none beyond 0 and 100 per cent."""
    scaled = [100 * value if unit in ("rate", "points") else value for value in values]
    short = [f"{abs(value):.4g}" for value in scaled]
    decimals = max((len(text.partition(".")[2]) for text in short if "e" not in text), default=0)
    sizes = [
        w.number(abs(value)) if "e" in text else f"{abs(value):,.{decimals if value else 0}f}"
        for value, text in zip(scaled, short, strict=True)
    ]
    signs = [w.MINUS if value < 0 else "+" if signed and value > 0 else "" for value in scaled]
    if unit != "rate":
        return [sign + size for sign, size in zip(signs, sizes, strict=True)]
    # The margin around groups that are all at 0 or 1 has places, but no shares.
    return [f"{size}%" if -1e-9 <= value <= 100 + 1e-9 else "" for size, value in zip(sizes, scaled, strict=True)]


def largest_groups(groups: list[Group], limit: int) -> tuple[list[Group], str]:
    """The groups with most rows, in their order, and a sentence on those left out."""
    kept = sorted(range(len(groups)), key=lambda i: -groups[i].n)[:limit]
    return [groups[i] for i in sorted(kept)], left_out_words(len(groups), len(kept))


def left_out_words(number: int, shown: int, what: str = "groups") -> str:
    """A sentence on what was left out, or nothing."""
    kept = f"the {shown} largest" if what == "groups" else f"{shown}"
    return "" if shown >= number else f"Shown are {kept} of {number} {what}."


def mark_not_measured(axes: Axes, row: float) -> None:
    """Words in place of a value."""
    axes.text(0.5, row, "not measured", transform=axes.get_yaxis_transform(), ha="center", va="center", fontsize=8,
              style="italic", alpha=0.75, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1})  # fmt: skip
