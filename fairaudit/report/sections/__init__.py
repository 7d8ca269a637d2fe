"""The sections of reports: every module here is one, and a report has all those that are for its kind of result.

A module states `SECTIONS`, one `Section` for each kind of result that has it: its place, and functions from the result
to its words and tables, its pictures, its lines on a terminal and its findings. The name of the module is the section's
anchor on a page. So a new section is a new file; nothing else names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Generic, Literal, TypeVar

from fairaudit.report.drawing import Picture
from fairaudit.report.lines import Block
from fairaudit.report.table import Table

Reported = TypeVar("Reported")
"""Kind of result that a section is of."""


@dataclass(frozen=True)
class Content:
    """What a section says on a page, without markup."""

    title: str
    """Heading."""
    lead: tuple[str, ...] = ()
    """Paragraphs that say how to read it."""
    tables: tuple[Table, ...] = ()
    """Tables in order."""
    items: tuple[str, ...] = ()
    """A list after the paragraphs."""


@dataclass(frozen=True)
class Sentence:
    """A sentence that a busy reader needs first."""

    text: str
    """The sentence."""
    room: Literal["kept", "if there is room", "beyond the limit", "last"] = "kept"
    """Which sentences give way where there are more than a reader takes in. `beyond the limit` are not counted;
    `last` are cautions: they follow all others, and none is left out."""


def _nothing(_: Any) -> Iterable[Any]:
    return ()


@dataclass(frozen=True)
class Section(Generic[Reported]):
    """One section of the reports of one kind of result."""

    of: type[Reported]
    """Kind of result."""
    order: int
    """Place on a page; there are gaps between the numbers, so that others fit in between. Sections below 0 stand before
    the findings."""
    content: Callable[[Reported], Content | None]
    """Words and tables of the page; None: nothing to say of this result."""
    pictures: Callable[[Reported], Iterable[Picture]] = _nothing
    """Pictures between the words and the tables; Matplotlib is imported only when they are asked for."""
    lines: Callable[[Reported], Iterable[Block]] = _nothing
    """What a terminal shows."""
    findings: Callable[[Reported], Iterable[Sentence]] = _nothing
    """Its sentences among the findings of the whole report, which follow the order of the sections."""
    terminal_order: int | None = None
    """Place on a terminal; None: as on a page."""


def of_result(result: object) -> dict[str, Section[Any]]:
    """Name → section of this kind of result, in the order of a page."""
    matching = [(name, section) for name, section in _all() if isinstance(result, section.of)]
    return dict(sorted(matching, key=lambda item: item[1].order))


@cache
def _all() -> tuple[tuple[str, Section[Any]], ...]:
    names = [module.name for module in iter_modules(__path__)]
    return tuple((name, section) for name in names for section in import_module(f"{__name__}.{name}").SECTIONS)
