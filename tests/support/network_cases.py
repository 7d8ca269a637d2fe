"""A small table with an outcome for every family, and networks that are quickly trained on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairaudit.models.families import FAMILIES
from fairaudit.models.network import PenalizedNetwork

N = 240
RNG = np.random.default_rng(0)
SEX = RNG.integers(0, 2, N)
X = pd.DataFrame(
    {"proxy": RNG.normal(size=N) + SEX, "number": RNG.uniform(-1, 1, N), "kind": RNG.choice(["p", "q", "r"], N)}
)
ETA = (0.8 * X["proxy"] + np.sin(3 * X["number"]) + (X["kind"] == "p") - 1).to_numpy()
PROTECTED = pd.DataFrame({"sex": np.where(SEX, "m", "f")})
LEVELS = np.digitize(ETA + RNG.logistic(size=N), [-0.5, 1.0])
OUTCOMES = {
    "binomial": (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(float),
    "gaussian": ETA + RNG.normal(size=N),
    "poisson": RNG.poisson(np.exp(ETA / 2)) / 1.0,
    "gamma": RNG.gamma(2, np.exp(ETA / 2)),
    "tweedie": RNG.poisson(np.exp(ETA / 2)) * RNG.gamma(2, size=N),
    "ordinal": LEVELS,
    "multinomial": LEVELS,
}
OUTCOMES |= {name: OUTCOMES["gaussian"] for name in FAMILIES if name not in OUTCOMES}
ADAM = {"solver": "adam", "n_knots": 0, "weight_decay": 1e-4}
SMALL = {
    "hidden": (8,),
    "device": "cpu",
    "tol": 1e-3,
    "epochs": 60,
    "learning_rate": 0.01,
    "activation": "relu",
    **ADAM,
}


def small(name, penalty="none", strength=0.0, **options):
    return PenalizedNetwork(name, penalty, strength, **(SMALL | options))
