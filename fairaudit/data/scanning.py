"""Files that stay where they are: grouped by DuckDB in a stream and out of core; only columns with a part are read."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from fairaudit import memory
from fairaudit.data.cleaning import tokens
from fairaudit.data.delimited import NULLS, cleaned, explain, fields_of, types_of_text
from fairaudit.data.fingerprint import check_bytes
from fairaudit.data.layouts import layout, zero_byte
from fairaudit.data.parquet import (
    all_parquet,
    parquet_names,
    parquet_table,
    parquet_terms,
    unreadable_parquet,
    with_declared,
)
from fairaudit.data.remote import shown
from fairaudit.data.sources import (
    MARKS,
    OFFLINE,
    File,
    closed_after,
    escaped,
    files_of,
    load,
    partitioned,
    plain,
    readable,
    same_columns,
    same_layout,
    spooled,
    too_large,
)
from fairaudit.engines import FIRST, Engine, Known
from fairaudit.engines.duckdb import PREFIX, ROWS, Relation, interruptible
from fairaudit.errors import SourceError, listing
from fairaudit.results import Source

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from fairaudit.arrays import Ints

MEMORY = 2**29
"""Bytes that DuckDB keeps in memory where no limit was said; what is more lies on disk for the time."""


@dataclass(frozen=True, eq=False)
class Scanned:
    """A table in files, and where it came from."""

    engine: Engine
    """What answers questions of it."""
    origin: Callable[[], Source]
    """Name, SHA-256 and size of what is read; waits until all bytes were looked at, and refuses damaged ones."""
    rows: Callable[[], pd.DataFrame]
    """All rows with all columns, read into memory."""
    rows_at: Callable[[Ints], pd.DataFrame]
    """The rows at some positions, in their order, with all columns."""


@contextmanager
def scanned(
    source: str, *, stdin: BinaryIO | None = None, na: str | None = None, threads: int | None = None
) -> Iterator[Scanned]:
    """The table at `source`, as `sources.read` reads it, without reading all of it.

    Args:
        source: what `sources.read` takes.
        stdin: the stream that ``-`` reads; None: that of the process.
        na: fields of a text file that mean a missing value; see `sources.read`.
        threads: threads of DuckDB; None: as many as there are processors.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fairaudit-"))
        files = files_of(source, stdin)
        if isinstance(files, tuple):
            stream, name = files
            with readable(name), closed_after(stream, source):
                files = [spooled(stream, name, folder)]
            source = shown(source)
        checks = stack.enter_context(ThreadPoolExecutor(1)).submit(checked, files, source)
        try:
            with _connected(folder, threads) as connection:
                parquet = all_parquet(files, source)
                engine = _of_parquet(connection, files) if parquet else _of_text(connection, files, na)
                with _explained(files, parquet):
                    if not connection.execute(f"SELECT 1 FROM {engine.view} LIMIT 1").fetchone():
                        raise SourceError(f"'{source}' has a header but no rows: {listing(engine.names)}")
                    yield Scanned(engine, checks.result, lambda: load(files, source, na).frame, engine.rows_at)
        except Exception:
            checks.result()  # what is wrong with the bytes says more than what came of it
            raise


def checked(files: Sequence[File], source: str) -> Source:
    """The fingerprint of files whose bytes are whole."""
    digest, total = hashlib.sha256(), 0
    for file in files:
        with readable(file.name):
            size, holds_zero = check_bytes(file.path, file.name, file.suffix.endswith(".gz"), digest)
        total += size
        if holds_zero and not _starts_as_parquet(file):
            raise zero_byte(file.path, file.name)
    return Source(name=source, sha256=digest.hexdigest(), bytes=total)


def _starts_as_parquet(file: File) -> bool:
    with file.path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


