"""What a user may write for a protected attribute, and which options are refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fairaudit.data.roles import MISSING, TASKS, Options, Protected, Roles, column_names
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


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95, float("nan")])
def test_a_confidence_outside_0_to_1_is_refused(confidence):
    with pytest.raises(OptionError, match=r"confidence is .*between 0 and 1"):
        Options(confidence=confidence)


@pytest.mark.parametrize("name", ["min_group", "bootstrap", "permutations", "seed"])
def test_negative_counts_are_refused_as_the_command_line_spells_them(name):
    with pytest.raises(OptionError, match=f"^{name.replace('_', '-')} is -1; it must not be negative"):
        Options(**{name: -1})
    assert getattr(Options(**{name: 0}), name) == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bootstrap": 10.5}, "bootstrap is 10.5; a whole number is needed"),
        ({"min_group": True}, "min-group is True; a whole number is needed"),
        ({"seed": "x"}, "seed is 'x'; a whole number is needed"),
        ({"confidence": "high"}, "confidence is 'high'; a number is needed"),
        ({"bootstrap": 1}, "bootstrap is 1; an interval needs at least 2 replicates, or 0"),
        ({"scale": "metric"}, "scale 'metric' is unknown; there are paper, standardised, equal"),
        ({"density": 0.15}, "density is 0.15; text is needed"),
    ],
)
def test_an_option_of_the_wrong_type_is_refused(fields, message):
    with pytest.raises(OptionError, match=message):
        Options(**fields)


def test_numbers_of_numpy_are_numbers():
    made = Options(bootstrap=np.int64(7), confidence=np.float32(0.5))
    assert made == Options(bootstrap=7, confidence=0.5)
    assert type(made.bootstrap) is int


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"prediction": 0}, "prediction is 0, which is no text; write the name of a column as text, such as '0'"),
        ({"target": ["y"]}, r"target is \['y'\], which is no text"),
        ({"threshold": "half"}, "threshold is 'half'; a number is needed"),
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


def test_options_and_roles_are_frozen_values():
    assert Options(seed=3) == Options(seed=3) != Options(seed=4)
    for value, field in ((Options(), "seed"), (Roles(), "target"), (Protected("age"), "name")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, 1)


def test_what_the_command_adds_to_the_manifest_does_not_tell_options_apart():
    assert Options(extra={"penalty": "sum"}) == Options()


def test_the_lists_of_choices_are_those_of_the_interface():
    assert TASKS == ("binary", "regression", "count", "ordinal", "multiclass")
    assert MISSING == ("error", "group", "drop")
