"""The tables of a configuration, and the schema from which editors complete them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from made import HEAD, LIMIT

from fairaudit.errors import OptionError
from fairaudit.gate.tables import Measuring, named, schema
from fairaudit.options import Options

KEPT = LIMIT + "max = 0.9\n"


def test_the_schema_takes_both_names_and_marks_the_old_one():
    built = schema()
    validator = jsonschema.Draft202012Validator(built)
    for key in ("decided-by", "rule"):
        validator.validate(tomllib.loads(HEAD + KEPT + f'{key} = "point"\n'))
    properties = built["$defs"]["Limit"]["properties"]
    assert properties["rule"]["deprecated"] is True
    assert json.dumps(built).count('"deprecated"') == 1


def test_the_schema_accepts_what_the_check_accepts(run):
    status, printed = run("config", "schema")
    assert status == 0
    validator = jsonschema.Draft202012Validator(json.loads(printed))
    run("init", "compas")
    validator.validate(tomllib.loads(Path("fairaudit.toml").read_text()))
    assert not validator.is_valid(tomllib.loads(HEAD + LIMIT + "maxx = 1\n"))
    assert validator.is_valid(tomllib.loads(HEAD + KEPT + "[fit]\nridge = 1.0\n"))
    assert not validator.is_valid(tomllib.loads(HEAD + KEPT + "[fit]\nridg = 1.0\n"))


def test_every_key_of_the_schema_is_described():
    bare = [
        f"{table}.{key}"
        for table, definition in schema()["$defs"].items()
        for key, declared in definition.get("properties", {}).items()
        if not declared.get("description")
    ]
    assert bare == []


def test_what_is_not_said_is_measured_as_an_audit_measures_it():
    assert Measuring().checked() == Options()


def test_a_value_that_an_audit_refuses_is_refused_here_too():
    with pytest.raises(OptionError, match="confidence is 2"):
        Measuring(confidence=2.0).checked()


@pytest.mark.parametrize(("given", "names"), [(None, []), ("a", ["a"]), (["a", "b"], ["a", "b"]), ([], [])])
def test_one_name_several_or_none_are_a_list(given, names):
    assert named(given) == names
