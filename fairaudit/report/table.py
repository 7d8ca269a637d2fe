"""Tables as values without markup: each format lays out the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fairaudit.report import wording as w

MAX_ROWS = 400
"""Rows of one table: a page of thousands is read by nobody, and the JSON has them all."""


@dataclass(frozen=True)
class Entry:
    """One field of a table."""

    text: str
    """What it says."""
    detail: str = ""
    """Smaller print beside it: an interval."""
    note: int = 0
    """Number of the footnote that says why there is no value, or what a value rests on; 0 for none."""
    strong: bool = False
    """A finding."""


@dataclass(frozen=True)
class Column:
    """Heading of one column."""

    title: str
    """Short words."""
    numeric: bool = True
    """Whether it is aligned to the right."""
    about: str = ""
    """One line that explains it."""


@dataclass(frozen=True)
class Table:
    """A table with its caption and footnotes; the first column names the row."""

    key: str
    """Identifier, unique within a report."""
    caption: str
    """What it shows."""
    columns: tuple[Column, ...]
    """Headings."""
    rows: tuple[tuple[Entry, ...], ...]
    """Fields, as many in each row as there are columns."""
    footnotes: tuple[str, ...] = ()
    """Why numbers are missing; entry `note` = 1 is the first."""
    fold: bool = False
    """Whether it is long, so that a format may fold it away."""


@dataclass
class Footnotes:
    """Numbers the reasons of a table, equal ones once."""

    texts: list[str] = field(default_factory=list)

    def entry(
        self,
        text: str,
        missing: bool,
        why: str | None,
        detail: str = "",
        strong: bool = False,
        remark: str | None = None,
    ) -> Entry:
        """A field, with the number of a remark if there is one; a missing value becomes a dash with that of its
        reason."""
        if not missing:
            return Entry(text, detail, strong=strong, note=self._number(remark) if remark else 0)
        return Entry(w.DASH, note=self._number(why or "not measured; no reason was recorded"))

    def _number(self, text: str) -> int:
        reason = w.clean(text)
        if reason not in self.texts:
            self.texts.append(reason)
        return self.texts.index(reason) + 1

    def known(self, text: str, value: object, why: str | None) -> Entry:
        """The text of a value, or why there is none."""
        return self.entry(text, value is None, why)


def cut(caption: str, rows: Sequence[tuple[Entry, ...]]) -> tuple[str, tuple[tuple[Entry, ...], ...]]:
    """The first rows, and a caption that says so where there are more."""
    if len(rows) > MAX_ROWS:
        caption += f" (the first {w.count(MAX_ROWS)} of {w.count(len(rows))}; the JSON report has all)"
    return caption, tuple(rows[:MAX_ROWS])
