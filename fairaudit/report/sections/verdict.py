"""The verdict: the answers to what people ask first, before everything else on a page and last on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report.lines import Block, Heading, Paragraph
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results import Audit

ASKED = {
    "beware": "Beware:",
    "differ": "Do groups differ?",
    "who": "Who is worse off?",
    "how much": "By how much?",
    "how sure": "How sure is that?",
    "what carries it": "What carries it?",
    "within strata": "And within strata?",
    "what was gained": "What was gained?",
    "subgroups": "Which subgroups?",
    "left out": "Left out:",
    "could be found": "What would have been found?",
}
"""Question of a verdict → how it is asked."""


def content(audit: Audit) -> Content | None:
    """Question and answer, a line each."""
    if audit.verdict is None:
        return None
    rows = tuple((Entry(ASKED[answer.question], strong=True), Entry(answer.text)) for answer in audit.verdict.answers)
    columns = (Column("question", numeric=False), Column("answer", numeric=False))
    return Content("Verdict", tables=(Table("verdict", "What this audit concludes", columns, rows),))


def lines(audit: Audit) -> Iterator[Block]:
    """The same for a terminal."""
    if audit.verdict is None:
        return
    yield Heading("Verdict")
    for answer in audit.verdict.answers:
        yield Paragraph(f"{ASKED[answer.question]} {answer.text}")


SECTIONS = (Section(Audit, -10, content, lines=lines, terminal_order=1000),)
