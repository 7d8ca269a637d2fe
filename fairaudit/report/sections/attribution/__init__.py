"""Why: which factors carry the gaps, and which of them tell about the protected attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fairaudit.report import wording as w
from fairaudit.report.drawing import Picture
from fairaudit.report.lines import LABEL, Block, Head, Heading, Paragraph, TextGrid, grid
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.sections.attribution import gaps, proxies
from fairaudit.report.sections.attribution import pictures as drawn
from fairaudit.report.table import Table
from fairaudit.results import Attribution, Audit, FactorGap, Proxy
from fairaudit.results.explanation import Explanation

MOST_GAPS = 8
"""Gaps that a terminal lists."""
MOST_CLASSES = 6
"""Classes whose gaps have tables."""
MOST_FACTORS = 3
"""Factors that a terminal names for one gap."""


def content(attribution: Attribution, of_attributes: Sequence[Proxy]) -> Content:
    """Which factors carry the gaps, and which of them tell about the protected attributes."""
    sets = sorted({tuple(gap.by): None for gap in attribution.gaps}, key=len)
    lead = [
        f"A group's mean prediction differs from the overall mean by its gap, and the gap is exactly the sum of what "
        f"each factor contributes ({w.clean(attribution.scale)}). A factor with a large share of a group's gap carries"
        " the attribute into the prediction: it may act as a proxy.",
    ]
    if attribution.of_rows is not None and attribution.rows is not None and attribution.rows < attribution.of_rows:
        lead.append(
            f"{w.count(attribution.rows)} of {w.count(attribution.of_rows)} rows were attributed, drawn at random."
        )
    if attribution.remainder > 0 and attribution.method == "expected gradients":
        lead.append(
            f"Attributions by {attribution.method}; their sums miss a prediction by at most"
            f" {w.number(attribution.remainder)}, which is spread over the factors."
        )
    if attribution.cut_rows:
        lead.append(
            f"For {w.count(attribution.cut_rows)} {'row' if attribution.cut_rows == 1 else 'rows'} the model adds up to"
            " more, or less, than a prediction may be, as for a level without events. What is beyond (at most"
            f" {w.number(attribution.cut)}) is taken from the factors in proportion, so that they add up to the"
            " prediction."
        )
    tables = [gaps.table(attribution, list(by), i) for i, by in enumerate(sets, 1)]
    if attribution.classes:
        shown = _most_unlike(attribution)
        lead.append(
            "Each class has gaps of its own."
            + (
                f" Shown are the {len(shown)} with the largest; the JSON has all."
                if len(shown) < len(attribution.classes)
                else ""
            )
        )
        tables += [table for place, name in enumerate(shown, 1) for table in _of_class(attribution, name, place)]
    tables.append(gaps.importance(attribution))
    tables += [gaps.importance_divergence(attribution)] if attribution.divergence else []
    tables += [proxies.table(of_attributes)] if of_attributes else []
    return Content("Why: the gap by factor", tuple(lead), tuple(tables))


def _most_unlike(attribution: Attribution) -> list[str]:
    """The classes that are told, those with the largest gaps of single attributes."""
    largest = {
        name: max((abs(gap.gap or 0) for gap in _single_gaps(own)), default=0.0)
        for name, own in attribution.classes.items()
    }
    chosen = sorted(largest, key=lambda name: -largest[name])[:MOST_CLASSES]
    return [name for name in attribution.classes if name in chosen]


def _of_class(attribution: Attribution, name: str, place: int) -> Iterator[Table]:
    """The gaps of one class by factor, for the groups of each single attribute."""
    own = attribution.classes[name]
    for i, by in enumerate(sorted({tuple(gap.by): None for gap in own.gaps if len(gap.by) == 1}), 1):
        plain = gaps.table(own, list(by), i)
        yield replace(plain, key=f"{plain.key}-class-{place}", caption=f"{w.shorten(name, 60)}: {plain.caption}")


def _of_audit(audit: Audit) -> Content | None:
    if audit.attribution is None:
        return None
    whole = content(audit.attribution, audit.attribution.proxies)
    return replace(whole, lead=(*whole.lead, *_carried_by_few(audit.attribution)))


def _carried_by_few(attribution: Attribution) -> list[str]:
    """That a few rows carry much of a factor's importance, in a sentence; none where that is not so."""
    few = w.carried_by_few(attribution.carried)
    return [f"{few}: what is said of it is said of them."] if few else []


