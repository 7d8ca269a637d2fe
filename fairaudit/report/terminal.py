"""A result on a terminal: what matters, at 80 columns; everything else is in the other reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from fairaudit.report import factor_tables, outline, tables
from fairaudit.report import wording as w
from fairaudit.report.document import Reported
from fairaudit.report.findings import (
    change_label,
    change_value,
    findings,
    group_value,
    headline_metrics,
    is_better,
    is_finding,
    worst_first,
)
from fairaudit.results import Attribution, Audit, Change, Consistency

MOST_GROUPS = 12
"""Groups of one attribute that are listed."""
MOST_GAPS = 8
"""Disparities that are listed."""
MOST_FACTORS = 3
"""Factors named for one gap."""
LABEL = 30
"""Characters of a group's name."""
MOST_KNOWN = 12
"""Factors that are listed beside what is known of them."""
SHORT = {
    "selection_rate": "selected",
    "fpr": "FPR",
    "tpr": "TPR",
    "ppv": "precision",
    "auc": "AUC",
    "actual_expected": "A/E",
    "frequency": "actual",
    "mean_outcome": "outcome",
    "mean_error": "error",
    "rmse": "RMSE",
}
"""Headings of the group tables; other measures keep their words."""


def render(audit: Reported, width: int = 80, color: bool = False) -> str:
    """The result as lines of at most `width` characters, with colour codes only if asked."""
    stream = StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        highlight=False,
    )
    show(audit, console)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def show(audit: Reported, console: Console) -> None:
    """Print the result on a console. Names from the data are plain text there: no markup, no control characters."""
    if isinstance(audit, Audit):
        console.print(Group(*_parts(audit)))
        return
    from fairaudit.report.terminal_explained import parts

    console.print(Group(*parts(audit)))


def _parts(audit: Audit) -> Iterator[RenderableType]:
    yield Text(outline.title(audit), style="bold")
    yield Text(outline.question(audit))
    yield Text(" · ".join(f"{name} {value}" for name, value in outline.facts(audit)), style="dim")
    yield heading("Findings")
    yield numbered(findings(audit))
    if audit.comparison:
        yield heading(f"Plain against {w.chosen(audit)}, on held-out rows")
        yield _comparison(audit)
    if audit.calibration is not None:
        yield heading("Calibration, on training rows that were not fitted on")
        yield Text(f"{w.clean(audit.calibration.why)} (rule {w.clean(audit.calibration.rule)})")
        yield _path(audit)
    if audit.consistency is not None:
        yield heading("Knowledge of the factors, before and after, on held-out rows")
        yield from _consistency(audit.consistency, w.confidence(audit))
    for by in tables.sets_of_attributes(audit.groups):
        if len(by) == 1:
            yield heading(f"Groups by {w.by_label(by)}")
            yield _groups(audit, by)
    told = worst_first(audit)
    if told:
        yield heading(f"Largest gaps ({w.confidence(audit)} intervals, p adjusted for all {len(audit.disparities)})")
        yield _gaps(audit)
    yield heading("Dependence and divergence (0: none; read the excess over the floor)")
    yield _dependence(audit)
    if audit.attribution is not None:
        yield heading(f"Why: gap to the overall mean by factor ({w.clean(audit.attribution.scale)})")
        yield attribution(audit.attribution)
    if audit.performance.test:
        yield heading("Performance")
        yield Text(_performance(audit))
    if audit.notes:
        yield heading("Notes")
        yield listed([w.clean(note) for note in audit.notes])
    yield Text()
    yield Text(_more(audit), style="dim")


def heading(text: str) -> RenderableType:
    """A line in bold after an empty one."""
    return Padding(Text(text, style="bold"), (1, 0, 0, 0))


def numbered(sentences: Sequence[str]) -> RenderableType:
    """Sentences behind their numbers."""
    return listed(sentences, [f"{number}." for number in range(1, len(sentences) + 1)])


