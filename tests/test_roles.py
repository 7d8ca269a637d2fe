"""What a user may write for a protected attribute, and which options are refused."""

from __future__ import annotations

import dataclasses

import pytest

from fairaudit.errors import OptionError
from fairaudit.roles import MISSING, TASKS, Options, Protected, Roles


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
