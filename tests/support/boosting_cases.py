"""A small table with an outcome for every family, and the objective of boosting on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.families import FAMILIES, kind

N = 300
RNG = np.random.default_rng(7)
SEX = RNG.integers(0, 2, N)
X = pd.DataFrame(
    {
        "proxy": RNG.normal(size=N) + SEX,
        "number": np.where(RNG.random(N) < 0.1, np.nan, RNG.uniform(-1, 1, N)),
        "kind": RNG.choice(["p", "q", "r"], N),
    }
)
ETA = (0.8 * X["proxy"] + np.sin(3 * X["number"].fillna(0)) + (X["kind"] == "p") - 1).to_numpy()
PROTECTED = pd.DataFrame({"sex": np.where(SEX, "m", "f"), "age": RNG.integers(0, 3, N).astype(str)})
WEIGHT = RNG.integers(1, 4, N) / 2.0
OFFSET = RNG.normal(size=N) / 2
LEVELS = np.digitize(ETA + RNG.logistic(size=N), [-0.5, 1.0])
OUTCOMES = {
    "binomial": (RNG.random(N) < 1 / (1 + np.exp(-ETA))) / 1.0,
    "gaussian": ETA + RNG.normal(size=N),
    "poisson": RNG.poisson(np.exp(ETA / 2)) / 1.0,
    "gamma": RNG.gamma(2, np.exp(ETA / 2)),
    "tweedie": RNG.poisson(np.exp(ETA / 2)) * RNG.gamma(2, size=N),
    "ordinal": LEVELS,
    "multinomial": LEVELS,
}
OUTCOMES |= {name: ETA + RNG.normal(size=N) for name in FAMILIES if name not in OUTCOMES}
SMALL = {"n_estimators": 30, "fair_estimators": 10, "min_child_samples": 5, "n_iter_no_change": None, "n_jobs": 1}


def problem_of(name, penalty="ccdcov", weight=WEIGHT, groups=None, outcome=None, **options):
    model = PenalizedBoosting(name, penalty, **(SMALL | options))
    offset = None if kind(name).several else OFFSET
    y = OUTCOMES[name] if outcome is None else outcome
    return model.problem(model.read(X, y, PROTECTED, weight, None, offset, groups))
