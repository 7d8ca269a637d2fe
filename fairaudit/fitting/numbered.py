"""A table in an engine with what each row holds as numbers: of its role line, its level of each input, and its unit.

Columns with a role are read as lines, each input by itself, so that every decision on values is the one that rows would
be given. Whom rows are about, and what they are split by, stand apart: of both there may be many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints
from fairaudit.data.cleaning import NA, Cleaning
from fairaudit.data.columns import RoleColumn, before_mark
from fairaudit.data.condensed import MOST_DISTINCT, MOST_LINES, Condensed, condensed, in_order, marked
from fairaudit.data.features import read_features
from fairaudit.data.inputs import input_names, rounded_note
from fairaudit.data.origin import Origin
from fairaudit.data.people import cluster_codes
from fairaudit.data.rows import dropped_groups, dropped_notes, refuse_missing
from fairaudit.data.table import RoleTable, role_table
from fairaudit.data.tidying import tidied
from fairaudit.engines import Coded, Coder, Coding, Drawing, Engine, Lines, Question, Scores, Scoring
from fairaudit.errors import OptionError, RoleError, SizeError, listing
from fairaudit.results import DroppedGroup, Rows

if TYPE_CHECKING:
    from fairaudit.data.roles import Roles

MOST_LACKING = 30
"""Columns by whose missing values rows are left out: which of them a row lacks is a number of so many bits."""
MOST_UNITS = MOST_LINES
"""Values that rows are kept together by."""


@dataclass(frozen=True, eq=False)
class Numbered:
    """A column of which each row holds a number: an input of a model, or what rows are split by."""

    name: str
    coding: Coding
    """Its values in the table."""
    levels: pd.Series
    """What they are to a model, or the code of the unit, shape (levels,)."""
    lacking: Ints
    """Places of values without which a row is not used."""
    role: str
    """As reasons call it."""
    notes: tuple[str, ...] = ()
    """What a careful reader must know."""

    def take(self, places: Ints) -> Numbered:
        """Some of the values, none lacking."""
        own = None if self.coding.own is None else self.coding.own[places]
        coding = replace(self.coding, lines=self.coding.lines.iloc[places], own=own)
        return replace(self, coding=coding, levels=self.levels.iloc[places], lacking=self.lacking[:0])


@dataclass(frozen=True, eq=False)
class NumberedColumns:
    """What of each row is a number."""

    roles: Roles
    """Those whose joint values are lines."""
    lines: Condensed
    """These lines."""
    table: RoleTable
    """Those that are used."""
    inputs: list[Numbered]
    units: list[Numbered]
    """What rows are split by, and whom they are about; both may be one column."""
    drawn_by: str | None
    """The one of them whose rows stay together."""
    cluster: str | None
    """The one that says whom rows are about."""

    @property
    def of_each(self) -> Ints:
        """How many people a row of each used line stands for, shape (L,)."""
        if self.table.count is None:
            return np.ones(len(self.table.index), dtype=np.intp)
        people: Ints = (self.table.count / self.lines.origin.rows[self.table.index]).round().astype(np.intp)
        return people

    def coded(self, engine: Coder, seed: int, *, counting: bool = False) -> Coded:
        """The table of these numbers in the engine; only to count rows of it none becomes several."""
        assert self.lines.question is not None
        role_lines = Coding(self.lines.question, self.lines.frame.iloc[self.table.index])
        together = [unit.name for unit in self.units].index(self.drawn_by) if self.drawn_by else None
        by = None if together is None else 1 + len(self.inputs) + together
        codings = [role_lines, *(one.coding for one in (*self.inputs, *self.units))]
        people = None if counting or (self.of_each == 1).all() else self.of_each
        return engine.coded(codings, Drawing(seed, by, people))


def numbered(engine: Engine, asked: Roles) -> tuple[NumberedColumns, list[str]]:
    """The columns as numbers, all rows with a value in each role taking part, and notes on columns left out.

    Args:
        engine: where the table is.
        asked: which column is what, without predictions.
    """
    names, notes = input_names(engine, asked)
    of_units = {role: name for role in ("split_by", "cluster") if (name := getattr(asked, role)) is not None}
    read = _of_lines(asked)
    lines = condensed(engine, read)
    if asked.cluster is not None:  # else it is told that people have several rows
        lines = replace(lines, notes=())
    table = role_table(lines, read)
    inputs = [_input(engine, asked, name) for name in names]
    units = [_unit(engine, asked, role, name) for role, name in of_units.items()]
    units = list({unit.name: unit for unit in units}.values())
    return NumberedColumns(read, lines, table, inputs, units, asked.kept_together, asked.cluster), notes


def _of_lines(asked: Roles) -> Roles:
    """The roles whose joint values are lines."""
    apart = [name for name in (asked.split_by, asked.cluster) if name is not None]
    return replace(
        asked, features=None, favourable=None, split_by=None, cluster=None, drop=tuple({*asked.drop, *apart})
    )


def _input(engine: Engine, roles: Roles, name: str) -> Numbered:
    """An input of a model."""
    number = engine.kinds([name])[name] == "number"
    many = engine.distinct([name], MOST_DISTINCT + 1) if number else {}
    question = Question([name], {name: marked(roles, name)} if many else {})
    lines, tidy = _tidy(engine, roles, question)
    origin = Origin(lines.rows.astype(np.int64))
    refuse_missing(tidy, replace(roles, protected=(), search_over=()), {}, [name], {}, origin, origin.rows)
    features, notes = read_features(tidy, [name], origin, constant=True)
    told = [rounded_note(name, count) for name, count in many.items()]
    lacking = np.flatnonzero(tidy[name].isna()) if roles.missing == "drop" else np.zeros(0, dtype=np.intp)
    return Numbered(name, Coding(question, lines.values), features[name], lacking, "feature", (*notes, *told))


def _unit(engine: Engine, roles: Roles, role: str, name: str) -> Numbered:
    """Whom rows are about, or what they are split by; units have the order of a hash of their names."""
    question = Question([name], most=MOST_UNITS)
    lines, tidy = _tidy(engine, roles, question)
    if len(lines.rows) > MOST_UNITS:
        raise SizeError(
            f"'{name}' has more than {MOST_UNITS:,} different values, which are more than are kept together; take"
            " --sample N of the rows"
        )
    origin = Origin(lines.rows.astype(np.int64))
    columns = {role: RoleColumn(role, name)}
    refuse_missing(tidy, replace(roles, protected=(), search_over=()), columns, [], {}, origin, origin.rows)
    known = tidy[name].notna().to_numpy()
    codes = np.zeros(len(known), dtype=np.intp)
    codes[known] = cluster_codes(tidy.loc[known, name])
    codes[~known] = codes.max() + 1  # of which no row is used
    called = role.replace("split_by", "split key")
    return Numbered(name, Coding(question, lines.values, codes), pd.Series(codes), np.flatnonzero(~known), called)


def _tidy(engine: Engine, roles: Roles, question: Question) -> tuple[Lines, pd.DataFrame]:
    """The values of one column, as they stand and as they are read."""
    (name,) = question.columns
    lines = in_order(engine.lines(question))
    cleaning = _own_cleaning(roles.cleaning, engine.names, name)
    return lines, tidied(lines.values, cleaning, lines.rows.astype(np.int64)).frame


def _own_cleaning(cleaning: Cleaning, names: Sequence[str], name: str) -> Cleaning:
    """What is said of the values of one column; rows are left out by the columns with a role."""

    def own(texts: Sequence[str], mark: str) -> tuple[str, ...]:
        return tuple(text for text in texts if before_mark(names, text, mark, text)[0] == name)

    return replace(cleaning, merge=own(cleaning.merge, ":"), na_of=own(cleaning.na_of, NA), keep=(), leave_out=())


def complete(engine: Coder, columns: NumberedColumns) -> NumberedColumns:
    """The columns without the rows that lack a value without which they are not used; those are counted and told."""
    lines, table = columns.lines, columns.table
    lacking = [one for one in (*columns.units, *columns.inputs) if len(one.lacking)]
    if len(lacking) > MOST_LACKING:
        raise OptionError(
            f"{len(lacking)} features have missing values, and of a table of so many rows they are left out by at most"
            f" {MOST_LACKING}; choose --missing group, name fewer --features, or take --sample N of its rows"
        )
    scores, masses = _counted(engine, columns, lacking)
    whole = scores.bin == 0
    rows = np.zeros(len(lines.frame), dtype=np.int64)
    rows[table.index[scores.kind[whole]]] = scores.mass[whole].round()
    dropped = _reasons(scores, columns.of_each, lacking)
    if not rows.any():
        reasons = listing(f"{reason}: {count}" for reason, count in dropped.items())
        raise RoleError(f"no row is left of {lines.origin.total}: {reasons}")
    kept = replace(lines, frame=lines.frame[rows > 0].reset_index(drop=True), origin=Origin(rows[rows > 0]))
    smaller = role_table(kept, columns.roles)
    groups = _dropped_groups(columns, rows)
    told = Rows(
        read=table.rows.read, used=smaller.rows.used, dropped={**table.rows.dropped, **dropped}, dropped_groups=groups
    )
    smaller = replace(smaller, rows=told, notes=(*dropped_notes(groups), *smaller.notes))
    present = [
        one.take(np.flatnonzero(mass[one.coding.numbers] > 0))
        for one, mass in zip((*columns.inputs, *columns.units), masses, strict=True)
    ]
    inputs, units = present[: len(columns.inputs)], present[len(columns.inputs) :]
    return replace(columns, lines=kept, table=smaller, inputs=inputs, units=units)


def _counted(engine: Coder, columns: NumberedColumns, lacking: Sequence[Numbered]) -> tuple[Scores, list[Floats]]:
    """Rows of each role line by what they lack, a bit for each of some columns; and of those that lack nothing how many
    have each number, of inputs and units."""
    coded, every = columns.coded(engine, 0, counting=True), [*columns.inputs, *columns.units]
    tables = [np.zeros(len(one.levels)) for one in every]
    for place, one in enumerate(lacking):
        tables[every.index(one)][one.coding.numbers[one.lacking]] = 2.0**place
    ones = np.ones(len(columns.table.index))
    scoring = Scoring(np.arange(len(ones)), ones, 0 * ones, tables, 0.0, 1.0, 2 ** len(lacking), 0)
    scores = coded.added(scoring)
    present = (scores.bin == 0).astype(np.float64)
    return scores, coded.carried(scoring, scores, present, 0 * present)


def _reasons(scores: Scores, people: Ints, lacking: Sequence[Numbered]) -> dict[str, int]:
    """Why people are left out → how many, each by the first of some columns that their row lacks."""
    dropped = {}
    for place, one in enumerate(lacking):
        first = (scores.bin & (2 ** (place + 1) - 1)) == 2**place
        dropped[f"{one.role} '{one.name}' missing"] = round(float(scores.mass[first] @ people[scores.kind[first]]))
    return {reason: lost for reason, lost in dropped.items() if lost}


def _dropped_groups(columns: NumberedColumns, rows: NDArray[np.int64]) -> list[DroppedGroup]:
    """How many people of each group are not used.

    Args:
        columns: before rows were left out.
        rows: how many of each role line are used, shape (lines,).
    """
    lines, roles = columns.lines, columns.roles
    frame = tidied(lines.frame, roles.cleaning, lines.origin.rows, roles.sets).frame
    people = np.ones(len(frame), dtype=np.int64)
    people[columns.table.index] = columns.of_each
    both = pd.concat([frame, frame])
    counts = np.concatenate([rows * people, (lines.origin.rows - rows) * people])
    return dropped_groups(both, roles, np.flatnonzero(rows > 0).astype(np.int64), counts)
