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

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
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
DRAWS = 2**32
"""Draws of rows are whole numbers from 0 to below."""
STRIDE, APART, MIXER = 2654435769, 2246822507, 73244475
"""By which a seed moves what is drawn by, by which people of one row lie apart, and by which all is mixed; see
`draws`."""
SPLIT = float(2 ** (53 - GRID_BITS) + 1)
"""Factor by which a number of 53 significant bits is parted into `GRID_BITS` and the rest (Veltkamp 1968; see Dekker
1971, doi:10.1007/BF01397083)."""
ABOUT = 1.2
"""Factor within which an engine's estimate of the number of distinct values lies in practice."""
FIRST = 20_000
"""Rows that are looked at for what all seem to be like."""
FEW = FIRST // 2
"""Distinct values in these rows up to which a column seems to have few."""
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


@dataclass(eq=False)
class Known:
    """What has been learnt of a table, so that it is not read for it again."""

    rows: int | None = None
    """Number of rows."""
    spread: dict[str, int] = field(default_factory=dict)
    """About how many distinct values columns have, missing ones apart: within the factor `ABOUT`."""
    counted: frozenset[str] = frozenset()
    """Columns whose combinations of values the engine has counted already."""

    def near(self, columns: Sequence[str], least: int, most: int | None) -> list[str]:
        """Those of some columns whose number of distinct values may lie between two bounds; see `Engine.distinct`."""
        highest = math.inf if most is None else most * ABOUT
        return [name for name in columns if least / ABOUT <= self.spread[name] <= highest]


def within(counts: Mapping[str, int], least: int, most: int | None) -> dict[str, int]:
    """The columns whose number of distinct values lies between two bounds; see `Engine.distinct`."""
    return {name: count for name, count in counts.items() if least <= count <= (count if most is None else most)}


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
    few: bool = False
    """Whether columns seem to have few values, so that an engine may count them as they stand, and clean them after."""


@dataclass(frozen=True, eq=False)
class Coding:
    """Some columns whose joint values have numbers, for a table in which a row is these numbers."""

    question: Question
    """The columns, and which of them are on the grid."""
    lines: pd.DataFrame
    """Their joint values, as they were answered, shape (L, columns)."""
    own: Ints | None = None
    """Their numbers, shape (L,); None: the number of one is its place."""

    @property
    def numbers(self) -> Ints:
        """The number of each, shape (L,)."""
        import numpy as np

        return np.arange(len(self.lines)) if self.own is None else self.own


@dataclass(frozen=True, eq=False)
class Drawing:
    """How rows are drawn."""

    seed: int
    by: int | None = None
    """Place of the coding by whose number they are drawn: those of one number all or none. None: by their position, as
    are draws of their own, of the next seed."""
    people: Ints | None = None
    """How many people a row stands for, by its number in the first coding, shape (L,), ≥ 1: it becomes as many rows,
    at one position, each drawn by itself. None: one."""


@dataclass(frozen=True, eq=False)
class Scoring:
    """A sum of numbers from tables, one for each row, and what rows are added up by it.

    The first coding says what a row weighs; each of the next has a table, and the score of a row is their sum. Codings
    beyond the tables say nothing here.
    """

    kind: Ints
    """Kind of a row by its number in the first coding, shape (L,), from 0."""
    mass: Floats
    """Its weight, likewise."""
    outcome: Floats
    """Its outcome, likewise."""
    tables: Sequence[Floats]
    """What is added to the score, by the number in each of the codings behind the first."""
    least: float
    """Where the first bin of scores begins; none lies below."""
    width: float
    """Width of a bin, > 0."""
    bins: int
    """How many there are; a score beyond the last counts there."""
    start: int
    """Rows with a draw from it on take part."""


@dataclass(frozen=True, eq=False)
class Scores:
    """The rows of each kind in each bin of scores that has some, added up, in the order of kinds and bins."""

    kind: Ints
    """Shape (L,)."""
    bin: Ints
    """Shape (L,)."""
    mass: Floats
    """Σ weight, shape (L,), > 0."""
    score: Floats
    """Weighted mean of the scores, shape (L,)."""
    outcome: Floats
    """Weighted mean of the outcomes, shape (L,)."""


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

    def seems_few(self, columns: Sequence[str]) -> bool:
        """Whether each of some columns seems to have few distinct values: at most `FEW` in the first `FIRST` rows, or
        in all. A guess, for which next to nothing is read."""

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


class Coded(Protocol):
    """A table in which a row is its numbers in some codings, and has a draw (see `draws`)."""

    def rows(self, start: int, stop: int, below: int = DRAWS) -> Ints:
        """The numbers of some rows, in their order, shape (n, codings).

        Args:
            start: rows with a draw from it on,
            stop: and below it,
            below: and, where several have one draw, with a draw of their own below it.
        """

    def parts(self) -> Iterator[tuple[Ints, Ints]]:
        """Positions of rows, each once, and their numbers, shapes (n,) and (n, codings), in order, so many at a
        time."""

    def added(self, scoring: Scoring) -> Scores:
        """Rows added up by kind and bin; one pass."""

    def carried(self, scoring: Scoring, scores: Scores, first: Floats, second: Floats) -> list[Floats]:
        """Σ weight · (a + b · outcome) of the rows with each number, for every coding with a table; one pass.

        Args:
            scoring: which rows, and their kinds and bins.
            scores: what `added` answered to it.
            first: a of each of these kinds and bins, shape (L,).
            second: b, likewise.
        """


@runtime_checkable
class Coder(Protocol):
    """An engine that can hold its rows as numbers and add them up again and again."""

    def coded(self, codings: Sequence[Coding], drawing: Drawing) -> Coded:
        """The table of the rows that have a number in every coding."""


def draws(places: Ints, seed: int) -> Ints:
    """A whole number from 0 to below `DRAWS` for each row, by a place and a seed: which rows are drawn.

    The place is the row's position, + `APART` times how many people of the row come before, or the number of its unit.

    Two rounds of multiplying and folding 32 bits (C. Wellons, hash prospector), of whole numbers below 2⁶³, so that
    every engine draws alike.
    """
    import numpy as np

    number = (np.asarray(places, dtype=np.int64) + (seed * STRIDE) % DRAWS) % DRAWS
    for _ in range(2):
        number = ((number ^ (number >> 16)) * MIXER) % DRAWS
    return np.asarray(number ^ (number >> 16), dtype=np.intp)