@contextmanager
def _connected(folder: str, threads: int | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB within the memory that it may take, without a network."""
    import pandas  # noqa: F401, I001  # DuckDB would import it within a query, and an interrupt fail the query
    import duckdb

    said = memory.limit()
    settings = OFFLINE | {
        "memory_limit": f"{MEMORY if said is None else max(said // 2, memory.SMALLEST)}B",
        "temp_directory": folder,
        **({} if threads is None else {"threads": threads}),
    }
    with interruptible(), duckdb.connect(config=settings) as connection:
        connection.execute("SET enable_progress_bar = false")  # it is drawn on standard output
        yield connection


@contextmanager
def _explained(files: Sequence[File], parquet: bool) -> Iterator[None]:
    """Turn what DuckDB says of a file into a message."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise too_large(error) from None
    except duckdb.Error as error:
        culprit = next((file.name for file in files if str(file.path) in str(error)), files[0].name)
        raise (unreadable_parquet(culprit, error) if parquet else explain(error, culprit)) from None


def _of_parquet(connection: duckdb.DuckDBPyConnection, files: Sequence[File]) -> Relation:
    names = [parquet_names(file) for file in files]
    same_columns(names, files)
    paths = ", ".join("'" + escaped(file.path).replace("'", "''") + "'" for file in files)
    table, every = parquet_table(files, f"[{paths}]"), partitioned(names[0], files)
    with _explained(files, parquet=True):
        terms = parquet_terms(connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall(), files)
        connection.execute(f"CREATE VIEW scanned AS SELECT {', '.join(terms)} FROM {table}")
        described = connection.execute("DESCRIBE scanned").fetchall()
    held = dict(zip(every, (str(row[1]) for row in described), strict=True))

    def types(columns: Sequence[str]) -> Mapping[str, str]:
        return {name: held[name] for name in columns}

    return Relation(connection, tuple(every), "scanned", types, lambda frame: with_declared(plain(frame), files))


def _of_text(connection: duckdb.DuckDBPyConnection, files: Sequence[File], na: str | None) -> Relation:
    shapes = [layout(file.path, file.name, tabs=file.suffix.startswith(".tsv")) for file in files]
    same_columns([shape.names for shape in shapes], files)
    same_layout(shapes, files)
    nulls = NULLS if na is None else tokens(na)
    names, keys = partitioned(shapes[0].names, files), sorted(files[0].keys)
    texts = [(escaped(file.path), shape) for file, shape in zip(files, shapes, strict=True)]
    fields_of(connection, texts, nulls, keys)
    text = _Text(connection, names, keys, nulls)
    return Relation(connection, tuple(names), "raw", text.types, text.marked, text.known)


class _Text:
    """The columns of text files, looked at when they are asked for."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, names: Sequence[str], keys: Sequence[str], nulls: Sequence[str]
    ) -> None:
        self._connection, self._names, self._keys, self._nulls = connection, names, keys, nulls
        self.known = Known()
        self._types = dict.fromkeys(keys, "VARCHAR")
        self._marks: dict[str, str] = {}

    def types(self, columns: Sequence[str]) -> Mapping[str, str]:
        """The types of some columns, by all their values."""
        places = {f"c{self._names.index(name)}": name for name in columns if name not in self._types}
        if places:
            prefix = self._counted(columns)
            looked = types_of_text(self._connection, list(places), self._nulls, prefix)
            self._types |= {places[column]: held for column, held in looked.types.items()}
            self._marks |= {places[column]: mark for column, mark in looked.marks.items()}
            self.known.spread |= {places[column]: about for column, about in looked.spread.items()}
            if not prefix:
                self.known.rows = looked.rows
        return {name: self._types[name] for name in columns}

    def _counted(self, columns: Sequence[str]) -> str:
        """What the names of tables begin with in which the combinations of texts of some columns stand once, with their
        number of rows; nothing where more than half of the first rows differ, or others were counted before.

        It is one pass over the file, and what is then asked of these columns needs no other.
        """
        if self.known.counted:
            return ""
        places = [f"c{self._names.index(name)}" for name in columns]
        first = f"SELECT {', '.join(places)} FROM texts LIMIT {FIRST}"
        alike = f"SELECT count(*) AS {ROWS} FROM ({first}) GROUP BY ALL"
        rows, many = self._connection.execute(f"SELECT sum({ROWS}), count(*) FROM ({alike})").fetchone() or ()
        if many > rows // 2:
            return ""
        counted = f"SELECT {', '.join(places)}, count(*) AS {ROWS} FROM texts GROUP BY ALL"
        with interruptible():
            self._connection.execute(f"CREATE TEMP TABLE {PREFIX}texts AS {counted}")
        of_folders = [f"c{self._names.index(name)}" for name in columns if name in self._keys]
        texts = [place for place in places if place not in of_folders]
        cleaned(self._connection, PREFIX, texts, [*of_folders, ROWS], self._nulls)
        (rows,) = self._connection.execute(f"SELECT sum({ROWS}) FROM {PREFIX}texts").fetchone() or ()
        self.known.rows, self.known.counted = int(rows), frozenset(columns)
        return PREFIX

    def marked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Lines with plain types, and the marks of missing values as their attribute."""
        frame = plain(frame)
        frame.attrs[MARKS] = {name: mark for name, mark in self._marks.items() if name in frame.columns}
        return frame
