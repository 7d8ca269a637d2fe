"""Results as JSON, and the published JSON Schemas of these formats."""

from __future__ import annotations

import ast
import inspect
import math
from typing import Any

import msgspec

from fairaudit import explanation, results
from fairaudit.explanation import Explanation
from fairaudit.results import Audit

SCHEMA_FILE = "audit-1.schema.json"
"""Name of the published schema of an audit, beside this module."""
EXPLANATION_FILE = "explanation-1.schema.json"
"""Name of that of an explanation."""


def render(result: Audit | Explanation) -> str:
    """The result as JSON: keys sorted, two spaces of indent, a newline at the end; `from_json` gives it back exactly.

    Raises:
        ValueError: a number is NaN or infinite. JSON has neither, and a null in its place would lack its reason, so
            this is a fault of the code that measured it.
    """
    built = msgspec.to_builtins(result)
    place = _not_finite(built, type(result).__name__.lower())
    if place:
        raise ValueError(f"{place} is not a finite number; what cannot be measured is None with a why")
    return dumps(built)


def dumps(value: object) -> str:
    """Plain values as JSON in the layout of all our files."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode() + "\n"


def schema(kind: type[Audit] | type[Explanation] = Audit) -> dict[str, Any]:
    """JSON Schema (2020-12) of a result, each field described by its docstring."""
    generated, home = msgspec.json.schema(kind), explanation if kind is Explanation else results
    described = _field_docstrings()
    for name, definition in generated["$defs"].items():
        for field, text in described.get(name, {}).items():
            declared = definition["properties"][field]
            # A bare reference may not have siblings in older drafts, and tools show the target's text instead.
            if "$ref" in declared:
                declared = {"allOf": [declared]}
            definition["properties"][field] = {**declared, "description": text}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{home.SCHEMA.replace('/', ':')}",
        "title": f"Result of an {kind.__name__.lower()} ({home.SCHEMA})",
        "description": (home.__doc__ or "").strip(),
        **generated,
    }


def _not_finite(value: object, place: str) -> str | None:
    """Where the first NaN or infinity is, or None."""
    if isinstance(value, float):
        return None if math.isfinite(value) else place
    children: list[tuple[str, object]] = []
    if isinstance(value, dict):
        children = [(f"{place}.{key}", child) for key, child in value.items()]
    elif isinstance(value, (list, tuple)):
        children = [(f"{place}[{index}]", child) for index, child in enumerate(value)]
    return next((found for name, child in children if (found := _not_finite(child, name))), None)


def _field_docstrings() -> dict[str, dict[str, str]]:
    """Class → field → the docstring under it, read from the source because Python does not keep them."""
    trees = [ast.parse(inspect.getsource(home)) for home in (results, explanation)]
    nodes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: _docstrings_of(node) for node in nodes}


def _docstrings_of(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for line, following in zip(node.body, node.body[1:], strict=False):
        is_field = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if is_field and is_text:
            found[line.target.id] = inspect.cleandoc(str(following.value.value))  # type: ignore[attr-defined]
    return found
