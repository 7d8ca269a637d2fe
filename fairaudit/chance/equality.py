"""Tests that groups are equal: in a share, a mean, a rate of events, an area under the curve.

Where people are exchangeable under the null, chance is what shuffling them over the groups gives: tables of counts with
the margins of the data, drawn one entry after the other, whatever the number of people. The statistic is *studentised*,
so that it keeps its size, for many people, also where groups differ in something else than what is asked (Chung and
Romano 2013, doi:10.1214/13-AOS1090). Where the expected counts are large the law of large numbers gives the same and
costs nothing.

A little longer than other modules: the four tests are variants of one, and share its draws and its statistic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, bdtrc, chdtrc, fdtrc

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.exact import hypergeometric_tails, two_shares
from fairaudit.chance.laws.areas import model_variance
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.contingency import contingency_tables
from fairaudit.scoretable.grid import CHUNK

EXPECTED = 10.0
"""Expected events (and non-events) in every group from which the χ² law is taken for a share or rate."""
SKEWNESS = 1 / 15
"""Skewness of every group's mean up to which the F law is taken."""
POOLED_ROWS = 3.0
"""Rows of pooled variance that each group's own is mixed with, so that groups of few like values have some."""
VALUES, WEIGHTS = 32, 8
"""Classes of neighbouring values, and of neighbouring weights, to which kinds of rows are joined."""
MANY_OF_EACH = 100
"""Rows of each outcome in every group from which the χ² law is taken for areas."""
MODEL_ROWS = 5.0
"""Rows of the rarer outcome by which the model's variance of an area is mixed with the group's own."""
ENOUGH = 25
"""Draws that reach as far as the data, after which a p-value is known to a fifth of itself."""
EACH_TIME, MOST = 5, 20
"""Times the number of draws asked for after which a p-value is looked at again, and after which drawing ends."""
TINY = float(np.finfo(np.float64).tiny)
"""Smallest p-value: none is 0."""
NO_WEIGHT = 1e-150
"""Weight up to which a group has no rows of an outcome; its square is above 0, so that nothing is divided by 0."""
TIE = 1e-9
"""Relative difference below which two statistics count as equal: those of discrete data often tie exactly."""


@dataclass(frozen=True)
class EqualityTest:
    """Outcome of a test that all groups are equal."""

    p_value: float
    """P-value, > 0; 1 where nothing varies."""
    method: str
    """How it was made: ``exact``, ``permutation``, ``chi-square``, ``F`` or ``none`` where nothing varies."""
    error: float = 0.0
    """Monte Carlo standard error of the p-value; 0 where nothing was drawn."""


NOTHING_VARIES = EqualityTest(1.0, "none")


def equal_shares(events: Floats, size: Floats, draws: int, rng: np.random.Generator) -> EqualityTest:
    r"""Test that a share is the same in all groups.

    .. math:: X^2 = \frac{N - 1}{N} \sum_g \frac{(x_g - n_g p)^2}{n_g p (1 - p)}, \quad p = \sum x_g / \sum n_g

    Two groups: exact and unconditional. More: χ² with G − 1 degrees where at least `EXPECTED` events and non-events are
    expected in each, else X² under draws of x given both margins, which is exact.

    Args:
        events: people with the property in each group, whole, shape (G ≥ 2,).
        size: people, whole, ≥ 1.
        draws: number of tables drawn, ≥ 1.
        rng: source of the draws.
    """
    total, everyone = float(events.sum()), float(size.sum())
    if total in (0.0, everyone):
        return NOTHING_VARIES
    if len(size) == 2:
        counts = [round(count) for pair in zip(events, size, strict=True) for count in pair]
        return EqualityTest(max(two_shares(*counts), TINY), "exact")
    share = total / everyone

    def statistic(counts: Floats) -> Floats:
        result: Floats = ((counts - size * share) ** 2 / size).sum(axis=-1) / (share * (1 - share))
        return result * (everyone - 1) / everyone

    if size.min() * min(share, 1 - share) >= EXPECTED:
        return EqualityTest(max(float(chdtrc(len(size) - 1, statistic(events))), TINY), "chi-square")
    margin = np.array([total, everyone - total])
    return _counted(
        float(statistic(events)),
        lambda count: statistic(contingency_tables(margin, size, count, rng)[:, 0]),
        draws,
        lambda: _of_many(*hypergeometric_tails(events, everyone, total, size)),
    )


