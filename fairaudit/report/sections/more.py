"""What a terminal leaves out, and where it is: the last line there, and nothing on a page."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report.lines import Block, Paragraph
from fairaudit.report.sections import Section
from fairaudit.report.sections.disparities import MOST_GAPS, worst_first
from fairaudit.results import Audit
from fairaudit.results.explanation import Explanation


def _nothing(_: object) -> None:
    """A page leaves nothing out."""


def _of_audit(audit: Audit) -> Iterator[Block]:
    crossings = sum(1 for group in audit.groups if len(group.by) > 1)
    gaps = len(audit.disparities) - min(MOST_GAPS, len(worst_first(audit)))
    groups = f"{crossings} intersectional groups and " if crossings else ""
    yield Paragraph()
    yield Paragraph(
        f"{groups}{gaps} more measures are in the full report: add --report audit.html (or .md, .json).", "dim"
    )


def _of_explanation(_: Explanation) -> Iterator[Block]:
    yield Paragraph()
    yield Paragraph(
        "Pictures, groups and intervals are in the full report: add --report why.html (or .md, .json).", "dim"
    )


SECTIONS = (
    Section(Audit, 900, _nothing, lines=_of_audit),
    Section(Explanation, 900, _nothing, lines=_of_explanation),
)
