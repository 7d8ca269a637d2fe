"""Cells that hold several values, such as ``White; Black``: a set, in which neither order nor repetition counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from fairaudit.data.values import is_moment, is_numeric, labels
from fairaudit.engines.pandas import is_nested

USUAL = (";", "|", ",", "/")
"""Signs that usually stand between the values of one cell, the surest first."""
MOST_VALUES = 20
"""Different values up to which a sign between them makes a column one of sets."""
FEWEST_REPEATED = 2
"""Cells in which each value of such a column occurs at least, on average."""


def parts(cell: str, separator: str) -> list[str]:
    """The values of a cell, in the order of the alphabet and each once; none of an empty one. Brackets around all of
    them, as lists of Parquet files are read, do not count."""
    cell = cell[1:-1] if cell[:1] == "[" and cell[-1:] == "]" else cell
    return sorted({part.strip() for part in cell.split(separator)} - {""})


def joined(values: Iterable[str], separator: str) -> str:
    """Values as one cell, as `parts` reads them."""
    between = f"{separator.strip()} " if separator in (";", ",") else f" {separator.strip()} "
    return between.join(sorted(set(values)))


def as_sets(column: pd.Series, separator: str, called: Callable[[str], str | None] = lambda value: value) -> pd.Series:
    """A column with every cell in one spelling, object dtype; None where a cell holds no value.

    Args:
        column: the cells.
        separator: what stands between values.
        called: what each value is read as; None: it is missing.
    """
    names = labels(column)
    spelt = {}
    for cell in names.dropna().unique():
        read = {called(part) for part in parts(cell, separator)} - {None}
        spelt[cell] = joined((value for value in read if value), separator) or None
    return pd.Series([spelt.get(cell) for cell in names], index=column.index, name=column.name, dtype=object)


def values_of(column: pd.Series, separator: str) -> list[str]:
    """The different values in the cells of a column, in the order of the alphabet."""
    return sorted({part for cell in labels(column).dropna().unique() for part in parts(cell, separator)})


def holders(column: pd.Series, separator: str) -> pd.Series:
    """The cells of a column one value each: value, at the index of its cell; a cell of several stands as often."""
    names = labels(column).dropna()
    return names.map(lambda cell: parts(cell, separator)).explode().dropna()


def likely_separator(column: pd.Series) -> str | None:
    """The sign between the values of a column whose cells look like sets; None where they look like single values.

    So it is where some cells hold several values, few in all, each of which also occurs alone or in other cells.
    """
    if is_numeric(column) or is_moment(column) or is_nested(column):
        return None
    cells = [str(cell) for cell in column.dropna().unique()]
    for separator in USUAL:
        read = [parts(cell, separator) for cell in cells]
        several = [values for values in read if len(values) > 1]
        alone = {values[0] for values in read if len(values) == 1}
        every = [value for values in read for value in values]
        if not several or len(set(every)) > MOST_VALUES or len(every) < FEWEST_REPEATED * len(set(every)):
            continue
        if all(alone & set(values) for values in several):
            return separator
    return None
