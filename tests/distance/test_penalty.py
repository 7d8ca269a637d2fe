"""A penalty is its dependence measure, with the slope of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.distance.coupling import blocks, coupling
from fairaudit.distance.penalty import LEAST_SHARE, PENALTY_NAMES, alike, dependence_penalty, resolve
from fairaudit.errors import OptionError, RoleError
from fairaudit.scoretable.cells import sum_by

RNG = np.random.default_rng(4)
FRAME = pd.DataFrame(
    {"a": RNG.choice(["x", "y", "z"], 120), "b": RNG.integers(0, 2, 120), "age": RNG.integers(18, 60, 120)}
)
WEIGHT = RNG.integers(0, 4, 120) / 2
F = RNG.normal(size=120)
KINDS = ("dcov:a", "dcov:b", "dcov:age", "sum", "ccdcov", "jdcov")


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


@pytest.mark.parametrize("kind", KINDS)
def test_its_gradient_is_the_slope_of_its_value(kind):
    dependence = fa.penalty(FRAME, kind, WEIGHT)
    _, gradient = dependence(F)
    step = np.diff(np.sort(F)).min() / 4  # no step crosses another row, so the quotient is exact
    for k in range(0, 120, 7):
        moved = np.zeros(120)
        moved[k] = step
        quotient = (dependence(F + moved)[0] - dependence(F - moved)[0]) / (2 * step)
        assert gradient[k] == pytest.approx(quotient, abs=1e-15 / step)


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
        ("hsic", "penalty 'hsic' is unknown; choose one of none, dcov, sum, ccdcov, jdcov, or dcov:NAME"),
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
    assert [resolve(kind, ["sex"]) for kind in PENALTY_NAMES if kind != "dcov"] == ["none", "sum", "ccdcov", "jdcov"]


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
