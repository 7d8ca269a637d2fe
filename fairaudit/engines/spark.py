"""Tables of Spark: data frames of a cluster, of which only counts, levels and lines come to this machine.

A column is called by its place (``c0``, ``c1``, …) in a data frame that whoever opened the table has made, and every
question is built of expressions, none of text: the user's words never become SQL, and names that differ in case only
stay apart. No Python runs on the machines of the cluster, so nothing has to be installed there.

More than 400 lines, as an engine is one file.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.engines import (
    APART,
    DRAWS,
    FEW,
    FIRST,
    LARGEST,
    MIXER,
    ROW,
    SPLIT,
    STRIDE,
    Coded,
    Coding,
    Drawing,
    Engine,
    Kind,
    Known,
    Lines,
    Question,
    Scores,
    Scoring,
    within,
)
from fairaudit.sessions import explained

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fairaudit.arrays import Floats, Ints

PARTED = 2**33
"""Numbers that Spark gives to the rows of one part of a table, from the first on, before those of the next."""
PART = 2**20
"""Positions of rows that are fetched at a time."""
ERROR = 0.03
"""Standard error of an estimate of the number of distinct values, as a share; a sixth of what `ABOUT` leaves."""
Types = Callable[[Sequence[str]], Mapping[str, Any]]
Shown = Callable[["pa.Table"], "pd.DataFrame"]


@dataclass(frozen=True, eq=False)
class SparkTable:
    """An `Engine` over a data frame of Spark with columns ``c0, c1, …``."""

    frame: Any
    """The data frame."""
    names: tuple[str, ...]
    """The user's names of the columns, by place."""
    types: Types
    """The type of each of some columns, as Spark has it; columns of a text file are cast to it."""
    shown: Shown = lambda table: plain(table)
    """Lines as they are shown: a table of Arrow with the user's names → a frame."""
    as_text: bool = False
    """Whether lists, records and bytes are shown as text."""
    known: Known = field(default_factory=Known)
    """What is known of the table already."""

    def kinds(self, columns: Sequence[str]) -> dict[str, Kind]:
        """See `Engine.kinds`."""
        return {name: _kind(held, self.as_text) for name, held in self.types(columns).items()}

    def whole(self, column: str) -> bool:
        """See `Engine.whole`."""
        f = functions()
        number = self._value(column).cast("double")
        return bool(self._one(f.coalesce(f.every(number == f.rint(number)), f.lit(True)))[0])

    def rows(self) -> int:
        """See `Engine.rows`."""
        if self.known.rows is None:
            self.known.rows = int(self._one(functions().count(functions().lit(1)))[0])
        return self.known.rows

    def distinct(self, columns: Sequence[str], least: int = 0, most: int | None = None) -> dict[str, int]:
        """See `Engine.distinct`; one pass for estimates of all, and one for each that may lie between the bounds."""
        if not columns or (least and self.rows() < least):
            return {}
        if least or most is not None:
            self._estimate([name for name in columns if name not in self.known.spread])
            columns = self.known.near(columns, least, most)
        counts = {name: int(self._one(functions().count_distinct(self._value(name)))[0]) for name in columns}
        return within(counts, least, most)

    def seems_few(self, columns: Sequence[str]) -> bool:
        """See `Engine.seems_few`."""
        if self.known.spread.keys() >= set(columns):
            return all(self.known.spread[name] <= FEW for name in columns)
        first = self.frame.limit(FIRST)
        counted = [functions().count_distinct(self._value(name)) for name in columns]
        with explained():
            return not counted or bool(max(first.agg(*counted).collect()[0]) <= FEW)

    def levels(self, column: str) -> pd.Series:
        """See `Engine.levels`."""
        values = self._fetched(self.frame.select(self._value(column).alias("v")).distinct(), [column])[column]
        return values.dropna()

    def lines(self, question: Question) -> Lines:
        """See `Engine.lines`; one pass. Rows are in no order, so nothing is said of their positions."""
        f = functions()
        terms = [self._term(name, question).alias(f"v{place}") for place, name in enumerate(question.columns)]
        counted = self.frame.groupBy(*terms).agg(f.count(f.lit(1)).alias("n"))
        if question.most is not None:
            counted = counted.limit(question.most + 1)
        rows = "n" * (1 + max(map(len, question.columns), default=0))  # the name of no column
        frame = self._fetched(counted, [*question.columns, rows])
        counts = frame.pop(rows).to_numpy(dtype=np.intp)
        return Lines(frame, counts)

    def write(self, path: str, question: Question, lines: pd.DataFrame, answers: pd.DataFrame) -> None:
        """See `Writer.write`; of each row its position and the number of its line come back, a part of them at a time,
        and the file is written where the session was begun."""
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

        f, said = functions(), pa.Table.from_pandas(answers, preserve_index=False)
        found = self._numbered([Coding(question, lines)]).persist()
        try:
            rows = self._placed(found, ["x0"])
            schema = said.schema.insert(0, pa.field(ROW, pa.int64()))
            with ParquetWriter(path, schema) as file:
                for start in range(0, self.rows(), PART):
                    near = rows.where(f.col("place").between(f.lit(start), f.lit(start + PART - 1))).orderBy("place")
                    with explained():
                        part = near.toArrow()
                    file.write_table(said.take(part["x0"]).add_column(0, schema.field(0), part["place"]))
        finally:
            found.unpersist()

    def coded(self, codings: Sequence[Coding], drawing: Drawing) -> Coded:
        """See `Coder.coded`; the numbers are kept on the cluster until nobody holds them, on its disks where memory is
        short. Positions are those of the order in which Spark reads rows.

        Two passes: rows are looked up, then counted part by part, of which their positions are made.
        """
        f = functions()
        numbers = [f"x{place}" for place in range(len(codings))]
        found = self._numbered(codings).persist()
        try:
            rows = self._placed(found, numbers).where(
                reduce(operator.and_, (f.col(name).isNotNull() for name in numbers))
            )
            before = f.lit(0)
            if drawing.people is not None:
                people = _arrays(rows.sparkSession, {"people": drawing.people.astype(np.int64)})
                before = f.explode(f.sequence(f.lit(0).cast("long"), people("people", "x0") - f.lit(1)))
            rows = rows.select("*", before.alias("before"))
            by = _person() if drawing.by is None else f.col(f"x{drawing.by}").cast("long")
            rows = rows.select("place", "before", _draw(by, drawing.seed).alias("drawn"), *numbers)
            rows = rows.persist()
            with explained():
                rows.count()
        finally:
            found.unpersist()
        return Numbers(rows, len(codings), drawing.seed)

    def _numbered(self, codings: Sequence[Coding]) -> Any:
        """All rows: the part of the table they are in, their place within it, and their number in each coding."""
        f = functions()
        terms = [
            _comparable(self._term(name, coding.question), self._held(name, coding.question)).alias(
                f"v{place}_{column}"
            )
            for place, coding in enumerate(codings)
            for column, name in enumerate(coding.question.columns)
        ]
        rows = self.frame.select(*terms, f.monotonically_increasing_id().alias("place"))
        for place, coding in enumerate(codings):
            known = f.broadcast(self._known(coding, place))
            alike = [
                f.col(f"v{place}_{column}").eqNullSafe(f.col(f"k{place}_{column}"))
                for column in range(len(coding.question.columns))
            ]
            rows = rows.join(known, reduce(operator.and_, alike), "left")
        numbers = [f"x{place}" for place in range(len(codings))]
        return rows.select(f.floor(f.col("place") / f.lit(PARTED)).alias("part"), "place", *numbers)

    def _known(self, coding: Coding, place: int) -> Any:
        """The lines of a coding with their numbers, as a frame of Spark."""
        import pyarrow as pa

        f, names = functions(), coding.question.columns
        keys = [f"k{place}_{column}" for column in range(len(names))]
        lines = coding.lines.set_axis(keys, axis="columns").reset_index(drop=True)
        table = pa.Table.from_pandas(lines, preserve_index=False)
        for column, held in enumerate(table.schema.types):
            if pa.types.is_timestamp(held):
                moments = table.column(column).cast(pa.timestamp("us"))
                zoned = self._held(names[column], coding.question).typeName() == "timestamp"
                table = table.set_column(column, keys[column], moments.cast(pa.int64()) if zoned else moments)
        table = table.append_column(f"x{place}", pa.array(coding.numbers.astype(np.int32)))
        with explained():
            frame = self.frame.sparkSession.createDataFrame(table)
        held = [self._held(name, coding.question) for name in names]
        typed = [
            (f.col(key) if of.typeName() == "timestamp" else f.col(key).cast(of)).alias(key)
            for key, of in zip(keys, held, strict=True)
        ]
        return frame.select(*typed, f"x{place}")

    def _held(self, name: str, question: Question) -> Any:
        """The type of a column as it is answered."""
        from pyspark.sql.types import DoubleType

        return DoubleType() if name in question.rounded else self.types([name])[name]

    def _placed(self, rows: Any, numbers: Sequence[str]) -> Any:
        """The position of each row in the order in which Spark reads them, and its numbers."""
        f = functions()
        place = f.col("begin") + f.col("place").bitwiseAND(f.lit(PARTED - 1))
        return rows.join(f.broadcast(self._begins(rows)), "part").select(place.alias("place"), *numbers)

    def _begins(self, rows: Any) -> Any:
        """Where each part of a table begins, as a frame of Spark."""
        import pyarrow as pa

        f = functions()
        with explained():
            counts = rows.groupBy("part").agg(f.count(f.lit(1)).alias("n")).toArrow().sort_by("part")
            ends = np.cumsum(counts["n"].to_numpy())
            begins = pa.table({"part": counts["part"], "begin": ends - counts["n"].to_numpy()})
            return rows.sparkSession.createDataFrame(begins)

    def all_rows(self) -> pd.DataFrame:
        """All rows with all columns, in the order in which Spark reads them."""
        return self._fetched(self._typed(), self.names)

    def rows_at(self, places: Ints) -> pd.DataFrame:
        """The rows at some positions, in the order in which Spark reads files, with all columns."""
        f = functions()
        ordered = self.frame.withColumn("part", f.spark_partition_id()).withColumn(
            "place", f.monotonically_increasing_id()
        )
        with explained():
            counts = dict(ordered.groupBy("part").count().collect())
        parts = sorted(counts)
        ends = np.cumsum([counts[part] for part in parts])
        part = np.searchsorted(ends, places, side="right")
        begin = np.r_[0, ends][part]
        keys = [(parts[number] << 33) + int(place) for number, place in zip(part, places - begin, strict=True)]
        return self._fetched(self._typed(ordered.where(f.col("place").isin(keys))), self.names)

    def _typed(self, frame: Any = None) -> Any:
        values = [self._value(name).alias(f"c{place}") for place, name in enumerate(self.names)]
        return (self.frame if frame is None else frame).select(*values)

    def _estimate(self, columns: Sequence[str]) -> None:
        """Learn about how many distinct values some columns have, and the number of rows, in one pass."""
        if columns:
            f = functions()
            counted = [f.approx_count_distinct(self._value(name), ERROR) for name in columns]
            self.known.rows, *estimates = self._one(f.count(f.lit(1)), *counted)
            self.known.spread.update(zip(columns, estimates, strict=True))

    def _term(self, name: str, question: Question) -> Any:
        """The column, on the grid where it is asked for."""
        if name not in question.rounded:
            return self._value(name)
        f = functions()
        value = self._value(name).cast("double")
        large = f.lit(SPLIT) * value
        point = large - (large - value)
        stays = f.abs(value) > f.lit(LARGEST)
        if kept := [float(number) for number in question.rounded[name]]:
            stays = stays | point.isin(kept)
        return f.when(stays, value).otherwise(point) + f.lit(0.0)

    def _value(self, name: str) -> Any:
        """The column in its type, with one mark for what is missing and one zero."""
        f = functions()
        held, column = self.types([name])[name], f"c{self.names.index(name)}"
        value = f.col(column)
        if self.frame.schema[column].dataType != held:
            value = value.try_cast(held)
        if held.typeName() in ("float", "double"):
            return f.when(~f.isnan(value), value) + f.lit(0.0).cast(held)
        return value

    def _one(self, *columns: Any) -> tuple[Any, ...]:
        """One row of aggregates."""
        with explained():
            return tuple(self.frame.agg(*columns).collect()[0])

    def _fetched(self, frame: Any, names: Sequence[str]) -> pd.DataFrame:
        with explained():
            table = frame.toArrow()
        return self.shown(table.rename_columns(list(names)))


