"""The frozen result of ``power``: which gaps a table would find, and how many people another one needs."""

from __future__ import annotations

from typing import Literal

from fairaudit.results.rendered import Document
from fairaudit.results.values import Count, Manifest, Probability, Result
from fairaudit.results.verdict import Conclusion


class PlannedGroup(Result, frozen=True, kw_only=True):
    """A group and its size."""

    name: str
    """Its values, or its place among the sizes that were given."""
    people: float
    """People whom the rate is about; under weights or clusters their effective number."""


class PlannedGap(Result, frozen=True, kw_only=True):
    """One rate in the groups of one set of attributes."""

    measure: str
    """Plain words for the rate."""
    by: list[str]
    """The attributes that form the groups; empty for sizes that were given."""
    groups: list[PlannedGroup]
    """The groups that are compared, the smallest first."""
    rate: Probability
    """Rate of all of them together."""
    gap: float | None
    """The smallest gap that is found between any two groups, whatever the others do, with the target power."""
    largest_gap: float | None
    """The same between the two largest groups."""
    simulated: Probability | None = None
    """Share of simulated tables with `gap` between the two smallest groups in which the audit's own test found it."""
    simulated_error: float | None = None
    """Its Monte Carlo standard error."""
    power: Probability | None = None
    """Power to find the gap that was asked for, between the two smallest groups; None where none was."""
    people_needed: Count | None = None
    """People whom each of so many groups of one size needs, for that gap to be found with the target power."""
    why: str | None = None
    """Why there is no gap, or no number of people."""


class Power(Document, frozen=True, kw_only=True):
    """What tables of these sizes can show, or would have to be."""

    schema: Literal["fairaudit/power/1"] = "fairaudit/power/1"
    """Name and version of this format."""
    title: str
    """Where the sizes come from."""
    target: Probability
    """Power at which a gap counts as one that is found."""
    level: Probability
    """Level of each test: 0.05 divided by the number of hypotheses, where p-values are corrected for it."""
    hypotheses: Count
    """Hypotheses that are tested together."""
    asked: float | None = None
    """The gap that was asked for; None: none."""
    tables: Count
    """Simulated tables behind each checked power."""
    gaps: list[PlannedGap]
    """For each rate and set of attributes."""
    verdict: Conclusion | None = None
    """What it concludes; None in a result that an early version wrote."""
    manifest: Manifest
    """What is needed to repeat it."""
