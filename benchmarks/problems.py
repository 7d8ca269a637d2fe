"""The problems that are timed: seeded data of any size, each under a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
DRAWS = 999
"""Shuffles of the permutation test."""


@dataclass(frozen=True, eq=False)
class Data:
    """Predictions and protected columns of n rows of equal weight."""

    prediction: Floats
    """f, shape (n,), no ties."""
    columns: dict[str, Floats | NDArray[np.object_]]
    """Protected columns as a user has them: numbers as float64, categories as text."""
    encode: Callable[[], Floats]
    """Makes the encoding whose Euclidean distances are taken, shape (n, p)."""


@dataclass(frozen=True)
class Problem:
    """Something to compute."""

    title: str
    measure: str
    """Kind of the measure, as in `fairaudit.stats.coupling`."""
    make: Callable[[int], Data]
    """Makes the data with so many rows."""
    sizes: tuple[int, ...]
    """Numbers of rows."""
    rivals: tuple[str, ...]
    """Modules of `rivals` that can do it; ours comes first."""


def attribute(rows: int) -> Data:
    """Age in whole years, 18 to 90."""
    random = np.random.default_rng([1, rows])
    age = random.integers(18, 91, rows).astype(np.float64)
    prediction = random.normal(size=rows) + age / 50
    return Data(prediction, {"age": age}, lambda: ((age - age.min()) / np.ptp(age))[:, None])


def cells(rows: int) -> Data:
    """Five regions by four age bands: K = 20 cells, in six columns when encoded."""
    random = np.random.default_rng([2, rows])
    region, band = random.integers(0, 5, rows), random.integers(0, 4, rows)
    prediction = random.normal(size=rows) + 0.3 * region + 0.5 * (region == band)
    names = np.array(["north", "east", "south", "west", "centre"], dtype=object)
    columns = {"region": names[region], "age": 20.0 + 20.0 * band}
    return Data(prediction, columns, lambda: np.column_stack([np.eye(5)[region], band / 3]))


PROBLEMS = {
    "attribute": Problem(
        "dCov² with one integer attribute of 73 values",
        "dcov:age",
        attribute,
        SIZES,
        ("fairaudit", "dcor_avl", "dcor_mergesort"),
    ),
    "cells": Problem(
        "CCdCov² with two attributes of 20 joint cells",
        "ccdcov",
        cells,
        SIZES,
        ("fairaudit", "dcor_naive", "torch_double_sum", "numpy_double_sum"),
    ),
    "permutation": Problem(
        f"{DRAWS} shuffles of a table with 20 joint cells: dCov² twice, CCdCov² and JdCov²",
        "ccdcov",
        cells,
        (100_000,),
        ("fairaudit_permutation",),
    ),
}
