r"""Whether a group is large enough for what is estimated of it: the p–n criterion.

A distribution with p parameters that was fitted to n rows differs from the closest true one by the Kullback–Leibler
divergence D, on average over samples

.. math:: E \, D(\theta \| \hat\theta) = \frac{p}{2n} + \frac{c}{n^2} + O(n^{-3})

(Sheena, MLE convergence speed to information projection of exponential family, 2021, arXiv:2105.08947; Statistical
Papers 2022, doi:10.1007/s00362-022-01309-9). By Pinsker's inequality nobody who sees one row can tell the fitted from
the true distribution with a probability above ½ + δ where D ≤ 8 δ². Here δ is 5 points, as for the number of rows below
which a group is not compared.

For an exponential family with one parameter, whose sufficient statistic has skewness γ and excess kurtosis κ, a Taylor
series of D to the fourth order gives c = (19 γ² − 9 κ)/24. `of_shares`, `of_events` and `of_numbers` are that for the
multinomial, Poisson and normal distribution. Where a sample may have no event at all D is infinite for it; the series
is then that of all other samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.measures.divergence import Density
from fairaudit.results import Adequacy
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Grid
from fairaudit.scoretable.table import ScoreTable

TELLING = 0.05
"""δ: how much more often than by guessing the fitted and the true distribution may be told apart."""
MOST_RISK = 8 * TELLING**2
"""Expected divergence, in nats, up to which a group is large enough."""


@dataclass(frozen=True)
class Risk:
    """Expected divergence of a fitted distribution, p/(2n) + c/n²."""

    parameters: int
    """p ≥ 1."""
    second: float
    """c ≥ 0."""

    def of(self, rows: float) -> float:
        """The expected divergence with so many rows, in nats; infinite with none."""
        return self.parameters / (2 * rows) + self.second / rows**2 if rows > 0 else math.inf

    @property
    def needed(self) -> int:
        """Fewest rows with which it is at most `MOST_RISK`."""
        half = self.parameters / 2
        return math.ceil((half + math.sqrt(half**2 + 4 * MOST_RISK * self.second)) / (2 * MOST_RISK) - 1e-9)

    def result(self, what: str, rows: float) -> Adequacy:
        """As it stands in a result.

        Args:
            what: what is estimated, in words.
            rows: independent rows of equal weight that there are.
        """
        risk = self.of(rows)
        return Adequacy(
            of=what,
            parameters=self.parameters,
            risk=risk if math.isfinite(risk) else None,
            needed=self.needed,
            adequate=rows >= self.needed,
        )


def of_shares(share: Floats) -> Risk:
    r"""The risk of the shares of M classes, c = (5 Σ 1/p − 6 M + 1)/12; for a rate p of yes (5/(p (1 − p)) − 11)/12.

    Args:
        share: shares of the classes that occur, > 0, summing to 1, shape (M ≥ 2,).
    """
    many = len(share)
    return Risk(many - 1, (5 * float(np.sum(1 / share)) - 6 * many + 1) / 12)


def of_events(mean: float) -> Risk:
    """The risk of a Poisson rate, c = 5/(12 μ).

    Args:
        mean: μ > 0, events that a row has on average.
    """
    return Risk(1, 5 / (12 * mean))


def of_numbers() -> Risk:
    """The risk of the mean and variance of normal numbers, c = 61/12."""
    return Risk(2, 61 / 12)


def of_parameters(count: int) -> Risk:
    """The risk of a model with so many parameters, to first order: the second depends on its features."""
    return Risk(count, 0.0)


def adequacy(table: ScoreTable, grid: Grid, density: Density, index: Ints, effective: Floats) -> list[list[Adequacy]]:
    """What each group is large enough for: its rate (or mean), and the distribution of its predictions over bins.

    Args:
        table: the score table.
        grid: grid of its values.
        density: how the values become distributions; one without bins is not judged.
        index: group of each line, shape (L,).
        effective: independent rows of equal weight that each group is worth, shape (G,).
    """
    means = [(_name(table), risk) for risk in _risks_of_means(table, index, len(effective))]
    spread = _risk_of_spread(table, grid, density)
    return [
        [risk.result(what, float(rows)) for what, risk in [mean, *spread]]
        for mean, rows in zip(means, effective, strict=True)
    ]


def _name(table: ScoreTable) -> str:
    return "mean" if _counted(table) is None else "rate"


def _counted(table: ScoreTable) -> Floats | None:
    """What rates are of: decisions, else outcomes of two values, or counts; None where numbers are averaged."""
    if table.task == "binary":
        return table.outcome if table.decision is None else table.decision
    return table.outcome if table.task == "count" else None


def _risks_of_means(table: ScoreTable, index: Ints, size: int) -> list[Risk]:
    """The risk of the rate, or of the mean and variance, of each group; where a group has no event, or nothing else, as
    if half of one had happened."""
    counted = _counted(table)
    if counted is None:
        return [of_numbers()] * size
    rows = np.where(table.mass > 0, table.rows, 0.0)
    people, events = sum_by(index, rows, size), sum_by(index, rows * counted, size)
    rate = (events + 0.5) / (people + 1)
    if table.task == "count":
        return [of_events(float(mean)) for mean in rate]
    return [of_shares(np.array([share, 1 - share])) for share in rate]


def _risk_of_spread(table: ScoreTable, grid: Grid, density: Density) -> list[tuple[str, Risk]]:
    """The risk of the shares of all predictions in the bins that hold some; none where there are no predictions, no
    bins, or no more than two."""
    if density.bin is None or table.subject != "prediction":
        return []
    shares = density(sum_by(grid.index, table.weight, len(grid.values))[None])[0]
    some = shares[shares > 0]
    return [("distribution", of_shares(some))] if len(some) > 2 else []
