"""A source opened for an audit: its rows in memory, or counted where they are, with the same answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.arrays import Ints
from fairaudit.data.condensed import condensed
from fairaudit.data.datasets import Named, named
from fairaudit.data.frames import MOST_ROWS
from fairaudit.data.stored import StoredTable, is_stored, read_stored
from fairaudit.data.table import RoleTable, line_table, role_table
from fairaudit.errors import OptionError
from fairaudit.options import LOCAL, EngineName
from fairaudit.profiles import applied
from fairaudit.results import Source
from fairaudit.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.auditing.run import RowByRow
    from fairaudit.data.roles import Roles
    from fairaudit.data.scanning import Scanned

LARGE = 2**23
"""Bytes of files from which they are counted where they are, unless somebody says how."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A table that is audited."""

    table: RoleTable
    """Its lines in their roles."""
    origin: Callable[[], Source]
    """Where it came from; waits until all of it was looked at."""
    roles: Roles
    """Which column is what, as a profile fills it in."""
    rows: Callable[[], pd.DataFrame]
    """All rows with all columns, read into memory."""
    rows_at: Callable[[Ints], pd.DataFrame]
    """The rows at some positions, in their order, with all columns."""
    count: int
    """Number of rows."""
    sources: tuple[Source, ...] | None = None
    """Of a score table the files whose rows it counts; None: what was opened is such a file itself."""

    def stored(self) -> StoredTable:
        """The lines as a score table that can be written."""
        assert self.table.lines is not None
        sources = (self.origin(),) if self.sources is None else self.sources
        return StoredTable(self.table.lines, self.roles, sources)

    def others(self, sample: int | None = None, seed: int = 0) -> RowByRow | None:
        """The rows with all columns, where they are few or a sample is asked for; see `auditing.run.audit_table`."""
        return None if self.count > MOST_ROWS and sample is None else self.row_by_row(sample, seed)

    def row_by_row(self, sample: int | None = None, seed: int = 0) -> RowByRow:
        """The rows with all columns: all of them, or so many drawn with the seed where there are more."""
        from fairaudit.auditing.run import RowByRow

        if sample is None or sample >= self.count:
            frame = self.rows()
            return RowByRow(role_table(frame, self.roles), frame)
        frame = self.rows_at(drawn_places(self.count, sample, seed))
        note = f"What the difference goes along with is told by {sample:,} of {self.count:,} rows, drawn at random."
        return RowByRow(role_table(frame, self.roles), frame, note)


@contextmanager
def opened(
    source: str,
    given: dict[str, Any],
    engine: EngineName = "auto",
    threads: int | None = None,
    master: str = LOCAL,
) -> Iterator[Opened]:
    """The table that a user means, its lines counted.

    Args:
        source: name of an embedded table, else a file, pattern or ``-``; for spark also an address.
        given: fields of `Roles` that were said.
        engine: what counts the rows.
        threads: threads of duckdb; None: as many as there are processors.
        master: the master of spark.
    """
    if os.path.isfile(source) and is_stored(source):
        yield _stored(source, given)
        return
    meant = named(source, given)
    if place := where_it_is(meant, engine, threads, master):
        with place as data:
            roles = applied(meant.roles, data.engine)
            table = line_table(data.engine, roles)
            yield Opened(table, lambda: meant.source(data.origin()), roles, data.rows, data.rows_at, data.engine.rows())
        return
    from fairaudit.data.sources import read

    loaded = read(meant.path, na=meant.na)
    roles = applied(meant.roles, loaded.frame)
    table = line_table(loaded.frame, roles)
    frame = loaded.frame

    def rows_at(places: Ints) -> pd.DataFrame:
        return frame.iloc[places].reset_index(drop=True)

    yield Opened(table, lambda: meant.source(loaded.source), roles, lambda: frame, rows_at, len(frame))


def counted(
    source: str,
    given: dict[str, Any],
    engine: EngineName = "auto",
    threads: int | None = None,
    master: str = LOCAL,
) -> StoredTable:
    """The lines of a table as they are, not yet held against their roles: one of few rows may have a single group.

    Args:
        source: as in `opened`, which has the others, too.
        given: fields of `Roles` that were said.
        engine: what counts the rows.
        threads: threads of duckdb.
        master: the master of spark.
    """
    if os.path.isfile(source) and is_stored(source):
        stored = read_stored(source)
        return replace(stored, roles=replace(stored.roles, **given))
    meant = named(source, given)
    if place := where_it_is(meant, engine, threads, master):
        with place as data:
            roles = applied(meant.roles, data.engine)
            return StoredTable(condensed(data.engine, roles), roles, (meant.source(data.origin()),))
    from fairaudit.data.sources import read

    loaded = read(meant.path, na=meant.na)
    roles = applied(meant.roles, loaded.frame)
    return StoredTable(condensed(loaded.frame, roles), roles, (meant.source(loaded.source),))


def where_it_is(
    meant: Named, engine: EngineName, threads: int | None, master: str
) -> AbstractContextManager[Scanned] | None:
    """What counts the rows where they are; None where they are to be read into memory."""
    if engine == "spark":
        from fairaudit.data.sparked import sparked

        return sparked(meant.path, master, na=meant.na)
    if engine == "duckdb" or (engine == "auto" and _is_large(meant.path)):
        from fairaudit.data.scanning import scanned

        return scanned(meant.path, na=meant.na, threads=threads)
    return None


def _stored(path: str, given: dict[str, Any]) -> Opened:
    """A score table: counted already, with roles of its own."""
    stored = read_stored(path)
    changes = dict(given)
    if "threshold" in changes and "decision" not in changes:
        changes["decision"] = None
    stored = replace(stored, roles=replace(stored.roles, **changes))
    return opened_table(stored, path)


def opened_table(stored: StoredTable, name: str) -> Opened:
    """A score table as what is audited, called so."""
    roles = applied(stored.roles, stored.lines.engine())
    table = line_table(stored.lines, roles)

    def no_rows(_: Ints | None = None) -> pd.DataFrame:
        raise OptionError(
            f"'{name}' is a score table, which holds no single rows; ask this of the table it was made of"
        )

    return Opened(table, lambda: stored.source(name), roles, no_rows, no_rows, MOST_ROWS + 1, stored.sources)


def drawn_places(rows: int, sample: int, seed: int) -> Ints:
    """Positions of so many different rows of a table, increasing, shape (sample,)."""
    rng = Stream.SAMPLED_ROWS.generator(seed)
    places = np.unique(rng.integers(0, rows, sample + sample // 2))
    while len(places) < sample:
        places = np.union1d(places, rng.integers(0, rows, sample))
    return np.sort(rng.permutation(places)[:sample]).astype(np.intp)


def _is_large(path: str) -> bool:
    """Whether files hold many bytes; not of a pattern that matches nothing, or of a stream."""
    from glob import glob

    files = [path] if os.path.isfile(path) else glob(f"{path}/**" if os.path.isdir(path) else path, recursive=True)
    return sum(os.path.getsize(file) for file in files if os.path.isfile(file)) > LARGE
