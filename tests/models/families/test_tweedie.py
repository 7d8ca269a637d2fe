"""Amounts: half the deviances of scikit-learn, limits of the power, and steps far outside of any rate."""

from __future__ import annotations

import numpy as np
import pytest
from family_cases import SHARED
from sklearn.metrics import mean_tweedie_deviance

from fairaudit.errors import FitError, OptionError
from fairaudit.models.families import family
from fairaudit.models.family import LARGEST_LOG, check_outcome

AMOUNTS = np.array([0.1, 1, 2, 0.5, 9])


@pytest.mark.parametrize("power", [1.0, 1.3, 2.0, 3.0])
def test_the_loss_is_half_the_deviance_up_to_a_constant_of_the_outcome(power):
    chosen = family(f"tweedie:{power}")
    for eta in (SHARED, -SHARED, 0 * SHARED):
        half = mean_tweedie_deviance(AMOUNTS, chosen.mean(eta), power=power) / 2
        assert (chosen.loss(AMOUNTS, eta) - chosen.least(AMOUNTS)).mean() == pytest.approx(half, rel=1e-12)


def test_the_number_after_the_name_is_the_power_and_comes_before_the_option():
    assert family("tweedie", 1.7).power == 1.7
    assert family("tweedie:1.3", 1.7).power == 1.3


def test_a_power_out_of_range_is_refused():
    for power in (0.5, 3.5, float("nan")):
        with pytest.raises(OptionError, match=f"power is {power:g}; it must lie between 1"):
            family("tweedie", power)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0, 3.0])
def test_a_wild_step_of_a_log_link_stays_finite(power):
    chosen = family("tweedie", power)
    for eta in (1e6, -1e6):
        assert np.isfinite(chosen.loss(np.array([1.0]), np.array([eta]))).all()
        assert np.isfinite(chosen.gradient(np.array([1.0]), np.array([eta]))).all()
    assert chosen.mean(np.array([1e6]))[0] == np.exp(LARGEST_LOG)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_tweedie_is_continuous_at_its_special_powers(power):
    y, special = AMOUNTS, family("tweedie", power)
    near = family("tweedie", power + (1e-7 if power < 2 else -1e-7))
    np.testing.assert_allclose(near.gradient(y, SHARED), special.gradient(y, SHARED), rtol=1e-5)
    change = [chosen.loss(y, SHARED) - chosen.loss(y, 0 * SHARED) for chosen in (near, special)]
    np.testing.assert_allclose(change[0], change[1], rtol=1e-5, atol=1e-6)


def test_from_the_gamma_on_nothing_is_refused():
    for chosen in (family("gamma"), family("tweedie", 2.5)):
        with pytest.raises(FitError, match="finite numbers above 0"):
            check_outcome(chosen, np.array([0.0, 1.0]))
    check_outcome(family("tweedie", 1.9), np.array([0.0, 1.0]))
