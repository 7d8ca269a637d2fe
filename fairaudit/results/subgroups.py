"""The search over subgroups: the one that stands out most in each measure, and how far none can lie from all people."""

from __future__ import annotations

from typing import Literal

from fairaudit.results.values import Cell, Count, Interval, Probability, Result


class Subgroup(Result, frozen=True, kw_only=True):
    """One subgroup that a search lists."""

    cell: Cell
    """Attribute → condition: a level, or a run of neighbouring bands of a number."""
    n: Count
    """People whom the measure is about."""
    share: Probability
    """Their share of all these people, by weight."""
    value: float
    """The measure among them."""
    compared: float | None
    """Value over that of all people (`ratio`), or value less that of all people (`difference`); None where all people
    have a rate of 0."""
    interval: Interval | None
    """Interval of `compared` that holds for all subgroups searched at once."""
    score: float
    """How far it lies from the people outside it, in standard deviations; below 0: its value is lower."""
    p_value: Probability | None
    """Chance that any subgroup scores as far if the measure had nothing to do with the attributes; None without
    permutations."""


class SubgroupBound(Result, frozen=True, kw_only=True):
    """How far no subgroup of at least so many people lies from all people."""

    people: Count
    """Fewest people of the subgroups that it is about."""
    subgroups: Count
    """How many there are."""
    low: float | None
    """No true value lies lower against all people, by the confidence of the audit; None where it was not asked for, or
    nothing is certain."""
    low_cell: Cell | None
    """The subgroup of which least is certain below."""
    high: float | None
    """No true value lies higher against all people; None likewise."""
    high_cell: Cell | None
    """The subgroup of which least is certain above."""


class SubgroupSearch(Result, frozen=True, kw_only=True):
    """One measure searched."""

    measure: str
    """Name of the measure."""
    side: Literal["lower", "higher", "both"]
    """Which values are looked for: those that are bad for a person; both where that is not known."""
    contrast: Literal["ratio", "difference"]
    """How a subgroup is compared with all people."""
    overall: float | None
    """Value of all people."""
    subgroups: Count
    """Subgroups that are large enough."""
    p_value: Probability | None
    """That of the subgroup that stands out most."""
    p_error: float | None = None
    """Monte Carlo standard error of `p_value`; 0 where it is that of a law."""
    p_adjusted: Probability | None = None
    """The same, corrected for all hypotheses of the audit, each counted once."""
    worst: list[Subgroup] = []
    """The subgroups that stand out most; of those that contain one another only the first."""
    bounds: list[SubgroupBound] = []
    """Limits that hold for all subgroups of a size, each row by itself."""
    farthest: float | None = None
    """How far the farthest subgroup lies on the side that is looked for, as a ratio of at most about 1: its value over
    that of all people, or the inverse on the higher side; None for differences."""
    farthest_cell: Cell | None = None
    """That subgroup."""
    farthest_interval: Interval | None = None
    """Interval of the smallest such ratio of the true values."""
    why: str | None = None
    """Why nothing was searched."""


class Subgroups(Result, frozen=True, kw_only=True):
    """A search over subgroups."""

    depth: Count
    """Conditions of a subgroup at most."""
    fewest: Count
    """People that a subgroup needs at least, and what they must be worth under weights."""
    over: list[str]
    """Attributes whose levels and bands are combined."""
    searches: list[SubgroupSearch]
    """One for each measure."""
