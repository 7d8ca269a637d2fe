"""A file, a pattern of files, standard input or a data frame, read into one pandas frame."""

from __future__ import annotations

import contextlib
import difflib
import glob
import hashlib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from fairaudit.data import remote
from fairaudit.data.fingerprint import CHUNK, check_bytes
from fairaudit.data.parquet import (
    all_parquet,
    parquet_names,
    parquet_table,
    parquet_terms,
    unreadable_parquet,
    with_declared,
)
from fairaudit.data.partitions import File as File
from fairaudit.data.partitions import partitions
from fairaudit.data.suffixes import suffix_of
from fairaudit.errors import SizeError, SourceError, listing

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from fairaudit.data.layouts import Layout
    from fairaudit.results import Source

# Without these DuckDB would download an extension when a file seems to need one.
OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""How DuckDB is opened."""

MARKS = "read as missing"
"""Attribute of a frame: column → a text that stood in the file where a value is missing."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A table and where it came from."""

    frame: pd.DataFrame
    """The rows in their order, index 0, 1, …; nullable types made plain (a missing number is NaN)."""
    source: Source
    """Name, SHA-256 and size of what was read."""


def read(source: str, *, stdin: BinaryIO | None = None, na: str | None = None) -> Loaded:
    """The table at `source`, read through DuckDB, and its fingerprint.

    Args:
        source: a path, a pattern such as ``part-*.csv`` (files in sorted order, all with the same columns, in any
            order), an address (``https://…``), or ``-`` for standard input. A file whose name looks like a pattern is
            taken literally.
        stdin: the stream that ``-`` reads; None: that of the process.
        na: fields of a text file that mean a missing value, between commas; None: those of `delimited.NULLS`. An empty
            field always does.

    CSV (separated by ``, ; tab |``), TSV, each also as .gz, need UTF-8, a header line and one kind of line
    end. How columns get their types:
    `delimited.typed`. The order of rows is that of the files. Nothing is fetched from a network but where
    `remote.remote_allowed`.
    """
    files = files_of(source, stdin)
    if isinstance(files, tuple):
        stream, name = files
        with readable(name), closed_after(stream, source):
            return _read_stream(stream, remote.shown(source), name, na)
    return load(files, source, na)


def files_of(source: str, stdin: BinaryIO | None = None) -> list[File] | tuple[BinaryIO, str]:
    """The files that a source names, in their order; or a stream, and what messages call it."""
    if source == "-":
        if stdin is None and sys.stdin is None:
            raise SourceError("standard input is closed; pipe a table into it, or name a file")
        return stdin or sys.stdin.buffer, "standard input"
    if remote.is_url(source):
        return remote.fetched(source), remote.shown(source)
    if os.path.isdir(source) and (parts := partitions(Path(source))):
        return parts
    files = [Path(source)] if os.path.lexists(source) else _matches(source)
    if len(files) == 1 and is_pipe(files[0]):
        with readable(source):
            return files[0].open("rb"), source
    return [File(path, str(path), suffix_of(path)) for path in files]


def closed_after(stream: BinaryIO, source: str) -> contextlib.AbstractContextManager[object]:
    """Closes the stream of a source at the end of a block; standard input stays open."""
    return contextlib.nullcontext() if source == "-" else stream


def from_frame(frame: object) -> Loaded:
    """A pandas copy of any data frame that Narwhals knows: pandas, Polars, Arrow, DuckDB, also lazy ones.

    Raises:
        SourceError: it is no data frame, cannot be computed, has no rows, or has several columns of one name.
    """
    import narwhals as nw
    import pandas as pd

    from fairaudit.engines.narwhals import collected, native
    from fairaudit.results import Source

    if isinstance(frame, (str, os.PathLike)):
        raise SourceError(
            f"a data frame is needed, not the name '{frame}'; read a file first, with pandas.read_csv or read_parquet, "
            "and an embedded table with fairaudit.load_dataset(...).frame"
        )
    if isinstance(frame, pd.DataFrame):
        copy = frame.copy()
    elif (table := native(frame)) is not None:
        copy = table.copied()
    else:
        try:
            known = nw.from_native(cast("nw.typing.IntoFrame", frame))
        except TypeError:
            kind = type(frame).__name__
            raise SourceError(f"a data frame (pandas, Polars, Arrow, DuckDB, PySpark) is needed, not {kind}") from None
        copy = collected(known).to_pandas()
    copy = copy.reset_index(drop=True).set_axis([str(name) for name in copy.columns], axis="columns")
    refuse_shapeless(list(copy.columns), len(copy))
    return Loaded(plain(copy), Source(name="data frame"))


