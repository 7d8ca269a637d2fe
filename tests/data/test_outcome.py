"""The task, and the outcome as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from columns import read

import fairaudit as fa
from fairaudit.data.outcome import as_counts
from fairaudit.errors import RoleError


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


VISITS = pd.Series(np.tile([0, 0, 1, 2, 5], 20), name="visits")


@pytest.mark.parametrize(
    "values",
    [VISITS + 1, VISITS - 1, VISITS + 0.5 * (VISITS > 1), VISITS.where(VISITS.index > 3, 7).replace(0, 1)],
    ids=["from 1", "negative", "fractions", "hardly any 0"],
)
def test_numbers_that_are_not_whole_from_0_with_many_zeros_are_no_counts(values):
    assert as_counts(values) == ""


def test_whole_numbers_with_many_zeros_may_be_counts_and_the_note_says_so():
    words = "its whole numbers from 0 (40.0% are 0) may be counts of events: if so, say --task count"
    assert as_counts(VISITS) == f"; {words}"
    frame = pd.DataFrame({"visits": VISITS, "sex": np.tile(["f", "m"], 50)})
    options = fa.Options(bootstrap=0, permutations=0)
    assert any(words in note for note in fa.audit(frame, target="visits", protected="sex", options=options).notes)
    told = fa.audit(frame, target="visits", protected="sex", task="regression", options=options).notes
    assert not any("may be counts" in note for note in told)
