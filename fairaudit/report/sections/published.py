"""The self-test: published numbers beside ours."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Line, Paragraph, grid, heads
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results.selftest import CheckedCase, SelfTest

DIGITS = (
    "Digits: significant digits that agree, −log₁₀ of the relative error (McCullough 1998,"
    " doi:10.1080/00031305.1998.10480587), at most as many as are published: all of them"
    " where ours rounds to what is published."
)


def content(result: SelfTest) -> Content:
    """How digits are counted, and a table for each chapter."""
    chapters = dict.fromkeys(case.chapter for case in result.cases)
    return Content(
        "Published numbers",
        (DIGITS,),
        tuple(table(result, chapter, number) for number, chapter in enumerate(chapters, 1)),
    )


def table(result: SelfTest, chapter: str, number: int = 0) -> Table:
    """The cases of one chapter."""
    notes, columns = (
        Footnotes(),
        (
            Column("case", numeric=False),
            Column("published"),
            Column("ours"),
            Column("digits", about="that agree"),
            Column("needed", about="digits that must agree"),
            Column("source", numeric=False),
        ),
    )
    rows = tuple(_row(notes, case) for case in result.cases if case.chapter == chapter)
    return Table(f"published-{number}", w.capital(chapter), columns, rows, tuple(notes.texts))


def _row(notes: Footnotes, case: CheckedCase) -> tuple[Entry, ...]:
    told = notes.entry("", True, case.why).note if case.why else 0
    return (
        Entry(case.name, note=told, strong=not case.agrees),
        Entry(case.published),
        Entry(w.DASH if case.ours is None else repr(case.ours)),
        Entry(f"{case.digits:.1f}", strong=not case.agrees),
        Entry(f"{case.needed:.1f}"),
        Entry(case.source),
    )


def lines(result: SelfTest) -> Iterator[Block]:
    """Every case with its digits, those that disagree in bold."""
    for chapter in dict.fromkeys(case.chapter for case in result.cases):
        yield Heading(w.capital(chapter))
        members = [case for case in result.cases if case.chapter == chapter]
        columns = heads("case", "published", "digits", "needed", "", width=36)
        yield grid(columns, (_line(case) for case in members))
        for source in dict.fromkeys(case.source for case in members if case.source):
            yield Paragraph(source, "dim")
        for why in dict.fromkeys(case.why for case in members if case.why and not case.agrees):
            yield Paragraph(w.clean(why), "yellow")


def _line(case: CheckedCase) -> Line:
    published = f"{float(case.published):.7g}" if len(case.published) > 12 else case.published
    fields = (case.name, published, f"{case.digits:.1f}", f"{case.needed:.1f}", "agrees" if case.agrees else "DIFFERS")
    return Line(fields, "" if case.agrees else "bold")


SECTIONS = (Section(SelfTest, 20, content, lines=lines),)
