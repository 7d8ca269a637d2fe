"""Additive attributions: importance of the factors, and the exact decomposition of each group's gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from msgspec import structs

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.bootstrap import interval
from fairaudit.explaining.resampling import RowDraws
from fairaudit.measures.divergence import jensen_shannon
from fairaudit.results import Attribution, CarryingRows, FactorGap, ImportanceDivergence, Interval, Proxy
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Groups

CARRIED = 0.05
"""A row that carries more than this share of a factor's importance is told."""
BEYOND = 10.0
"""How many times as much as the mean row it has to carry, so that few rows, or rows of much weight, are not told."""
IMPORTANT = 0.01
"""Importance from which on a factor is worth it."""
ADDITIVE = 1e-9
"""Largest difference, relative to the spread, between the linear predictor and its contributions that is rounding."""


@dataclass(frozen=True, eq=False)
class Attributed:
    """Additive attributions of some rows: up to a constant they sum to the linear predictor."""

    values: Floats
    """φ, shape (n, features), or (n, features, K) for the multinomial family; link scale, any sign."""
    method: str
    """How they were made: ``closed form``, ``TreeSHAP``, ``expected gradients``, or an explainer of shap."""
    remainder: float = 0.0
    """Largest error of a row's sum, spread over its features in proportion to |φ|; link scale; 0 where exact."""
    cut_rows: int = 0
    """Rows whose linear predictor lies beyond what the link lets through, so that their φ were made to fit."""
    cut: float = 0.0
    """How far the farthest of them lies beyond; link scale."""

    @property
    def sizes(self) -> Floats:
        """|φ|, shape (n, features); of classes the sum over them."""
        sizes: Floats = np.abs(self.values)
        return sizes if sizes.ndim == 2 else sizes.sum(axis=2)

    def of_class(self, place: int) -> Attributed:
        """Those of one class, shape (n, features)."""
        return replace(self, values=self.values[..., place])

    def within(self, linear: Floats, bounded: Floats) -> Attributed:
        """The same for predictions whose linear predictor was cut, so that sums are those of what is predicted.

        Args:
            linear: η as the model adds it up, shape (n,).
            bounded: η as the prediction is made of it, shape (n,).
        """
        lacking = bounded - linear
        rows = int(np.count_nonzero(lacking))
        if not rows:
            return self
        moved = spread(self.values, lacking, self.method)
        return replace(self, values=moved.values, cut_rows=rows, cut=moved.remainder)

    def with_rows(self, rows: Flags, part: Attributed) -> Attributed:
        """The same with some of its rows, shape (n,), as another model attributes them."""
        values = self.values.copy()
        values[rows] = part.values
        remainder, cut = max(self.remainder, part.remainder), max(self.cut, part.cut)
        return Attributed(values, part.method, remainder, self.cut_rows + part.cut_rows, cut)


def spread(values: Floats, lacking: Floats, method: str) -> Attributed:
    """Attributions with what their sums lack spread over the features in proportion to |φ|.

    Args:
        values: φ, shape (n, J), or (n, J, K).
        lacking: what the sum of each row lacks, shape (n,) or (n, K).
        method: how they were made.
    """
    size = np.abs(values)
    total = size.sum(axis=1, keepdims=True)
    share = np.divide(size, total, out=np.full_like(size, 1 / size.shape[1]), where=total > 0)
    return Attributed(values + np.expand_dims(lacking, 1) * share, method, float(np.abs(lacking).max(initial=0.0)))


