"""Curves of what is measured, by group: a few points each, for pictures."""

from __future__ import annotations

from typing import Literal

from fairaudit.results.values import Cell, Count, Interval, Result


class Axis(Result, frozen=True, kw_only=True):
    """What is measured along one side of a curve."""

    label: str
    """Plain words."""
    unit: Literal["rate", "number"] = "rate"
    """How a value is written; `rate` is a share, in per cent."""
    measure: str | None = None
    """Measure of a group that is one place on this axis: where both axes have one, that of the decision."""


class GroupCurve(Result, frozen=True, kw_only=True):
    """A curve of one group, rounded to four decimals."""

    by: list[str]
    """The attributes that form the group; empty for all rows taken together."""
    cell: Cell
    """The group."""
    n: Count
    """Rows that the curve rests on."""
    x: list[float]
    """Places of the points, increasing; empty where the curve could not be measured."""
    y: list[float]
    """Height of each point."""
    low: list[float] = []
    """Lower end of the interval of each height, at the audit's confidence; empty for none."""
    high: list[float] = []
    """Upper end."""
    together: bool = False
    """Whether the intervals of all points hold at once, as a band; else each for itself."""
    summary: float | None = None
    """The curve in one number, where that is no measure of a group: of a Lorenz curve the Gini index; 0 for the
    diagonal."""
    summary_interval: Interval | None = None
    """Interval of that number."""
    why: str | None = None
    """Why there are no points."""


class Curve(Result, frozen=True, kw_only=True):
    """One kind of curve, for all rows and for the groups of each single attribute."""

    name: str
    """`roc`: true against false positive rate at every threshold. `calibration`: observed against predicted rate.
    `lorenz`: share of the events or amounts against that of the exposure or rows, the lowest predictions first.
    `selection`: share of a group that reaches a threshold, where no decision was named."""
    label: str
    """Plain words."""
    about: str
    """How to read it."""
    x: Axis
    """The axis to the right."""
    y: Axis
    """The axis upwards."""
    diagonal: str | None = None
    """What the points mean at which both axes are equal; None where that has no meaning."""
    measure: str | None = None
    """Measure of a group that sums the curve up in one number."""
    groups: list[GroupCurve]
    """All rows first, then the groups in the order of `Audit.groups`."""
