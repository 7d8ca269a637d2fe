"""Files that are counted by Spark where they are: Parquet, and text whose types are told by all values.

Spark's own reader of CSV is not used. It takes broken quotes and bytes that are no UTF-8 for text of some kind, guesses
types by rules of its own, and a line break within a field ends the row where a file is read in parts. Lines are read
as lines, cut into fields by one regular expression, and what does not fit it is refused; so the table is the one that
`scanning.scanned` finds.
"""

from __future__ import annotations

import gzip
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fairaudit.data import remote
from fairaudit.data.cleaning import tokens
from fairaudit.data.delimited import DAY, FLAG, MOMENT, NULLS, NUMBER, PADDED, SPACES, WHOLE
from fairaudit.data.layouts import Layout, layout
from fairaudit.data.parquet import (
    all_parquet,
    parquet_names,
    plain_column,
    with_declared,
)
from fairaudit.data.scanning import Scanned, checked
from fairaudit.data.sources import (
    MARKS,
    OFFLINE,
    File,
    files_of,
    load,
    partitioned,
    plain,
    same_columns,
    same_layout,
)
from fairaudit.engines import Known
from fairaudit.engines.spark import ERROR, SparkTable, functions
from fairaudit.errors import SourceError, listing
from fairaudit.results import Source
from fairaudit.sessions import explained, session

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ELSEWHERE = "write the table as Parquet, or read it with --engine duckdb"
"""What to do with text that cannot be read in parts."""
OTHER_WIDTH, IRREGULAR, NO_UTF8 = 1, 2, 3
"""What may be wrong with a line; the last explains the others."""
TEXTS, WHOLES, NUMBERS, ZEROS, FLAGS, DAYS, MOMENTS = (1 << place for place in range(7))
"""Forms of a text, a bit each; ``ZEROS`` stands beside one of numbers: it begins with a zero, as codes do."""
SAMPLE = 1 << 20
"""Bytes in which the first line ends."""


