"""Which columns a model may see."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from columns import FRAME, read, roles

from fairaudit.data.table import role_table
from fairaudit.errors import RoleError


def test_features_are_the_columns_without_another_role():
    table = read(
        "g",
        target="y",
        exposure=None,
        weight="w",
        drop=("pred", "score", "inf", "void", "same"),
        features=True,
        missing="group",
    )
    expected = ["h", "age", "z", "yes", "mood", "flag", "time", "text", "hole", "gap", "a=b"]
    assert list(table.features.columns) == expected
    assert table.features["h"].dtype == np.float64
    assert table.features["flag"].tolist() == ["True", "False", "True", "False", "True", "True"]
    assert table.features["gap"].tolist() == ["A", None, "B", "A", "B", "B"]
    assert table.features["hole"].isna().sum() == 2
    assert any(note == "column 'day' holds dates; it is not a feature" for note in table.notes)
    assert any("feature 'one' has one value in all rows used" in note for note in table.notes)


def test_no_feature_is_read_unless_asked_for():
    table = read(target="y")
    assert table.features.shape == (6, 0)


def test_listed_features_are_taken_in_their_order_and_may_be_protected():
    listed = roles("g", target="y", features=("age", "g", "z"), drop=("z",))
    table = role_table(FRAME, listed, features=True)
    assert list(table.features.columns) == ["age", "g"]


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (("y",), "column 'y' has another role; it cannot be a feature as well"),
        (("day",), "column 'day' holds dates; leave it out of the features"),
        (("nope",), "column 'nope' is not in the data"),
        (("inf",), "feature 'inf' has the value 'inf' in row 3, which is not finite"),
        (("hole",), "feature 'hole' is missing in 2 of 6 rows"),
        (("one", "zero"), "no feature is left: one, zero have one value in all 6 rows"),
    ],
)
def test_a_listed_feature_that_cannot_be_used_is_refused(listed, message):
    with pytest.raises(RoleError) as caught:
        role_table(FRAME, roles("g", target="y", features=listed), features=True)
    assert message in str(caught.value)


def test_identifiers_are_no_features_unless_listed():
    n = 150
    frame = pd.DataFrame(
        {
            "g": ["A", "B"] * 75,
            "y": [0, 1, 1] * 50,
            "x": np.arange(n) % 10,
            "number": np.arange(n),
            "name": [f"n{i}" for i in range(n)],
        }
    )
    table = role_table(frame, roles("g", target="y"), features=True)
    assert list(table.features.columns) == ["x"]
    assert (
        "column 'number' has another whole number in every row, like an identifier; it is not a feature" in table.notes
    )
    assert "column 'name' is text with 150 different values, like an identifier; it is not a feature" in table.notes
    listed = role_table(frame, roles("g", target="y", features=("number",)), features=True)
    assert list(listed.features.columns) == ["number"]
    with pytest.raises(RoleError, match="column 'name' is text with 150 different values"):
        role_table(frame, roles("g", target="y", features=("name",)), features=True)


@pytest.mark.parametrize(
    ("rows", "levels", "feature"), [(60, 30, True), (60, 31, False), (48, 47, True), (400, 100, True)]
)
def test_text_of_which_most_values_are_different_is_taken_for_an_identifier(rows, levels, feature):
    frame = pd.DataFrame({"g": ["A", "B"] * (rows // 2), "y": np.arange(rows) % 3 > 0, "x": np.arange(rows) % 10})
    frame["text"] = [f"n{row % levels}" for row in range(rows)]
    table = role_table(frame, roles("g", target="y"), features=True)
    assert ("text" in table.features) is feature
    told = f"column 'text' is text with {levels} different values, like an identifier; it is not a feature"
    assert (told in table.notes) is not feature


def test_a_feature_of_numbers_and_words_is_told_of():
    frame = pd.DataFrame({"g": ["A", "B"] * 75, "y": [0, 1, 1] * 50, "x": [str(value % 40) for value in range(150)]})
    frame["income"] = [str(value) for value in range(150)]
    frame.loc[7, ["x", "income"]] = "-"
    notes = role_table(frame, roles("g", target="y"), features=True).notes
    assert "feature 'x' holds numbers but for '-'; it is read as text, each value a category" in notes
    assert "column 'income' holds numbers but for '-'; it is not a feature" in notes


def test_a_decimal_comma_in_a_column_that_would_be_a_feature_is_refused():
    frame = pd.DataFrame({"g": ["A", "B"] * 20, "y": [0, 1] * 20, "x": range(40), "z": [f"{v},5" for v in range(40)]})
    with pytest.raises(RoleError, match=r"column 'z' has numbers with a comma, such as 0,5; .*drop='z'"):
        role_table(frame, roles("g", target="y"), features=True)
    assert "z" in role_table(frame, roles("g", target="y", features=("z",)), features=True).features


def test_an_empty_column_is_no_feature_and_no_missing_value():
    frame = pd.DataFrame({"g": ["A", "B"] * 20, "y": [0, 1] * 20, "x": range(40), "empty": [None] * 40})
    table = role_table(frame, roles("g", target="y"), features=True)
    assert list(table.features.columns) == ["x"]
    assert "column 'empty' has no values; it is not a feature" in table.notes
    with pytest.raises(RoleError, match="column 'empty' has no values; leave it out of the features"):
        role_table(frame, roles("g", target="y", features=("x", "empty")), features=True)
