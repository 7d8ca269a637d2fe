"""Whom rows are about: how many people each stands for, and which rows are about the same one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.data.columns import RoleColumn
from fairaudit.data.origin import Origin, first_in_row
from fairaudit.data.values import bad_value, labels, numbers
from fairaudit.errors import RoleError

MOST_PEOPLE = 2**31 - 1
"""People up to which tables of counts are audited: how drawn tables fare beyond was not measured."""
MOST_ROWS = 20_000_000
"""People up to which a fit makes a row of each."""


def people_of(frame: pd.DataFrame, column: RoleColumn | None, origin: Origin) -> NDArray[np.int64] | None:
    """How many people a row of each line stands for, shape (n,), ≥ 0; None without a column of counts.

    Raises:
        RoleError: a value is missing, negative or no whole number, or nobody is left.
    """
    if column is None:
        return None
    what = f"count '{column.name}'"
    values = numbers(frame[column.name], what, origin)
    missing = np.isnan(values)
    if missing.any():
        raise RoleError(
            f"{what} is missing in {origin.count(missing)} of {origin.total} rows{first_in_row(missing, origin)};"
            " it says how many people a row stands for: write 0 where there is nobody"
        )
    wrong = (values < 0) | (values != np.floor(values))
    if wrong.any():
        problem = "is no number of people (0, 1, 2, …); correct it, or name survey weights as the weight"
        raise bad_value(frame[column.name], wrong, what, origin, problem)
    everybody = float(origin.rows @ values)
    if everybody > MOST_PEOPLE:
        raise RoleError(f"{what} adds up to {everybody:.3g} people, and at most {MOST_PEOPLE:,} can be audited")
    if not values.any():
        raise RoleError(f"{what} is 0 in all {origin.total} rows; nobody would count")
    return values.astype(np.int64)


def one_row_each(index: NDArray[np.int64], people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of rows, each as often as it stands for people, shape (Σ people,).

    Raises:
        RoleError: they are too many for a fit.
    """
    everybody = int(people.sum())
    if everybody > MOST_ROWS:
        raise RoleError(
            f"the rows stand for {everybody:,} people, and a fit takes each of them as a row, at most {MOST_ROWS:,};"
            " name the counts as the weight instead"
        )
    return np.repeat(index, people)


def cluster_codes(column: pd.Series) -> NDArray[np.int64]:
    """Code of each row's value, none missing, shape (n,): from 0, in the order of a hash of the values.

    So neighbouring codes have nothing in common, whatever the values mean, and the order of rows changes nothing.
    """
    codes, names = pd.factorize(labels(column).to_numpy())
    hashes = pd.util.hash_array(np.asarray(names, dtype=object))
    place = np.empty(len(names), dtype=np.int64)
    place[np.lexsort((np.asarray(names, dtype=str), hashes))] = np.arange(len(names))
    codes_in_order: NDArray[np.int64] = place[codes]
    return codes_in_order
