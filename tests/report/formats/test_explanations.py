"""Explanations in every format: sound, within their width, and no name from the data is markup."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
from explained import example, hostile
from pictures import drawn
from rich.cells import cell_len

from fairaudit.errors import SourceError
from fairaudit.report import terminal, write
from fairaudit.report.formats import html, md
from fairaudit.results import from_json
from fairaudit.results.schemas import schema

MADE = pytest.mark.parametrize("make", [example, hostile])


@MADE
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_on_the_terminal_is_longer_than_its_width(make, width):
    text = terminal.render(make(), width=width)
    assert [line for line in text.splitlines() if cell_len(line) > width] == []
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) == []


def test_the_whole_terminal_output(golden):
    golden("explanation.txt", terminal.render(example()))


def test_the_whole_document(golden):
    golden("explanation.md", md.render(example()))


def test_names_from_the_data_are_text_in_every_format():
    page, document = html.render(hostile()), md.render(hostile())
    assert "<script" not in page
    assert "<b>|a" not in page
    assert "<script" not in document
    assert "\x1b" not in page + document
    borders = [line.replace("\\|", "").count("|") for line in document.splitlines() if line.startswith("|")]
    assert borders
    for line, following in zip(document.splitlines(), document.splitlines()[1:], strict=False):
        if line.startswith("|") and following.startswith("|"):
            assert line.replace("\\|", "").count("|") == following.replace("\\|", "").count("|")


def test_json_obeys_the_published_schema_and_comes_back(tmp_path):
    validator = jsonschema.Draft202012Validator(schema("explanation"))
    for made in (example(), hostile()):
        validator.validate(json.loads(made.to_json()))
        assert from_json(made.to_json()) == made
    write(example(), tmp_path / "why.json")
    assert from_json((tmp_path / "why.json").read_bytes()) == example()
    with pytest.raises(SourceError, match="no result that fairaudit wrote"):
        from_json("{}")


def test_pictures_come_in_the_order_of_the_page():
    assert [picture.key for picture in drawn(example())] == [
        "relations-chart", "importance-chart", "waterfall-chart-1", "attribution-chart-1"
    ]  # fmt: skip
