"""Formats of report files: each module here is one; it states the suffix of its files and maps a result to a string."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.report.opening import Reported


@cache
def by_suffix() -> dict[str, ModuleType]:
    """Suffix → module of the format, in order of the alphabet."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {module.SUFFIX: module for module in sorted(modules, key=lambda module: str(module.SUFFIX))}


def render(result: Reported, suffix: str) -> str:
    """The result in the format of a suffix."""
    text: str = by_suffix()[suffix].render(result)
    return text
