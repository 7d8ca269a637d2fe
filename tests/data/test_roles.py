"""What a user may write for the role of a column."""

from __future__ import annotations

import dataclasses

import pytest

from fairaudit.data.roles import MISSING, TASKS, Protected, Roles, column_names
from fairaudit.errors import FairAuditError, OptionError, RoleError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age", Protected("age", "auto")),
        ("age:continuous", Protected("age", "continuous")),
        ("age:categorical", Protected("age", "categorical")),
        ("age:bins=25", Protected("age", "bins", (25.0,))),
        ("age:bins=-1.5,0,45", Protected("age", "bins", (-1.5, 0.0, 45.0))),
        ("area:code", Protected("area:code", "auto")),
        ("area:code:categorical", Protected("area:code", "categorical")),
        (":categorical", Protected("", "categorical")),
    ],
)
def test_only_the_known_suffixes_of_a_name_are_special(text, expected):
    assert Protected.parse(text) == expected


@pytest.mark.parametrize("cuts", ["", "old", "45,25", "25,25", "25,,45", "nan", "25,inf"])
def test_bins_that_do_not_increase_are_refused_by_name(cuts):
    with pytest.raises(OptionError, match=f"'age:bins={cuts}': bins need increasing numbers"):
        Protected.parse(f"age:bins={cuts}")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prediction": 0}, "prediction is 0, which is no text; write the name of a column as text, such as '0'"),
        ({"target": ["y"]}, r"target is \['y'\], which is no text"),
        ({"threshold": "half"}, "threshold is 'half'; write it as 0.5"),
        ({"task": "foo"}, "task 'foo' is unknown; there are binary"),
        ({"missing": "foo"}, "missing 'foo' is unknown; there are error, group, drop"),
        ({"missing": []}, "missing .* is unknown"),
    ],
)
def test_a_role_of_the_wrong_type_is_refused(fields, message):
    with pytest.raises(FairAuditError, match=message):
        Roles(**fields)


def test_one_name_is_one_attribute_and_not_its_letters():
    sex = Protected("sex", "categorical")
    assert Protected.parse_all("sex:categorical") == Protected.parse_all(sex) == (sex,)
    assert Protected.parse_all(["sex:categorical", "age"]) == Protected.parse_all((sex, "age"))
    assert column_names("age", "features") == column_names(["age"], "features") == ("age",)


@pytest.mark.parametrize("given", [None, 3, [0], [None]])
def test_attributes_without_a_name_are_refused(given):
    for read in (Protected.parse_all, lambda names: column_names(names, "features")):
        with pytest.raises(RoleError, match="name"):
            read(given)


def test_roles_are_frozen_values():
    for value, field in ((Roles(), "target"), (Protected("age"), "name")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, 1)


def test_the_lists_of_choices_are_those_of_the_interface():
    assert TASKS == ("binary", "regression", "count", "ordinal", "multiclass")
    assert MISSING == ("error", "group", "drop")


def test_what_rows_are_called_is_a_word():
    assert Roles(rows_are="people").rows_are == "people"
    with pytest.raises(OptionError, match="rows-are is empty; write what a row is"):
        Roles(rows_are=" ")
