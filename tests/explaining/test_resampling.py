"""Replicates of sums over rows."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.explaining import resampling
from fairaudit.explaining.resampling import RowDraws

RNG = np.random.default_rng(8)
VALUES = RNG.gamma(1, size=(600, 2))


def test_replicates_are_sums_of_rows_drawn_with_replacement():
    draws = RowDraws.of(600, 5, np.random.default_rng(1))
    expected = [sum(count * VALUES[draws.block == block].sum(axis=0) for block, count in enumerate(row))
                for row in draws.counts]  # fmt: skip
    np.testing.assert_allclose(draws.sums(VALUES), expected)
    some = np.arange(0, 600, 7)
    kept = np.where(np.isin(np.arange(600), some)[:, None], VALUES, 0)
    np.testing.assert_allclose(draws.sums(VALUES[some], some), draws.sums(kept))
    assert (draws.counts.sum(axis=1) == 600).all()


@pytest.mark.parametrize("blocks", [2000, 100])
def test_the_spread_of_replicates_is_the_standard_error_of_a_sum_also_in_blocks(blocks, monkeypatch):
    monkeypatch.setattr(resampling, "BLOCKS", blocks)
    spread = RowDraws.of(600, 4000, np.random.default_rng(2)).sums(VALUES).std(axis=0)
    # uncertain by 1/√(2 · blocks) and 1/√(2 · 4000), three of each
    np.testing.assert_allclose(spread, np.sqrt(600) * VALUES.std(axis=0), rtol=3 / np.sqrt(2 * min(blocks, 600)) + 0.04)


def test_no_replicates_are_no_rows():
    assert RowDraws.of(10, 0, np.random.default_rng(0)).sums(np.ones((10, 3))).shape == (0, 3)
