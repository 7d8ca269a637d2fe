"""Explanations in every format: sound, within their width, and no name from the data is markup."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import jsonschema
import msgspec
import pytest
from rich.cells import cell_len

from fairaudit.errors import SourceError
from fairaudit.report import charts, explained, html, markdown, terminal, write
from fairaudit.results import (
    Attribution,
    FactorGap,
    ImportanceDivergence,
    Manifest,
    ProtectedAttribute,
    Proxy,
    Rows,
    Source,
    from_json,
)
from fairaudit.results.explanation import Explanation, FactorRelation, ModelPair, PooledModel
from fairaudit.results.schemas import schema

HOSTILE = {
    "priors": "<script>alert(1)</script>|[red]*b*[/red]",
    "Female": "<b>|a",
    "sex": "[bold]sex\u202e",
    "degree": "two\nlines\x1b[31m of a name that goes on " + "and on " * 12,
}
IMPORTANCE = {"glm": [0.6, 0.25, 0.15], "boosting": [0.55, 0.2, 0.25], "network": [0.2, 0.5, 0.3]}
FACTORS = ["priors", "degree", "number"]
SVG = "{http://www.w3.org/2000/svg}"


def attribution(shares: dict[str, float]) -> Attribution:
    parts = {"priors": 0.3, "degree": -0.1, "number": 0.05}
    ends = {name: (value - 0.02, value + 0.02) for name, value in parts.items()}
    male = FactorGap(by=["sex"], cell={"sex": "Male"}, n=300, gap=0.25, interval=(0.2, 0.3), contributions=parts,
                     contribution_intervals=ends, importance=shares)  # fmt: skip
    female = FactorGap(by=["sex"], cell={"sex": "Female"}, n=12, gap=None, why="12 rows; 25 are needed")
    return Attribution(
        scale="log-odds",
        method="TreeSHAP",
        rows=312,
        of_rows=900,
        importance=shares,
        gaps=[male, female],
        divergence=[ImportanceDivergence(by=["sex"], value=None, why="fewer than two groups are large enough")],
    )


def model(name: str, included: bool = True) -> PooledModel:
    shares = dict(zip(FACTORS, IMPORTANCE[name], strict=True))
    return PooledModel(
        name=name, included=included, why=None if included else "its loss is 0.1 ± 0.01 above that of glm",
        loss=0.61, gain=9.5, worse=0.0 if included else 0.1, standard_error=0.0 if included else 0.01,
        importance=shares, intervals={factor: (max(share - 0.05, 0), share + 0.05) for factor, share in shares.items()},
        attribution=attribution(shares),
    )  # fmt: skip


def example() -> Explanation:
    relations = [
        FactorRelation(primary="priors", secondary="degree", direct=True, least=0.3),
        FactorRelation(primary="priors", secondary="number", direct=True, least=0.3),
    ]
    pair = ModelPair(models=["glm", "boosting"], agreed=2 / 3, contradicted=0.0, kendall=1 / 3, top_overlap=1.0,
                     jensen_shannon=0.011)  # fmt: skip
    return Explanation(
        task="binary",
        rows=Rows(read=905, used=900, dropped={"no value in y": 5}),
        source=Source(name="people.csv"),
        target="y",
        protected=[ProtectedAttribute(name="sex", kind="categorical", levels=["Female", "Male"],
                                      bands=["Female", "Male"], encoding="0 or 1", cells=2)],
        factors=FACTORS,
        folds=3,
        attributed=312,
        confidence=0.95,
        models=[model("glm"), model("boosting"), model("network", included=False)],
        relations=relations,
        levels=[["priors"], ["degree", "number"]],
        settled=2 / 3,
        pairs=[pair],
        top=3,
        proxies=[Proxy(factor="priors", attribute="sex", dcor_sq=0.04, p_value=1e-6),
                 Proxy(factor="degree", attribute="sex", dcor_sq=-0.001, p_value=0.9),
                 Proxy(factor="number", attribute="sex", dcor_sq=None, why="all values are equal")],
        notes=["The rows were cut into 3 folds."],
        manifest=Manifest(fairaudit="0.1.0", python="3.11.2", packages={}, arguments={"pool": ["glm"]}, seed=0),
    )  # fmt: skip


def hostile() -> Explanation:
    text = msgspec.json.encode(example()).decode()
    for name, bad in HOSTILE.items():
        text = text.replace(msgspec.json.encode(name).decode(), msgspec.json.encode(bad).decode())
    return msgspec.json.decode(text, type=Explanation)


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
    golden("explanation.md", markdown.render(example()))


def test_names_from_the_data_are_text_in_every_format():
    page, document = html.render(hostile()), markdown.render(hostile())
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
    pictures = charts.pictures(make())
    assert [picture.key for picture in pictures] == [
        "relations-chart", "importance-chart", "waterfall-chart-1", "attribution-chart-1"
    ]  # fmt: skip
    assert charts.pictures(make()) == pictures
    for picture in pictures:
        assert ElementTree.fromstring(picture.svg).find(f"{SVG}title").text == picture.title


def test_the_order_shows_every_factor_and_a_line_for_each_direct_relation():
    svg = ElementTree.fromstring(charts.pictures(example())[0].svg)
    assert {"".join(node.itertext()) for node in svg.iter(f"{SVG}text")} == set(FACTORS)
    lines = [node for node in svg.iter(f"{SVG}g") if re.fullmatch(r".*line2d_\d+", node.get("id", ""))]
    paths = [node for node in svg.iter(f"{SVG}path") if "stroke-opacity" in node.get("style", "")]
    assert max(len(lines), len(paths)) == 2


def test_findings_name_the_order_the_gap_the_proxy_and_who_has_no_say():
    told = " ".join(explained.findings(example()))
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
    told = explained.findings(msgspec.structs.replace(example(), pairs=[pair]))
    assert "glm and boosting contradict each other on 33.3% of the pairs." in told


def test_without_two_models_that_have_a_say_no_agreement_is_shown():
    assert "Agreement of the models" in markdown.render(example())
    assert "Agreement of the models" not in markdown.render(msgspec.structs.replace(example(), pairs=[]))


def test_json_obeys_the_published_schema_and_comes_back(tmp_path):
    validator = jsonschema.Draft202012Validator(schema("explanation"))
    for made in (example(), hostile()):
        validator.validate(json.loads(made.to_json()))
        assert from_json(made.to_json()) == made
    write(example(), tmp_path / "why.json")
    assert from_json((tmp_path / "why.json").read_bytes()) == example()
    with pytest.raises(SourceError, match="no result that fairaudit wrote"):
        from_json("{}")
