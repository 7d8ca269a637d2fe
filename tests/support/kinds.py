"""One small result of each kind that is written as JSON."""

from __future__ import annotations

from example import count
from explained import example

import fairaudit as fa
from fairaudit.auditing.words import words
from fairaudit.results import (
    Check,
    Checked,
    Comparison,
    Difference,
    Fact,
    Finding,
    Manifest,
    Rows,
    Source,
    Verification,
)
from fairaudit.results.selftest import CheckedCase, SelfTest
from fairaudit.results.stored import Stored

SOURCE = Source(name="t.csv", sha256="0" * 64, bytes=9)
ROWS = Rows(read=9, used=9)
MANIFEST = Manifest(fairaudit="0", python="3", packages={}, arguments={"confidence": 0.95}, seed=0)


def check() -> Check:
    """A check of one broken limit."""
    finding = Finding(
        rule="FA101",
        data="main",
        limit=1,
        measure="selection_rate",
        statistic="gap",
        by=["sex"],
        level="fail",
        decided_by="point",
        against="max",
        bound=0.1,
        verdict="broken",
        value=0.3,
        fails=True,
    )
    return Check(
        status=1,
        config=SOURCE,
        data=[Checked(name="main", source=SOURCE, rows=ROWS)],
        findings=[finding],
        measures=words(["selection_rate"]),
        manifest=MANIFEST,
    )


def comparison() -> Comparison:
    """Two audits that differ in one measure."""
    difference = Difference(
        rule="FA101",
        measure="selection_rate",
        statistic="gap",
        by=["sex"],
        before=0.1,
        after=0.3,
        change=0.2,
        p_value=0.01,
    )
    return Comparison(
        before=SOURCE,
        after=SOURCE,
        confidence=0.95,
        differences=[difference],
        measures=words(["selection_rate"]),
    )


def verification() -> Verification:
    """Data that are no longer those of an audit."""
    return Verification(
        result="fairaudit/audit/1", status=1, facts=[Fact(name="data", same=False, text="t.csv: changed")]
    )


def self_test() -> SelfTest:
    """One case that agrees."""
    case = CheckedCase(
        chapter="rates", name="p", source="a book", published="0.25", ours=0.25, digits=2.0, needed=2.0, agrees=True
    )
    return SelfTest(status=0, agreed=1, cases=[case], manifest=MANIFEST)


def every_kind() -> dict[str, Stored]:
    """What a result is called → one of the kind."""
    return {
        "audit": count(),
        "explanation": example(),
        "check": check(),
        "comparison": comparison(),
        "verification": verification(),
        "power": fa.power(groups=[500, 120, 80], rate=0.2, tables=0),
        "selftest": self_test(),
    }
