"""The attributes by which groups are formed: the protected ones, but of a set the having of each of its values.

A person of several races is in several groups of race, so that these overlap. Who has a value and who has not do not:
two groups, between which every test, interval and correction is as right as between any others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from fairaudit.arrays import Ints
from fairaudit.data.groupings import groupings
from fairaudit.scoretable.cells import Attribute, Cells
from fairaudit.scoretable.grid import Groups, groups


@dataclass(frozen=True, eq=False)
class Facets:
    """D attributes that form groups of n rows."""

    attributes: tuple[Attribute, ...]
    """The attributes."""
    levels: Ints
    """Level of each row in each of them, shape (n, D)."""
    owners: tuple[int, ...]
    """Position of the protected attribute that each comes from, shape (D,)."""

    def groupings(self) -> list[tuple[int, ...]]:
        """Sets of attributes by which groups are formed, as `groupings` says, no two of one protected
        attribute."""
        of_owner: dict[int, list[int]] = {}
        for place, owner in enumerate(self.owners):
            of_owner.setdefault(owner, []).append(place)
        present = list(of_owner.values())
        return [tuple(each) for chosen in groupings(len(present)) for each in product(*(present[i] for i in chosen))]

    def all_groups(self, sizes: Iterable[int] | None = None) -> list[Groups]:
        """The groups of every grouping, or of those of so many attributes."""
        wanted = None if sizes is None else set(sizes)
        return [self.groups(chosen) for chosen in self.groupings() if wanted is None or len(chosen) in wanted]

    def groups(self, chosen: Sequence[int]) -> Groups:
        """The groups of some of the attributes, by their positions."""
        return groups(self.attributes, self.levels, tuple(chosen))

    def named(self, names: Iterable[str]) -> Groups:
        """The groups of some of the attributes, by their names."""
        places = {attribute.name: place for place, attribute in enumerate(self.attributes)}
        return self.groups([places[name] for name in names])


def facets(cells: Cells) -> Facets:
    """The attributes by which the groups of rows are formed."""
    found = [(facet, place) for place, attribute in enumerate(cells.attributes) for facet in attribute.facets]
    owners = tuple(place for _, place in found)
    own = owners == tuple(range(len(cells.attributes)))
    return Facets(tuple(facet for facet, _ in found), cells.levels if own else cells.levels[:, list(owners)], owners)
