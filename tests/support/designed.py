"""A small table of features, and its design."""

from __future__ import annotations

import numpy as np
import pandas as pd

RNG = np.random.default_rng(7)
N = 200
FRAME = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "kind": RNG.choice(["p", "q", "r"], N),
        "flag": RNG.integers(0, 2, N) * 1.0,
        "hole": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N)),
    }
)


def raw(design, frame):
    """Columns before centring and scaling."""
    return design.transform(frame) * design.scale_ + design.mean_
