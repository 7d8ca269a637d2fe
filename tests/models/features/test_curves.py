"""Contributions of linear models, read off curves instead of the design matrix."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.errors import RoleError
from fairaudit.models.features.curves import contributions
from fairaudit.models.features.design import Design

RNG = np.random.default_rng(3)
N = 400
X = pd.DataFrame(
    {
        "smooth": RNG.normal(size=N) * 1e3,
        "few": RNG.integers(0, 3, N).astype(float),
        "gap": np.where(RNG.random(N) < 0.2, np.nan, RNG.exponential(size=N)),
        "kind": RNG.choice(["p", "q", None], N),
        "mixed": RNG.choice(np.array([True, 1, "1"], dtype=object), N),
        "constant": np.ones(N),
    }
)


@pytest.mark.parametrize("interactions", [None, [("few", "kind")]])
def test_curves_equal_the_products_with_the_design_matrix(interactions):
    rng = np.random.default_rng(1)
    design = Design(interactions=interactions).fit(X)
    beta = rng.normal(size=len(design.mean_))
    far = X.assign(smooth=X["smooth"] * 50, gap=X["gap"] * 10)  # beyond the outer knots
    for rows in (X, far, far[::-1][list(X.columns[::-1])]):
        expected = (design.transform(rows) * beta) @ design.share_
        np.testing.assert_allclose(contributions(design, rows, beta), expected, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("n_knots", [0, 6])
def test_a_number_far_from_zero_loses_no_digits(n_knots):
    """Between its knots lie few numbers, so that the places at which the curve is read off are not quite thirds."""
    frame = pd.DataFrame({"x": 1e9 + np.random.default_rng(3).normal(size=N)})
    rows = pd.concat([frame, frame - 5, frame + 5])
    design = Design(n_knots=n_knots).fit(frame)
    beta = np.arange(1.0, len(design.mean_) + 1)
    expected = (design.transform(rows) * beta) @ design.share_
    np.testing.assert_allclose(contributions(design, rows, beta), expected, atol=1e-11 * np.ptp(expected))


def test_an_unknown_value_contributes_nothing_or_is_refused():
    new = pd.DataFrame({name: X[name].iloc[:2] for name in X}).assign(kind="z", few=np.nan)
    design = Design(unseen="mean").fit(X)
    found = contributions(design, new, np.ones(len(design.mean_)))
    assert (found[:, [1, 3]] == 0).all()
    with pytest.raises(RoleError, match="'few' is missing in 2 rows"):
        contributions(Design().fit(X), new, np.ones(len(design.mean_)))
