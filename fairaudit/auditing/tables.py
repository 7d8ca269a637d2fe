"""Score tables from Python: rows counted once, kept, added up, and audited as often as is wanted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fairaudit.auditing.opening import opened_table
from fairaudit.auditing.run import audit_table
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.condensed import condensed
from fairaudit.data.roles import Roles, said
from fairaudit.data.stored import StoredTable, merged, read_stored, without_small_cells
from fairaudit.errors import OptionError
from fairaudit.files import write_whole
from fairaudit.options import Options
from fairaudit.profiles import applied
from fairaudit.results import Audit

Name = str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class CountedTable:
    """A score table: the rows of a table, counted by what an audit tells apart, with the roles of their columns."""

    stored: StoredTable
    """What is written."""
    name: str = "score table"
    """What audits call it."""

    @property
    def rows(self) -> int:
        """How many rows are counted."""
        return self.stored.lines.origin.total

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self.stored.lines.frame)

    def audit(self, options: Options | None = None) -> Audit:
        """The audit of all rows that are counted: the same numbers that their tables would give, but for what needs
        single rows."""
        data = opened_table(self.stored, self.name)
        return audit_table(data.table, data.origin(), data.roles, Options.checked(options))

    def save(self, path: Name, *, suppress_cells: int | None = None) -> Path:
        """Write the table, and return the path.

        Args:
            path: a name that ends in .parquet.
            suppress_cells: leave out cells of fewer people, and others by which these could be told.
        """
        if Path(path).suffix.lower() != ".parquet":
            raise OptionError(f"'{os.fspath(path)}' must end in .parquet, the form of score tables")
        table = self.stored if suppress_cells is None else without_small_cells(self.stored, suppress_cells)
        write_whole(path, table.to_bytes())
        return Path(path)


def score_table(frame: object, **roles: Any) -> CountedTable:
    """The rows of a data frame, counted.

    Args:
        frame: a pandas, Polars, Arrow, DuckDB or PySpark table, or anything else that Narwhals reads.
        roles: which column is what, as in `audit`: ``protected=["sex"], prediction="score", target="y"``.

    Raises:
        FairAuditError: a column is missing, or roles contradict each other. Whether values fit their roles is asked by
            audits: a table of few rows may have a single group.
    """
    from fairaudit.data.frames import framed

    try:
        asked = Roles(**said(**{**roles, "cleaning": roles.get("cleaning") or Cleaning()}))
    except TypeError as error:
        raise OptionError(
            f"{str(error).partition('() ')[2] or error}; the roles are those of fairaudit.audit"
        ) from None
    data = framed(frame)
    asked = applied(asked, data.engine)
    return CountedTable(StoredTable(condensed(data.engine, asked), asked, (data.source,)))


def load_table(path: Name) -> CountedTable:
    """The score table in a file, as ``audit --save-table`` or `CountedTable.save` wrote it.

    Raises:
        SourceError: the file holds none, or is damaged.
    """
    return CountedTable(read_stored(os.fspath(path)), os.fspath(path))


def merge(tables: Iterable[CountedTable | Name]) -> CountedTable:
    """The score table of all rows of several ones, each a table or its file.

    Raises:
        SourceError: they have different roles or kinds of columns, or count the rows of one file twice.
        OptionError: there is none.
    """
    given = [each if isinstance(each, CountedTable) else load_table(each) for each in tables]
    if not given:
        raise OptionError("there is no table to add up; name one or more")
    named = [
        (f"table {place}" if each.name == "score table" else each.name, each.stored)
        for place, each in enumerate(given, 1)
    ]
    return replace(CountedTable(merged(named)), name=" + ".join(name for name, _ in named))
