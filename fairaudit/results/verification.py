"""The frozen result of ``verify``: whether a stored result would be made again from what is there now."""

from __future__ import annotations

from typing import ClassVar, Literal

from fairaudit.results.rendered import Rendered
from fairaudit.results.values import Result
from fairaudit.results.verdict import Conclusion


class Fact(Result, frozen=True, kw_only=True):
    """One thing that a result rests on, then and now."""

    name: str
    """What it is: `data`, `configuration`, `seed`, a package…"""
    same: bool | None
    """Whether it is unchanged; None where that cannot be told."""
    found: bool = True
    """Whether it is there at all; where it is not, `same` is None."""
    text: str
    """What is to be said of it."""


class Verification(Rendered, frozen=True, kw_only=True):
    """A stored result held against its data, configuration, versions and seed as they are now."""

    terminal: ClassVar[str] = "fairaudit.gate.terminal.verification"

    schema: Literal["fairaudit/verification/1"] = "fairaudit/verification/1"
    """Name and version of this format."""
    result: str
    """Schema of the result that was verified, such as `fairaudit/audit/1`."""
    status: Literal[0, 1]
    """Exit status: 0 nothing changed; 1 something did, or is not there."""
    facts: list[Fact]
    """Everything that the result rests on."""
    verdict: Conclusion | None = None
    """What it concludes; None in a result that an early version wrote."""
