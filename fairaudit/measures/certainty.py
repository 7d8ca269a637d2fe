"""What is known of a measure in each group: its law, and the test that all groups are equal in it.

Both are taken from the single lines of a score table, a `View` in which every line is a segment of its own, of groups
that are large enough. The law gives every interval (see `chance.laws`), the test every p-value (`chance.equality`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.bootstrap import Segments, line_sums
from fairaudit.chance.equality import (
    EqualityTest,
    equal_areas,
    equal_correlated,
    equal_means,
    equal_rates,
    equal_shares,
    kinds,
    neighbours,
    without_last_digits,
)
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.areas import Areas
from fairaudit.chance.laws.curves import Curves
from fairaudit.chance.laws.events import Events, overdispersion
from fairaudit.chance.laws.means import Means, Moments, Roots, moments
from fairaudit.chance.laws.shares import Shares, Shifted
from fairaudit.measures.view import Quotient, Share, View
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import Grid
from fairaudit.scoretable.table import ScoreTable

AREA_POINTS = 32
"""Classes of neighbouring scores that shuffles tell apart."""

DESIGN_CLUSTERS = 10.0
"""Clusters by which a group's own design effect is drawn to that of all groups."""

MOSTLY_0 = 0.25
"""Share of rows that are not 0, up to which a mean is known only as well as these tell it."""

Draw = tuple[int, np.random.Generator]
"""Number of shuffles, and their source."""


@dataclass(frozen=True)
class Certainty:
    """How certain a measure is."""

    law: Callable[[View], Law]
    """Its law in the groups of a view."""
    test: Callable[[View, Draw], EqualityTest] | None
    """The test that they are equal; None where groups are not compared."""


def lines_of(table: ScoreTable, grid: Grid, group: Ints, fit: Ints, calibrated: Floats | None) -> View:
    """The lines of some groups as a view of G groups, each line a segment of its own.

    Args:
        table: the score table.
        grid: grid of its values.
        group: group of each line, shape (L,).
        fit: the groups that are wanted, increasing, shape (G,).
        calibrated: probability that each grid point stands for; see `View`.
    """
    line = np.flatnonzero(np.isin(group, fit))
    sums = {name: values[line] for name, values in (line_sums(table) | {"rows": table.rows}).items()}
    own = np.arange(len(line), dtype=np.intp)
    return View(
        table, grid, Segments(own, line, sums, {}), sums, np.searchsorted(fit, group[line]), len(fit), calibrated
    )


def effective_rows(view: View, where: Flags | None = None) -> Floats:
    r"""Rows of equal weight that would tell as much, (Σω)²/Σω² (Kish 1965), in each group, shape (G,)."""
    mass = view.sums["mass"] if where is None else view.sums["mass"] * where
    return _kish(sum_by(view.group, mass, view.size), sum_by(view.group, mass**2 / view.sums["rows"], view.size))


def _kish(whole: Floats, squares: Floats) -> Floats:
    return np.divide(whole**2, squares, out=np.zeros_like(whole), where=squares > 0)


def freedom(view: View, weight: Floats) -> Floats | float:
    """Degrees of freedom of a variance over clusters: their effective number by weight, less 1; infinite without them.

    Args:
        view: lines.
        weight: weight of each, in whatever is measured, shape (S,).
    """
    if view.units is None:
        return np.inf
    return np.maximum(_kish(sum_by(view.group, weight, view.size), view.squares(weight)) - 1, 1.0)


def design_effect(view: View, deviation: Floats, weight: Floats) -> Floats:
    r"""By how much the variance of a mean is enlarged as rows of a cluster are alike, in each group, shape (G,), ≥ 1.

    .. math:: d_g = \frac{m}{m - 1} \, \sum_{c \in g} \Bigl(\sum_{k \in c} b_k\Bigr)^2 \Big/ \sum_{k \in g} b_k^2,

    m the effective number of clusters: the linearised jackknife that leaves out one cluster at a time, over the same of
    single rows (Kish's design effect). Where little varies, so that this is hardly known, it is drawn to that of all
    groups together: by `DESIGN_CLUSTERS` clusters. Where nothing varies in any group, a cluster counts as one row.

    Args:
        view: lines.
        deviation: b, how each line bears on the mean of its group, shape (S,).
        weight: weight of each line, shape (S,).
    """
    if view.units is None:
        return np.ones(view.size)
    single = sum_by(view.group, deviation**2 / view.sums["rows"], view.size)
    rows = _kish(sum_by(view.group, weight, view.size), sum_by(view.group, weight**2 / view.sums["rows"], view.size))
    clusters = freedom(view, weight) + 1
    if not single.sum() > 0:
        return np.maximum(rows / clusters, 1.0)
    squares = view.squares(deviation)
    whole = squares * clusters / (clusters - 1)
    pooled = float(whole.sum() / single.sum())
    bearing = view.units.add(deviation) ** 2
    busy = _kish(squares, sum_by(view.units.group, bearing**2, view.size))  # clusters that the variance rests on
    own = np.divide(whole, single, out=np.full(view.size, pooled), where=single > 0)
    return drawn_to_all(own, busy, pooled)


