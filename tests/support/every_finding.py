"""One check with every kind of finding, and one comparison with every kind of change, made by hand."""

from __future__ import annotations

from typing import Any

from kinds import MANIFEST

from fairaudit.auditing.words import words
from fairaudit.gate.conclusion import check_with_conclusion, comparison_with_conclusion
from fairaudit.results import Check, Checked, Comparison, Difference, Finding, Rows, Source
from fairaudit.results.check import GroupSize, LeftOut, Waived
from fairaudit.results.comparison import GroupChange
from fairaudit.results.values import DroppedGroup

LONG = "x" * 60
"""A level that no line has room for."""
BROKEN: dict[str, Any] = {
    "rule": "FA101",
    "data": "main",
    "limit": 1,
    "line": 12,
    "measure": "selection_rate",
    "statistic": "gap",
    "by": ["sex"],
    "level": "fail",
    "decided_by": "confident",
    "against": "max",
    "bound": 0.1,
    "verdict": "broken",
    "value": 0.3,
    "interval": (0.2, 0.4),
    "highest": {"sex": "m"},
    "lowest": {"sex": "f"},
}
"""The first finding."""
MARGIN = {
    "rule": "FB101",
    "against": "margin",
    "bound": 0.02,
    "baseline": 0.1,
    "worsening": 0.2,
    "interval": (0.1, 0.3),
    "better": "lower",
    "paired": True,
    "p_value": 0.0004,
}
"""What is held against a baseline."""
FINDINGS: list[dict[str, Any]] = [
    {"fails": True, "left_out": 1},
    {"fails": True, "left_out": 2, "data": "other", "by": ["sex", "race"], "highest": None},
    {"limit": 2, "level": "warn", "rule": "FA601", "statistic": "group", "cell": {"sex": "m"}, "against": "max"},
    {"limit": 3, "rule": "FA102", "measure": "tpr", "waived": 2},
    {"limit": 4, "rule": "FA201", "statistic": "ratio", "against": "min", "bound": 0.8, "verdict": "uncertain"},
    {"limit": 5, "rule": "FA103", "measure": "fpr", "verdict": "uncertain", "fails": True},
    {"limit": 6, "verdict": "unmeasured", "value": None, "interval": None, "why": "9 rows; 25 are needed"},
    {"limit": 7, "line": None, "verdict": "unmeasured", "value": None, "interval": None, "fails": True},
    {"limit": 8, "rule": "FA351", "measure": "jensen_shannon", "statistic": "excess", "verdict": "kept", "value": 0.02},
    {"limit": 9, "rule": "FA801", "statistic": "standardised", "verdict": "kept", "value": 0.05}
    | {"highest": {"sex": LONG}, "lowest": {"sex": LONG}},
    {"limit": 10, "rule": "FA709", "measure": "auc", "statistic": "overall", "by": [], "against": "min", "value": 0.05}
    | {"highest": None, "lowest": None},
    {"limit": 11, "rule": "FA901", "statistic": "subgroup", "highest": None, "lowest": {"sex": LONG, "age": "18–41"}},
    {"limit": 12, "decided_by": "anytime", "looks": 1, "verdict": "kept", "value": 0.05, "interval": (0.01, 0.09)},
    {"limit": 13, "decided_by": "anytime", "looks": 1200, "changed": True, "interval": None, "fails": True},
    {"limit": 14, "rule": "FA201", "statistic": "ratio", "spared": True, "against": "min", "bound": 0.8, "value": 0.9}
    | {"verdict": "kept", "interval": (0.85, 0.95)},
    {"limit": 15, "rule": "FA613", "measure": "calibration", "statistic": "group", "cell": {"sex": "f"}, "value": -0.02}
    | {"verdict": "kept", "interval": (-0.05, 0.01)},
    MARGIN | {"limit": 16, "fails": True},
    MARGIN
    | {"limit": 17, "verdict": "kept", "worsening": -0.05, "value": 0.05, "interval": (-0.1, 0.0), "p_value": 0.6},
    MARGIN | {"limit": 18, "verdict": "kept", "worsening": 0.0, "value": 0.1, "paired": False, "p_value": None},
    MARGIN
    | {"limit": 19, "rule": "FB601", "statistic": "group", "cell": {"sex": "f"}, "better": "higher", "value": 0.2}
    | {"baseline": 0.25, "worsening": 0.05, "verdict": "uncertain"},
    MARGIN
    | {"limit": 20, "rule": "FB614", "measure": "mean_error", "statistic": "group", "cell": {"sex": "f"}}
    | {"better": "lower", "verdict": "broken", "level": "warn", "value": 0.5},
    MARGIN | {"limit": 21, "verdict": "unmeasured", "worsening": None, "interval": None, "why": "there is no interval"},
]
"""What each finding has other than the first."""