def listed(sentences: Sequence[str], marks: Sequence[str] | None = None) -> RenderableType:
    """Sentences behind marks; None: each behind a dot."""
    grid = Grid.grid(padding=(0, 1))
    grid.add_column(justify="right")
    grid.add_column()
    for mark, sentence in zip(marks or ["·"] * len(sentences), sentences, strict=True):
        grid.add_row(Text(mark), Text(sentence))
    return grid


def grid(*columns: str, texts: int = 1) -> Grid:
    """A table without lines whose first columns are texts and whose others are numbers."""
    grid = Grid(box=None, pad_edge=False, padding=(0, 1), header_style="dim", show_edge=False)
    for position, name in enumerate(columns):
        text = position < texts
        grid.add_column(
            Text(name),
            justify="left" if text else "right",
            overflow="fold" if text else "ellipsis",
            no_wrap=not text,
            max_width=LABEL if text else None,
        )
    return grid


def put(grid: Grid, cells: Iterable[str], style: str = "") -> None:
    """Add a row of plain texts."""
    grid.add_row(*(Text(cell) for cell in cells), style=style)


def _comparison(audit: Audit) -> Grid:
    made = grid("measure", "plain", w.chosen(audit), "change", "")
    made.columns[0].max_width = 44
    for change in (each for each in audit.comparison if _is_main(audit, each)):
        better = is_better(change)
        verdict = {True: "better", False: "worse", None: "same"}[better] if change.change is not None else "?"
        put(
            made,
            (
                change_label(audit, change).replace(" over its noise floor", " (excess)"),
                change_value(audit, change, change.plain),
                change_value(audit, change, change.fair),
                w.percent_change(change.percent),
                verdict,
            ),
            {True: "green", False: "yellow", None: ""}[better],
        )
    return made


def _path(audit: Audit) -> Grid:
    what = w.traced(audit)
    made = grid(what.symbol, "loss", "change", what.noun, "taken away", "")
    for point in audit.path:
        chosen = audit.calibration is not None and point.strength == audit.calibration.strength
        put(
            made,
            (
                w.number(point.strength),
                w.number(point.loss.mean),
                w.percent_change(point.loss_change.mean),
                w.number(point.dependence.mean),
                w.DASH if point.reduction is None else f"{w.number(point.reduction)}%",
                "chosen" if chosen else "",
            ),
            "bold" if chosen else "",
        )
    return made


def _is_main(audit: Audit, change: Change) -> bool:
    """Whether a change is listed here: of the gaps only the headline measures by single attributes."""
    if change.kind == "disparity":
        return change.measure in headline_metrics(audit)[:3] and len(change.by) == 1
    return True


def _groups(audit: Audit, by: list[str]) -> Grid:
    members = [group for group in audit.groups if group.by == by]
    names = [name for name in headline_metrics(audit) if any(name in group.measures for group in members)]
    names = [name for name in names if name != "mean_prediction"][:4]
    mean = w.mean_metric(audit)
    made = grid(
        by[0] if len(by) == 1 else "",
        "rows",
        "share",
        "mean",
        *(SHORT.get(name, w.metric(name).label) for name in names),
    )
    for group in members[:MOST_GROUPS]:
        values = [group_value(group, name) for name in names]
        put(
            made,
            (
                w.cell_label(group.cell, by, LABEL),
                w.count(group.n),
                w.percent(group.share),
                w.in_unit(group.mean_prediction, mean.unit),
                *(w.in_unit(value, w.metric(name).unit) for name, value in zip(names, values, strict=True)),
            ),
            "" if group.adequate else "dim",
        )
    if len(members) > MOST_GROUPS:
        put(made, (f"… {len(members) - MOST_GROUPS} more in the reports",), "dim")
    return made


