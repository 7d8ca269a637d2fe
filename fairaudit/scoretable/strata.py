"""Among which rows independence is asked: the strata of each notion of parity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Ints
from fairaudit.errors import OptionError
from fairaudit.options import Parity

if TYPE_CHECKING:
    from fairaudit.data.table import RoleTable


SMALLEST_STRATUM = 10
"""Rows that a stratum of an admissible column needs on average."""


@dataclass(frozen=True)
class Admissible:
    """A column by which it is admissible to treat people differently, such as the department to which they apply."""

    name: str
    """Column name."""
    levels: tuple[str, ...]
    """Names of its values; the code of a row is a place in it."""


def strata(table: RoleTable, parity: Parity, rows: Ints | None = None) -> Ints | None:
    """The stratum of each row.

    Args:
        table: the outcome (0/1, or a level index) and the admissible column, if one is given.
        parity: demographic parity asks among all rows, equalised odds within each outcome, equal opportunity within
            the positive one.
        rows: positions of the rows; None: all.

    Returns:
        Codes, one for each row, -1 for one that does not count; None where all rows form one stratum.

    Raises:
        OptionError: if the outcome has no strata, being a count or a number.
    """
    chosen = slice(None) if rows is None else rows
    codes = None if table.given is None else table.given[chosen].astype(np.intp)
    people = len(codes) if codes is not None else 0
    if table.count is not None:
        people = int(table.count[chosen].sum())
    if codes is not None and len(np.unique(codes)) * SMALLEST_STRATUM > people:
        raise OptionError(
            f"the given column has {len(np.unique(codes))} values in {people} rows; strata need about"
            f" {SMALLEST_STRATUM} rows each, so cut it into classes first"
        )
    if parity == "demographic":
        return codes
    if table.outcome is None:
        raise OptionError(f"parity {parity} compares rows of one outcome; name it with --target NAME")
    if table.task not in ("binary", "ordinal", "multiclass"):
        raise OptionError(
            f"parity {parity} compares rows of one outcome, which a {table.task} does not group; "
            "use demographic parity, with --given COLUMN for a tariff class, say"
        )
    if parity == "equal-opportunity" and table.task != "binary":
        raise OptionError("parity equal-opportunity needs a binary outcome; use equalized-odds")
    outcome = table.outcome[chosen].astype(np.intp)
    levels = int(outcome.max()) + 1
    codes = outcome if codes is None else codes * levels + outcome
    return np.where(outcome == 1, codes, -1) if parity == "equal-opportunity" else codes


def notion(parity: Parity, given: str | None) -> str:
    """The notion of parity in words, with its admissible column."""
    return parity if given is None else f"{parity} given {given}"


def admissible(table: RoleTable) -> Admissible | None:
    """The admissible column of a table of roles."""
    return None if table.given_name is None else Admissible(table.given_name, table.given_levels)
