"""A penalty is its dependence measure, with the slope of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.cells import sum_by
from fairaudit.errors import OptionError, RoleError
from fairaudit.models.penalties import PENALTY_NAMES, dependence_penalty, resolve
from fairaudit.stats.coupling import blocks, coupling

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
    rows = np.flatnonzero(RNG.random(120) < 0.5)
    cells, weight = by_hand(encode), np.full(120, 1 / 120)
    taken = dependence_penalty(cells, kind, weight).take(rows)
    direct = dependence_penalty(cells.take(rows), kind, np.full(len(rows), 1 / len(rows)))
    assert taken(F[rows])[0] == pytest.approx(direct(F[rows])[0], abs=1e-14)
    np.testing.assert_allclose(taken(F[rows])[1], direct(F[rows])[1], atol=1e-14)
    assert taken.excess(F[rows]) == pytest.approx(direct.excess(F[rows]), abs=1e-14)


@pytest.mark.parametrize("kind", ["dcov:a", "sum", "ccdcov", "jdcov"])
def test_the_excess_is_the_value_over_its_mean_under_shuffling(encode, kind):
    measure = dependence_penalty(by_hand(encode), kind, np.full(120, 1 / 120))
    drawn = np.array([measure(RNG.permutation(F))[0] for _ in range(500)])
    floor = measure(F)[0] - measure.excess(F)
    assert floor == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(500))


def test_resolving_a_name_in_full_changes_nothing():
    assert resolve("dcov", ["sex"]) == "dcov:sex"
    assert resolve("dcov:sex", ["sex", "race"]) == "dcov:sex"
    assert [resolve(kind, ["sex"]) for kind in PENALTY_NAMES if kind != "dcov"] == ["none", "sum", "ccdcov", "jdcov"]