def refuse_shapeless(names: Sequence[str], rows: int) -> None:
    """Refuse a data frame in which columns cannot be told apart by name, or of which there is nothing to tell."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(f"the data frame has more than one column called {listing(twice)}; rename them")
    if not names or not rows:
        raise SourceError(f"the data frame is empty: {rows} rows and {len(names)} columns")


def partitioned(names: Sequence[str], files: Sequence[File]) -> list[str]:
    """The columns of files, those in their folders last, in the order of the alphabet.

    Raises:
        SourceError: two have one name, or one is called as DuckDB calls that of the files' names.
    """
    from fairaudit.data.layouts import unique_names

    every = [*names, *sorted(files[0].keys)]
    unique_names(every, files[0].name)
    if files[0].keys and files[0].suffix == ".parquet" and "filename" in (name.casefold() for name in names):
        raise SourceError(f"'{files[0].name}' is in parts and has a column called 'filename'; call it otherwise")
    return every


def _matches(source: str) -> list[Path]:
    """The files of a pattern in sorted order."""
    if not glob.has_magic(source):
        raise _not_found(source)
    files = [Path(name) for name in sorted(glob.glob(source, recursive=True)) if os.path.isfile(name)]
    if not files:
        folder = os.path.dirname(source) or "this folder"
        raise SourceError(f"no file matches the pattern '{source}'; look into {folder}")
    return files


def _not_found(source: str) -> SourceError:
    path = Path(source)
    message = f"there is no file '{source}'"
    neighbours = []
    with contextlib.suppress(OSError):
        neighbours = sorted(entry.name for entry in path.parent.iterdir())
    if not path.parent.is_dir():
        message += f"; nor is there a folder '{path.parent}'"
    elif close := difflib.get_close_matches(path.name, neighbours, n=2, cutoff=0.7):
        message += "; did you mean " + " or ".join(f"'{path.parent / name}'" for name in close) + "?"
    if not path.suffix and path.name == source:
        message += "; `fairaudit datasets list` shows the embedded tables"
    return SourceError(message)


def is_pipe(path: Path) -> bool:
    """Whether a path leads to a pipe or a device."""
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
    return False


@contextlib.contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn the system's refusal to open or read a file into a message."""
    try:
        yield
    except PermissionError:
        raise SourceError(f"'{name}' may not be read by you; change its permissions") from None
    except OSError as error:
        raise SourceError(f"'{name}' cannot be read: {error.strerror or error}") from None


def _read_stream(stream: BinaryIO, source: str, name: str, na: str | None) -> Loaded:
    with tempfile.TemporaryDirectory() as folder:
        return load([spooled(stream, name, folder)], source, na)


def spooled(stream: BinaryIO, name: str, folder: str) -> File:
    """A file with what a stream holds, because its columns are looked at before they are read."""
    path = Path(folder, "stream")
    with path.open("wb") as file:
        while chunk := stream.read(CHUNK):
            file.write(chunk)
    return File(path, name, "")


def load(files: Sequence[File], source: str, na: str | None) -> Loaded:
    """All rows of some files, and their fingerprint."""
    import pandas  # noqa: F401, I001  # DuckDB would import it within a query, and an interrupt fail the query
    import duckdb

    from fairaudit.engines.duckdb import interruptible
    from fairaudit.results import Source

    digest, total, zeros = hashlib.sha256(), 0, set()
    for file in files:
        with readable(file.name):
            size, holds_zero = check_bytes(file.path, file.name, file.suffix.endswith(".gz"), digest)
        total += size
        if holds_zero:
            zeros.add(file)
    parquet = all_parquet(files, source)
    with interruptible(), duckdb.connect(config=OFFLINE) as connection:
        connection.execute("SET enable_progress_bar = false")  # it is drawn on standard output
        frame = _parquet(connection, files) if parquet else _delimited(connection, files, zeros, na)
    if frame.empty:
        raise SourceError(f"'{source}' has a header but no rows: {listing(frame.columns)}")
    table = plain(frame)
    table.attrs.update(frame.attrs)
    return Loaded(table, Source(name=source, sha256=digest.hexdigest(), bytes=total))


def too_large(error: Exception) -> SizeError:
    """What DuckDB's lack of memory is called: no fault of the file."""
    reason = re.sub(r"^Out of Memory Error: ", "", str(error)).splitlines()[0].rstrip(".")
    return SizeError(f"there is not enough memory to read the table ({reason}); give it more, or fewer columns or rows")


