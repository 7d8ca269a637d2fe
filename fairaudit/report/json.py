"""Results as JSON, and the published JSON Schemas of these formats."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from fairaudit import explanation, results
from fairaudit.explanation import Explanation
from fairaudit.results import Audit, Result
from fairaudit.schemas import described

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
    return finite(result, type(result).__name__.lower())


def finite(result: Result, name: str) -> str:
    """A result as JSON, its numbers checked; see `render`."""
    built = msgspec.to_builtins(result)
    place = _not_finite(built, name)
    if place:
        raise ValueError(f"{place} is not a finite number; what cannot be measured is None with a why")
    return dumps(built)


def dumps(value: object) -> str:
    """Plain values as JSON in the layout of all our files."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode() + "\n"


def schema(kind: type[Audit] | type[Explanation] = Audit) -> dict[str, Any]:
    """JSON Schema (2020-12) of a result, each field described by its docstring."""
    home = explanation if kind is Explanation else results
    return described(
        kind, (home.__name__, results.__name__), home.SCHEMA, f"Result of an {kind.__name__.lower()} ({home.SCHEMA})"
    )


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
