"""One column read into one role: as numbers or as names of levels."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from columns import FRAME, read, roles

from fairaudit.data.table import role_table
from fairaudit.errors import RoleError


@pytest.mark.parametrize(
    ("protected", "kind", "values"),
    [
        ("g", "categorical", ["A", "B", "A", "B", "A", "B"]),
        ("h", "categorical", ["1", "2", "1", "2", "1", "1"]),
        ("flag", "categorical", ["True", "False", "True", "False", "True", "True"]),
        ("time:categorical", "categorical", ["1", "0.5", "1", "0.25", "1", "2"]),
        ("day:categorical", "categorical", ["2020-01-01", "2020-01-02"] * 3),
        ("age", "continuous", [20.0, 30.0, 40.0, 50.0, 60.0, 70.0]),
        ("flag:continuous", "continuous", [1.0, 0.0, 1.0, 0.0, 1.0, 1.0]),
        ("age:bins=35,55", "bins", [20.0, 30.0, 40.0, 50.0, 60.0, 70.0]),
    ],
)
def test_a_protected_attribute_is_read_by_kind(protected, kind, values):
    table = read(protected, target="y")
    (spec,) = table.specs
    series = table.protected[spec.name]
    assert spec.kind == kind
    assert series.tolist() == values
    assert series.dtype == (object if kind == "categorical" else np.float64)


def test_a_category_type_is_read_by_name():
    frame = FRAME.assign(c=pd.Categorical(FRAME["g"], categories=["A", "B", "unused"]))
    assert role_table(frame, roles("c", target="y")).protected["c"].tolist() == FRAME["g"].tolist()


def test_numbers_whose_squares_vanish_are_refused():
    frame = FRAME.assign(tiny=[0, 1e-200, -2e-200, 0, 0, 0])
    with pytest.raises(RoleError, match=r"prediction 'tiny' has the value '-2e-200' in row 3, which is too small"):
        role_table(frame, roles(prediction="tiny"))
    assert role_table(frame.assign(tiny=frame["tiny"] + (frame["g"] == "A")), roles(prediction="tiny")) is not None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["n/a", *map(str, range(39))], "holds numbers but for 'n/a'"),
        ([*map(str, range(50, 87)), "?", "90+", "?"], "holds numbers but for '90+', '?'"),
        ([f"{value},5" for value in range(40)], "has numbers with a comma, such as 0,5"),
    ],
)
def test_an_attribute_that_may_be_meant_as_numbers_is_not_taken_for_names(values, told):
    frame = pd.DataFrame({"g": values, "y": [0, 1] * 20})
    with pytest.raises(RoleError, match=re.escape(f"protected attribute 'g' {told}; write ") + ".*with g:categorical"):
        role_table(frame, roles("g", target="y"))
    assert role_table(frame, roles("g:categorical", target="y")).specs[0].kind == "categorical"


@pytest.mark.parametrize(
    "values",
    [
        ["0", "1", "2", "3+"] * 10,  # few numbers are codes
        [f"{value:05}" for value in range(40)],  # postal codes
        [f"{value}-{value + 9}" for value in range(40)],
        [*map(str, range(15)), *"abcdefghijklmnopqrstuvwxy"],
        [True, False] * 20,
    ],
)
def test_codes_ranges_and_words_are_names(values):
    frame = pd.DataFrame({"g": values, "f": values, "y": [0, 1] * 20})
    table = role_table(frame, roles("g", target="y", features=("f",)), features=True)
    assert table.specs[0].kind == "categorical"
    assert not any("numbers" in note for note in table.notes)
