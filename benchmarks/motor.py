"""The papers' motor insurance data: preparation, split and metrics as published.

The table is `pg15training` of the R package CASdatasets (GPL ≥ 2), which is not part of this repository. It holds
100,021 policies of French motor third-party liability, 2009–2010. Export it there with

    write.csv(pg15training, gzfile("pg15training.csv.gz"), row.names = FALSE)

The published figures are those of Lee, Antonio, Avanzi, Marchi & Zhou (2025), Machine Learning with Multitype Protected
Attributes: validation split, mean of ten seeds.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.distance.coupling import Coupling, blocks, unbiased_coupling
from fairaudit.measures.divergence import KDE_POINTS, Density, Kernel, jensen_shannon
from fairaudit.measures.losses import poisson_deviance, ranked_probability_score

Floats = NDArray[np.float64]

DATA = Path(__file__).parents[1] / ".." / "shared" / "data" / "pg15training.csv.gz"
DUPLICATES = 21
"""Rows at the top that stand in the table again."""
NUMBERS = ["Age", "Bonus", "Poldur", "Value", "Density"]
CATEGORIES = ["Type", "Occupation", "Group1", "Category"]
PROTECTED = ["Group2", "Gender"]
"""Region and gender; not among the features."""
SIZES = {"fit": 56_495, "validation": 23_521, "test": 19_984}
SEED = 1220
BANDWIDTH = 0.15
CENTRES = 2000
"""Kernels of the density stand on a grid this fine, each prediction shared between its two neighbours."""
SHUFFLES = 20
METRICS = ("ccdcov", "jdcov", "jdcov_net", "uf", "jsd")
"""Of dependence; each has a floor."""

COLUMNS = ("strength", "rps", "ccdcov", "jdcov", "jsd", "uf")
PUBLISHED = {
    "ccdcov": (
        (0, 0.119191873, 0.000913796, 0.001477755, 0.028887457, 0.077355064),
        (10, 0.119743624, 0.000196527, 0.000546269, 0.007882723, 0.020296928),
        (20, 0.12021492, 9.41452e-05, 0.000412846, 0.003828082, 0.010037804),
        (40, 0.120809989, 4.45181e-05, 0.00034792, 0.001639354, 0.004699743),
        (80, 0.121479206, 2.51331e-05, 0.000321855, 0.000817071, 0.002639795),
        (120, 0.121912325, 2.02753e-05, 0.00031479, 0.000628082, 0.002247631),
        (150, 0.122122144, 1.8772e-05, 0.000312284, 0.000564836, 0.002133132),
    ),
    "jdcov": (
        (10, 0.119923071, 0.000152187, 0.000488354, 0.006146892, 0.015940871),
        (20, 0.120487161, 6.92547e-05, 0.000380049, 0.00270961, 0.007385624),
        (40, 0.121196107, 3.38148e-05, 0.000333139, 0.001171943, 0.003614093),
        (80, 0.121961822, 2.11684e-05, 0.000315286, 0.000678889, 0.002439247),
        (120, 0.122554355, 1.70168e-05, 0.000308448, 0.000518793, 0.00217812),
        (150, 0.122859961, 1.47511e-05, 0.000303927, 0.000454769, 0.002080258),
    ),
}
"""By penalty: rows of `COLUMNS`."""


def published() -> list[dict]:
    """The published rows, by penalty and strength."""
    return [
        {"penalty": penalty, **dict(zip(COLUMNS, row, strict=True))}
        for penalty, rows in PUBLISHED.items()
        for row in rows
    ]


def read(path: Path) -> pd.DataFrame:
    """The table without its duplicates; ends the program with what to do if it is not there."""
    if not path.exists():
        sys.exit(
            f"{path} is not there: the motor data come from the R package CASdatasets (pg15training) and are not part"
            " of this repository; export them there with write.csv(pg15training, gzfile('pg15training.csv.gz'),"
            " row.names = FALSE), and give the file with --data"
        )
    return pd.read_csv(path).iloc[DUPLICATES:].reset_index(drop=True)


def split(table: pd.DataFrame, seed: int = SEED) -> dict[str, Part]:
    """Fit, validation and test part, drawn as published; with another seed another such split."""
    # The published code draws from NumPy's global generator, seeded anew for each cut; this is that stream.
    train, test = _stratified(table, 0.2, 0.0, seed)
    fit, validation = _stratified(train.reset_index(drop=True), 0.3, 0.05, seed)
    parts = {"fit": fit, "validation": validation, "test": test}
    sizes = {name: len(part) for name, part in parts.items()}
    if seed == SEED and sizes != SIZES:
        sys.exit(f"the parts of the data have {sizes} rows; the published split has {SIZES}")
    return {name: Part(part.reset_index(drop=True)) for name, part in parts.items()}


def _stratified(table: pd.DataFrame, share: float, tolerance: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.RandomState(seed)
    stratum = table["Numtppd"].astype(str) + "_" + table["Gender"] + "_" + table["Group2"]
    drawn: list[int] = []
    for name in stratum.value_counts(normalize=True).index:
        rows = table.index[stratum == name]
        count = max(1, int(len(rows) * (share + random.uniform(-tolerance, tolerance))))
        drawn.extend(random.permutation(rows)[:count])
    second = table.index.isin(drawn)
    return table[~second], table[second]


def constant_loss(parts: dict[str, Part]) -> float:
    """RPS of the constant rate on the validation part: what RPS of different splits are compared by."""
    fit, held = parts["fit"], parts["validation"]
    expected = held.exposure * (fit.outcome.sum() / fit.exposure.sum())
    return float(ranked_probability_score(held.outcome, expected).mean())


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one part of the split, and the metrics on them; all rows count alike, whatever their exposure."""

    table: pd.DataFrame

    @cached_property
    def features(self) -> pd.DataFrame:
        """Numbers and categories, without the protected attributes."""
        return self.table[NUMBERS + CATEGORIES].astype(dict.fromkeys(CATEGORIES, str))

    @cached_property
    def protected(self) -> pd.DataFrame:
        """Region and gender."""
        return self.table[PROTECTED]

    @cached_property
    def outcome(self) -> Floats:
        """Claims."""
        return self.table["Numtppd"].to_numpy(np.float64)

    @cached_property
    def exposure(self) -> Floats:
        """Years insured."""
        return self.table["Exppdays"].to_numpy(np.float64) / 365

    @cached_property
    def cell(self) -> NDArray[np.intp]:
        """Joint group of region and gender."""
        return self._blocks.cell

    @cached_property
    def _blocks(self):
        from fairaudit.measures.frames import penalty

        return blocks(penalty(self.protected, "ccdcov").protected)

    @cached_property
    def _couplings(self) -> dict[str, Coupling]:
        rows = np.bincount(self.cell).astype(np.float64)
        return {kind: unbiased_coupling(kind, self._blocks, rows) for kind in ("ccdcov", "jdcov")}

    def measure(self, expected: Floats, shuffles: int = SHUFFLES) -> dict:
        """RPS, Poisson deviance, and each measure of dependence: its value, its floor and the excess over it.

        The floor is the mean over shuffles of the groups, the same shuffles for all predictions.
        """
        random = np.random.default_rng(0)
        cells = [self.cell, *(random.permutation(self.cell) for _ in range(shuffles))]
        drawn = self._dependence(expected, np.array(cells))
        losses = {"rps": ranked_probability_score, "deviance": poisson_deviance}
        entry = {name: loss(self.outcome, expected).mean() for name, loss in losses.items()}
        for name in METRICS:
            value, null = drawn[name][0], drawn[name][1:]
            entry |= {name: value, f"{name}_floor": null.mean(), f"{name}_excess": value - null.mean()}
        return {name: float(value) for name, value in entry.items()}

    def _dependence(self, expected: Floats, cells: NDArray[np.intp]) -> dict[str, Floats]:
        """The measures for several assignments of rows to cells, each shape (assignments,)."""
        weight = np.full(len(expected), 1 / len(expected))
        found = {
            kind: np.array([coupling.value(expected, cell, weight) for cell in cells])
            for kind, coupling in self._couplings.items()
        }
        net = found["jdcov"] - self._couplings["jdcov"].constant
        means = np.array([np.bincount(cell, expected) / np.bincount(cell) for cell in cells])
        spread = np.var(means, axis=1, ddof=1) / np.var(expected, ddof=1)
        return {**found, "jdcov_net": net, "uf": spread, "jsd": divergence(expected, cells)}


def divergence(expected: Floats, cells: NDArray[np.intp]) -> Floats:
    """JSD in bits of kernel densities at 1,000 points over [min, max], for several assignments of rows to cells."""
    low, high = expected.min(), expected.max()
    grid = np.linspace(low, high, CENTRES)
    place = (expected - low) / (high - low) * (CENTRES - 1)
    below = np.minimum(place.astype(np.intp), CENTRES - 2)
    above = place - below
    groups = int(cells.max()) + 1
    mass = np.array(
        [
            np.bincount(cell * CENTRES + below, 1 - above, groups * CENTRES)
            + np.bincount(cell * CENTRES + below + 1, above, groups * CENTRES)
            for cell in cells
        ]
    ).reshape(len(cells), groups, CENTRES)
    smooth = Density(f"kde:{BANDWIDTH}", None, Kernel(grid, np.linspace(low, high, KDE_POINTS), BANDWIDTH))
    return jensen_shannon(smooth(mass / len(expected)))
