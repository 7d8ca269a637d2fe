"""Data frames of Polars, Arrow and DuckDB, asked where their rows are: one expression of Narwhals for all of them.

Columns are called by their place (``c0``, ``c1``, …), so that no name of the user's reaches the query of a library, and
names that a library takes for the same stay apart. What comes back are lines, levels and counts; they become what the
same rows would have become in pandas, and lines that pandas cannot tell apart are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np

from fairaudit.engines import FEW, FIRST, LARGEST, SPLIT, Engine, Kind, Known, Lines, Question, within
from fairaudit.engines.duckdb import interruptible
from fairaudit.engines.pandas import Frame
from fairaudit.errors import FairAuditError, SourceError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

AnyFrame = nw.DataFrame[Any] | nw.LazyFrame[Any]
Shown = Callable[["pd.DataFrame"], "pd.DataFrame"]
PLACE, ROWS = "place", "rows"
"""What the position of a row, and the number of rows, are called besides ``c0, c1, …``."""
PLAIN: dict[type[nw.dtypes.DType], nw.dtypes.DType] = {
    nw.Int128: nw.Float64(),
    nw.UInt128: nw.Float64(),
    nw.Date: nw.Datetime("ms"),
}
"""Types that pandas does not have → those that stand for them."""
COUNTED: dict[type[nw.dtypes.DType], nw.dtypes.DType] = {nw.Categorical: nw.String(), nw.Decimal: nw.Float64()}
"""Types whose distinct values are not counted by Arrow, or by some Polars → those that stand for them."""


@dataclass(frozen=True, eq=False)
class Native:
    """An `Engine` over a frame of a library that Narwhals knows, with columns ``c0, c1, …``."""

    frame: AnyFrame
    """The rows: in memory, which have an order, or what gives them when it is computed, in any order."""
    names: tuple[str, ...]
    """The user's names of the columns, by place."""
    shown: Shown = lambda frame: frame
    """Lines as pandas holds them → as they are read."""
    known: Known = field(default_factory=Known)
    """What is known of the frame already."""

    @cached_property
    def schema(self) -> nw.Schema:
        """The types of its columns, by place."""
        with computed():
            return self.frame.collect_schema()

    def kinds(self, columns: Sequence[str]) -> dict[str, Kind]:
        """See `Engine.kinds`."""
        return {name: _kind(self._type(name)) for name in columns}

    def whole(self, column: str) -> bool:
        """See `Engine.whole`."""
        if self._type(column).is_integer():
            return True
        value = self._value(column).cast(nw.Float64())
        return not _one(self.frame, {"fraction": (value != value.round(0)).any()})["fraction"]

    def rows(self) -> int:
        """See `Engine.rows`."""
        if self.known.rows is None:
            self.known.rows = int(_one(self.frame, {ROWS: nw.len()})[ROWS])
        return self.known.rows

    def distinct(self, columns: Sequence[str], least: int = 0, most: int | None = None) -> dict[str, int]:
        """See `Engine.distinct`; one pass."""
        if not columns or (isinstance(self.frame, nw.DataFrame) and self.rows() < least):
            return {}
        return within(self._counts(columns, self.frame), least, most)

    def seems_few(self, columns: Sequence[str]) -> bool:
        """See `Engine.seems_few`."""
        return not columns or max(self._counts(columns, self.frame.head(FIRST)).values()) <= FEW

    def levels(self, column: str) -> pd.Series:
        """See `Engine.levels`."""
        values = self.lines(Question([column])).values[column]
        return values.dropna()

    def lines(self, question: Question) -> Lines:
        """See `Engine.lines`; one pass. Of rows in no order no first one is told."""
        rows, places = self.frame, question.places and isinstance(self.frame, nw.DataFrame)
        if places:
            rows = cast("nw.DataFrame[Any]", rows).with_row_index(PLACE)
        keys = {f"v{place}": self._term(name, question) for place, name in enumerate(question.columns)}
        counts = {ROWS: nw.len()} | ({PLACE: nw.col(PLACE).min()} if places else {})
        chosen = _planned(rows).select(*([nw.col(PLACE)] if places else []), **keys)
        grouped = chosen.group_by(*keys).agg(**counts)
        lines = _pandas(grouped if question.most is None else grouped.head(question.most + 1))
        if places:
            lines = lines.sort_values(PLACE, ignore_index=True)
        of_each = lines.pop(ROWS).to_numpy(dtype=np.intp)
        first = lines.pop(PLACE).to_numpy(dtype=np.intp) if places else None
        values = self.shown(lines.set_axis(list(question.columns), axis="columns"))
        if question.most is not None and len(values) > question.most:
            return Lines(values, of_each, first)
        return Frame(values, of_each, first).lines(Question(question.columns, places=question.places))

    def is_empty(self) -> bool:
        """Whether there is no row."""
        return not self.names or not collected(self.frame.head(1).select(n=nw.len())).item()

    def copied(self) -> pd.DataFrame:
        """All rows with all columns, in memory."""
        plain = {self._column(name): self._plain(name) for name in self.names}
        return _pandas(self.frame.select(**plain)).set_axis(list(self.names), axis="columns")

    def _type(self, name: str) -> nw.dtypes.DType:
        return self.schema[self._column(name)]

    def _column(self, name: str) -> str:
        return f"c{self.names.index(name)}"

    def _plain(self, name: str) -> nw.Expr:
        """The column in a type that pandas has."""
        held = PLAIN.get(type(self._type(name)))
        column = nw.col(self._column(name))
        return column if held is None else column.cast(held)

    def _value(self, name: str) -> nw.Expr:
        """The column in a type that pandas has, with one mark for what is missing and one zero."""
        value, held = self._plain(name), self._type(name)
        return nw.when(~value.is_nan()).then((value + 0.0).cast(held)) if held.is_float() else value

    def _countable(self, name: str) -> nw.Expr:
        """The column in a type whose distinct values every library counts."""
        held = COUNTED.get(type(self._type(name)))
        return self._value(name) if held is None else self._value(name).cast(held)

    def _term(self, name: str, question: Question) -> nw.Expr:
        """The column, on the grid where it is asked for."""
        value = self._value(name)
        if name not in question.rounded:
            return value
        value = value.cast(nw.Float64())
        large = value * SPLIT
        point = large - (large - value)
        stays = value.abs() > LARGEST
        if kept := [float(each) for each in question.rounded[name]]:
            stays = stays | point.is_in(kept)
        return nw.when(stays).then(value).otherwise(point) + 0.0

    def _counts(self, columns: Sequence[str], frame: AnyFrame) -> dict[str, int]:
        """How many distinct values some columns have in some rows, missing ones apart."""
        values = [self._countable(name) for name in columns]
        counted = {f"n{place}": value.n_unique() for place, value in enumerate(values)}
        missing = {f"m{place}": value.is_null().any() for place, value in enumerate(values)}
        seen = _one(frame, counted | missing)
        return {name: int(seen[f"n{place}"]) - bool(seen[f"m{place}"]) for place, name in enumerate(columns)}


