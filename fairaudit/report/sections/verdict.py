"""The verdict: the answers to what people ask first, before everything else on a page and last on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report.lines import Block, Heading, Paragraph
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results import Audit
from fairaudit.results.explanation import Explanation
from fairaudit.results.power import Power
from fairaudit.results.selftest import SelfTest
from fairaudit.results.verdict import ASKED, Conclusion

Concluded = Audit | Explanation | Power | SelfTest
"""Results that have reports, each of which concludes something."""
KINDS: dict[type, str] = {Audit: "audit", Explanation: "explanation", Power: "plan", SelfTest: "self-test"}
"""Kind of result → what it is called."""


def answered(verdict: Conclusion | None) -> list[tuple[str, str]]:
    """Each question as it is asked, and its answer; none of a result without a verdict."""
    return [] if verdict is None else [(ASKED[answer.question], answer.text) for answer in verdict.answers]


def content(result: Concluded) -> Content | None:
    """Question and answer, a line each."""
    if result.verdict is None:
        return None
    rows = tuple((Entry(asked, strong=True), Entry(text)) for asked, text in answered(result.verdict))
    columns = (Column("question", numeric=False), Column("answer", numeric=False))
    return Content("Verdict", tables=(Table("verdict", f"What this {KINDS[type(result)]} concludes", columns, rows),))


def lines(result: Concluded) -> Iterator[Block]:
    """The same for a terminal."""
    if result.verdict is None:
        return
    yield Heading("Verdict")
    for asked, text in answered(result.verdict):
        yield Paragraph(f"{asked} {text}")


SECTIONS = (
    Section(Audit, -10, content, lines=lines, terminal_order=1000),
    Section(Explanation, -10, content, lines=lines, terminal_order=1000),
    Section(Power, -10, content, lines=lines, terminal_order=1000),
    Section(SelfTest, -10, content, lines=lines, terminal_order=1000),
)