class Numbers:
    """A `Coded` table of Spark, with columns ``place``, ``before``, ``drawn`` and ``x0, x1, …``, which is kept on the
    cluster as long as this lives.

    What a pass needs to know goes to the machines as arrays, in which rows look up what their numbers mean; it returns
    sums.
    """

    def __init__(self, rows: Any, codings: int, seed: int) -> None:
        self._rows, self._seed = rows, seed
        self._names = [f"x{place}" for place in range(codings)]
        weakref.finalize(self, _released, rows).atexit = False

    def rows(self, start: int, stop: int, below: int = DRAWS) -> Ints:
        """See `Coded.rows`."""
        f = functions()
        chosen = self._rows.where((f.col("drawn") >= f.lit(start)) & (f.col("drawn") < f.lit(stop)))
        if below < DRAWS:
            chosen = chosen.where(_draw(_person(), self._seed + 1) < f.lit(below))
        return self._in_order(chosen)[1]

    def parts(self) -> Iterator[tuple[Ints, Ints]]:
        """See `Coded.parts`; each is a pass over what lies near it."""
        f = functions()
        with explained():
            last = self._rows.agg(f.max("place")).collect()[0][0]
        for start in range(0, 0 if last is None else last + 1, PART):
            near = f.col("place").between(f.lit(start), f.lit(start + PART - 1)) & (f.col("before") == f.lit(0))
            positions, numbers = self._in_order(self._rows.where(near))
            if len(positions):
                yield positions, numbers

    def _in_order(self, rows: Any) -> tuple[Ints, Ints]:
        """Positions and numbers of rows."""
        with explained():
            table = rows.orderBy("place", "before").select("place", *self._names).toArrow()
        place, *numbers = (column.to_numpy().astype(np.intp) for column in table.columns)
        return place, np.column_stack(numbers)

    def added(self, scoring: Scoring) -> Scores:
        """See `Coded.added`; what returns is a line for each kind and bin."""
        f = functions()
        mass = f.col("mass")
        sums = [f.sum(term) for term in (mass, mass * f.col("score"), mass * f.col("outcome"))]
        with explained():
            table = self._scored(scoring).groupBy("key").agg(*sums).toArrow()
        key, mass, score, outcome = (column.to_numpy() for column in table.sort_by("key").columns)
        kind, bins = (part.astype(np.intp) for part in np.divmod(key, scoring.bins))
        return Scores(kind, bins, mass, score / mass, outcome / mass)

    def carried(self, scoring: Scoring, scores: Scores, first: Floats, second: Floats) -> list[Floats]:
        """See `Coded.carried`; what goes to the machines is a line for each kind and bin, what returns one for each
        level."""
        import pyarrow as pa

        f, ends = functions(), np.cumsum([0, *map(len, scoring.tables)])
        said = pa.table({"key": scores.kind * scoring.bins + scores.bin, "a": first, "b": second})
        names = self._names[1 : len(scoring.tables) + 1]
        levels = f.array(*(f.col(name) + f.lit(int(end)) for name, end in zip(names, ends[:-1], strict=True)))
        with explained():
            lines = f.broadcast(self._rows.sparkSession.createDataFrame(said))
            rows = self._scored(scoring).join(lines, "key")
            value = f.col("mass") * (f.col("a") + f.col("b") * f.col("outcome"))
            each = rows.select(value.alias("value"), f.explode(levels).alias("level"))
            table = each.groupBy("level").agg(f.sum("value").alias("total")).toArrow()
        totals = np.zeros(ends[-1])
        totals[table["level"].to_numpy()] = table["total"].to_numpy()
        return np.split(totals, ends[1:-1])

    def _scored(self, scoring: Scoring) -> Any:
        """Score, kind and bin in one key, mass, outcome and numbers of the rows that take part."""
        f = functions()
        names = self._names[1 : len(scoring.tables) + 1]
        tables: dict[str, Ints | Floats] = dict(zip(names, scoring.tables, strict=True))
        of_first: dict[str, Ints | Floats] = {"kind": scoring.kind, "mass": scoring.mass, "outcome": scoring.outcome}
        at = _arrays(self._rows.sparkSession, {**tables, **of_first})
        score = reduce(operator.add, (at(name, name) for name in names))
        rows = self._rows.where(f.col("drawn") >= f.lit(int(scoring.start)))
        rows = rows.select(*self._names, score.alias("score"), *(at(name, "x0").alias(name) for name in of_first))
        place = f.floor((f.col("score") - f.lit(float(scoring.least))) / f.lit(float(scoring.width)))
        bins = f.greatest(f.lit(0).cast("long"), f.least(f.lit(scoring.bins - 1).cast("long"), place))
        return rows.withColumn("key", f.col("kind") * f.lit(scoring.bins) + bins)


