"""What a reader must know of the numbers of an audit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.notes import notes_of, scale
from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Roles, said
from fairaudit.data.table import role_table

QUICK = fa.Options(bootstrap=0, permutations=0)
N = 120
ROWS = np.arange(N)
FRAME = pd.DataFrame(
    {
        "g": np.where(ROWS % 2, "a", "b"),
        "h": np.where(ROWS % 3, "c", "d"),
        "p": (ROWS % 7 + 1) / 10,
        "points": ROWS % 7 * 10,
        "y": ROWS % 5 % 2,
        "events": ROWS % 3,
        "years": 1 + ROWS % 2,
        "w": 1 + ROWS % 4,
        "tags": np.where(ROWS % 2, "x; y", np.where(ROWS % 4, "x", "x; z")),
    }
)


def scores(frame=FRAME, **roles):
    return table_scores(role_table(frame, Roles(**said(**{"protected": "g", **roles}))), QUICK)


def notes(frame=FRAME, **roles):
    return notes_of(scores(frame, **roles), QUICK)


def test_a_plain_audit_says_what_its_intervals_rest_on_and_no_more():
    assert notes(prediction="p", target="y") == [
        "Rows are treated as independent of each other in intervals and p-values.",
        "No bootstrap replicates were asked for, so there are no intervals.",
    ]


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        (
            {"prediction": "p", "protected": ["g", "h"]},
            "CCdCov weights the attributes by the lengths of their encodings: g: two categories, 0/1 (distance 1);"
            " h: two categories, 0/1 (distance 1).",
        ),
        (
            {"prediction": "p", "target": "events", "task": "count", "exposure": "years"},
            "Values are rates per unit of exposure, and rows count by their exposure.",
        ),
        (
            {"prediction": "p", "weight": "w"},
            "Rows have unequal weight: unbiased distance covariances are not defined and are left out.",
        ),
        (
            {"prediction": "points", "target": "y"},
            "The prediction is a score, not a probability: for calibration each score stands for the outcome rate of"
            " all rows with it.",
        ),
        (
            {"prediction": "p", "protected": "tags:set=;"},
            "Groups of tags overlap: a row is in the group of each value that it has. Each group is compared with all"
            " rows that have values of tags but not that one. Distances are between combinations of values.",
        ),
        ({"prediction": "p", "protected": "tags:set=;"}, "Every row has x of tags: nobody is compared by it."),
    ],
)
def test_what_is_unlike_a_plain_audit_is_told_in_one_sentence(roles, sentence):
    assert sentence in notes(**roles)


def test_rows_without_a_group_are_a_group():
    frame = FRAME.assign(g=FRAME["g"].where(ROWS % 4 > 0))
    told = notes(frame, prediction="p", missing="group")
    assert "Rows without a value of a protected attribute form a group of their own." in told


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ({"prediction": "p"}, "probability"),
        ({"prediction": "points", "target": "y"}, "score"),
        ({"prediction": "points", "task": "regression"}, "expected value"),
        ({"prediction": "p", "target": "events", "task": "count", "exposure": "years"}, "rate per exposure"),
        ({"target": "y"}, "outcome"),
        ({"target": "events", "task": "count", "exposure": "years"}, "outcome per exposure"),
        ({"decision": "y"}, "decision"),
    ],
)
def test_what_is_measured_has_a_name(roles, words):
    assert scale(scores(**roles)) == words
