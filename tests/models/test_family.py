"""What every family of the listing promises: loss, link and support fit together, in NumPy and in torch."""

from __future__ import annotations

import numpy as np
import pytest
from family_cases import CASES, SHARED, outcomes, predictors
from sklearn.metrics import d2_tweedie_score, log_loss

from fairaudit.errors import FitError, OptionError
from fairaudit.models.families import family
from fairaudit.models.families.multinomial import Multinomial
from fairaudit.models.families.ordinal import Ordinal
from fairaudit.models.family import Family, check_outcome, constant_losses, null_deviance

STEP = 1e-5
EXACT = (Family.tree_curvature, Ordinal.tree_curvature, Multinomial.tree_curvature)
"""Forms of `tree_curvature` that are the second derivative; others are of a parabola above the loss."""
WEIGHT = np.array([1, 2, 3, 2, 2]) / 10


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
def chosen(request):
    """A family as it is fitted to its outcomes below."""
    return CASES[request.param].fitted_to(outcomes(CASES[request.param]), WEIGHT)


def quotient(function, eta, step):
    # A central difference is off by h² and by rounding of the value over h.
    return (function(eta + STEP * step) - function(eta - STEP * step)) / (2 * STEP)


def test_the_gradient_is_the_slope_of_the_loss(chosen):
    y, eta = outcomes(chosen), predictors(chosen)
    for step, place in moves(eta):
        slope = quotient(lambda at: chosen.loss(y, at), eta, step)
        np.testing.assert_allclose(chosen.gradient(y, eta)[place], slope, rtol=1e-7, atol=1e-8)


def test_the_curvature_is_the_slope_of_the_gradient(chosen):
    y, eta = outcomes(chosen), predictors(chosen)
    for step, place in moves(eta):
        slope = quotient(lambda at: chosen.gradient(y, at), eta, step)
        np.testing.assert_allclose(chosen.curvature(y, eta)[place], slope, rtol=1e-7, atol=1e-8)


def test_the_balancing_shift_gives_predictions_the_mean_of_the_outcome(chosen):
    y, eta = outcomes(chosen), predictors(chosen)
    shift = chosen.balance(y, eta, WEIGHT)
    if chosen.name in ("ordinal", "quantile"):  # an expected level is no amount, and a quantile no mean
        assert not shift.any()
        return
    level = np.eye(chosen.count)[y.astype(int)] if chosen.several else y
    np.testing.assert_allclose(WEIGHT @ chosen.mean(eta + shift), WEIGHT @ level, rtol=1e-8)
    np.testing.assert_allclose(chosen.balance(y, eta + shift, WEIGHT), 0, atol=1e-8)


def test_trees_are_given_at_least_the_curvature_by_what_the_features_say(chosen):
    y, location = outcomes(chosen), np.stack([SHARED] * chosen.columns, axis=1) if chosen.several else SHARED
    start = chosen.start(y, WEIGHT)
    for step, place in moves(location):

        def slope(at):
            gradient = chosen.gradient(y, chosen.linear(at, start))
            return gradient.sum(axis=1) if chosen.shared else gradient

        eta = chosen.linear(location, start)
        second = quotient(slope, location, step)[place]
        given = chosen.tree_curvature(y, eta)[place]
        assert (given >= second - 1e-7 * np.abs(second) - 1e-8).all()
        if type(chosen).tree_curvature in EXACT:
            np.testing.assert_allclose(given, second, rtol=1e-7, atol=1e-8)


def test_a_gradient_by_the_mean_is_pulled_back_by_the_chain_rule(chosen):
    eta = predictors(chosen)
    by_mean = np.random.default_rng(0).normal(size=chosen.mean(eta).shape)
    for step, place in moves(eta):
        slope = quotient(lambda at: (by_mean * chosen.mean(at)).reshape(5, -1).sum(axis=1), eta, step)
        np.testing.assert_allclose(chosen.pull(eta, by_mean)[place], slope, rtol=1e-7, atol=1e-8)


def test_no_constant_is_better_than_the_start(chosen):
    y = outcomes(chosen)
    start = chosen.start(y, WEIGHT)

    def loss(intercept):
        return WEIGHT @ chosen.loss(y, np.broadcast_to(intercept, (5, *start.shape)).astype(float))

    gradient = WEIGHT @ chosen.gradient(y, np.broadcast_to(start, (5, *start.shape)).astype(float))
    np.testing.assert_allclose(gradient, 0, atol=1e-12)
    for place in np.ndindex(start.shape):
        for step in (0.1, -0.1):
            moved = start.copy()
            moved[place] += step
            assert loss(moved) > loss(start)


def test_no_prediction_has_less_than_the_least_loss(chosen):
    y = outcomes(chosen)
    for location in (SHARED, 3 * SHARED, -SHARED):
        assert (chosen.loss(y, predictors(chosen, location)) >= chosen.least(y) - 1e-12).all()


