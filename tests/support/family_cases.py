"""Outcomes and linear predictors for every family of the listing, so that a new one is tested without a word."""

from __future__ import annotations

import numpy as np

from fairaudit.models.families import FAMILIES, family

SHARED = np.array([-2.5, -0.3, 0.0, 0.7, 2.0])
"""What the features say of five rows."""

CASES = {name: family(name, classes=4) for name in FAMILIES} | {
    "tweedie:1.3": family("tweedie:1.3"),
    "tweedie:3": family("tweedie:3"),
    "ordinal of two": family("ordinal", classes=2),
}


def outcomes(chosen, size=5, seed=3):
    """Outcomes that can occur, shape (size,), all classes among them."""
    rng = np.random.default_rng(seed)
    if chosen.labels:
        return np.arange(size) % getattr(chosen, "count", 2) / 1.0
    if chosen.positive:
        return np.resize([0.1, 1, 2, 0.5, 9], size) if size <= 5 else rng.gamma(1, size=size) + 0.01
    return np.resize([-2.0, 0.1, 1.5, 40, 3], size) if size <= 5 else rng.normal(size=size)


def predictors(chosen, location=SHARED):
    """Linear predictors of rows of which the features say so much, shape (n,) or (n, m)."""
    if chosen.shared:
        return location[:, None] + np.array([1.5, 0.2, -2.0])[: chosen.count - 1]
    if chosen.several:
        return np.stack([np.roll(location, shift) / (1 + shift) for shift in range(chosen.count)], axis=1)
    return location
