"""The task, and the outcome as numbers."""

from __future__ import annotations

import numpy as np
import pytest
from columns import read

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
