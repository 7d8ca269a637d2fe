"""What is measured: the task, and the outcome as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairaudit.data.origin import Origin
from fairaudit.data.roles import Task
from fairaudit.data.values import (
    Vector,
    bad_value,
    choose_levels,
    is_numeric,
    labels,
    level_names,
    numbers,
    quoted,
    stray_text,
    written_numbers,
    yes,
)
from fairaudit.errors import OptionError, RoleError, listing

COMMON_ZEROS = 0.05
"""Share of zeros from which whole numbers look like counts."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The observed outcome of the used rows."""

    values: Vector
    """0/1, counts, numbers, or the index of the level."""
    levels: tuple[str, ...]
    """Names of the levels 0, 1, …; empty for numbers."""


def guess_task(column: pd.Series, levels: str | None, *, exposure: bool, origin: Origin | None = None) -> Task:
    """Task from the target's values: two of them: binary; levels in order: ordinal; with time at risk counts, where all
    are whole numbers; else numbers."""
    count = int(column.nunique())
    if levels is not None:
        named = choose_levels(column, levels, f"target '{column.name}'")
        return "ordinal" if len(named) == count > 2 else "binary"
    refuse_written(column, origin)
    numeric = is_numeric(column)
    if count <= 2 and not (exposure and numeric):
        return "binary"
    if not numeric:
        present = level_names(column)
        raise RoleError(
            f"target '{column.name}' has {len(present)} levels ({listing(present)}); if they have an order, "
            f"say --task ordinal --target '{column.name}=LOWEST,…,HIGHEST', if they are classes --task multiclass, "
            f"else name those that count as 1: --target '{column.name}=LEVEL'"
        )
    return "count" if exposure and bool((column.dropna() % 1 == 0).all()) else "regression"


def refuse_written(column: pd.Series, origin: Origin | None = None) -> None:
    """Refuse a target of text that holds numbers with commas and signs, or but for a few words, alone.

    Raises:
        RoleError: it says what keeps them from being read as numbers.
    """
    if written := written_numbers(column):
        raise RoleError(f"target '{column.name}' {written}")
    if stray := stray_text(column, origin):
        raise RoleError(f"target '{column.name}' {stray}; write numbers alone, and nothing where there is none")


def as_counts(column: pd.Series, origin: Origin | None = None) -> str:
    """What a note on a guessed regression adds where the target may be counts: whole numbers from 0, many of them 0."""
    known = column.notna().to_numpy()
    values = pd.to_numeric(column[known], errors="coerce").to_numpy(dtype=float)
    if not len(values) or np.nanmin(values) != 0 or not (values == np.floor(values)).all():
        return ""
    lines = (origin or Origin.of_rows(len(column))).take(np.flatnonzero(known))
    zeros = lines.share(values == 0)
    if zeros < COMMON_ZEROS:
        return ""
    return f"; its whole numbers from 0 ({zeros:.1%} are 0) may be counts of events: if so, say --task count"


def read_outcome(column: pd.Series, levels: str | None, task: Task, origin: Origin) -> Outcome:
    """The target's used rows, shape (n,), none missing, read for `task`; one that never varies is refused."""
    what = f"target '{column.name}'"
    if column.nunique() <= 2 and len(level_names(column)) == 1:  # 1 and '1' are two values of one name
        value = level_names(column)[0]
        raise RoleError(f"{what} has one value '{value}' in all {origin.total} rows; two are needed")
    if levels is not None and task not in ("binary", "ordinal"):
        raise OptionError(f"task {task} takes no levels of the {what}; write --target '{column.name}'")
    if levels is None and task != "multiclass":
        refuse_written(column, origin)
    if task == "binary":
        return _binary(column, levels, what)
    if task == "ordinal":
        return _ordinal(column, levels, what, origin)
    values = numbers(column, what, origin)
    if task == "count":
        wrong = (values < 0) | (values != np.floor(values))
        if wrong.any():
            problem = "is no count (0, 1, 2, …); correct it, or use --task regression without an exposure"
            raise bad_value(column, wrong, what, origin, problem)
    return Outcome(values, ())


def _binary(column: pd.Series, levels: str | None, what: str) -> Outcome:
    present = level_names(column)
    if levels is None and len(present) > 2 and is_numeric(column):
        raise RoleError(
            f"{what} has {len(present)} different numbers ({listing(present, 5)}) where a binary task needs "
            f"0 and 1; use another --task, or say which count as 1: --target '{column.name}=NUMBER'"
        )
    values, names = yes(column, levels, what, "--target")
    if values.min() == values.max():
        raise RoleError(f"{what}: all its levels ({listing(present)}) are named as 1; leave one out")
    return Outcome(values, names)


def _ordinal(column: pd.Series, levels: str | None, what: str, origin: Origin) -> Outcome:
    present = level_names(column)
    if levels is None and not is_numeric(column):
        raise RoleError(
            f"{what} has the levels {listing(present)}; name all from lowest to highest: "
            f"--target '{column.name}={','.join(present[:3])}{',…' if len(present) > 3 else ''}'"
        )
    if levels is None:
        numbers(column, what, origin)
        return Outcome(codes_of(column, present), tuple(present))
    order = choose_levels(column, levels, what)
    unlisted = [name for name in present if name not in order]
    if unlisted:
        raise RoleError(
            f"{what} also has the level {quoted(unlisted)}; an ordinal task needs all levels from lowest to highest"
        )
    return Outcome(codes_of(column, order), tuple(order))


def codes_of(column: pd.Series, order: list[str]) -> Vector:
    """The place of each value's name in a list of names, shape (n,)."""
    place = {name: float(code) for code, name in enumerate(order)}
    codes: Vector = labels(column).map(place).to_numpy().astype(np.float64)
    return codes
