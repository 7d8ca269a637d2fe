"""The door from a result to its renderers opens for every kind of result."""

from __future__ import annotations

import pytest
from kinds import every_kind

from fairaudit.results import from_json
from fairaudit.results.rendered import Document

EVERY_KIND = pytest.mark.parametrize("result", every_kind().values(), ids=every_kind())
DOCUMENTS = [name for name, result in every_kind().items() if isinstance(result, Document)]


@EVERY_KIND
def test_every_result_can_be_read_on_a_terminal_and_as_json(result):
    assert str(result).endswith("\n")
    assert max(map(len, str(result).splitlines())) <= 100
    assert from_json(result.to_json()) == result


def test_all_but_comparisons_and_verifications_are_documents():
    assert DOCUMENTS == ["audit", "explanation", "check", "power", "selftest"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_a_page_and_markdown_too(name):
    result = every_kind()[name]
    assert result.to_html() == result._repr_html_()
    assert result.to_html().startswith("<!doctype html>")
    assert result.to_markdown().startswith("#")
