"""A small grid for what is measured, and the score table summed on it: what resampling works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.scoretable.cells import Attribute, joint, sum_by
from fairaudit.scoretable.contingency import contingency_tables
from fairaudit.scoretable.table import ScoreTable

MOST_DISTINCT = 64
"""Distinct values up to which the grid is exact."""
POINTS = 32
"""Points of equal mass into which more distinct values are put."""
BINS = 10
"""Bins of equal mass of calibration curves."""
FEW_SUMS = 64
"""Number of sums up to which `total` is a matrix product."""
MANY_LINES = 2**20
"""Entries of that matrix beyond which it takes longer to make than to count the lines."""
ROWS_WORTH = 12
"""Rows for each entry of a table beyond which a count is drawn sooner than its rows are shuffled."""
Moved = Literal["value", "cell"]
"""What moves when rows are shuffled."""
CHUNK = 4_000_000
"""Numbers in one block of resampled tables (32 MB)."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Distinct values, or groups of neighbouring values of equal mass."""

    values: Floats
    """Value of each point (mean of those in it), increasing, shape (M,)."""
    index: Ints
    """Point of each line, shape (L,)."""
    bin: Ints
    """Bin of each line: one of `BINS` of neighbouring values of equal mass, each value its own where they are no more,
    shape (L,)."""
    exact: bool
    """Whether each point is one value."""
    vectors: Floats | None = None
    """Of classes: what is measured at each point, a number for each class, shape (M, K), and `values` the codes of the
    classes that are told, not decreasing; else None."""

    @property
    def columns(self) -> Floats:
        """What is measured at each point, shape (M, C): one number, or one for each class."""
        return self.values[:, None] if self.vectors is None else self.vectors


def grid(value: Floats, weight: Floats, points: int = POINTS) -> Grid:
    """The grid of some values.

    Args:
        value: shape (L,).
        weight: shape (L,), sums to 1.
        points: number of points where there are too many distinct values.

    Returns:
        All distinct values where they are at most `MOST_DISTINCT` or `points`, else about `points` neighbourhoods of
        equal mass; fewer where single values are heavier than that. Scale-free: a monotone change of the values
        moves no line.
    """
    distinct, index = np.unique(value, return_inverse=True)
    index = index.astype(np.intp)
    mass = sum_by(index, weight)
    bin = index if len(distinct) <= BINS else classes(mass, BINS)[index]
    if len(distinct) <= max(points, MOST_DISTINCT):
        return Grid(distinct, index, bin, exact=True)
    of_value = classes(mass, points)
    total = sum_by(of_value, mass)
    plain = sum_by(of_value, distinct) / np.bincount(of_value)  # for points without any mass
    mean = np.divide(sum_by(of_value, mass * distinct), total, out=plain, where=total > 0)
    return Grid(mean, of_value[index], bin, exact=False)