def native(frame: object, shown: Shown = lambda frame: frame) -> Native | None:
    """The engine of a frame of Polars, Arrow or DuckDB; None: it is of another library.

    Args:
        frame: the frame, of the library or of Narwhals.
        shown: lines as pandas holds them → as they are read.
    """
    by_place: AnyFrame
    held: Any = nw.to_native(frame, pass_through=True)
    if nw.dependencies.is_polars_dataframe(held) or nw.dependencies.is_polars_lazyframe(held):
        with computed():
            known = nw.from_native(held)
            names = known.collect_schema().names()
        by_place = known.select(**{f"c{place}": nw.col(name) for place, name in enumerate(names)})
    elif nw.dependencies.is_pyarrow_table(held):
        names = held.column_names
        by_place = nw.from_native(_groupable(held.rename_columns([f"c{place}" for place in range(len(names))])))
    elif nw.dependencies.is_duckdb_relation(held):
        names = held.columns
        # By number, as DuckDB takes "a" and "A" for one name; identifiers as the text that they become in pandas.
        columns = [f"#{place}::VARCHAR" if of == "UUID" else f"#{place}" for place, of in enumerate(held.types, 1)]
        terms = ", ".join(f"{column} AS c{place}" for place, column in enumerate(columns))
        by_place = nw.from_native(held.project(terms))
    else:
        return None
    return Native(by_place, tuple(names), shown)


def _groupable(table: pa.Table) -> pa.Table:
    """The table in types by which Arrow groups: one dictionary for all chunks of a column, text and not views of it,
    and numbers of 32 bits for those of 16."""
    import pyarrow as pa

    wider = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary(), pa.float16(): pa.float32()}
    schema = pa.schema([field.with_type(wider.get(field.type, field.type)) for field in table.schema])
    return (table if schema.types == table.schema.types else table.cast(schema)).unify_dictionaries()


def engine(frame: pd.DataFrame) -> Engine:
    """The engine of a data frame as an Arrow table, for tests of the contract."""
    import pyarrow as pa

    return cast("Native", native(pa.Table.from_pandas(frame, preserve_index=False)))


def collected(frame: AnyFrame) -> nw.DataFrame[Any]:
    """The frame, computed where it is a plan."""
    with computed():
        return frame.collect() if isinstance(frame, nw.LazyFrame) else frame


@contextmanager
def computed() -> Iterator[None]:
    """Turn what a library says of a frame that it cannot compute into a message."""
    try:
        with interruptible():
            yield
    except (FairAuditError, MemoryError):
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise SourceError(f"the data frame cannot be computed: {reason}") from error


def _pandas(frame: AnyFrame) -> pd.DataFrame:
    with computed():
        return collected(frame).to_pandas()


def _kind(held: nw.dtypes.DType) -> Kind:
    if held.is_nested():
        return "nested"
    if held.is_numeric():
        return "number"
    return "text" if held in (nw.String, nw.Categorical, nw.Enum) else "other"


def _one(frame: AnyFrame, named: dict[str, nw.Expr]) -> dict[str, Any]:
    """The values of some expressions over all rows of a frame."""
    return collected(_planned(frame).select(**named)).rows(named=True)[0]


def _planned(frame: AnyFrame) -> AnyFrame:
    """The frame as Polars plans a whole query over it, step by step in other libraries."""
    lazy = isinstance(frame, nw.DataFrame) and frame.implementation.is_polars()
    return frame.lazy() if lazy else frame