def test_classes_have_probabilities_that_sum_to_one_and_numbers_have_none(chosen):
    y, eta = outcomes(chosen), predictors(chosen)
    if not chosen.labels:
        with pytest.raises(OptionError, match=f"families of classes only, not by {chosen.name}"):
            chosen.probabilities(eta)
        return
    probabilities = chosen.probabilities(eta)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-14)
    assert (probabilities > 0).all()
    uneven = predictors(chosen, SHARED + 0.05)
    np.testing.assert_array_equal(chosen.likeliest(uneven), chosen.probabilities(uneven).argmax(axis=1))
    expected = log_loss(y, probabilities, labels=np.arange(probabilities.shape[1]))
    assert chosen.loss(y, eta).mean() == pytest.approx(expected, rel=1e-12)


def test_outcomes_outside_the_support_are_refused(chosen):
    wrongs = (np.nan, np.inf) if not chosen.labels else (0.5, -1.0, getattr(chosen, "count", 2) / 1.0)
    for wrong in (*wrongs, *((-1.0,) if chosen.positive else ())):
        with pytest.raises(FitError, match=f"does not fit the {chosen.name} family, which needs"):
            check_outcome(chosen, np.array([*outcomes(chosen), wrong]))


def test_an_outcome_that_does_not_vary_is_refused(chosen):
    with pytest.raises(FitError, match="the outcome is 1 in all 3 training rows; there is nothing to fit"):
        check_outcome(chosen, np.ones(3))


def test_free_intercepts_come_back(chosen):
    start = chosen.start(outcomes(chosen), WEIGHT)
    np.testing.assert_allclose(chosen.bound(chosen.free(start)), start, rtol=1e-12)


def test_it_is_found_by_its_name(chosen):
    assert type(family(chosen.name, classes=getattr(chosen, "count", 2))) is type(chosen)


@pytest.mark.parametrize("scale", [1.0, 10.0])  # a predictor of a log link beyond ±30 is pulled back, not stuck
def test_on_tensors_loss_and_mean_are_the_same(chosen, scale):
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    rng = np.random.default_rng(1)
    y, values = outcomes(chosen, 40), predictors(chosen, scale * rng.normal(size=40))
    eta = torch.tensor(values).requires_grad_()
    loss = chosen.tensor_loss(torch.tensor(y), eta)
    loss.sum().backward()
    np.testing.assert_allclose(loss.detach().numpy(), chosen.loss(y, values), rtol=1e-12, atol=1e-13)
    # Torch's derivatives are differences of numbers near 1; the family's are exact where they are small.
    np.testing.assert_allclose(eta.grad.numpy(), chosen.gradient(y, values), rtol=1e-10, atol=1e-14)
    upstream, eta.grad = rng.normal(size=chosen.mean(values).shape), None
    mean = chosen.tensor_mean(eta)
    (mean * torch.tensor(upstream)).sum().backward()
    np.testing.assert_allclose(mean.detach().numpy(), chosen.mean(values), rtol=1e-13)
    np.testing.assert_allclose(eta.grad.numpy(), chosen.pull(values, upstream), rtol=1e-10, atol=1e-14)


def test_on_tensors_the_derivative_of_the_loss_is_its_slope(chosen):
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    y, eta = torch.tensor(outcomes(chosen)), torch.tensor(predictors(chosen)).requires_grad_()
    assert torch.autograd.gradcheck(lambda at: chosen.tensor_loss(y, at), (eta,))


def test_on_tensors_the_intercepts_are_the_same(chosen):
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    rng = np.random.default_rng(1)
    free = chosen.free(chosen.start(outcomes(chosen), WEIGHT))
    np.testing.assert_allclose(chosen.tensor_bound(torch.tensor(free)).numpy(), chosen.bound(free), rtol=1e-15)
    parameters, upstream = torch.tensor(free).requires_grad_(), rng.normal(size=free.shape)
    (chosen.tensor_bound(parameters) * torch.tensor(upstream)).sum().backward()
    np.testing.assert_allclose(parameters.grad.numpy(), chosen.pull_free(free, upstream), rtol=1e-13)


def test_a_perfect_prediction_has_the_best_score(chosen):
    y = outcomes(chosen)
    assert chosen.score(y, y) == 1
    if chosen.power is not None:
        predicted = y + 0.1
        assert chosen.score(y, predicted, WEIGHT) == pytest.approx(
            d2_tweedie_score(y, predicted, sample_weight=WEIGHT, power=chosen.power)
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


def test_other_outcomes_are_judged_by_the_constant_of_those_that_it_is_fitted_to():
    y, weight, new = np.array([1.0, 2.0, 6.0]), np.array([0.5, 0.25, 0.25]), np.array([0.0, 2.5, 4.0])
    np.testing.assert_allclose(constant_losses(family("gaussian"), y, weight, new), (new - 2.5) ** 2 / 2)
    expected = np.array([2.5, 0.0, 4 * np.log(4 / 2.5) - 1.5])
    np.testing.assert_allclose(constant_losses(family("poisson"), y, weight, new), expected, atol=1e-12)
    shares = constant_losses(family("ordinal", classes=3), np.array([0.0, 1.0, 2.0]), weight, np.array([2.0, 0.0]))
    np.testing.assert_allclose(shares, -np.log([0.25, 0.5]))