def drawn_to_all(own: Floats, clusters: Floats, pooled: float) -> Floats:
    """Design effects drawn to that of all by `DESIGN_CLUSTERS` clusters, shape (G,), ≥ 1.

    Args:
        own: that of each group alone, shape (G,).
        clusters: that its variance rests on.
        pooled: that of all groups together.
    """
    effect: Floats = (clusters * own + DESIGN_CLUSTERS * pooled) / (clusters + DESIGN_CLUSTERS)
    return np.maximum(effect, 1.0)


def of_share(formula: Share) -> Certainty:
    """A share of rows: Wilson's and exact limits of the effective number; an exact test, or draws of tables."""

    def law(view: View) -> Law:
        whole = None if formula.whole is None else formula.whole(view)
        share, mass = formula(view), view.sums["mass"] if whole is None else view.sums["mass"] * whole
        bearing = mass * (formula.part(view) - share[view.group])
        size = effective_rows(view, whole) / design_effect(view, bearing, mass)
        return Shares(share, size, freedom(view, mass))

    def test(view: View, draw: Draw) -> EqualityTest:
        part = formula.part(view)
        whole = np.ones(len(part), dtype=bool) if formula.whole is None else formula.whole(view)
        rows = view.sums["rows"]
        if view.table.exchangeable:
            events, size = (sum_by(view.group, rows * where, view.size) for where in (part & whole, whole))
            return equal_shares(events, size, *draw)
        mass = np.where(whole, view.sums["mass"], 0.0)
        share = formula(view)
        bearing = mass * (part - share[view.group])
        return equal_weighted_means(view, part.astype(np.float64), mass, bearing, draw)

    return Certainty(law, test)


Domain = tuple[float, float]
"""Between which numbers a mean lies for certain."""
ANYWHERE: Domain = (-np.inf, np.inf)


def of_mean(formula: Quotient, domain: Callable[[View], Domain] = lambda view: ANYWHERE) -> Certainty:
    """A mean, or ratio of sums: limits by Hall's transformation; Welch's statistic under shuffles."""

    def law(view: View) -> Means:
        value, (above, below) = formula(view), formula.parts(view)
        means = _means(value, above - value[view.group] * below, below, view, domain(view))
        return replace(means, apart=_not_zero(view, above))

    def test(view: View, draw: Draw) -> EqualityTest:
        above, below = formula.above(view), formula.below(view)
        value = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
        return equal_weighted_means(view, value, below, above - formula(view)[view.group] * below, draw)

    return Certainty(law, test)


def of_root(square: Quotient) -> Certainty:
    """A root mean square: the root of the limits of the mean; the test of equal means."""
    inner = of_mean(square, lambda view: (0.0, np.inf))

    def law(view: View) -> Law:
        squares = inner.law(view)
        assert isinstance(squares, Means)
        return Roots(squares)

    return Certainty(law, inner.test)


def _means(value: Floats, deviation: Floats, weight: Floats, view: View, domain: Domain) -> Means:
    """The law of means Σ a / Σ b in each group, from a − value · b and b of each line."""
    bearing = deviation / sum_by(view.group, weight, view.size)[view.group]
    return Means.of(value, _moments(view, bearing, weight), domain)


def _not_zero(view: View, above: Floats) -> Floats:
    """Rows, or clusters, that are not 0 in each group, where they are at most a quarter; else infinite, shape (G,)."""
    rows, group, some = view.sums["rows"], view.group, above != 0
    if view.units is not None:
        some, group = view.units.add(np.abs(above)) > 0, view.units.group
        rows = np.ones(len(group))
    held, all_rows = sum_by(group, rows * some, view.size), sum_by(group, rows, view.size)
    return np.where(held <= all_rows * MOSTLY_0, held, np.inf)