def equal_rates(events: Floats, expected: Floats, draws: int, rng: np.random.Generator) -> EqualityTest:
    r"""Test that events per expected one are the same in all groups, given their total.

    .. math:: X^2 = \sum_g (x_g - e_g r)^2 / (e_g r), \quad r = \sum x_g / \sum e_g

    Exposure creates no significance: given the total, Poisson counts fall into the groups in proportion to e. (Rows of
    unequal exposure are not exchangeable: y / exposure varies more where exposure is short.) Two groups: exact binomial
    with half the chance of equal counts; more: χ² where at least `EXPECTED` events are expected in each, else X² under
    multinomial draws.

    Args:
        events: x in each group, shape (G ≥ 2,); overdispersed ones divided by their dispersion (see `laws.events`).
        expected: e > 0, exposure or expected events, divided by the same.
        draws: number of draws, ≥ 1.
        rng: source of the draws.
    """
    total = round(float(events.sum()))
    if total < 1:
        return NOTHING_VARIES
    chance = expected / expected.sum()
    mean = total * chance

    def statistic(counts: Floats) -> Floats:
        centre = counts.sum(axis=-1, keepdims=True) * chance
        result: Floats = ((counts - centre) ** 2 / mean).sum(axis=-1)
        return result

    if mean.min() >= EXPECTED:
        return EqualityTest(max(float(chdtrc(len(mean) - 1, statistic(events))), TINY), "chi-square")
    if len(mean) == 2:
        counts = np.arange(total + 1.0)
        law = np.diff(bdtr(counts, total, chance[0]), prepend=0.0)
        far, mine = np.abs(counts - mean[0]), abs(float(events[0]) - mean[0] * float(events.sum()) / total)
        weight = np.where(far > mine * (1 + TIE), 1.0, np.where(far >= mine * (1 - TIE), 0.5, 0.0))
        return EqualityTest(float(np.clip(law @ weight, TINY, 1.0)), "exact")
    whole = np.round(events)
    return _counted(
        float(statistic(events)),
        lambda count: statistic(rng.multinomial(total, chance, size=count).astype(np.float64)),
        draws,
        lambda: _of_many(bdtr(whole, total, chance), bdtrc(whole - 1, total, chance)),
    )


@dataclass(frozen=True, eq=False)
class Kinds:
    """Rows that are alike in all that a mean sees: value and weight stay together when rows are shuffled."""

    value: Floats
    """Value of each kind, shape (S,)."""
    weight: Floats
    """Weight of one row of each kind, ≥ 0, shape (S,)."""
    count: Floats
    """Rows by kind and group, whole, shape (S, G)."""


def kinds(value: Floats, weight: Floats, rows: Floats, group: Ints, size: int) -> Kinds:
    """The kinds of rows in a table of lines, joined to about `VALUES` of neighbouring values, and `WEIGHTS` of
    neighbouring weights, where they are more than twice as many.

    Args:
        value: value of each line, shape (L,).
        weight: weight of one row of each line, shape (L,).
        rows: rows of each line, shape (L,).
        group: group of each line, shape (L,).
        size: number of groups G.

    Returns:
        Kinds whose value and weight are the means of the rows in them: Σ weight and Σ weight · value are kept.
    """
    place = neighbours(without_last_digits(value), rows, VALUES)
    if np.ptp(weight) > TIE * weight.max():
        heavy = neighbours(without_last_digits(weight), rows, WEIGHTS)
        place = joint(np.column_stack([place, heavy]))[1]
    many = int(place.max()) + 1
    count = sum_by(place * size + group, rows, many * size).reshape(many, size)
    held, mass = sum_by(place, rows, many), sum_by(place, rows * weight, many)
    plain = sum_by(place, rows * value, many) / held
    mean = np.divide(sum_by(place, rows * weight * value, many), mass, out=plain, where=mass > 0)
    return Kinds(mean, mass / held, count)


