"""Small groups taken out before anything is measured, so that no number of a result tells of fewer people than asked.

What is hidden in a finished result can be found by subtraction: a cell from its row and column, a rate from those of
all others. So nothing is hidden there. The rows of a small *cell* (a combination of all protected attributes, by bands)
take no part, and the result is that of the other rows: whoever has it knows of the small cells only how many rows they
have together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from fairaudit.arrays import Flags, Ints
from fairaudit.errors import OptionError, RoleError
from fairaudit.options import Options
from fairaudit.results import ProtectedAttribute, Rows
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import groups
from fairaudit.scoretable.table import ScoreTable

if TYPE_CHECKING:
    from fairaudit.data.table import RoleTable


def refuse_what_is_finer(options: Options, given: str | None, profile: str | None) -> None:
    """Refuse what looks into cells further, beside a least number of people.

    Raises:
        OptionError: a search, strata or a public rule are asked for.
    """
    asked = [
        (options.search, "a search for subgroups"),
        (given, f"strata of '{given}'"),
        (options.parity != "demographic", f"parity {options.parity}"),
        (profile, f"the table of the profile {profile}"),
    ]
    for wanted, words in asked:
        if wanted:
            raise OptionError(
                f"{words} would tell of fewer than {options.suppress} people; leave it out, or do not suppress"
            )


def suppressed(table: RoleTable, lines_of: Callable[[RoleTable], ScoreTable], least: int) -> RoleTable:
    """The rows of cells with enough people, and what is said of the others.

    A cell stays if so many people are in it, and so many have each decision and each outcome that occurs there (counts:
    had an event, or none). Bands of numbers are cut anew among the rows that stay, until all cells do.

    Args:
        table: the rows in their roles.
        lines_of: the score table of such rows, a line for each in their order.
        least: number of people, ≥ 1.

    Raises:
        RoleError: no two groups are left.
    """
    lines, lost = lines_of(table), 0
    total = float(lines.rows.sum())
    while not (stays := _large(lines, lost, least)).all():
        if len(groups(lines.attributes, lines.level[stays], tuple(range(len(lines.attributes))))) < 2:
            raise RoleError(
                f"fewer than two groups of the protected attributes have {least} people, and as many with each of their"
                " decisions and outcomes; cut numbers into wider bands, merge levels, or name fewer attributes"
            )
        table = table.take(stays)
        lines = lines_of(table)
        lost = round(total - float(lines.rows.sum()))
    dropped = table.rows.dropped | ({f"to hide groups of fewer than {least} people": lost} if lost else {})
    rows = Rows(read=table.rows.read, used=table.rows.used - lost, dropped=dropped)
    return replace(table, rows=rows, notes=(_note(least, lost),))


def _large(lines: ScoreTable, lost: int, least: int) -> Flags:
    """Which lines are in cells that are large enough. Where fewer rows than that have left in all, the smallest cell
    does not stay either: the number of those who left is told."""
    cell = groups(lines.attributes, lines.level, tuple(range(len(lines.attributes)))).index
    parts, part = joint(np.column_stack([cell, *_kinds(lines)]))
    rows = sum_by(cell, lines.rows)
    stays = np.ones(len(rows), dtype=bool)
    stays[parts[_people(lines, part, len(parts)) < least, 0]] = False
    while 0 < lost + rows[~stays].sum() < least and stays.any():
        stays[np.flatnonzero(stays)[np.argmin(rows[stays])]] = False
    return stays[cell]


def _kinds(table: ScoreTable) -> list[Ints]:
    """What divides the people of a cell, in codes for each line: decisions, and outcomes that are no amounts."""
    kinds = [] if table.decision is None else [table.decision]
    if table.subject == "decision":
        kinds.append(table.value)
    if table.outcome is not None and table.task != "regression":
        kinds.append((table.outcome > 0).astype(np.float64) if table.task == "count" else table.outcome)
    return [np.unique(kind, return_inverse=True)[1].astype(np.intp) for kind in kinds]


def _people(table: ScoreTable, part: Ints, size: int) -> Ints:
    """People of each part: its rows, or those whom they are about."""
    if table.cluster is None:
        return np.bincount(part, table.rows, minlength=size).astype(np.intp)
    pairs = joint(np.column_stack([part, table.cluster]))[0]
    return np.bincount(pairs[:, 0], minlength=size)


def without_extremes(attribute: ProtectedAttribute) -> ProtectedAttribute:
    """A protected attribute without its smallest and largest value, which are those of single people."""
    return structs.replace(attribute, range=None)


def _note(least: int, lost: int) -> str:
    smaller = f"the {lost:,} rows of the others take no part" if lost else "none was smaller"
    return (
        f"Every number is of groups of at least {least} people, by all protected attributes together and each decision"
        f" and outcome; {smaller}. Pictures of single values, curves, lift and notes on the data are left out."
    )