def classes(mass: Floats, count: int) -> Ints:
    """Class of each of some ordered values among so many of equal mass, from 0, shape (V,): that in which the middle
    of its own mass lies, without those that hold no value.

    Args:
        mass: mass of each value, sums to 1.
        count: number of classes.
    """
    middle = (np.cumsum(mass) - mass / 2) * count
    return np.unique(np.floor(np.clip(middle, 0, count - 1e-9)), return_inverse=True)[1].astype(np.intp)


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups formed by some attributes."""

    by: tuple[str, ...]
    """The attributes."""
    labels: tuple[tuple[str, ...], ...]
    """Band of each attribute, for each of G groups that occur."""
    index: Ints
    """Group of each line, shape (L,)."""

    @cached_property
    def members(self) -> list[Ints]:
        """The lines of each group, in their order."""
        return members(self.index, len(self))

    def cell(self, group: int) -> dict[str, str]:
        """Attribute → band of one group."""
        return dict(zip(self.by, self.labels[group], strict=True))

    def __len__(self) -> int:
        """Number of groups."""
        return len(self.labels)


def groups(attributes: Sequence[Attribute], levels: Ints, chosen: tuple[int, ...]) -> Groups:
    """The groups that occur for some of the attributes, in the order of their bands.

    Args:
        attributes: the protected attributes.
        levels: level of each row or line in each attribute, shape (L, d).
        chosen: positions of the attributes that form the groups.
    """
    forming = [attributes[position] for position in chosen]
    bands = np.column_stack(
        [attribute.band[levels[:, position]] for attribute, position in zip(forming, chosen, strict=True)]
    )
    present, index = joint(bands)
    labels = tuple(
        tuple(attribute.bands[band] for attribute, band in zip(forming, row, strict=True)) for row in present
    )
    return Groups(tuple(attribute.name for attribute in forming), labels, index)


def members(index: Ints, size: int) -> list[Ints]:
    """The places at which each index stands, in their order."""
    ends = np.cumsum(np.bincount(index, minlength=size))[:-1]
    return [places.astype(np.intp) for places in np.split(np.argsort(index, kind="stable"), ends)]


def total(values: Floats, index: Ints, size: int) -> Floats:
    """Sums of the last axis by index: shape (..., L) → (..., size); 0 where an index does not occur."""
    if values.ndim == 1 and len(index) * size > MANY_LINES:
        return sum_by(index, values, size)
    if size <= FEW_SUMS:  # a product with 0/1 columns beats gathering by so much
        product: Floats = values @ (index[:, None] == np.arange(size)).astype(np.float64)
        return product
    if np.array_equal(index, np.arange(size)):
        return values
    # One count a row is six times as fast as gathering the rows in the order of their index and adding neighbours.
    rows = values.reshape(-1, values.shape[-1])
    result = np.array([np.bincount(index, row, size) for row in rows])
    return result.reshape(*values.shape[:-1], size)


def in_chunks(replicates: Mapping[str, Floats], width: int) -> Iterator[dict[str, Floats]]:
    """Replicated sums, shape (R, S) each, cut so that tables of `width` numbers a replicate stay within `CHUNK`."""
    size = max(1, CHUNK // width)
    count = len(next(iter(replicates.values()))) if replicates else 0
    for start in range(0, count, size):
        yield {name: values[start : start + size] for name, values in replicates.items()}


def shuffled_tables(
    table: ScoreTable,
    point: Ints,
    cell: Ints,
    shape: tuple[int, int],
    draws: int,
    rng: np.random.Generator,
    moved: Moved = "value",
    like: Ints | None = None,
) -> Iterator[Floats]:
    """Tables of mass by (grid point, cell) with the values shuffled over the rows, in chunks.

    Under independence these are draws from the same law as the observed table, given its margins: every p-value made
    from them is exact for equal weights. Of unequal ones either the value of a row moves, and its mass stays with its
    cell, so that cells keep their masses; or its cell moves, and its value and mass stay together, which is right also
    where heavy rows have other values than light ones.

    Args:
        table: the score table.
        point: grid point of each line, shape (L,).
        cell: cell of each line, shape (L,).
        shape: number of grid points and of cells (M, K).
        draws: number of tables in all.
        rng: source of the permutations.
        moved: what of a row of unequal mass moves.
        like: class of each line within which rows are shuffled, shape (L,); None: among all rows.

    Yields:
        Arrays of shape (chunk, M, K), each table summing to 1.

    Where rows of equal weight are many, the counts are drawn without them: O(MK) a table, whatever n. Rows that are in
    clusters move together; see `shuffled_clusters`.
    """
    size = shape[0] * shape[1]
    chunk = max(1, CHUNK // size)
    if table.cluster is not None:
        yield from _tables_of_shuffled_clusters(table, point, cell, shape, draws, rng, like)
        return
    n = int(table.rows.sum())
    counted = table.equal_weights and n > ROWS_WORTH * size and like is None
    shuffled = None if counted else _shuffled_rows(table, point, cell, size // shape[0], rng, moved, like)
    for start in range(0, draws, chunk):
        count = min(chunk, draws - start)
        if shuffled is None:
            margins = sum_by(point, table.rows, shape[0]), sum_by(cell, table.rows, shape[1])
            yield contingency_tables(*margins, count, rng) / n
            continue
        block = np.empty((count, size))
        for draw in block:
            draw[:] = np.bincount(*shuffled(), minlength=size)
        yield (block / n if table.equal_weights else block).reshape(-1, *shape)


def _shuffled_rows(
    table: ScoreTable,
    point: Ints,
    cell: Ints,
    cells: int,
    rng: np.random.Generator,
    moved: Moved,
    like: Ints | None,
) -> Callable[[], tuple[Ints, Floats | None]]:
    """A function that puts the grid points, or the cells, of the rows in a new order: entry of the table, and mass, of
    each row."""
    lines = np.repeat(np.arange(len(table)), table.rows.astype(np.intp))
    points, own = point[lines] * cells, cell[lines]
    share = table.mass / table.mass.sum() / table.rows
    mass = None if table.equal_weights else share[lines]
    moving, staying = (points, own) if moved == "value" else (own, points)
    if like is None:
        return lambda: (rng.permutation(moving) + staying, mass)
    group = like[lines]
    place = np.argsort(group, kind="stable")

    def within() -> tuple[Ints, Floats | None]:
        shuffled = np.empty_like(moving)
        shuffled[place] = moving[np.lexsort((rng.random(len(group)), group))]
        return shuffled + staying, mass

    return within


def _tables_of_shuffled_clusters(
    table: ScoreTable,
    point: Ints,
    cell: Ints,
    shape: tuple[int, int],
    draws: int,
    rng: np.random.Generator,
    like: Ints | None,
) -> Iterator[Floats]:
    """Tables of mass with the cells of whole clusters shuffled, in chunks."""
    assert table.cluster is not None
    size = shape[0] * shape[1]
    chunk = max(1, CHUNK // size)
    line, shuffled = shuffled_clusters(table.cluster, table.rows, cell, rng, like)
    share = (table.weight / table.rows)[line] if len(line) > len(table) else table.weight[line]
    place = point[line] * shape[1]
    for start in range(0, draws, chunk):
        block = np.empty((min(chunk, draws - start), size))
        for draw in block:
            draw[:] = np.bincount(place + shuffled(), share, minlength=size)
        yield block.reshape(-1, *shape)


def shuffled_clusters(
    cluster: Ints, rows: Floats, cell: Ints, rng: np.random.Generator, like: Ints | None = None
) -> tuple[Ints, Callable[[], Ints]]:
    """Lines, and a function that gives each of them the cell of another cluster's rows.

    Where every cluster lies in one cell, the clusters exchange their cells: people are exchangeable over the groups,
    with all that is known of them. Where some lie in several (a person grows older), a cluster takes over the cells of
    another one with as many rows, one row after the other in the order of the cells, those of one cell in a random
    order: the null is then that what is measured of a person does not depend on which groups he was in, given how many
    rows he has.

    Args:
        cluster: code of the cluster of each line, shape (L,).
        rows: rows of each line, whole, shape (L,).
        cell: cell of each line, shape (L,).
        rng: source of the permutations.
        like: class of each line; clusters are exchanged among those of one class (that of their first line).

    Returns:
        Positions of the lines, each once where clusters lie in one cell, else each as often as it has rows; and a
        function that draws their cells.
    """
    _, first, code = np.unique(cluster, return_index=True, return_inverse=True)
    own = cell[first]
    kind = np.zeros(len(first), dtype=np.intp) if like is None else like[first]
    if (own[code] == cell).all():
        classes = [np.flatnonzero(kind == one) for one in np.unique(kind)]

        def exchanged() -> Ints:
            new = own.copy()
            for members in classes:
                new[members] = own[rng.permutation(members)]
            moved: Ints = new[code]
            return moved

        return np.arange(len(cell), dtype=np.intp), exchanged
    line = np.repeat(np.arange(len(cell), dtype=np.intp), rows.astype(np.intp))
    # Rows of a person in one cell are put in a random order: lines are sorted by their values.
    line = line[np.lexsort((rng.random(len(line)), cell[line], code[line]))]
    size = np.bincount(code[line])
    start = np.cumsum(size) - size
    blocks = []  # of the clusters that may be exchanged: the places of their rows, shape (clusters, rows)
    for many, one in np.unique(np.column_stack([size, kind]), axis=0):
        members = np.flatnonzero((size == many) & (kind == one))
        blocks.append(start[members][:, None] + np.arange(many))
    of_row = cell[line]

    def taken_over() -> Ints:
        new = of_row.copy()
        for places in blocks:
            new[places] = of_row[rng.permutation(places)]
        return new

    return line, taken_over
