"""Every column is checked against its role, and every refusal says what to do."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import OptionError, RoleError

FRAME = pd.DataFrame(
    {
        "g": ["A", "B", "A", "B", "A", "B"],
        "h": [1, 2, 1, 2, 1, 1],
        "age": [20, 30, 40, 50, 60, 70],
        "one": ["A"] * 6,
        "day": pd.to_datetime(["2020-01-01", "2020-01-02"] * 3),
        "pred": [0.1, 0.9, 0.5, 0.4, 0.3, 0.8],
        "score": [-1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "y": [0, 1, 0, 1, 1, 0],
        "z": [0, 1, 2, 1, 0, 3],
        "yes": ["no", "yes", "no", "yes", "yes", "no"],
        "mood": ["low", "mid", "high", "low", "mid", "high"],
        "flag": [True, False, True, False, True, True],
        "time": [1.0, 0.5, 1.0, 0.25, 1.0, 2.0],
        "w": [0.0, 1.0, 2.0, 1.0, 1.0, 1.0],
        "zero": [0, 0, 0, 0, 0, 0],
        "inf": [1.0, 2.0, np.inf, 4.0, 5.0, 6.0],
        "text": ["1", "2", "x", "3", "4", "5"],
        "hole": [1.0, 2.0, np.nan, 4.0, np.nan, 6.0],
        "gap": ["A", None, "B", "A", "B", "B"],
        "void": [None] * 6,
        "a=b": [0, 1, 0, 1, 0, 1],
        "list": [[1], [2], [1], [2], [1], [2]],
        "same": [1, "1", 1, "1", 1, "1"],
    }
)


def roles(protected="g", **fields) -> Roles:
    names = [protected] if isinstance(protected, str) else protected
    return Roles(protected=tuple(Protected.parse(name) for name in names), **fields)


def read(protected="g", features=False, **fields):
    return role_table(FRAME, roles(protected, **fields), features=features)


REFUSED = [
    ({"protected": "zz", "prediction": "pred"}, "column 'zz' is not in the data; it has: g, h, age"),
    ({"prediction": "pre"}, "did you mean 'pred'?"),
    ({"prediction": "PRED"}, "did you mean 'pred'?"),
    ({"protected": "g:bands=1", "prediction": "pred"}, "may follow a name is :categorical, :continuous or :bins=CUT"),
    ({"target": "nope=1"}, "column 'nope' is not in the data"),
    (
        {"protected": [], "prediction": "pred"},
        "no protected attribute is given; name at least one with --protected NAME",
    ),
    ({}, "there is nothing to measure; name a --prediction, a --decision or the observed outcome as --target"),
    ({"protected": ["g", "g"], "prediction": "pred"}, "column 'g' is named twice as protected attribute"),
    ({"protected": "y", "target": "y"}, "column 'y' is named as protected attribute and as target"),
    ({"target": "y", "prediction": "y"}, "column 'y' is named as target and as prediction"),
    (
        {"protected": "one", "target": "y"},
        "protected attribute 'one' has one value 'A' in all 6 rows; at least two groups",
    ),
    ({"protected": "void", "target": "y", "missing": "group"}, "'void' is missing in all 6 rows"),
    ({"protected": "zero:continuous", "target": "y"}, "'zero' has one value '0' in all 6 rows"),
    ({"protected": "age:bins=99", "target": "y"}, "'age' has one band of values in all 6 rows"),
    ({"protected": "g:continuous", "target": "y"}, "'g' has the value 'A' in row 1, which is text; numbers are needed"),
    ({"protected": "text:bins=2", "target": "y"}, "'text' has the value 'x' in row 3, which is text"),
    ({"protected": "inf", "target": "y"}, "'inf' has the value 'inf' in row 3, which is not finite"),
    ({"protected": "day", "target": "y"}, "'day' holds dates; turn them into a number such as age"),
    ({"target": "one"}, "target 'one' has one value 'A' in all 6 rows; two are needed"),
    (
        {"target": "yes"},
        "target 'yes' has the levels 'no', 'yes'; say which one counts as 1: --target 'yes=no' or --target 'yes=yes'",
    ),
    (
        {"target": "h"},
        "target 'h' has the levels '1', '2'; say which one counts as 1: --target 'h=1' or --target 'h=2'",
    ),
    ({"target": "yes=maybe"}, "target 'yes' has no level 'maybe'; its levels are 'no', 'yes'"),
    ({"target": "yes="}, "target 'yes' has no level ''; its levels are 'no', 'yes'"),
    ({"target": "yes=no,yes"}, "target 'yes': all its levels (no, yes) are named as 1; leave one out"),
    ({"target": "mood"}, "target 'mood' has 3 levels (high, low, mid); if they have an order, say --task ordinal"),
    ({"target": "mood", "task": "binary"}, "target 'mood' has 3 levels ('high', 'low', 'mid') where two are needed"),
    ({"target": "age", "task": "binary"}, "target 'age' has 6 different numbers (20, 30, 40, 50, 60, … (6 in all))"),
    ({"target": "mood", "task": "ordinal"}, "name all from lowest to highest: --target 'mood=high,low,mid'"),
    (
        {"target": "mood=low,mid", "task": "ordinal"},
        "target 'mood' also has the level 'high'; an ordinal task needs all",
    ),
    ({"target": "score", "task": "count"}, "target 'score' has the value '-1' in row 1, which is no count"),
    ({"target": "pred", "task": "count"}, "target 'pred' has the value '0.1' in row 1, which is no count"),
    ({"target": "score", "exposure": "time"}, "target 'score' has the value '-1' in row 1, which is no count"),
    ({"target": "mood", "task": "regression"}, "target 'mood' has the value 'low' in row 1, which is text"),
    ({"target": "day"}, "target 'day' has the levels '2020-01-01', '2020-01-02'; say which one"),
    ({"prediction": "text"}, "prediction 'text' has the value 'x' in row 3, which is text; numbers are needed"),
    ({"prediction": "inf"}, "prediction 'inf' has the value 'inf' in row 3, which is not finite"),
    ({"prediction": "day"}, "prediction 'day' holds dates, such as 2020-01-01; numbers are needed"),
    (
        {"target": "z", "prediction": "score", "task": "count"},
        "prediction 'score' has the value '-1' in row 1, which is neg",
    ),
    ({"target": "z", "exposure": "zero"}, "exposure 'zero' has the value '0' in row 1, which is not above 0"),
    ({"target": "y", "weight": "score"}, "weight 'score' has the value '-1' in row 1, which is negative"),
    ({"target": "y", "weight": "zero"}, "weight 'zero' is 0 in all 6 rows; no row would count"),
    (
        {"decision": "yes"},
        "decision 'yes' has the levels 'no', 'yes'; say which one counts as 1: --decision 'yes=no' or",
    ),
    ({"decision": "mood=up"}, "decision 'mood' has no level 'up'; its levels are 'high', 'low', 'mid'"),
    ({"prediction": "hole"}, "prediction 'hole' is missing in 2 of 6 rows (first in row 3); choose --missing drop"),
    (
        {"protected": "gap", "target": "y"},
        "protected attribute 'gap' is missing in 1 of 6 rows (first in row 2); choose --missing drop",
    ),
    ({"target": "hole"}, "outcome 'hole' is missing in 2 of 6 rows"),
    ({"target": "void", "missing": "drop"}, "no row is left of 6: outcome 'void' missing: 6"),
    ({"protected": "list", "target": "y"}, "protected attribute 'list' holds lists or records; one value in each row"),
    ({"target": "list"}, "target 'list' holds lists or records"),
    ({"decision": "list"}, "decision 'list' holds lists or records"),
    ({"target": "y", "given": "list"}, "given 'list' holds lists or records"),
    ({"target": "y", "split_by": "list"}, "split key 'list' holds lists or records"),
    ({"protected": "same", "target": "y"}, "protected attribute 'same' has one value '1' in all 6 rows"),
    ({"target": "same"}, "target 'same' has one value '1' in all 6 rows; two are needed"),
    ({"target": "y", "features": True, "task": "binary", "drop": tuple(FRAME)}, "no column is left as a feature"),
]

CONTRADICTIONS = [
    ({"target": "y", "threshold": 0.5}, "a threshold cuts a prediction; name one with --prediction"),
    (
        {"prediction": "pred", "decision": "y", "threshold": 0.5},
        "decisions come from column 'y' or from the threshold 0.5",
    ),
    ({"prediction": "pred", "given": "g"}, "among rows with the same 'g' nobody differs in it; leave --given out"),
    ({"prediction": "pred", "threshold": float("nan")}, "the threshold is nan; a finite number is needed"),
    (
        {"target": "y", "exposure": "time", "task": "binary"},
        "exposure 'time' is time at risk for counts, and the task is bin",
    ),
    ({"target": "age=20", "task": "regression"}, "task regression takes no levels of the target 'age'"),
    ({"target": "y", "task": "clustering"}, "task 'clustering' is unknown; there are binary, regression, count"),
]


@pytest.mark.parametrize(("fields", "message"), REFUSED)
def test_a_column_that_does_not_fit_its_role_is_refused(fields, message):
    with pytest.raises(RoleError) as caught:
        read(**fields)
    assert message in str(caught.value)


@pytest.mark.parametrize(("fields", "message"), CONTRADICTIONS)
def test_roles_that_contradict_each_other_are_refused(fields, message):
    with pytest.raises(OptionError) as caught:
        read(**fields)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "task", "outcome", "levels"),
    [
        ({"target": "y"}, "binary", [0, 1, 0, 1, 1, 0], ("0", "1")),
        ({"target": "flag"}, "binary", [1, 0, 1, 0, 1, 1], ("False", "True")),
        ({"target": "flag=false"}, "binary", [0, 1, 0, 1, 0, 0], ("True", "False")),
        ({"target": "yes=yes"}, "binary", [0, 1, 0, 1, 1, 0], ("no", "yes")),
        ({"target": "h=2.0"}, "binary", [0, 1, 0, 1, 0, 0], ("1", "2")),
        ({"target": "mood=mid,high"}, "binary", [0, 1, 1, 0, 1, 1], ("low", "mid or high")),
        ({"target": "a=b"}, "binary", [0, 1, 0, 1, 0, 1], ("0", "1")),
        ({"target": "a=b=0"}, "binary", [1, 0, 1, 0, 1, 0], ("1", "0")),
        ({"target": "z"}, "regression", [0, 1, 2, 1, 0, 3], ()),
        ({"target": "z", "exposure": "time"}, "count", [0, 1, 2, 1, 0, 3], ()),
        ({"target": "mood=low,mid,high"}, "ordinal", [0, 1, 2, 0, 1, 2], ("low", "mid", "high")),
        ({"target": "z", "task": "ordinal"}, "ordinal", [0, 1, 2, 1, 0, 3], ("0", "1", "2", "3")),
        ({"target": "mood", "task": "multiclass"}, "multiclass", [1, 2, 0, 1, 2, 0], ("high", "low", "mid")),
    ],
)
def test_the_outcome_becomes_numbers_by_task(fields, task, outcome, levels):
    table = read(**fields)
    assert table.task == task
    assert table.outcome.tolist() == outcome
    assert table.outcome.dtype == np.float64
    assert table.outcome_levels == levels
    guessed = () if "task" in fields else (f"the task '{task}' was guessed from the values of the target",)
    assert len(table.notes) == len(guessed)
    assert all(note.startswith(start) for note, start in zip(table.notes, guessed, strict=True))


@pytest.mark.parametrize(
    ("fields", "task"),
    [
        ({"prediction": "pred"}, "binary"),
        ({"prediction": "score"}, "regression"),
        ({"prediction": "score", "decision": "y"}, "binary"),
        ({"decision": "y"}, "binary"),
        ({"prediction": "time", "exposure": "w", "missing": "drop"}, None),
        ({"prediction": "w", "exposure": "time"}, "count"),
    ],
)
def test_without_a_target_the_task_is_guessed_from_what_is_measured(fields, task):
    if task is None:
        with pytest.raises(RoleError, match="exposure 'w' has the value '0' in row 1"):
            read(**fields)
        return
    table = read(**fields)
    assert (table.task, table.outcome, table.outcome_levels) == (task, None, ())
    assert "no target is given" in table.notes[0]


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


def test_a_decision_comes_from_its_column_or_from_the_threshold():
    assert read(decision="mood=mid,high").decision.tolist() == [0, 1, 1, 0, 1, 1]
    assert read(prediction="pred", threshold=0.5).decision.tolist() == [0, 1, 1, 0, 0, 1]
    assert read(prediction="pred").decision is None


def test_missing_values_are_a_group_or_drop_the_row_and_are_counted():
    grouped = read(["gap", "hole"], target="y", missing="group")
    assert grouped.rows.used == 6
    assert grouped.protected["gap"].tolist() == ["A", None, "B", "A", "B", "B"]
    assert grouped.protected["hole"].isna().tolist() == [False, False, True, False, True, False]
    dropped = read(["g", "gap", "hole"], target="y", missing="drop")
    assert dropped.index.tolist() == [0, 3, 5]
    assert dropped.rows.dropped == {"protected attribute 'gap' missing": 1, "protected attribute 'hole' missing": 2}
    assert dropped.rows.read == dropped.rows.used + sum(dropped.rows.dropped.values())


def test_rows_without_outcome_are_dropped_even_where_missing_is_a_group():
    table = read("gap", target="hole", missing="group")
    assert table.index.tolist() == [0, 1, 3, 5]
    assert table.rows.dropped == {"outcome 'hole' missing": 2}
    assert table.protected["gap"].tolist() == ["A", None, "A", "B"]


def test_dropping_rows_can_leave_too_few_groups():
    frame = pd.DataFrame({"g": ["A", "A", "B"], "y": [0, 1, np.nan]})
    with pytest.raises(RoleError, match="'g' has one value 'A' in all 2 rows"):
        role_table(frame, roles("g", target="y", missing="group"))


def test_numbers_whose_squares_vanish_are_refused():
    frame = FRAME.assign(tiny=[0, 1e-200, -2e-200, 0, 0, 0])
    with pytest.raises(RoleError, match=r"prediction 'tiny' has the value '-2e-200' in row 3, which is too small"):
        role_table(frame, roles(prediction="tiny"))
    assert role_table(frame.assign(tiny=frame["tiny"] + (frame["g"] == "A")), roles(prediction="tiny")) is not None


def test_the_row_in_a_message_counts_from_one_in_the_source():
    frame = pd.DataFrame({"g": ["A", "B", "A", "B"], "y": [np.nan, 0, 1, 1], "p": [0.1, 0.2, 0.3, np.inf]})
    with pytest.raises(RoleError, match="'inf' in row 4"):
        role_table(frame, roles("g", target="y", prediction="p", missing="group"))


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


def test_a_feature_of_numbers_and_words_is_told_of():
    frame = pd.DataFrame({"g": ["A", "B"] * 75, "y": [0, 1, 1] * 50, "x": [str(value % 40) for value in range(150)]})
    frame["income"] = [str(value) for value in range(150)]
    frame.loc[7, ["x", "income"]] = "-"
    notes = role_table(frame, roles("g", target="y"), features=True).notes
    assert "feature 'x' holds numbers but for '-'; it is read as text, each value a category" in notes
    assert "column 'income' holds numbers but for '-'; it is not a feature" in notes


def test_a_decimal_comma_in_a_column_that_would_be_a_feature_is_refused():
    frame = pd.DataFrame({"g": ["A", "B"] * 20, "y": [0, 1] * 20, "x": range(40), "z": [f"{v},5" for v in range(40)]})
    with pytest.raises(RoleError, match=r"column 'z' has numbers with a comma, such as 0,5; .* --drop z"):
        role_table(frame, roles("g", target="y"), features=True)
    assert "z" in role_table(frame, roles("g", target="y", features=("z",)), features=True).features


def test_an_empty_column_is_no_feature_and_no_missing_value():
    frame = pd.DataFrame({"g": ["A", "B"] * 20, "y": [0, 1] * 20, "x": range(40), "empty": [None] * 40})
    table = role_table(frame, roles("g", target="y"), features=True)
    assert list(table.features.columns) == ["x"]
    assert "column 'empty' has no values; it is not a feature" in table.notes
    with pytest.raises(RoleError, match="column 'empty' has no values; leave it out of the features"):
        role_table(frame, roles("g", target="y", features=("x", "empty")), features=True)


def test_rows_with_one_split_key_have_one_code():
    table = read(target="y", split_by="mood")
    assert table.split_key.tolist() == [0, 1, 2, 0, 1, 2]
    assert table.split_key.dtype == np.int64


@given(
    st.lists(
        st.tuples(st.sampled_from(["A", "B", None]), st.sampled_from([0.0, 1.0, np.nan]), st.floats(0, 1)),
        min_size=1,
        max_size=30,
    )
)
def test_every_row_is_used_or_counted_as_dropped(lines):
    frame = pd.DataFrame(lines, columns=["g", "y", "p"])
    try:
        table = role_table(frame, roles("g", target="y", prediction="p", task="binary", missing="drop"))
    except RoleError:
        complete = frame.dropna()
        assert complete["g"].nunique() < 2 or complete["y"].nunique() < 2
        return
    assert table.rows.read == len(frame) == table.rows.used + sum(table.rows.dropped.values())
    assert table.index.tolist() == frame.dropna().index.tolist()
    assert table.outcome.tolist() == frame.dropna()["y"].tolist()
    assert table.prediction.tolist() == frame.dropna()["p"].tolist()
