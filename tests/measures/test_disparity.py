"""Rates of groups and the gaps between them, against plain loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fairaudit.auditing.resampled import Resampled
from fairaudit.measures.disparity import (
    BINARY,
    GroupMetric,
    disparity,
    equalized_odds,
    group_metrics,
    holm,
    homogeneity,
    metrics,
    unfairness_index,
)
from fairaudit.options import Options
from fairaudit.results import Disparity
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import groups
from fairaudit.scoretable.table import score_table

PLAIN = Options(bootstrap=0, permutations=0)


def table_of(encode, names, task, group, **columns):
    return score_table(encode(g=names(group)), task, **columns)


def measured(table, options=PLAIN, probability=True):
    """Every metric in the groups of the first attribute."""
    resampled = Resampled(table, options)
    chosen = groups(table.attributes, table.level, (0,))
    return chosen, group_metrics(table, resampled.grid, resampled.segments, chosen, options, probability)


def mean(values, weight, where=True):
    """Weighted mean of the rows in `where` by a plain loop; NaN of none."""
    where = np.broadcast_to(where, len(values))
    top = bottom = 0.0
    for k in range(len(values)):
        if where[k]:
            top += weight[k] * values[k]
            bottom += weight[k]
    return top / bottom if bottom else np.nan


def binary_rows(seed, weighted):
    rng = np.random.default_rng(seed)
    n = 600
    group, prediction = rng.integers(0, 3, n), rng.integers(0, 10, n) / 10 + 0.05
    outcome = (rng.random(n) < prediction * 0.8 + 0.1 * group / 2).astype(float)
    decision = (prediction >= 0.5).astype(float)
    weight = rng.integers(1, 5, n) / 2 if weighted else None
    return group, prediction, decision, outcome, weight


@pytest.mark.parametrize("probability", [True, False])
@pytest.mark.parametrize("weighted", [False, True])
def test_binary_metrics_equal_loops_over_the_rows(encode, names, weighted, probability):
    group, f, decision, y, weight = binary_rows(1, weighted)
    table = table_of(encode, names, "binary", group, prediction=f, decision=decision, outcome=y, weight=weight)
    _, found = measured(table, probability=probability)
    omega = np.ones(len(y)) if weight is None else weight
    rate = np.array([mean(y, omega, f == each) for each in f])
    stands_for = f if probability else rate  # a score stands for the outcome rate of all rows with it
    for g in range(3):
        mine, yes, no = group == g, y == 1, y == 0
        off = sum(
            abs(sum(omega[k] * (y[k] - stands_for[k]) for k in np.flatnonzero(mine & (f == value))))
            for value in np.unique(f)
        )
        expected = {
            "selection_rate": mean(decision, omega, mine),
            "tpr": mean(decision, omega, mine & yes),
            "fpr": mean(decision, omega, mine & no),
            "fnr": mean(1 - decision, omega, mine & yes),
            "ppv": mean(y, omega, mine & (decision == 1)),
            "accuracy": mean(decision == y, omega, mine),
            "base_rate": mean(y, omega, mine),
            "auc": roc_auc_score(y[mine], f[mine], sample_weight=omega[mine]),
            "calibration": mean(y - stands_for, omega, mine),
            "calibration_error": off / omega[mine].sum(),
            "mean_prediction": mean(f, omega, mine),
        }
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert found[name].value[g] == pytest.approx(value, abs=1e-12), name
        rests_on = {"tpr": yes, "fnr": yes, "fpr": no, "ppv": decision == 1}
        for name, where in rests_on.items():
            assert found[name].rows[g] == (mine & where).sum()
        assert found["auc"].rows[g] == min((mine & yes).sum(), (mine & no).sum())
        assert found["selection_rate"].rows[g] == mine.sum()


@pytest.mark.parametrize("weighted", [False, True])
def test_numeric_metrics_equal_loops_over_the_rows(encode, names, weighted):
    rng = np.random.default_rng(2)
    group, f = rng.integers(0, 3, 300), rng.integers(0, 20, 300) / 4
    y = f + rng.normal(size=300) + group
    weight = rng.integers(1, 4, 300) / 1.0 if weighted else None
    omega = np.ones(300) if weight is None else weight
    _, found = measured(table_of(encode, names, "regression", group, prediction=f, outcome=y, weight=weight))
    for g in range(3):
        mine = group == g
        expected = {
            "mean_prediction": mean(f, omega, mine),
            "mean_outcome": mean(y, omega, mine),
            "mean_error": mean(y - f, omega, mine),
            "rmse": np.sqrt(mean((y - f) ** 2, omega, mine)),
        }
        assert {name: metric.value[g] for name, metric in found.items()} == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
def test_count_metrics_are_rates_per_exposure(encode, names, weighted):
    rng = np.random.default_rng(3)
    group, exposure = rng.integers(0, 3, 300), rng.integers(1, 5, 300) / 4
    expected_count = exposure * rng.integers(1, 8, 300) / 10
    y = rng.poisson(expected_count * 1.2) / 1.0
    weight = rng.integers(1, 4, 300) / 1.0 if weighted else None
    omega = np.ones(300) if weight is None else weight
    columns = {"prediction": expected_count, "outcome": y, "exposure": exposure, "weight": weight}
    _, found = measured(table_of(encode, names, "count", group, **columns))
    for g in range(3):
        rows = np.flatnonzero(group == g)
        claims, expected, time = (sum(omega[k] * v[k] for k in rows) for v in (y, expected_count, exposure))
        values = {"frequency": claims / time, "mean_prediction": expected / time}
        values["actual_expected"] = claims / expected
        assert {name: metric.value[g] for name, metric in found.items()} == pytest.approx(values, rel=1e-12)


@pytest.mark.parametrize(
    ("task", "given", "expected"),
    [
        ("binary", ("decision",), {"selection_rate"}),
        ("binary", ("outcome",), {"base_rate"}),
        ("binary", ("prediction",), {"mean_prediction"}),
        ("binary", ("prediction", "outcome"),
         {"base_rate", "auc", "calibration", "calibration_error", "mean_prediction"}),
        ("regression", ("outcome",), {"mean_outcome"}),
        ("regression", ("prediction", "decision"), {"mean_prediction", "selection_rate"}),
        ("count", ("outcome",), {"frequency"}),
        ("count", ("decision", "outcome"), {"frequency", "selection_rate"}),
    ],
)  # fmt: skip
def test_only_metrics_that_the_columns_allow_are_measured(encode, names, task, given, expected):
    columns = {name: np.array([0.0, 1, 1, 0]) for name in given}
    assert metrics(table_of(encode, names, task, [0, 0, 1, 1], **columns)).keys() == expected


def made_up(values, rows=None, replicates=None):
    """A selection rate with these values in the groups."""
    rows = np.full(len(values), 100.0) if rows is None else np.array(rows, dtype=float)
    why = tuple(None if n >= PLAIN.min_group else f"{n:.0f} rows; {PLAIN.min_group} are needed" for n in rows)
    drawn = np.empty((0, len(values))) if replicates is None else replicates
    return GroupMetric("selection_rate", BINARY["selection_rate"], np.array(values), rows, drawn, why)


@pytest.fixture(scope="module")
def four(encode, names):
    """Four groups."""
    cells = encode(g=names(range(4)))
    return groups(cells.attributes, cells.levels, (0,))


def test_the_gap_is_between_the_highest_and_the_lowest_group(four):
    gap = disparity(four, made_up([0.3, 0.6, 0.15, 0.5]), PLAIN)
    assert (gap.value, gap.ratio) == pytest.approx((0.45, 0.25))
    assert (gap.highest, gap.lowest) == ({"g": "level 1"}, {"g": "level 2"})
    assert (gap.interval, gap.p_value, gap.floor) == (None, None, None)


def test_small_groups_have_no_part_in_a_gap(four):
    gap = disparity(four, made_up([0.3, 1.0, 0.0, 0.5], rows=[25, 24, 1, 25]), PLAIN)
    assert gap.value == pytest.approx(0.2)
    assert (gap.highest, gap.lowest) == ({"g": "level 3"}, {"g": "level 0"})


def test_fewer_than_two_sufficient_groups_give_a_reason_and_never_zero(four):
    gap = disparity(four, made_up([0.3, 0.3, 0.3, 0.3], rows=[25, 24, 24, 24]), PLAIN)
    assert gap.value is None
    assert gap.why == "fewer than two groups have 25 rows"


def test_a_small_group_has_a_reason_in_place_of_its_value(encode, names):
    group = np.repeat([0, 1], [40, 24])
    table = table_of(encode, names, "binary", group, decision=np.tile([0.0, 1], 32))
    _, found = measured(table, Options(bootstrap=20, permutations=0))
    large, small = found["selection_rate"].measures(0.95)
    assert (large.value, large.why) == (0.5, None)
    assert (small.value, small.interval, small.n, small.why) == (None, None, 24, "24 rows; 25 are needed")


def test_a_rate_of_no_rows_is_not_zero(encode, names):
    group, outcome = np.repeat([0, 1], 30), np.repeat([1.0, 0.0], 30)
    table = table_of(encode, names, "binary", group, decision=np.tile([0.0, 1], 30), outcome=outcome)
    _, found = measured(table, Options(min_group=0, bootstrap=10, permutations=0))
    assert np.isnan(found["tpr"].value[1])
    measure = found["tpr"].measures(0.95)[1]
    assert (measure.value, measure.n, measure.why) == (None, 0, "0 rows with a positive outcome; 1 are needed")


def test_the_interval_and_floor_of_a_gap_are_those_of_its_replicates(four):
    rng = np.random.default_rng(0)
    replicates = np.array([0.3, 0.6, 0.15, 0.5]) + rng.normal(scale=0.05, size=(4000, 4))
    gap = disparity(four, made_up([0.3, 0.6, 0.15, 0.5], replicates=replicates), PLAIN)
    low, high = np.quantile(replicates[:, 1] - replicates[:, 2], [0.025, 0.975])
    assert gap.interval == pytest.approx((low, high))
    deviation = replicates - replicates.mean(axis=0)
    assert gap.floor == pytest.approx(np.mean(deviation.max(axis=1) - deviation.min(axis=1)))
    assert gap.floor == pytest.approx(2.0588 * 0.05, rel=0.03)  # mean range of four normal values (Tippett 1925)
    assert gap.excess == pytest.approx(gap.value - gap.floor)


def test_equalized_odds_is_the_larger_gap_and_bonferroni_over_both():
    tpr = Disparity(metric="tpr", by=["g"], value=0.2, ratio=0.5, p_value=0.03, highest={"g": "a"}, lowest={"g": "b"})
    fpr = Disparity(metric="fpr", by=["g"], value=0.1, ratio=0.1, p_value=0.01, highest={"g": "c"}, lowest={"g": "a"})
    for pair in ((tpr, fpr), (fpr, tpr)):
        found = equalized_odds(*pair)
        assert (found.metric, found.value, found.ratio, found.highest) == ("equalized_odds", 0.2, None, {"g": "a"})
        assert found.p_value == pytest.approx(0.02)
    missing = Disparity(metric="fpr", by=["g"], value=None, why="too few")
    assert equalized_odds(tpr, missing).value is None
    assert equalized_odds(tpr, missing).why == "too few"


def test_holm_adjusts_as_worked_by_hand():
    given = [0.01, 0.04, None, 0.03, 0.005]
    gaps = [Disparity(metric="tpr", by=["g"], value=0.1, p_value=p_value) for p_value in given]
    adjusted = [gap.p_adjusted for gap in holm(gaps)]
    # 4 × 0.005, 3 × 0.01, 2 × 0.03, and 1 × 0.04, which may not be below the one before it
    assert adjusted == pytest.approx([0.03, 0.06, None, 0.06, 0.02])
    assert [gap.p_value for gap in holm(gaps)] == given


def test_holm_never_exceeds_one():
    gaps = [Disparity(metric="tpr", by=["g"], value=0.1, p_value=p_value) for p_value in (0.6, 0.7)]
    assert [gap.p_adjusted for gap in holm(gaps)] == [1, 1]


def test_the_homogeneity_test_rejects_five_per_cent_of_equal_groups():
    rng = np.random.default_rng(4)
    rows = np.array([150.0, 200, 400, 250])
    p_values = []
    for _ in range(800):
        rate = rng.binomial(rows.astype(int), 0.3) / rows
        p_values.append(homogeneity(rate, rate * (1 - rate) / rows, rows, rate=True))
    error = np.sqrt(0.05 * 0.95 / 800)
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=3 * error + 0.005)
    assert np.mean(p_values) == pytest.approx(0.5, abs=3 * np.sqrt(1 / 12 / 800) + 0.01)


def test_the_homogeneity_test_of_two_groups_is_the_z_test():
    from scipy.stats import norm

    p_value = homogeneity(np.array([0.2, 0.3]), np.array([0.01, 0.02]) ** 2, np.array([400.0, 200]), rate=False)
    assert p_value == pytest.approx(2 * norm.sf(0.1 / np.hypot(0.01, 0.02)), rel=1e-12)


def test_rates_of_exactly_zero_and_one_are_tested_with_the_pooled_variance():
    differ = homogeneity(np.array([0.0, 1.0]), np.zeros(2), np.array([50.0, 50]), rate=True)
    assert differ < 1e-20
    assert homogeneity(np.zeros(3), np.zeros(3), np.full(3, 50.0), rate=True) == 1


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


def test_groups_with_one_and_the_same_prediction_do_not_differ_by_its_rounding(encode, names):
    rng = np.random.default_rng(3)
    group, weight = rng.integers(0, 4, 600), rng.uniform(0.1, 3, 600)
    table = table_of(encode, names, "regression", group, prediction=np.full(600, 0.169), weight=weight)
    options = Options(bootstrap=50, permutations=0)
    chosen, found = measured(table, options)
    assert np.ptp(found["mean_prediction"].replicates) > 0  # the last digits do differ
    gap = disparity(chosen, found["mean_prediction"], options)
    assert (gap.value, gap.interval, gap.floor, gap.p_value) == (0, (0, 0), 0, 1)
    assert gap.highest != gap.lowest


def test_expected_counts_of_one_rate_have_no_unfairness_index(encode, names):
    rng = np.random.default_rng(3)
    exposure = rng.uniform(0.05, 1, 300)
    table = table_of(encode, names, "count", rng.integers(0, 2, 300), prediction=0.169 * exposure, exposure=exposure)
    assert len(np.unique(table.value)) > 1  # the last digits do differ
    assert Resampled(table, PLAIN).variance == 0
