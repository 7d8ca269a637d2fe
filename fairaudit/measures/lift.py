"""How well predicted rates order events: the ordered Lorenz curve, its Gini index, and lift by tenths of exposure."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.laws import student_tail
from fairaudit.results import Interval
from fairaudit.results.experts import LiftTenth
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import classes

PARTS = 10
"""Parts of the exposure."""


def gini(
    value: Floats, events: Floats, exposure: Floats, rows: Floats, cluster: Ints | None = None
) -> tuple[float, float, float]:
    r"""Gini index of the ordered Lorenz curve, its standard error, and the degrees of freedom of that.

    .. math:: G = 2 \theta - 1, \quad \theta = \sum_{kl} \frac{x_k}{X} \frac{e_l}{E}
        \left( 1[f_l < f_k] + \tfrac12 1[f_l = f_k] \right)

    Twice the area between the diagonal and the curve of the share of events against that of exposure, both in the order
    of the predictions (Frees, Meyers and Cummings 2011, doi:10.1198/jasa.2011.tm10506). The error is from what each
    row, or person with several rows, bears on θ, as of an AUC.

    Args:
        value: predicted rate f of each line, shape (L,).
        events: x ≥ 0.
        exposure: e > 0.
        rows: rows of each line, which are alike.
        cluster: code of whom each line is about, from 0, where people have several rows.

    Returns:
        G in [−1, 1], 0 where all predictions are equal, NaN without events; its error; and the effective number of
        people less 1, infinite where each row is about somebody else.
    """
    whole, time = events.sum(), exposure.sum()
    if not whole > 0:
        return np.nan, np.nan, np.inf
    _, point = np.unique(value, return_inverse=True)
    of_events, of_time = sum_by(point, events) / whole, sum_by(point, exposure) / time
    below = (np.cumsum(of_time) - of_time / 2)[point]
    above = (1 - np.cumsum(of_events) + of_events / 2)[point]
    area = float(events @ below / whole)
    bearing = events / whole * (below - area) + exposure / time * (above - area)
    if cluster is None:
        return 2 * area - 1, 2 * float(np.sqrt((bearing**2 / rows).sum())), np.inf
    of_one, own = sum_by(cluster, bearing), sum_by(cluster, exposure)
    people = max(float(time**2 / (own**2).sum()), 2.0)
    return 2 * area - 1, 2 * float(np.sqrt((of_one**2).sum() * people / (people - 1))), people - 1


def gini_interval(index: float, error: float, confidence: float, freedom: float) -> Interval:
    """Normal interval of a Gini index, Student's where its error has so many degrees of freedom, cut at ±1."""
    half = -float(ndtri(student_tail((1 - confidence) / 2, freedom))) * error
    return max(index - half, -1.0), min(index + half, 1.0)


def lorenz(value: Floats, events: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Share of the exposure and of the events up to each prediction, the lowest first, from (0, 0) to (1, 1).

    Twice the area between the diagonal and this line is the Gini index of `gini`.

    Args:
        value: predicted rate of each line, shape (L,).
        events: ≥ 0, with a sum > 0; counts or amounts.
        exposure: ≥ 0, with a sum > 0.

    Returns:
        Two increasing arrays of one entry more than there are distinct predictions.
    """
    _, point = np.unique(value, return_inverse=True)
    time, seen = (np.concatenate([[0.0], np.cumsum(sum_by(point, of))]) for of in (exposure, events))
    return time / time[-1], seen / seen[-1]


def tenths(value: Floats, exposure: Floats) -> Ints:
    """Tenth of the exposure of each line by its prediction, from 0, equal predictions together, shape (L,)."""
    _, point = np.unique(value, return_inverse=True)
    return classes(sum_by(point, exposure / exposure.sum()), PARTS)[point]


def double_lift(plain: Floats, chosen: Floats, outcome: Floats, exposure: Floats, weight: Floats) -> list[LiftTenth]:
    """Observed events beside what two models predict, by tenths of the exposure in the order of their quotient.

    Args:
        plain: rates that the plain model predicts, shape (m,), > 0.
        chosen: those of the chosen model.
        outcome: events of each row.
        exposure: time at risk of each row.
        weight: weight of each row.
    """
    time = weight * exposure
    if not (plain > 0).all() or not time.sum() > 0:
        return []
    quotient = chosen / plain
    part = tenths(quotient, time)
    size = int(part.max()) + 1
    of_part = sum_by(part, time, size)
    rates = [sum_by(part, events, size) / of_part for events in (weight * outcome, time * plain, time * chosen)]
    return [
        LiftTenth(
            share=float(of_part[place] / time.sum()),
            quotient=(float(quotient[part == place].min()), float(quotient[part == place].max())),
            observed=float(rates[0][place]),
            plain=float(rates[1][place]),
            chosen=float(rates[2][place]),
        )
        for place in range(size)
    ]
