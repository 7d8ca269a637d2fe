"""Subgroups: the people who meet several conditions at once, such as ``race = B``, ``sex = F`` and ``age 25–44``.

A condition is a level of a category, or a run of neighbouring bands of a number. A subgroup of several conditions has
at most as many people as one of some of them, so that a search need not look below a subgroup that is too small: every
subgroup of at least so many people is found, and none is looked at twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import Attribute, joint, sum_by

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_MEMBERSHIPS = 40_000_000
"""Pairs of a cell and a subgroup that holds it, up to which subgroups are searched: half a gigabyte."""


@dataclass(frozen=True, eq=False)
class Condition:
    """What people of a subgroup have in common in one attribute."""

    attribute: int
    """Position of the attribute."""
    label: str
    """The level, or the run of bands."""
    bands: Ints
    """Bands that meet it."""


@dataclass(frozen=True, eq=False)
class Conjunctions:
    """G subgroups of people in C cells."""

    conditions: tuple[tuple[Condition, ...], ...]
    """Conditions of each subgroup, in the order of the attributes."""
    members: csr_array
    """1 where a subgroup holds a cell, shape (G, C)."""

    def __len__(self) -> int:
        """Number of subgroups."""
        return len(self.conditions)

    def cell(self, subgroup: int, attributes: Sequence[Attribute]) -> dict[str, str]:
        """Attribute → condition of one subgroup."""
        return {attributes[each.attribute].name: each.label for each in self.conditions[subgroup]}


def conditions(attribute: Attribute, position: int) -> list[Condition]:
    """The conditions on one attribute: each level; of a number each run of neighbouring bands but the whole of them.

    Rows without a value meet one condition of their own, and are in no run.
    """
    known = len(attribute.bands) - bool(attribute.missing)
    if attribute.kind == "categorical":
        known = 0
    runs = [(first, last) for first in range(known) for last in range(first, known) if last - first + 1 < known]
    found = [
        Condition(position, attribute.run(first, last), np.arange(first, last + 1, dtype=np.intp))
        for first, last in runs
    ]
    return found + [
        Condition(position, attribute.bands[band], np.array([band], dtype=np.intp))
        for band in range(known, len(attribute.bands))
    ]


def conjunctions(attributes: Sequence[Attribute], bands: Ints, people: Floats, depth: int, fewest: int) -> Conjunctions:
    """Every subgroup of up to so many conditions, on different attributes, that has enough people but not all of them.

    Args:
        attributes: d attributes.
        bands: band of each cell in each attribute, shape (C, d).
        people: people in each cell, shape (C,).
        depth: conditions of a subgroup at most.
        fewest: people of a subgroup at least.

    Raises:
        OptionError: there are too many to be searched.
    """
    from scipy.sparse import csr_array

    kinds = [conditions(attribute, position) for position, attribute in enumerate(attributes)]
    sets: list[tuple[Condition, ...]] = []
    cells: list[Ints] = []
    groups: list[Ints] = []
    everyone = _Members((), [()], np.arange(len(people), dtype=np.intp), np.zeros(len(people), dtype=np.intp))
    held, all_people = 0, people.sum()
    for extended in _extended(everyone, kinds, bands, people, depth, fewest):
        size = sum_by(extended.group, people[extended.cell], len(extended.conditions))
        some = np.flatnonzero(size < all_people)
        place = np.full(len(size), -1, dtype=np.intp)
        place[some] = np.arange(len(some)) + len(sets)
        mine = place[extended.group] >= 0
        cells.append(extended.cell[mine].astype(np.int32))
        groups.append(place[extended.group[mine]].astype(np.int32))
        sets += [extended.conditions[place_of] for place_of in some]
        held += int(mine.sum())
        if held > MOST_MEMBERSHIPS:
            raise OptionError(
                f"there are too many subgroups of up to {depth} conditions on {len(attributes)} attributes to search"
                " all of them; search less deep, fewer attributes, or merge rare levels"
            )
    pairs = (np.concatenate([np.empty(0, np.int32), *parts]) for parts in (groups, cells))
    shape = len(sets), len(people)
    return Conjunctions(tuple(sets), csr_array((np.ones(held), tuple(pairs)), shape=shape))


@dataclass(frozen=True, eq=False)
class _Members:
    """The subgroups by some attributes, and which cells are in them."""

    by: tuple[int, ...]
    """Positions of the attributes."""
    conditions: list[tuple[Condition, ...]]
    """Conditions of each subgroup."""
    cell: Ints
    """Cell of each pair of a cell and a subgroup."""
    group: Ints
    """Its subgroup."""


def _extended(
    members: _Members,
    kinds: Sequence[Sequence[Condition]],
    bands: Ints,
    people: Floats,
    depth: int,
    fewest: int,
) -> Iterator[_Members]:
    """Subgroups with one more condition and all below them, without those that are too small."""
    if len(members.by) == depth or not len(members.cell):
        return
    for position in range(members.by[-1] + 1 if members.by else 0, len(kinds)):
        extended = _with_condition(members, kinds[position], position, bands, people, fewest)
        yield extended
        yield from _extended(extended, kinds, bands, people, depth, fewest)


def _with_condition(
    members: _Members, more: Sequence[Condition], position: int, bands: Ints, people: Floats, fewest: int
) -> _Members:
    """The subgroups with one condition on one more attribute, without those that are too small."""
    pairs = np.array([(band, place) for place, each in enumerate(more) for band in each.bands], dtype=np.intp)
    pairs = pairs.reshape(-1, 2)[np.argsort(pairs.reshape(-1, 2)[:, 0], kind="stable")]
    many = np.bincount(pairs[:, 0], minlength=int(bands[:, position].max(initial=0)) + 1)
    start = np.cumsum(many) - many
    band = bands[members.cell, position]
    repeated = np.repeat(np.arange(len(band)), many[band])
    within = np.arange(len(repeated)) - np.repeat(np.cumsum(many[band]) - many[band], many[band])
    condition = pairs[start[band[repeated]] + within, 1]
    levels, group = joint(np.column_stack([members.group[repeated], condition]))
    cell = members.cell[repeated]
    large = sum_by(group, people[cell], len(levels)) >= fewest
    kept = large[group]
    place = np.cumsum(large) - 1
    return _Members(
        (*members.by, position),
        [(*members.conditions[parent], more[last]) for parent, last in levels[large]],
        cell[kept],
        place[group[kept]].astype(np.intp),
    )
