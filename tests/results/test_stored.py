"""What was written as JSON comes back by the schema that it names, and nothing else does."""

from __future__ import annotations

import json

import jsonschema
import pytest
from example import binary
from kinds import check, every_kind

from fairaudit.errors import SourceError
from fairaudit.results import Audit, Check, from_json
from fairaudit.results.schemas import schema
from fairaudit.results.stored import KINDS, from_file, schema_of

EVERY_KIND = pytest.mark.parametrize(("name", "result"), every_kind().items(), ids=every_kind())


def test_every_kind_is_tried_here():
    assert {name: type(result) for name, result in every_kind().items()} == KINDS


@EVERY_KIND
def test_a_result_keeps_its_published_schema_and_comes_back_as_its_kind(name, result):
    jsonschema.Draft202012Validator(schema(name)).validate(json.loads(result.to_json()))
    assert from_json(result.to_json()) == result
    assert from_json(result.to_json(), type(result)) == result


@EVERY_KIND
def test_the_name_of_the_format_is_the_name_of_the_kind(name, result):
    assert result.schema == schema_of(type(result)) == f"fairaudit/{name}/1"


def test_another_kind_than_the_one_needed_is_refused_by_its_name():
    with pytest.raises(SourceError, match=r"this is a check \(fairaudit/check/1\), and an audit .* is needed"):
        from_json(check().to_json(), Audit)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "the key 'schema' is missing"),
        ("[1]", "the key 'schema' is missing"),
        ('{"schema": "fairaudit/audit/2"}', "its schema is 'fairaudit/audit/2'; there are fairaudit/audit/1, "),
        ('{"schema": {"a": []}}', "its schema is"),
        ("no JSON", "malformed"),
        (b"\xff", "no result that fairaudit wrote"),
        ('{"a":' + "[" * 5000, "nested too deep"),
        (3, "no result that fairaudit wrote"),
    ],
)
def test_what_is_no_result_is_told_with_what_it_is(text, told):
    with pytest.raises(SourceError, match=told):
        from_json(text)


def test_a_damaged_result_is_told_with_the_place_of_the_damage():
    damaged = {**json.loads(check().to_json()), "status": 7}
    with pytest.raises(SourceError, match=r"this is a check .* that cannot be read: .*status"):
        from_json(json.dumps(damaged))


def test_a_file_is_named_in_what_is_wrong_with_it(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(check().to_json())
    assert from_file(str(path), Check) == check()
    with pytest.raises(SourceError, match=r"'.*run.json': this is a check"):
        from_file(str(path), Audit)
    for absent in (str(tmp_path / "none.json"), str(tmp_path), "nul\0.json"):
        with pytest.raises(SourceError, match="cannot be read"):
            from_file(absent)


def test_an_audit_of_an_early_version_keeps_its_coverage_and_smallest_group():
    early = json.loads(binary().to_json())
    for part in (early, early["plain"]):
        for name in ("measures", "confidence", "min_group"):
            del part[name]
        part["manifest"]["arguments"] |= {"confidence": 0.9, "min-group": 40}
        del part["manifest"]["arguments"]["min_group"]
    audit = from_json(json.dumps(early), Audit)
    assert [(each.confidence, each.min_group, each.measures) for each in (audit, audit.plain)] == [(0.9, 40, {})] * 2
    assert "90% intervals" in audit.to_markdown()


def test_a_check_of_an_early_version_keeps_its_coverage():
    early = json.loads(check().to_json())
    del early["confidence"], early["measures"]
    early["manifest"]["arguments"] = {"confidence": 0.8}
    assert from_json(json.dumps(early), Check).confidence == 0.8
