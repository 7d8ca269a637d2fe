"""The frozen result of ``compare``: two audits next to each other, and what changed beyond chance."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from fairaudit.results.rendered import Rendered
from fairaudit.results.values import Cell, Interval, Probability, Result, Source
from fairaudit.results.verdict import Conclusion
from fairaudit.results.words import Words


class GroupChange(Result, frozen=True, kw_only=True):
    """One group in two audits."""

    cell: Cell
    """The group."""
    before: float
    """Value in the first audit."""
    after: float
    """Value in the second."""
    change: float
    """`after` − `before`."""
    gain: float | None = None
    """The change signed so that above 0 is good for the people of the group; None where nobody said what is."""


class Difference(Result, frozen=True, kw_only=True):
    """One measure in two audits."""

    rule: str
    """Id of the measure and its statistic."""
    measure: str
    """Name of the measure."""
    statistic: str
    """What is read of it."""
    by: list[str]
    """Attributes that form the groups; empty where all rows are taken together."""
    before: float | None
    """Value in the first audit; None where it could not be measured."""
    after: float | None
    """Value in the second; None where it could not be measured."""
    change: float | None = None
    """`after` − `before`; 0: no change."""
    interval: Interval | None = None
    """Interval of the change, the audits taken as of different rows; for the same rows it is too wide."""
    p_value: Probability | None = None
    """Two-sided p-value of no change, adjusted by Holm's method over all measures."""
    better: Literal["lower", "higher"] | None = None
    """Which direction is better; None where neither is."""
    groups: list[GroupChange] = []
    """Of a gap: what became of each group that both audits measure."""


class Comparison(Rendered, frozen=True, kw_only=True):
    """Two audits compared."""

    terminal: ClassVar[str] = "fairaudit.gate.terminal.comparison"

    schema: Literal["fairaudit/comparison/1"] = "fairaudit/comparison/1"
    """Name and version of this format."""
    before: Source
    """Data of the first audit."""
    after: Source
    """Data of the second."""
    status: Literal[0, 4] = 0
    """Exit status: 0 something of the groups could be compared; 4 nothing could."""
    before_attributes: list[str] = []
    """Protected attributes of the first audit."""
    after_attributes: list[str] = []
    """Protected attributes of the second."""
    confidence: Probability
    """Coverage of the intervals."""
    differences: list[Difference]
    """Every measure that both audits hold, in the order of the rules."""
    alone: list[str] = msgspec.field(default_factory=list)
    """Measures that one of them holds alone."""
    measures: dict[str, Words] = {}
    """Name → words of every measure in the differences; empty in a comparison that an early version wrote."""
    verdict: Conclusion | None = None
    """What the comparison concludes; None in one that an early version wrote."""
