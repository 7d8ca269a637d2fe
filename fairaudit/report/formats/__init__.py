"""Formats of report files: each module here is one, named as the suffix of its files; it maps a result to a string.

A new format is a new module with a function `render`: the command line, its help and the tests find it here.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.report.opening import Reported

SUFFIXES = tuple(sorted(f".{module.name}" for module in iter_modules(__path__)))
"""Suffixes of the files that can be written, listed without importing any format."""


def render(result: Reported, suffix: str) -> str:
    """The result in the format of a suffix."""
    text: str = import_module(f"{__name__}{suffix}").render(result)
    return text
