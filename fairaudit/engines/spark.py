"""Tables of Spark: data frames of a cluster, of which only counts, levels and lines come to this machine.

A column is called by its place (``c0``, ``c1``, …) in a data frame that whoever opened the table has made, and every
question is built of expressions, none of text: the user's words never become SQL, and names that differ in case only
stay apart. No Python runs on the machines of the cluster, so nothing has to be installed there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.engines import FEW, FIRST, LARGEST, SPLIT, Engine, Kind, Known, Lines, Question, within
from fairaudit.sessions import explained

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fairaudit.arrays import Ints

ERROR = 0.03
"""Standard error of an estimate of the number of distinct values, as a share; a sixth of what `ABOUT` leaves."""
Types = Callable[[Sequence[str]], Mapping[str, Any]]
Shown = Callable[["pa.Table"], "pd.DataFrame"]


@dataclass(frozen=True, eq=False)
class Table:
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


def of_frame(frame: Any) -> Table:
    """The engine of a data frame of Spark."""
    names = tuple(frame.columns)
    by_place = frame.toDF(*(f"c{place}" for place in range(len(names))))
    held = [part.dataType for part in frame.schema.fields]
    return Table(by_place, names, lambda columns: {name: held[names.index(name)] for name in columns})


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
