"""What pictures share: ticks, labels of groups, and no window."""

from __future__ import annotations

from pathlib import Path

import pytest
from example import count
from pictures import drawn

import fairaudit.report
from fairaudit.report import drawing
from fairaudit.report.svg import drawing as drawing_style


def test_long_labels_are_fewer(monkeypatch):
    def seen():
        with drawing_style():
            axes = drawing.add_axes(drawing.new_figure(100), 150, 10, 100, 50)
            axes.set_xlim(0.4988, 0.5022)
            drawing.set_ticks(axes, "rate")
            return [place for place in axes.get_xticks() if 0.4988 <= place <= 0.5022]

    few = seen()
    monkeypatch.setattr(drawing, "LONG_TICK", 99)
    assert len(few) < len(seen())


@pytest.mark.parametrize(
    ("values", "unit", "signed", "labels"),
    [
        ([1.0, 1.1, 1.2], "number", False, ["1.0", "1.1", "1.2"]),
        ([0.09, 0.1, 0.11], "number", False, ["0.09", "0.10", "0.11"]),
        ([0.275, 0.3, 0.325], "rate", False, ["27.5%", "30.0%", "32.5%"]),
        ([-0.02, 0.0, 0.02], "number", True, ["−0.02", "0", "+0.02"]),
        ([0.0, 2000.0], "number", False, ["0", "2,000"]),
        ([-0.1, 0.1], "points", False, ["−10", "10"]),
        ([-0.04, 0.0, 0.04], "rate", False, ["", "0%", "4%"]),
        ([0.96, 1.0, 1.04], "rate", False, ["96%", "100%", ""]),
        ([], "number", False, []),
    ],
)
def test_the_labels_of_an_axis_have_as_many_decimals(values, unit, signed, labels):
    assert drawing.tick_labels(values, unit, signed) == labels


def test_no_window_is_opened_and_no_figure_kept():
    from matplotlib import _pylab_helpers

    drawn(count())
    assert _pylab_helpers.Gcf.get_all_fig_managers() == []
    assert all(
        "pyplot" not in path.read_text(encoding="utf-8")
        for path in Path(fairaudit.report.__file__).parent.rglob("*.py")
    )


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ({"race": "Black", "sex": "Male"}, "Black × Male"),
        ({"race": "African-American", "sex": "Female", "age": "25–45"}, "African… × Female × 25–45"),
        ({"race": "a" * 40}, "a" * 24 + "…"),
        ({}, "all"),
    ],
)
def test_of_a_crossing_every_value_stays_to_be_seen(cell, label):
    assert drawing.group_label(cell, ["race", "sex", "age"]) == label
