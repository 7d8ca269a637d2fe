"""JSON: the published schema holds for what is written, and what is written comes back exactly."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import pytest
from example import binary, count, hostile

from fairaudit.errors import SourceError
from fairaudit.results import Audit, from_json, schemas
from fairaudit.results import json as report

AUDITS = pytest.mark.parametrize("audit", [binary(), count(), hostile()], ids=["binary", "count", "hostile"])


def replaced(audit: Audit, **changes: object) -> Audit:
    return msgspec.structs.replace(audit, **changes)


@pytest.fixture(scope="module")
def validator():
    schema = schemas.schema("audit")
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@AUDITS
def test_what_is_written_keeps_the_schema(audit, validator):
    validator.validate(json.loads(report.render(audit)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda built: built.pop("rows"),
        lambda built: built.update(schema="fairaudit/audit/2"),
        lambda built: built.update(task="guess"),
        lambda built: built["groups"][0].update(share=1.5),
        lambda built: built["disparities"][0].update(value="0.1"),
    ],
)
def test_the_schema_refuses_what_is_not_an_audit(damage, validator):
    built = json.loads(report.render(count()))
    damage(built)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(built)


@AUDITS
def test_an_audit_comes_back_exactly(audit):
    assert from_json(report.render(audit)) == audit
    assert report.render(from_json(report.render(audit))) == report.render(audit)


def test_unknown_keys_are_ignored_and_wrong_types_refused():
    built = json.loads(report.render(count()))
    assert from_json(json.dumps({**built, "added_later": 1})) == count()
    with pytest.raises(SourceError, match="rows"):
        from_json(json.dumps({**built, "rows": 3000}))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_has_not_is_refused_with_its_place(bad):
    audit = count()
    group = replaced(audit.groups[1], mean_prediction=bad)
    with pytest.raises(ValueError, match=r"audit\.groups\[1\]\.mean_prediction is not a finite number"):
        report.render(replaced(audit, groups=[audit.groups[0], group]))


@AUDITS
def test_keys_are_sorted_at_every_depth_and_the_text_ends_in_a_newline(audit):
    def unsorted(pairs):
        names = [name for name, _ in pairs]
        assert names == sorted(names)
        return dict(pairs)

    text = report.render(audit)
    json.loads(text, object_pairs_hook=unsorted)
    assert text.endswith("}\n")


def test_what_was_not_measured_is_null_with_its_reason():
    groups = json.loads(report.render(binary()))["groups"]
    small = next(group for group in groups if not group["adequate"])
    assert small["measures"]["tpr"]["value"] is None
    assert small["measures"]["tpr"]["why"] == "12 rows; 25 are needed"


def test_the_whole_file(golden):
    golden("count.json", report.render(count()))
    golden("binary.json", report.render(binary()))
