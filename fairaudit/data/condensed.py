"""Rows that are alike in every column with a part, counted as one line: what an audit asks of an engine.

Everything that a user says of values (which are missing, alike, left out; which mean yes; where scores are cut) is
decided on these lines by `table.role_table`, for every engine alike. So lines have one order, that of their values: an
audit depends neither on the engine nor on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.arrays import Ints
from fairaudit.data.cleaning import NA, tokens
from fairaudit.data.columns import columns_of, named_columns, refuse_nested
from fairaudit.data.oddities import CODES, told_of_repeated_people
from fairaudit.data.origin import Origin
from fairaudit.data.roles import Roles
from fairaudit.data.values import is_moment, is_numeric
from fairaudit.engines import Engine, Lines, Question, on_grid, within
from fairaudit.engines.pandas import Frame, engine_of
from fairaudit.errors import SizeError

MOST_DISTINCT = 2**17
"""Distinct numbers of a column up to which all are kept; where there are more, they are put on the grid."""
MOST_TRIED = 2**20
"""Lines up to which numbers that seem to have few distinct values are counted without looking whether they have."""
MOST_LINES = 2**23
"""Lines up to which an audit is made of them."""


class TooManyLines(SizeError):
    """A table has too many lines for what is asked."""


@dataclass(frozen=True)
class Withheld:
    """Cells that were left out of a table for the protection of the people in them."""

    cells: int
    """How many, of all tables that were added."""
    people: int
    """People in them."""
    below: int
    """Size from which cells stayed, the largest of all tables."""

    def __add__(self, other: Withheld) -> Withheld:
        """Those of both tables."""
        return Withheld(self.cells + other.cells, self.people + other.people, max(self.below, other.below))

    @property
    def reason(self) -> str:
        """Why the people are not used."""
        return f"withheld, in cells of fewer than {self.below} people, or so that these cannot be told"

    @property
    def note(self) -> str:
        """What the audit cannot know."""
        return (
            f"{self.people:,} people in {self.cells:,} cells of the protected attributes were left out of this table"
            f" before it was made, as a cell had fewer than {self.below} people: values of groups, and of all, are"
            " those of the others, and a group that is not there may have had people."
        )


@dataclass(frozen=True, eq=False)
class Condensed:
    """The lines of a table, or its rows, of which each is a line."""

    frame: pd.DataFrame
    """The lines; of lines that stand for several rows only the columns with a part."""
    origin: Origin
    """The rows of each line."""
    names: tuple[str, ...]
    """All columns of the source."""
    gridded: Mapping[str, int] = field(default_factory=dict)
    """Columns that were put on the grid, and how many distinct numbers the data have in each."""
    notes: tuple[str, ...] = ()
    """What a careful reader must know of columns without a part."""
    withheld: Withheld | None = None
    """Cells that were left out before."""
    question: Question | None = None
    """What the lines were asked by; None: they are rows, or stored."""

    def take(self, lines: NDArray[np.int64]) -> Condensed:
        """Some of the lines."""
        return replace(self, frame=self.frame.iloc[lines].reset_index(drop=True), origin=self.origin.take(lines))

    def engine(self) -> Engine:
        """What answers questions of the lines."""
        return Frame(self.frame, self.origin.rows.astype(np.intp))

    @classmethod
    def of_rows(cls, frame: pd.DataFrame, roles: Roles) -> Condensed:
        """The rows of a data frame as they stand, each a line."""
        engine = engine_of(frame)
        return cls(frame, Origin.of_rows(len(frame)), engine.names, notes=_told(engine, roles))


def condensed(
    data: pd.DataFrame | Engine | Condensed,
    roles: Roles,
    *,
    kept: Mapping[str, Collection[float]] | None = None,
    places: bool = False,
    inputs: Sequence[str] = (),
    most: int | None = None,
) -> Condensed:
    """The lines of a table.

    Args:
        data: the table, or lines of it.
        roles: which column plays which part.
        kept: column → points of the grid whose numbers stay as they are, besides those that the roles name.
        places: whether the first row of each line is wanted, for messages.
        inputs: columns that a model takes besides.
        most: lines up to which they are wanted; None: `MOST_LINES`.

    Raises:
        FairAuditError: the roles do not fit the columns.
        TooManyLines: the lines are too many.
    """
    before = data if isinstance(data, Condensed) else None
    engine = data.engine() if isinstance(data, Condensed) else engine_of(data)
    parts = {*named_columns(engine.names, roles), *inputs}
    columns = [name for name in engine.names if name in parts]
    kinds = engine.kinds(columns)
    refuse_nested(kinds, columns_of(engine.names, roles), roles)
    measured = dict.fromkeys([*_measured(engine.names, roles), *inputs])
    numbers = [name for name in measured if kinds[name] == "number"]
    most = MOST_LINES if most is None else most
    lines, gridded = None, dict[str, int]()
    if before is None:
        lines, gridded = _of_few(engine, Question(columns, {}, places, min(most, MOST_TRIED), few=True), numbers)
    if lines is None and not gridded:
        gridded = engine.distinct(numbers, MOST_DISTINCT + 1)
    if before is not None:  # what is on the grid stays there, and its distinct numbers are those of the data
        gridded |= {name: count for name, count in before.gridded.items() if name in numbers}
    rounded = {name: {*marked(roles, name), *(kept or {}).get(name, ())} for name in gridded}
    question = Question(columns, rounded, places, most)
    lines = engine.lines(question) if lines is None else lines
    if len(lines.rows) > most:
        raise TooManyLines(
            f"the columns form more than {most:,} different rows, and a model is fitted to at most {most:,}; name"
            " fewer --features, or coarser ones, or take --sample N rows"
            if inputs
            else f"the columns form more than {most:,} different rows, and at most {most:,} are measured; cut numbers"
            " into bands (NAME:bins=25,45), or audit fewer attributes at once"
        )
    lines = in_order(lines)
    origin = Origin(lines.rows.astype(np.int64), None if lines.first is None else lines.first.astype(np.int64))
    if before is not None:
        return Condensed(lines.values, origin, engine.names, gridded, before.notes, before.withheld)
    return Condensed(lines.values, origin, engine.names, gridded, _told(engine, roles), question=question)


def _of_few(engine: Engine, question: Question, numbers: Sequence[str]) -> tuple[Lines | None, dict[str, int]]:
    """The lines of a table in which no number has too many distinct values to keep all, and else how many these are.

    One pass tells both where numbers have few distinct values in the first rows, and in all. Where they have not in the
    first, or the lines are more than was asked for, nothing is known: no lines, and no column.
    """
    if not engine.seems_few(numbers):
        return None, {}
    lines = engine.lines(question)
    if question.most is not None and len(lines.rows) > question.most:
        return None, {}
    too_many = within({name: int(lines.values[name].nunique()) for name in numbers}, MOST_DISTINCT + 1, None)
    return (None, too_many) if too_many else (lines, {})


def _told(engine: Engine, roles: Roles) -> tuple[str, ...]:
    if roles.count is not None or roles.cluster is not None:
        return ()
    return tuple(told_of_repeated_people(engine, [*named_columns(engine.names, roles), *roles.drop]))


def _measured(names: Sequence[str], roles: Roles) -> list[str]:
    """The columns in which numbers are quantities, so that near ones may be taken together."""
    columns = columns_of(names, roles)
    of_roles = (columns[role] for role in ("prediction", "target", "exposure", "weight") if role in columns)
    named = [name for column in of_roles if column.levels is None for name in column.columns]
    named += [each.name for each in (*roles.protected, *roles.search_over) if each.kind not in ("categorical", "set")]
    names_of_levels = {roles.given, roles.split_by, roles.cluster, roles.count}
    return [name for name in dict.fromkeys(named) if name not in names_of_levels]


def marked(roles: Roles, name: str) -> set[float]:
    """Points of the grid at which single numbers of a column mean something: marks of missing values, and cuts."""
    marks = {*CODES, *_numbers(tokens(roles.cleaning.na or ""))}
    for text in roles.cleaning.na_of:
        column, _, values = text.rpartition(NA)
        marks |= set(_numbers(tokens(values))) if column == name else set()
    for attribute in (*roles.protected, *roles.search_over):
        marks |= set(attribute.edges) if attribute.name == name else set()
    if name == roles.prediction and roles.cut is not None and roles.cut.fixed:
        marks.add(roles.cut.value)
    return set(on_grid(np.array(sorted(marks))).tolist())


def _numbers(texts: Iterable[str]) -> list[float]:
    values = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce")
    return [float(value) for value in values.dropna()]


def in_order(lines: Lines) -> Lines:
    """The lines in the order of their values, the first column the most significant, missing values last."""
    codes = [_codes(lines.values.iloc[:, place]) for place in range(lines.values.shape[1])]
    order = np.lexsort(codes[::-1]) if codes else np.arange(len(lines.rows))
    first = None if lines.first is None else lines.first[order]
    return Lines(lines.values.iloc[order].reset_index(drop=True), lines.rows[order], first)


def _codes(column: pd.Series) -> Ints:
    """The place of each value among the distinct ones: numbers and moments by size, all else by name."""
    codes, values = pd.factorize(column)
    if is_numeric(column) or is_moment(column) or column.dtype == bool:
        order = np.argsort(np.asarray(values), kind="stable")
    else:
        named = [(str(value), type(value).__name__) for value in values]
        order = np.array(sorted(range(len(named)), key=named.__getitem__), dtype=np.intp)
    place = np.full(len(values) + 1, len(values), dtype=np.intp)
    place[order] = np.arange(len(values))
    places: Ints = place[codes]  # a missing value is -1, the last
    return places
