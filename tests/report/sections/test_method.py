"""Notes and cautions: who was left out, which groups are small, and a model that did not converge."""

from __future__ import annotations

import msgspec
from example import binary
from explained import example as explanation

from fairaudit.report.document import findings
from fairaudit.report.sections import method


def replaced(value, **changes):
    return msgspec.structs.replace(value, **changes)


def test_groups_too_small_and_rows_left_out_are_named():
    told = " ".join(findings(binary()))
    assert "too small to be compared (fewer than 25 rows): Asian" in told
    assert "Rows left out of 6,172: no value in two_year_recid (3)." in told


def test_a_model_that_did_not_converge_is_never_passed_over():
    audit = binary()
    told = findings(replaced(audit, model=replaced(audit.model, converged=False)))
    assert any(sentence.startswith("The optimiser did not converge") for sentence in told)


def test_cautions_are_never_left_out():
    assert {finding.room for finding in method.findings(binary())} == {"last"}


def test_every_note_is_on_the_page_and_on_the_terminal():
    for result in (binary(), explanation()):
        section = next(section for section in method.SECTIONS if isinstance(result, section.of))
        items = section.content(result).items
        _, listing = method.lines(result)
        assert result.notes
        for note in result.notes:
            assert note in items
            assert note in listing.sentences
