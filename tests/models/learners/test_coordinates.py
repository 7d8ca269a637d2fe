"""Coordinates in which curvature is even, and rises are bounded one by one."""

from __future__ import annotations

import numpy as np
import pytest

from fairaudit.models.features.directions import Directions
from fairaudit.models.learners.coordinates import Coordinates

ROOT = np.random.default_rng(5).normal(size=(9, 7))
CURVATURE = ROOT.T @ ROOT
DIRECTIONS = Directions(np.array([1, 2, 4]), np.random.default_rng(6).normal(size=(3, 3)) + 3 * np.eye(3))


@pytest.mark.parametrize("directions", [None, DIRECTIONS], ids=["free", "directed"])
def test_a_point_leads_back_to_its_coefficients_and_slopes_follow(directions):
    even = Coordinates.of(CURVATURE, directions)
    coefficients, slope, move = np.random.default_rng(7).normal(size=(3, 7))
    point = even.point(coefficients)
    np.testing.assert_allclose(even.coefficients(point), coefficients, atol=1e-12)
    assert even.slope(slope) @ move == pytest.approx(slope @ (even.coefficients(point + move) - coefficients))


def test_without_directions_the_curvature_is_one_everywhere():
    even = Coordinates.of(CURVATURE, None)
    back = np.column_stack([even.coefficients(column) for column in np.eye(7)])
    np.testing.assert_allclose(back.T @ CURVATURE @ back, np.eye(7), atol=1e-10)
    assert even.bounds(2) is None


def test_with_directions_it_is_one_but_among_the_rises_themselves():
    even = Coordinates.of(CURVATURE, DIRECTIONS)
    back = np.column_stack([even.coefficients(column) for column in np.eye(7)])
    curvature = back.T @ CURVATURE @ back
    np.testing.assert_allclose(curvature[:, :4], np.eye(7)[:, :4], atol=1e-10)
    np.testing.assert_allclose(np.diagonal(curvature), 1, atol=1e-10)
    assert even.bounds(2) == [(None, None)] * 6 + [(0.0, None)] * 3


def test_a_rise_is_not_negative_where_its_coordinate_is_not():
    even = Coordinates.of(CURVATURE, DIRECTIONS)
    point = np.abs(np.random.default_rng(8).normal(size=7))
    point[5] = 0.0
    rises = np.linalg.solve(DIRECTIONS.basis, even.coefficients(point)[DIRECTIONS.columns])
    assert rises[1] == pytest.approx(0, abs=1e-12)
    assert rises[[0, 2]].min() > 0
