"""Score tables on disk: the lines of a table, the roles of their columns, where they came from, and what was left out.

A file is Parquet. It has the columns with a part, as they stand in the source (numbers on the grid where they were put
there), and one column more with the number of rows of each line. All else is JSON under the key `KEY` of the schema's
metadata; docs/scale.md describes it. Lines are counts, so tables of different rows are added without any loss: what is
audited of the sum is what would be audited of all rows together.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from fairaudit.arrays import Ints
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.condensed import Condensed, Withheld, condensed
from fairaudit.data.origin import Origin
from fairaudit.data.roles import Roles
from fairaudit.data.values import is_moment, is_numeric
from fairaudit.errors import OptionError, SourceError, listing
from fairaudit.results import Source

FORMAT = "fairaudit/table/1"
KEY = b"fairaudit"
SUFFIX = ".parquet"
ROWS = "rows"


class _Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file says beside its lines."""

    format: str
    """Name and version of the format."""
    rows: str
    """The column with the number of rows of each line."""
    roles: dict[str, Any]
    """Roles that were said, as `Roles.from_words` reads them."""
    sources: list[Source]
    """Files whose rows are counted."""
    gridded: dict[str, int]
    """Columns on the grid, and the distinct numbers of the data in each; of several tables those of the largest."""
    withheld: dict[str, int] | None
    """Cells that were left out for the protection of people: their number, their rows, and the size below which."""
    notes: list[str]
    """What a careful reader must know of columns without a part."""


@dataclass(frozen=True, eq=False)
class StoredTable:
    """A score table that can be written, added to others, and audited."""

    lines: Condensed
    """The lines."""
    roles: Roles
    """Which column is what, unless an audit says otherwise."""
    sources: tuple[Source, ...]
    """Files whose rows are counted; a data frame has no fingerprint."""

    def to_bytes(self) -> bytes:
        """The table as a file; the same lines and roles are the same bytes."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        frame, counted = self.lines.frame.copy(), ROWS
        while counted in frame.columns:
            counted += "'"
        frame[counted] = self.lines.origin.rows
        card = _Card(
            format=FORMAT,
            rows=counted,
            roles=words_of(self.roles),
            sources=list(self.sources),
            gridded=dict(self.lines.gridded),
            withheld=None if self.lines.withheld is None else vars(self.lines.withheld),
            notes=list(self.lines.notes),
        )
        table = pa.Table.from_pandas(frame, preserve_index=False)
        held = {**(table.schema.metadata or {}), KEY: msgspec.json.encode(card, order="deterministic")}
        buffer = io.BytesIO()
        pq.write_table(table.replace_schema_metadata(held), buffer, compression="zstd")
        return buffer.getvalue()

    def source(self, name: str) -> Source:
        """The table as what is audited."""
        content = self.to_bytes()
        return Source(name=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def words_of(roles: Roles) -> dict[str, Any]:
    """The roles that were said, as `Roles.from_words` reads them."""
    said: dict[str, Any] = {}
    for each in fields(Roles):
        if each.name == "unread":
            continue
        value = getattr(roles, each.name)
        if each.name in ("protected", "search_over"):
            value = [attribute.text() for attribute in value]
        elif each.name == "reference":
            value = [f"{name}={level}" for name, level in value]
        elif each.name == "cleaning":
            value = value.words()
        elif isinstance(value, tuple):
            value = list(value)
        if value not in (None, [], {}):
            said[each.name] = value
    return said


def roles_of(words: dict[str, Any]) -> Roles:
    """The roles that words say."""
    said = dict(words)
    cleaning = Cleaning(**{name: _several(value) for name, value in said.pop("cleaning", {}).items()})
    return replace(Roles.from_words(said), cleaning=cleaning)


def _several(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def is_stored(path: str) -> bool:
    """Whether a file is a score table: by its bytes, not by its name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with Path(path).open("rb") as stream:
            if stream.read(4) != b"PAR1":
                return False
        return KEY in (pq.read_schema(path).metadata or {})
    except (OSError, pa.ArrowException):
        return False  # who reads it says what is wrong


