"""Recalibration and event ratios as tables."""

from __future__ import annotations

import msgspec
from example import binary, count

from fairaudit.report.sections import recalibration
from fairaudit.results import EventRatio, Recalibration


def test_slope_and_intercept_stand_by_group_and_what_is_missing_has_its_reason():
    one = Recalibration(
        by=["sex"], cell={"sex": "Male"}, n=1664, intercept=0.12, intercept_interval=(0.02, 0.22), slope=0.81,
        slope_interval=(0.7, 0.92), p_value=0.0004,
    )  # fmt: skip
    certain = Recalibration(by=[], cell={}, n=2052, intercept=None, slope=None, why="a prediction is 0 or 1")
    (table,) = recalibration.content(msgspec.structs.replace(binary(), recalibration=[one, certain])).tables
    texts = [[entry.text for entry in row] for row in table.rows]
    assert texts == [["all rows", "2,052", "—", "—", "—"], ["sex: Male", "1,664", "+0.120", "0.810", "< 0.001"]]
    assert table.footnotes == ("a prediction is 0 or 1",)


def test_event_ratios_have_both_intervals():
    one = EventRatio(
        by=["gender"], cell={"gender": "Male"}, events=200.0, expected=160.0, ratio=1.25, exact_interval=(1.08, 1.44),
        dispersion=1.3, interval=(1.05, 1.47), p_value=0.013,
    )  # fmt: skip
    (table,) = recalibration.content(msgspec.structs.replace(count(), event_ratios=[one])).tables
    assert [entry.text for entry in table.rows[0]] == [
        "gender: Male",
        "200",
        "160",
        "1.25",
        "1.08 to 1.44",
        "1.30",
        "0.013",
    ]
    assert table.rows[0][3].detail == "1.05 to 1.47"


def test_an_audit_with_neither_has_no_such_section():
    assert recalibration.content(count()) is None
