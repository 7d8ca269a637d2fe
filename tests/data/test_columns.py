"""Roles are held against the names of columns at once: one run tells all that does not fit."""

from __future__ import annotations

import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.columns import checked_columns
from fairaudit.data.roles import Roles, said
from fairaudit.errors import FairAuditError

NAMES = ("sex", "race", "score", "y", "age")


def problems(**words):
    """The lines of the message with which roles are refused."""
    with pytest.raises(FairAuditError) as caught:
        checked_columns(NAMES, Roles(**said(**words)))
    return caught.value.lines


def test_columns_values_and_contradictions_are_told_in_one_message():
    told = problems(
        target="yy",
        prediction="race",
        protected=["sx", "race", "age:bins=9,3"],
        threshold="half",
        reference=["White"],
        weight="race",
        cleaning=fa.Cleaning(keep="zz=1", merge="age"),
    )
    assert [line.partition(";")[0] for line in told] == [
        "'age:bins=9,3': bins need increasing numbers between commas, such as age:bins=25,45",
        "threshold is 'half'",
        "reference is 'White'",
        "column 'yy' is not in the data",
        "column 'sx' is not in the data",
        "merge 'age': NAME:NEW=OLD,OLD is needed, such as 'sex:Male=M,male'",
        "column 'zz' is not in the data",
        "column 'race' is named as protected attribute and as prediction",
        "column 'race' is named as protected attribute and as weight",
    ]


def test_what_could_not_be_read_is_not_called_absent():
    told = problems(prediction=3, protected=[7, "sex"], threshold=0.5, given="sex")
    assert len(told) == 2
    assert not any(
        "nothing to measure" in line or "a threshold cuts" in line or "nobody differs" in line for line in told
    )


def test_nothing_said_is_told_with_a_wrong_column():
    told = problems(exposure="zz")
    assert [line.partition(";")[0] for line in told] == [
        "column 'zz' is not in the data",
        "no protected attribute is given",
        "there is nothing to measure",
    ]


def test_a_column_that_is_absent_from_two_roles_is_told_once():
    assert len(problems(prediction="zz", protected=["sex", "zz:na=-9"])) == 2  # absent, and in two roles


def test_several_references_that_are_not_protected_are_told_each():
    told = problems(
        prediction="score", protected=["sex"], reference=["race=White", "age=30"], favourable="up", task="binary"
    )
    assert [line.partition(";")[0] for line in told] == [
        "favourable 'up' is unknown",
        "the reference 'race' is no protected attribute",
        "the reference 'age' is no protected attribute",
    ]


def test_python_reads_all_of_them_in_its_own_words():
    frame = pd.DataFrame({name: [0, 1] * 20 for name in NAMES})
    with pytest.raises(FairAuditError) as caught:
        fa.audit(frame, protected="sx", exposure="zz", task="number")
    told = str(caught.value).splitlines()
    assert told[0] == "3 problems:"
    assert "there is nothing to measure" not in str(caught.value)  # the task was not read, so more may be missing
    assert "--" not in str(caught.value)


def test_missing_values_are_told_with_values_that_do_not_fit():
    frame = pd.DataFrame(
        {
            "sex": ["f", "m", None, "m"] * 10,
            "race": ["a"] * 40,
            "score": [0.1, 0.9, 0.2, 0.8] * 10,
            "w": [1, 2, -1, -1] * 10,
        }
    )
    with pytest.raises(FairAuditError) as caught:
        fa.audit(frame, prediction="score", protected=["sex", "race"], weight="w")
    told = caught.value.lines
    assert len(told) == 3
    assert told[0].startswith("protected attribute 'sex' is missing in 10 of 40 rows")
    assert told[1].startswith("protected attribute 'race' has one value 'a'")
    assert told[2].startswith("weight 'w' has the value '-1' in row 4")


def test_a_good_side_and_marks_of_missing_values_are_told_together():
    frame = pd.DataFrame(
        {
            "sex": ["f", "m"] * 20,
            "score": [*range(38), -999, -999],
            "w": [*[1.0] * 20, *[2.0] * 10, *[3.0] * 8, 999, 999],
        }
    )
    with pytest.raises(FairAuditError) as caught:
        fa.audit(frame, prediction="score", protected="sex", task="regression", favourable="yes")
    told = caught.value.lines
    assert len(told) == 2
    assert "favourable 'yes' is said of decisions" in told[0]
    assert "prediction 'score' is -999 in 2 of 40 rows" in told[1]