def without_last_digits(value: Floats) -> Floats:
    """Values in which those that differ by rounding are equal."""
    scale = float(np.abs(value).max()) or 1.0
    return np.round(value / scale, 10)


def neighbours(value: Floats, rows: Floats, points: int) -> Ints:
    """Class of each value: itself where few are distinct, else one of about so many of equal numbers of rows."""
    distinct, index = np.unique(value, return_inverse=True)
    if len(distinct) <= 2 * points:
        return index.astype(np.intp)
    mass = sum_by(index, rows)
    middle = np.floor((np.cumsum(mass) - mass / 2) / mass.sum() * points)
    return np.unique(middle, return_inverse=True)[1].astype(np.intp)[index]


def equal_means(of: Kinds, skewness: Floats, draws: int, rng: np.random.Generator) -> EqualityTest:
    r"""Test that a mean is the same in all groups.

    .. math:: W = \sum_g (\bar y_g - \tilde y)^2 / s_g^2, \quad \tilde y = \sum_g \bar y_g s_g^{-2} / \sum_g s_g^{-2}

    with s_g the standard error of the group's mean (Welch 1951, doi:10.1093/biomet/38.3-4.330), its variance mixed with
    `POOLED_ROWS` rows of the pooled one. Where every group's mean has little skewness, Welch's F law; else W under
    shuffles of whole kinds of rows over the groups.

    Args:
        of: the rows.
        skewness: of each group's mean, shape (G,); see `laws.means.moments`.
        draws: number of shuffles, ≥ 1.
        rng: source of the shuffles.
    """
    centred = of.value - np.average(of.value, weights=of.count.sum(axis=1) * of.weight)
    spread = np.sqrt(np.average(centred**2, weights=of.count.sum(axis=1)))
    if not spread > TIE * np.abs(of.value).max():
        return NOTHING_VARIES
    scaled = Kinds(centred / spread, of.weight / of.weight.max(), of.count)
    seen, freedom = _welch(scaled, of.count[None])
    groups = of.count.shape[1]
    law = float(fdtrc(groups - 1, freedom[0], seen[0] / (groups - 1)))
    if np.abs(skewness).max() <= SKEWNESS:
        return EqualityTest(max(law, TINY), "F")

    def drawn(count: int) -> Floats:
        return np.concatenate([_welch(scaled, tables)[0] for tables in _shuffled(of.count, count, rng)])

    return _counted(float(seen[0]), drawn, draws, lambda: max(law, TINY))


def _welch(of: Kinds, tables: Floats) -> tuple[Floats, Floats]:
    """Welch's statistic over its correction, and its degrees of freedom, of tables of counts, shape (B, S, G)."""
    w, y = of.weight, of.value
    sums = np.matmul(np.stack([w, w**2, w * y, (w * y) ** 2, w**2 * y]), tables)
    mass, squares = np.maximum(sums[:, 0], 1e-300), np.maximum(sums[:, 1], 1e-300)
    mean = sums[:, 2] / mass
    second = np.maximum(sums[:, 3] - 2 * mean * sums[:, 4] + mean**2 * squares, 0.0)
    size = mass**2 / squares
    own = second / squares  # variance of one row
    everyone = tables[0].sum(axis=1)
    pooled = float(np.average(y**2, weights=everyone * w**2))
    variance = (own * size + POOLED_ROWS * pooled) / (size - 1 + POOLED_ROWS)
    precision = size / variance
    whole = precision.sum(axis=1, keepdims=True)
    centre = (precision * mean).sum(axis=1, keepdims=True) / whole
    raw = (precision * (mean - centre) ** 2).sum(axis=1)
    groups = tables.shape[2]
    bend = ((1 - precision / whole) ** 2 / np.maximum(size - 1, 0.5)).sum(axis=1)
    freedom = (groups**2 - 1) / (3 * bend)
    return raw / (1 + 2 * (groups - 2) / (groups**2 - 1) * bend), freedom


