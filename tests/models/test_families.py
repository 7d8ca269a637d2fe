"""Each family's loss, link and support fit together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import log_loss, mean_gamma_deviance, mean_poisson_deviance, mean_tweedie_deviance

from fairaudit.errors import FitError, OptionError
from fairaudit.models.families import CLASSIFIERS, FAMILIES, LARGEST_LOG, check_outcome, family, null_deviance

CASES = {
    "binomial": family("binomial"),
    "gaussian": family("gaussian"),
    "poisson": family("poisson"),
    "gamma": family("gamma"),
    "tweedie": family("tweedie", 1.3),
    "tweedie-inverse": family("tweedie", 3.0),
    "ordinal": family("ordinal", classes=4),
    "ordinal-two": family("ordinal", classes=2),
    "multinomial": family("multinomial", classes=3),
}
OUTCOMES = {
    "binomial": np.array([0.0, 1, 0, 1, 1]),
    "gaussian": np.array([-2.0, 0, 1.5, 40, 3]),
    "poisson": np.array([0.0, 1, 2, 0.5, 9]),
    "gamma": np.array([0.1, 1, 2, 0.5, 9]),
    "tweedie": np.array([0.0, 1, 2, 0.5, 9]),
    "tweedie-inverse": np.array([0.1, 1, 2, 0.5, 9]),
    "ordinal": np.array([0.0, 1, 2, 3, 1]),
    "ordinal-two": np.array([0.0, 1, 1, 0, 1]),
    "multinomial": np.array([0.0, 1, 2, 0, 2]),
}
SHARED = np.array([-2.5, -0.3, 0.0, 0.7, 2.0])
STEP = 1e-5


def eta_of(name):
    if name.startswith("ordinal"):
        return SHARED[:, None] + np.array([1.0, -0.2, -1.1])[: CASES[name].count - 1]
    if name == "multinomial":
        return np.column_stack([SHARED, SHARED[::-1] / 2, np.linspace(1, -1, 5)])
    return SHARED


def moves(eta):
    """Unit steps of one linear predictor in all rows at once, and where they stand in a matrix of rows."""
    if eta.ndim == 1:
        yield np.ones_like(eta), (slice(None),)
        return
    for column in range(eta.shape[1]):
        step = np.zeros_like(eta)
        step[:, column] = 1
        yield step, (slice(None), column)


@pytest.fixture(params=CASES)
def name(request):
    return request.param


def quotient(function, eta, step):
    # A central difference is off by h² and by rounding of the value over h.
    return (function(eta + STEP * step) - function(eta - STEP * step)) / (2 * STEP)


def test_the_gradient_is_the_slope_of_the_loss(name):
    chosen, y, eta = CASES[name], OUTCOMES[name], eta_of(name)
    for step, place in moves(eta):
        slope = quotient(lambda at: chosen.loss(y, at), eta, step)
        np.testing.assert_allclose(chosen.gradient(y, eta)[place], slope, rtol=1e-7, atol=1e-8)


def test_the_curvature_is_the_slope_of_the_gradient(name):
    chosen, y, eta = CASES[name], OUTCOMES[name], eta_of(name)
    for step, place in moves(eta):
        slope = quotient(lambda at: chosen.gradient(y, at), eta, step)
        np.testing.assert_allclose(chosen.curvature(y, eta)[place], slope, rtol=1e-7, atol=1e-8)


def test_a_gradient_by_the_mean_is_pulled_back_by_the_chain_rule(name):
    chosen, eta = CASES[name], eta_of(name)
    by_mean = np.random.default_rng(0).normal(size=chosen.mean(eta).shape)
    for step, place in moves(eta):
        slope = quotient(lambda at: (by_mean * chosen.mean(at)).reshape(5, -1).sum(axis=1), eta, step)
        np.testing.assert_allclose(chosen.pull(eta, by_mean)[place], slope, rtol=1e-7, atol=1e-8)


def test_the_start_is_the_best_constant(name):
    chosen, y = CASES[name], OUTCOMES[name]
    weight = np.array([1, 2, 3, 2, 2]) / 10
    start = chosen.start(y, weight)
    gradient = weight @ chosen.gradient(y, np.broadcast_to(start, (5, *start.shape)).astype(float))
    np.testing.assert_allclose(gradient, 0, atol=1e-12)


def test_losses_are_half_the_deviance_up_to_a_constant_of_the_outcome():
    deviances = {
        "poisson": mean_poisson_deviance,
        "gamma": mean_gamma_deviance,
        "tweedie": lambda y, mean: mean_tweedie_deviance(y, mean, power=1.3),
        "tweedie-inverse": lambda y, mean: mean_tweedie_deviance(y, mean, power=3),
        "gaussian": lambda y, mean: np.mean((y - mean) ** 2),
    }
    for each, deviance in deviances.items():
        chosen, y = CASES[each], OUTCOMES[each]
        differences = [
            chosen.loss(y, eta).mean() - deviance(y, chosen.mean(eta)) / 2 for eta in (SHARED, -SHARED, 0 * SHARED)
        ]
        assert np.ptp(differences) < 1e-12


@pytest.mark.parametrize("each", ["binomial", "ordinal", "ordinal-two", "multinomial"])
def test_the_loss_of_a_class_is_minus_its_log_probability(each):
    chosen, y, eta = CASES[each], OUTCOMES[each], eta_of(each)
    probabilities = chosen.probabilities(eta)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-14)
    assert (probabilities > 0).all()
    expected = log_loss(y, probabilities, labels=np.arange(probabilities.shape[1]))
    assert chosen.loss(y, eta).mean() == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=6), st.data())
def test_proportional_odds_are_what_their_definition_says(places, data):
    """P(y ≥ k) = 1 / (1 + exp(−a_k − xβ)), and the rest by differences, as loops."""
    cuts = np.array([2.0, 0.5, -1.0])
    chosen = family("ordinal", classes=4)
    eta = np.array(places)[:, None] + cuts
    y = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(places), max_size=len(places))), dtype=float)
    for row, place in enumerate(places):
        at_least = [1.0, *(1 / (1 + np.exp(-cut - place)) for cut in cuts), 0.0]
        probability = [at_least[k] - at_least[k + 1] for k in range(4)]
        np.testing.assert_allclose(chosen.probabilities(eta)[row], probability, atol=1e-15)
        level = sum(k * p for k, p in enumerate(probability))
        assert chosen.mean(eta)[row] == pytest.approx(level, abs=1e-14)
        if probability[int(y[row])] > 1e-8:  # below, the difference has lost its digits; the loss has not
            assert chosen.loss(y, eta)[row] == pytest.approx(-np.log(probability[int(y[row])]), abs=1e-6)
    shift = chosen.gradient(y, eta).sum(axis=1)
    ends = np.pad(expit(eta), ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0)))
    own = y.astype(int)
    np.testing.assert_allclose(shift, ends[range(len(y)), own] + ends[range(len(y)), own + 1] - 1, atol=1e-12)


def test_two_ordered_levels_are_logistic_regression():
    y, two, one = OUTCOMES["binomial"], family("ordinal", classes=2), family("binomial")
    eta = SHARED[:, None]
    np.testing.assert_allclose(two.loss(y, eta), one.loss(y, SHARED), rtol=1e-13)
    np.testing.assert_allclose(two.mean(eta), one.mean(SHARED), rtol=1e-15)
    np.testing.assert_allclose(two.probabilities(eta), one.probabilities(SHARED), rtol=1e-14)


def test_thresholds_that_cross_are_infinitely_bad():
    assert family("ordinal", classes=3).loss(np.array([1.0]), np.array([[0.0, 0.5]]))[0] == np.inf


def test_a_wild_step_of_thresholds_stays_finite():
    chosen, y = family("ordinal", classes=3), np.array([0.0, 1.0, 2.0])
    for place in (1e17, -1e17):
        eta = np.array([place + 0.5, place - 0.5]) * np.ones((3, 1))
        assert np.isfinite(chosen.loss(y, eta)).all()
        assert np.isfinite(chosen.gradient(y, eta)).all()


def test_free_intercepts_come_back_and_carry_the_gradient():
    chosen, cuts = family("ordinal", classes=4), np.array([1.0, -0.2, -1.1])
    free = chosen.free(cuts)
    np.testing.assert_allclose(chosen.bound(free), cuts, rtol=1e-14)
    by_cut = np.array([0.3, -2.0, 0.7])
    slopes = [quotient(lambda at: by_cut @ chosen.bound(at), free, step) for step in np.eye(3)]
    np.testing.assert_allclose(chosen.pull_free(free, by_cut), slopes, rtol=1e-8)
    assert (np.diff(chosen.bound(np.array([0.0, -1e3, 1e3]))) < 0).all()


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0, 3.0])
def test_a_wild_step_of_a_log_link_stays_finite(power):
    chosen = family("tweedie", power)
    for eta in (1e6, -1e6):
        assert np.isfinite(chosen.loss(np.array([1.0]), np.array([eta]))).all()
        assert np.isfinite(chosen.gradient(np.array([1.0]), np.array([eta]))).all()
    assert chosen.mean(np.array([1e6]))[0] == np.exp(LARGEST_LOG)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_tweedie_is_continuous_at_its_special_powers(power):
    y, special = OUTCOMES["gamma"], family("tweedie", power)
    near = family("tweedie", power + (1e-7 if power < 2 else -1e-7))
    np.testing.assert_allclose(near.gradient(y, SHARED), special.gradient(y, SHARED), rtol=1e-5)
    change = [chosen.loss(y, SHARED) - chosen.loss(y, 0 * SHARED) for chosen in (near, special)]
    np.testing.assert_allclose(change[0], change[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [("binomial", 2.0), ("binomial", 0.5), ("poisson", -1.0), ("gaussian", np.inf), ("gaussian", np.nan),
     ("poisson", np.nan), ("poisson", np.inf), ("gamma", -1.0), ("tweedie", -0.1), ("ordinal", 2.0),
     ("multinomial", 0.5)],
)  # fmt: skip
def test_outcomes_outside_the_support_are_refused(chosen, wrong):
    with pytest.raises(FitError, match=f"does not fit the {chosen} family, which needs"):
        check_outcome(family(chosen), np.array([0.0, 1.0, wrong]))


def test_from_the_gamma_on_nothing_is_refused():
    for chosen in (family("gamma"), family("tweedie", 2.5)):
        with pytest.raises(FitError, match="finite numbers above 0"):
            check_outcome(chosen, np.array([0.0, 1.0]))
    check_outcome(family("tweedie", 1.9), np.array([0.0, 1.0]))


def test_an_outcome_that_does_not_vary_is_refused(name):
    with pytest.raises(FitError, match="the outcome is 1 in all 3 training rows; there is nothing to fit"):
        check_outcome(CASES[name], np.ones(3))


def test_an_unknown_family_or_power_is_refused_with_the_known_ones():
    with pytest.raises(OptionError, match="family 'weibull' is unknown; choose one of binomial, gaussian, poisson"):
        family("weibull")
    for power in (0.5, 3.5, float("nan")):
        with pytest.raises(OptionError, match=f"power is {power:g}; it must lie between 1"):
            family("tweedie", power)


def test_classifiers_are_the_families_with_probabilities():
    for each in FAMILIES:
        assert family(each).labels == (each in CLASSIFIERS)
    with pytest.raises(OptionError, match="families of classes only, not by poisson"):
        family("poisson").probabilities(SHARED)


def test_a_shift_of_all_predictors_of_a_level_has_the_summed_curvature():
    rng = np.random.default_rng(0)
    eta = -np.sort(-rng.normal(size=(50, 4)) * 3, axis=1)
    y = rng.integers(0, 5, 50).astype(float)
    chosen = family("ordinal", classes=5)
    np.testing.assert_allclose(
        chosen.shift_curvature(y, eta), chosen.curvature(y, eta).sum(axis=(1, 2)), rtol=1e-9, atol=1e-12
    )


def test_linear_predictors_are_what_their_definition_says():
    location, offset, cuts = np.array([0.3, -1.0, 2.5, 0.0]), np.arange(4.0), np.array([2.0, -1.0])
    many = np.arange(8.0).reshape(4, 2)
    np.testing.assert_allclose(family("gaussian").linear(location, np.asarray(0.5)), 0.5 + location)
    shared = family("ordinal", classes=3).linear(location, cuts, offset)
    own = family("multinomial", classes=2).linear(many, cuts)
    for row in range(4):
        np.testing.assert_allclose(shared[row], [cut + location[row] + offset[row] for cut in cuts])
        np.testing.assert_allclose(own[row], [cuts[k] + many[row, k] for k in range(2)])


def test_classes_are_separated_when_each_is_certain():
    certain, hardly = np.full(5, -np.log(0.9991)), -np.log([0.9991, 0.9989])
    assert family("binomial").separated(certain)
    assert not family("binomial").separated(hardly)
    assert not family("gaussian").separated(certain)


def test_the_null_deviance_is_half_of_what_the_best_constant_leaves():
    y, weight = np.array([1.0, 2.0, 6.0]), np.array([0.5, 0.25, 0.25])
    mean = weight @ y
    assert null_deviance(family("gaussian"), y, weight) == pytest.approx(0.5 * weight @ (y - mean) ** 2)
    assert null_deviance(family("poisson"), y, weight) == pytest.approx(weight @ (y * np.log(y / mean)))
    classes = np.array([0.0, 1.0, 2.0])
    entropy = -(weight @ np.log(weight))
    for name in ("ordinal", "multinomial"):
        assert null_deviance(family(name, classes=3), classes, weight) == pytest.approx(entropy)
