"""A data frame of any library, and what answers questions of it: the one door through which frames reach an audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fairaudit.data.sources import from_frame, plain, refuse_shapeless
from fairaudit.results import Source

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.engines import Engine

MOST_ROWS = 100_000
"""Rows up to which all columns are read into memory, too, to tell what a difference goes along with."""


@dataclass(frozen=True, eq=False)
class Framed:
    """A data frame, asked where its rows are."""

    engine: Engine
    """What answers questions of it."""
    rows: Callable[[], pd.DataFrame | None]
    """All rows with all columns, as pandas holds them; None: they are too many to be copied."""
    source: Source = field(default_factory=lambda: Source(name="data frame"))
    """What results call it."""


def framed(frame: object) -> Framed:
    """What answers questions of a data frame, by the library that made it.

    Raises:
        SourceError: it is no data frame, has no rows, or has several columns of one name.
    """
    from fairaudit.engines.narwhals import native
    from fairaudit.engines.pandas import engine

    if type(frame).__module__.startswith("pyspark.sql."):
        from fairaudit.engines.spark import of_frame

        of_spark = of_frame(frame)
        refuse_shapeless(of_spark.names, of_spark.rows())
        return Framed(of_spark, lambda: None if of_spark.rows() > MOST_ROWS else of_spark.all_rows())
    table = native(frame, plain)
    if table is None:
        rows = from_frame(frame).frame
        return Framed(engine(rows), lambda: rows)
    refuse_shapeless(table.names, 0 if table.is_empty() else 1)
    return Framed(table, lambda: None if table.rows() > MOST_ROWS else from_frame(frame).frame)
