"""Results as JSON."""

from __future__ import annotations

import math

import msgspec

from fairaudit.results.values import Result
from fairaudit.text import json_text


def render(result: Result) -> str:
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
    """Plain values as JSON in the layout of all our files, which may be printed into the log of a build server."""
    return json_text(msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2).decode()) + "\n"


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
