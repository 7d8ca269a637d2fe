"""People in groups with an observed and a predicted class, and a probability of each; names are hostile."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.options import Options
from fairaudit.scoretable.table import ScoreTable

CLASSES = ("left", "<blink>|a", "[x]")


def people(rows: int = 900, classes: tuple[str, ...] = CLASSES, seed: int = 0) -> pd.DataFrame:
    """Columns ``sex``, ``age``, ``x``, ``z``, ``y``, ``told`` and ``p_CLASS``; women are called the first class more
    often."""
    rng = np.random.default_rng(seed)
    sex, age = rng.choice(["F", "M"], rows), rng.integers(18, 70, rows)
    features = rng.normal(size=(rows, 2)) + 0.8 * (sex == "F")[:, None] * [1.0, 0.0]
    eta = rng.normal(size=(rows, len(classes)))
    eta[:, 0] += features[:, 0]
    eta[:, 1] += features[:, 1]
    odds = np.exp(eta)
    share = odds / odds.sum(axis=1, keepdims=True)
    observed = [classes[rng.choice(len(classes), p=row)] for row in share]
    frame = pd.DataFrame({"sex": sex, "age": age, "x": features[:, 0], "z": features[:, 1], "y": observed})
    frame["told"] = [classes[place] for place in share.argmax(axis=1)]
    return frame.assign(**{f"p_{name}": share[:, place] for place, name in enumerate(classes)})


def scored(frame: pd.DataFrame, **roles: str) -> ScoreTable:
    """The score table of such people, protected by sex and age."""
    named = Roles(protected=(Protected("sex"), Protected("age")), **{"target": "y", **roles})
    return table_scores(role_table(frame, named), Options())
