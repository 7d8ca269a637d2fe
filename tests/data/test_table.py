"""Every column is checked against its role, and every refusal says what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from columns import FRAME, read, roles
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.data.roles import Roles
from fairaudit.data.table import role_table
from fairaudit.errors import OptionError, RoleError

REFUSED = [
    ({"protected": "zz", "prediction": "pred"}, "column 'zz' is not in the data; it has: g, h, age"),
    ({"prediction": "pre"}, "did you mean 'pred'?"),
    ({"prediction": "PRED"}, "did you mean 'pred'?"),
    (
        {"protected": "g:bands=1", "prediction": "pred"},
        "may follow a name is :categorical, :continuous, :bins=CUT,CUT or :set=SIGN",
    ),
    ({"target": "nope=1"}, "column 'nope' is not in the data"),
    (
        {"protected": [], "prediction": "pred"},
        "no protected attribute is given; name at least one with protected='NAME'",
    ),
    ({}, "there is nothing to measure; name a prediction, a decision or the observed outcome as target"),
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
        "target 'yes' has the levels 'no', 'yes'; say which one counts as 1: target='yes=no' or target='yes=yes'",
    ),
    (
        {"target": "h"},
        "target 'h' has the levels '1', '2'; say which one counts as 1: target='h=1' or target='h=2'",
    ),
    ({"target": "yes=maybe"}, "target 'yes' has no level 'maybe'; its levels are 'no', 'yes'"),
    ({"target": "yes="}, "target 'yes' has no level ''; its levels are 'no', 'yes'"),
    ({"target": "yes=no,yes"}, "target 'yes': all its levels (no, yes) are named as 1; leave one out"),
    ({"target": "mood"}, "target 'mood' has 3 levels (high, low, mid); if they have an order, say task='ordinal'"),
    ({"target": "mood", "task": "binary"}, "target 'mood' has 3 levels ('high', 'low', 'mid') where two are needed"),
    ({"target": "age", "task": "binary"}, "target 'age' has 6 different numbers (20, 30, 40, 50, 60, … (6 in all))"),
    ({"target": "mood", "task": "ordinal"}, "name all from lowest to highest: target='mood=high,low,mid'"),
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
        "decision 'yes' has the levels 'no', 'yes'; say which one counts as 1: decision='yes=no' or",
    ),
    ({"decision": "mood=up"}, "decision 'mood' has no level 'up'; its levels are 'high', 'low', 'mid'"),
    ({"prediction": "hole"}, "prediction 'hole' is missing in 2 of 6 rows (first in row 3); choose missing='drop'"),
    (
        {"protected": "gap", "target": "y"},
        "protected attribute 'gap' is missing in 1 of 6 rows (first in row 2); choose missing='drop'",
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
    ({"target": "y", "threshold": 0.5}, "a threshold cuts a prediction; name one with prediction"),
    (
        {"prediction": "pred", "decision": "y", "threshold": 0.5},
        "decisions come from column 'y' or from the threshold 0.5",
    ),
    ({"prediction": "pred", "given": "g"}, "among rows with the same 'g' nobody differs in it; leave given out"),
    ({"prediction": "pred", "threshold": float("nan")}, "the threshold is nan; a finite number is needed"),
    (
        {"target": "y", "exposure": "time", "task": "binary"},
        "exposure 'time' is time at risk for counts and amounts, and the task is bin",
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


def test_the_row_in_a_message_counts_from_one_in_the_source():
    frame = pd.DataFrame({"g": ["A", "B", "A", "B"], "y": [np.nan, 0, 1, 1], "p": [0.1, 0.2, 0.3, np.inf]})
    with pytest.raises(RoleError, match="'inf' in row 4"):
        role_table(frame, roles("g", target="y", prediction="p", missing="group"))


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


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"decision": "d", "favourable": "high"}, "measured are decisions; say yes or no"),
        ({"target": "d", "favourable": "low"}, "outcomes of yes or no; say yes or no"),
        ({"prediction": "s", "favourable": "yes"}, "measured are numbers; say high or low"),
        ({"target": "s", "favourable": "no"}, "measured are numbers; say high or low"),
    ],
)
def test_a_good_side_of_the_other_kind_is_refused_with_what_is_expected(given, told):
    frame = pd.DataFrame({"g": [*"ab"] * 10, "d": [0, 1, 1, 0] * 5, "s": range(20)})
    with pytest.raises(OptionError, match=told):
        role_table(frame, Roles.from_words({"protected": ["g"], **given}))


@pytest.mark.parametrize(
    "given",
    [
        {"decision": "d", "prediction": "s", "favourable": "high"},
        {"prediction": "s", "threshold": 5, "favourable": "yes"},
        {"prediction": "s", "target": "d", "favourable": "no"},
        {"prediction": "s", "favourable": "low"},
    ],
)
def test_a_good_side_of_something_that_is_there_is_taken(given):
    frame = pd.DataFrame({"g": [*"ab"] * 10, "d": [0, 1, 1, 0] * 5, "s": range(20)})
    role_table(frame, Roles.from_words({"protected": ["g"], **given}))
