"""A small table and pieces of configurations for the gate."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

TODAY = datetime.date(2026, 6, 1)
HEAD = """
[options]
bootstrap = 200
permutations = 39

[data.main]
source = "t.csv"
prediction = "score"
target = "y"
threshold = 0.5
protected = ["sex", "region"]
"""
LIMIT = '\n[[limit]]\nmeasure = "selection_rate"\nby = "sex"\n'
EVERYTHING = (
    HEAD
    + LIMIT
    + 'max = 0.05\n[[limit]]\nmeasure = "selection_rate"\nby = "any"\nmax = 0.3\nlevel = "warn"\n'
    + '[[limit]]\nmeasure = "calibration"\nstatistic = "group"\nby = "any"\nmax = 0.05\nmin = -0.05\n'
    + '[[limit]]\nmeasure = "accuracy"\nstatistic = "overall"\nmin = 0.5\n'
    + '[[limit]]\nmeasure = "tpr"\nby = "sex"\nmax = 0.01\n'
    + '[[waiver]]\nrule = "FA102"\nreason = "]]> <b>"\nowner = "::error::a|b"\nexpires = 2099-01-01\n'
)
"""Limits of every verdict, one of them waived."""


def people(rows: int, seed: int, gap: float = 0.0) -> pd.DataFrame:
    """Scores in [0, 1] with an outcome that they predict; `gap` is added to the scores of men."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], rows)
    score = rng.uniform(0, 1, rows)
    outcome = (rng.uniform(0, 1, rows) < score).astype(int)
    shifted = np.clip(score + gap * (sex == "m"), 0, 1).round(6)
    region = rng.choice(["north", "south", "west"], rows)
    return pd.DataFrame({"id": np.arange(rows), "score": shifted, "y": outcome, "sex": sex, "region": region})
