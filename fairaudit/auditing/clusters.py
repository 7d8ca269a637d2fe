"""What an audit says of rows that are about the same people."""

from __future__ import annotations

import numpy as np

from fairaudit.data.groupings import groupings
from fairaudit.scoretable.grid import groups
from fairaudit.scoretable.table import ScoreTable

INDEPENDENT = "Rows are treated as independent of each other in intervals and p-values."


def independence_notes(table: ScoreTable) -> list[str]:
    """What is taken for independent in intervals and p-values, and what a p-value of people in several groups asks."""
    if table.cluster is None:
        return [INDEPENDENT]
    people = len(np.unique(table.cluster[table.mass > 0]))
    whom = f"{people:,} {'person' if people == 1 else 'people'}"
    notes = [
        f"{table.rows.sum():,.0f} rows are about {whom}. People are treated as independent of each other,"
        " rows are not: intervals are as wide as so many people allow, and shuffles move whole people, with all their"
        " rows, from group to group."
    ]
    moving = [attribute.name for place, attribute in enumerate(table.attributes) if _moves(table, place)]
    if moving:
        notes.append(
            f"Some people are in several groups of {', '.join(moving)}. P-values there compare the groups by the"
            " covariance over people (Hotelling), and shuffles give a person the groups of another one with as many"
            " rows: the hypothesis is that nothing depends on which groups a person was in."
        )
    return notes


def _moves(table: ScoreTable, place: int) -> bool:
    """Whether a person has rows in several groups of an attribute."""
    assert table.cluster is not None
    of_one = groups(table.attributes, table.level, groupings(place + 1)[place])
    order = np.lexsort((of_one.index, table.cluster))
    code, group = table.cluster[order], of_one.index[order]
    return bool(((code[1:] == code[:-1]) & (group[1:] != group[:-1])).any())
