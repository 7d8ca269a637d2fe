"""What the difference of the verdict goes along with: its parts, by a surrogate of the other columns."""

from __future__ import annotations

from fairaudit.report import wording as w
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Table, cut
from fairaudit.results import Audit
from fairaudit.results.models import Surrogate

METHODS = {"classes": "least squares on columns in at most ten classes each", "splines": "a GLM with splines"}
"""How a surrogate is made, in words."""


def content(audit: Audit) -> Content | None:
    """How to read the parts, and their table; nothing where none are told."""
    surrogate = audit.surrogate
    if surrogate is None or surrogate.remainder is None:
        return None
    lead = (
        f"The gap is taken apart by a surrogate, not by the model that made it: a sum over the other columns"
        f" ({METHODS[surrogate.method]}), with a level of its own for each group. It explains"
        f" {w.percent(surrogate.explained)} of the variance within groups. The part of a column is what it is worth"
        " there times how the two groups differ in it: what goes along with the gap, not a cause.",
    )
    return Content("What the gap goes along with", lead, (_table(audit, surrogate, surrogate.remainder),))


def _table(audit: Audit, surrogate: Surrogate, remainder: float) -> Table:
    words, by = w.words(audit, surrogate.measure), list(surrogate.group)
    ends = [w.cell_label(cell, by, 60) for cell in (surrogate.group, surrogate.against)]
    parts = sorted(surrogate.contributions.items(), key=lambda part: (-abs(part[1]), part[0]))
    named = [*((w.clean(name), part) for name, part in parts), ("none of them", remainder)]
    rows = [(Entry(name), Entry(_signed(part, words.unit)), Entry(_share(part, surrogate.gap))) for name, part in named]
    whole = (Entry("the gap", strong=True), Entry(_signed(surrogate.gap, words.unit), strong=True), Entry(""))
    caption, shown = cut(f"{w.capital(words.label)}: {ends[0]} against {ends[1]}", [*rows, whole])
    columns = (Column("column", numeric=False), Column("part"), Column("of the gap"))
    return Table("surrogate", caption, columns, shown)


def _signed(part: float, unit: str) -> str:
    shares = unit in ("rate", "points")
    return w.points(part, signed=True) if shares else w.number(part, signed=True)


def _share(part: float, gap: float) -> str:
    return w.percent(part / gap, signed=True) if gap else w.DASH


SECTIONS = (Section(Audit, 88, content),)
