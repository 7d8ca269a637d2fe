"""One protected column as an `Attribute`: its levels, the place of each in distances, and the bands of tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.data.roles import Protected
from fairaudit.data.sets import parts
from fairaudit.memory import ask
from fairaudit.options import Scale
from fairaudit.results import ProtectedAttribute
from fairaudit.results.memberships import membership
from fairaudit.scoretable.columns import Columns

if TYPE_CHECKING:
    import pandas as pd

MISSING_LABEL = "(missing)"
EXACT_LEVELS = 256
"""A number with at most so many distinct values keeps them all as levels."""
QUANTILE_LEVELS = 128
"""A number with more is cut into so many cells of equal mass, each represented by its mean."""
VALUE_BANDS = 8
"""A whole number with at most so many distinct values is read value by value, not in intervals."""
QUANTILE_BANDS = 4
"""Intervals of about equal size in which other numbers are read."""


@dataclass(frozen=True, eq=False)
class Attribute:
    """One protected attribute, encoded. K_j levels with p coordinates each."""

    name: str
    """Column name."""
    kind: Literal["categorical", "continuous", "set"]
    """Whether the levels are names, places on a line or combinations of several values."""
    coordinates: Floats
    """Encoding of each level, shape (K_j, p): 0/1 for two categories, one-hot for more, min–max for numbers, for sets
    a column of 0/1 for each of their values."""
    bands: tuple[str, ...]
    """Names of the groups in which rates are read; of a set those of its combinations, see `facets`."""
    band: Ints
    """Band of each level, shape (K_j,)."""
    range: tuple[float, float] | None
    """Smallest and largest value of a number."""
    encoding: str
    """The encoding in words."""
    missing: int
    """Rows without a value, which form the last level and band."""
    ends: tuple[tuple[str, str], ...] = ()
    """Least and largest value of each band of a number, in words; empty for categories."""
    values: tuple[str, ...] = ()
    """The values of a set, of which a level is a combination; empty for all else."""
    memberships: tuple[Attribute, ...] = ()
    """Of a set: for each value that some people have and others have not an attribute on the same levels, whose bands
    are those with and without it."""

    @property
    def facets(self) -> tuple[Attribute, ...]:
        """The attributes by which groups are formed: itself, or the memberships of a set."""
        return self.memberships if self.kind == "set" else (self,)

    def run(self, first: int, last: int) -> str:
        """Name of the neighbouring bands of a number from the first to the last."""
        start, stop = self.ends[first][0], self.ends[last][1]
        return start if start == stop else f"{start}–{stop}"

    def summary(self) -> ProtectedAttribute:
        """The attribute as it stands in a result."""
        names = {"categorical": self.bands, "set": self.values, "continuous": None}[self.kind]
        return ProtectedAttribute(
            name=self.name,
            kind=self.kind,
            levels=None if names is None else list(names),
            range=self.range,
            bands=[each.bands[0] for each in self.memberships] if self.memberships else list(self.bands),
            memberships=[each.name for each in self.memberships],
            encoding=self.encoding,
            cells=len(self.coordinates),
            missing=self.missing,
        )


def encoded(
    spec: Protected, column: pd.Series[Any], weight: Floats | None, scale: Scale
) -> tuple[Attribute, Ints, Floats | None]:
    """One column as its kind is encoded: the attribute, the level of each row, and its own place where levels are
    coarser; arguments as in `cells.cells`."""
    if spec.kind == "categorical":
        own = _categorical(spec.name, column.to_numpy())
    elif spec.kind == "set":
        own = _set(spec, column.to_numpy())
    else:
        return _scaled(_continuous(spec, column.to_numpy(np.float64), weight), scale, weight)
    return _scaled(own, scale, weight)


def sum_by(index: Ints, values: Floats, size: int = 0) -> Floats:
    """Sums of values by index, shape (max(size, largest index + 1),); 0 where an index does not occur."""
    return np.bincount(index, values, minlength=size).astype(np.float64, copy=False)


def distances_between(places: Floats) -> Floats:
    """Euclidean distance of each pair of places, shape (K, p) → (K, K), in O(K²) memory; O(K²) time for one-hot."""
    square = np.zeros((len(places), len(places)))
    for column in places.T:
        (filled,) = np.nonzero(column)  # two zeros are no distance apart
        apart = np.subtract.outer(column[filled], column) ** 2
        square[filled] += apart
        apart[:, filled] = 0.0
        square[:, filled] += apart.T
    distance: Floats = np.sqrt(square)
    return distance


def missing_label(names: Collection[str]) -> str:
    """What a group of missing values is called: not as one of these categories."""
    label = MISSING_LABEL if MISSING_LABEL not in names else "(missing value)"
    while label in names:
        label += "'"
    return label


def _scaled(
    encoded: tuple[Attribute, Ints, Floats | None], scale: Scale, weight: Floats | None
) -> tuple[Attribute, Ints, Floats | None]:
    """An attribute with its coordinates scaled; a constant column stays as it is."""
    attribute, level, place = encoded
    if scale == "paper":
        return encoded
    places = attribute.coordinates
    mass = sum_by(level, np.ones(len(level)) if weight is None else weight, len(places))
    mass = mass / mass.sum()
    if scale == "standardised":
        spread = np.sqrt(mass @ (places - mass @ places) ** 2)
        words = "each column divided by its standard deviation"
    else:
        between = distances_between(places)
        spread = np.full(places.shape[1], mass @ between @ mass)
        words = "divided by the mean distance of two rows"
    factor = np.divide(1.0, spread, out=np.ones_like(spread), where=spread > 0)
    moved = None if place is None else place * factor[0]
    scaled = replace(attribute, coordinates=places * factor, encoding=f"{attribute.encoding}; {words}")
    return scaled, level, moved


def _categorical(name: str, values: NDArray[np.object_]) -> tuple[Attribute, Ints, None]:
    levels = Columns({name: values}).levels([name])[name]
    # Values of several types may read the same, as 1 and "1" do; then they are one category.
    labels, name_of = np.unique(np.asarray([str(value) for value in levels.values], dtype=str), return_inverse=True)
    codes = np.append(name_of, len(labels)).astype(np.intp)[levels.index(values)]
    bands = [str(label) for label in labels]
    bands += [missing_label(bands)] if levels.missing else []
    two = len(bands) == 2
    ask(
        8 * len(bands) ** 2,
        f"the {len(bands):,} levels of '{name}'",
        "merge rare ones, or read numbers as numbers (NAME:continuous) or in bands (NAME:bins=25,45)",
    )
    attribute = Attribute(
        name=name,
        kind="categorical",
        coordinates=np.array([[0.0], [1.0]]) if two else np.eye(len(bands)),
        bands=tuple(bands),
        band=np.arange(len(bands), dtype=np.intp),
        range=None,
        encoding="two categories, 0/1 (distance 1)" if two else "one-hot, all categories (distance √2)",
        missing=levels.missing,
    )
    return attribute, codes, None


def _set(spec: Protected, values: NDArray[np.object_]) -> tuple[Attribute, Ints, None]:
    """Combinations of values: as levels of distances, which tell by how many values two of them differ, and as who has
    each value and who has not."""
    combined, codes, _ = _categorical(spec.name, values)
    combinations = combined.bands[: len(combined.bands) - bool(combined.missing)]
    held = [set(parts(band, spec.separator)) for band in combinations]
    named = sorted(set().union(*held))
    includes = np.array([[value in values_of for value in named] for values_of in held], dtype=np.float64)
    missing = np.arange(len(combined.bands)) >= len(combinations)
    # A row without a value has none of them, and is one unit away in a direction of its own.
    coordinates = includes
    if missing.any():
        coordinates = np.column_stack([np.pad(includes, ((0, 1), (0, 0))), missing.astype(np.float64)])
    label = combined.bands[-1] if missing.any() else ""
    memberships = tuple(
        _membership(spec.name, value, coordinates[:, place] > 0, missing, label, combined.missing)
        for place, value in enumerate(named)
        if includes[:, place].sum() < len(combinations) or missing.any()
    )
    attribute = replace(
        combined,
        kind="set",
        coordinates=coordinates,
        encoding=f"several values in a cell, a column of 0/1 for each of {len(named)} (distance: √ of the number that"
        " differ)",
        values=tuple(named),
        memberships=memberships,
    )
    return attribute, codes, None


def _membership(
    column: str, value: str, includes: Flags, missing: Flags, missing_label: str, rows_missing: int
) -> Attribute:
    """Who has a value of a set and who has not, as an attribute on the levels of the set.

    Args:
        column: the set.
        value: the value.
        includes: whether each level has it, shape (K,).
        missing: whether it stands for rows without any value.
        missing_label: what these are called.
        rows_missing: how many rows those are.
    """
    name = membership(column, value)
    bands = (name.includes, name.lacks, *([missing_label] if missing.any() else ()))
    return Attribute(
        name=name.attribute,
        kind="categorical",
        coordinates=includes.astype(np.float64)[:, None],
        bands=bands,
        band=np.where(missing, 2, np.where(includes, 0, 1)).astype(np.intp),
        range=None,
        encoding="",
        missing=rows_missing,
    )


def _continuous(spec: Protected, values: Floats, weight: Floats | None) -> tuple[Attribute, Ints, Floats | None]:
    missing = np.isnan(values)
    known = values[~missing]
    weight = np.ones(len(known)) if weight is None else weight[~missing]
    if weight.sum() <= 0:
        weight = np.ones(len(known))
    low, high = float(known.min()), float(known.max())
    columns = Columns({spec.name: known, _mass(spec): weight})
    level, centre, encoding, exact = _levels(spec, columns, known, weight)
    ends, band = _bands(spec, columns, known, centre)
    labels = [start if start == stop else f"{start}–{stop}" for start, stop in ends]
    span = (high - low) or 1.0
    places = (centre - low) / span
    codes = np.full(len(values), len(centre), dtype=np.intp)
    codes[~missing] = level
    own = None
    if not exact:
        own = np.full(len(values), (weight @ known / weight.sum() - low) / span)
        own[~missing] = (known - low) / span
    if missing.any():
        # A row without a value stands at the mean of the others, one unit away in a direction of its own.
        encoding += "; a missing value at the mean, 1 apart"
        places = np.append(places, (weight @ known / weight.sum() - low) / span)
        coordinates = np.column_stack([places, np.arange(len(places)) == len(centre)]).astype(np.float64)
        labels, band = [*labels, MISSING_LABEL], np.append(band, len(labels))
    else:
        coordinates = places[:, None]
    attribute = Attribute(
        name=spec.name,
        kind="continuous",
        coordinates=coordinates,
        bands=tuple(labels),
        band=band.astype(np.intp),
        range=(low, high),
        encoding=encoding,
        missing=int(missing.sum()),
        ends=tuple(ends),
    )
    return attribute, codes, own


def _mass(spec: Protected) -> str:
    """What the weight is called of the rows that have a value: as no attribute is called."""
    return f"weight of {spec.name}"


def _centres(level: Ints, known: Floats, weight: Floats) -> Floats:
    """Weighted mean of the values at each level; the plain mean where a level has no weight."""
    mass, plain = sum_by(level, weight), sum_by(level, known) / np.bincount(level)
    return np.divide(sum_by(level, weight * known), mass, out=plain, where=mass > 0)


def _levels(spec: Protected, columns: Columns, known: Floats, weight: Floats) -> tuple[Ints, Floats, str, bool]:
    """Level of each row, centre of each level, the encoding in words, and whether it is exact."""
    if spec.kind == "bins":
        present, level = np.unique(np.searchsorted(spec.edges, known, side="right"), return_inverse=True)
        centre = _centres(level, known, weight)
        return level, centre, f"{len(present)} bands, each at its mean, min–max scaled to [0, 1]", True
    levels = columns.levels([spec.name])[spec.name]
    if len(levels.values) <= EXACT_LEVELS:
        return levels.index(known), levels.values, "each value, min–max scaled to [0, 1]", True
    cuts = columns.quantiles(spec.name, QUANTILE_LEVELS, _mass(spec))
    _, level = np.unique(np.searchsorted(cuts, known, side="right"), return_inverse=True)
    centre = _centres(level, known, weight)
    return level, centre, f"{len(centre)} cells of equal size, each at its mean, min–max scaled to [0, 1]", False


def _bands(spec: Protected, columns: Columns, known: Floats, centre: Floats) -> tuple[list[tuple[str, str]], Ints]:
    """Where each band begins and ends, in words, and the band of each level."""
    whole = bool(np.all(known == np.floor(known)))
    low, high = float(known.min()), float(known.max())
    # Cuts are rounded to a hundredth of the range, so that a label says exactly where its band ends.
    decimals = 2 - int(np.floor(np.log10(high - low))) if high > low else 0
    if spec.kind == "bins":
        edges = np.asarray(spec.edges)
    elif whole and len(centre) <= VALUE_BANDS:
        return [(f"{value:.0f}",) * 2 for value in centre], np.arange(len(centre), dtype=np.intp)
    else:
        cuts = columns.quantiles(spec.name, QUANTILE_BANDS, _mass(spec))
        edges = np.unique(cuts if whole else np.round(cuts, decimals))
    # A level lies in the band of its centre: quantile levels are narrow, so few rows sit across an edge.
    present, band = np.unique(np.searchsorted(edges, centre, side="right"), return_inverse=True)
    ends = []
    for index in present:
        start = low if index == 0 else max(float(edges[index - 1]), low)
        last = index == len(edges) or edges[index] > high
        stop = high if last else float(edges[index])
        if whole:
            start, stop = np.ceil(start), stop if last else np.ceil(stop) - 1
        digits = 0 if whole else max(decimals, 0)
        ends.append((f"{start:.{digits}f}", f"{stop:.{digits}f}"))
    return ends, band
