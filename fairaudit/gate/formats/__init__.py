"""Outputs of a check: each maps the frozen `Check` to one string, the same bytes for the same check."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.results.check import Check

FORMATS = ("text", "json", "junit", "sarif", "github", "markdown", "html")
"""Names of the formats; each is a module of that name."""


def render(check: Check, format: str) -> str:
    """The check in a format."""
    text: str = import_module(f"fairaudit.gate.formats.{format}").render(check)
    return text
