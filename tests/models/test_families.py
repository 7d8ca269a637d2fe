"""Each family's loss, link and support fit together."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_poisson_deviance

from fairaudit.errors import FitError, OptionError
from fairaudit.models.families import FAMILIES, LARGEST_LOG, check_outcome, family

OUTCOMES = {
    "binomial": np.array([0.0, 1, 0, 1, 1]),
    "gaussian": np.array([-2.0, 0, 1.5, 40, 3]),
    "poisson": np.array([0.0, 1, 2, 0.5, 9]),
}
ETA = np.array([-2.5, -0.3, 0.0, 0.7, 2.0])


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


def test_the_slope_of_the_loss_is_mean_minus_outcome(name):
    chosen, y, h = family(name), OUTCOMES[name], 1e-5
    quotient = (chosen.loss(y, ETA + h) - chosen.loss(y, ETA - h)) / (2 * h)
    # A central difference is off by h² and by rounding of the loss over h.
    np.testing.assert_allclose(quotient, chosen.mean(ETA) - y, atol=1e-8)


def test_the_slope_of_the_mean_is_the_declared_one(name):
    chosen, h = family(name), 1e-5
    quotient = (chosen.mean(ETA + h) - chosen.mean(ETA - h)) / (2 * h)
    np.testing.assert_allclose(quotient, chosen.slope(chosen.mean(ETA)), atol=1e-8)


def test_the_start_is_the_inverse_of_the_mean(name):
    chosen = family(name)
    for eta in ETA:
        assert chosen.start(float(chosen.mean(eta))) == pytest.approx(eta, abs=1e-12)


def test_losses_are_half_the_deviance_up_to_a_constant_of_the_outcome():
    y, eta = OUTCOMES["binomial"], ETA
    assert family("binomial").loss(y, eta).mean() == pytest.approx(log_loss(y, 1 / (1 + np.exp(-eta))), rel=1e-12)
    y = OUTCOMES["poisson"]
    chosen = family("poisson")
    differences = [chosen.loss(y, other).mean() - mean_poisson_deviance(y, np.exp(other)) / 2 for other in (eta, -eta)]
    assert differences[0] == pytest.approx(differences[1], abs=1e-12)


def test_a_wild_step_of_a_log_link_stays_finite():
    chosen = family("poisson")
    assert np.isfinite(chosen.loss(np.array([1.0]), np.array([1e6]))).all()
    assert chosen.mean(np.array([1e6]))[0] == np.exp(LARGEST_LOG)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("binomial", 2.0), ("binomial", 0.5), ("poisson", -1.0), ("gaussian", np.inf), ("gaussian", np.nan),
     ("poisson", np.nan)],
)  # fmt: skip
def test_outcomes_outside_the_support_are_refused(name, wrong):
    with pytest.raises(FitError, match=f"does not fit the {name} family, which needs"):
        check_outcome(family(name), np.array([0.0, 1.0, wrong]))


def test_an_infinite_count_is_refused():
    with pytest.raises(FitError, match="does not fit the poisson family"):
        check_outcome(family("poisson"), np.array([0.0, 1.0, np.inf]))


def test_an_outcome_that_does_not_vary_is_refused(name):
    with pytest.raises(FitError, match="the outcome is 1 in all 3 training rows; there is nothing to fit"):
        check_outcome(family(name), np.ones(3))


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(OptionError, match="family 'tweedie' is unknown; choose one of binomial, gaussian, poisson"):
        family("tweedie")
