"""How sure a reduction of dependence is: an interval of the ratio of two excesses measured on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from fairaudit.arrays import Floats, Ints
from fairaudit.distance.coupling import Blocks, blocks, coupling
from fairaudit.distance.kernel import coupled_distances
from fairaudit.distance.line import continuous_distance_covariance
from fairaudit.distance.penalty import DependencePenalty, StratumPart, unscaled
from fairaudit.distance.variance import distance_deviation
from fairaudit.results.values import Interval
from fairaudit.scoretable.cells import MOST_CELLS, joint, sum_by


@dataclass(frozen=True, eq=False)
class TwoExcesses:
    """The dependence over its noise floor of two predictions of the same rows, with the covariance of its errors."""

    before: float
    """Excess of the first predictions."""
    after: float
    """Excess of the second."""
    first: Floats
    """Covariance of what the rows bear on them: of their errors of first order, which falls with the number of rows n
    as 1/n, and twice that of second order; shape (2, 2)."""
    second: Floats
    """Covariance of their errors of second order, as 1/n², shape (2, 2): what is left under independence."""
    clusters: int | None = None
    """Number of clusters, whose rows are not independent of each other; None: rows are."""
    parts: int = 1
    """Parts in which the rows were measured apart from each other."""

    @property
    def percent(self) -> float | None:
        """Per cent taken away, 100 (1 − after / before); below 0: added; None where nothing was there."""
        return 100 * (1 - self.after / self.before) if self.before > 0 else None

    def interval(self, confidence: float) -> Interval | None:
        r"""Interval of the reduction in per cent by Fieller's theorem.

        All ratios R of which after − R · before, whose variance is v₁₁ − 2 R v₀₁ + R² v₀₀, is no more than z standard
        errors from 0. So it is as wide as the first excess is uncertain, and unbounded where that is not clear of 0.

        Args:
            confidence: coverage.

        Returns:
            Its ends, per cent; None where it is unbounded.

        Source: Fieller (1954), doi:10.1111/j.2517-6161.1954.tb00159.x.
        """
        reach = self._reach(confidence)
        return _percent([self._ratios(reach, each) for each in self._covariances(1.0, 1.0)])

    def promise(self, confidence: float, new: float, refit: float = 1.0) -> Interval | None:
        """Interval of the reduction that will be measured on new rows of models fitted to all of these.

        To the errors of these rows come those of the new ones, and at most as much again for the fit, which trades what
        its rows show by chance. Where both excesses are clear of 0, Fieller's theorem is applied to their roots: an
        excess is like a square, larger by chance more easily than smaller, and its root is not.

        Args:
            confidence: coverage.
            new: rows of these excesses over those of the new ones.
            refit: rows of these excesses over those that the models are fitted to in the end.

        Returns:
            Its ends, per cent; None where it is unbounded.
        """
        reach = self._reach(confidence)
        covariances = self._covariances(1 + new + refit, 1 + new**2 / self.parts)
        return _percent([self._ratios_of_roots(reach, each) or self._ratios(reach, each) for each in covariances])

    def _reach(self, confidence: float) -> float:
        """Standard errors within which the truth is."""
        share = (1 + confidence) / 2
        return float(ndtri(share) if self.clusters is None else stdtrit(max(self.clusters - 1, 1), share))

    def _covariances(self, again: float, twice: float) -> tuple[Floats, Floats]:
        """The covariance of the errors, and the least that it can be: so many times that of each order.

        Squared noise in what rows bear makes the first order too large by twice the second, which stays in any case.
        """
        least = twice * self.second
        return again * (self.first - 2 * self.second) + least, least

    def _ratios_of_roots(self, reach: float, covariance: Floats) -> Interval | None:
        """Ratios of the excesses within so many standard errors of that of their roots; None where one is not clear of
        0."""
        excess = np.array([self.before, self.after])
        if not (excess > reach * np.sqrt(np.maximum(np.diagonal(covariance), 0.0))).all():
            return None
        root, slope = np.sqrt(excess), 0.5 / np.sqrt(excess)
        ends = _fieller(reach, float(root[0]), float(root[1]), slope[:, None] * covariance * slope)
        return None if ends is None else (ends[0] ** 2, ends[1] ** 2)

    def _ratios(self, reach: float, covariance: Floats) -> Interval | None:
        """Ratios of the excesses within so many standard errors."""
        return _fieller(reach, self.before, self.after, covariance)


def _fieller(reach: float, before: float, after: float, covariance: Floats) -> Interval | None:
    """The ratios after / before within so many standard errors, for errors of that covariance; None: unbounded."""
    allowed = reach**2 * covariance
    square, mixed = before**2 - allowed[0, 0], before * after - allowed[0, 1]
    if not (square > 0 and before > 0):
        return None
    root = float(np.sqrt(max(mixed**2 - square * (after**2 - allowed[1, 1]), 0.0)))
    low, high = ((mixed + side * root) / square for side in (-1, 1))
    return float(low), float(high)


def _percent(ratios: Sequence[Interval | None]) -> Interval | None:
    """Per cent taken away at the outermost of some ratios; None where one of them is unbounded."""
    known = [ends for ends in ratios if ends is not None]
    if len(known) < len(ratios):
        return None
    return 100 * (1 - max(high for _, high in known)), 100 * (1 - min(low for low, _ in known))


def two_excesses(
    penalty: DependencePenalty, before: Floats, after: Floats, cluster: Ints | None = None
) -> tuple[TwoExcesses, TwoExcesses] | None:
    r"""The excesses of two predictions of the same rows; and the same per distance standard deviation of each.

    Their errors are those of a V-statistic of the kernel W ∘ C(F) to second order (Hoeffding), of both predictions
    together,

    .. math:: v_{ab} = 4 \sum_k \omega_k^2 (h^a_k - \bar h^a)(h^b_k - \bar h^b)
        - 2 \Bigl(\sum_k \omega_k^2\Bigr)^2 \lVert W \rVert^2 \, \mathrm{dCov}^2(f^a, f^b),

    the second term with that sign since the first, of estimated h, holds it twice; and never less than it. The
    attributes, and the distance standard deviations of the predictions, are taken as they are in these rows.

    Args:
        penalty: the measure, on these rows.
        before: the first predictions, shape (n,) or (n, classes).
        after: the second, likewise.
        cluster: code of each row's cluster, shape (n,); None: rows are independent.

    Returns:
        The two; None where the attributes have too many cells for a coupling between them.
    """
    columns = [np.asarray(each, dtype=np.float64).reshape(len(penalty.weight), -1) for each in (before, after)]
    alike = 1.0 if penalty.count is None else np.sqrt(penalty.count)  # the rows of a line bear equal parts
    sums = [(np.zeros(2), np.zeros((2, len(penalty.weight))), np.zeros((2, 2))) for _ in range(2)]
    for part in penalty.parts:
        own = _own_blocks(penalty, part)
        if own is None:
            return None
        people = None if cluster is None else cluster[part.rows]
        for seen in zip(*(penalty.seen(column).T for column in columns), strict=True):
            pair = [each[part.rows] for each in seen]
            excess, bearing, second = _measured(penalty, part, own, pair, people)
            deviation = np.array([distance_deviation(each, part.measure.weight)[0] for each in pair])
            inverse = np.divide(1.0, deviation, out=np.zeros(2), where=deviation > 0)
            for scale, (value, borne, twice) in zip((np.ones(2), inverse), sums, strict=True):
                value += part.share * scale * excess
                borne[:, part.rows] += part.share * scale[:, None] * bearing
                twice += part.share**2 * np.outer(scale, scale) * second
    plain, free = (
        TwoExcesses(
            before=float(value[0]),
            after=float(value[1]),
            first=_covariance(borne / (alike if cluster is None else 1.0), cluster),
            second=twice,
            clusters=_clusters(cluster),
        )
        for value, borne, twice in sums
    )
    return plain, free


def _own_blocks(penalty: DependencePenalty, part: StratumPart) -> Blocks | None:
    """The cells of a stratum's rows, numbers at the levels that stand for them; None where they are too many."""
    cells, kind = penalty.protected.take(part.rows).at_levels(), unscaled(penalty.kind)
    if kind.startswith("dcov:"):
        cells = cells.only(kind.removeprefix("dcov:"))
    return blocks(cells) if len(joint(cells.levels)[0]) <= MOST_CELLS else None


