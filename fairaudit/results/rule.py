"""The table that a public rule asks for, filled from an audit, with what the rule says and what it leaves open."""

from __future__ import annotations

from typing import Literal

from fairaudit.results.values import Cell, Count, Result


class RuleColumn(Result, frozen=True, kw_only=True):
    """A column of a rule's table."""

    name: str
    """Key of its values."""
    title: str
    """The rule's own word for it."""
    short: str
    """Heading of narrow tables."""
    unit: Literal["count", "rate", "number"]
    """How a value is written: a whole number, a share in per cent, or a number."""


class RuleRow(Result, frozen=True, kw_only=True):
    """A category of a rule's table."""

    cell: Cell
    """Attribute → value."""
    values: dict[str, float | None]
    """Column → value; None where there is none."""
    marked: bool = False
    """Whether the rule's yardstick, where it has one, points at this category. No legal finding."""
    remark: str = ""
    """What the rule has to be read with here, one or more sentences; else empty."""


class RuleTable(Result, frozen=True, kw_only=True):
    """One table of a rule: the categories of one attribute, or of several at once."""

    title: str
    """What it shows."""
    by: list[str]
    """The attributes that form the categories."""
    columns: list[RuleColumn]
    """Its columns, in the order of the rule."""
    rows: list[RuleRow]
    """Its categories."""


class RuleReport(Result, frozen=True, kw_only=True):
    """What a profile (`--profile`) adds to an audit."""

    profile: str
    """Name of the profile."""
    title: str
    """The rule, in words."""
    source: str
    """Where its text stands."""
    dated: str
    """Date of the text that was read."""
    tables: list[RuleTable]
    """Its tables."""
    statements: list[str]
    """What the numbers say in the words of the rule, and who is not among them."""
    unsettled: list[str]
    """What these numbers do not settle."""
    left_out: Count = 0
    """People of unknown category, or rows that the rule does not count as decisions, who are in no table."""