def _of_explanation(explanation: Explanation) -> Content:
    best = explanation.models[0]
    shown = f"Shown for {best.name}, which predicts best; the JSON has all models."
    said = content(best.attribution, explanation.proxies)
    return replace(said, lead=(*said.lead, shown))


def _audit_pictures(audit: Audit) -> Iterator[Picture]:
    return drawn.pictures(audit.attribution) if audit.attribution else iter(())


def _audit_lines(audit: Audit) -> Iterator[Block]:
    if audit.attribution is not None:
        yield Heading(f"Why: gap to the overall mean by factor ({w.clean(audit.attribution.scale)})")
        yield _grid(audit.attribution)
        yield from (Paragraph(sentence, "yellow") for sentence in _carried_by_few(audit.attribution))


def _told(attribution: Attribution) -> list[tuple[str, FactorGap]]:
    """The largest gaps of single attributes, each with what it is called: of classes that of each."""
    each = attribution.classes or {"": attribution}
    pairs = [(name, gap) for name, own in each.items() for gap in _single_gaps(own)]
    return sorted(pairs, key=lambda pair: -abs(pair[1].gap or 0.0))[:MOST_GAPS]


def _explanation_lines(explanation: Explanation) -> Iterator[Block]:
    best = explanation.models[0]
    if _told(best.attribution):
        scale = w.clean(best.attribution.scale)
        yield Heading(f"Why: gap to the overall mean by factor in {best.name} ({scale})")
        yield _grid(best.attribution)
    yield from proxies.lines(explanation)


def _grid(attribution: Attribution) -> TextGrid:
    """The largest gaps of single attributes, and the factors that carry them."""
    columns = (Head("group", text=True, width=LABEL), Head("gap"), Head("carried by", text=True))
    return grid(columns, (_line(gap, name) for name, gap in _told(attribution)))


def _single_gaps(attribution: Attribution) -> list[FactorGap]:
    return gaps.largest_gaps(gap for gap in attribution.gaps if len(gap.by) == 1 and gap.gap is not None)


def _line(gap: FactorGap, of_class: str) -> tuple[str, ...]:
    main = sorted(gap.contributions.items(), key=lambda item: (-abs(item[1]), item[0]))[:MOST_FACTORS]
    carried = ", ".join(f"{w.shorten(name, LABEL)} {w.number(value, signed=True)}" for name, value in main)
    label = f"{w.by_label(gap.by)}: {w.cell_label(gap.cell, gap.by, LABEL)}"
    label = f"{w.shorten(of_class, LABEL)}, {label}" if of_class else label
    return (label, w.number(gap.gap, signed=True), carried)


def findings(explanation: Explanation) -> list[Sentence]:
    """The largest gap with the factor that adds most to it."""
    return [Sentence(text) for text in _carried(explanation)]


def _carried(explanation: Explanation) -> list[str]:
    best = explanation.models[0]
    measured = _told(best.attribution)
    if not measured:
        return []
    of_class, gap = measured[0]
    whose = f" for {w.shorten(of_class, 40)}" if of_class else ""
    name = max(gap.contributions, key=lambda factor: abs(gap.contributions[factor]))
    told = (
        f"The largest gap in {best.name}{whose} is that of {w.cell_label(gap.cell, gap.by, 40)} ({w.by_label(gap.by)}):"
        f" {w.number(gap.gap, signed=True)} {w.clean(best.attribution.scale)}"
    )
    if not gap.beyond_chance:
        return [f"{told}, which may be chance: its interval is {w.interval(gap.interval)}."]
    return [f"{told}, to which {w.clean(name)} adds {w.number(gap.contributions[name], signed=True)}."]


SECTIONS = (
    Section(Audit, 90, _of_audit, _audit_pictures, _audit_lines),
    Section(
        Explanation,
        90,
        _of_explanation,
        lambda explanation: drawn.pictures(explanation.models[0].attribution),
        _explanation_lines,
        findings,
    ),
)
