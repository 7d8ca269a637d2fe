"""Values are read as was asked: what is missing, which spellings are one level, which rows take part."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest

from fairaudit.data.cleaning import Cleaning
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.data.tidying import likeness, spelling, tidied
from fairaudit.errors import OptionError, RoleError


def column(*values, **cleaning):
    """One column called g, read as asked."""
    return list(tidied(pd.DataFrame({"g": values}), Cleaning(**cleaning)).frame["g"])


def test_tidy_calls_levels_by_their_most_frequent_spelling():
    assert column("Male", "male", "Male", "male ", "f", tidy=True) == ["Male", "Male", "Male", "Male", "f"]
    decomposed = unicodedata.normalize("NFD", "é")
    assert column("é", decomposed, "é", tidy=True) == ["é", "é", "é"]
    assert column("b  c", "B C", tidy=True) == ["B C", "B C"]


def test_tidy_leaves_numbers_dates_and_truth_alone():
    frame = pd.DataFrame({"x": [1.5, 2.0], "b": [True, False], "t": pd.to_datetime(["2020-01-01", "2021-01-01"])})
    pd.testing.assert_frame_equal(tidied(frame, Cleaning(tidy=True)).frame, frame)


def test_merge_reads_levels_as_another():
    assert column("M", "male", "F", merge="g:Male=M,male") == ["Male", "Male", "F"]
    assert column("m", "m ", "f", merge="g:m=m ") == ["m", "m", "f"]
    assert column(1, 5, 6, merge="g:Other=5,6") == ["1", "Other", "Other"]


def test_a_column_with_the_mark_in_its_name_is_found():
    frame = pd.DataFrame({"a:b": ["x", "y"], "c=d": ["x", "y"]})
    cleaning = Cleaning(merge="a:b:z=x", keep="c=d=x")
    read = tidied(frame, cleaning)
    assert list(read.frame["a:b"]) == ["z", "y"]
    assert [list(rows) for rows in read.left_out.values()] == [[False, True]]


@pytest.mark.parametrize(
    ("cleaning", "error", "message"),
    [
        ({"merge": "g"}, OptionError, "merge 'g': NAME:NEW=OLD,OLD is needed"),
        ({"merge": "g:x"}, OptionError, "merge 'g:x': NAME:NEW=OLD,OLD is needed"),
        ({"merge": "g:=a"}, OptionError, "merge 'g:=a'"),
        ({"merge": "h:x=a"}, RoleError, "column 'h' is not in the data; it has: g"),
        ({"merge": "g:x=c"}, RoleError, "column 'g' has no level 'c'; its levels are 'a', 'b'"),
        ({"keep": "g"}, OptionError, "keep 'g': NAME=LEVEL,LEVEL is needed"),
        ({"leave_out": "g=z"}, RoleError, "column 'g' has no level 'z'"),
        ({"na_of": "h:na=1"}, RoleError, "column 'h' is not in the data"),
    ],
)
def test_what_is_not_there_or_not_of_its_form_is_refused(cleaning, error, message):
    with pytest.raises(error, match=message):
        column("a", "b", **cleaning)


@pytest.mark.parametrize("cleaning", [{"merge": 3}, {"keep": [1]}, {"na": 9}])
def test_a_cleaning_that_is_no_text_is_refused(cleaning):
    with pytest.raises(RoleError, match="which is no text"):
        Cleaning(**cleaning)


def test_marks_of_missing_values_are_read_so_in_any_kind_of_column():
    assert column("a", "?", "b", na="?") == ["a", None, "b"]
    assert column("a", "NA", na_of="g:na=NA") == ["a", None]
    assert column("1", "#N/A", "2.5", na_of="g:na=#N/A") == pytest.approx([1.0, np.nan, 2.5], nan_ok=True)
    assert column("01", "#N/A", "25", na_of="g:na=#N/A") == ["01", None, "25"]
    assert column(0.5, -999.0, na_of="g:na=-999") == pytest.approx([0.5, np.nan], nan_ok=True)
    assert column(0.5, -999.0, na_of="g:na=") == [0.5, -999.0]
    untouched = tidied(pd.DataFrame({"g": ["?"], "h": ["?"]}), Cleaning(na_of="h:na=?")).frame
    assert list(untouched["g"]) == ["?"]
    assert list(untouched["h"]) == [None]


def test_a_mark_behind_any_role_says_how_its_column_is_cleaned():
    roles = Roles(target="y=1:na=9", prediction="p:na=-1", protected=Protected.parse_all("age:bins=25,45:na=99,-1"))
    assert (roles.target, roles.prediction) == ("y=1", "p")
    assert roles.protected == (Protected("age", "bins", (25.0, 45.0), na="99,-1"),)
    assert roles.cleaning.na_of == ("y=1:na=9", "p:na=-1", "age:na=99,-1")
    assert Protected.parse(roles.protected[0].text()) == roles.protected[0]


def test_rows_left_out_are_counted_by_reason_and_by_group():
    frame = pd.DataFrame(
        {"g": ["a"] * 4 + ["b"] * 6, "action": [1, 3, 4, 5, 1, 1, 3, 3, 4, 1], "kind": ["x"] * 9 + ["y"]}
    )
    cleaning = Cleaning(keep="action=1,3", leave_out="kind=y")
    roles = Roles(decision="action=1", protected=(Protected("g"),), cleaning=cleaning)
    table = role_table(frame, roles)
    assert table.rows.dropped == {"left out, as action is not 1 or 3": 3, "left out, as kind is y": 1}
    assert table.rows.used == 6
    assert list(table.index) == [0, 1, 4, 5, 6, 7]
    assert "rows that are not used, by 'g': 'a' 2 of 4, 'b' 2 of 6" in table.notes


def test_missing_values_of_rows_that_are_left_out_are_no_error():
    frame = pd.DataFrame({"g": ["a", "b", "a", "b"], "d": [1, 0, None, None], "kind": ["x", "x", "y", "y"]})
    roles = Roles(decision="d", protected=(Protected("g"),), cleaning=Cleaning(keep="kind=x"))
    assert role_table(frame, roles).rows.used == 2


@pytest.mark.parametrize("pair", [("male", "Male "), ("é", unicodedata.normalize("NFD", "é")), ("a  b", "A b")])
def test_one_spelling_is_one_whatever_its_blanks_case_and_form(pair):
    assert spelling(pair[0]) == spelling(pair[1])
    assert likeness(pair[0]) == likeness(pair[1])


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("White; Black", "Black;White", True),
        ("non binary", "Non-binary", True),
        ("Nonbinary", "non-binary", True),
        ("A+", "A-", False),
        ("A", "A-", False),
        ("<=50K", ">50K", False),
        ("18-25", "1825", False),
        ("-1", "1", False),
        ("1.5", "15", False),
    ],
)
def test_likeness_ignores_what_people_type_in_different_ways_and_nothing_that_counts(one, other, alike):
    assert (likeness(one) == likeness(other)) is alike
