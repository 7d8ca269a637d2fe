"""Labels and probabilities become codes of classes and vectors, or what does not fit is told."""

import numpy as np
import pandas as pd
import pytest
from several_classes import CLASSES, people

from fairaudit.data.classes import MOST_CLASSES, class_columns, in_order
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import OptionError, RoleError

WIDE = [f"p_{name}" for name in CLASSES]


def read(frame, **roles):
    return role_table(frame, Roles(protected=(Protected("sex"),), **roles))


def test_a_pattern_names_a_column_for_each_class():
    frame = pd.DataFrame(columns=["id", "proba_a_x", "proba_b_x", "proba__x", "proba"])
    assert class_columns(list(frame.columns), "proba_*_x") == {"a": "proba_a_x", "b": "proba_b_x"}
    assert class_columns(list(frame.columns), "proba") is None
    assert class_columns(list(frame.columns), "id,proba") == {"id": "id", "proba": "proba"}
    assert class_columns([*frame.columns, "a*"], "a*") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [("q_*", "fits no column"), ("*_a_x", "fits one column: proba_a_x"), ("p*_*", r"several \*; one stands for")],
)
def test_a_pattern_of_no_classes_is_refused(text, message):
    with pytest.raises(RoleError, match=message):
        class_columns(["proba_a_x", "proba_b_x"], text)


def test_numbers_as_names_of_classes_are_in_the_order_of_numbers():
    assert in_order({"10", "9", "b", "a"}) == ["9", "10", "a", "b"]


def test_labels_that_the_outcome_has_are_classes_without_a_word():
    table = read(people(200), target="y", decision="told")
    assert (table.task, table.prediction, table.probabilities) == ("multiclass", None, None)
    assert [table.outcome_levels[int(code)] for code in table.decision] == people(200)["told"].tolist()
    assert [table.outcome_levels[int(code)] for code in table.outcome] == people(200)["y"].tolist()
    assert "the task 'multiclass' was guessed from the labels of 'told'" in table.notes


def test_a_column_of_labels_may_be_called_prediction():
    table = read(people(200), target="y", prediction="told")
    assert np.array_equal(table.decision, read(people(200), target="y", decision="told").decision)


@pytest.mark.parametrize("text", ["p_*", ",".join(WIDE)])
def test_probabilities_are_a_vector_and_the_likeliest_class_is_predicted(text):
    frame = people(200)
    named = frame if "*" in text else frame.assign(y=[f"p_{name}" for name in frame["y"]])
    table = read(named, target="y", prediction=text)
    assert np.allclose(table.probabilities, frame[WIDE].to_numpy(), rtol=1e-15)
    assert [table.outcome_levels[int(code)].removeprefix("p_") for code in table.decision] == frame["told"].tolist()


def test_rounded_probabilities_are_divided_by_their_sum_and_told():
    frame = people(200).round(2)
    table = read(frame, target="y", prediction="p_*")
    assert np.allclose(table.probabilities.sum(axis=1), 1, rtol=0, atol=1e-15)
    assert any("do not sum to 1 (by up to 0.01); they are divided by their sum" in note for note in table.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p_left": 0.9}, r"the probabilities p_left, p_<blink>\|a, p_\[x\] sum to .* in row \d+, not to 1 \(in"),
        ({"p_left": -0.1}, "prediction 'p_left' has the value '-0.1' in row 1, which is no probability"),
        ({"p_left": "much"}, "prediction 'p_left' has the value 'much'"),
        ({"y": "right"}, r"target 'y' has the class 'right', for which no column holds a probability"),
    ],
)
def test_what_are_no_probabilities_of_the_outcomes_classes_is_refused(change, message):
    with pytest.raises((RoleError, OptionError), match=message):
        read(people(50).assign(**change), target="y", prediction="p_*")


def test_rows_without_a_probability_are_refused_or_dropped():
    frame = people(50)
    frame.loc[3, "p_left"] = np.nan
    with pytest.raises(RoleError, match="prediction 'p_left' is missing in 1 of 50 rows"):
        read(frame, target="y", prediction="p_*")
    table = read(frame, target="y", prediction="p_*", missing="drop")
    assert table.rows.dropped == {"prediction 'p_left' missing": 1}


def test_a_class_that_is_never_predicted_is_told():
    frame = people(100)
    frame["told"] = frame["told"].replace("left", "[x]")
    assert "no row is predicted as 'left'" in read(frame, target="y", decision="told").notes


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"target": "y", "decision": "told=left", "task": "multiclass"}, "takes no levels of the decision 'told'"),
        ({"target": "y=left", "prediction": "p_*"}, "takes no levels of the target 'y'"),
        ({"target": "y", "prediction": "p_*", "threshold": 0.5}, "a threshold cuts one number"),
        ({"target": "y", "prediction": "told", "decision": "y", "task": "multiclass"}, "as target and as decision"),
        ({"target": "y", "prediction": "p_*", "task": "binary"}, "several classes, and the task is binary"),
        ({"target": "y", "prediction": "x", "task": "multiclass"}, "'x' holds numbers, not names of classes"),
        ({"target": "y", "decision": "told", "favourable": "lef"}, "'lef' is no class; .*did you mean 'left'"),
    ],
)
def test_roles_that_classes_have_not_are_refused(roles, message):
    with pytest.raises((RoleError, OptionError), match=message):
        read(people(50), **roles)


def test_more_classes_than_are_measured_are_refused():
    frame = people(200).assign(y=[f"c{row % (MOST_CLASSES + 1)}" for row in range(200)])
    with pytest.raises(RoleError, match=f"has {MOST_CLASSES + 1} classes.*join rare ones with Cleaning\\(merge"):
        read(frame, target="y", task="multiclass")
