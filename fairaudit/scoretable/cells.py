"""From protected columns to cells: levels of each attribute, their encoding, and the groups in which rates are read.

An attribute has *levels* (what distance covariance tells apart: each category, each age) and *bands* (the groups of
the tables: the categories themselves, or a few intervals of a number). A *cell* is one joint value of all attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints
from fairaudit.data.groupings import refuse_many_groupings
from fairaudit.data.roles import Protected
from fairaudit.errors import OptionError, RoleError, listing
from fairaudit.options import Scale
from fairaudit.scoretable.encoding import EXACT_LEVELS as EXACT_LEVELS
from fairaudit.scoretable.encoding import MISSING_LABEL as MISSING_LABEL
from fairaudit.scoretable.encoding import QUANTILE_LEVELS as QUANTILE_LEVELS
from fairaudit.scoretable.encoding import VALUE_BANDS as VALUE_BANDS
from fairaudit.scoretable.encoding import Attribute as Attribute
from fairaudit.scoretable.encoding import distances_between as distances_between
from fairaudit.scoretable.encoding import encoded
from fairaudit.scoretable.encoding import sum_by as sum_by

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable


MOST_CELLS = 3000
"""Joint cells up to which the couplings, K × K, are kept in memory."""


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
    columns = [encoded(spec, protected[spec.name], weight, scale) for spec in specs]
    return Cells(
        attributes=tuple(attribute for attribute, _, _ in columns),
        levels=np.column_stack([level for _, level, _ in columns]).astype(np.intp),
        places=tuple(place for _, _, place in columns),
    )


def table_cells(table: RoleTable, scale: Scale = "paper") -> Cells:
    """Encode the protected columns of a table of roles."""
    for name, column in table.protected.items():  # before each level gets a place of its own among all others
        if column.dtype == object and (levels := column.nunique()) > MOST_CELLS:
            raise _too_many(levels, f"{name}: {levels}")
    encoded = _counted(cells(table.protected, table.specs, _mass_of(table), scale), table)
    refuse_many_groupings([len(attribute.facets) for attribute in encoded.attributes])
    _refuse_same_names([facet.name for attribute in encoded.attributes for facet in attribute.facets])
    count = len(joint(encoded.levels)[0])
    if count > MOST_CELLS:
        sizes = (f"{attribute.name}: {len(attribute.coordinates)}" for attribute in encoded.attributes)
        raise _too_many(count, listing(sizes))
    return encoded


def _refuse_same_names(names: Sequence[str]) -> None:
    """Refuse a column that is called as having a value of a set is."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RoleError(f"{listing(twice)} is a protected attribute and a value of a set; call the column otherwise")


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
