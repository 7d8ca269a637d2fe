"""What all results share: the base, sources, rows, protected attributes and the manifest."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Interval = tuple[float, float]
Cell = dict[str, str]
Count = Annotated[int, msgspec.Meta(ge=0)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Task = Literal["binary", "regression", "count", "ordinal", "multiclass"]
Subject = Literal["prediction", "decision", "outcome"]


class Result(msgspec.Struct, frozen=True):
    """Base of the result types: immutable, comparable by value."""


class DroppedGroup(Result, frozen=True, kw_only=True):
    """How many rows of one group were dropped."""

    attribute: str
    """Protected attribute."""
    level: str
    """Its value in the group."""
    read: Count
    """Rows of the group in the source."""
    dropped: Count
    """Rows of the group that were dropped."""


class Rows(Result, frozen=True, kw_only=True):
    """What became of the rows that were read."""

    read: Count
    """Rows in the source."""
    used: Count
    """Rows that the audit measures."""
    dropped: dict[str, int] = {}
    """Reason → number of rows dropped for it."""
    dropped_groups: list[DroppedGroup] = []
    """Each group of each protected attribute, where rows were dropped; numbers of many values are left out."""


class Source(Result, frozen=True, kw_only=True):
    """Where the data came from."""

    name: str
    """Path, pattern, `-`, name of an embedded dataset, or `data frame`."""
    sha256: str | None = None
    """SHA-256 of the bytes read (files of a pattern in sorted order); None for a data frame."""
    bytes: int | None = None
    """Bytes read; None for a data frame."""


class ProtectedAttribute(Result, frozen=True, kw_only=True):
    """One protected attribute as it was read."""

    name: str
    """Column name."""
    kind: Literal["categorical", "continuous", "set"]
    """`continuous` covers integers such as age: the order and distance of the values count. A `set` has several values
    in a cell, so that its groups overlap."""
    levels: list[str] | None = None
    """Categories, or values of a set, in sorted order; None for a continuous attribute."""
    range: Interval | None = None
    """Smallest and largest value; None for a categorical attribute."""
    bands: list[str]
    """The groups in which rates are read: the categories, intervals of a continuous attribute, or of a set those who
    have each value."""
    memberships: list[str] = []
    """Of a set: the attribute, as `by` names it, of having each value or not; none of a value that all people have."""
    encoding: str
    """How the distance between two values is measured for distance covariance."""
    cells: Count
    """Distinct values that distance covariance tells apart."""
    missing: Count = 0
    """Rows without a value, kept as a group of their own."""


class Prediction(Result, frozen=True, kw_only=True):
    """What is measured: the prediction, else the decision, else the outcome itself."""

    subject: Subject
    """Which of them."""
    column: str
    """Its column, or the name of the fitted model."""
    scale: str
    """`probability`, `score`, `rate per exposure`, `expected value`, `decision` or `outcome`."""
    distinct: Count
    """Distinct values."""
    exact: bool
    """False where values were rounded to a fixed grid to keep the score table small."""
    error_bound: float
    """Largest change of one value by rounding, relative to its size; 0 when exact."""
    decided: Probability | None = None
    """Chance that somebody decided yes has a higher prediction than somebody decided no; 0.5: decisions do not follow
    the prediction; below: they run against it. None without both."""
    decided_error: float | None = None
    """Its standard error; None where all rows are about one person, who shows none."""


class Manifest(Result, frozen=True, kw_only=True):
    """What is needed to repeat the audit."""

    fairaudit: str
    """Version."""
    python: str
    """Python version."""
    packages: dict[str, str]
    """Package → version."""
    arguments: dict[str, str | int | float | bool | list[str] | None]
    """Arguments of the audit."""
    seed: int
    """Seed of every random draw."""
