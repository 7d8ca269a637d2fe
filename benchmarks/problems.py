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
    """Kind of the measure, as in `fairaudit.distance.coupling`."""
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


def continuous(rows: int) -> Data:
    """A number without ties."""
    random = np.random.default_rng([3, rows])
    place = random.random(rows)
    prediction = random.normal(size=rows) + np.sin(6 * place)
    return Data(prediction, {"place": place}, lambda: ((place - place.min()) / np.ptp(place))[:, None])


def mixed(rows: int) -> Data:
    """Five regions and a number without ties."""
    random = np.random.default_rng([4, rows])
    place, region = random.random(rows), random.integers(0, 5, rows)
    prediction = random.normal(size=rows) + place * (region == 2)
    names = np.array(["north", "east", "south", "west", "centre"], dtype=object)
    scaled = (place - place.min()) / np.ptp(place)
    return Data(
        prediction, {"region": names[region], "place": place}, lambda: np.column_stack([np.eye(5)[region], scaled])
    )


def towns(rows: int) -> Data:
    """400 towns by six classes: K = 2,400 cells."""
    random = np.random.default_rng([5, rows])
    town, kind = random.integers(0, 400, rows), random.integers(0, 6, rows)
    prediction = random.normal(size=rows) + 0.3 * kind + 0.1 * (town % 7)
    labels = np.array([f"t{number}" for number in range(400)], dtype=object)
    return Data(
        prediction,
        {"town": labels[town], "class": labels[kind]},
        lambda: np.column_stack([np.eye(400)[town], np.eye(6)[kind]]),
    )


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
    "continuous": Problem(
        "dCov² with one continuous attribute without ties",
        "dcov:place",
        continuous,
        SIZES[:7],
        ("fairaudit", "dcor_avl", "dcor_mergesort"),
    ),
    "mixed": Problem(
        "CCdCov² with five regions and a continuous attribute, from all pairs of rows",
        "ccdcov",
        mixed,
        (1_000, 10_000, 50_000),
        ("fairaudit", "dcor_naive", "torch_double_sum"),
    ),
    "towns": Problem(
        "CCdCov² with 2,400 cells of categories",
        "ccdcov",
        towns,
        (10_000, 1_000_000),
        ("fairaudit", "dcor_naive"),
    ),
    "towns_joint": Problem(
        "JdCov² with 2,400 cells of categories",
        "jdcov",
        towns,
        (10_000, 1_000_000),
        ("fairaudit",),
    ),
    "permutation": Problem(
        f"{DRAWS} shuffles of a table with 20 joint cells: dCov² twice, CCdCov² and JdCov²",
        "ccdcov",
        cells,
        (100_000,),
        ("fairaudit_permutation",),
    ),
}
