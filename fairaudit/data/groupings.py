"""By how many sets of protected attributes groups are formed, and how many are too many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb, prod

from fairaudit.errors import RoleError

ALL_CROSSED = 3
"""Attributes up to which all of their crossings form groups; of more the pairs and the whole do."""
MOST_GROUPINGS = 250
"""Sets of groups up to which an audit compares each with all measures: a minute of work, and more than can be read."""


def depths(count: int) -> Sequence[int]:
    """How many of so many attributes form groups together."""
    return range(1, count + 1) if count <= ALL_CROSSED else (1, 2, count)


def groupings(count: int) -> list[tuple[int, ...]]:
    """Sets of attributes by which groups are formed: all of them for up to three attributes; for more, the single ones,
    the pairs and the whole."""
    return [chosen for depth in depths(count) for chosen in combinations(range(count), depth)]


def refuse_many_groupings(facets: Sequence[int]) -> None:
    """Refuse more sets of groups than are compared.

    Args:
        facets: how many attributes of groups each protected attribute is, one but for the values of a set.

    Raises:
        RoleError: there are more than `MOST_GROUPINGS`.
    """
    own = len(facets) == sum(facets)
    count = sum(
        comb(len(facets), depth) if own else sum(map(prod, combinations(facets, depth)))
        for depth in depths(len(facets))
    )
    if count > MOST_GROUPINGS:
        several = "" if own else " (each value of a set counts as one)"
        raise RoleError(
            f"{sum(facets):,} protected attributes{several} form {count:,} sets of groups, each alone, in pairs and all"
            f" together, and at most {MOST_GROUPINGS:,} are compared; name fewer: --search 2 in an audit looks at"
            " combinations with others, named by --search-over"
        )
