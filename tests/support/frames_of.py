"""One table as frames of several libraries; missing numbers are NaN in one half of the rows and null in the other."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
from pandas.api import types


def arrow(frame: pd.DataFrame) -> pa.Table:
    """An Arrow table, in two chunks."""
    halves = frame.iloc[: len(frame) // 2], frame.iloc[len(frame) // 2 :]
    columns = [pa.chunked_array(_parts([half.iloc[:, place] for half in halves])) for place in range(frame.shape[1])]
    return pa.table(columns, names=[str(name) for name in frame.columns])


def _parts(halves: list[pd.Series]) -> list[pa.Array]:
    held = pa.array(pd.concat(halves), from_pandas=True).type
    as_they_are = {"type": held, "from_pandas": not types.is_float_dtype(halves[0].dtype)}
    return [pa.array(halves[0], **as_they_are), pa.array(halves[1], type=held, from_pandas=True)]


def polars(frame: pd.DataFrame) -> pl.DataFrame:
    """A Polars frame in memory."""
    polars = pl.DataFrame(arrow(frame).rename_columns([str(place) for place in range(frame.shape[1])]))
    polars.columns = [str(name) for name in frame.columns]  # the constructor changes an empty name
    return polars


def lazy(frame: pd.DataFrame) -> pl.LazyFrame:
    """A plan of Polars, with a step that is still to be taken."""
    return pl.concat([polars(frame), polars(frame)]).lazy().head(len(frame))


def relation(frame: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    """A relation of DuckDB."""
    return duckdb.from_arrow(arrow(frame))


IN_ORDER: dict[str, Callable[[pd.DataFrame], object]] = {"Polars": polars, "Arrow": arrow}
"""Frames whose rows have an order."""
FRAMES: dict[str, Callable[[pd.DataFrame], object]] = IN_ORDER | {"lazy Polars": lazy, "DuckDB": relation}
"""All."""
