"""A Matplotlib figure as SVG that can stand inside a page: quiet ids, the page's font and colour, same bytes always."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#010203"
"""Stands for the colour of the page's text, so that pictures follow light and dark."""
PAPER = "#fdfcfb"
"""Stands for the colour of the page."""

_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9.5,
    "font.family": ["DejaVu Sans"],
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.size": 0,
    "axes.unicode_minus": True,
    "axes.formatter.use_mathtext": False,
    "text.parse_math": False,
    "text.usetex": False,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Settings for drawing; the user's own Matplotlib settings are neither read nor changed."""
    import matplotlib

    with warnings.catch_warnings(), matplotlib.rc_context():
        # The browser draws the text, so it does not matter that Matplotlib's font lacks a character.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def to_svg(figure: Figure, key: str, title: str, description: str) -> str:
    """The figure as one ``<svg>`` element.

    Args:
        figure: drawn within `drawing`.
        key: identifier of the picture; all ids in the SVG start with it, so that several fit on one page.
        title: name of the picture for those who cannot see it.
        description: what it shows, for the same.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": key}):
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = _own_ids(text, key)
    text = re.sub(r"font-family: [^;\"]*", "font-family: inherit", text)
    text = text.replace(INK, "currentColor").replace(PAPER, "var(--paper, #ffffff)")
    text = re.sub(r">\s+<", "><", text)
    opening = text[: text.index(">") + 1]
    box = re.search(r'viewBox="[^"]*"', opening)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box and box.group()} '
        f'font-family="sans-serif" stroke-linejoin="round" role="img" '
        f'aria-labelledby="{key}-title {key}-desc"><title id="{key}-title">{escape(title)}</title>'
        f'<desc id="{key}-desc">{escape(description)}</desc>'
    )
    return head + text[len(opening) :].strip()


def _own_ids(text: str, key: str) -> str:
    """Ids that something refers to, with `key` before them; Matplotlib's ``figure_1`` and the like are dropped."""
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
    wanted = {first or second for first, second in used}
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in wanted else "", text)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{key}-", text)
