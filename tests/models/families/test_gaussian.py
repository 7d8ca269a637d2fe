"""Least squares."""

from __future__ import annotations

import numpy as np
from family_cases import SHARED

from fairaudit.models.families import family


def test_the_loss_is_half_the_squared_error_and_the_penalty_sees_the_predictor():
    y = np.array([-2.0, 0, 1.5, 40, 3])
    np.testing.assert_array_equal(family("gaussian").loss(y, SHARED), (y - SHARED) ** 2 / 2)
    np.testing.assert_array_equal(family("gaussian").mean(SHARED), SHARED)