def _gaps(audit: Audit) -> Grid:
    made = grid("measure by: highest against lowest", "gap", "interval", "p")
    made.columns[0].max_width = 46
    for gap in worst_first(audit)[:MOST_GAPS]:
        known = w.metric_of(audit, gap.metric)
        ends = [w.cell_label(cell or {}, gap.by, LABEL) for cell in (gap.highest, gap.lowest)]
        put(
            made,
            (
                f"{known.label} by {w.by_label(gap.by)}: {ends[0]} against {ends[1]}",
                w.gap_in_unit(gap.value, known.unit),
                w.interval(gap.interval, known.unit, gap=True),
                w.p_value(gap.p_adjusted),
            ),
            "bold" if is_finding(gap) else "",
        )
    return made


def _dependence(audit: Audit) -> Grid:
    made = grid("measure", "value", "floor", "excess", "dCor²", "p")
    made.columns[0].max_width = 44
    report = audit.dependence
    rows = [(f"dCov² on {w.clean(each.attribute)}", each, each.dcor_sq) for each in report.dcov]
    if len(report.dcov) > 1:
        rows.append(("CCdCov² on all", report.ccdcov, report.ccdcov.dcor_sq))
    if report.conditional is not None:
        within = report.conditional.ccdcov
        rows.append(
            (f"{w.clean(report.conditional.parity)}, {w.count(report.conditional.strata)} strata", within, None)
        )
    for label, each, correlation in rows:
        numbers = (each.biased, each.floor, each.excess, correlation)
        put(made, (label, *map(w.number, numbers), w.p_value(each.p_value)))
    if len(report.dcov) > 1:
        joint = report.jdcov
        parts = (joint.biased, joint.floor, joint.excess)
        put(made, ("JdCov² on all", *map(w.number, parts), "", w.p_value(joint.p_value)))
        put(made, ("  of which interaction", w.number(joint.interaction), "", "", "", ""))
    whole = len(audit.protected)
    for divergence in audit.divergence:
        if divergence.of == audit.prediction.subject and len(divergence.by) in (1, whole):
            parts = (divergence.value, divergence.floor, divergence.excess)
            label = f"JSD (bits) by {'all' if len(divergence.by) > 1 else w.by_label(divergence.by)}"
            put(made, (label, *map(w.number, parts), "", w.p_value(divergence.p_value)))
    return made


def attribution(found: Attribution) -> Grid:
    """The largest gaps of single attributes, and the factors that carry them."""
    made = grid("group", "gap", "carried by")
    made.columns[2].justify, made.columns[2].no_wrap = "left", False
    gaps = [gap for gap in found.gaps if len(gap.by) == 1 and gap.gap is not None]
    for gap in factor_tables.largest_gaps(gaps)[:MOST_GAPS]:
        main = sorted(gap.contributions.items(), key=lambda item: (-abs(item[1]), item[0]))[:MOST_FACTORS]
        carried = ", ".join(f"{w.shorten(name, LABEL)} {w.number(value, signed=True)}" for name, value in main)
        label = f"{w.by_label(gap.by)}: {w.cell_label(gap.cell, gap.by, LABEL)}"
        put(made, (label, w.number(gap.gap, signed=True), carried))
    return made


def _performance(audit: Audit) -> str:
    values = audit.performance.test
    parts = [f"{w.metric(name).label} {w.in_unit(values[name], w.metric(name).unit)}" for name in w.in_order(values)]
    return " · ".join(parts)


def _consistency(found: Consistency, confidence: str) -> Iterator[RenderableType]:
    for place, table in enumerate((factor_tables.consistency(found, confidence), factor_tables.guided_factors(found))):
        if place:
            yield Text()
        made = grid(*(column.title for column in table.columns))
        for row in table.rows[:MOST_KNOWN]:
            put(made, (entry.text for entry in row))
        yield made
    if len(found.factors) > MOST_KNOWN:
        yield Text(f"and {len(found.factors) - MOST_KNOWN} more factors", style="dim")


def _more(audit: Audit) -> str:
    crossings = sum(1 for group in audit.groups if len(group.by) > 1)
    gaps = len(audit.disparities) - min(MOST_GAPS, len(worst_first(audit)))
    told = f"{crossings} intersectional groups and " if crossings else ""
    return f"{told}{gaps} more measures are in the full report: add --report audit.html (or .md, .json)."
