"""People with several rows in subgroups that overlap: what is independent where rows are not.

A person counts in a subgroup with all rows that lie in it, added up. Most people are in one cell, some in several (they
grow older); so sums over people follow from one product of the subgroups and the people's rows in the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.measures.certainty import drawn_to_all
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import CHUNK

if TYPE_CHECKING:
    from scipy.sparse import csr_array

PRODUCT = CHUNK // 4
"""Pairs of a subgroup and a person that are held at once."""
NOTHING = 1e-9
"""Share of a person's b below which what lies outside a subgroup is rounding."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How people differ in a quotient r = Σ a / Σ b, in each of G groups; sums over people, shape (G,) each."""

    people: Floats
    """People with any row."""
    squares: Floats
    """Σ b²."""
    second: Floats
    """Σ (a − r b)²."""
    third: Floats
    """Σ (a − r b)³."""
    fourth: Floats
    """Σ (a − r b)⁴."""

    def take(self, some: Ints) -> Spread:
        """Some of the groups."""
        return Spread(**{part.name: getattr(self, part.name)[some] for part in fields(self)})

    def effective(self, b: Floats) -> Floats:
        """People of equal b that would tell as much, (Σ b)²/Σ b² (Kish 1965)."""
        return np.divide(b**2, self.squares, out=np.zeros_like(b), where=self.squares > 0)

    def design_effect(self, single: Floats, b: Floats, pooled: float) -> Floats:
        """By how much the variance of the quotient is enlarged as rows of a person are alike, ≥ 1.

        Args:
            single: Σ (a − r b)² over single rows.
            b: Σ b.
            pooled: the same of all people, to which that of few is drawn.
        """
        people = self.effective(b)
        whole = self.second * people / np.maximum(people - 1, 1e-9)
        own = np.divide(whole, single, out=np.full_like(single, pooled), where=single > 0)
        busy = np.divide(self.second**2, self.fourth, out=np.zeros_like(single), where=self.fourth > 0)
        return drawn_to_all(own, busy, pooled)


@dataclass(frozen=True, eq=False)
class Repeated:
    """What the rows of each person add up to in each cell. E entries of P people in C cells."""

    cell: Ints
    """Cell of each entry, shape (E,)."""
    person: Ints
    """Person of each entry, from 0, shape (E,)."""
    a: Floats
    """Σ a of each entry."""
    b: Floats
    """Σ b of each entry."""
    cells: int
    """C."""

    @classmethod
    def of(cls, cell: Ints, cluster: Ints, a: Floats, b: Floats, cells: int) -> Repeated:
        """The entries of some lines.

        Args:
            cell: cell of each line, shape (L,).
            cluster: code of whom it is about.
            a: Σ a over its rows.
            b: Σ b over its rows.
            cells: C.
        """
        code = np.unique(cluster, return_inverse=True)[1].astype(np.intp)
        pairs, entry = joint(np.column_stack([cell, code]))
        return cls(pairs[:, 0], pairs[:, 1], sum_by(entry, a, len(pairs)), sum_by(entry, b, len(pairs)), cells)

    @property
    def people(self) -> int:
        """P."""
        return int(self.person.max(initial=-1)) + 1

    @property
    def moving(self) -> bool:
        """Whether some people are in several cells."""
        return len(self.person) > self.people

    def everyone(self, value: float) -> Spread:
        """How all people differ, shape (1,).

        Args:
            value: r of all.
        """
        a, b = (sum_by(self.person, part, self.people) for part in (self.a, self.b))
        bearing = a - value * b
        sums = float(self.people), (b**2).sum(), (bearing**2).sum(), (bearing**3).sum(), (bearing**4).sum()
        return Spread(*(np.array([part]) for part in sums))

    def spreads(self, members: csr_array, inside: Floats, outside: Floats) -> tuple[Spread, Spread]:
        """How the people inside and those outside each subgroup differ; a person may be both.

        Args:
            members: cells of each subgroup, shape (G, C).
            inside: r of each subgroup, shape (G,).
            outside: r of the rows outside each.
        """
        own, others = zip(*self._spreads(members, inside, outside), strict=True)
        return _joined(own), _joined(others)

    def _spreads(self, members: csr_array, inside: Floats, outside: Floats) -> Iterator[tuple[Spread, Spread]]:
        from scipy.sparse import csr_array

        # One product gives both sums of every person in every subgroup, and in the same places.
        rows = csr_array((self.a + 1j * self.b, (self.cell, self.person)), shape=(self.cells, self.people))
        a, b = (sum_by(self.person, part, self.people) for part in (self.a, self.b))
        entries = members @ np.bincount(self.cell, minlength=self.cells).astype(np.float64)
        block = np.floor(np.cumsum(entries) / PRODUCT)
        for number in np.unique(block):
            some = np.flatnonzero(block == number)
            product = (members[some].astype(np.complex128) @ rows).tocsr()
            group = np.repeat(np.arange(len(some)), np.diff(product.indptr))
            own = group, product.data.real, product.data.imag, product.indices
            yield _inside(own, inside[some]), _outside(own, outside[some], a, b)


def _joined(parts: Sequence[Spread]) -> Spread:
    return Spread(*(np.concatenate([getattr(part, name.name) for part in parts]) for name in fields(Spread)))


_Own = tuple[Ints, Floats, Floats, Ints]
"""Group, a, b and person of each pair of a subgroup and a person in it."""


def _inside(own: _Own, value: Floats) -> Spread:
    group, a, b, _ = own
    bearing = a - value[group] * b
    return Spread(*(sum_by(group, part, len(value)) for part in (np.ones_like(b), b**2, *_powers(bearing))))


def _outside(own: _Own, value: Floats, all_a: Floats, all_b: Floats) -> Spread:
    """All people as far as they are outside: everybody's sums, put right for those who are inside."""
    group, a, b, person = own
    whole_a, whole_b = all_a[person], all_b[person]
    left = np.where(whole_b - b > NOTHING * whole_b, whole_b - b, 0.0)
    left_a = np.where(left > 0, whole_a - a, 0.0)
    before, after = whole_a - value[group] * whole_b, left_a - value[group] * left
    everyone = (
        np.full(len(value), float(len(all_b))),
        np.full(len(value), float((all_b**2).sum())),
        *(_power_sums(all_a, all_b, value, power) for power in (2, 3, 4)),
    )
    taken = np.ones_like(b), whole_b**2, *_powers(before)
    kept = (left > 0).astype(np.float64), left**2, *_powers(after)
    sums = [
        of_all + sum_by(group, new - old, len(value)) for of_all, old, new in zip(everyone, taken, kept, strict=True)
    ]
    people, squares, second, fourth = (np.maximum(sums[place], 0.0) for place in (0, 1, 2, 4))
    return Spread(people, squares, second, sums[3], fourth)


def _powers(bearing: Floats) -> tuple[Floats, Floats, Floats]:
    return bearing**2, bearing**3, bearing**4


def _power_sums(a: Floats, b: Floats, value: Floats, power: int) -> Floats:
    """Σ (a − r b)^k over all people for each r, shape (G,)."""
    terms = (comb(power, j) * float((a ** (power - j) * b**j).sum()) * (-value) ** j for j in range(power + 1))
    result: Floats = np.sum(list(terms), axis=0)
    return result
