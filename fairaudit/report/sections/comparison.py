"""Plain against fair, or against guided: what the model changed on the same held-out rows, and at what price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from fairaudit.report import wording as w
from fairaudit.report.drawing import (
    BLUE,
    RED,
    Picture,
    add_axes,
    left_out_words,
    mark_not_measured,
    new_figure,
    put_row_label,
    put_rule,
    put_text,
    put_two_lines,
)
from fairaudit.report.lines import Block, Heading, Line, grid, heads
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.sections.performance import INFINITE
from fairaudit.report.svg import INK, PAPER, drawing, to_svg
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit, Change, Reduction
from fairaudit.results.costs import price_of, reduction_of, same_as_plain, split_of, taken_away
from fairaudit.results.words import measure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Judgement = Literal["better", "worse", "same", "unclear", "not measured"]
SYMBOLS = {"better": "▲ ", "worse": "▼ ", "same": "= "}
Side = Literal["plain", "fair"]
SIDES: tuple[Side, ...] = ("plain", "fair")
ENDLESS = "infinite: something happened that was predicted to be impossible"
MAX_CHANGES = 16
"""Changes that are drawn, but for at least four gaps."""
NOTABLE = 1.0
"""Per cent below which a worsening is not told; it stands in the table."""
MAIN = 3
"""Places among the measures told first whose gaps a terminal lists."""


def content(audit: Audit) -> Content | None:
    """What the two models are, and the table of what changed."""
    if not audit.comparison:
        return None
    lead = (
        "Both models are measured on the same held-out rows. The plain model has no penalty; the fairer model pays a "
        "price for each unit of dependence on the protected attributes. All other sections describe the fairer model.",
    )
    if not w.is_penalised(audit):
        lead = (
            "Both models are measured on the same held-out rows. The plain model follows the data alone; the guided"
            " model pays for importances of its factors that differ from what is known of them. All other sections"
            " describe the guided model.",
        )
    return Content(f"Plain against {w.chosen(audit)}", lead, (table(audit),))


def table(audit: Audit) -> Table:
    """The plain against the fairer model on the same held-out rows."""
    columns = (
        Column("measure", numeric=False),
        Column("plain", about="model without penalty"),
        Column(w.chosen(audit), about="model with penalty" if w.is_penalised(audit) else "model with knowledge"),
        Column("change", about=f"{w.chosen(audit)} minus plain"),
        Column("in per cent", about="change in per cent of plain"),
        Column("", numeric=False),
    )
    notes = Footnotes()
    no_percent = "no per cent: a value is below 0, or the plain one is 0"
    rows = []
    for c in audit.comparison:
        told = judgement(audit, c)
        why = "not measured in one of the two models"
        unit = w.words(audit, c.measure).unit
        change = w.points(c.change, signed=True) if unit in ("rate", "points") else w.number(c.change, signed=True)
        rows.append(
            (
                Entry(change_label(audit, c)),
                notes.known(change_value(audit, c, "plain"), c.plain, ENDLESS if "plain" in c.infinite else why),
                notes.known(change_value(audit, c, "fair"), c.fair, ENDLESS if "fair" in c.infinite else why),
                notes.known(change, c.change, why),
                notes.known(w.percent_change(c.percent), c.percent, why if c.change is None else no_percent),
                Entry(SYMBOLS.get(told, "") + told, strong=told == "worse"),
            )
        )
    return Table(
        "comparison", f"Plain against {w.chosen(audit)}, held-out rows", columns, tuple(rows), tuple(notes.texts)
    )


def picture(audit: Audit) -> Picture:
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
            _pair(axes, audit, index, change)
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
        return Picture(key, title, caption, to_svg(figure, key, title, caption))


def _pair(axes: Axes, audit: Audit, row: int, change: Change) -> None:
    axes.axhline(row, color=INK, alpha=0.12, linewidth=0.6, zorder=0.5)
    if change.plain is None or change.fair is None:
        mark_not_measured(axes, row)
        return
    largest = max(abs(change.plain), abs(change.fair)) or 1.0
    plain, fair = change.plain / largest, change.fair / largest
    colour = {"better": BLUE, "worse": RED}.get(judgement(audit, change), INK)
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
    ends = " → ".join(change_value(audit, change, side) for side in SIDES)
    told = [] if change.change is None and not change.infinite else [judgement(audit, change)]
    percent = [] if change.percent is None else [w.percent_change(change.percent)]
    second = ", ".join((*percent, *told))
    put_two_lines(figure, 348, middle, ends, second, "left")


def pictures(audit: Audit) -> Iterator[Picture]:
    """The picture, where there is something to compare."""
    if audit.comparison:
        yield picture(audit)


def lines(audit: Audit) -> Iterator[Block]:
    """The changes of all but the further gaps."""
    if not audit.comparison:
        return
    yield Heading(f"Plain against {w.chosen(audit)}, on held-out rows")
    columns = (*heads("measure", "plain", w.chosen(audit), "change", "", width=44),)
    yield grid(columns, (_line(audit, change) for change in audit.comparison if _is_main(audit, change)))


def _line(audit: Audit, change: Change) -> Line:
    told = judgement(audit, change)
    fields = (
        change_label(audit, change).replace(" over its noise floor", " (excess)"),
        *(change_value(audit, change, side) for side in SIDES),
        w.percent_change(change.percent),
        told,
    )
    return Line(fields, "green" if told == "better" else "yellow" if told == "worse" else "")


def _is_main(audit: Audit, change: Change) -> bool:
    """Whether a change is listed here: of the gaps only the headline measures by single attributes."""
    if change.kind == "disparity":
        place = w.words(audit, change.measure).headline
        return len(change.by) == 1 and (not audit.measures or (place is not None and place < MAIN))
    return True


def findings(audit: Audit) -> list[Sentence]:
    """What a fairer model brought and cost, and where it is worse."""
    sentences = []
    dependence = [change for change in audit.comparison if change.kind == "dependence"]
    if dependence and w.is_penalised(audit):
        # CCdCov is the measure that the penalties aim at; the others stay in the table.
        joint = next((c for name in ("within_strata", "ccdcov") for c in dependence if _name(c) == name), dependence[0])
        sentences.append(_nothing_changed(audit, joint) or _gain(audit, joint) + _cost(audit))
    worse = [
        c
        for c in audit.comparison
        if c.kind in ("disparity", "divergence")
        and is_better(c) is False
        and (c.percent is None or c.percent >= NOTABLE)
    ]
    if worse:
        others = f", and {len(worse) - 2} more" if len(worse) > 2 else ""
        name = "fairer" if w.is_penalised(audit) else "guided"
        sentences.append(
            f"In places the {name} model is worse on these rows, which was not tested:"
            f" {'; '.join(from_to(audit, c) for c in worse[:2])}{others}."
        )
    return [Sentence(text) for text in sentences]


def _nothing_changed(audit: Audit, joint: Change) -> str:
    """Where the fairer model is the plain one: that it is, and why; else nothing."""
    why = same_as_plain(audit)
    if not why or joint.fair is None:
        return ""
    what = change_label(audit, joint)
    return f"The fairer model is the plain one: {why}. The {what} is {w.number(joint.fair)} on the held-out rows."


def _gain(audit: Audit, change: Change) -> str:
    what = f"the {change_label(audit, change)}"
    if change.plain is None or change.fair is None:
        return f"Whether the fairer model lowers {what} could not be measured."
    ends = f"from {w.number(change.plain)} to {w.number(change.fair)} on the held-out rows"
    if is_better(change) is None:
        return f"There was nothing to remove: {what} went {ends}, no more than chance in both models."
    reduction = _reduction(audit, change)
    if reduction is not None:
        return " ".join(filter(None, [taken_away(reduction, what, audit.confidence), split_of(reduction)]))
    if not is_better(change):
        return f"The penalty did not help: {what} went {ends}."
    return f"On these rows {what} is lower, {ends}; how sure that is was not measured."


def _reduction(audit: Audit, change: Change) -> Reduction | None:
    """What is known of the error of a change in dependence."""
    everyone = [attribute.name for attribute in audit.protected]
    return reduction_of(audit, _name(change), change.by) or reduction_of(audit, _name(change), everyone)


def judgement(audit: Audit, change: Change) -> Judgement:
    """What is said of a change: never better or worse where that is not clear, or shows in no figure."""
    if change.change is None and not change.infinite:
        return "not measured"
    if change.kind == "dependence" and is_unclear(audit, change):
        return "unclear"
    better = is_better(change)
    if better is None or _looks_the_same(audit, change):
        return "same"
    return "better" if better else "worse"


def _looks_the_same(audit: Audit, change: Change) -> bool:
    """Whether all figures that are written of a change are those of none."""
    ends = {change_value(audit, change, side) for side in SIDES}
    return len(ends) == 1 and w.percent_change(change.percent) in (w.percent_change(0.0), w.percent_change(None))


def is_unclear(audit: Audit, change: Change) -> bool:
    """Whether a change in dependence is within its error."""
    reduction = _reduction(audit, change) if change.kind == "dependence" else None
    if reduction is None or not change.change:
        return False
    return reduction.interval is None or reduction.interval[0] <= 0 <= reduction.interval[1]


def _cost(audit: Audit) -> str:
    """The price, and what became of the measures of performance beside it."""
    measured = [c for c in audit.comparison if c.kind == "performance" and _has_ends(c)]
    listed = w.sentence_list(_priced(audit, change) for change in measured[:3])
    price = "" if audit.price is None else f" {price_of(audit)}"
    return f"{price} Performance: {listed}." if listed else price


def _priced(audit: Audit, change: Change) -> str:
    """``accuracy 67.1% → 66.0%``, with the change in per cent where both ends round to the same figures."""
    same = change_value(audit, change, "plain") == change_value(audit, change, "fair")
    percent = f" ({w.percent_change(change.percent)})" if same and change.percent else ""
    return from_to(audit, change) + percent


def change_label(audit: Audit, change: Change) -> str:
    """What a change is about: measure, for which attributes, and for a dependence which estimator it is."""
    label = w.words(audit, _name(change)).label
    if change.kind == "disparity" and not _name(change).startswith("uf"):
        label += " gap"
    if change.by and not (change.kind == "dependence" and _name(change) != "dcov"):
        label += f" by {w.by_label(change.by)}"
    return label + _estimator(audit, change)


def _name(change: Change) -> str:
    return measure_of(change.measure)


def _estimator(audit: Audit, change: Change) -> str:
    """`` over its noise floor`` where the value compared is an excess; looked up in the audit, never guessed."""
    excess: list[float | None] = []
    if change.kind == "divergence":
        excess = [d.excess for d in audit.divergence if (d.name, d.by) == (_name(change), change.by)]
    elif _name(change) == "ccdcov":
        excess = [audit.dependence.ccdcov.excess]
    elif _name(change) == "jdcov":
        excess = [audit.dependence.jdcov.excess]
    elif _name(change) == "dcov":
        excess = [d.excess for d in audit.dependence.dcov if [d.attribute] == change.by]
    is_excess = change.measure.endswith("_excess") or (change.fair is not None and change.fair in excess)
    return " over its noise floor" if is_excess else ""


def is_better(change: Change) -> bool | None:
    """Whether the fairer model is better in this measure; None if equal, not measured, or chance in both: how far an
    excess lies below its floor is no merit. What is infinite is worse than all that is not."""
    if len(change.infinite) == 1 and _has_ends(change):
        return (change.infinite == ["plain"]) == (change.better == "lower")
    if not change.change or change.plain is None or change.fair is None:
        return None
    if change.measure.endswith("_excess") and max(change.plain, change.fair) <= 0:
        return None
    return (change.change < 0) == (change.better == "lower")


def _has_ends(change: Change) -> bool:
    """Whether both models have a value, be it without end."""
    return all(getattr(change, side) is not None or side in change.infinite for side in SIDES)


def change_value(audit: Audit, change: Change, side: Side) -> str:
    """One end of a comparison in its unit."""
    if side in change.infinite:
        return INFINITE
    value = change.plain if side == "plain" else change.fair
    unit = w.words(audit, _name(change)).unit
    return w.gap_in_unit(value, unit) if change.kind == "disparity" else w.in_unit(value, unit)


def from_to(audit: Audit, change: Change) -> str:
    """``accuracy 67.1% → 66.0%``."""
    ends = " → ".join(change_value(audit, change, side) for side in SIDES)
    return f"{change_label(audit, change)} {ends}"


SECTIONS = (Section(Audit, 10, content, pictures, lines, findings),)
