"""Rows of which one feature stands in for an attribute, and what shap warns of."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa

RNG = np.random.default_rng(6)
N = 400
SEX = RNG.integers(0, 2, N)
X = pd.DataFrame(
    {"proxy": RNG.normal(size=N) + SEX, "number": RNG.uniform(-1, 1, N), "kind": RNG.choice(["p", "q", "r"], N)}
)
ETA = (X["proxy"] + X["number"] ** 2 + (X["kind"] == "p")).to_numpy()
Y = (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(int)
PROTECTED = pd.DataFrame({"sex": np.where(SEX, "m", "f")})
FEW = fa.Options(bootstrap=100)
needs_shap = pytest.mark.skipif(find_spec("shap") is None, reason="shap is not installed")
SHAP = [
    "ignore::DeprecationWarning:shap.*",
    "ignore::PendingDeprecationWarning:shap.*",
    "ignore::FutureWarning:shap.*",
    "ignore:.*IPython.*",
]
