"""Divergences between the groups' distributions: an entry each, and how values become distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, xlogy

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.equality import TINY
from fairaudit.errors import OptionError
from fairaudit.measures.measure import ANY, LawTest, Measure, OfDistributions, Proposal
from fairaudit.options import parse_density
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import POINTS, Grid, classes, total

DEFAULT_BINS = 16
KDE_POINTS = 1000
KDE_CHUNK = 1000
"""Values whose kernels are in memory at once (8 MB)."""
LEAST_EXPECTED = 5.0
"""Smallest expected count with which the G-test's χ² law is trusted (Cochran's rule)."""
ROUNDING = 1e-13
"""Nats below which a divergence is what rounding leaves of none: it is a difference of entropies of a few nats."""


def jensen_shannon(mass: Floats) -> Floats:
    r"""Generalised Jensen–Shannon divergence between groups, in bits.

    .. math:: H\Bigl(\sum_g \pi_g p_g\Bigr) - \sum_g \pi_g H(p_g)

    Args:
        mass: joint mass of group and point, π_g p_g, shape (..., G, M), each table summing to 1.

    Returns:
        The divergence, shape (...), in [0, min(H(π), log2 M)]: 0 where all groups have one distribution, H(π) where no
        two share a point. It is the mutual information of group and point (Lin 1991, doi:10.1109/18.61115).
    """
    joint = xlogy(mass, mass).sum(axis=(-2, -1))
    group = mass.sum(axis=-1)
    point = mass.sum(axis=-2)
    nats = joint - xlogy(group, group).sum(axis=-1) - xlogy(point, point).sum(axis=-1)
    bits: Floats = np.where(nats > ROUNDING, nats, 0) / np.log(2)
    return bits


def g_test(counts: Floats) -> tuple[float | None, bool]:
    """P-value of independence by the G-test, 2 n ln 2 · JSD ~ χ², and whether its law can be trusted.

    Args:
        counts: rows by group and point, shape (G, M).

    Returns:
        The p-value (None where only one group or point occurs), and whether every expected count is at least 5.
    """
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    if freedom <= 0:
        return None, False
    n = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    statistic = 2 * n * np.log(2) * float(jensen_shannon(counts / n))
    return max(float(chdtrc(freedom, statistic)), TINY), bool(expected.min() >= LEAST_EXPECTED)


@dataclass(frozen=True, eq=False)
class Kernel:
    """Gaussian kernels of one bandwidth around values, taken at the points of evaluation."""

    values: Floats
    """Centre of each kernel, shape (M,)."""
    points: Floats
    """Where the density is taken, shape (P,)."""
    bandwidth: float
    """Standard deviation of the kernels, > 0."""

    def smooth(self, mass: Floats) -> Floats:
        """Mass at the values as a density, not normalised, at the points: shape (..., M) → (..., P)."""
        smooth = np.zeros((*mass.shape[:-1], len(self.points)))
        for start in range(0, len(self.values), KDE_CHUNK):
            part = slice(start, start + KDE_CHUNK)
            distance = (self.points[None, :] - self.values[part, None]) / self.bandwidth
            smooth += mass[..., part] @ np.exp(-0.5 * distance**2)
        return smooth


@dataclass(frozen=True, eq=False)
class Density:
    """How values on a grid become distributions that can be compared."""

    name: str
    """`discrete`, `bins:M` or `kde:h`."""
    bin: Ints | None
    """Bin of each grid point; None for a kernel density."""
    kernel: Kernel | None
    """What stands for each grid point in a kernel density; None for bins."""

    def __call__(self, mass: Floats) -> Floats:
        """Joint mass of group and point, shape (..., G, M), as the joint mass of group and density point."""
        if self.bin is not None:
            return total(mass, self.bin, int(self.bin.max()) + 1)
        assert self.kernel is not None
        smooth = self.kernel.smooth(mass)
        share = mass.sum(axis=-1, keepdims=True)
        scale = smooth.sum(axis=-1, keepdims=True)
        spread: Floats = smooth * np.divide(share, scale, out=np.zeros_like(share), where=scale > 0)
        return spread


def grid_points(text: str) -> int:
    """Grid points that a density needs: a multiple of its number of bins."""
    kind, number = parse_density(text)
    bins = int(number or DEFAULT_BINS) if kind == "bins" else 1
    return bins * -(-POINTS // bins)


def density(text: str, grid: Grid, weight: Floats) -> Density:
    """The density that an option asks for, on a grid of values.

    Discrete values (few enough for the grid) are compared exactly under ``bins``; a kernel density is used when asked
    for, with the published form: a Gaussian of fixed bandwidth at 1,000 points over [min, max], renormalised to sum 1.

    Args:
        text: the option.
        grid: the values; for an exact kernel density a grid of all distinct values.
        weight: weight of each line, shape (L,), sums to 1.

    Raises:
        OptionError: kernels so narrow that a value weighs by how near it is to a point of evaluation.
    """
    kind, number = parse_density(text)
    if kind == "kde":
        assert number is not None
        points = np.linspace(grid.values[0], grid.values[-1], KDE_POINTS)
        least = float(points[-1] - points[0]) / (KDE_POINTS - 1) / 2
        if number < least:
            raise OptionError(
                f"density '{text}': a bandwidth of {number:g} falls between the {KDE_POINTS:,} points at which a "
                f"density over {points[0]:g} to {points[-1]:g} is taken; choose at least {least:.2g}, or bins"
            )
        return Density(f"kde:{number:g}", None, Kernel(grid.values, points, number))
    if grid.exact:
        return Density("discrete", np.arange(len(grid.values), dtype=np.intp), None)
    bins = int(number or DEFAULT_BINS)
    of_point = classes(sum_by(grid.index, weight), bins)
    return Density(f"bins:{int(of_point.max()) + 1}", of_point, None)


DIVERGENCE = (
    Measure(
        name="jensen_shannon",
        number=51,
        label="Jensen–Shannon divergence",
        short="JSD",
        about="how far the groups' distributions are apart, in bits; 0: they are the same",
        formula="H(Σ π_g p_g) − Σ π_g H(p_g) in bits, π_g the share of group g (Lin 1991, doi:10.1109/18.61115)",
        unit="number",
        better="lower",
        tasks=ANY,
        needs=(),
        statistics=("excess",),
        kind="divergence",
        of_distributions=OfDistributions(jensen_shannon, "bits", LawTest("G-test", g_test)),
        proposals=(
            Proposal(
                "excess",
                0.02,
                "How far groups' distributions may lie apart beyond chance, in bits. The number is ours.",
            ),
        ),
    ),
)
