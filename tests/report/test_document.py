"""What a report is made of: few findings in the order of the sections, and sections before or after them."""

from __future__ import annotations

import re

import pytest
from example import binary, count, hostile

from fairaudit.report import sections, terminal
from fairaudit.report.document import LIMIT, chosen, document, findings
from fairaudit.report.formats import html, md
from fairaudit.report.sections import Sentence

VERDICT = '''"""A section that stands before the findings on a page, and last on a terminal."""
from fairaudit.report.lines import Heading
from fairaudit.report.sections import Content, Section
from fairaudit.results import Audit
SECTIONS = (
    Section(Audit, -1, lambda _: Content("The verdict", ("All in one sentence.",), items=("Yes.",)),
            lines=lambda _: [Heading("The verdict")], terminal_order=9999),
)
'''


def test_the_sentences_of_the_example(golden):
    golden("findings.txt", "\n".join(findings(binary())) + "\n")


@pytest.mark.parametrize("make", [binary, count, hostile])
def test_there_are_a_few_sentences_of_one_line_each(make):
    audit = make()
    told = findings(audit)
    assert 1 <= len(told) <= LIMIT + (audit.consistency is not None)
    assert all(len(sentence.splitlines()) == 1 for sentence in told)
    assert "None" not in " ".join(told)
    assert "nan" not in " ".join(told).split()


def test_sentences_give_way_in_the_stated_order():
    kept = [Sentence(f"kept {place}") for place in range(3)]
    optional = [Sentence(f"optional {place}", "if there is room") for place in range(6)]
    last, beside = [Sentence("caution", "last")], [Sentence("beside", "beyond the limit")]
    told = chosen([*last, *kept[:1], *beside, *optional, *kept[1:]])
    assert len(told) == LIMIT + 1
    assert told == ["kept 0", "beside", "optional 0", "optional 1", "optional 2", "kept 1", "kept 2", "caution"]


def test_one_sentence_that_may_give_way_stays_and_no_caution_is_left_out():
    cautions = [Sentence(f"caution {place}", "last") for place in range(3)]
    kept = [Sentence(f"kept {place}") for place in range(6)]
    told = chosen([Sentence("optional", "if there is room"), *kept, *cautions])
    assert told[0] == "optional"
    assert told[-3:] == ["caution 0", "caution 1", "caution 2"]
    assert len(told) == LIMIT


@pytest.fixture
def with_verdict(tmp_path, monkeypatch):
    """One more file in the package of sections, and nothing else."""
    (tmp_path / "verdict_of_a_test.py").write_text(VERDICT)
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(tmp_path)])
    sections._all.cache_clear()
    yield
    sections._all.cache_clear()


def test_a_new_file_is_a_new_section_in_every_format(with_verdict, monkeypatch):
    monkeypatch.setattr(html, "pictures", lambda _: {})
    page, text, shown = html.render(binary()), md.render(binary()), terminal.render(binary())
    assert list(document(binary()).first)[-1] == "verdict_of_a_test"
    assert page.index('id="verdict_of_a_test-section"') < page.index('<section class="findings"')
    assert page.index('href="#verdict_of_a_test-section"') < page.index('<a href="#findings">Findings')
    assert text.index("## The verdict") < text.index("## Findings")
    assert re.search(r"## The verdict\n\nAll in one sentence\.\n\n- Yes\.\n\n## ", text)
    assert "\n\n\n" not in text
    assert shown.rstrip().endswith("The verdict")


def test_without_that_file_there_is_no_such_section():
    assert "verdict_of_a_test" not in document(binary()).first
