"""Knowledge of the factors: before and after, and the longest lists cut on a terminal."""

from __future__ import annotations

import msgspec
from example import binary, count

from fairaudit.report.lines import Paragraph, TextGrid
from fairaudit.report.sections import consistency
from fairaudit.results import CarryingRows


def test_a_sentence_says_where_the_knowledge_is_from_and_what_it_changed():
    (finding,) = consistency.findings(binary())
    assert finding.room == "beyond the limit"
    assert finding.text.startswith("Guided by ")
    assert " nats" in finding.text


def test_a_terminal_lists_the_first_factors_and_counts_the_others():
    audit = binary()
    (factor, *_) = audit.consistency.factors
    many = [msgspec.structs.replace(factor, factor=f"factor {place}") for place in range(consistency.MOST_KNOWN + 3)]
    known = msgspec.structs.replace(audit.consistency, factors=many)
    *_, grid, last = consistency.lines(msgspec.structs.replace(audit, consistency=known))
    assert isinstance(grid, TextGrid)
    assert len(grid.lines) == consistency.MOST_KNOWN
    assert last == Paragraph("and 3 more factors", "dim")


def test_a_factor_that_few_rows_carry_is_told_on_pages_and_terminals_and_among_the_findings():
    audit = binary()
    few = CarryingRows(factor="<b>|a", rows=2, of=1400, share=0.831)
    carried = msgspec.structs.replace(audit, consistency=msgspec.structs.replace(audit.consistency, carried=[few]))
    said = "2 rows of 1,400 carry 83.1% of the importance of <b>|a"
    assert said in consistency.content(carried).lead[-1]
    *_, last = consistency.lines(carried)
    assert said in last.text
    assert [said in finding.text for finding in consistency.findings(carried)] == [False, True]


def test_a_model_without_knowledge_has_no_such_section():
    assert consistency.content(count()) is None
    assert consistency.findings(count()) == list(consistency.lines(count())) == []
