"""The check as JSON."""

from __future__ import annotations

from fairaudit.results import json
from fairaudit.results.check import Check


def render(check: Check) -> str:
    """The check as JSON: keys sorted, two spaces of indent, a newline at the end."""
    return json.render(check)
