"""The published JSON Schemas are those of the code, and tell every field."""

from __future__ import annotations

import ast
import json
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

from fairaudit import results
from fairaudit.results.schemas import schema
from fairaudit.results.stored import KINDS


@pytest.mark.parametrize("name", KINDS)
def test_the_published_schema_is_the_schema_of_the_code(name):
    text = files("fairaudit.results").joinpath(f"{name}-1.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == schema(name)


@pytest.mark.parametrize("name", KINDS)
def test_every_field_of_the_schema_is_described(name):
    bare = [
        f"{struct}.{field}"
        for struct, definition in schema(name)["$defs"].items()
        for field, declared in definition.get("properties", {}).items()
        if not declared.get("description")
    ]
    assert bare == []


def test_no_two_types_of_one_result_share_a_name_so_that_each_field_has_its_own_words():
    declared = [
        node.name
        for path in sorted(Path(results.__file__).parent.glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert len(declared) == len(set(declared))


@pytest.mark.parametrize("name", KINDS)
def test_a_format_is_described_by_the_module_of_its_result(name):
    assert schema(name)["description"] == import_module(f"fairaudit.results.{name}").__doc__.strip()
    assert schema(name)["$id"] == f"urn:fairaudit:{name}:1"
