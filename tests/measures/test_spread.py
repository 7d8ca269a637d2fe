"""The unfairness index, against its definition and reference values."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import PLAIN, table_of

from fairaudit.auditing.resampled import Resampled
from fairaudit.measures.spread import unfairness_index
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.table import score_table


@pytest.mark.parametrize("by", ["race", "sex+race"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_unfairness_index_on_real_data_is_the_reference_value(oracles, encode, compas, by, weighted):
    rows = compas.iloc[:3000]
    cells = encode(**{name: rows[name].to_numpy(object) for name in by.split("+")})
    f = rows["decile_score"].to_numpy() / 10
    resampled = Resampled(score_table(cells, "regression", prediction=f), PLAIN)
    chosen = resampled.groups[-1]
    index = resampled.grid.index * len(chosen) + chosen.index
    mass = sum_by(index, resampled.table.weight, 10 * len(chosen)).reshape(10, -1)
    value = unfairness_index(mass, resampled.grid.values, resampled.spread(weighted), weighted)
    expected = oracles["uf_weighted" if weighted else "uf_unweighted"][by]
    assert value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_unfairness_index_is_the_variance_of_means_over_the_variance(weighted):
    rng = np.random.default_rng(8)
    mass = rng.dirichlet(np.ones(20)).reshape(5, 4)
    values = np.array([-1.0, 0, 2, 3, 10])
    share, mean_of = mass.sum(axis=0), values @ mass / mass.sum(axis=0)
    spread = mass.sum(axis=1) @ (values - mass.sum(axis=1) @ values) ** 2
    between = share @ (mean_of - share @ mean_of) ** 2 if weighted else np.var(mean_of, ddof=1)
    assert unfairness_index(mass, values, spread, weighted) == pytest.approx(between / spread, rel=1e-12)
    moved = unfairness_index(mass, values + 1e6, spread, weighted)
    assert moved == pytest.approx(between / spread, rel=1e-8)
    same = np.outer(mass.sum(axis=1), share)
    assert unfairness_index(same, values, spread, weighted) == pytest.approx(0, abs=1e-15)


def test_weighted_unfairness_is_one_where_the_group_tells_the_value():
    assert unfairness_index(np.diag([0.2, 0.3, 0.5]), np.array([0.0, 1, 4]), 3.01, True) == pytest.approx(1)


def test_expected_counts_of_one_rate_have_no_unfairness_index(encode, names):
    rng = np.random.default_rng(3)
    exposure = rng.uniform(0.05, 1, 300)
    table = table_of(encode, names, "count", rng.integers(0, 2, 300), prediction=0.169 * exposure, exposure=exposure)
    assert len(np.unique(table.value)) > 1  # the last digits do differ
    assert Resampled(table, PLAIN).variance == 0