def _arrays(spark: Any, arrays: Mapping[str, Ints | Floats]) -> Callable[[str, str], Any]:
    """What looks up a column's number in one of some arrays, all of which each task is given once."""
    import pyarrow as pa

    f = functions()
    with explained():
        line = spark.createDataFrame(pa.table({name: pa.array([array]) for name, array in arrays.items()}))
    return lambda name, number: f.get(line.select(name).scalar(), f.col(number))


def _released(rows: Any) -> None:
    """Let go of rows that were kept; their session may have ended."""
    with suppress(Exception):
        rows.unpersist()


def _person() -> Any:
    """The place by which a row is drawn, one of the people in it."""
    f = functions()
    return f.col("place") + f.lit(APART) * f.col("before")


def _draw(place: Any, seed: int) -> Any:
    """`engines.draws` as an expression."""
    f = functions()
    number = (place + f.lit((seed * STRIDE) % DRAWS)) % f.lit(DRAWS)
    for _ in range(2):
        number = (number.bitwiseXOR(f.shiftright(number, 16)) * f.lit(MIXER)) % f.lit(DRAWS)
    return number.bitwiseXOR(f.shiftright(number, 16))


def _comparable(value: Any, held: Any) -> Any:
    """A value as it compares with an answer: moments with a time zone by their time in UTC."""
    return functions().unix_micros(value) if held.typeName() == "timestamp" else value


