"""The section on shrinkage and decorrelation."""

from __future__ import annotations

from example import binary
from msgspec import structs

from fairaudit.report.lines import TextGrid
from fairaudit.report.sections.reductions import content, lines
from fairaudit.results import Reduction

KNOWN = Reduction(
    measure="ccdcov",
    by=["race", "sex"],
    penalised=True,
    plain=2e-3,
    fair=1e-3,
    percent=50.0,
    interval=(31.0, 68.0),
    dcor_percent=28.6,
    dcor_interval=(5.0, 51.0),
    spread=0.7,
    total=-0.693,
    decorrelation=-0.336,
    shrinkage=-0.357,
)
UNKNOWN = Reduction(measure="dcov", by=["sex"], penalised=False, plain=-1e-5, fair=1e-5, why="nothing there")


def test_each_measure_has_what_was_taken_away_and_both_parts():
    audit = structs.replace(binary(), reductions=[KNOWN, UNKNOWN])
    (table,) = content(audit).tables
    first, second = table.rows
    assert first[0].text == "joint dependence (CCdCov²) (penalised)"
    assert (first[1].text, first[1].detail) == ("50%", "31% to 68%")
    assert [entry.text for entry in first[3:]] == ["0.700", "−0.693", "−0.336", "−0.357", "52%"]
    assert second[1].text == "—"
    assert "nothing there" in " ".join(table.footnotes)
    (shown,) = [block for block in lines(audit) if isinstance(block, TextGrid)]
    assert len(shown.lines) == 2


def test_without_a_penalty_there_is_no_such_section():
    assert content(binary()) is None
    assert list(lines(binary())) == []