def group(n: int, **cell: str) -> GroupSize:
    return GroupSize(by=list(cell), cell=cell, n=n)


def small(n: int, measures: list[str], why: str, **cell: str) -> LeftOut:
    return LeftOut(by=list(cell), cell=cell, n=n, measures=measures, why=why)


def check() -> Check:
    """A check of two tables, with every verdict and everything that can be said beside it."""
    dropped = [DroppedGroup(attribute="race", level=f"r{place:02}", read=100, dropped=3) for place in range(13)]
    dropped.append(DroppedGroup(attribute="sex", level=LONG, read=2000, dropped=1500))
    main = Checked(
        name="main",
        source=Source(name="scores.csv", sha256="ab" * 32, bytes=9),
        model=Source(name="m.skops", sha256="cd" * 32, bytes=8),
        rows=Rows(read=5000, used=3500, dropped={"outcome missing": 1461, "sex missing": 39}, dropped_groups=dropped),
        matched=3000,
        left_out=[
            small(1400, ["fpr", "tpr"], "3 rows with a positive outcome; 25 are needed", sex="x"),
            small(9, ["selection_rate"], "9 rows; 25 are needed", sex="y", race=LONG),
        ],
        gone=[group(1525, sex=LONG)],
        new=[group(99 - place, race=f"n{place:02}") for place in range(13)],
        beware=["The prediction runs against the outcome."],
        notes=["Ages are cut into bands."],
    )
    other = Checked(
        name="other",
        source=Source(name="data frame"),
        rows=Rows(read=60, used=60),
        left_out=[small(20, ["selection_rate"], "20 rows; 25 are needed", sex="z")],
        beware=["All are of one sex."],
    )
    findings = [Finding(**{**BROKEN, **change}) for change in FINDINGS]
    return check_with_conclusion(
        Check(
            status=1,
            config=Source(name="conf\\fairaudit.toml", sha256="ef" * 32),
            data=[main, other],
            findings=findings,
            waivers=[
                Waived(rule="FA9", reason="nobody searched", owner="joe", expires="2026-12-31"),
                Waived(rule="FA102", reason="the model is replaced", owner="jane", expires="2027-01-01"),
            ],
            ignored=2,
            measures=words(finding.measure for finding in findings),
            manifest=MANIFEST,
        )
    )


GREW: dict[str, Any] = {
    "rule": "FA101",
    "measure": "selection_rate",
    "statistic": "gap",
    "by": ["sex"],
    "before": 0.1,
    "after": 0.3,
    "change": 0.2,
    "interval": (0.15, 0.25),
    "p_value": 0.0002,
    "better": "lower",
}
"""The first change."""
CHANGES: list[dict[str, Any]] = [
    {},
    {"measure": "tpr", "rule": "FA102", "by": ["sex", "race"], "after": 0.05, "change": -0.05, "p_value": 0.05},
    {"measure": "tpr", "rule": "FA102", "p_value": 0.051},
    {"statistic": "ratio", "rule": "FA201", "before": 0.9, "after": 0.7, "change": -0.2, "better": "higher"},
    {
        "measure": "jensen_shannon",
        "rule": "FA351",
        "statistic": "excess",
        "before": 0.01,
        "after": 0.02,
        "change": 0.01,
    },
    {"measure": "auc", "rule": "FA709", "statistic": "overall", "by": [], "before": 0.7, "after": 0.8, "change": 0.1}
    | {"better": "higher"},
    {"measure": "calibration", "rule": "FA113", "statistic": "overall", "by": [], "better": None, "change": 0.2},
    {"measure": "fpr", "rule": "FA103", "after": None, "change": None, "interval": None, "p_value": None},
    {"by": ["a column of a long name", "another column of a long name"], "p_value": 0.5},
]
"""What each change has other than the first."""


def comparison() -> Comparison:
    """A comparison with changes for the better, for the worse, in neither way and by chance."""
    sides = [("a", 0.1, 0.15), ("b", 0.3, 0.2), ("c", 0.3, 0.1), ("d", 0.3, 0.28), ("e", 0.3, 0.25), ("f", 0.3, 0.3)]
    groups = [
        GroupChange(cell={"sex": name}, before=before, after=after, change=after - before, gain=after - before)
        for name, before, after in sides
    ]
    differences = [Difference(**{**GREW, "groups": [] if change else groups, **change}) for change in CHANGES]
    return comparison_with_conclusion(
        Comparison(
            before=Source(name="/a/folder/of/ours/with/a/long/name/of/last.csv"),
            after=Source(name="/a/folder/of/ours/with/a/long/name/of/this.csv"),
            confidence=0.95,
            before_attributes=["sex"],
            after_attributes=["sex", "race"],
            alone=["tnr, gap by race", "npv, gap by race"],
            differences=differences,
            measures=words(difference.measure for difference in differences),
        )
    )
