"""A table with its values read as was asked: marks of missing values, spellings of one level, rows that take part."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from fairaudit.data.cleaning import KEEP, MERGE, NA, READ_AS_MISSING, Cleaning, tokens
from fairaudit.data.columns import before_mark
from fairaudit.data.delimited import PADDED
from fairaudit.data.sets import as_sets, holders
from fairaudit.data.values import choose_levels, is_moment, is_numeric, labels
from fairaudit.engines.pandas import is_nested
from fairaudit.errors import OptionError
from fairaudit.problems import Problems

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


def tidied(
    frame: pd.DataFrame,
    cleaning: Cleaning,
    rows: NDArray[np.int64] | None = None,
    sets: Mapping[str, str] | None = None,
) -> Tidied:
    """The table as `cleaning` says: missing values first, then spellings, merged levels, and rows that take part.

    Args:
        frame: the table.
        cleaning: what was asked.
        rows: how many rows each line of the table stands for, shape (n,); None: one.
        sets: column whose cells hold several values → what stands between them: each value is read by itself, and cells
            with the same values become alike.

    Raises:
        RoleError: columns or levels are not there.
        OptionError: a text is not of its form.
    """
    sets = sets or {}
    if cleaning == Cleaning() and not sets:
        return Tidied(frame, {})
    changed = dict(_without_marks(frame, cleaning))
    frame = frame.assign(**changed) if changed else frame
    rows = np.ones(len(frame), dtype=np.int64) if rows is None else rows
    texts = [name for name in frame.columns if name not in sets and _is_text(frame[name])] if cleaning.tidy else []
    frame = frame.assign(**{name: _one_spelling(frame[name], rows) for name in texts})
    problems, merges = Problems(), dict[str, list[str]]()
    for text in cleaning.merge:
        name, _ = before_mark(list(frame.columns), text, ":", f"merge '{text}': {MERGE}")
        if name in sets:
            merges.setdefault(name, []).append(text)
            continue
        with problems.gathered():
            name, column = _merged(frame, text)
            frame = frame.assign(**{name: column})
    for name, separator in sets.items():
        with problems.gathered():
            frame = frame.assign(**{name: _as_sets(frame[name], separator, cleaning, merges.get(name, []), rows)})
    left_out = {}
    for text in cleaning.keep:
        with problems.gathered():
            name, levels, among = _rows_with(frame, text, "keep", sets)
            left_out[f"left out, as {name} {'includes no' if name in sets else 'is not'} {levels}"] = ~among
    for text in cleaning.leave_out:
        with problems.gathered():
            name, levels, among = _rows_with(frame, text, "leave-out", sets)
            left_out[f"left out, as {name} {'includes' if name in sets else 'is'} {levels}"] = among
    problems.tell()
    return Tidied(frame, left_out)


def _rows_with(frame: pd.DataFrame, text: str, option: str, sets: Mapping[str, str]) -> tuple[str, str, Rows]:
    """The column and the levels that ``NAME=LEVEL,LEVEL`` names, and which rows have one of them."""
    name, levels = before_mark(list(frame.columns), text, "=", f"{option} '{text}': {KEEP}")
    column = holders(frame[name], sets[name]) if name in sets else frame[name]
    chosen = choose_levels(column, levels, f"column '{name}'")
    among = pd.Series(labels(column).isin(chosen).to_numpy(), index=column.index)
    if name in sets:
        among = among.groupby(level=0).any().reindex(frame.index, fill_value=False)
    return name, " or ".join(chosen), among.to_numpy()


def _as_sets(
    column: pd.Series, separator: str, cleaning: Cleaning, merges: Sequence[str], rows: NDArray[np.int64]
) -> pd.Series:
    """A column of cells with several values, each of which is read as all others are: missing ones first, then
    spellings, then merged ones."""
    name = str(column.name)
    own = dict(before_mark([name], text, NA, READ_AS_MISSING) for text in cleaning.na_of if text.startswith(name + NA))
    marks = {*tokens(cleaning.na or ""), *tokens(own.get(name, ""))}
    if marks:
        column = as_sets(column, separator, lambda value: None if value in marks else value)
    single = holders(column, separator)
    if cleaning.tidy:
        of_each = rows[column.index.get_indexer(single.index)]
        spelt = dict(zip(single, _one_spelling(single.reset_index(drop=True), of_each), strict=True))
        column = as_sets(column, separator, spelt.__getitem__)
    for text in merges:
        single = holders(column, separator).reset_index(drop=True).rename(name)
        _, merged = _merged(single.to_frame(), text)
        column = as_sets(column, separator, dict(zip(single, merged, strict=True)).__getitem__)
    return as_sets(column, separator)


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
    """A column without the marked values; as numbers, where nothing but the marks kept it from being numbers. Digits
    behind a zero do, as where a file is read."""
    if is_numeric(column):
        return column.astype(np.float64).mask(marked)
    rest = column.astype(object).mask(marked, None)
    numbers = pd.to_numeric(rest.where(rest.notna(), None), errors="coerce")
    if not rest.notna().any() or not (numbers.notna() | rest.isna()).all():
        return rest
    padded = any(re.fullmatch(PADDED, value) for value in rest.dropna().unique() if isinstance(value, str))
    return rest if padded else numbers.astype(np.float64)


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