def read_stored(path: str) -> StoredTable:
    """The score table in a file.

    Raises:
        SourceError: it is none, of a later format, or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise SourceError(f"'{path}' cannot be read as a score table: {reason}") from None
    content = (table.schema.metadata or {}).get(KEY)
    if content is None:
        raise SourceError(f"'{path}' is Parquet, but no score table; audit --save-table writes one")
    try:
        said = msgspec.json.decode(content)
        if isinstance(said, dict) and said.get("format") != FORMAT:
            raise SourceError(
                f"'{path}' is a score table of the format '{said.get('format')}', and this version reads {FORMAT};"
                " write it again, or use the version that wrote it"
            )
        card = msgspec.convert(said, _Card)
        roles = roles_of(card.roles)
        withheld = None if card.withheld is None else Withheld(**card.withheld)
        frame = table.to_pandas()  # by what pandas wrote into the file of its columns, which may be damaged, too
    except (msgspec.MsgspecError, TypeError, AttributeError, KeyError, ValueError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"'{path}' is a damaged score table: {error}; write it again") from None
    return StoredTable(_checked(frame, card, withheld, path), roles, tuple(card.sources))


def _checked(frame: pd.DataFrame, card: _Card, withheld: Withheld | None, path: str) -> Condensed:
    """The lines of a file, held against what it says of them."""
    from fairaudit.data.sources import plain

    counts = frame.pop(card.rows) if card.rows in frame.columns else None
    if counts is None or counts.isna().any() or not pd.api.types.is_integer_dtype(counts.dtype) or (counts < 1).any():
        raise SourceError(f"'{path}' is a damaged score table: its numbers of rows are no counts; write it again")
    if not len(frame) or not frame.shape[1]:
        raise SourceError(f"'{path}' is a damaged score table: it has no lines; write it again")
    origin = Origin(counts.to_numpy(dtype=np.int64))
    return Condensed(plain(frame), origin, tuple(map(str, frame.columns)), card.gridded, tuple(card.notes), withheld)


def merged(tables: Sequence[tuple[str, StoredTable]]) -> StoredTable:
    """The table of all rows of several tables.

    Args:
        tables: how messages call each, and the table.

    Raises:
        SourceError: they are of other roles or kinds of columns, or count rows of one file twice.
    """
    name, first = tables[0]
    seen: dict[str, str] = {}
    for other, table in tables:
        _refuse_other_roles(name, first, other, table)
        for source in table.sources:
            if source.sha256 is None:  # a data frame
                continue
            if source.sha256 in seen:
                raise SourceError(
                    f"'{seen[source.sha256]}' and '{other}' both count the rows of '{source.name}'; leave one out"
                )
            seen[source.sha256] = other
    columns = {
        column: _stacked(column, [(other, table.lines.frame[column]) for other, table in tables])
        for column in first.lines.frame.columns
    }
    counts = np.concatenate([table.lines.origin.rows for _, table in tables])
    gridded: dict[str, int] = {}
    for _, table in tables:
        gridded |= {column: max(count, gridded.get(column, 0)) for column, count in table.lines.gridded.items()}
    notes = tuple(
        f"{other}: {note}" if len(tables) > 1 else note for other, table in tables for note in table.lines.notes
    )
    withheld = [table.lines.withheld for _, table in tables if table.lines.withheld is not None]
    together = reduce(add, withheld) if withheld else None
    frame = pd.DataFrame(columns)
    lines = Condensed(frame, Origin(counts), tuple(frame.columns), gridded, notes, together)
    lines = condensed(lines, first.roles)
    return StoredTable(lines, first.roles, tuple(source for _, table in tables for source in table.sources))


def _refuse_other_roles(name: str, first: StoredTable, other: str, table: StoredTable) -> None:
    here, there = words_of(first.roles), words_of(table.roles)
    for role in sorted(here.keys() | there.keys()):
        if here.get(role) != there.get(role):
            raise SourceError(
                f"'{name}' and '{other}' were made with different roles: {role} is {_shown(here.get(role))} and"
                f" {_shown(there.get(role))}; make them with the same"
            )
    if set(first.lines.frame.columns) != set(table.lines.frame.columns):
        apart = sorted(set(first.lines.frame.columns) ^ set(table.lines.frame.columns))
        raise SourceError(f"'{name}' and '{other}' have different columns: {listing(apart)} is in one of them only")


def _shown(value: object) -> str:
    return "not said" if value is None else listing(map(str, value)) if isinstance(value, list) else f"'{value}'"


def _stacked(column: str, parts: Sequence[tuple[str, pd.Series]]) -> pd.Series:
    """One column of several tables; one without any value fits all kinds."""
    kinds = {name: _kind(part) for name, part in parts if part.notna().any()}
    for name, kind in kinds.items():
        known = next(iter(kinds))
        if kind != kinds[known]:
            raise SourceError(
                f"column '{column}' holds {kinds[known]} in '{known}' and {kind} in '{name}'; make them alike"
            )
    filled = [part for _, part in parts if part.notna().any()] or [part for _, part in parts]
    levels = {
        str(level) for part in filled if isinstance(part.dtype, pd.CategoricalDtype) for level in part.cat.categories
    }
    plain = [part.astype("str") if isinstance(part.dtype, pd.CategoricalDtype) else part for part in filled]
    model = plain[0]
    keeps = is_moment(model) or isinstance(model.dtype, pd.StringDtype)
    nothing = model.dtype if keeps else np.dtype(np.float64 if is_numeric(model) else object)
    empty = pd.Series([None] * max(len(part) for _, part in parts), dtype=nothing)
    of_each = iter(plain)
    held = [next(of_each) if any(part is each for each in filled) else empty.iloc[: len(part)] for _, part in parts]
    joined = pd.concat(held, ignore_index=True)
    present = set(joined.dropna().unique()) if levels else set()
    return pd.Series(pd.Categorical(joined, categories=sorted(levels | present))) if levels - present else joined


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column.dtype) or {*map(type, column.dropna())} <= {bool, np.bool_}:
        return "truth values"
    return "numbers" if is_numeric(column) else "dates" if is_moment(column) else "text"


def without_small_cells(table: StoredTable, below: int) -> StoredTable:
    """The table without the cells of few people, and without as many others as it takes that none of those can be told
    from the number of people left out.

    A cell is one joint value of the protected attributes as they stand in the data. Where one is below the size, more
    are left out, the smallest first, until they are two at least and hold so many people together.

    Args:
        table: with all cells.
        below: people that a cell needs to stay.

    Raises:
        OptionError: the size is below 2, or nothing would be left.
    """
    if below < 2:
        raise OptionError(f"cells below {below} people are all empty ones; write 2 or more")
    frame, rows = table.lines.frame, table.lines.origin.rows
    cell = _cells(frame, [attribute.name for attribute in table.roles.protected])
    people = rows if table.roles.count is None else rows * frame[table.roles.count].fillna(0).to_numpy(dtype=np.int64)
    size = np.bincount(cell, people)
    order = np.argsort(size, kind="stable")
    total = np.cumsum(size[order])
    small = int((size < below).sum())
    if not small:
        return table
    enough = np.flatnonzero((total >= below) & (np.arange(len(order)) >= max(small, 2) - 1))
    taken = int(enough[0]) + 1 if len(enough) else len(order)
    if taken >= len(order):
        raise OptionError(f"no cell would be left: of {len(size)} cells {small} have fewer than {below} people")
    stays = ~np.isin(cell, order[:taken])
    kept = table.lines.take(np.flatnonzero(stays))
    withheld = Withheld(cells=taken, people=int(people[~stays].sum()), below=below)
    before = table.lines.withheld
    return replace(table, lines=replace(kept, withheld=withheld if before is None else before + withheld))


def _cells(frame: pd.DataFrame, names: Sequence[str]) -> Ints:
    """Code of the joint value of some columns, shape (n,); missing values are a value."""
    code = np.zeros(len(frame), dtype=np.intp)
    for name in names:
        codes, values = pd.factorize(frame[name])
        code = pd.factorize(code * (len(values) + 1) + codes + 1)[0].astype(np.intp)
    return code
