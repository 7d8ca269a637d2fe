"""Several values in a cell are a set: neither order, nor blanks, nor repetition counts."""

from __future__ import annotations

import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.sets import as_sets, holders, joined, likely_separator, parts, values_of
from fairaudit.data.tidying import tidied
from fairaudit.errors import FairAuditError, OptionError


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("White; Black", ["Black", "White"]),
        ("a;a ;;b", ["a", "b"]),
        (" ; ", []),
        ("a, b", ["a, b"]),
        ("[b; a]", ["a", "b"]),
    ],
)
def test_a_cell_is_split_at_the_sign_and_nowhere_else(cell, values):
    assert parts(cell, ";") == values


@pytest.mark.parametrize("separator", [";", ",", "|", "/", " and "])
def test_what_is_joined_is_split_again(separator):
    assert parts(joined(["b", "a", "b"], separator), separator) == ["a", "b"]


def test_cells_with_the_same_values_become_alike_and_empty_ones_missing():
    column = as_sets(pd.Series(["White; Black", "Black;White ", "; ", None, "White"]), ";")
    assert list(column) == ["Black; White", "Black; White", None, None, "White"]
    assert values_of(column, ";") == ["Black", "White"]
    assert list(holders(column, ";").index) == [0, 0, 1, 1, 4]


@pytest.mark.parametrize(
    ("cells", "separator"),
    [
        (["White", "Black", "White; Black", "Black; White"], ";"),
        (["a", "b", "b|a", "a|b"], "|"),
        (["White", "White; Black", "Black; White"], ";"),
        (["M", "F"], None),
        (["Smith, John", "Smith, Ann", "Doe, Jane"], None),
        (["A/B Inc", "C", "D"], None),
        ([1, 2, 3], None),
    ],
)
def test_a_sign_separates_values_where_they_also_stand_alone(cells, separator):
    assert likely_separator(pd.Series(cells)) == separator


@pytest.mark.parametrize("text", ["race:set=;", "race:set=';'", 'race:set=";"'])
def test_a_set_is_named_with_the_sign_between_its_values(text):
    assert Protected.parse(text) == Protected("race", "set", separator=";")
    assert Protected.parse(Protected.parse(text).text()) == Protected.parse(text)


def test_a_set_may_name_marks_of_missing_values_and_signs_of_several_letters():
    attribute = Protected.parse("race:set= and :na=unknown")
    assert (attribute.name, attribute.separator, attribute.na) == ("race", " and ", "unknown")


@pytest.mark.parametrize("sign", ["", "a", "''"])
def test_a_set_without_a_sign_is_refused(sign):
    with pytest.raises(OptionError, match="a set needs the sign between its values"):
        Protected.parse(f"race:set={sign}")
    with pytest.raises(OptionError, match="a set needs the sign between its values"):
        Protected("race", "set", separator=sign)


def cells(values, **cleaning):
    """The cells of a set after cleaning, and which rows are left out."""
    read = tidied(pd.DataFrame({"g": values}), fa.Cleaning(**cleaning), sets={"g": ";"})
    return list(read.frame["g"]), {reason: list(rows) for reason, rows in read.left_out.items()}


def test_marks_spellings_and_merged_levels_are_those_of_values():
    values = ["black; White", "Black", "Black", "White;other", "?", "White;?"]
    tidy, _ = cells(values, tidy=True, na_of="g:na=?", merge="g:Other=other")
    assert tidy == ["Black; White", "Black", "Black", "Other; White", None, "White"]


def test_two_values_that_are_merged_are_one():
    assert cells(["a;b", "b", "c"], merge="g:A=a,b")[0] == ["A", "A", "c"]


def test_a_level_that_no_cell_has_is_refused_with_the_values_there_are():
    with pytest.raises(FairAuditError, match=r"column 'g' has no level 'z'; its levels are 'a', 'b'"):
        cells(["a;b", "b"], merge="g:A=z")


def test_rows_take_part_by_any_of_their_values():
    _, kept = cells(["a;b", "b", "c", None], keep="g=a,c")
    assert kept == {"left out, as g includes no a or c": [False, True, False, True]}
    _, left = cells(["a;b", "b", "c", None], leave_out="g=a")
    assert left == {"left out, as g includes a": [True, False, False, False]}


def refused(values, **roles):
    frame = pd.DataFrame({"g": values, "d": [0, 1] * (len(values) // 2)})
    with pytest.raises(FairAuditError) as caught:
        fa.audit(frame, decision="d", protected="g:set=;", **roles)
    return str(caught.value)


def test_sets_that_cannot_be_compared_are_refused():
    assert "is 'a; b' in all 40 rows; at least two groups are needed" in refused(["a;b", "b;a"] * 20)
    assert "is missing in all 40 rows" in refused([";", " ; "] * 20, missing="group")
    assert "has 70 different values between ';'" in refused([f"v{i}" for i in range(70)] * 4)
    overlap = refused(["a;b", "b"] * 20, reference="g=a")
    assert "the reference 'g' is of an attribute whose groups overlap" in overlap


def test_lists_point_to_the_sign_between_values():
    assert "or text with a sign between several, which g:set=';' reads" in refused([["a"], ["b"]] * 20)


def notes(values, attribute):
    frame = pd.DataFrame({"g": values, "d": [0, 1] * (len(values) // 2)})
    return " ".join(fa.audit(frame, decision="d", protected=attribute, options=fa.Options(bootstrap=0)).notes)


def test_levels_that_look_alike_in_another_order_name_the_sign():
    values = ["White; Black", "Black; White", "White", "Black"] * 20
    assert "g:set=';' takes each value of a cell by itself" in notes(values, "g")
    assert "alike" not in notes(values, "g:set=;")


def test_values_that_look_alike_or_like_marks_and_a_sign_that_never_occurs_are_told():
    assert "levels that look alike: 'Black'" in notes(["White; Black", "black", "White", "Black"] * 20, "g:set=;")
    assert "the level '?'" in notes(["White; ?", "White"] * 20, "g:set=;")
    assert "has one value in every cell, none with ';'" in notes(["a", "b"] * 20, "g:set=;")


def test_roles_know_their_sets():
    roles = Roles(protected=Protected.parse_all(["g:set=;", "h"]), search_over=Protected.parse_all("k:set=|"))
    assert roles.sets == {"g": ";", "k": "|"}
