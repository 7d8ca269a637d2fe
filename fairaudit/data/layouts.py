"""How a text file is laid out: its header, separator and line ends, by its first megabyte.

DuckDB's own sniffer is switched off. It skips lines until a table appears (so a ragged file loses its first rows
without a word), renames repeated columns, and has changed from version to version.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fairaudit.errors import SourceError, listing

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_BYTES = 1 << 20
_SAMPLE_RECORDS = 200


@dataclass(frozen=True)
class Layout:
    """How one delimited file is laid out."""

    names: tuple[str, ...]
    """Column names, blanks around them removed; one without a name is called ``columnN`` by its place."""
    separator: str
    """Between the fields."""
    zipped: bool
    """Whether the bytes are gzip."""
    line_end: str = ""
    """How lines end, where the parser must be told because a name in the header has a line break of another kind; else
    empty."""


def layout(path: Path, name: str, *, tabs: bool = False) -> Layout:
    """Layout of the file at `path`, called `name` in messages, from its first megabyte.

    The separator is the one of ``, ; tab |`` under which every record has as many fields as the header, and
    the header most; `tabs` allows no other than the tab.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if zipped else path.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
    text = _decode(sample, name)
    if not text.strip():
        raise SourceError(f"'{name}' is empty; a header line and at least one row are needed")
    if not text.splitlines()[0].strip():
        raise SourceError(f"'{name}' starts with a blank line; the first line must hold the column names")
    separator = "\t" if tabs else _separator(text, len(sample) == _SAMPLE_BYTES)
    records = _records(text, separator, 1)
    if not records:
        raise SourceError(f"the first line of '{name}' is no list of column names; check its quotation marks")
    return Layout(_names(records[0], name), separator, zipped, _line_end(text, name))


def _line_end(text: str, name: str) -> str:
    """How lines end, if a cell of the header has a line break of another kind, which the parser would take for it."""
    quoted, place = False, 0
    for place, letter in enumerate(text):  # noqa: B007  # the place is where the header ends
        quoted ^= letter == '"'
        if not quoted and letter in "\r\n":
            break
    if text[place] not in "\r\n":  # a quotation mark inside a name, or no row: the parser says what is wrong
        return ""
    end = text[place : place + 2] if text[place : place + 2] == "\r\n" else text[place]
    if set(re.findall("\r\n|\r|\n", text[:place])) <= {end}:
        return ""
    if end == "\r\n":  # of which the parser cannot be told
        raise SourceError(
            f"a column name in '{name}' holds a line break of another kind than the ends of lines; write the name on"
            " one line"
        )
    return end


def _decode(sample: bytes, name: str) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"'{name}' is encoded in UTF-16; save it as UTF-8")
    if sample.startswith(b"PK\x03\x04"):
        raise SourceError(f"'{name}' is a zip archive or a spreadsheet, not text; export it as CSV")
    cut = sample
    if len(sample) == _SAMPLE_BYTES:  # the last character may be cut in two
        cut = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        text = cut.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" in sample:
            raise _binary(name) from None
        line = sample[: error.start].count(b"\n") + 1
        raise SourceError(f"'{name}' is not UTF-8 text (line {line}); save it with UTF-8 encoding") from None
    if "\x00" in text.partition("\n")[0]:
        raise _binary(name)
    return text


def _binary(name: str) -> SourceError:
    return SourceError(f"'{name}' holds binary data, not text; CSV, TSV or Parquet is needed")


def _records(text: str, separator: str, limit: int) -> list[list[str]]:
    """The first `limit` records, fewer where the text ends or its quotation marks break."""
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            if record:
                records.append(record)
            if len(records) == limit:
                break
    except csv.Error:
        pass
    return records


def _separator(text: str, truncated: bool) -> str:
    best, best_key = ",", (False, 1)
    for candidate in SEPARATORS:
        records = _records(text, candidate, _SAMPLE_RECORDS)
        if truncated and len(records) < _SAMPLE_RECORDS:
            records = records[:-1] or records
        width = len(records[0]) if records else 0
        # A separator at the end of each line is an empty field that DuckDB ignores.
        even = all(len(record) == width or record[width:] == [""] for record in records)
        key = (even and width > 1, width)
        if key > best_key:
            best, best_key = candidate, key
    return best


def _names(header: Sequence[str], name: str) -> tuple[str, ...]:
    cells = [cell.strip() for cell in header]
    if len(cells) > 1 and all(re.fullmatch(r"[+-]?[0-9.]+", cell) for cell in cells):
        raise SourceError(f"the first line of '{name}' holds only numbers ({listing(cells)}); a header line is needed")
    names = tuple(cell or f"column{place}" for place, cell in enumerate(cells, start=1))
    unique_names(names, name)
    return names


def unique_names(names: Sequence[str], name: str) -> None:
    """Refuse a table in which two columns share a name: a role could not tell them apart."""
    twice = sorted(column for column, places in Counter(names).items() if places > 1)
    if twice:
        columns = listing(f"'{column}'" for column in twice)
        raise SourceError(f"'{name}' has more than one column called {columns}; rename them")


def zero_byte(path: Path, name: str) -> SourceError:
    """The error of a text file that holds a zero byte, which programs take for the end of a value, or pass over."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if zipped else path.open("rb") as stream:
        line = next((number for number, text in enumerate(stream, start=1) if b"\0" in text), 0)
    return SourceError(f"'{name}' has a zero byte in line {line}, which no text has; correct it or write it again")
