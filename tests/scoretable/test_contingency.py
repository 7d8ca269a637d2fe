"""Random tables have the law of shuffled rows, whatever their size."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import hypergeom

from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.contingency import contingency_tables


def test_drawn_counts_have_the_law_of_shuffled_rows():
    """Margins 3 + 2 + 1 and 4 + 2: the tables of all 720 orders, with their frequencies."""
    one, other = np.repeat([0, 1, 2], [3, 2, 1]), np.repeat([0, 1], [4, 2])
    every = [sum_by(one[list(order)] * 2 + other, np.ones(6), 6) for order in permutations(range(6))]
    tables, counts = np.unique(every, axis=0, return_counts=True)
    drawn = contingency_tables(np.array([3.0, 2, 1]), np.array([4.0, 2]), 20_000, np.random.default_rng(0))
    seen, often = np.unique(drawn.reshape(-1, 6), axis=0, return_counts=True)
    np.testing.assert_array_equal(seen, tables)
    share = counts / 720
    assert (np.abs(often / 20_000 - share) < 4 * np.sqrt(share * (1 - share) / 20_000)).all()


def test_random_tables_keep_their_margins_and_have_the_means_of_independence():
    rows, columns = np.array([30.0, 50.0, 20.0]), np.array([60.0, 40.0])
    tables = contingency_tables(rows, columns, 4000, np.random.default_rng(2))
    np.testing.assert_array_equal(tables.sum(axis=2), np.broadcast_to(rows, (4000, 3)))
    np.testing.assert_array_equal(tables.sum(axis=1), np.broadcast_to(columns, (4000, 2)))
    expected = np.outer(rows, columns) / 100
    error = np.sqrt(expected * (1 - rows[:, None] / 100) * (1 - columns / 100) * 100 / 99 / 4000)
    assert (np.abs(tables.mean(axis=0) - expected) < 5 * error).all()


@pytest.mark.parametrize(("rows", "columns"), [((1, 999_999), (5, 999_995)), ((400_000, 600_000), (500_000, 500_000))])
def test_a_count_has_the_hypergeometric_law_also_in_large_tables(rows, columns):
    drawn = contingency_tables(np.array(rows, float), np.array(columns, float), 4000, np.random.default_rng(3))[:, 0, 0]
    law = hypergeom(1_000_000, columns[0], rows[0])
    for quantile in (0.01, 0.1, 0.5, 0.9, 0.99):
        at = law.ppf(quantile)
        below = law.cdf(at)
        assert np.mean(drawn <= at) == pytest.approx(below, abs=4.5 * np.sqrt(below * (1 - below) / 4000) + 1e-12)


def test_the_same_seed_draws_the_same_tables():
    margins = np.array([5.0, 7, 3]), np.array([6.0, 9])
    first, again = (contingency_tables(*margins, 50, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