def _moments(view: View, bearing: Floats, weight: Floats) -> Moments:
    """Moments of means over independent rows, or over clusters."""
    if view.units is None:
        return moments(bearing, weight, view.sums["rows"], view.group, view.size)
    bearing, weight = view.units.add(bearing), view.units.add(weight)
    return moments(bearing, weight, np.ones(len(weight)), view.units.group, view.size)


def equal_weighted_means(view: View, value: Floats, weight: Floats, deviation: Floats, draw: Draw) -> EqualityTest:
    """Rows are shuffled over the groups, or whole clusters, each a row of its mean and weight; where clusters lie in
    several groups, the means are compared by their covariance."""
    bearing = deviation / sum_by(view.group, weight, view.size)[view.group]
    skewness = _moments(view, bearing, weight).skewness
    rows, group = view.sums["rows"], view.group
    if view.units is not None:
        if view.units.spanning:
            mean = sum_by(group, weight * value, view.size) / sum_by(group, weight, view.size)
            return equal_correlated(mean, view.units.by_group(view.units.add(bearing), view.size))
        value, weight = view.units.add(weight * value), view.units.add(weight)
        value = np.divide(value, weight, out=np.zeros_like(value), where=weight > 0)
        rows, group = np.ones(len(weight)), view.units.group
    some = weight > 0
    each = kinds(value[some], (weight / rows)[some], rows[some], group[some], view.size)
    return equal_means(each, skewness, *draw)


def of_counts(formula: Quotient) -> Certainty:
    """Events per expected one: exact limits, widened by the dispersion; events split by what was expected."""

    def law(view: View) -> Events:
        below = formula.below(view)
        events, expected = (sum_by(view.group, part, view.size) for part in (formula.above(view), below))
        spread = _spread(view, formula.above(view), below, events / expected)
        return Events(events, expected, spread, freedom(view, below))

    def test(view: View, draw: Draw) -> EqualityTest:
        above, below = formula.above(view), formula.below(view)
        events, expected = (sum_by(view.group, part, view.size) for part in (above, below))
        if view.units is not None:
            value = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
            return equal_weighted_means(view, value, below, above - (events / expected)[view.group] * below, draw)
        spread = _spread(view, above, below, np.full(view.size, events.sum() / expected.sum()))
        return equal_rates(events / spread, expected / spread, *draw)

    return Certainty(law, test)


def _spread(view: View, above: Floats, below: Floats, rate: Floats) -> Floats:
    """Variance of each group's Σ weight · count over Σ weight · count: that of one row's weight, times dispersion.

    Args:
        view: lines.
        above: weight · count of each line.
        below: weight · expected count of each line.
        rate: events per expected one that are assumed in each group, shape (G,).
    """
    rows, group, size = view.sums["rows"], view.group, view.size
    weight = view.of_line(view.table.row_weight) / rows
    typical = np.where(rate > 0, rate, above.sum() / below.sum())[group] * below
    expected, poisson = sum_by(group, typical, size), sum_by(group, weight * typical, size)
    variance = view.squares(above - rate[group] * below)
    return overdispersion(expected, poisson, variance)


def of_area() -> Certainty:
    """An area under the curve: score limits with DeLong's variance; a studentised test under shuffles."""

    def law(view: View) -> Areas:
        area, positives, negatives, variance, bearing = _areas(view)
        effect = design_effect(view, bearing, view.sums["mass"])
        return Areas(area, positives / effect, negatives / effect, variance * effect)

    def test(view: View, draw: Draw) -> EqualityTest:
        if view.units is not None:
            area, *_, bearing = _areas(view)
            return equal_correlated(area, view.units.by_group(view.units.add(bearing), view.size))
        rows, positive = view.sums["rows"], view.positive
        mass = view.sums["mass"]
        some = mass > 0
        point = neighbours(view.of_line(view.table.value), rows, AREA_POINTS)
        weights, heavy = np.unique(without_last_digits(mass / rows), return_inverse=True)
        of_each, kind = joint(np.column_stack([point, positive, heavy])[some])
        many = len(of_each)
        count = sum_by(kind * view.size + view.group[some], rows[some], many * view.size).reshape(many, view.size)
        of_kind = of_each[:, 0], of_each[:, 1].astype(np.float64), weights[of_each[:, 2]]
        return equal_areas(*of_kind, count, *draw)

    return Certainty(law, test)


