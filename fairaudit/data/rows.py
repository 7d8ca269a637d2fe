"""Which rows take part, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.data.columns import RoleColumn
from fairaudit.data.origin import Origin, first_in_row
from fairaudit.data.roles import Roles
from fairaudit.data.sources import MARKS
from fairaudit.data.tidying import MOST_GROUPS, by_group
from fairaudit.data.values import quoted
from fairaudit.errors import RoleError, listing
from fairaudit.problems import Problems
from fairaudit.results import DroppedGroup, Rows


def used_rows(
    frame: pd.DataFrame,
    roles: Roles,
    columns: dict[str, RoleColumn],
    features: Sequence[str],
    left_out: Mapping[str, NDArray[np.bool_]],
    origin: Origin,
    people: NDArray[np.int64],
    problems: Problems,
) -> tuple[NDArray[np.int64], Rows]:
    """Positions of the lines that are complete enough for `roles.missing`, and why the others are not used.

    Args:
        frame: the data.
        roles: which column is what.
        columns: the columns of roles.
        features: inputs of a model.
        left_out: reason → lines that do not take part for it.
        origin: the rows of each line.
        people: how many people each line stands for. Lines that stand for nobody are not there.
        problems: what does not fit as yet, told where no line is left. Lines that lack what must not be missing are
            among it, and left out so that all else is looked at, too.
    """
    needed, groups = _parts(roles, columns, features)
    keep = people > 0
    dropped: dict[str, int] = {}
    for reason, rows in left_out.items():
        dropped[reason] = int(people[rows & keep].sum())
        keep &= ~rows
    for role, name in dict.fromkeys(needed if roles.missing == "group" else needed + groups):
        missing = frame[name].isna().to_numpy() & keep
        lost = int(people[missing].sum())
        if lost:
            dropped[f"{role} '{name}' missing"] = lost
            keep &= ~missing
    index = np.flatnonzero(keep).astype(np.int64)
    if index.size == 0:
        problems.tell()
        reasons = listing(f"{reason}: {count}" for reason, count in dropped.items())
        raise RoleError(f"no row is left of {origin.total}: {reasons or 'the data have no rows'}")
    return index, Rows(read=int(people.sum()), used=int(people[index].sum()), dropped=dropped)


def _parts(
    roles: Roles, columns: dict[str, RoleColumn], features: Sequence[str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Role and column of those without which a row says nothing, and of those that may have a group without a value."""
    needed = [
        ("outcome" if column.role == "target" else column.role, name)
        for column in columns.values()
        for name in column.columns
    ]
    needed = [(role.replace("split_by", "split key"), name) for role, name in needed]
    groups = [("protected attribute", attribute.name) for attribute in roles.protected]
    groups += [("searched attribute", attribute.name) for attribute in roles.search_over]
    groups += [("feature", name) for name in features]
    return needed, groups


def refuse_missing(
    frame: pd.DataFrame,
    roles: Roles,
    columns: dict[str, RoleColumn],
    features: Sequence[str],
    left_out: Mapping[str, NDArray[np.bool_]],
    origin: Origin,
    people: NDArray[np.int64],
) -> None:
    """Refuse missing values where they are an error, all of them at once, with what can be done for the roles that lack
    them; arguments as in `used_rows`."""
    if roles.missing != "error":
        return
    needed, groups = _parts(roles, columns, features)
    keep = people > 0
    for rows in left_out.values():
        keep &= ~rows
    problems, marks, may_be_groups = [], set(), False
    for role, name in dict.fromkeys([*needed, *groups]):
        missing = frame[name].isna().to_numpy() & keep
        if not missing.any():
            continue
        mark = frame.attrs.get(MARKS, {}).get(name)
        where = first_in_row(missing, origin, f"where the file has '{mark}'" if mark else "")
        problems.append(f"{role} '{name}' is missing in {origin.count(missing)} of {origin.total} rows{where}")
        marks |= {mark} if mark else set()
        may_be_groups |= (role, name) in groups
    if problems:
        ways = "choose --missing drop to leave such rows out"
        if may_be_groups:
            ways += ", or --missing group to keep missing attributes and features as a group of their own"
        if marks:
            ways += f"; --na '' keeps {quoted(sorted(marks))} as a value"
        raise RoleError(f"{', and '.join(problems)}; {ways}")


def dropped_groups(
    frame: pd.DataFrame, roles: Roles, index: NDArray[np.int64], people: NDArray[np.int64]
) -> list[DroppedGroup]:
    """How many rows of each group of each protected attribute are not used; none where all rows are."""
    unused = people > 0
    unused[index] = False
    if not unused.any():
        return []
    return [
        DroppedGroup(attribute=attribute.name, level=level, read=read, dropped=dropped)
        for attribute in roles.protected
        for level, (dropped, read) in (by_group(frame[attribute.name], unused, people) or {}).items()
    ]


def dropped_notes(groups: Sequence[DroppedGroup]) -> list[str]:
    """From which groups rows are not used, one note for each protected attribute."""
    counts: dict[str, list[str]] = {}
    for group in groups:
        counts.setdefault(group.attribute, []).append(f"{quoted([group.level])} {group.dropped} of {group.read}")
    return [f"rows that are not used, by '{name}': {listing(words, MOST_GROUPS)}" for name, words in counts.items()]
