"""Notes and method: what a careful reader must know about how the numbers were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Listing
from fairaudit.report.opening import model_line
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results import Audit
from fairaudit.results.explanation import Explanation

TITLE = "Notes and method"


def _of_audit(audit: Audit) -> Content:
    items = [w.clean(note) for note in audit.notes]
    if audit.model:
        items.append(f"Model: {model_line(audit)}.")
    items += _dropped(audit.rows.dropped)
    if not audit.prediction.exact:
        bound = w.number(audit.prediction.error_bound)
        items.append(f"Values were rounded to a fixed grid; none changed by more than {bound} of its size.")
    items += [
        f"Groups with fewer than {w.count(audit.min_group)} rows are shown but not compared.",
        f"Intervals are at {w.confidence(audit)}. That of a group holds for one number at a time; that of a difference "
        "or ratio holds for the largest or smallest of all pairs of groups at once.",
        "p-values are the chance of a result at least as large if the groups did not differ. Adjusted ones are "
        "corrected for the number of hypotheses, each counted once however many measures tell of it.",
    ]
    return Content(TITLE, (), (table(audit),), tuple(items))


def _of_explanation(explanation: Explanation) -> Content:
    items = [w.clean(note) for note in explanation.notes]
    items += _dropped(explanation.rows.dropped)
    items += [
        "Margins add the bootstrap variance over rows to the jackknife variance between the folds' models.",
        "That models agree on a factor's importance does not make the factor a cause, nor its use fair.",
    ]
    return Content(TITLE, (), (table(explanation),), tuple(items))


def _dropped(dropped: Mapping[str, int]) -> list[str]:
    return [f"{w.count(n)} rows were left out: {w.clean(reason)}." for reason, n in sorted(dropped.items())]


def table(result: Audit | Explanation) -> Table:
    """The protected attributes as they were read."""
    columns = (
        Column("attribute", numeric=False),
        Column("kind", numeric=False),
        Column("values", numeric=False),
        Column("groups", numeric=False, about="the groups in which rates are read"),
        Column("missing"),
        Column("distance between two values", numeric=False),
    )
    rows = []
    for p in result.protected:
        values = f"{len(p.levels)} levels" if p.levels is not None else "—"
        if p.range is not None:
            values = f"{p.range[0]:g} to {p.range[1]:g}"
        bands = ", ".join(w.shorten(band, 60) for band in p.bands[:12])
        bands += f" and {len(p.bands) - 12} more" if len(p.bands) > 12 else ""
        row = (w.clean(p.name), p.kind, values, bands, w.count(p.missing), w.clean(p.encoding))
        rows.append(tuple(map(Entry, row)))
    return Table("protected", "Protected attributes as they were read", columns, tuple(rows))


def lines(result: Audit | Explanation) -> Iterator[Block]:
    """The notes."""
    if result.notes:
        yield Heading("Notes")
        yield Listing(tuple(w.clean(note) for note in result.notes))


def findings(audit: Audit) -> list[Sentence]:
    """Cautions: a model that did not converge, groups too small to be compared, rows that were left out."""
    cautions = (*_not_converged(audit), *_small_groups(audit), *_left_out(audit))
    return [Sentence(text, "last") for text in cautions]


def _not_converged(audit: Audit) -> list[str]:
    if audit.model is None or audit.model.converged:
        return []
    return [
        "The optimiser did not converge: the model is not the best one for its penalty, and may change when refitted."
    ]


def _small_groups(audit: Audit) -> list[str]:
    small = [group for group in audit.groups if not group.adequate]
    if not small:
        return []
    names = _some(w.cell_label(group.cell, group.by, 30) for group in small)
    plural = "1 group is" if len(small) == 1 else f"{w.count(len(small))} groups are"
    unweighted = ", or all weights 0" if any(group.share <= 0 for group in small) else ""
    return [f"{plural} too small to be compared (fewer than {w.count(audit.min_group)} rows{unweighted}): {names}."]


def _some(names: Iterable[str], limit: int = 4) -> str:
    listed = list(names)
    if len(listed) <= limit:
        return w.sentence_list(listed)
    return ", ".join(listed[:limit]) + f" and {w.count(len(listed) - limit)} more"


def _left_out(audit: Audit) -> list[str]:
    if not audit.rows.dropped:
        return []
    reasons = _some(f"{w.clean(reason)} ({w.count(n)})" for reason, n in sorted(audit.rows.dropped.items()))
    return [f"Rows left out of {w.count(audit.rows.read)}: {reasons}."]


SECTIONS = (
    Section(Audit, 110, _of_audit, lines=lines, findings=findings),
    Section(Explanation, 110, _of_explanation, lines=lines),
)
