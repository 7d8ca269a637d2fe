"""The published JSON Schemas are those of the code, and tell every field."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from fairaudit.results.schemas import PUBLISHED, schema


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_schema_is_the_schema_of_the_code(name):
    text = files("fairaudit.results").joinpath(f"{name}-1.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == schema(name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_field_of_the_schema_is_described(name):
    bare = [
        f"{struct}.{field}"
        for struct, definition in schema(name)["$defs"].items()
        for field, declared in definition.get("properties", {}).items()
        if not declared.get("description")
    ]
    assert bare == []
