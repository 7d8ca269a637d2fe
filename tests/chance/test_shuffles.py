"""Permutation p-values hold their level on discrete data, and shuffled tables keep the margins."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import gamma, norm, pearson3

from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.shuffles import Merged, Null, null_distributions, pearson_tail
from fairaudit.distance.kernel import table_absolute_differences
from fairaudit.options import Options
from fairaudit.scoretable import grid as grid_module
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import grid, shuffled_tables
from fairaudit.scoretable.table import score_table


def nulls(cells, f, draws=99, seed=0, weight=None):
    table = score_table(cells, "regression", prediction=f, weight=weight)
    return Resampled(table, Options(permutations=draws, bootstrap=0, seed=seed)).nulls


@pytest.mark.parametrize(
    ("draws", "expected"),
    [([0.5, 0.9], 1 / 3), ([0.5, 1.0, 1.0, 2.0], 4 / 5), ([1.0] * 9, 1.0), ([1.0 - 1e-12], 1.0), ([1.0 - 1e-6], 0.5)],
)
def test_a_p_value_counts_draws_that_reach_the_observed_value(draws, expected):
    assert Null(1.0, np.array(draws)).p_value == pytest.approx(expected)


def test_beyond_all_draws_a_p_value_is_twice_the_tail_of_a_law_and_never_above_what_was_counted():
    draws = np.random.default_rng(1).gamma(2.0, 1.0, 499)
    far = Null(12.0, draws)
    assert far.counted == 1 / 500
    assert far.p_value == pytest.approx(2 * gamma(2.0).sf(12.0), rel=2)
    assert far.p_error == 0.0
    near = Null(float(draws.max()) * 1.0001, draws)
    assert near.p_value <= near.counted
    within = Null(float(np.sort(draws)[-5]), draws)
    assert within.p_value == within.counted == 6 / 500
    assert within.p_error == pytest.approx(np.sqrt(6 / 500 * 494 / 500 / 500))
    assert Null(25.0, draws[:50]).p_value == 1 / 51
    assert Null(1.0, np.zeros(499)).p_value == 1 / 500  # nothing varies, so that no law can be fitted
    assert Null(1e9, draws).p_value == 1 / 500**2


@pytest.mark.parametrize("shape", [0.3, 1.0, 5.0, 400.0])
def test_the_tail_of_draws_of_a_moved_gamma_law_is_that_of_the_law(shape):
    law = gamma(shape, loc=3.0, scale=0.2)
    draws = law.ppf((np.arange(200_000) + 0.5) / 200_000)
    for tail in (0.3, 0.01, 1e-4):
        assert pearson_tail(float(law.isf(tail)), draws) == pytest.approx(tail, rel=0.05)


@pytest.mark.parametrize("draws", [np.array([0.0, 0.2, 0.5, 3.0, 0.1]), np.array([1.0, 2, 2, 2, 5, 9, 2])])
@pytest.mark.parametrize("observed", [-50.0, 0.4, 4.0, 12.0])
def test_the_tail_is_pearsons_of_the_third_type_with_the_mean_spread_and_skewness_of_the_draws(draws, observed):
    spread = draws.std(ddof=1)
    skewness = np.mean((draws - draws.mean()) ** 3) / spread**3
    law = pearson3(skewness).sf((observed - draws.mean()) / spread)
    assert pearson_tail(observed, draws) == pytest.approx(law, rel=1e-8)


def test_the_tail_of_draws_without_skewness_or_with_less_is_that_of_the_normal_law():
    even = norm.ppf((np.arange(999) + 0.5) / 999)
    for draws in (even, -np.exp(even)):
        far = draws.mean() + 2.5 * draws.std(ddof=1)
        assert pearson_tail(far, draws) == pytest.approx(norm.sf(2.5), rel=0.03)


def test_a_law_is_fitted_to_199_draws_that_vary_and_to_fewer_not():
    draws = np.random.default_rng(6).gamma(2.0, 1.0, 199)
    law = Null(14.0, draws)
    assert law.p_value == 2 * pearson_tail(14.0, draws) < law.counted == 1 / 200
    assert law.p_error == 0.0
    few = Null(14.0, draws[:198])
    assert few.p_value == few.counted == 1 / 199
    assert few.p_error == pytest.approx(np.sqrt(1 / 199 * 198 / 199 / 199))
    assert Null(0.0, -draws[:1]).at_limit


@pytest.mark.parametrize(
    ("draws", "spread_known", "at_limit"),
    [
        ([], False, False),
        ([0.0], False, True),
        ([0.0, 0.5], True, True),
        ([1.0, 0.5], True, False),
        ([2.0], False, False),
    ],
)
def test_a_null_knows_whether_it_varies_and_whether_any_draw_reaches_the_statistic(draws, spread_known, at_limit):
    null = Null(1.0, np.array(draws))
    assert (null.spread_known, null.at_limit) == (spread_known, at_limit)


@pytest.mark.parametrize("unit", [1e6, 1e-6, -1.0])
def test_a_draw_that_differs_from_the_statistic_by_rounding_only_reaches_it(unit):
    draws = unit + abs(unit) * np.array([0.0, -1e-10, -1e-6, -3.0])
    assert Null(unit, draws).p_value == 3 / 5


def test_p_values_below_what_draws_can_tell_are_no_smaller_than_chance_makes_them():
    """Of 400,000 null values, by 499 of them: the share that is beyond those, with a p-value of at most so much."""
    rng = np.random.default_rng(2)
    sums = (rng.standard_normal((400_000, 6)) ** 2) @ np.array([4.0, 2.0, 1.0, 0.5, 0.25, 0.1])  # as of shuffled data
    for level in (1e-3, 2e-4):
        below = []
        for start in range(0, 499 * 100, 499):
            draws = sums[start : start + 499]
            beyond = np.sort(sums)[-2000:]
            beyond = beyond[beyond > draws.max()]
            below.append(sum(Null(float(x), draws).p_value <= level for x in beyond[::20]) * 20 / len(sums))
        assert np.mean(below) <= 1.5 * level


def test_without_draws_there_is_neither_floor_nor_p_value():
    null = Null(1.0, np.empty(0))
    assert (null.floor, null.p_value, null.counted, null.p_error) == (None, None, None, None)


def test_the_floor_is_the_mean_of_the_draws():
    assert Null(1.0, np.array([0.0, 0.5, 4.0])).floor == 1.5


def test_p_values_of_independent_binary_data_hold_their_level(encode, names):
    """Ties are frequent here; counting > in place of ≥ gives 17% false alarms at the 5% level."""
    rng = np.random.default_rng(3)
    p_values = {}
    for seed in range(300):
        f = (rng.random(40) < 0.3).astype(float)
        found = nulls(encode(a=names(rng.permutation(40) % 3)), f, seed=seed)
        for name, null in found.items():
            p_values.setdefault(name, []).append(null.p_value)
    assert p_values.keys() == {"dcov:a", "ccdcov", "jdcov", "jensen_shannon:a", "uf:a", "uf_weighted:a"}
    error = np.sqrt(0.05 * 0.95 / 300)
    for name, seen in p_values.items():
        for level in (0.05, 0.2):
            assert np.mean(np.array(seen) <= level) <= level + 3 * error * np.sqrt(level / 0.05), name
        assert np.mean(seen) >= 0.5 - 3 * np.sqrt(1 / 12 / 300), name


def test_p_values_of_independent_numbers_are_uniform(encode, names):
    """All kinds at once: a truly continuous attribute and a category, alone and together."""
    rng, seen = np.random.default_rng(3), {}
    for seed in range(400):
        found = nulls(encode(a=rng.random(30), b=names(rng.permutation(30) % 3)), rng.random(30), draws=39, seed=seed)
        for name, null in found.items():
            seen.setdefault(name, []).append(null.p_value)
    assert {"dcov:a", "dcov:b", "ccdcov", "jdcov"} < set(seen)
    for name in ("dcov:a", "dcov:b", "ccdcov", "jdcov"):
        p_values = np.array(seen[name])
        assert p_values.mean() == pytest.approx(0.5, abs=3 * np.sqrt(1 / 12 / 400) + 0.0125), name
        for level in (0.05, 0.2, 0.5):
            share = np.mean(p_values <= level + 1e-9)
            assert share == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 400)), (name, level)


def test_many_rows_are_counted_and_few_shuffled_to_the_same_floor(encode, names, monkeypatch):
    rng = np.random.default_rng(8)
    cells, f = encode(a=names(rng.integers(0, 3, 2000))), rng.integers(0, 4, 2000) / 4
    counted = nulls(cells, f, draws=400)["ccdcov"]
    monkeypatch.setattr(grid_module, "ROWS_WORTH", 1e9)
    shuffled = nulls(cells, f, draws=400)["ccdcov"]
    assert counted.observed == shuffled.observed
    error = np.hypot(counted.draws.std(), shuffled.draws.std()) / 20
    assert abs(counted.floor - shuffled.floor) < 4 * error
    assert counted.draws.std() == pytest.approx(shuffled.draws.std(), rel=0.2)


def test_a_planted_dependence_has_the_smallest_p_value_there_is(encode, names):
    rng = np.random.default_rng(1)
    group = rng.integers(0, 3, 300)
    for null in nulls(encode(a=names(group)), rng.random(300) + group, draws=199).values():
        assert null.counted == 1 / 200
        assert null.p_value == 1 / 200**2


@pytest.mark.parametrize("weighted", [False, True])
def test_shuffled_tables_keep_the_margins_of_equal_weights_and_the_cells_of_all(encode, names, weighted):
    rng = np.random.default_rng(2)
    f, group = rng.integers(0, 5, 200) / 4, rng.integers(0, 3, 200)
    weight = rng.integers(1, 4, 200) / 1.0 if weighted else None
    table = score_table(encode(a=names(group)), "regression", prediction=f, weight=weight)
    own = grid(table.value, table.weight)
    tables = np.concatenate(
        list(shuffled_tables(table, own.index, table.level[:, 0], (5, 3), 30, np.random.default_rng(0)))
    )
    assert tables.shape == (30, 5, 3)
    share = sum_by(group, np.ones(200) if weight is None else weight)
    np.testing.assert_allclose(tables.sum(axis=1), np.tile(share / share.sum(), (30, 1)), rtol=1e-12)
    if not weighted:
        values = [np.mean(f == value) for value in own.values]
        np.testing.assert_allclose(tables.sum(axis=2), np.tile(values, (30, 1)), rtol=1e-12)
    assert len(np.unique(tables.round(12), axis=0)) > 20


def test_the_null_distribution_is_that_of_all_permutations(encode, names):
    f, group = np.array([0.0, 1, 2, 4, 4]), np.array([0, 0, 1, 1, 2])
    table = score_table(encode(a=names(group)), "regression", prediction=f)
    own = grid(table.value, table.weight)
    coupling = np.array([[0.0, 1, 3], [1, 0, 2], [3, 2, 0]])
    view = Merged(np.arange(3), {"q": lambda tables: table_absolute_differences(own.values, tables, coupling)})
    null = null_distributions(table, own.index, table.level[:, 0], [view], 6000, np.random.default_rng(0))["q"]
    every = []
    for order in permutations(range(5)):
        shuffled = f[list(order)]
        pairs = [(k, j) for k in range(5) for j in range(5)]
        every.append(sum(coupling[group[k], group[j]] * abs(shuffled[k] - shuffled[j]) for k, j in pairs) / 25)
    assert null.observed == pytest.approx(every[0], rel=1e-12)
    values, counts = np.unique(np.round(every, 9), return_counts=True)
    seen, often = np.unique(np.round(null.draws, 9), return_counts=True)
    np.testing.assert_allclose(seen, values)
    error = np.sqrt(counts / 120 * (1 - counts / 120) / 6000)
    assert (np.abs(often / 6000 - counts / 120) < 4.5 * error).all()


def test_merged_cells_are_seen_as_one(encode, names):
    rng = np.random.default_rng(5)
    table = score_table(encode(a=names(rng.integers(0, 4, 60))), "regression", prediction=rng.integers(0, 3, 60) / 1.0)
    own = grid(table.value, table.weight)
    first = Merged(np.array([0, 0, 1, 1]), {"mass of the first two": lambda tables: tables[..., 0].sum(axis=-1)})
    found = null_distributions(table, own.index, table.level[:, 0], [first], 5, np.random.default_rng(0))
    share = table.weight[table.level[:, 0] < 2].sum()
    null = found["mass of the first two"]
    np.testing.assert_allclose([null.observed, *null.draws], share, rtol=1e-12)


def weighted_rows(encode, names, rng, n=400):
    """Rows of two groups whose weights differ, and with them their values."""
    group = rng.integers(0, 2, n)
    weight = rng.lognormal(sigma=1, size=n) * np.where(group > 0, 3.0, 1.0)
    value = np.round(np.log(weight / np.where(group > 0, 3.0, 1.0)) + rng.normal(size=n))
    return score_table(encode(g=names(group)), "regression", prediction=value, weight=weight)


def test_values_and_weights_stay_together_when_cells_move(encode, names):
    table = weighted_rows(encode, names, np.random.default_rng(1))
    own = grid(table.value, table.weight)
    shape = len(own.values), 2
    draws = list(
        shuffled_tables(table, own.index, table.level[:, 0], shape, 50, np.random.default_rng(2), moved="cell")
    )
    by_value = np.bincount(own.index, table.weight, minlength=shape[0])
    np.testing.assert_allclose(np.concatenate(draws).sum(axis=2), np.tile(by_value, (50, 1)), atol=1e-12)


def test_rows_are_shuffled_within_their_class_alone(encode, names):
    rng = np.random.default_rng(3)
    group, value = rng.integers(0, 3, 200), rng.integers(0, 4, 200)
    table = score_table(encode(g=names(group)), "regression", prediction=value * 1.0)
    own = grid(table.value, table.weight)
    draws = shuffled_tables(table, own.index, table.level[:, 0], (4, 3), 20, np.random.default_rng(4), like=own.index)
    observed = np.bincount(own.index * 3 + table.level[:, 0], table.weight, minlength=12).reshape(4, 3)
    for tables in draws:  # all rows of a class have one value here, so that nothing can change
        np.testing.assert_allclose(tables, np.broadcast_to(observed, tables.shape))


@pytest.mark.parametrize("kind", ["weights that differ", "exposures that differ"])
def test_a_divergence_is_claimed_in_at_most_five_per_cent_where_values_do_not_differ(encode, names, kind):
    from fairaudit.auditing.groups import divergences
    from fairaudit.auditing.resampled import Resampled
    from fairaudit.options import Options

    replicates, p_values = 80, []
    for seed in range(replicates):
        rng = np.random.default_rng(seed)
        if kind.startswith("weights"):
            table = weighted_rows(encode, names, rng, 300)
        else:
            group = rng.integers(0, 2, 400)
            exposure = rng.uniform(0.2, 1, 400) * np.where(group > 0, 0.3, 1.0)
            claims = rng.poisson(0.6 * exposure) * 1.0
            table = score_table(encode(g=names(group)), "count", outcome=claims, exposure=exposure)
        options = Options(bootstrap=0, permutations=99, seed=seed)
        (found,) = divergences(Resampled(table, options, frozenset({"jensen_shannon"})))
        p_values.append(found.p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / replicates)
