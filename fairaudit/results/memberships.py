"""What is said of who has a value of a set, such as a person of several races, and who has not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


class Membership(NamedTuple):
    """Having a value of a set or not, as a protected attribute of its own."""

    column: str
    """The set."""
    value: str
    """The value."""
    attribute: str
    """Its name: ``race (Black)``."""
    includes: str
    """The group of those who have it: ``race includes Black``."""
    lacks: str
    """The group of those who have not: ``race does not include Black``."""


def membership(column: str, value: str) -> Membership:
    """The names of having a value of a set."""
    return Membership(
        column, value, f"{column} ({value})", f"{column} includes {value}", f"{column} does not include {value}"
    )


def attribute_of(name: str, sets: Iterable[str]) -> str:
    """The protected attribute that a name in `by` is of: itself, or the set in which people have a value or not."""
    return next((column for column in sets if name.startswith(f"{column} (")), name)


def column_of(attribute: str, level: str) -> str:
    """The column that a level of an attribute is of: that of a set, where it says that people have a value or not."""
    columns = (each.column for each in _readings(attribute) if level in (each.includes, each.lacks))
    return next(columns, attribute)


def briefly(attribute: str, level: str) -> str:
    """A level as it stands in a picture of one attribute: ``with Black``, ``without Black``; others as they are."""
    for each in _readings(attribute):
        if level in (each.includes, each.lacks):
            return f"{'with' if level == each.includes else 'without'} {each.value}"
    return level


def lacks_any(cell: Mapping[str, str]) -> bool:
    """Whether a group is that of people who have some value of a set not."""
    return any(is_membership(name, level) and not _includes(name, level) for name, level in cell.items())


def _includes(attribute: str, level: str) -> bool:
    return any(level == each.includes for each in _readings(attribute))


def is_membership(attribute: str, level: str) -> bool:
    """Whether a level of an attribute says that people have a value of a set, or have it not."""
    return any(level in (each.includes, each.lacks) for each in _readings(attribute))


def _readings(attribute: str) -> Iterator[Membership]:
    """What a name may be of: both columns and values may have brackets."""
    for bracket in re.finditer(r" \(", attribute if attribute.endswith(")") else ""):
        yield membership(attribute[: bracket.start()], attribute[bracket.end() : -1])
