"""Explanations in every format: sound, within their width, and no name from the data is markup."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import jsonschema
import msgspec
import pytest
from example import drawn
from explained import FACTORS, example, hostile
from rich.cells import cell_len

from fairaudit.errors import SourceError
from fairaudit.report import terminal, write
from fairaudit.report.document import findings
from fairaudit.report.formats import html, md
from fairaudit.results import from_json
from fairaudit.results.schemas import schema

SVG = "{http://www.w3.org/2000/svg}"
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


@MADE
def test_each_picture_is_sound_and_the_same_every_time(make):
    pictures = drawn(make())
    assert [picture.key for picture in pictures] == [
        "relations-chart", "importance-chart", "waterfall-chart-1", "attribution-chart-1"
    ]  # fmt: skip
    assert drawn(make()) == pictures
    for picture in pictures:
        assert ElementTree.fromstring(picture.svg).find(f"{SVG}title").text == picture.title


def test_the_order_shows_every_factor_and_a_line_for_each_direct_relation():
    svg = ElementTree.fromstring(drawn(example())[0].svg)
    assert {"".join(node.itertext()) for node in svg.iter(f"{SVG}text")} == set(FACTORS)
    lines = [node for node in svg.iter(f"{SVG}g") if re.fullmatch(r".*line2d_\d+", node.get("id", ""))]
    paths = [node for node in svg.iter(f"{SVG}path") if "stroke-opacity" in node.get("style", "")]
    assert max(len(lines), len(paths)) == 2


def test_findings_name_the_order_the_gap_the_proxy_and_who_has_no_say():
    told = " ".join(findings(example()))
    for words in (
        "On 2 of 3 pairs of factors glm and boosting agree which of the two matters more",
        "the longest chain is priors > degree",
        "The largest gap in glm is that of Male (sex): +0.250 log-odds, to which priors adds +0.300",
        "priors about sex (dCor² 0.0400)",
        "Network has no say, as it predicts clearly worse",
    ):
        assert words in told


def test_models_that_contradict_each_other_are_named_first():
    pair = msgspec.structs.replace(example().pairs[0], contradicted=1 / 3)
    told = findings(msgspec.structs.replace(example(), pairs=[pair]))
    assert "glm and boosting contradict each other on 33.3% of the pairs." in told


def test_without_two_models_that_have_a_say_no_agreement_is_shown():
    assert "Agreement of the models" in md.render(example())
    assert "Agreement of the models" not in md.render(msgspec.structs.replace(example(), pairs=[]))


def test_json_obeys_the_published_schema_and_comes_back(tmp_path):
    validator = jsonschema.Draft202012Validator(schema("explanation"))
    for made in (example(), hostile()):
        validator.validate(json.loads(made.to_json()))
        assert from_json(made.to_json()) == made
    write(example(), tmp_path / "why.json")
    assert from_json((tmp_path / "why.json").read_bytes()) == example()
    with pytest.raises(SourceError, match="no result that fairaudit wrote"):
        from_json("{}")