def equal_correlated(value: Floats, bearing: Floats) -> EqualityTest:
    r"""Test that a measure is the same in all groups whose values depend on each other, as people are in several.

    .. math:: T^2 = d^\top S^{-1} d, \quad d = K \hat\theta, \quad
        S = \frac{C}{C - 1} \sum_c K b_c b_c^\top K^\top, \quad
        \frac{C - q}{(C - 1) \, q} \, T^2 \sim F_{q, C - q},

    K the differences of G − 1 groups to the first, q its rank, C the number of clusters: Hotelling's law (1931,
    doi:10.1214/aoms/1177732979), of the linearised jackknife that leaves out one cluster at a time. No shuffles: groups
    that share people are not exchangeable.

    Args:
        value: θ̂ of each group, shape (G ≥ 2,).
        bearing: b, how each cluster bears on the value of each group, shape (C, G).
    """
    contrast = bearing[:, 1:] - bearing[:, :1]
    clusters = int((np.abs(bearing).max(axis=1) > 0).sum())
    if clusters < 2:
        return NOTHING_VARIES
    covariance = contrast.T @ contrast * (clusters / (clusters - 1))
    size, axes = np.linalg.eigh(covariance)
    kept = size > TIE * size.max()
    rank = int(kept.sum())
    if not rank or clusters <= rank:
        return NOTHING_VARIES
    along = axes[:, kept].T @ (value[1:] - value[0])
    statistic = float(np.sum(along**2 / size[kept]))
    scaled = statistic * (clusters - rank) / ((clusters - 1) * rank)
    return EqualityTest(max(float(fdtrc(rank, clusters - rank, scaled)), TINY), "Hotelling")


def equal_areas(
    point: Ints, positive: Floats, weight: Floats, count: Floats, draws: int, rng: np.random.Generator
) -> EqualityTest:
    r"""Test that the area under the curve is the same in all groups.

    .. math:: Q = \sum_g (A_g - \tilde A)^2 / V_g, \quad \tilde A = \sum_g A_g V_g^{-1} / \sum_g V_g^{-1}

    V DeLong's variance (1988, doi:10.2307/2531595), mixed with the model's of Hanley and McNeil as if by
    `MODEL_ROWS` rows of the rarer outcome. χ² with G − 1 degrees where each group has `MANY_OF_EACH` rows of either
    outcome, else Q under shuffles of people, score and outcome together.

    Args:
        point: place of each kind's score in the order of scores, shape (S,).
        positive: 1 for kinds with the outcome, 0 without, shape (S,).
        weight: weight of one row of each kind, > 0, shape (S,).
        count: rows by kind and group, whole, shape (S, G); every group has rows of both outcomes.
        draws: number of shuffles, ≥ 1.
        rng: source of the shuffles.
    """

    def statistic(tables: Floats) -> Floats:
        area, variance = _areas(point, positive, weight, tables)
        precision = np.where(np.isfinite(area), 1 / variance, 0.0)
        whole = precision.sum(axis=1, keepdims=True)
        total = (precision * np.nan_to_num(area)).sum(axis=1, keepdims=True)
        # Shuffled, no group may have rows of both outcomes; then none differs from any other.
        gap = np.nan_to_num(area) - np.divide(total, whole, out=np.zeros_like(total), where=whole > 0)
        result: Floats = (precision * gap**2).sum(axis=1)
        return result

    seen = float(statistic(count[None])[0])
    law = max(float(chdtrc(count.shape[1] - 1, seen)), TINY)
    if min((count * (positive == side)[:, None]).sum(axis=0).min() for side in (0, 1)) >= MANY_OF_EACH:
        return EqualityTest(law, "chi-square")

    def drawn(wanted: int) -> Floats:
        return np.concatenate([statistic(tables) for tables in _shuffled(count, wanted, rng)])

    return _counted(seen, drawn, draws, lambda: law)


