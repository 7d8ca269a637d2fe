"""The summary of a check: no name becomes markup."""

import every_finding
from markdown_it import MarkdownIt
from markup import Tags

from fairaudit.gate.formats import render


def test_no_name_becomes_markup_in_markdown(hostile):
    text = render(hostile, "markdown")
    page = MarkdownIt("commonmark").enable("table").render(text)
    seen = Tags()
    seen.feed(page)
    answers = hostile.verdict.answers
    assert seen.seen.count("tr") == 2 + len(answers) + len(hostile.findings)
    assert seen.seen.count("td") == 2 * len(answers) + 4 * len(hostile.findings)
    assert not {"a", "i", "b", "em", "code"} & set(seen.seen)


def test_the_verdict_stands_before_the_findings(hostile):
    text = render(hostile, "markdown")
    assert text.index("**Are the limits kept?**") < text.index("| | rule | what | finding |")


def test_the_whole_output(golden):
    golden("check.md", render(every_finding.check(), "markdown"))
