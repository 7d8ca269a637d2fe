"""The frozen result of ``selftest``: published numbers beside ours, and how many digits agree."""

from __future__ import annotations

from typing import Literal

from fairaudit.results.rendered import Document
from fairaudit.results.values import Count, Manifest, Result
from fairaudit.results.verdict import Conclusion


class CheckedCase(Result, frozen=True, kw_only=True):
    """One published number and ours."""

    chapter: str
    """What is tested."""
    name: str
    """The number."""
    source: str
    """Where it is published."""
    published: str
    """As it is published."""
    ours: float | None
    """What this installation computes; None where it failed."""
    digits: float
    """Significant digits that agree: −log₁₀ of the relative error (McCullough 1998), of the absolute error where 0 is
    published; at most as many as are published."""
    needed: float
    """Digits that must agree."""
    agrees: bool
    """Whether they do."""
    why: str | None = None
    """Why fewer digits are needed than are published, or what failed."""


class SelfTest(Document, frozen=True, kw_only=True):
    """Published numbers, computed anew by this installation."""

    schema: Literal["fairaudit/selftest/1"] = "fairaudit/selftest/1"
    """Name and version of this format."""
    status: Literal[0, 1]
    """Exit status: 0 every case agrees; 1 one does not."""
    agreed: Count
    """Cases that agree."""
    cases: list[CheckedCase]
    """All cases, chapter by chapter."""
    verdict: Conclusion | None = None
    """What it concludes; None in a result that an early version wrote."""
    manifest: Manifest
    """The versions that were tested."""
