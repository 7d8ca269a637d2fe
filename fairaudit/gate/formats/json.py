"""The check as JSON, and the JSON Schema of that format."""

from __future__ import annotations

from typing import Any

from fairaudit.gate.results import SCHEMA, Check
from fairaudit.report.json import finite
from fairaudit.schemas import described

SCHEMA_FILE = "check-1.schema.json"
"""Name of the published schema, beside `fairaudit.gate`."""


def render(check: Check) -> str:
    """The check as JSON: keys sorted, two spaces of indent, a newline at the end."""
    return finite(check, "check")


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the check."""
    return described(Check, ("fairaudit.gate.results", "fairaudit.results"), SCHEMA, f"Result of a check ({SCHEMA})")
