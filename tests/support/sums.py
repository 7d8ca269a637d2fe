"""Problems and definitions for the exact ways to a coupled sum."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from fairaudit.distance.line import continuous_distance_covariance
from fairaudit.distance.pairs import Encoded, Pairs

EPS = np.finfo(float).eps
KINDS = ["ccdcov", "jdcov", "interaction", "interaction:2"]


@st.composite
def problems(draw, ties=True, smallest=1):
    """Predictions, one attribute with ties and a one-hot one, and weights, some 0."""
    n = draw(st.integers(smallest, 30))
    if ties:
        prediction = np.array(draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n))) / 4
    else:
        prediction = np.array(draw(st.permutations(range(n)))) / 8
    place = np.array(draw(st.lists(st.integers(0, 16), min_size=n, max_size=n))) / 16
    level = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    weight = np.array(draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), min_size=n, max_size=n)))
    assume(weight.sum() > 0)
    return prediction, place, np.eye(3)[level], weight / weight.sum()


def double_loop(f, matrix, weight):
    value, slope = 0.0, np.zeros(len(f))
    for k in range(len(f)):
        for other in range(len(f)):
            pair = weight[k] * weight[other] * matrix[k, other]
            value += pair * abs(f[k] - f[other])
            slope[k] += 2 * pair * np.sign(f[k] - f[other])
    return value, slope


def centre(matrix, weight):
    mean = matrix @ weight
    return matrix - mean[:, None] - mean[None, :] + weight @ mean


def distances(places):
    return np.sqrt(np.sum((places[:, None, :] - places[None, :, :]) ** 2, axis=2))


def row_coupling(attributes, weight, kind, c=1.0):
    if kind == "ccdcov":
        return centre(distances(np.column_stack(attributes)), weight)
    u = [-centre(distances(places), weight) for places in attributes]
    product = np.zeros_like(u[0])
    for size in range(len(u) + 1):
        for chosen in combinations(u, size):
            counts = kind == "jdcov" or (size == 2 if kind == "interaction:2" else size >= 2)
            product += counts * c ** (len(u) - size) * np.prod([np.ones_like(u[0]), *chosen], axis=0)
    return -centre(product, weight)


def line(f, place, weight, rows=None):
    """The sum over a sorted line."""
    return continuous_distance_covariance(f, place[:, None], weight, rows)


def encoded(attributes, weight):
    return Encoded(attributes, [distances(places) @ weight for places in attributes])


def all_pairs(f, attributes, weight, kind, c=1.0):
    """The sum over all pairs of rows."""
    return Pairs(encoded(attributes, weight), weight, kind, c)(f)


def either(name, f, place, category, weight):
    """Each of the exact sums, on the same problem."""
    if name == "line":
        return line(f, place, weight)
    return all_pairs(f, [category, place[:, None]], weight, name)


every_sum = pytest.mark.parametrize("name", ["line", *KINDS])


def rounding(f, size=16.0):
    """Weights sum to 1 and no coupling here exceeds 16; a few hundred operations each lose half a unit."""
    return 500 * EPS * max(np.ptp(f), 1.0) * size
