"""Profiles of public rules: the roles that a rule means, and the table that it asks for.

Every module of `profiles.rules` is one: it states `PROFILE`. The name of a profile is that of its module with hyphens;
nothing else names it. A profile fills in what the user left open and reports what its rule asks for. It never says that
something is lawful or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from fairaudit.errors import OptionError, listing, nearest

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.roles import Roles
    from fairaudit.engines import Engine
    from fairaudit.results import Audit
    from fairaudit.results.rule import RuleTable
    from fairaudit.scoretable.table import ScoreTable

NO_VERDICT = "This is the arithmetic of the rule. It does not say whether anything is lawful."
"""Stands under every table of a rule."""


@dataclass(frozen=True)
class RuleReading:
    """What a rule reads in an audit."""

    tables: list[RuleTable]
    """Its tables."""
    statements: list[str]
    """What they say, in the words of the rule."""
    left_out: int = 0
    """Rows that are in no table because of the rule."""


@dataclass(frozen=True)
class Norm:
    """A limit that a rule itself names, for a first configuration."""

    measure: str
    """Name of the measure."""
    statistic: str
    """What is read of it."""
    key: str
    """``max`` or ``min``."""
    bound: float
    """The limit."""
    about: str
    """Where the rule says it."""


@dataclass(frozen=True)
class Profile:
    """A public rule."""

    title: str
    """The rule, in words."""
    about: str
    """What the profile does, one sentence."""
    source: str
    """Where the rule's text stands."""
    dated: str
    """Date of the text that was read."""
    sets: tuple[str, ...]
    """What it fills in where the user says nothing, one sentence each."""
    unsettled: tuple[str, ...]
    """What the numbers do not settle, one sentence each."""
    example: str
    """The worked example that its test repeats."""
    roles: Callable[[Roles, Engine], Roles]
    """The roles with what the rule means filled in, given the data as they were read."""
    read: Callable[[Audit, ScoreTable], RuleReading]
    """What the rule reads in an audit of those roles, and in its counts."""
    measures: tuple[str, ...] = ("selection_rate",)
    """Measures that its sentences tell, which a check measures too."""
    norms: tuple[Norm, ...] = ()
    """Limits that the rule names; most name none."""


def profile_names() -> tuple[str, ...]:
    """Names of the profiles in alphabetical order: one listing of a folder, no module is imported."""
    from fairaudit.profiles import rules

    return tuple(sorted(module.name.replace("_", "-") for module in iter_modules(rules.__path__)))


def find(name: str) -> Profile:
    """The profile of that name.

    Raises:
        OptionError: there is none.
    """
    if name not in profile_names():
        known = profile_names()
        raise OptionError(f"there is no profile '{name}'{nearest(str(name), known)}; there are {listing(known)}")
    profile: Profile = import_module(f"fairaudit.profiles.rules.{name.replace('-', '_')}").PROFILE
    return profile


SCORED = "the model's predictions"
"""Stands for the column of predictions that a saved model will make."""


def applied(roles: Roles, data: pd.DataFrame | Engine, scored: bool = False) -> Roles:
    """The roles with what their profile fills in; the same roles where they name none.

    Args:
        roles: what the user said.
        data: the data as they were read.
        scored: whether a saved model makes the predictions, so that no column has them.

    Raises:
        OptionError: there is no such profile.
        RoleError: the profile's rule is about something that the roles do not name.
    """
    if roles.profile is None or roles.unread:  # what could not be read is told with what does not fit the columns
        return roles
    from fairaudit.engines.pandas import engine_of

    fill, data = find(roles.profile).roles, engine_of(data)
    if not scored or roles.prediction is not None or roles.decision is not None:
        return fill(roles, data)
    return replace(fill(replace(roles, prediction=SCORED), data), prediction=None)


def with_rule(audit: Audit, name: str | None, scores: ScoreTable) -> Audit:
    """The audit with the table of a profile's rule, from the counts that the audit was made of."""
    if name is None:
        return audit
    from msgspec import structs

    from fairaudit.results.rule import RuleReport

    profile = find(name)
    reading = profile.read(audit, scores)
    report = RuleReport(
        profile=name,
        title=profile.title,
        source=profile.source,
        dated=profile.dated,
        tables=reading.tables,
        statements=[*reading.statements, NO_VERDICT],
        unsettled=list(profile.unsettled),
        left_out=reading.left_out,
    )
    return structs.replace(audit, rule=report)
