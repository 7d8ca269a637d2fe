"""Markdown: whole documents, tables that stay tables, and names that stay text."""

from __future__ import annotations

import re

import pytest
from example import HOSTILE, binary, count, hostile

from fairaudit.report.formats import md
from fairaudit.report.table import Column, Entry, Table


def tables_of(text: str) -> list[list[str]]:
    """The tables of a document as lists of lines."""
    return [block.split("\n") for block in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE)]


def borders(line: str) -> int:
    """Pipes that are borders: those behind an even number of backslashes."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


@pytest.mark.parametrize("make", [binary, count], ids=["binary", "count"])
def test_the_whole_document(make, golden):
    golden(f"{make.__name__}.md", md.render(make()))


@pytest.mark.parametrize("make", [binary, count, hostile], ids=["binary", "count", "hostile"])
def test_every_row_of_a_table_has_the_same_number_of_borders(make):
    found = tables_of(md.render(make()))
    assert len(found) > 5
    for lines in found:
        assert len({borders(line) for line in lines if line}) == 1, lines[0]


def test_the_same_audit_gives_the_same_text_and_ends_in_one_newline():
    text = md.render(hostile())
    assert md.render(hostile()) == text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\n\n\n" not in text


def test_hostile_names_are_text():
    text = md.render(hostile())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"&lt;b&gt;\|a" in text
    assert r"\$x\_1\$ \[red\]\`rm\`\[/red\]" in text
    assert "two⏎lines␛\\[31m and �reversed" in text
    assert r"\# a very long name of a group" in text
    assert r"\[bold\]sex" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not re.search(r"<[a-z/]", text)


def test_only_the_documents_own_headings_are_headings():
    def headings(text):
        return [re.sub(r"[^#]", "", line.split(" ")[0]) for line in text.splitlines() if line.startswith("#")]

    assert headings(md.render(hostile())) == headings(md.render(binary()))
    assert not any(line.startswith(f"# {HOSTILE['Caucasian'][2:9]}") for line in md.render(hostile()).splitlines())


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain", "plain"),
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("*a* _b_ ~c~ `d`", r"\*a\* \_b\_ \~c\~ \`d\`"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("$x$", r"\$x\$"),
        ("# h", r"\# h"),
        ("- a", r"\- a"),
        ("+ a", r"\+ a"),
        ("+0.25", "+0.25"),
        ("1. a", r"1\. a"),
        ("2) a", r"2\) a"),
        ("1.5", "1.5"),
        ("===", r"\==="),
        ("![i](u)", r"\!\[i\](u)"),
        ("two\nlines\r\nthree", "two lines three"),
        ("@team http://a.b www.c.d", "&#64;team http&#58;//a.b www&#46;c.d"),
        (7, "7"),
    ],
)
def test_what_is_markup_elsewhere_is_text_here(text, escaped):
    assert md.escape(text) == escaped


def test_a_table_with_everything_in_it():
    table = Table(
        "k",
        "caption",
        (Column("group", numeric=False), Column("value")),
        ((Entry("a|b"), Entry("1.0", "0 to 2", strong=True)), (Entry("c"), Entry("—", note=1))),
        ("too few",),
    )
    assert md.table(table) == (
        "| group | value |\n|:---|---:|\n| a\\|b | **1.0** (0 to 2) |\n| c | — \\[1\\] |\n\n\\[1\\] too few"
    )