def _areas(view: View) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Area, effective rows of both outcomes and DeLong's variance of each group, shape (G,) each; and how each line
    bears on the area of its group, shape (L,)."""
    value, positive = view.of_line(view.table.value), view.positive
    of_group, bearing = np.empty((view.size, 4)), np.zeros(len(value))
    for group, mine in enumerate(view.members):
        mass, rows = view.sums["mass"][mine], view.sums["rows"][mine]
        *of_group[group], bearing[mine] = _area(value[mine], positive[mine], mass, rows)
    area, positives, negatives, variance = of_group.T
    return area, positives, negatives, variance, bearing


def _area(value: Floats, positive: Flags, mass: Floats, rows: Floats) -> tuple[float, float, float, float, Floats]:
    """Area, effective rows of both outcomes, DeLong's variance, and how each line bears on the area, of one group."""
    point = np.unique(value, return_inverse=True)[1]
    sides = []
    for side in (positive, ~positive):
        own = mass * side
        sides.append((own, sum_by(point, own), own.sum(), float(own.sum() ** 2 / (own**2 / rows).sum())))
    (up, above, all_up, m), (down, below, all_down, n) = sides
    under = ((np.cumsum(below) - below / 2) / all_down)[point]
    over = (1 - (np.cumsum(above) - above / 2) / all_up)[point]
    area = float(up @ under / all_up)
    variance, bearing = 0.0, np.zeros(len(value))
    for own, whole, many, part in ((up, all_up, m, under), (down, all_down, n, over)):
        variance += float((own**2 / rows) @ (part - area) ** 2) / whole**2 * many / max(many - 1, 0.5)
        bearing += own * (part - area) / whole
    return area, m, n, variance, bearing


def of_calibration(predicted: Callable[[View], Floats]) -> Certainty:
    """Observed less predicted rate: limits of the observed one, as if of the rows that its remaining spread is worth.

    Where few have the outcome, the errors of the others say nothing of how many more there might have been. So the
    limits are those of a share, of n ȳ (1 − ȳ) / Var(y − p) rows, the ratio of the variances taken over all groups.

    Args:
        predicted: mass times predicted probability of each line.
    """

    def errors(view: View) -> Floats:
        return view.sums["outcome"] - predicted(view)

    mean = of_mean(Quotient(errors, lambda view: view.sums["mass"]))

    def law(view: View) -> Law:
        mass, rows = view.sums["mass"], view.sums["rows"]
        observed, expected, whole = (
            sum_by(view.group, part, view.size) for part in (view.sums["outcome"], predicted(view), mass)
        )
        rate, shift = observed / whole, expected / whole
        plain = view.sums["outcome"] - rate[view.group] * mass
        left = errors(view) - (rate - shift)[view.group] * mass
        before, after = (float((part**2 / rows).sum()) for part in (plain, left))
        worth = np.clip(before / after, 0.5, 4.0) if before > 0 and after > 0 else 1.0
        size = effective_rows(view) * worth / design_effect(view, left, mass)
        return Shifted(Shares(rate, size, freedom(view, mass)), shift)

    return Certainty(law, mean.test)


def of_curve(predicted: Callable[[View], Floats], bins: Callable[[View], Ints]) -> Certainty:
    """A calibration error: how much of what was seen noise in its bins may have made; there is no test.

    Args:
        predicted: mass times predicted probability of each line.
        bins: bin of each line, from 0.
    """

    def law(view: View) -> Law:
        bin, mass, rows = bins(view), view.sums["mass"], view.sums["rows"]
        many = int(bin.max()) + 1
        index, size = view.group * many + bin, view.size * many
        whole, observed, expected, squares = (
            sum_by(index, part, size).reshape(view.size, many)
            for part in (mass, view.sums["outcome"], predicted(view), mass**2 / rows)
        )
        some = whole > 0  # an empty bin has neither deviation nor noise
        p, rate = (np.divide(part, whole, out=np.zeros_like(whole), where=some) for part in (expected, observed))
        people = np.divide(whole**2, squares, out=np.ones_like(whole), where=some)
        seen = (rate * people + p) / (people + 1)
        spread = np.maximum(p * (1 - p), seen * (1 - seen)) / people
        deviation = rate - p
        if view.units is not None:
            left = view.sums["outcome"] - predicted(view) - deviation.ravel()[index] * mass
            spread *= design_effect(view, left, mass)[:, None]
        return Curves(deviation, whole / whole.sum(axis=1, keepdims=True), np.sqrt(np.maximum(spread, 0.0)))

    return Certainty(law, None)
