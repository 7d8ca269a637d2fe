"""The columns that have no role, in classes: which are looked at, and how."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.data.others import CLASSES, MOST_COLUMNS, coarse, other_columns
from fairaudit.data.roles import Protected, Roles

N = 200
RNG = np.random.default_rng(4)
FRAME = pd.DataFrame(
    {
        "id": np.arange(N),
        "name": [f"p{i}" for i in range(N)],
        "day": pd.date_range("2026-01-01", periods=N),
        "one": "x",
        "g": RNG.choice(["a", "b"], N),
        "score": RNG.normal(size=N),
        "income": RNG.normal(size=N),
        "kind": RNG.choice(list("uvw"), N),
    }
)
WIDE = FRAME[["g", "score"]].assign(**{f"c{i}": RNG.integers(0, 3, N) for i in range(50)})
ROLES = Roles(prediction="score", protected=(Protected("g"),))
EVERY = np.arange(N)


def names(frame, roles):
    return [column.name for column in other_columns(frame, roles, EVERY).columns]


def test_columns_with_a_role_identifiers_dates_and_single_values_are_none_of_them():
    assert names(FRAME, ROLES) == ["income", "kind"]
    assert names(FRAME, Roles(prediction="score", protected=(Protected("g"),), drop=("kind",))) == ["income"]
    assert names(FRAME, Roles(prediction="score", protected=(Protected("g"),), features=("kind",))) == ["kind"]


def test_of_a_wide_table_the_first_columns_are_looked_at_and_the_others_are_counted():
    others = other_columns(WIDE, ROLES, EVERY)
    assert [column.name for column in others.columns] == [f"c{i}" for i in range(MOST_COLUMNS)]
    assert others.passed_over == 50 - MOST_COLUMNS


def test_missing_values_are_a_class_of_their_own():
    code, size = coarse(pd.Series([1.0, np.nan, 2.0, np.nan]))
    assert size == 3
    assert code[1] == code[3]
    assert len({code[0], code[1], code[2]}) == 3
    code, size = coarse(pd.Series(["a", None, "b", None], dtype=object))
    assert (size, code[1] == code[3]) == (3, True)


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=200))
def test_classes_of_numbers_are_ordered_few_and_never_part_equal_values(values):
    code, size = coarse(pd.Series(values, dtype=np.float64))
    assert size == len(set(code)) <= CLASSES
    order = np.argsort(values, kind="stable")
    assert (np.diff(code[order]) >= 0).all()
    for value in set(values):
        assert len(set(code[np.array(values) == value])) == 1


def test_of_many_levels_the_most_frequent_are_classes_and_the_others_are_one():
    column = pd.Series([f"l{i}" for i in range(30) for _ in range(i + 1)])
    code, size = coarse(column)
    assert size == CLASSES
    assert len({code[(column == f"l{i}").to_numpy()][0] for i in range(21)}) == 1
    assert len({code[(column == f"l{i}").to_numpy()][0] for i in range(21, 30)}) == CLASSES - 1


@pytest.mark.parametrize("column", [pd.Series([True, False, True]), pd.Series(["a", "b", "a"], dtype="category")])
def test_flags_and_categories_are_levels(column):
    code, size = coarse(column)
    assert size == 2
    assert code[0] == code[2] != code[1]
