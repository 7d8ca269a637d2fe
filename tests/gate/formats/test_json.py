"""JSON: comes back as the same check."""

import json

import jsonschema

from fairaudit.gate.formats import render
from fairaudit.results import from_json
from fairaudit.results.schemas import schema


def test_json_comes_back_as_the_same_check_and_is_valid_by_its_schema(hostile):
    text = render(hostile, "json")
    assert from_json(text) == hostile
    jsonschema.Draft202012Validator(schema("check")).validate(json.loads(text))