def attribution(
    attributed: Attributed,
    linear: Floats,
    factors: list[str],
    groupings: list[Groups],
    weight: Floats,
    scale: str,
    least: int,
    draws: RowDraws | None = None,
    confidence: float = 0.95,
    of_rows: int | None = None,
    proxies: list[Proxy] | None = None,
    classes: Sequence[str] = (),
    count: Floats | None = None,
) -> Attribution:
    r"""Importance of the factors, overall and by group, and what each contributes to each group's gap.

    The gap of group g on the link scale is exactly the sum of its contributions,

    .. math:: E[\eta \mid g] - E[\eta] = \sum_j \bigl( E[\phi_j \mid g] - E[\phi_j] \bigr)

    and the importance of factor j is its share of :math:`\sum_j E|\phi_j|`.

    Args:
        attributed: φ of J factors, any sign, link scale: with a constant they sum to the linear predictor.
        linear: η, shape (n,), or (n, K) of classes.
        factors: names of the J factors.
        groupings: groups of the rows.
        weight: row weights, shape (n,), sum to 1.
        scale: the link scale in words.
        least: rows below which a group is not decomposed.
        draws: bootstrap over these rows; None or no replicates: no intervals.
        confidence: coverage of the intervals, in (0, 1).
        of_rows: number of rows from which these were drawn; None: these are all.
        proxies: dependence of the factors on the attributes, if it was measured.
        classes: names of the K classes, each of which has an attribution of its own within the whole; the importance of
            a factor for all of them is its share of the sum over the classes. None: there are no classes.
        count: how many rows each of these stands for, shape (n,); None: one.

    Raises:
        ArithmeticError: if the contributions do not add up: a fault of the model's attributions, never to be shown.
    """
    if classes:
        plain = partial(attribution, factors=factors, groupings=groupings, weight=weight, scale=scale, least=least)
        plain = partial(plain, draws=draws, confidence=confidence, of_rows=of_rows, count=count)
        sizes = replace(attributed, values=attributed.sizes)
        each = {name: plain(attributed.of_class(k), linear[:, k]) for k, name in enumerate(classes)}
        whole = plain(sizes, sizes.values.sum(axis=1))
        return structs.replace(whole, gaps=[], proxies=proxies or [], classes=each)
    check_sums(attributed.values, linear)
    people = np.ones(len(linear)) if count is None else count
    drawn = draws if draws is not None and len(draws.counts) else None
    table = _Table(attributed.values, linear, weight, people, drawn)
    gaps, divergences = [], []
    for groups in groupings:
        rows, mass = (sum_by(groups.index, each, len(groups)) for each in (people, weight))
        parts = {}
        for group in range(len(groups)):
            by, cell, n = list(groups.by), groups.cell(group), int(rows[group])
            if n < least or mass[group] <= 0:
                why = f"{n} rows; {least} are needed" if n < least else "all weights are 0"
                gaps.append(FactorGap(by=by, cell=cell, n=n, gap=None, why=why))
                continue
            parts[group] = part = table.part(np.flatnonzero(groups.index == group))
            gaps.append(_gap(part, table.whole, by, cell, n, factors, confidence))
        divergences.append(_divergence(table, list(parts.values()), list(groups.by), confidence))
    return Attribution(
        scale=scale,
        method=attributed.method,
        rows=int(people.sum()),
        of_rows=int(people.sum()) if of_rows is None else of_rows,
        remainder=attributed.remainder,
        cut_rows=attributed.cut_rows,
        cut=attributed.cut,
        importance=_named(factors, table.whole.importance),
        importance_intervals=_intervals(factors, table.whole.importances, confidence),
        carried=carrying_rows(weight[:, None] * np.abs(attributed.values), weight, factors, people),
        gaps=gaps,
        divergence=divergences,
        proxies=proxies or [],
    )


def check_sums(values: Floats, linear: Floats) -> None:
    """Raise `ArithmeticError` unless attributions, shape (n, J), sum to the linear predictor, (n,), but for a constant;
    of classes, (n, J, K), to that of each, (n, K)."""
    off = float(np.ptp(linear - values.sum(axis=1), axis=0).max())
    if off > ADDITIVE * max(1.0, float(np.ptp(linear))):
        raise ArithmeticError(f"contributions miss the linear predictor by up to {off:.3g}")


def carrying_rows(sizes: Floats, weight: Floats, factors: list[str], count: Floats | None = None) -> list[CarryingRows]:
    r"""Factors that have much of their importance from a few rows, and these rows together.

    Row i carries :math:`\omega_i |\phi_{ij}| / \sum_k \omega_k |\phi_{kj}|` of the importance of factor j. As an
    attribution is relative to the mean row, the only row of a level carries a half: the others have the rest for not
    being of it.

    Args:
        sizes: ω |φ|, shape (n, J), ≥ 0.
        weight: ω, shape (n,), sums to any positive number.
        factors: names of the J factors.
        count: how many rows each of these stands for, shape (n,); None: one.
    """
    total, people = sizes.sum(axis=0), np.ones(len(sizes)) if count is None else count
    carried = np.divide(sizes, total, out=np.zeros_like(sizes), where=total > 0)
    carries = (carried / people[:, None] > CARRIED) & (carried > BEYOND * (weight / weight.sum())[:, None])
    told = carries.any(axis=0) & (shares(total) >= IMPORTANT)
    return [
        CarryingRows(
            factor=factors[j],
            rows=int(people[carries[:, j]].sum()),
            of=int(people.sum()),
            share=min(float(carried[carries[:, j], j].sum()), 1.0),
        )
        for j in np.flatnonzero(told)
    ]


@dataclass(frozen=True, eq=False)
class _Part:
    """Means over some rows, and the same in R replicates."""

    mass: float
    """Weight of the rows."""
    linear: float
    contribution: Floats
    """Mean φ, shape (J,)."""
    importance: Floats
    """Shares of the mean |φ|, shape (J,)."""
    noise: Floats
    """Variance of each share over rows like these, shape (J,)."""
    masses: Floats
    """Shape (R,)."""
    linears: Floats
    """Shape (R,)."""
    contributions: Floats
    """Shape (R, J)."""
    importances: Floats
    """Shape (R, J)."""


