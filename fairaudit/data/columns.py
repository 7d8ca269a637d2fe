"""Which column plays which part: found by name, and held against each other, before any value is read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairaudit.data.classes import class_columns
from fairaudit.data.cleaning import KEEP, MERGE, NA, READ_AS_MISSING
from fairaudit.data.roles import FAVOURABLE, PLAIN_ROLES, Roles
from fairaudit.errors import OptionError, RoleError, listing
from fairaudit.options import one_of
from fairaudit.problems import Problems

if TYPE_CHECKING:
    from fairaudit.engines import Kind


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


_ROWS_AND_VALUES = (
    ("merge", ":", MERGE),
    ("keep", "=", KEEP),
    ("leave_out", "=", KEEP),
    ("na_of", NA, READ_AS_MISSING),
)
"""What is said of the values of single columns: field of `Cleaning`, the mark behind the name, and the form."""


def columns_of(names: Sequence[str], roles: Roles) -> dict[str, RoleColumn]:
    """Role → column, for the roles that one column can have, whether or not it is there.

    Raises:
        RoleError: a prediction of classes names no columns.
    """
    columns = {}
    for role in ("target", "prediction", "decision", *PLAIN_ROLES):
        text: str | None = getattr(roles, role)
        if text is None:
            continue
        name, levels = with_levels(names, text) if role in ("target", "decision") else (text, None)
        wide = class_columns(names, name) if role == "prediction" else None
        columns[role] = RoleColumn(role, name, levels, wide)
    return columns


def checked_columns(names: Sequence[str], roles: Roles) -> dict[str, RoleColumn]:
    """Role → column, for the roles that one column can have, after all that was said of roles was held against the
    names of the columns.

    Raises:
        FairAuditError: with all that does not fit: what could not be read, columns that are not there, roles that
            contradict each other.
    """
    problems = Problems(roles.unread)
    columns: dict[str, RoleColumn] = {}
    with problems.gathered():
        columns = columns_of(names, roles)
    known = set(names)
    for name in _named_in_roles(columns, roles):
        with problems.gathered():
            if name not in known:
                raise _no_column(names, name)
    for option, mark, form in _ROWS_AND_VALUES:
        for text in getattr(roles.cleaning, option):
            with problems.gathered():
                before_mark(names, text, mark, f"{option.replace('_', '-')} '{text}': {form}")
    _refuse_contradictions(columns, roles, problems)
    problems.tell()
    return columns


def named_columns(names: Sequence[str], roles: Roles) -> list[str]:
    """The columns that play a part in an audit, in the order of the table: those with a role, but for inputs of a
    model, and those by which rows take part.

    Raises:
        FairAuditError: roles do not fit the columns.
    """
    named = {name for column in checked_columns(names, roles).values() for name in column.columns}
    named |= {attribute.name for attribute in (*roles.protected, *roles.search_over)}
    for option, mark, form in _ROWS_AND_VALUES:
        named |= {before_mark(names, text, mark, form)[0] for text in getattr(roles.cleaning, option)}
    return [name for name in names if name in named]


def _named_in_roles(columns: dict[str, RoleColumn], roles: Roles) -> list[str]:
    """Every column that has a role, inputs of a model and what is dropped of them too, each once."""
    named = [name for column in columns.values() for name in column.columns]
    named += [attribute.name for attribute in (*roles.protected, *roles.search_over)]
    return list(dict.fromkeys([*named, *(roles.features or ()), *roles.drop]))


def refuse_nested(kinds: Mapping[str, Kind], columns: dict[str, RoleColumn], roles: Roles) -> None:
    """Refuse columns with a part that hold several values in one row, given what each of `named_columns` holds."""
    parts = [
        (column.role.replace("split_by", "split key"), name) for column in columns.values() for name in column.columns
    ]
    parts += [("protected attribute", attribute.name) for attribute in roles.protected]
    parts += [("searched attribute", attribute.name) for attribute in roles.search_over]
    parts += [("column", name) for name in kinds if name not in {part for _, part in parts}]
    problems = Problems()
    for role, name in parts:
        with problems.gathered():
            if kinds[name] == "nested":
                sets = f", or text with a sign between several, which {name}:set=';' reads"
                raise RoleError(
                    f"{role} '{name}' holds lists or records; one value in each row is needed"
                    f"{sets if role.endswith('attribute') else ''}"
                )
    problems.tell()


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
    raise _no_column(names, first)


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
        message += "; what may follow a name is :categorical, :continuous, :bins=CUT,CUT or :set=SIGN"
    return RoleError(message)


def _refuse_contradictions(columns: dict[str, RoleColumn], roles: Roles, problems: Problems) -> None:
    """Gather what contradicts itself in roles, as far as all of them were read."""
    decided = columns.get("decision")
    if not roles.unread:
        _refuse_nothing_asked(roles, problems)
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
        with problems.gathered():
            if name in taken:
                both = f"twice as {role}" if taken[name] == role else f"as {taken[name]} and as {role}"
                raise RoleError(f"column '{name}' is named {both}; a column has one role")
        taken.setdefault(name, role)
    with problems.gathered():
        if (
            roles.given is not None
            and not roles.unread
            and {attribute.name for attribute in roles.protected} == {roles.given}
        ):
            raise OptionError(
                f"among rows with the same '{roles.given}' nobody differs in it; leave --given out, or name another "
                "protected attribute"
            )
    with problems.gathered():
        if roles.threshold is not None and roles.prediction is None and not roles.unread:
            raise OptionError("a threshold cuts a prediction; name one with --prediction, or leave the threshold out")
        if roles.threshold is not None and decided is not None:
            raise OptionError(
                f"decisions come from column '{decided.name}' or from the threshold "
                f"{roles.threshold}; leave one of them out"
            )
    with problems.gathered():
        if roles.favourable is not None and roles.task not in (None, "multiclass"):
            one_of(roles.favourable, "favourable", FAVOURABLE)
    known = [attribute.name for attribute in roles.protected]
    for name, _ in roles.reference:
        with problems.gathered():
            if known and name not in known:
                raise RoleError(f"the reference '{name}' is no protected attribute; there are {listing(known)}")
            if name in roles.sets:
                raise OptionError(
                    f"the reference '{name}' is of an attribute whose groups overlap, so that those who have a value of"
                    " it are compared with those who have not; leave the reference out"
                )


def _refuse_nothing_asked(roles: Roles, problems: Problems) -> None:
    """Gather that nothing is measured, or of nobody."""
    with problems.gathered():
        if not roles.protected:
            raise RoleError("no protected attribute is given; name at least one with --protected NAME")
    with problems.gathered():
        if roles.target is None and roles.prediction is None and roles.decision is None:
            raise RoleError(
                "there is nothing to measure; name a --prediction, a --decision or the observed outcome as --target"
            )