def _areas(point: Ints, positive: Floats, weight: Floats, tables: Floats) -> tuple[Floats, Floats]:
    """Area and its variance in each group of tables of counts, shape (B, S, G) → (B, G) twice; NaN where undefined."""
    points = (point == np.arange(int(point.max()) + 1)[:, None]).astype(np.float64)
    mass, squares = tables * weight[:, None], tables * weight[:, None] ** 2
    sides = []
    for side in (positive[:, None], 1 - positive[:, None]):
        by_point = np.matmul(points, mass * side)
        total = np.maximum(by_point.sum(axis=1), NO_WEIGHT)
        effective = total**2 / np.maximum((squares * side).sum(axis=1), 1e-300)
        sides.append((by_point, total, effective, np.matmul(points, squares * side)))
    (p, whole_p, many_p, p_sq), (n, whole_n, many_n, n_sq) = sides
    below = (np.cumsum(n, axis=1) - n / 2) / whole_n[:, None]
    above = 1 - (np.cumsum(p, axis=1) - p / 2) / whole_p[:, None]
    area = (p * below).sum(axis=1) / whole_p
    own = (p_sq * (below - area[:, None]) ** 2).sum(axis=1) / whole_p**2 * many_p / np.maximum(many_p - 1, 0.5)
    own += (n_sq * (above - area[:, None]) ** 2).sum(axis=1) / whole_n**2 * many_n / np.maximum(many_n - 1, 0.5)
    fewer = np.minimum(many_p, many_n)
    model = model_variance(np.clip(area, 0.02, 0.98), np.maximum(many_p, 1.0), np.maximum(many_n, 1.0))
    variance = (fewer * own + MODEL_ROWS * model) / (fewer + MODEL_ROWS)
    return np.where((whole_p > NO_WEIGHT) & (whole_n > NO_WEIGHT), area, np.nan), variance


def _shuffled(count: Floats, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Tables of counts by kind and group with the margins of the data, in chunks of shape (chunk, S, G)."""
    kinds_, groups = count.shape
    rows, columns = count.sum(axis=1), count.sum(axis=0)
    people = int(rows.sum())
    chunk = max(1, CHUNK // count.size)
    by_row = people <= 8 * count.size
    kind = np.repeat(np.arange(kinds_), rows.astype(np.intp)) * groups
    group = np.repeat(np.arange(groups), columns.astype(np.intp))
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        if not by_row:
            yield contingency_tables(rows, columns, size, rng)
            continue
        block = np.empty((size, count.size))
        for draw in block:
            draw[:] = np.bincount(kind + rng.permutation(group), minlength=count.size)
        yield block.reshape(size, kinds_, groups)


def _of_many(below: Floats, above: Floats) -> float:
    """Exact bound on the p-value of the most extreme group, Bonferroni over groups and sides; useless above 1."""
    least = float(np.minimum(below, above).min())
    return max(2 * len(below) * least, TINY)


def _counted(observed: float, drawn: Callable[[int], Floats], draws: int, bound: Callable[[], float]) -> EqualityTest:
    """(1 + #{draws ≥ observed}) / (B + 1), with more draws where that is small, so that it can survive a correction.

    Drawing ends once `ENOUGH` draws reach as far, or at `MOST` times the number asked for. Up to a level of
    `ENOUGH` / B that is the p-value of all draws, as nothing above it ends sooner. Where no draw reaches so far, the
    smaller p-value that another law allows is taken, and ends the drawing: at a level below 1/(B + 1) both must agree,
    at a level above it nothing is changed.

    Args:
        observed: the statistic of the data.
        drawn: makes so many statistics of shuffled data.
        draws: number asked for, ≥ 1.
        bound: p-value of the other law.
    """
    reached = total = 0
    for wanted in (draws, (EACH_TIME - 1) * draws, (MOST - EACH_TIME) * draws):
        reached += int((drawn(wanted) >= observed - TIE * abs(observed)).sum())
        total += wanted
        p_value = (1 + reached) / (total + 1)
        if reached == 0 and (other := bound()) < p_value:
            return EqualityTest(other, "permutation", 0.0)
        if reached >= ENOUGH:
            break
    return EqualityTest(p_value, "permutation", float(np.sqrt(p_value * (1 - p_value) / (total + 1))))
