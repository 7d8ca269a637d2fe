"""Primary and secondary factors: on what all models with a say agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairaudit.report import wording as w
from fairaudit.report.drawing import BLUE, WIDTH, Picture, add_axes, new_figure
from fairaudit.report.lines import LABEL, Block, Head, Heading, grid
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.sections.models import names_heard
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results.explanation import Explanation

CHAIN = 4
"""Factors of a chain that are named."""
MAX_LEVEL = 6
"""Factors that stand side by side in the order."""
LEVEL = 58.0
"""Height of one level of the order, in points."""


def content(explanation: Explanation) -> Content:
    """What a relation is, and those that follow from no others."""
    confidence = w.confidence_level(explanation.confidence)
    return Content(
        "Primary and secondary factors",
        (
            f"A factor is primary to another for a model if its importance is larger by more than the {confidence}"
            " margin, which covers new rows and a new fit; it is for the pool if all models with a say agree. Such"
            " relations form a partial order: what is not connected is not ordered.",
        ),
        (table(explanation),) if explanation.relations else (),
        () if explanation.relations else ("No relation holds in all models beyond its margin.",),
    )


def table(explanation: Explanation) -> Table:
    """The relations that follow from no others."""
    columns = (
        Column("primary", numeric=False, about="the factor that matters more"),
        Column("secondary", numeric=False),
        Column("least difference", about="smallest difference of the two shares among the models, percentage points"),
    )
    shown = [relation for relation in explanation.relations if relation.direct]
    rows = tuple(
        (Entry(w.clean(relation.primary)), Entry(w.clean(relation.secondary)), Entry(w.points(relation.least)))
        for relation in shown
    )
    others = len(explanation.relations) - len(shown)
    caption = "Relations on which all models agree" + (f"; {w.count(others)} more follow from these" if others else "")
    return Table("relations", caption, columns, rows, fold=len(rows) > 20)


def picture(explanation: Explanation) -> Picture:
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
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def _wrapped(level: Sequence[str]) -> list[Sequence[str]]:
    """A level in lines of at most `MAX_LEVEL` factors."""
    return [level[start : start + MAX_LEVEL] for start in range(0, len(level), MAX_LEVEL)]


def lines(explanation: Explanation) -> Iterator[Block]:
    """Level by level, each factor with those directly below it."""
    yield Heading("Primary and secondary factors (→: all models agree; the others follow)")
    below: dict[str, list[str]] = {}
    for relation in explanation.relations:
        if relation.direct:
            below.setdefault(relation.primary, []).append(relation.secondary)
    shown = []
    for level, names in enumerate(explanation.levels, 1):
        for name in names:
            reached = ", ".join(w.shorten(factor, LABEL) for factor in below.get(name, []))
            shown.append((str(level), w.shorten(name, LABEL), f"→ {reached}" if reached else ""))
    columns = (("level", 5), ("factor", LABEL), ("primary to", None))
    yield grid((Head(title, text=True, width=width) for title, width in columns), shown)


def findings(explanation: Explanation) -> list[Sentence]:
    """How many pairs are ordered, and the longest chain."""
    return [Sentence(text) for text in _order(explanation)]


def _order(explanation: Explanation) -> list[str]:
    if explanation.settled is None:
        return ["There is one factor only, and nothing to compare it with."]
    heard, count = names_heard(explanation), len(explanation.factors)
    who = f"{w.sentence_list(heard)} agree" if len(heard) > 1 else f"{heard[0]}, alone with a say, is sure"
    pairs = f"{w.count(len(explanation.relations))} of {w.count(count * (count - 1) // 2)} pairs of factors"
    sentence = f"On {pairs} {who} which of the two matters more"
    chain = longest_chain(explanation)
    if not chain:
        return [f"{sentence}."]
    more = " and so on" if len(chain) > CHAIN else ""
    return [f"{sentence}; the longest chain is {' > '.join(map(w.clean, chain[:CHAIN]))}{more}."]


def longest_chain(explanation: Explanation) -> list[str]:
    """The longest chain of direct relations from a factor of the first level; empty where there is no relation."""
    level = {name: index for index, names in enumerate(explanation.levels) for name in names}
    chain: list[str] = explanation.levels[-1][:1] if len(explanation.levels) > 1 else []
    while chain and level[chain[0]]:
        above = [r.primary for r in explanation.relations if r.secondary == chain[0]]
        chain.insert(0, next(name for name in above if level[name] == level[chain[0]] - 1))
    return chain


SECTIONS = (Section(Explanation, 10, content, lambda explanation: [picture(explanation)], lines, findings),)
