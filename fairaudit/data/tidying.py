"""A table with its values read as was asked: marks of missing values, spellings of one level, rows that take part."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from fairaudit.data.cleaning import KEEP, MERGE, NA, READ_AS_MISSING, Cleaning, tokens
from fairaudit.data.columns import before_mark
from fairaudit.data.values import choose_levels, is_moment, is_nested, is_numeric, labels
from fairaudit.errors import OptionError

Rows = NDArray[np.bool_]

MOST_GROUPS = 12
"""Groups of which a note tells."""


@dataclass(frozen=True, eq=False)
class Tidied:
    """A table with its values read as was asked."""

    frame: pd.DataFrame
    """The table, all rows in their order."""
    left_out: dict[str, Rows]
    """Reason → which rows are left out for it, shape (n,)."""


def tidied(frame: pd.DataFrame, cleaning: Cleaning, rows: NDArray[np.int64] | None = None) -> Tidied:
    """The table as `cleaning` says: missing values first, then spellings, merged levels, and rows that take part.

    Args:
        frame: the table.
        cleaning: what was asked.
        rows: how many rows each line of the table stands for, shape (n,); None: one.

    Raises:
        RoleError: a column or level is not there.
        OptionError: a text is not of its form.
    """
    if cleaning == Cleaning():
        return Tidied(frame, {})
    changed = dict(_without_marks(frame, cleaning))
    frame = frame.assign(**changed) if changed else frame
    rows = np.ones(len(frame), dtype=np.int64) if rows is None else rows
    if cleaning.tidy:
        texts = [name for name in frame.columns if _is_text(frame[name])]
        frame = frame.assign(**{name: _one_spelling(frame[name], rows) for name in texts})
    for text in cleaning.merge:
        name, column = _merged(frame, text)
        frame = frame.assign(**{name: column})
    left_out = {}
    for text in cleaning.keep:
        name, levels, among = _rows_with(frame, text, "keep")
        left_out[f"left out, as {name} is not {levels}"] = ~among
    for text in cleaning.leave_out:
        name, levels, among = _rows_with(frame, text, "leave-out")
        left_out[f"left out, as {name} is {levels}"] = among
    return Tidied(frame, left_out)


def _rows_with(frame: pd.DataFrame, text: str, option: str) -> tuple[str, str, Rows]:
    """The column and the levels that ``NAME=LEVEL,LEVEL`` names, and which rows have one of them."""
    name, levels = before_mark(list(frame.columns), text, "=", f"{option} '{text}': {KEEP}")
    chosen = choose_levels(frame[name], levels, f"column '{name}'")
    return name, " or ".join(chosen), labels(frame[name]).isin(chosen).to_numpy()


def spelling(name: str) -> str:
    """A level without what does not tell levels apart: NFC form, lower case, single blanks, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def likeness(name: str) -> str:
    """A coarser spelling, by which levels look alike: compatible forms, no blanks or hyphens between letters, and the
    parts of a list in any order."""
    parts = re.split(r"\s*[;,|/]\s*", spelling(unicodedata.normalize("NFKC", name)))
    return ";".join(sorted(re.sub(r"(?<=[^\W\d])[\s\-‐–_.]+(?=[^\W\d])", "", part) for part in parts))


def _without_marks(frame: pd.DataFrame, cleaning: Cleaning) -> Iterable[tuple[str, pd.Series]]:
    """The columns in which marks of missing values stand, without them."""
    everywhere = tokens(cleaning.na or "")
    own = dict(before_mark(list(frame.columns), text, NA, f"'{text}': {READ_AS_MISSING}") for text in cleaning.na_of)
    for name in frame.columns if everywhere else own:
        marks = {*everywhere, *tokens(own.get(name, ""))}
        column = frame[name]
        if not marks or is_moment(column) or is_nested(column):
            continue
        if is_numeric(column):
            numbers = pd.to_numeric(pd.Series(sorted(marks), dtype=object), errors="coerce").dropna()
            marked = column.isin(numbers)
        else:
            marked = column.astype(str).str.strip().isin(marks) & column.notna()
        if marked.any():
            yield str(name), _reread(column, marked)


def _reread(column: pd.Series, marked: pd.Series) -> pd.Series:
    """A column without the marked values; as numbers, where nothing but the marks kept it from being numbers."""
    if is_numeric(column):
        return column.astype(np.float64).mask(marked)
    rest = column.astype(object).mask(marked, None)
    numbers = pd.to_numeric(rest.where(rest.notna(), None), errors="coerce")
    return numbers.astype(np.float64) if rest.notna().any() and (numbers.notna() | rest.isna()).all() else rest


def _is_text(column: pd.Series) -> bool:
    return not (
        is_numeric(column) or is_moment(column) or types.is_bool_dtype(column.dtype) or is_nested(column)
    ) and any(isinstance(value, str) for value in column.dropna().unique())


def _one_spelling(column: pd.Series, rows: NDArray[np.int64]) -> pd.Series:
    """Each value by the most frequent spelling of it, the first of the alphabet where two are as frequent."""
    names = labels(column)
    called: dict[str, str] = {}
    known = names.notna().to_numpy()
    counts = pd.Series(rows[known]).groupby(names[known].to_numpy()).sum()
    for name in sorted(counts.index, key=lambda name: (-counts[name], name)):
        called.setdefault(spelling(name), name)
    return names.map({name: called[spelling(name)].strip() for name in counts.index})


def _merged(frame: pd.DataFrame, text: str) -> tuple[str, pd.Series]:
    """A column with some of its levels read as another."""
    form = f"merge '{text}': {MERGE}"
    name, levels = before_mark(list(frame.columns), text, ":", form)
    new, equals, old = levels.partition("=")
    if not equals or not new.strip() or not old:
        raise OptionError(form)
    names = labels(frame[name])
    chosen = choose_levels(frame[name], old, f"column '{name}'")
    return name, names.mask(names.isin(chosen), new.strip())


def by_group(column: pd.Series, left_out: Rows, people: NDArray[np.int64]) -> dict[str, tuple[int, int]] | None:
    """Group → its rows that are left out, and all its rows; None for numbers of many values.

    Args:
        column: the groups, shape (n,).
        left_out: whether each row is left out.
        people: how many people each row stands for, as which it counts.
    """
    if is_moment(column) or is_nested(column) or (is_numeric(column) and column.nunique() > MOST_GROUPS):
        return None
    names = labels(column).fillna("(missing)")
    of_each = pd.DataFrame({"dropped": np.where(left_out, people, 0), "read": people})
    counts = of_each[people > 0].groupby(names.to_numpy()[people > 0], sort=True).sum()
    return {str(name): (int(row["dropped"]), int(row["read"])) for name, row in counts.iterrows()}
