"""A multiclass audit is several binary ones over one table: of each class against the rest, and of the likeliest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairaudit.measures.catalogue import BY_NUMBER
from fairaudit.measures.group_values import held
from fairaudit.measures.measure import Measure
from fairaudit.results.words import class_of
from fairaudit.scoretable.classes import against_rest, top_label
from fairaudit.scoretable.table import ScoreTable


@dataclass(frozen=True, eq=False)
class BinaryPart:
    """A binary table that is taken from one of classes."""

    table: ScoreTable
    measures: Mapping[str, Measure]
    """Measure of the binary table that is wanted → what it is of the classes."""


def binary_parts(table: ScoreTable, asked: frozenset[str] | None) -> list[BinaryPart]:
    """The binary tables of a multiclass one, one of each class and that of the likeliest; none for other tasks.

    Args:
        table: the score table.
        asked: measures that are wanted, by name, also those of one class, such as ``tpr[left]``; None: all.
    """
    parts = [
        BinaryPart(against_rest(table, place), _against_rest(name, asked)) for place, name in enumerate(table.classes)
    ]
    if table.classes and {"probability", "outcome"} <= held(table):
        top = {each.of_top: each for each in BY_NUMBER if each.of_top and (asked is None or each.name in asked)}
        parts.append(BinaryPart(top_label(table), top))
    return [part for part in parts if part.measures]


def _against_rest(of_class: str, asked: frozenset[str] | None) -> dict[str, Measure]:
    """The measures of one class that are wanted, by the name of that of the binary table."""
    own = {each.name: each.against_rest(of_class) for each in BY_NUMBER if each.by_class}
    if asked is None:
        return own
    wanted = {name for name, other in map(class_of, asked) if other in (None, of_class)}
    return {name: measure for name, measure in own.items() if name in wanted}
