"""A penalty is its dependence measure, with the slope of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fairaudit as fa
from fairaudit.distance.coupling import blocks, coupling
from fairaudit.distance.penalty import LEAST_SHARE, PENALTY_NAMES, alike, dependence_penalty, resolve
from fairaudit.distance.variance import distance_deviation
from fairaudit.errors import OptionError, RoleError
from fairaudit.scoretable.cells import sum_by

RNG = np.random.default_rng(4)
FRAME = pd.DataFrame(
    {"a": RNG.choice(["x", "y", "z"], 120), "b": RNG.integers(0, 2, 120), "age": RNG.integers(18, 60, 120)}
)
WEIGHT = RNG.integers(0, 4, 120) / 2
F = RNG.normal(size=120)
KINDS = ("dcov:a", "dcov:b", "dcov:age", "sum", "ccdcov", "jdcov")
SCALE_FREE = ("dcor", "dcor:b", "dcor:age")


def by_hand(encode):
    return encode(a=FRAME["a"].to_numpy(object), b=FRAME["b"].astype(str).to_numpy(object), age=FRAME["age"] * 1.0)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
@pytest.mark.parametrize("kind", KINDS)
def test_its_value_is_that_of_the_measure_without_the_part_no_prediction_changes(encode, kind, weight):
    value, _ = fa.penalty(FRAME, kind, weight)(F)
    omega = np.full(120, 1 / 120) if weight is None else weight / weight.sum()
    made = blocks(by_hand(encode))
    if kind.startswith("dcov:"):
        made = made.only(kind.removeprefix("dcov:"))
    measure = coupling(kind, made, sum_by(made.cell, omega))
    assert value == pytest.approx(measure.value(F, made.cell, omega) - measure.constant, abs=1e-14)
    assert value > 0


@pytest.mark.parametrize("kind", [*KINDS, *SCALE_FREE])
def test_its_gradient_is_the_slope_of_its_value(kind):
    dependence = fa.penalty(FRAME, kind, WEIGHT)
    _, gradient = dependence(F)
    step = np.diff(np.sort(F)).min() / 4  # no step crosses another row, so the quotient is exact
    for k in range(0, 120, 7):
        moved = np.zeros(120)
        moved[k] = step
        quotient = (dependence(F + moved)[0] - dependence(F - moved)[0]) / (2 * step)
        exact = kind not in SCALE_FREE  # else the quotient of two values is curved between rows, too
        assert gradient[k] == pytest.approx(quotient, abs=1e-15 / step if exact else 1e-6)


def test_dcov_alone_is_that_of_the_only_attribute():
    frame = pd.DataFrame({"z": [0, 1, 0, 1]})
    value, gradient = fa.penalty(frame, "dcov")(np.array([0.0, 1, 0, 1]))
    assert value == pytest.approx(0.25, abs=1e-15)
    assert gradient @ [0, 1, 0, 1] == pytest.approx(0.25, abs=1e-15)
    assert fa.penalty(frame, "ccdcov")(np.zeros(4))[0] == 0


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("dcov", "penalty dcov is for one attribute; name it, as in dcov:a, or choose"),
        ("dcov:zz", "penalty 'dcov:zz': the protected attributes are: a, b, age"),
        ("hsic", "penalty 'hsic' is unknown; choose one of none, dcov, sum, ccdcov, jdcov, dcor, or dcov:NAME"),
        ("dcor:zz", "penalty 'dcor:zz': the protected attributes are: a, b, age"),
        ("jdcov:a", "penalty 'jdcov:a' is unknown"),
    ],
)
def test_a_penalty_that_does_not_exist_is_refused(kind, message):
    with pytest.raises(OptionError, match=message):
        fa.penalty(FRAME, kind)


def test_none_is_no_penalty_function():
    with pytest.raises(OptionError):
        fa.penalty(FRAME, "none")


@pytest.mark.parametrize("weight", [np.ones(3), -np.ones(120), np.zeros(120), np.full(120, np.nan)])
def test_weights_that_do_not_fit_are_refused(weight):
    with pytest.raises(RoleError, match="weight must hold 120 finite numbers"):
        fa.penalty(FRAME, "sum", weight)


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((3, 120)), np.full(120, np.nan), np.full(120, np.inf)])
def test_predictions_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match="predictions"):
        fa.penalty(FRAME, "sum")(wrong)


def test_a_missing_attribute_is_refused_with_what_to_do():
    with pytest.raises(RoleError, match="'a' is missing in 1 of 2 rows"):
        fa.penalty(pd.DataFrame({"a": ["x", None], "b": ["u", "v"]}))


@pytest.mark.parametrize("kind", ["dcov:age", "ccdcov", "jdcov"])
def test_the_penalty_on_some_rows_is_that_of_their_table(encode, kind):
    rng = np.random.default_rng(1)
    rows = np.flatnonzero(rng.random(120) < 0.5)
    cells, weight = by_hand(encode), np.full(120, 1 / 120)
    taken = dependence_penalty(cells, kind, weight).take(rows)
    direct = dependence_penalty(cells.take(rows), kind, np.full(len(rows), 1 / len(rows)))
    assert taken(F[rows])[0] == pytest.approx(direct(F[rows])[0], abs=1e-14)
    np.testing.assert_allclose(taken(F[rows])[1], direct(F[rows])[1], atol=1e-14)
    assert taken.excess(F[rows]) == pytest.approx(direct.excess(F[rows]), abs=1e-14)


@pytest.mark.parametrize("kind", ["dcov:a", "sum", "ccdcov", "jdcov"])
def test_the_excess_is_the_value_over_its_mean_under_shuffling(encode, kind):
    rng = np.random.default_rng(1)
    measure = dependence_penalty(by_hand(encode), kind, np.full(120, 1 / 120))
    drawn = np.array([measure(rng.permutation(F))[0] for _ in range(500)])
    floor = measure(F)[0] - measure.excess(F)
    assert floor == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(500))


def test_resolving_a_name_in_full_changes_nothing():
    assert resolve("dcov", ["sex"]) == "dcov:sex"
    assert resolve("dcov:sex", ["sex", "race"]) == "dcov:sex"
    others = [kind for kind in PENALTY_NAMES if kind not in ("dcov", "dcor")]
    assert [resolve(kind, ["sex"]) for kind in others] == ["none", "sum", "ccdcov", "jdcov"]
    assert resolve("dcor", ["sex"]) == "dcor:sex"
    assert resolve("dcor", ["sex", "race"]) == "dcor"
    assert resolve("dcor:sex", ["sex", "race"]) == "dcor:sex"


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["equal", "weighted"])
@pytest.mark.parametrize("kind", ["sum", "ccdcov", "jdcov"])
def test_with_groups_alike_it_is_that_of_rows_weighted_by_the_inverse_share_of_their_group(kind, weight):
    frame = FRAME[["a", "b"]]
    omega = np.full(120, 1 / 120) if weight is None else weight / weight.sum()
    group = list(frame.itertuples(index=False, name=None))
    even = [omega[k] / max(sum(omega[j] for j in range(120) if group[j] == group[k]), LEAST_SHARE) for k in range(120)]
    value, gradient = fa.penalty(frame, kind, weight, group_weight="equal")(F)
    expected, slope = fa.penalty(frame, kind, np.array(even))(F)
    assert value == pytest.approx(expected, rel=1e-12)
    assert gradient == pytest.approx(slope, abs=1e-15)


def test_a_group_of_less_than_a_hundredth_of_the_rows_counts_less_than_the_others():
    groups = np.repeat(["large", "small", "tiny"], [890, 105, 5])
    encoded = fa.penalty(pd.DataFrame({"g": groups})).protected
    mass = pd.Series(alike(encoded, np.full(1000, 1 / 1000))).groupby(groups).sum()
    assert mass["large"] == pytest.approx(mass["small"], rel=1e-12)
    assert mass["tiny"] == pytest.approx(mass["large"] / 2, rel=1e-12)  # 0.5% of 1%


def test_groups_alike_copy_with_rows_as_weights_do():
    twice = np.repeat(np.arange(120), 1 + (WEIGHT > 0.5))
    frame = FRAME[["a", "b"]]
    value, _ = fa.penalty(frame, "ccdcov", 1.0 + (WEIGHT > 0.5), group_weight="equal")(F)
    again, _ = fa.penalty(frame.iloc[twice], "ccdcov", group_weight="equal")(F[twice])
    assert value == pytest.approx(again, rel=1e-12)


@pytest.mark.parametrize("strata", [None, RNG.integers(0, 2, 120)], ids=["all", "strata"])
def test_of_decisions_its_gradient_is_the_slope_of_its_value(strata):
    dependence = fa.penalty(FRAME, "ccdcov", WEIGHT, strata=strata, threshold=0.5, group_weight="equal")
    probability = 1 / (1 + np.exp(-F))
    _, gradient = dependence(probability)
    for k in range(0, 120, 7):
        moved = np.zeros(120)
        moved[k] = 1e-7
        quotient = (dependence(probability + moved)[0] - dependence(probability - moved)[0]) / 2e-7
        assert gradient[k] == pytest.approx(quotient, abs=1e-8)


def test_of_decisions_far_from_the_threshold_it_is_that_of_the_decisions_themselves():
    probability = np.where(F > 0, 0.99, 0.01)
    dependence, decided = fa.penalty(FRAME, "jdcov", threshold=0.5), fa.penalty(FRAME, "jdcov")
    # σ(±0.49 / 0.05) lies within 6e-5 of a decision, and the measure is linear in the spread of two values.
    assert dependence(probability)[0] == pytest.approx(decided((F > 0).astype(float))[0], rel=2e-4)
    assert dependence.excess(probability) == pytest.approx(decided.excess((F > 0).astype(float)), rel=2e-4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group_weight": "alike"}, "group weight 'alike' is unknown; there are size, equal"),
        ({"threshold": np.nan}, "the threshold of decisions is nan; a finite number is needed"),
    ],
)
def test_an_aim_that_does_not_exist_is_refused(options, message):
    with pytest.raises(OptionError, match=message):
        fa.penalty(FRAME, **options)


@st.composite
def tables(draw):
    """Predictions with ties, an attribute of three levels, one of two, and weights, some of them 0."""
    n = draw(st.integers(0, 6))
    prediction = draw(st.lists(st.integers(-3, 3), min_size=n + 3, max_size=n + 3))
    one, other = (draw(st.lists(st.sampled_from(levels), min_size=n, max_size=n)) for levels in ("pqr", "xy"))
    weight = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    frame = pd.DataFrame({"one": [*"pqr", *one], "other": [*"xyx", *other]})
    return np.array(prediction, dtype=float), frame, np.array([1, 2, 1, *weight], dtype=float)


@settings(deadline=None)
@given(table=tables())
def test_a_scale_free_penalty_is_its_definition_as_loops(table):
    f, frame, weight = table
    omega = weight / weight.sum()
    value, gradient = fa.penalty(frame, "dcor", weight)(f)
    one, other = frame["one"].to_numpy(), frame["other"].to_numpy()
    places = np.column_stack([*(one == level for level in "pqr"), other == "x"]).astype(float)
    n = len(f)
    far = np.array([[np.sqrt(sum((places[k] - places[j]) ** 2)) for j in range(n)] for k in range(n)])
    apart = np.array([[abs(f[k] - f[j]) for j in range(n)] for k in range(n)])

    def centred(matrix):
        mean = [sum(omega[j] * matrix[k, j] for j in range(n)) for k in range(n)]
        total = sum(omega[k] * mean[k] for k in range(n))
        return [[matrix[k, j] - mean[k] - mean[j] + total for j in range(n)] for k in range(n)]

    both, own = centred(far), centred(apart)
    covariance = sum(omega[k] * omega[j] * both[k][j] * apart[k, j] for k in range(n) for j in range(n))
    variance = sum(omega[k] * omega[j] * own[k][j] ** 2 for k in range(n) for j in range(n))
    expected = covariance / np.sqrt(variance) if variance > 1e-12 else 0.0
    assert value == pytest.approx(expected, abs=1e-12)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("strata", [None, RNG.integers(0, 2, 120)], ids=["all rows", "within strata"])
@pytest.mark.parametrize("kind", SCALE_FREE)
def test_a_scale_free_penalty_is_of_degree_zero(kind, strata):
    dependence = fa.penalty(FRAME, kind, WEIGHT, strata=strata)
    value, gradient = dependence(F)
    pulled, steeper = dependence(0.1 * F + 7)
    assert value > 0
    assert pulled == pytest.approx(value, rel=1e-10)
    np.testing.assert_allclose(0.1 * steeper, gradient, atol=1e-12)
    assert F @ gradient == pytest.approx(0, abs=1e-12)  # Euler's theorem
    assert dependence.excess(0.1 * F + 7) == pytest.approx(dependence.excess(F), rel=1e-10)


@pytest.mark.parametrize(("kind", "covariance"), [("dcor", "ccdcov"), ("dcor:age", "dcov:age")])
def test_a_scale_free_penalty_is_dcor_up_to_the_spread_of_the_attributes(kind, covariance):
    even = np.ones(120)
    deviation, _ = distance_deviation(F, even / 120)
    free, plain = fa.penalty(FRAME, kind, even), fa.penalty(FRAME, covariance, even)
    assert free(F)[0] == pytest.approx(plain(F)[0] / deviation, rel=1e-12)
    assert free.excess(F) == pytest.approx(plain.excess(F) / deviation, rel=1e-12)
    assert plain.excess(F, scale_free=True) == free.excess(F)
    assert free.excess(F, scale_free=False) == plain.excess(F)


def test_equal_predictions_have_no_scale_free_dependence():
    value, gradient = fa.penalty(FRAME, "dcor")(np.full(120, 0.3))
    assert value == 0
    assert not gradient.any()
    assert fa.penalty(FRAME, "dcor").excess(np.full(120, 0.3)) == 0
