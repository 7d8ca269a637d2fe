"""Measures over all rows equal those of scikit-learn, and each line bears on them as its influence says."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import table_of
from scipy import stats
from sklearn import metrics as reference

from fairaudit.chance.laws.shares import narrow_limits
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.overall import follows, infinite, intervals, overall, performance, standard_error

N = 200


@pytest.fixture(params=[False, True], ids=["equal", "weighted"])
def rows(request):
    """Columns of one table: rows that are alike in all, so that they share lines."""
    rng = np.random.default_rng(6)
    probability, exposure = rng.integers(1, 20, N) / 20, rng.integers(1, 13, N) / 12
    expected = exposure * rng.integers(1, 9, N) / 4
    return {
        "group": rng.integers(0, 2, N),
        "probability": probability,
        "happened": (rng.random(N) < probability).astype(float),
        "exposure": exposure,
        "expected": expected,
        "count": rng.poisson(expected) / 1.0,
        "weight": rng.integers(0, 4, N) / 2 if request.param else np.ones(N),
    }


@pytest.fixture
def binary(encode, names, rows):
    decision = (rows["probability"] >= 0.5).astype(float)
    columns = {"prediction": rows["probability"], "decision": decision, "outcome": rows["happened"]}
    return table_of(encode, names, "binary", rows["group"], weight=rows["weight"], **columns)


@pytest.fixture
def regression(encode, names, rows):
    columns = {"prediction": rows["expected"] - 1.5, "outcome": rows["count"] - 1.5}
    return table_of(encode, names, "regression", rows["group"], weight=rows["weight"], **columns)


@pytest.fixture
def counts(encode, names, rows):
    columns = {"prediction": rows["expected"], "outcome": rows["count"], "exposure": rows["exposure"]}
    return table_of(encode, names, "count", rows["group"], weight=rows["weight"], **columns)


def test_binary_performance_is_that_of_scikit_learn(binary, rows):
    y, f, weight = rows["happened"], rows["probability"], rows["weight"]
    assert len(binary) < N
    assert performance(binary) == pytest.approx(
        {
            "accuracy": reference.accuracy_score(y, f >= 0.5, sample_weight=weight),
            "auc": reference.roc_auc_score(y, f, sample_weight=weight),
            "brier": reference.brier_score_loss(y, f, sample_weight=weight),
            "log_loss": reference.log_loss(y, f, sample_weight=weight),
        },
        rel=1e-12,
    )


def test_regression_performance_is_that_of_scikit_learn(regression, rows):
    y, f, weight = rows["count"] - 1.5, rows["expected"] - 1.5, rows["weight"]
    assert performance(regression) == pytest.approx(
        {
            "rmse": reference.root_mean_squared_error(y, f, sample_weight=weight),
            "mae": reference.mean_absolute_error(y, f, sample_weight=weight),
            "r2": reference.r2_score(y, f, sample_weight=weight),
        },
        rel=1e-12,
    )


def test_a_count_weighs_once_in_a_loss_and_by_its_exposure_in_a_frequency(counts, rows):
    y, expected, weight = rows["count"], rows["expected"], rows["weight"]
    found = performance(counts)
    assert found.pop("rps") > 0
    assert found == pytest.approx(
        {
            "poisson_deviance": reference.mean_poisson_deviance(y, expected, sample_weight=weight),
            "frequency": (weight @ y) / (weight @ rows["exposure"]),
            "actual_expected": (weight @ y) / (weight @ expected),
        },
        rel=1e-11,
    )


def test_rows_of_one_weighted_time_at_risk_but_not_of_one_weight_are_told_apart(encode, names):
    columns = {"prediction": np.array([0.5, 1.0]), "outcome": np.zeros(2), "exposure": np.array([0.5, 1.0])}
    table = table_of(encode, names, "count", [0, 0], weight=np.array([2.0, 1.0]), **columns)
    assert performance(table)["poisson_deviance"] == pytest.approx(2 * (2 * 0.5 + 1) / 3)


def test_ordinal_performance_counts_the_nearest_level(encode, names):
    y, f = np.array([0.0, 1, 2, 2]), np.array([0.4, 1.6, 1.7, 2.9])
    found = performance(table_of(encode, names, "ordinal", [0, 0, 1, 1], prediction=f, outcome=y))
    assert found["accuracy"] == 0.5
    assert found["mae"] == pytest.approx((0.4 + 0.6 + 0.3 + 0.9) / 4)
    assert list(found) == ["rmse", "mae", "r2", "accuracy"]


def test_perfect_predictions_have_the_best_values(encode, names, rows):
    def judged(task, column):
        return performance(table_of(encode, names, task, rows["group"], prediction=column, outcome=column))

    assert judged("binary", rows["happened"]) == {"auc": 1.0, "brier": 0.0, "log_loss": 0.0}
    assert judged("regression", rows["count"]) == {"rmse": 0.0, "mae": 0.0, "r2": 1.0}


def test_what_is_not_defined_is_none(encode, names):
    def judged(task, outcome, prediction):
        columns = {"prediction": np.array(prediction), "outcome": np.array(outcome)}
        return performance(table_of(encode, names, task, [0] * len(outcome), **columns))

    assert judged("binary", [1.0, 1, 1, 1], [0.1, 0.2, 0.3, 0.4])["auc"] is None
    assert judged("binary", [0.0, 1, 0, 1], [1.0, 1, 0, 0])["log_loss"] is None
    assert judged("binary", [0.0, 1], [-3.0, 7]) == {"auc": 1.0}
    assert judged("regression", [1.0, 1, 1, 1], [0.0, 1, 2, 3])["r2"] is None
    found = judged("count", [1.0, 2], [0.0, 1])
    assert (found["poisson_deviance"], found["rps"], found["actual_expected"]) == (None, None, 3.0)


def test_a_decision_alone_has_an_accuracy(encode, names):
    columns = {"decision": np.array([0.0, 1, 0, 0]), "outcome": np.array([0.0, 1, 1, 0])}
    assert performance(table_of(encode, names, "binary", [0, 0, 1, 1], **columns)) == {"accuracy": 0.75}


@pytest.mark.parametrize(("task", "outcome"), [("binary", [0.0, 1]), ("count", [3.0, 1]), ("regression", [0.5, 2])])
def test_outcomes_alone_are_not_judged(encode, names, task, outcome):
    assert performance(table_of(encode, names, task, [0, 1], outcome=np.array(outcome))) == {}


@pytest.mark.parametrize("task", ["binary", "regression", "count"])
@pytest.mark.parametrize("row", [0, 17])
def test_a_line_bears_on_a_value_as_the_derivative_in_its_share_says(encode, names, task, row):
    rng = np.random.default_rng(4)
    prediction, exposure = rng.uniform(0.1, 0.9, 40), rng.uniform(0.2, 1, 40) if task == "count" else np.ones(40)
    outcome = {"binary": rng.integers(0, 2, 40), "count": rng.poisson(1.0, 40)}.get(task, rng.normal(size=40))
    columns = {"prediction": prediction, "outcome": outcome.astype(float)}
    columns["exposure"] = exposure if task == "count" else None
    columns["decision"] = (prediction > 0.5).astype(float) if task == "binary" else None
    weight, step = rng.uniform(0.5, 2, 40), 1e-6

    def judged(weight):
        # The order of the lines is that of the predicted rates, which are all different, whatever the weights.
        return overall(table_of(encode, names, task, [0] * 40, weight=weight, **columns))

    share = weight / weight.sum()
    mixed = (1 - step) * share  # mixing a little of one row in moves the value by influence · step
    mixed[row] += step
    rate = prediction / exposure
    line = int((rate < rate[row]).sum())
    moved = judged(mixed)
    for name, each in judged(weight).items():
        slope = (moved[name].value - each.value) / step
        assert slope == pytest.approx(each.bearing[line] / share[row], rel=1e-3, abs=1e-4), name
        assert each.bearing.sum() == pytest.approx(0, abs=1e-12), name


def test_the_interval_of_an_accuracy_is_the_binomial_one(encode, names):
    columns = {"decision": np.array([1.0, 0, 1, 1, 0, 1, 0, 0]), "outcome": np.array([1.0, 0, 0, 1, 0, 1, 1, 0])}
    ends = intervals(overall(table_of(encode, names, "binary", [0] * 8, **columns)), 0.95)["accuracy"]
    low, high = narrow_limits(np.array([0.75]), np.array([8.0]), 0.025)
    assert ends == pytest.approx((low[0], high[0]))


def test_where_all_is_right_intervals_have_width_and_stay_in_the_domain(encode, names):
    columns = {"prediction": np.linspace(0.1, 0.9, 30), "outcome": np.repeat([0.0, 1.0], 15)}
    columns["decision"] = columns["outcome"]
    measured = overall(table_of(encode, names, "binary", [0] * 30, **columns))
    ends = intervals(measured, 0.95)
    for name in ("accuracy", "auc"):
        low, high = ends[name]
        assert (measured[name].value, high) == (1, 1)
        assert 0.7 < low < 0.95


def test_rows_that_share_a_line_have_the_error_of_rows_apart(binary, rows, encode, names):
    from fairaudit.scoretable.table import score_table

    columns = {"prediction": rows["probability"], "outcome": rows["happened"], "weight": rows["weight"]}
    columns["decision"] = (rows["probability"] >= 0.5).astype(float)
    apart = overall(score_table(encode(g=names(rows["group"])), "binary", merge=False, **columns))
    for name, each in overall(binary).items():
        expected = standard_error(apart[name].bearing, apart[name].rows)
        assert standard_error(each.bearing, each.rows) == pytest.approx(expected, rel=1e-10), name


def test_every_measure_that_can_be_limited_overall_has_a_formula_over_rows():
    for measure in MEASURES.values():
        assert ("overall" in measure.statistics) == (measure.of_rows is not None), measure.name


def test_rows_whose_loss_is_infinite_are_counted(encode, names):
    """Two of three who were said to be certain of yes, alike in all, were not; one said to be certain of no was."""
    columns = {"prediction": np.array([1.0, 1, 1, 0, 0.5]), "outcome": np.array([0.0, 0, 1, 1, 1])}
    measured = overall(table_of(encode, names, "binary", [0] * 5, **columns))
    assert infinite(measured) == {"log_loss": 3}
    assert [measured[name].infinite for name in ("brier", "auc")] == [0, 0]
    counts = overall(table_of(encode, names, "count", [0, 0], prediction=np.zeros(2), outcome=np.array([0.0, 2])))
    assert infinite(counts) == {"poisson_deviance": 1}
    alike = overall(table_of(encode, names, "binary", [0] * 2, prediction=np.array([0.1, 0.2]), outcome=np.ones(2)))
    assert alike["auc"].value is None
    assert infinite(alike) == {}


def test_a_standard_error_is_the_root_of_what_rows_or_people_bear_squared():
    bearing, rows = np.array([0.3, -0.2, -0.1]), np.array([3.0, 1.0, 2.0])
    assert standard_error(bearing, rows) == pytest.approx((0.03 + 0.04 + 0.005) ** 0.5)
    assert standard_error(bearing, rows, np.array([5, 5, 7])) == pytest.approx((0.02 * 2) ** 0.5)
    four, squares = np.array([0.1, 0.2, 0.3, -0.6]), 0.3**2 + 0.3**2 + 0.6**2
    assert standard_error(four, np.ones(4), np.array([0, 0, 1, 2])) == pytest.approx((squares * 3 / 2) ** 0.5)
    assert standard_error(bearing, rows, np.zeros(3, dtype=int)) is None


@pytest.mark.parametrize("clusters", [None, 7, 2])
def test_the_interval_of_a_mean_loss_is_normal_and_of_few_people_students(encode, names, rows, clusters):
    cluster = None if clusters is None else np.arange(N) % clusters
    columns = {"prediction": rows["expected"], "outcome": rows["count"], "cluster": cluster}
    measured = overall(table_of(encode, names, "regression", rows["group"], **columns))
    loss = np.abs(rows["expected"] - rows["count"])
    bearing = (loss - loss.mean()) / N
    if clusters is None:
        half = stats.norm.ppf(0.95) * np.sqrt((bearing**2).sum())
    else:
        of_one = np.bincount(cluster, bearing)
        half = stats.t.ppf(0.95, clusters - 1) * np.sqrt((of_one**2).sum() * clusters / (clusters - 1))
    low, high = intervals(measured, 0.9)["mae"]
    assert (low, high) == pytest.approx((loss.mean() - half, loss.mean() + half), rel=1e-9)


def test_rows_of_one_person_leave_no_error_to_tell(encode, names, rows):
    """All they bear on a mean adds up to nothing, which is no proof of it."""
    columns = {"prediction": rows["expected"], "outcome": rows["count"], "cluster": np.zeros(N, dtype=int)}
    table = table_of(encode, names, "regression", rows["group"], **columns)
    assert intervals(overall(table), 0.95) == {}
    columns |= {"decision": rows["happened"], "outcome": rows["happened"]}
    assert follows(table_of(encode, names, "binary", rows["group"], **columns))[1] is None


def test_what_has_no_value_has_no_interval(encode, names):
    columns = {"prediction": np.array([0.1, 0.2, 0.3]), "outcome": np.ones(3)}
    measured = overall(table_of(encode, names, "binary", [0] * 3, **columns))
    assert list(intervals(measured, 0.95)) == ["brier", "log_loss"]


def test_decisions_follow_predictions_as_often_as_somebody_decided_yes_has_the_higher_one(encode, names):
    """The error is DeLong's, of each person's share of the others that he is above, or below."""
    rng = np.random.default_rng(5)
    score, decision = rng.integers(0, 9, 60) / 9, rng.integers(0, 2, 60).astype(float)
    table = table_of(encode, names, "binary", [0] * 60, prediction=score, decision=decision, outcome=1 - decision)
    yes, no = score[decision == 1], score[decision == 0]
    above = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
    variance = (np.var(above.mean(axis=1)) / len(yes)) + (np.var(above.mean(axis=0)) / len(no))
    assert follows(table) == pytest.approx((above.mean(), variance**0.5))
    people = table_of(encode, names, "binary", [0] * 60, prediction=score, decision=decision, cluster=np.arange(60))
    assert follows(people) == pytest.approx((above.mean(), (variance * 60 / 59) ** 0.5))


def test_nothing_follows_where_there_are_not_predictions_and_both_decisions(encode, names):
    score, one = np.array([0.2, 0.4]), np.array([1.0, 0])
    assert follows(table_of(encode, names, "binary", [0, 1], prediction=score, outcome=one)) is None
    assert follows(table_of(encode, names, "binary", [0, 1], decision=one, outcome=one)) is None
    assert follows(table_of(encode, names, "binary", [0, 1], prediction=score, decision=np.ones(2))) is None
    assert follows(table_of(encode, names, "binary", [0, 1], prediction=score, decision=one)) is not None
    classes = {"classes": ("a", "b"), "probabilities": np.array([[0.2, 0.8], [0.6, 0.4]])}
    assert follows(table_of(encode, names, "multiclass", [0, 1], decision=one, outcome=one, **classes)) is None