def plain(table: pa.Table) -> pd.DataFrame:
    """A table of Arrow as a frame: decimals as numbers, dates as moments, moments with a time zone in UTC."""
    import pyarrow as pa

    for place, held in enumerate(table.schema.types):
        to = pa.float64() if pa.types.is_decimal(held) else None
        if pa.types.is_timestamp(held) or pa.types.is_date(held):
            to = pa.timestamp("us")
        if to is not None:
            table = table.set_column(place, table.schema.names[place], table.column(place).cast(to))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def of_frame(frame: Any) -> SparkTable:
    """The engine of a data frame of Spark."""
    names = tuple(frame.columns)
    by_place = frame.toDF(*(f"c{place}" for place in range(len(names))))
    held = [part.dataType for part in frame.schema.fields]
    return SparkTable(by_place, names, lambda columns: {name: held[names.index(name)] for name in columns})


def engine(frame: pd.DataFrame) -> Engine:
    """The engine of a data frame, for tests of the contract; in the session that is running."""
    import pyarrow as pa
    from pyspark.sql import SparkSession

    spark = SparkSession.getActiveSession()
    assert spark is not None, "a test begins it"
    by_place = frame.set_axis([f"c{place}" for place in range(frame.shape[1])], axis="columns")
    return of_frame(spark.createDataFrame(pa.Table.from_pandas(by_place, preserve_index=False)).toDF(*frame.columns))


def functions() -> Any:
    """The functions of Spark's columns."""
    return import_module("pyspark.sql.functions")


def _kind(held: Any, as_text: bool) -> Kind:
    from pyspark.sql import types

    if isinstance(held, types.NumericType):
        return "number"
    nested = isinstance(held, (types.ArrayType, types.MapType, types.StructType))
    if as_text and (nested or isinstance(held, types.BinaryType)):
        return "text"
    if nested:
        return "nested"
    return "text" if isinstance(held, (types.StringType, types.CharType, types.VarcharType)) else "other"
