"""From protected columns to cells: levels of each attribute, their encoding, and the groups in which rates are read.

An attribute has *levels* (what distance covariance tells apart: each category, each age) and *bands* (the groups of
the tables: the categories themselves, or a few intervals of a number). A *cell* is one joint value of all attributes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.data.roles import Protected
from fairaudit.data.sets import parts
from fairaudit.errors import OptionError, RoleError, listing
from fairaudit.memory import ask
from fairaudit.options import Scale
from fairaudit.results import ProtectedAttribute
from fairaudit.results.memberships import membership
from fairaudit.scoretable.columns import Columns

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable


MISSING_LABEL = "(missing)"
EXACT_LEVELS = 256
"""A number with at most so many distinct values keeps them all as levels."""
QUANTILE_LEVELS = 128
"""A number with more is cut into so many cells of equal mass, each represented by its mean."""
VALUE_BANDS = 8
"""A whole number with at most so many distinct values is read value by value, not in intervals."""
MOST_CELLS = 3000
"""Joint cells up to which the couplings, K × K, are kept in memory."""
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


@dataclass(frozen=True, eq=False)
class Cells:
    """The protected attributes of n rows."""

    attributes: tuple[Attribute, ...]
    """The attributes, in the order of the report."""
    levels: Ints
    """Level of each row in each attribute, shape (n, d)."""
    places: tuple[Floats | None, ...]
    """For each attribute the encoded value of each row itself, shape (n,), where its levels are quantile cells; None
    where the encoding by levels is exact."""

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Cells:
        """The same attributes for some of the rows."""
        places = tuple(None if place is None else place[rows] for place in self.places)
        return Cells(self.attributes, self.levels[rows], places)

    def only(self, name: str) -> Cells:
        """One attribute alone."""
        names = [attribute.name for attribute in self.attributes]
        if name not in names:
            raise OptionError(f"'{name}' is not a protected attribute; they are: {', '.join(names)}")
        chosen = slice(names.index(name), names.index(name) + 1)
        return Cells(self.attributes[chosen], self.levels[:, chosen], self.places[chosen])

    def at_levels(self) -> Cells:
        """The same attributes with each row at the level that stands for it."""
        return Cells(self.attributes, self.levels, (None,) * len(self.attributes))

    @property
    def displacement(self) -> Floats:
        """How far each row lies from the levels that stand for it, in encoded units, shape (n,); 0 where exact."""
        squares = np.zeros(len(self.levels))
        for attribute, level, place in zip(self.attributes, self.levels.T, self.places, strict=True):
            if place is not None:
                squares += (place - attribute.coordinates[level, 0]) ** 2
        return np.sqrt(squares)

    @property
    def exact(self) -> bool:
        """Whether each level stands for rows of one value; not so where a number was cut into quantile cells."""
        return all(place is None for place in self.places)

    def coordinates(self, position: int) -> Floats:
        """The encoding of each row in one attribute, shape (n, p): of the row itself, also where cells are coarser."""
        encoded = self.attributes[position].coordinates[self.levels[:, position]]
        place = self.places[position]
        if place is not None:
            encoded[:, 0] = place
        return encoded

    def spread(self, weight: Floats) -> float:
        """Weighted mean of the squared distances of the rows to their mean place, Σ ω ‖x − x̄‖².

        Summed by levels, where these are exact: encodings of all rows would take as many columns as there are levels.

        Args:
            weight: ω, shape (n,), sums to 1.
        """
        total = 0.0
        for position, attribute in enumerate(self.attributes):
            if self.places[position] is None:
                places, mass = attribute.coordinates, sum_by(self.levels[:, position], weight, len(attribute.band))
            else:
                places, mass = self.coordinates(position), weight
            total += spread_of(places, mass)
        return total


def cells(
    protected: dict[str, pd.Series[Any]],
    specs: Sequence[Protected],
    weight: Floats | None = None,
    scale: Scale = "paper",
) -> Cells:
    """Encode protected columns.

    Args:
        protected: column of each attribute, numbers as float64, categories as text, missing values as NaN or None.
        specs: how to read each, kinds resolved (not ``auto``).
        weight: row weights for means and quantiles of numbers, shape (n,); None: all equal.
        scale: ``paper``: encodings as they are; ``standardised``: every column by its standard deviation; ``equal``:
            every attribute by the mean distance of two rows, so that all weigh the same in CCdCov².

    Returns:
        Levels, encodings and bands. The result depends neither on the names of categories nor on the order of rows,
        except through the order in which levels are numbered.
    """
    encoded = [_scaled(_encoded(spec, protected[spec.name], weight), scale, weight) for spec in specs]
    return Cells(
        attributes=tuple(attribute for attribute, _, _ in encoded),
        levels=np.column_stack([level for _, level, _ in encoded]).astype(np.intp),
        places=tuple(place for _, _, place in encoded),
    )


def _encoded(spec: Protected, column: pd.Series[Any], weight: Floats | None) -> tuple[Attribute, Ints, Floats | None]:
    """One column as its kind is encoded."""
    if spec.kind == "categorical":
        return _categorical(spec.name, column.to_numpy())
    if spec.kind == "set":
        return _set(spec, column.to_numpy())
    return _continuous(spec, column.to_numpy(np.float64), weight)


def table_cells(table: RoleTable, scale: Scale = "paper") -> Cells:
    """Encode the protected columns of a table of roles."""
    for name, column in table.protected.items():  # before each level gets a place of its own among all others
        if column.dtype == object and (levels := column.nunique()) > MOST_CELLS:
            raise _too_many(levels, f"{name}: {levels}")
    encoded = _counted(cells(table.protected, table.specs, _mass_of(table), scale), table)
    count = len(joint(encoded.levels)[0])
    if count > MOST_CELLS:
        sizes = (f"{attribute.name}: {len(attribute.coordinates)}" for attribute in encoded.attributes)
        raise _too_many(count, listing(sizes))
    return encoded


def _too_many(count: int, sizes: str) -> RoleError:
    return RoleError(
        f"the protected attributes form {count:,} cells ({sizes} values); at most {MOST_CELLS:,} are measured:"
        " cut numbers into bands (NAME:bins=25,45), merge rare categories, or audit fewer attributes at once"
    )


def searched_cells(table: RoleTable) -> Cells:
    """Encode the protected columns of a table of roles and those that only a search combines, however many cells they
    form together."""
    columns, specs = table.protected | table.searched, (*table.specs, *table.searched_specs)
    return _counted(cells(columns, specs, _mass_of(table)), table).at_levels()


def _mass_of(table: RoleTable) -> Floats | None:
    """Weight times time at risk of each row; None where there is neither."""
    parts = [part for part in (table.row_mass, table.exposure) if part is not None]
    return None if not parts else parts[0] if len(parts) == 1 else parts[0] * parts[1]


def _counted(encoded: Cells, table: RoleTable) -> Cells:
    """Encoded attributes whose missing values are counted in people."""
    if table.count is None:
        return encoded
    missing = {name: values.isna().to_numpy() for name, values in (table.protected | table.searched).items()}
    attributes = (
        replace(attribute, missing=int(table.count[missing[attribute.name]].sum())) for attribute in encoded.attributes
    )
    return replace(encoded, attributes=tuple(attributes))


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


def spread_of(places: Floats, weight: Floats) -> float:
    """Weighted mean of the squared distances of places, shape (n, p), to their mean: Σ ω ‖x − x̄‖², Σ ω = 1."""
    return float(weight @ np.sum((places - weight @ places) ** 2, axis=1))


def joint(levels: Ints) -> tuple[Ints, Ints]:
    """The distinct joint levels, shape (K, d) in lexicographic order, and each row's index among them, shape (n,)."""
    cell = np.zeros(len(levels), dtype=np.intp)
    for level in levels.T:  # numbered anew after each attribute, so that no product of their sizes overflows
        cell = _renumbered(cell * (level.max(initial=0) + 1) + level)
    first = np.empty(cell.max(initial=-1) + 1, dtype=np.intp)
    first[cell[::-1]] = np.arange(len(cell))[::-1]  # the last to be written, a cell's first row, stays
    return levels[first], cell


def _renumbered(codes: Ints) -> Ints:
    """Non-negative codes as positions among the distinct ones in increasing order."""
    most = int(codes.max(initial=0)) + 1
    if most > max(len(codes), EXACT_LEVELS**2):
        return np.unique(codes, return_inverse=True)[1].astype(np.intp)
    present = np.bincount(codes, minlength=most) > 0  # counting beats sorting while the codes are dense
    numbers: Ints = (np.cumsum(present) - 1)[codes]
    return numbers


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
        if 0 < includes[:, place].sum() < len(combinations)
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
