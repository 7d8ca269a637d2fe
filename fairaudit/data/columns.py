"""Which column plays which part: found by name, and held against each other, before any value is read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from fairaudit.data.classes import class_columns
from fairaudit.data.cleaning import KEEP, MERGE, NA, READ_AS_MISSING
from fairaudit.data.problems import Problems
from fairaudit.data.roles import PLAIN_ROLES, Roles
from fairaudit.data.values import is_nested
from fairaudit.errors import OptionError, RoleError, listing, nearest


class RoleColumn(NamedTuple):
    """A column that has a role, protected attributes and features apart."""

    role: str
    """As messages call it: ``target``, ``prediction``, …"""
    name: str
    """The column."""
    levels: str | None = None
    """What stood behind ``NAME=``."""
    wide: dict[str, str] | None = None
    """Class → column of its probability, where a prediction has one for each class; `name` is then all of them as they
    were named."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns: one, or one for each class."""
        return (self.name,) if self.wide is None else tuple(self.wide.values())


def columns_of(names: Sequence[str], roles: Roles) -> dict[str, RoleColumn]:
    """Role → column, for the roles that one column can have; every column named anywhere must exist."""
    columns = {}
    for role in ("target", "prediction", "decision", *PLAIN_ROLES):
        text: str | None = getattr(roles, role)
        if text is None:
            continue
        name, levels = with_levels(names, text) if role in ("target", "decision") else (text, None)
        wide = class_columns(names, name) if role == "prediction" else None
        columns[role] = RoleColumn(role, name, levels, wide)
    named = [name for column in columns.values() for name in column.columns]
    named += [attribute.name for attribute in (*roles.protected, *roles.search_over)]
    named += [*(roles.features or ()), *roles.drop]
    problems, known = Problems(), set(names)
    for name in dict.fromkeys(named):
        with problems.gathered():
            if name not in known:
                raise _no_column(names, name)
    problems.tell()
    return columns


def named_columns(names: Sequence[str], roles: Roles) -> list[str]:
    """The columns that play a part in an audit, in the order of the table: those with a role, but for inputs of a
    model, and those by which rows take part.

    Raises:
        RoleError: one is not there.
    """
    named = {name for column in columns_of(names, roles).values() for name in column.columns}
    named |= {attribute.name for attribute in (*roles.protected, *roles.search_over)}
    cleaning = roles.cleaning
    asked = (("merge", ":", MERGE), ("keep", "=", KEEP), ("leave_out", "=", KEEP), ("na_of", NA, READ_AS_MISSING))
    for option, mark, form in asked:
        for text in getattr(cleaning, option):
            named.add(before_mark(names, text, mark, f"{option.replace('_', '-')} '{text}': {form}")[0])
    return [name for name in names if name in named]


def refuse_nested(frame: pd.DataFrame, columns: dict[str, RoleColumn], roles: Roles) -> None:
    """Refuse roles whose columns hold several values in one row."""
    parts = [
        (column.role.replace("split_by", "split key"), name) for column in columns.values() for name in column.columns
    ]
    parts += [("protected attribute", attribute.name) for attribute in roles.protected]
    parts += [("searched attribute", attribute.name) for attribute in roles.search_over]
    for role, name in parts:
        if is_nested(frame[name]):
            raise RoleError(f"{role} '{name}' holds lists or records; one value in each row is needed")


def taken_names(names: Sequence[str], roles: Roles) -> set[str]:
    """Names of the columns with a role that no feature can have, whether or not they are there."""
    texts = (getattr(roles, role) for role in ("target", "prediction", "decision", *PLAIN_ROLES) if role != "given")
    wide = None if roles.prediction is None else class_columns(names, roles.prediction)
    return {with_levels(names, text)[0] for text in texts if text is not None} | set((wide or {}).values())


def before_mark(names: Sequence[str], text: str, mark: str, form: str) -> tuple[str, str]:
    """The name of a column before a mark, and what follows it; the name may hold the mark as well.

    Raises:
        OptionError: there is no mark, as `form` says.
        RoleError: no column is called so.
    """
    start = text.find(mark)
    if start < 0:
        raise OptionError(form)
    first = text[:start]
    while start >= 0:
        if text[:start] in names:
            return text[:start], text[start + len(mark) :]
        start = text.find(mark, start + 1)
    raise RoleError(f"column '{first}' is not in the data; it has: {listing(names, 20)}{nearest(first, names)}")


def with_levels(names: Sequence[str], text: str) -> tuple[str, str | None]:
    """``NAME=LEVEL,LEVEL`` split at the first ``=`` behind the name of a column, unless all of it is a
    column."""
    if text in names:
        return text, None
    for place, letter in enumerate(text):
        if letter == "=" and text[:place] in names:
            return text[:place], text[place + 1 :]
    return text.partition("=")[0], None


def _no_column(names: Sequence[str], name: str) -> RoleError:
    message = f"column '{name}' is not in the data; it has: {listing(names, 20)}"
    close = difflib.get_close_matches(name, names, n=1)
    folded = [column for column in names if column.casefold() == name.casefold()]
    if folded or close:
        message += f"; did you mean '{(folded or close)[0]}'?"
    elif name.rpartition(":")[0] in names:
        message += "; what may follow a name is :categorical, :continuous or :bins=CUT,CUT"
    return RoleError(message)


def check_roles(columns: dict[str, RoleColumn], roles: Roles) -> None:
    """Refuse roles that contradict each other."""
    if not roles.protected:
        raise RoleError("no protected attribute is given; name at least one with --protected NAME")
    if not {"target", "prediction", "decision"} & set(columns):
        raise RoleError(
            "there is nothing to measure; name a --prediction, a --decision or the observed outcome as --target"
        )
    taken: dict[str, str] = {}
    pairs = [("protected attribute", attribute.name) for attribute in roles.protected]
    pairs += [("searched attribute", attribute.name) for attribute in roles.search_over]
    # Splitting by a column, or taking it as given, leaves it free for another part: one may protect a region
    # and split by it.
    pairs += [
        (column.role, name)
        for role, column in columns.items()
        if role not in ("split_by", "given")
        for name in column.columns
    ]
    for role, name in pairs:
        if name in taken:
            both = f"twice as {role}" if taken[name] == role else f"as {taken[name]} and as {role}"
            raise RoleError(f"column '{name}' is named {both}; a column has one role")
        taken[name] = role
    if roles.given is not None and {attribute.name for attribute in roles.protected} == {roles.given}:
        raise OptionError(
            f"among rows with the same '{roles.given}' nobody differs in it; leave --given out, or name another "
            "protected attribute"
        )
    if roles.threshold is not None:
        if "prediction" not in columns:
            raise OptionError("a threshold cuts a prediction; name one with --prediction, or leave the threshold out")
        if "decision" in columns:
            raise OptionError(
                f"decisions come from column '{columns['decision'].name}' or from the threshold "
                f"{roles.threshold}; leave one of them out"
            )
