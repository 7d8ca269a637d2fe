"""Order and lift on a page: tables, pictures, and the nearer of two models."""

from __future__ import annotations

import msgspec
from example import count

from fairaudit.report.sections import lift
from fairaudit.results import Lift, LiftTenth, Tenth


def lifted(double=False):
    parts = [
        Tenth(share=0.5, predicted=0.1, observed=0.12, interval=(0.1, 0.14)),
        Tenth(share=0.5, predicted=0.2, observed=0.19, interval=(0.16, 0.22)),
    ]
    both = [
        Lift(by=[], cell={}, n=3000, gini=0.17, gini_interval=(0.1, 0.24), tenths=parts),
        Lift(by=["gender"], cell={"gender": "Male"}, n=1700, gini=None, why="there is no event"),
    ]
    doubled = [
        LiftTenth(share=0.5, quotient=(0.7, 1.0), observed=0.1, plain=0.14, chosen=0.11),
        LiftTenth(share=0.5, quotient=(1.0, 1.4), observed=0.2, plain=0.19, chosen=0.24),
    ]
    return msgspec.structs.replace(count(), lift=both, double_lift=doubled if double else [])


def test_indices_and_tenths_stand_by_group():
    indices, tenths = lift.content(lifted()).tables
    assert [entry.text for entry in indices.rows[0]] == ["all rows", "3,000", "0.170"]
    assert indices.footnotes == ("there is no event",)
    assert [entry.text for entry in tenths.rows[0]] == ["all rows", "0.100 → 0.120", "0.200 → 0.190"]
    assert [entry.text for entry in tenths.rows[1]] == ["gender: Male", "", ""]


def test_of_two_models_the_nearer_one_is_in_bold():
    double = lift.content(lifted(double=True)).tables[2]
    assert [[entry.strong for entry in row[3:]] for row in double.rows] == [[False, True], [True, False]]


def test_there_is_a_picture_of_all_rows_and_one_of_two_models():
    assert [picture.key for picture in lift.pictures(lifted())] == ["lift-chart"]
    both = list(lift.pictures(lifted(double=True)))
    assert [picture.key for picture in both] == ["lift-chart", "lift-double-chart"]
    assert all(picture.svg.startswith("<svg") for picture in both)


def test_an_audit_without_counts_has_no_such_section():
    assert lift.content(count()) is None
    assert list(lift.pictures(count())) == []
