"""A source opened for a fit: its rows in memory, so many of them, or counted where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fairaudit.arrays import Step
from fairaudit.auditing.opening import drawn_places, where_it_is
from fairaudit.data.datasets import Named, load_source, named
from fairaudit.data.table import RoleTable, role_table
from fairaudit.engines import Engine, Writer
from fairaudit.errors import OptionError
from fairaudit.fitting.run import Fit, coded, counted_lines, fit_roles, fit_split, fit_table
from fairaudit.fitting.split import refuse_rows_needed
from fairaudit.options import LOCAL, EngineName
from fairaudit.profiles import applied
from fairaudit.results import Source

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.roles import Roles
    from fairaudit.data.scanning import Scanned
    from fairaudit.fitting.options import FitOptions
    from fairaudit.options import Options


@dataclass(frozen=True, eq=False)
class Opened:
    """A table that is fitted to."""

    table: RoleTable | None
    """Its rows or lines in their roles, with features; None: they are too many lines, and stay where they are."""
    origin: Callable[[], Source]
    """Where it came from; waits until all of it was looked at."""
    roles: Roles
    """Which column is what."""
    engine: Engine | None = None
    """Where the rows are that were counted; None: they were read."""

    def fit(self, fitting: FitOptions, options: Options, step: Step = lambda _: None) -> Fit:
        """Fit and audit."""
        if self.table is None and self.engine is not None:
            return fit_split(coded(self.engine, self.origin(), self.roles, fitting, options, step), step)
        assert self.table is not None
        return fit_table(self.table, self.origin(), self.roles, fitting, options, step)

    def check_predictions(self) -> None:
        """Refuse to write what is predicted of each row where the engine writes no files."""
        if self.engine is not None and not isinstance(self.engine, Writer):
            raise OptionError("this engine writes no files; score the table with predict instead of --predictions")

    def write(self, path: str, fit: Fit) -> None:
        """Write a Parquet file with what is predicted of each row of a table that stays in its engine."""
        if fit.of_rows is not None:
            write_parts(path, fit.of_rows())
            return
        lines = None if self.table is None else self.table.lines
        assert lines is not None
        assert lines.question is not None
        assert fit.of_lines is not None
        assert isinstance(self.engine, Writer)
        self.engine.write(path, lines.question, lines.frame, fit.of_lines)


def write_parts(path: str, parts: Iterator[pd.DataFrame]) -> None:
    """Write a table to a Parquet file part by part, so that only one is in memory."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    first = pa.Table.from_pandas(next(parts), preserve_index=False)
    with ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(pa.Table.from_pandas(part, schema=first.schema, preserve_index=False))


@contextmanager
def opened(
    source: str,
    given: dict[str, Any],
    fitting: FitOptions,
    *,
    engine: EngineName = "pandas",
    threads: int | None = None,
    master: str = LOCAL,
    sample: int | None = None,
    seed: int = 0,
    step: Step = lambda _: None,
) -> Iterator[Opened]:
    """The table that a user means.

    Args:
        source: name of an embedded table, else a file, pattern or ``-``.
        given: fields of `Roles` that were said.
        fitting: what is to be fitted, which may need rows.
        engine: ``pandas`` reads all rows; others count rows that are alike where they are.
        threads: threads of duckdb; None: as many as there are processors.
        master: the master of spark.
        sample: rows that are drawn; None: all.
        seed: of the draw.
        step: told of progress.
    """
    if engine == "pandas" and sample is None:
        frame, origin, roles = load_source(source, given)
        roles = applied(roles, frame, scored=True)
        yield Opened(role_table(frame, fit_roles(roles, list(frame.columns)), features=True), lambda: origin, roles)
        return
    if sample is None:
        refuse_rows_needed(fitting)
    meant = named(source, given)
    place = where_it_is(meant, "duckdb" if engine == "pandas" else engine, threads, master)
    assert place is not None
    with place as data:
        roles = applied(meant.roles, data.engine, scored=True)
        asked = fit_roles(roles, data.engine.names)
        step("counting rows" if sample is None else "drawing rows")
        table = counted_lines(data.engine, asked) if sample is None else _drawn(data, asked, sample, seed)
        yield Opened(table, _origin(meant, data), roles, data.engine if sample is None else None)


def _drawn(data: Scanned, roles: Roles, sample: int, seed: int) -> RoleTable:
    """So many rows of a table, drawn at random; all of them where there are no more."""
    rows = data.engine.rows()
    if sample >= rows:
        return role_table(data.rows(), roles, features=True)
    places = drawn_places(rows, sample, seed)
    table = role_table(data.rows_at(places), roles, features=True)
    note = f"Model and numbers are of {sample:,} of {rows:,} rows, drawn at random (--sample)."
    return replace(table, index=places[table.index], notes=(note, *table.notes))


def _origin(meant: Named, data: Scanned) -> Callable[[], Source]:
    return lambda: meant.source(data.origin())
