"""What a section shows on a terminal, as values: headings, paragraphs, lists and narrow tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

LABEL = 30
"""Characters of a name in a narrow table."""

Style = Literal["", "bold", "dim", "green", "yellow"]


@dataclass(frozen=True)
class Heading:
    """A line in bold after an empty one."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """Text that is wrapped; an empty one is an empty line."""

    text: str = ""
    style: Style = ""


@dataclass(frozen=True)
class Listing:
    """Sentences behind numbers, or behind dots."""

    sentences: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Head:
    """Heading of a column."""

    title: str
    text: bool = False
    """Whether its fields are texts, aligned to the left and wrapped; else numbers, which are never wrapped."""
    width: int | None = None
    """Most characters; None: as many as there is room for."""


@dataclass(frozen=True)
class Line:
    """One row of a narrow table."""

    fields: tuple[str, ...]
    style: Style = ""


@dataclass(frozen=True)
class TextGrid:
    """A narrow table without rules."""

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]


Block = Heading | Paragraph | Listing | TextGrid


def heads(first: str, *numbers: str, width: int = LABEL) -> tuple[Head, ...]:
    """Headings of a column of names, of at most `width` characters, and of columns of numbers."""
    return (Head(first, text=True, width=width), *map(Head, numbers))


def grid(columns: Iterable[Head], lines: Iterable[Line | tuple[str, ...]]) -> TextGrid:
    """A narrow table; a tuple stands for a line without style."""
    return TextGrid(tuple(columns), tuple(line if isinstance(line, Line) else Line(line) for line in lines))