def _parquet(connection: duckdb.DuckDBPyConnection, files: Sequence[File]) -> pd.DataFrame:
    import duckdb

    names = [parquet_names(file) for file in files]
    same_columns(names, files)
    paths = [escaped(file.path) for file in files]
    table, every = parquet_table(files, "?"), partitioned(names[0], files)
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {table}", [paths]).fetchall()
        query = f"SELECT {', '.join(parquet_terms(described, files))} FROM {table}"
        frame = connection.execute(query, [paths]).df()
    except duckdb.OutOfMemoryException as error:
        raise too_large(error) from None
    except duckdb.Error as error:
        culprit = next((file.name for file in files if str(file.path) in str(error)), files[0].name)
        raise unreadable_parquet(culprit, error) from None
    frame.columns = every  # DuckDB renames columns that differ in case only
    return with_declared(frame, files)


def _delimited(
    connection: duckdb.DuckDBPyConnection, files: Sequence[File], zeros: set[File], na: str | None
) -> pd.DataFrame:
    """The table of text files, `zeros` being those that hold a zero byte and are refused.

    Its attribute `MARKS` holds, for columns with missing values, a text that was read as one."""
    import duckdb

    from fairaudit.data.cleaning import tokens
    from fairaudit.data.delimited import NULLS, explain, marks_of_missing, typed
    from fairaudit.data.layouts import layout, zero_byte

    shapes = [layout(file.path, file.name, tabs=file.suffix.startswith(".tsv")) for file in files]
    for file in files:
        if file in zeros:
            raise zero_byte(file.path, file.name)
    same_columns([shape.names for shape in shapes], files)
    same_layout(shapes, files)
    names, keys = partitioned(shapes[0].names, files), sorted(files[0].keys)
    texts = [(escaped(file.path), shape) for file, shape in zip(files, shapes, strict=True)]
    nulls = NULLS if na is None else tokens(na)
    try:
        frame = typed(connection, texts, nulls, keys)
        incomplete = [place for place in range(frame.shape[1]) if frame.iloc[:, place].hasnans]
        marks = marks_of_missing(connection, incomplete, nulls)
    except duckdb.OutOfMemoryException as error:
        raise too_large(error) from None
    except duckdb.Error as error:
        culprit = next((file.name for file in files if f"file = {file.path}" in str(error)), files[0].name)
        raise explain(error, culprit) from None
    frame.columns = names
    frame.attrs[MARKS] = {names[place]: mark for place, mark in marks.items()}
    return frame


def same_layout(shapes: Sequence[Layout], files: Sequence[File]) -> None:
    """Refuse text files of one pattern that differ in separator or compression."""
    for file, shape in zip(files, shapes, strict=True):
        if (shape.separator, shape.zipped) != (shapes[0].separator, shapes[0].zipped):
            raise SourceError(
                f"'{file.name}' and '{files[0].name}' differ in separator or compression; make them alike"
            )


def same_columns(names: Sequence[Sequence[str]], files: Sequence[File]) -> None:
    """Refuse files of one pattern unless they have the same columns, whatever their order."""
    for columns, file in zip(names, files, strict=False):
        if sorted(columns) != sorted(names[0]):
            here, there = set(columns) - set(names[0]), set(names[0]) - set(columns)
            differ = [f"{listing(map(repr, sorted(here)))} in '{file.name}' only"] if here else []
            differ += [f"{listing(map(repr, sorted(there)))} in '{files[0].name}' only"] if there else []
            raise SourceError(f"files of one pattern need the same columns; there is {' and '.join(differ)}")


def escaped(path: Path) -> str:
    """`path` for DuckDB, which would take ``* ? [`` in a name as a pattern."""
    return re.sub(r"([*?[])", r"[\1]", str(path))


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without nullable, Arrow and decimal types: numbers float64 where a value is missing."""
    import pandas as pd
    from pandas.api import types

    plain = {}
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        if isinstance(column.dtype, (pd.CategoricalDtype, pd.StringDtype)):
            plain[name] = column
        elif types.is_bool_dtype(column.dtype) and types.is_extension_array_dtype(column.dtype):
            values = column.astype(object).where(column.notna(), None)
            plain[name] = values if column.isna().any() else column.astype(bool)
        elif types.is_numeric_dtype(column.dtype) and types.is_extension_array_dtype(column.dtype):
            whole = types.is_integer_dtype(column.dtype) and not column.isna().any()
            plain[name] = column.astype("int64" if whole else "float64")
        else:
            plain[name] = column
    return pd.DataFrame(plain, columns=frame.columns, index=range(len(frame)))
