"""The lines of a table with the inputs of a model: what a fit asks of an engine."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from fairaudit.data.columns import checked_columns
from fairaudit.data.condensed import MOST_DISTINCT, condensed
from fairaudit.data.features import MOST_LEVELS, NUMBERED, like_an_identifier, why_left_out, why_no_feature
from fairaudit.data.roles import Roles
from fairaudit.data.table import RoleTable, role_table
from fairaudit.engines import GRID_BITS, Engine, Kind, Question
from fairaudit.errors import OptionError, RoleError

MOST_LINES = 2**20
"""Lines up to which a model is fitted to them: their design matrix is the largest thing in memory."""


def input_table(engine: Engine, roles: Roles) -> RoleTable:
    """The table that a model is fitted to, from the lines of an engine; see `role_table`.

    Numbers with more than `MOST_DISTINCT` distinct values are on the grid, inputs of the model as well.

    Raises:
        TooManyLines: there are more than `MOST_LINES` lines.
    """
    names, notes = input_names(engine, roles)
    asked = replace(roles, features=names)

    def read(places: bool) -> RoleTable:
        lines = condensed(engine, asked, places=places, inputs=names, most=MOST_LINES)
        return role_table(lines, asked, features=True)

    try:
        table = read(places=False)
    except (RoleError, OptionError):  # a message says in which row something stands, which it takes longer to ask for
        table = read(places=True)
    return replace(table, notes=(*notes, *told_of_grid(table), *table.notes))


def told_of_grid(table: RoleTable) -> list[str]:
    """Notes on numbers that were put on the grid."""
    gridded = {} if table.lines is None else table.lines.gridded
    return [rounded_note(name, distinct) for name, distinct in gridded.items()]


def rounded_note(name: str, distinct: int) -> str:
    """The note on a column that was put on the grid."""
    return (
        f"'{name}' has {distinct:,} different numbers; each is rounded to {GRID_BITS} significant bits, by at most"
        f" 1/{2**GRID_BITS:,} of its size."
    )


def input_names(engine: Engine, roles: Roles) -> tuple[tuple[str, ...], list[str]]:
    """Names of the inputs, and notes on columns left out, before any lines are asked for; see `feature_names`."""
    columns = checked_columns(engine.names, roles)
    if roles.features is not None:
        names = tuple(dict.fromkeys(name for name in roles.features if name not in roles.drop))
        texts = [name for name, kind in engine.kinds(names).items() if kind == "text"]
        for name, levels in engine.distinct(texts, MOST_LEVELS + 1).items():
            raise RoleError(
                f"column '{name}' {like_an_identifier(levels)}; leave it out of the features, or make it coarser"
            )
        return names, []
    taken = {name for column in columns.values() for name in column.columns}
    taken |= {*roles.drop, *(attribute.name for attribute in roles.protected)}
    kinds = engine.kinds([name for name in engine.names if name not in taken])
    problems = {name: _why(engine, name, kind) for name, kind in kinds.items()}
    names = tuple(name for name, problem in problems.items() if problem is None)
    return names, [f"column '{name}' {why}; it is not a feature" for name, why in problems.items() if why]


def _why(engine: Engine, name: str, kind: Kind) -> str | None:
    """Why a column cannot be a feature; None: it can be one."""
    if kind == "other":
        return why_no_feature(engine.levels(name))
    many = engine.distinct([name], MOST_DISTINCT + 1)
    if many and kind == "text":
        return like_an_identifier(many[name])
    lines = engine.lines(Question([name], {name: ()} if many else {}))
    column: pd.Series = lines.values[name]
    if not many:
        return why_left_out(column, lines.rows)
    known = int(lines.rows[column.notna().to_numpy()].sum())
    return NUMBERED if many[name] == known and engine.whole(name) else None
