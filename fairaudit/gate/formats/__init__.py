"""Outputs of a check: each module here is one, under its name; it maps the frozen `Check` to one string.

The same check gives the same bytes. A new format is a new module with a function `render`: the command line, its help
and the tests find it here.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.results.check import Check, Finding

FORMATS = tuple(sorted(module.name for module in iter_modules(__path__)))
"""Names of the formats, listed without importing any."""


def render(check: Check, format: str) -> str:
    """The check in a format."""
    text: str = import_module(f"{__name__}.{format}").render(check)
    return text


def fingerprint(finding: Finding) -> str:
    """What tells that findings of two runs are the same: a hash of all but the numbers."""
    cell = sorted((finding.cell or {}).items())
    parts = (finding.rule, finding.data, finding.by, cell, finding.against, finding.level)
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
