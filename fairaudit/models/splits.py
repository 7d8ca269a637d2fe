"""How rows are parted into those fitted on and those held out; rows of one unit stay together.

A unit is all rows with one value of a column (a person, a policy), or each row for itself. Each purpose has a stream of
its own (see `streams`), so that no split follows from another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairaudit.arrays import Ints
from fairaudit.errors import FitError
from fairaudit.streams import Stream


def units_of(n: int, groups: ArrayLike | None) -> Ints:
    """The unit of each of n rows, shape (n,), from 0 without gaps; None: each row is one."""
    if groups is None:
        return np.arange(n)
    return np.asarray(np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1), dtype=np.intp)


def shuffled(units: Ints, rng: np.random.Generator) -> Ints:
    """The units in an order of chance."""
    return rng.permutation(int(units.max()) + 1)


def cut(units: Ints, order: Ints, first: int) -> tuple[Ints, Ints]:
    """Positions of the rows fitted on and of those held out, each in increasing order; held out are the first units."""
    held = np.zeros(len(order), dtype=bool)
    held[order[:first]] = True
    out = held[units]
    return np.flatnonzero(~out), np.flatnonzero(out)


def by_rows(units: Ints, share: float, seed: int) -> tuple[Ints, Ints]:
    """Rows fitted on and held out so that about that share of the *rows* is held out, however large the units are."""
    order = shuffled(units, _held_out(seed))
    size = np.bincount(units, minlength=len(order))[order]
    return cut(units, order, int((np.cumsum(size) - size / 2 < share * len(units)).sum()))


def _held_out(seed: int) -> np.random.Generator:
    """What a split draws with, of single rows or of lines."""
    return Stream.HELD_OUT.generator(seed)


def dealt(rows: Ints, units: Ints | None, share: float, seed: int) -> Ints:
    """How many rows of each line are held out, shape (L,), so that about that share of all rows is.

    Rows of a line differ in nothing, so that a split of rows at random is a draw of such numbers.

    Args:
        rows: rows of each line, shape (L,), ≥ 1.
        units: unit of each line, from 0 without gaps, whose rows stay together, shape (L,); None: each row is one.
        share: of the rows held out.
        seed: seed of the split.
    """
    rng = _held_out(seed)
    if units is None:
        return drawn_rows(rows, round(share * int(rows.sum())), rng)
    order = shuffled(units, rng)
    size = np.bincount(units, rows, minlength=len(order))[order]
    _, held = cut(units, order, int((np.cumsum(size) - size / 2 < share * rows.sum()).sum()))
    return np.where(np.isin(np.arange(len(rows)), held), rows, 0)


def drawn_rows(rows: Ints, size: int, rng: np.random.Generator) -> Ints:
    """How many rows of each line are among so many drawn of all without replacement, shape (L,)."""
    return np.asarray(rng.multivariate_hypergeometric(rows.astype(np.int64), size, method="marginals"), dtype=np.intp)


def by_units(units: Ints, share: float, seed: int) -> tuple[Ints, Ints]:
    """Rows fitted on and held out so that at most that share of the units is held out: where a network stops."""
    order = shuffled(units, Stream.STOPPING.generator(seed))
    return cut(units, order, int(share * len(order)))


def for_rounds(units: Ints, share: float, seed: int) -> tuple[Ints, Ints]:
    """Rows fitted on and held out so that at least that share of the units is held out: how many rounds are best.

    The drawn permutation is read the other way round than in `by_units`, as the place of each unit.
    """
    place = shuffled(units, Stream.ROUNDS.generator(seed))
    return cut(units, np.argsort(place), int(np.ceil(share * len(place))))


def folds_of(n: int, groups: ArrayLike | None, rng: np.random.Generator, parts: int, what: str) -> Ints:
    """The fold of each of n rows, shape (n,), from 0, as `what` needs it; folds hold as many units but for one."""
    units = units_of(n, groups)
    count = int(units.max()) + 1
    if count < parts:
        together = "" if groups is None else ", as rows that are split together count as one"
        raise FitError(f"{what} needs at least {parts} independent rows; there are {count}{together}")
    return np.asarray((shuffled(units, rng) % parts)[units], dtype=np.intp)


def sides(fold: Ints) -> list[tuple[Ints, Ints]]:
    """For each fold the rows of all others, and its own."""
    from sklearn.model_selection import PredefinedSplit  # which imports the measures of scikit-learn, and rich

    return list(PredefinedSplit(fold).split())