class _Table:
    """Columns from which the means of any group and their replicates are summed."""

    def __init__(self, values: Floats, linear: Floats, weight: Floats, people: Floats, draws: RowDraws | None) -> None:
        self.values, self.linear, self.weight, self.people, self.draws = values, linear, weight, people, draws
        # A share varies by Σ ω² (|φ_j| − p_j Σ|φ|)² / (mean Σ|φ|)² where rows are all of one kind: the first-order
        # variance of a ratio of means, taken over all rows as under equal groups.
        size = np.abs(values)
        mean = weight @ size
        total = float(mean.sum())
        influence = size - shares(mean) * size.sum(axis=1, keepdims=True)
        self.variance = weight @ influence**2 / total**2 if total > 0 else np.zeros(values.shape[1])
        self.whole = self.part(np.arange(len(linear)))

    def part(self, rows: Ints) -> _Part:
        """The means of some rows."""
        values, linear, weight = self.values[rows], self.linear[rows], self.weight[rows]
        mass = float(weight.sum())
        count = values.shape[1]
        columns = np.column_stack([weight, weight * linear, weight[:, None] * values, weight[:, None] * np.abs(values)])
        drawn = np.zeros((0, columns.shape[1])) if self.draws is None else self.draws.sums(columns, rows)
        drawn = drawn[drawn[:, 0] > 0]  # replicates without a row of the group say nothing
        means = drawn[:, 1:] / drawn[:, :1]
        share = weight / mass
        return _Part(
            mass=mass,
            linear=float(share @ linear),
            contribution=share @ values,
            importance=shares(share @ np.abs(values)),
            noise=self.variance * float(share @ (share / self.people[rows])),
            masses=drawn[:, 0],
            linears=means[:, 0],
            contributions=means[:, 1 : count + 1],
            importances=shares(means[:, count + 1 :]),
        )


def shares(sizes: Floats) -> Floats:
    """Sizes as shares of their sum over the last axis; equal ones where all are 0."""
    total = sizes.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(sizes, total, out=np.full_like(sizes, 1 / sizes.shape[-1]), where=total > 0))


def _gap(
    part: _Part, whole: _Part, by: list[str], cell: dict[str, str], n: int, factors: list[str], confidence: float
) -> FactorGap:
    both = len(part.linears) == len(whole.linears)  # else a replicate had no row of the group
    linears = part.linears - whole.linears if both else part.linears[:0]
    contributions = part.contributions - whole.contributions if both else part.contributions[:0]
    ends = _ends(linears[:, None], confidence)
    return FactorGap(
        by=by,
        cell=cell,
        n=n,
        gap=part.linear - whole.linear,
        interval=ends[0] if ends else None,
        contributions=_named(factors, part.contribution - whole.contribution),
        contribution_intervals=_intervals(factors, contributions, confidence),
        importance=_named(factors, part.importance),
        importance_intervals=_intervals(factors, part.importances, confidence),
    )


def _divergence(table: _Table, parts: list[_Part], by: list[str], confidence: float) -> ImportanceDivergence:
    r"""Jensen–Shannon divergence between the parts' importance distributions, and what chance alone gives.

    To second order the mean under chance is :math:`\frac{1}{2 \ln 2} \sum_g \pi_g (1 - \pi_g) \sum_j V_{gj} / p_j`, V
    the variance of the share of factor j over rows like those of group g.
    """
    if len(parts) < 2:
        return ImportanceDivergence(by=by, value=None, why="fewer than two groups are large enough")
    mass = np.array([part.mass for part in parts])
    mass = mass / mass.sum()
    each = np.array([part.importance for part in parts])
    value = float(jensen_shannon(mass[:, None] * each))
    pooled, noise = mass @ each, np.array([part.noise for part in parts])
    ratio = np.divide(noise, pooled, out=np.zeros_like(noise), where=pooled > 0)
    least = float((mass * (1 - mass)) @ ratio.sum(axis=1) / (2 * np.log(2)))
    ends = None
    if table.draws is not None and all(len(part.masses) == len(table.draws.counts) for part in parts):
        masses = np.stack([part.masses for part in parts], axis=1)
        drawn = np.stack([part.importances for part in parts], axis=1)
        replicates = jensen_shannon((masses / masses.sum(axis=1, keepdims=True))[:, :, None] * drawn)
        # Replicates carry the noise of the data and their own: their spread is used, not their place.
        low, high = interval(replicates - replicates.mean(), confidence)
        ends = (value - least + float(low), value - least + float(high))
    return ImportanceDivergence(by=by, value=value, floor=least, excess=value - least, interval=ends)


def _ends(replicates: Floats, confidence: float) -> list[Interval]:
    """Interval of each column of replicates, shape (R, J); none without replicates."""
    if not len(replicates):
        return []
    return [(float(low), float(high)) for low, high in zip(*interval(replicates, confidence), strict=True)]


def _intervals(factors: list[str], replicates: Floats, confidence: float) -> dict[str, Interval]:
    return dict(zip(factors, _ends(replicates, confidence), strict=bool(len(replicates))))


def _named(factors: list[str], values: Floats) -> dict[str, float]:
    return {name: float(value) for name, value in zip(factors, values, strict=True)}
