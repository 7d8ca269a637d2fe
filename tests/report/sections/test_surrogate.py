"""The parts of a gap: a row for each column, and for what goes along with none."""

from __future__ import annotations

from example import count
from msgspec import structs

from fairaudit.report.sections import surrogate
from fairaudit.results.models import Surrogate

PARTS = Surrogate(
    method="classes",
    measure="mean_prediction",
    explained=0.5,
    columns=2,
    group={"sex": "f"},
    against={"sex": "m"},
    gap=-4.0,
    contributions={"x": 1.0, "y": -3.0},
    remainder=-2.0,
)


def test_the_rows_add_up_to_the_gap_the_largest_first_and_what_is_left_last():
    (table,) = surrogate.content(structs.replace(count(), surrogate=PARTS)).tables
    assert [row[0].text for row in table.rows] == ["y", "x", "none of them", "the gap"]
    assert [row[1].text for row in table.rows] == ["−3.00", "+1.00", "−2.00", "−4.00"]
    assert [row[2].text for row in table.rows] == ["+75.0%", "−25.0%", "+50.0%", ""]


def test_where_too_little_is_explained_there_is_no_table():
    assert surrogate.content(structs.replace(count(), surrogate=None)) is None
    little = structs.replace(PARTS, contributions={}, remainder=None)
    assert surrogate.content(structs.replace(count(), surrogate=little)) is None
