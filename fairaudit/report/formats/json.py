"""A result as JSON."""

from __future__ import annotations

from fairaudit.report.opening import Reported
from fairaudit.results import json


def render(result: Reported) -> str:
    """The result as JSON: keys sorted, two spaces of indent, a newline at the end."""
    return json.render(result)
