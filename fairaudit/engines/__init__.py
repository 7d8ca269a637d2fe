"""Engines: what answers the questions that an audit puts to a table of rows.

An audit never asks for rows. It asks which columns there are, how many distinct values some have, which these are
(*levels*), and how often each combination of values occurs (*lines*): that is one ``GROUP BY``. What the values mean,
which are missing, alike or left out, how attributes are encoded and what is measured is decided from the answers, in
Python, by the same code for every engine; so the answers have to be the same, and then so is every byte of a result.

Each file of this folder is one engine, and nothing outside knows which it talks to. To add one, write a file with a
function ``engine(frame: pandas.DataFrame) -> Engine``, by which the tests of the contract make tables for it, besides
what makes an engine of the engine's own tables; `tests/engines/test_contract.py` finds it by listing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.arrays import Floats, Ints

Kind = Literal["number", "text", "nested", "other"]
"""Numbers, text, several values in one cell (lists and records), and all else: booleans and moments."""
ROW = "row"
"""What the position of a row is called in a file that is written, from 0."""
GRID_BITS = 10
"""Significant bits of a number on the grid, which is the same for all data, so that tables of different rows add up."""
SPLIT = float(2 ** (53 - GRID_BITS) + 1)
"""Factor by which a number of 53 significant bits is parted into `GRID_BITS` and the rest (Veltkamp 1968; see Dekker
1971, doi:10.1007/BF01397083)."""
LARGEST = 1e60
"""Numbers beyond it, of either sign, stay as they are: `SPLIT` times them must not overflow."""


def on_grid(values: Floats) -> Floats:
    """Numbers rounded to `GRID_BITS` significant bits, to the nearest; each changes by at most 2⁻¹⁰ of its size.

    Two products and two differences of doubles, so that every engine that computes in them rounds alike.
    """
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        large = SPLIT * values
        rounded: Floats = large - (large - values)
    return np.where(np.abs(values) > LARGEST, values, rounded)


@dataclass(frozen=True, eq=False)
class Lines:
    """The combinations of values that occur in some columns of a table."""

    values: pd.DataFrame
    """A line for each combination, in any order, shape (L, columns): numbers, booleans, moments or text, missing values
    NaN, NaT or None, and ``0.0`` for ``-0.0``."""
    rows: Ints
    """Rows of the table with each, shape (L,), none 0."""
    first: Ints | None = None
    """Position of the first of these rows, shape (L,); None where rows are in no order, or nobody asked."""


@dataclass(frozen=True, eq=False)
class Question:
    """What lines are asked for."""

    columns: Sequence[str]
    """The columns whose values are combined."""
    rounded: Mapping[str, Collection[float]] = field(default_factory=dict)
    """Columns of numbers that are put on the grid first; for each the points of the grid whose numbers stay as they
    are, because it matters on which side of one of them they lie, or which of them they are."""
    places: bool = False
    """Whether the position of the first row is wanted, too."""
    most: int | None = None
    """Lines of which more than so many are too many for whoever asks: an engine may leave off all but one more of them.
    None: all are wanted."""


class Engine(Protocol):
    """A table of rows that is never handed over."""

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in the order of the table."""

    def kinds(self, columns: Sequence[str]) -> dict[str, Kind]:
        """What some columns hold."""

    def whole(self, column: str) -> bool:
        """Whether all numbers of a column are whole."""

    def rows(self) -> int:
        """Number of rows."""

    def distinct(self, columns: Sequence[str], least: int = 0, most: int | None = None) -> dict[str, int]:
        """How many distinct values some columns have, missing ones apart, exactly.

        Args:
            columns: the columns.
            least: columns with fewer are left out; that may be known without counting them one by one.
            most: columns with more are left out; None: none.
        """

    def levels(self, column: str) -> pd.Series:
        """The distinct values of a column, in any order, none missing."""

    def lines(self, question: Question) -> Lines:
        """The combinations of values that occur, and how often; not of columns with several values in a cell."""


@runtime_checkable
class Writer(Protocol):
    """An engine that can also write a file with a row for each of its rows."""

    def write(self, path: str, question: Question, lines: pd.DataFrame, answers: pd.DataFrame) -> None:
        """Write to a Parquet file what is said of the line of each row, in the order of the rows, and their positions.

        Args:
            path: where to.
            question: what the lines were asked by.
            lines: the values of these lines, as they were answered, shape (L, columns).
            answers: what is said of each, shape (L, k). Rows of other lines have no values.
        """
