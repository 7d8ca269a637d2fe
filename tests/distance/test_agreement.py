"""Where distances only ask which categories agree: against the coupling of the cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.data.roles import Protected
from fairaudit.distance.agreement import agreement
from fairaudit.distance.coupled import OnCells
from fairaudit.distance.coupling import blocks, coupling, unbiased_coupling
from fairaudit.scoretable.cells import cells, sum_by


def many_cells(rng, n, scale="paper"):
    columns = {
        "a": pd.Series([f"a{k}" for k in rng.integers(0, 9, n)]),
        "b": pd.Series([f"b{k}" for k in rng.integers(0, 2, n)]),
        "c": pd.Series([f"c{k}" for k in rng.integers(0, 5, n)]),
        "age": pd.Series(np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, 4, n))),
    }
    specs = [Protected(name, "continuous" if name == "age" else "categorical") for name in columns]
    return cells(columns, specs, scale=scale)


@pytest.mark.parametrize("scale", ["paper", "standardised", "equal"])
@pytest.mark.parametrize("seed", range(3))
def test_agreement_of_categories_gives_the_coupling_of_the_cells(scale, seed):
    rng = np.random.default_rng(seed)
    encoded_rows = many_cells(rng, 400, scale)
    f, weight = rng.integers(0, 50, 400) / 8, rng.dirichlet(np.ones(400))
    made = blocks(encoded_rows)
    plain = OnCells(made, weight, coupling("ccdcov", made, sum_by(made.cell, weight)))
    quick = agreement(encoded_rows, weight)
    (value, slope), (expected, expected_slope) = quick(f), plain(f)
    assert value == pytest.approx(expected, abs=1e-13)
    np.testing.assert_allclose(slope, expected_slope, atol=1e-14)
    np.testing.assert_allclose(quick.mean, plain.mean, rtol=1e-12)
    np.testing.assert_allclose(quick.diagonal, plain.diagonal, atol=1e-13)


def test_the_unbiased_agreement_is_the_unbiased_coupling_of_the_cells():
    rng = np.random.default_rng(5)
    encoded_rows, f, weight = many_cells(rng, 300), rng.random(300), np.full(300, 1 / 300)
    made = blocks(encoded_rows)
    plain = OnCells(made, weight, unbiased_coupling("ccdcov", made, sum_by(made.cell, np.ones(300))))
    assert agreement(encoded_rows, weight, 300)(f)[0] == pytest.approx(plain(f)[0], abs=1e-13)