@contextmanager
def sparked(source: str, master: str, *, na: str | None = None) -> Iterator[Scanned]:
    """The table at `source`, as `scanning.scanned` has it, counted by Spark.

    Args:
        source: files as `sources.read` takes them, where all machines of the cluster see them; or the address of a
            Parquet file or folder that Spark knows to read, such as ``hdfs://…``, of which there is no fingerprint, in
            runs that allow it.
        master: the master of Spark.
        na: fields of a text file that mean a missing value; see `sources.read`.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fairaudit-", ignore_cleanup_errors=True))
        if remote.is_url(source):
            name = remote.shown(source)
            if source.partition(":")[0].lower() in remote.FETCHED:
                raise SourceError(f"'{name}' is no address that Spark reads, such as hdfs://; leave --engine out")
            remote.ask(name)
            table = _of_address(stack.enter_context(session(master, folder)), source)
            yield Scanned(table, lambda: Source(name=name), table.all_rows, table.rows_at)
            return
        files = files_of(source)
        if isinstance(files, tuple):
            raise SourceError(f"'{source}' is a stream, which the machines of Spark do not see; name files")
        for file in files:
            if file.path.name.startswith(("_", ".")):
                raise SourceError(f"Spark passes over files such as '{file.name}', as it begins with _ or .; rename it")
        checks = stack.enter_context(ThreadPoolExecutor(1)).submit(checked, files, source)
        try:
            parquet = all_parquet(files, source)
            layouts = [] if parquet else [_layout(file) for file in files]
            spark = stack.enter_context(session(master, folder))
            with explained():
                table = (
                    _of_parquet(spark, files, source)
                    if parquet
                    else _of_text(_reader(spark, files, source), files, layouts, na)
                )
                if table.frame.isEmpty():
                    raise SourceError(f"'{source}' has a header but no rows: {listing(table.names)}")
            yield Scanned(table, checks.result, lambda: load(files, source, na).frame, table.rows_at)
        except Exception:
            checks.result()  # what is wrong with the bytes says more than what came of it
            raise


def _of_address(spark: Any, source: str) -> SparkTable:
    spark.conf.set("spark.sql.legacy.parquet.nanosAsLong", "false")  # nothing else tells which numbers are moments
    with explained():
        frame = spark.read.parquet(source)
    names = tuple(frame.columns)
    columns = frame.toDF(*_places(names))
    return SparkTable(columns, names, _types_of(columns, names), lambda lines: plain(_as_read(lines)), as_text=True)


def _of_parquet(spark: Any, files: Sequence[File], source: str) -> SparkTable:
    import pyarrow.parquet as pq

    names = [parquet_names(file) for file in files]
    same_columns(names, files)
    every = partitioned(names[0], files)
    schemas = [pq.read_schema(file.path) for file in files]
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, schema in enumerate(schemas):
        alike.setdefault(tuple(map(str, (*schema.names, *schema.types))), []).append(place)
    reader = _reader(spark, files, source)
    frames = []
    for places in alike.values():
        frame = reader.parquet(*(_path(files[place].path) for place in places))
        schema = schemas[places[0]]
        at = {name: place for place, name in enumerate(frame.columns)}
        columns = frame.toDF(*(f"d{place}" for place in range(len(at))))
        frames.append(
            columns.select(*(_column(columns, at[name], schema, name).alias(f"d{at[name]}") for name in every))
        )
    table = _together([frame.toDF(*_places(every)) for frame in frames])

    def shown(lines: pa.Table) -> pd.DataFrame:
        return with_declared(plain(_as_read(lines)), files)

    return SparkTable(table, tuple(every), _types_of(table, every), shown, as_text=True)


def _reader(spark: Any, files: Sequence[File], source: str) -> Any:
    """What reads files, of a folder in parts with the columns in the names of its folders."""
    return spark.read.option("basePath", _path(Path(source))) if files[0].keys else spark.read


def _column(frame: Any, place: int, schema: pa.Schema, name: str) -> Any:
    """A column, moments in nanoseconds as moments; Spark has them as numbers."""
    import pyarrow as pa

    f = functions()
    numbers = frame.schema[f"d{place}"].dataType.typeName() == "long"
    if numbers and name in schema.names and pa.types.is_timestamp(schema.field(name).type):
        return f.timestamp_micros(f.expr(f"d{place} div 1000"))
    return f.col(f"d{place}")


def _together(frames: Sequence[Any]) -> Any:
    """The rows of frames with the same columns."""
    return reduce(lambda one, other: one.unionByName(other), frames)


def _places(names: Sequence[str]) -> list[str]:
    return [f"c{place}" for place in range(len(names))]


def _types_of(frame: Any, names: Sequence[str]) -> Callable[[Sequence[str]], Mapping[str, Any]]:
    held = {name: part.dataType for name, part in zip(names, frame.schema.fields, strict=True)}
    return lambda columns: {name: held[name] for name in columns}


def _as_read(table: pa.Table) -> pd.DataFrame:
    """Lines with the types that DuckDB gives to what files hold."""
    import duckdb

    names = table.column_names
    with duckdb.connect(config=OFFLINE) as connection:
        connection.register("lines", table.rename_columns(_places(names)))
        columns = connection.execute("DESCRIBE SELECT * FROM lines").fetchall()
        terms = ", ".join(f"{plain_column(*column[:2])} AS {column[0]}" for column in columns)
        return connection.execute(f"SELECT {terms} FROM lines").df().set_axis(names, axis="columns")


def _path(path: Path) -> str:
    """A path for Spark, which would take ``* ? [ {`` in a name as a pattern."""
    return "file://" + re.sub(r"([\\*?\[\]{}])", r"\\\1", str(path.absolute()))


def _layout(file: File) -> tuple[Layout, str, str]:
    """How a text file is laid out, its first line, and how its lines end."""
    shape = layout(file.path, file.name, tabs=file.suffix.startswith(".tsv"))
    with gzip.open(file.path) if shape.zipped else file.path.open("rb") as stream:
        sample = stream.read(SAMPLE).decode("utf-8-sig", errors="replace")
    header = re.split("[\r\n]", sample, maxsplit=1)[0]
    if header.count('"') % 2:
        raise SourceError(f"a column name in '{file.name}' holds a line break; write the name on one line")
    rest = sample[len(header) :]
    return shape, header, "\r\n" if rest.startswith("\r\n") else rest[:1] or "\n"


def _of_text(
    reader: Any, files: Sequence[File], layouts: Sequence[tuple[Layout, str, str]], na: str | None
) -> SparkTable:
    shapes = [shape for shape, _, _ in layouts]
    same_columns([shape.names for shape in shapes], files)
    same_layout(shapes, files)
    text = _Text(reader, files, layouts, NULLS if na is None else tokens(na))
    return SparkTable(text.rows, text.names, text.types, text.marked, known=text.known)


class _Text:
    """The columns of text files, looked at when they are asked for."""

    def __init__(
        self, reader: Any, files: Sequence[File], layouts: Sequence[tuple[Layout, str, str]], nulls: Sequence[str]
    ) -> None:
        self._files, own, keys = files, layouts[0][0].names, sorted(files[0].keys)
        self._width = len(own)
        self.names = tuple(partitioned(own, files))
        self._marks_of_missing = [mark for mark in dict.fromkeys(nulls) if mark]
        self.known = Known()
        self._types = dict.fromkeys(keys, _type(TEXTS))
        self._marks: dict[str, str] = {}
        alike: dict[tuple[tuple[str, ...], str], list[int]] = {}
        for place, (shape, _, end) in enumerate(layouts):
            alike.setdefault((shape.names, end), []).append(place)
        self._fields = _together(
            [
                _fields(reader, [files[place] for place in places], [layouts[place] for place in places], self.names)
                for places in alike.values()
            ]
        )
        f = functions()
        columns = _places(self.names)
        present = [self._present(column).alias(column) for column in columns[: self._width]]
        self.rows = self._fields.where(~f.col("header")).select(*present, *columns[self._width :])

    def _present(self, column: str) -> Any:
        """A field that does not mean a missing value."""
        f = functions()
        return f.when(~f.col(column).isin(["", *self._marks_of_missing]), f.col(column))

    def types(self, columns: Sequence[str]) -> Mapping[str, Any]:
        """The types of some columns, by all their values."""
        new = [name for name in columns if name not in self._types]
        if new:
            self._look(new)
        return {name: self._types[name] for name in columns}

    def _look(self, names: Sequence[str]) -> None:
        """Learn what columns hold, in one pass, which also sees whether the files can be read so."""
        f = functions()
        columns = [f"c{self.names.index(name)}" for name in names]
        about = [f.col("header"), f.when(~f.col("header"), f.struct("fault", "width", "file")).alias("fault")]
        forms = [_form(f.when(~f.col("header"), self._present(column))).alias(f"form_{column}") for column in columns]
        seen = self._fields.select(*about, *columns, *forms)
        asked = [f.count_if("header"), f.count_if(~f.col("header")), f.max("fault")]
        for column in columns:
            marked = f.col(column).isin(self._marks_of_missing) & ~f.col("header")
            number = f.col(f"form_{column}").isin(WHOLES, NUMBERS)
            asked += [f.bit_or(f"form_{column}"), f.max(f.when(marked, f.col(column)))]
            asked += [f.approx_count_distinct(f.when(number, f.col(column).try_cast("double")), ERROR)]
        with explained():
            headers, rows, fault, *looked = seen.agg(*asked).collect()[0]
        self._refuse(headers, fault)
        self.known.rows = rows
        for name, forms_of, mark, spread in zip(names, looked[0::3], looked[1::3], looked[2::3], strict=True):
            self._types[name] = _type(forms_of or 0)
            self._marks |= {name: mark} if mark else {}
            if self._types[name].typeName() in ("long", "double"):
                self.known.spread[name] = spread

    def _refuse(self, headers: int, fault: Any) -> None:
        """Refuse files whose lines are not the rows of a table."""
        if fault is not None and fault.fault:
            path = unquote(fault.file.removeprefix("file:"))
            name = next((file.name for file in self._files if path.endswith(str(file.path.absolute()))), path)
            if fault.fault == NO_UTF8:
                raise SourceError(f"'{name}' is not UTF-8 text; save it with UTF-8 encoding")
            if fault.fault == IRREGULAR:
                raise SourceError(
                    f"'{name}' has a line break within a field, several kinds of line ends, or quotation marks in no"
                    f" regular way, and Spark reads files in parts; {ELSEWHERE}"
                )
            raise SourceError(
                f"'{name}' has a row with {fault.width} values where the header has {self._width} columns; give"
                " every row as many values as the header, and quote values that contain the separator"
            )
        if headers > len(self._files):
            raise SourceError(
                f"{headers - len(self._files)} rows of '{self._files[0].name}' or files beside it repeat the line of"
                f" the column names; delete them, or {ELSEWHERE}"
            )

    def marked(self, table: pa.Table) -> pd.DataFrame:
        """Lines with plain types, and the marks of missing values as their attribute."""
        frame = plain(_as_read(table))
        frame.attrs[MARKS] = {name: mark for name, mark in self._marks.items() if name in frame.columns}
        return frame


def _fields(
    reader: Any, files: Sequence[File], layouts: Sequence[tuple[Layout, str, str]], names: Sequence[str]
) -> Any:
    """The lines of files of one layout: whether each is a header, what is wrong with it, and its fields without blanks
    around them, called by their place among `names`, those of folders last."""
    f = functions()
    (shape, _, end), keys = layouts[0], files[0].keys
    width, folders = len(shape.names), {f"key{place}": key for place, key in enumerate(keys)}
    headers = sorted({header for _, header, _ in layouts})
    lines = reader.option("lineSep", "\r" if end == "\r" else "\n").text([_path(file.path) for file in files])
    lines = lines.toDF("value", *folders)
    line = f.col("value")
    if end == "\r\n":
        line = f.when(line.endswith("\r"), f.left(line, f.length(line) - 1)).otherwise(line)
    lines = lines.select(line.alias("line"), f.input_file_name().alias("file"), *folders)
    if width > 1:  # a blank line of one column is a missing value
        lines = lines.where(f.col("line") != "")
    cut = shape.separator
    quoted, line = f.contains(f.col("line"), f.lit('"')), f.col("line")
    field = rf' *"[^"]*+(?:""[^"]*+)*+" *| *[^ "\Q{cut}\E\r\n][^\Q{cut}\E\r\n]*+| *'
    regular = rf"\A(?:{field})(?:\Q{cut}\E(?:{field}))*+\z"
    parts = f.regexp_extract_all(f.concat(f.lit(cut), line), f.lit(rf"\Q{cut}\E({field})"), f.lit(1))
    parts = f.when(quoted, f.transform(parts, _unquoted)).otherwise(f.split(line, rf"\Q{cut}\E", -1))
    broken = f.when(quoted, ~line.rlike(regular)).otherwise(line.contains("\r") | line.contains("\n"))
    lines = lines.select("line", "file", parts.alias("parts"), broken.alias("broken"), *folders)
    size = f.size("parts")
    even = (size == width) | ((size == width + 1) & (f.element_at("parts", -1) == ""))
    fault = f.when(~f.is_valid_utf8(line), NO_UTF8).when(f.col("broken"), IRREGULAR).when(~even, OTHER_WIDTH)
    about = [line.isin([mark + header for header in headers for mark in ("", "\ufeff")]).alias("header")]
    about += [fault.otherwise(0).alias("fault"), size.alias("width"), f.col("file")]
    fields = {name: f.btrim(f.get("parts", f.lit(place)), f.lit(SPACES)) for place, name in enumerate(shape.names)}
    fields |= {key: f.col(column) for column, key in folders.items()}
    return lines.select(*about, *(fields[name].alias(f"c{place}") for place, name in enumerate(names)))


def _unquoted(part: Any) -> Any:
    """A field without its quotation marks."""
    f = functions()
    bare = f.trim(part)
    inner = f.substring(bare, f.lit(2), f.length(bare) - 2)
    return f.when(bare.startswith('"'), f.replace(inner, f.lit('""'), f.lit('"'))).otherwise(bare)


def _form(text: Any) -> Any:
    """The form of a text, as `delimited.typed` tells forms apart; null where it is missing."""
    f = functions()

    def fits(pattern: str) -> Any:
        return text.rlike(rf"\A(?:{pattern})\z")

    size = f.when(fits(WHOLE), WHOLES).otherwise(NUMBERS)
    number = f.when(fits(PADDED), size.bitwiseOR(f.lit(ZEROS))).otherwise(size)
    day = fits(DAY) & text.try_cast("date").isNotNull()
    moment = fits(MOMENT) & text.try_cast("timestamp_ntz").isNotNull()
    other = f.when(fits(FLAG), FLAGS).when(day, DAYS).when(moment, MOMENTS).otherwise(TEXTS)
    return f.when(text.isNull(), f.lit(None)).when(fits(NUMBER), number).otherwise(other)


def _type(forms: int) -> Any:
    """The type of a column in which these forms occur."""
    from pyspark.sql import types

    if forms in (WHOLES, NUMBERS, WHOLES | NUMBERS):
        return types.LongType() if forms == WHOLES else types.DoubleType()
    others = {FLAGS: types.BooleanType(), DAYS: types.DateType(), MOMENTS: types.TimestampNTZType()}
    return others.get(forms, types.StringType())
