"""The unfairness index, against its definition and reference values."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import PLAIN, table_of

from fairaudit.auditing.resampled import Resampled
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.spread import mean_measure, rounding, uf_name, unfairness_index
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


@pytest.mark.parametrize("groups", [2, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_unfairness_index_is_the_variance_of_means_over_the_variance(weighted, groups):
    rng = np.random.default_rng(8)
    mass = rng.dirichlet(np.ones(5 * groups)).reshape(5, groups)
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


@pytest.mark.parametrize("weighted", [False, True])
def test_a_group_that_does_not_occur_counts_for_nothing_and_each_table_stands_alone(weighted):
    rng = np.random.default_rng(9)
    values, tables = np.array([1.0, 2, 5]), rng.dirichlet(np.ones(6), 4).reshape(4, 3, 2)
    padded = np.insert(tables, 1, 0.0, axis=2)
    apart = [unfairness_index(table, values, 2.0, weighted) for table in tables]
    assert len(set(apart)) == 4
    assert unfairness_index(padded, values, 2.0, weighted) == pytest.approx(apart, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_one_group_alone_shows_no_variance_between_groups(weighted):
    assert unfairness_index(np.array([[0.25], [0.75]]), np.array([0.0, 1.0]), 0.2, weighted) == 0


def test_values_are_equal_up_to_the_last_digits_of_the_largest():
    assert rounding(np.array([[1.0, -200.0], [3.0, 0.0]])) == pytest.approx(2e-10)
    assert rounding(np.empty(0)) == rounding(np.zeros(3)) == 0


@pytest.mark.parametrize(
    ("task", "subject", "name"),
    [
        ("binary", "prediction", "mean_prediction"),
        ("regression", "prediction", "mean_prediction"),
        ("binary", "decision", "selection_rate"),
        ("binary", "outcome", "base_rate"),
        ("count", "outcome", "frequency"),
        ("regression", "outcome", "mean_outcome"),
        ("ordinal", "outcome", "mean_outcome"),
    ],
)
def test_the_index_is_nought_where_the_mean_of_what_is_measured_is_the_same(task, subject, name):
    assert mean_measure(task, subject) == name
    assert task in MEASURES[name].tasks


def test_both_ways_to_count_groups_have_their_entry():
    assert (uf_name(False), uf_name(True)) == ("uf", "uf_weighted")
    assert {uf_name(way) for way in (False, True)} <= set(MEASURES)
