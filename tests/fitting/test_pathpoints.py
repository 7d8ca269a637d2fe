"""Means over folds, their errors and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from fairaudit.fitting.pathpoints import constant_loss, judged, path_points

LOSS = np.array([[0.50, 0.52], [0.54, 0.55], [0.46, 0.49]])
DEPENDENCE = np.array([[4.0, 1.0], [5.0, 1.5], [6.0, 0.5]])
CONSTANT = np.array([0.7, 0.72, 0.68])


def folds(spread=(2.0, 1.0)):
    return [
        [
            {"loss": loss, "dependence": left, "constant": constant, "per spread": left / each, "divergence": None}
            for loss, left, each in zip(losses, lefts, spread, strict=True)
        ]
        for losses, lefts, constant in zip(LOSS, DEPENDENCE, CONSTANT, strict=True)
    ]


def error(values):
    return np.std(values, ddof=1) / np.sqrt(3)


def test_points_are_means_over_folds_with_students_intervals():
    plain, point = path_points([0.0, 2.0], folds(), 0.9)
    reach = student.ppf(0.95, 2)
    change = LOSS[:, 1] - LOSS[:, 0]
    expected = {
        "loss": LOSS[:, 1],
        "loss_change": 100 * change / LOSS[:, 0].mean(),
        "given_up": 100 * change / (CONSTANT.mean() - LOSS[:, 0].mean()),
        "dependence": DEPENDENCE[:, 1],
    }
    for name, values in expected.items():
        estimate = getattr(point, name)
        assert (estimate.mean, estimate.standard_error) == pytest.approx((values.mean(), error(values)))
        half = reach * error(values)
        assert estimate.interval == pytest.approx((values.mean() - half, values.mean() + half))
    assert (plain.reduction, plain.reduction_error, point.divergence.mean) == (0.0, 0.0, None)


def test_a_reduction_has_the_error_of_a_ratio_of_means():
    _, point = path_points([0.0, 2.0], folds(), 0.95)
    assert point.reduction == pytest.approx(100 * (1 - 3 / 15))
    assert point.reduction_error == pytest.approx(100 * error(DEPENDENCE[:, 1] - 0.2 * DEPENDENCE[:, 0]) / 5)
    half = student.ppf(0.975, 2) * point.reduction_error
    assert point.reduction_interval == pytest.approx((80 - half, 80 + half))
    assert point.decorrelation == pytest.approx(np.log(0.4))
    assert point.shrinkage == pytest.approx(np.log(0.5))


def test_a_rule_sees_how_far_each_strength_is_below_the_constant_and_how_sure_that_is():
    points = path_points([0.0, 2.0], folds(), 0.95)
    plain, point = judged(points, folds())
    assert constant_loss(folds()) == pytest.approx(0.7)
    assert point.gain_error == pytest.approx(error(CONSTANT - LOSS[:, 1]))
    assert point.rise_error == pytest.approx(error(LOSS[:, 1] - LOSS[:, 0]))
    assert (plain.rise_error, point.dependence_error) == pytest.approx((0.0, error(DEPENDENCE[:, 1])))
    assert point.reduction_error == points[1].reduction_error
