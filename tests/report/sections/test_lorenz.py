"""Ordered Lorenz curves on a page: a panel for each group with its index, and a table where lift has none."""

from __future__ import annotations

import msgspec
from example import binary, count
from pictures import texts

from fairaudit.report.sections import lorenz
from fairaudit.results import Audit, Axis, Curve, GroupCurve


def hanging() -> Audit:
    """Counts with a curve of all rows, one of a group, and a group without."""
    points = {"x": [0.0, 0.5, 1.0], "y": [0.0, 0.3, 1.0]}
    curve = Curve(
        name="lorenz",
        label="ordered Lorenz curve",
        about="Share of the events against that of the exposure.",
        x=Axis(label="share of the exposure"),
        y=Axis(label="share of the events"),
        diagonal="predictions that tell nothing",
        groups=[
            GroupCurve(by=[], cell={}, n=3000, **points, summary=0.2, summary_interval=(0.1, 0.3)),
            GroupCurve(by=["gender"], cell={"gender": "Male"}, n=1700, **points, summary=0.17),
            GroupCurve(by=["gender"], cell={"gender": "Female"}, n=9, x=[], y=[], why="9 rows; 25 are needed"),
        ],
    )
    return msgspec.structs.replace(count(), curves=[curve], lift=[])


def test_each_attribute_has_a_picture_with_the_index_above_each_panel():
    (picture,) = lorenz.pictures(hanging())
    assert picture.key == "lorenz-chart-1"
    assert {"Male", "0.170, 1,700 rows", "not measured"} <= set(texts(picture.svg))
    assert "Dashed: predictions that tell nothing." in picture.caption
    assert picture.caption.endswith("Gini index.")


def test_the_index_stands_with_its_interval_and_a_missing_one_with_its_reason():
    (table,) = lorenz.content(hanging()).tables
    assert [(row[0].text, row[2].text) for row in table.rows[:2]] == [("all rows", "0.200"), ("gender: Male", "0.170")]
    assert table.rows[0][2].detail == "0.100 to 0.300"
    assert table.footnotes == ("9 rows; 25 are needed",)


def test_other_audits_have_no_such_section():
    assert lorenz.content(binary()) is None
    assert list(lorenz.pictures(binary())) == []