def _measured(
    penalty: DependencePenalty, part: StratumPart, own: Blocks, pair: Sequence[Floats], cluster: Ints | None
) -> tuple[Floats, Floats, Floats]:
    """Excesses of two predictions of a stratum, shape (2,); what each row bears on them, shape (2, m); and the
    covariance of second order, shape (2, 2)."""
    weight = part.measure.weight
    mass = sum_by(own.cell, weight, len(own.levels))
    matrix = coupling(unscaled(penalty.kind), own, mass, penalty.c).matrix
    excess = np.array([part.excess(values, scale_free=False) for values in pair])
    distance = np.stack([coupled_distances(values, own.cell, weight, matrix) for values in pair])
    bearing = 2 * weight * (distance - (distance @ weight)[:, None])
    of_rows = weight if part.count is None else weight / part.count
    squares = float(weight @ of_rows) if cluster is None else float(np.sum(sum_by(cluster, weight) ** 2))
    covariance = np.array([[continuous_distance_covariance(a, b[:, None], weight)[0] for b in pair] for a in pair])
    return excess, bearing, 2 * squares**2 * float(mass @ matrix**2 @ mass) * covariance


def _covariance(bearing: Floats, cluster: Ints | None) -> Floats:
    """Covariance of sums over rows, or clusters of rows, that are independent of each other, shape (2, 2)."""
    if cluster is None:
        return np.asarray(bearing @ bearing.T)
    sums = np.stack([sum_by(cluster, row) for row in bearing])
    count = _clusters(cluster) or 2
    return np.asarray(sums @ sums.T * (count / max(count - 1, 1)))


def _clusters(cluster: Ints | None) -> int | None:
    return None if cluster is None else len(np.unique(cluster))


def together(parts: Sequence[TwoExcesses], rows: Sequence[float]) -> TwoExcesses:
    """Excesses on parts of some rows as one: their means by the rows of each, the errors of parts independent."""
    share = np.asarray(rows, dtype=np.float64) / sum(rows)
    clusters = [each.clusters for each in parts if each.clusters is not None]
    return TwoExcesses(
        before=float(share @ [each.before for each in parts]),
        after=float(share @ [each.after for each in parts]),
        first=np.tensordot(share**2, np.stack([each.first for each in parts]), 1),
        second=np.tensordot(share**2, np.stack([each.second for each in parts]), 1),
        clusters=sum(clusters) if clusters else None,
        parts=len(parts),
    )
