"""Which column plays which part: found by name, and held against each other, before any value is read."""

from __future__ import annotations

import difflib
from typing import NamedTuple

import pandas as pd

from fairaudit.data.classes import class_columns
from fairaudit.data.problems import Problems
from fairaudit.data.roles import PLAIN_ROLES, Roles
from fairaudit.data.values import is_nested
from fairaudit.errors import OptionError, RoleError, listing


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


def columns_of(frame: pd.DataFrame, roles: Roles) -> dict[str, RoleColumn]:
    """Role → column, for the roles that one column can have; every column named anywhere must exist."""
    columns = {}
    for role in ("target", "prediction", "decision", *PLAIN_ROLES):
        text: str | None = getattr(roles, role)
        if text is None:
            continue
        name, levels = with_levels(frame, text) if role in ("target", "decision") else (text, None)
        wide = class_columns(frame, name) if role == "prediction" else None
        columns[role] = RoleColumn(role, name, levels, wide)
    named = [name for column in columns.values() for name in column.columns]
    named += [attribute.name for attribute in (*roles.protected, *roles.search_over)]
    named += [*(roles.features or ()), *roles.drop]
    problems = Problems()
    for name in dict.fromkeys(named):
        with problems.gathered():
            if name not in frame.columns:
                raise _no_column(frame, name)
    problems.tell()
    parts = [
        (column.role.replace("split_by", "split key"), name) for column in columns.values() for name in column.columns
    ]
    parts += [("protected attribute", attribute.name) for attribute in roles.protected]
    parts += [("searched attribute", attribute.name) for attribute in roles.search_over]
    for role, name in parts:
        if is_nested(frame[name]):
            raise RoleError(f"{role} '{name}' holds lists or records; one value in each row is needed")
    return columns


def taken_names(frame: pd.DataFrame, roles: Roles) -> set[str]:
    """Names of the columns with a role that no feature can have, whether or not they are there."""
    texts = (getattr(roles, role) for role in ("target", "prediction", "decision", *PLAIN_ROLES) if role != "given")
    return {with_levels(frame, text)[0] for text in texts if text is not None}


def with_levels(frame: pd.DataFrame, text: str) -> tuple[str, str | None]:
    """``NAME=LEVEL,LEVEL`` split at the first ``=`` behind the name of a column, unless all of it is a
    column."""
    if text in frame.columns:
        return text, None
    for place, letter in enumerate(text):
        if letter == "=" and text[:place] in frame.columns:
            return text[:place], text[place + 1 :]
    return text.partition("=")[0], None


def _no_column(frame: pd.DataFrame, name: str) -> RoleError:
    message = f"column '{name}' is not in the data; it has: {listing(frame.columns, 20)}"
    close = difflib.get_close_matches(name, [str(column) for column in frame.columns], n=1)
    folded = [column for column in frame.columns if str(column).casefold() == name.casefold()]
    if folded or close:
        message += f"; did you mean '{(folded or close)[0]}'?"
    elif name.rpartition(":")[0] in frame.columns:
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
