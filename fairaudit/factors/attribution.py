"""Additive attributions, and the exact decomposition of each group's gap into factors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairaudit.cells import sum_by
from fairaudit.results import Attribution, FactorGap
from fairaudit.stats.grid import Groups

Floats = NDArray[np.float64]

ADDITIVE = 1e-9
"""Largest difference, relative to the spread, between the linear predictor and its contributions that is rounding."""


def attribution(
    contributions: Floats,
    linear: Floats,
    factors: list[str],
    groupings: list[Groups],
    weight: Floats,
    scale: str,
    least: int,
) -> Attribution:
    r"""Importance of the factors, overall and by group, and what each contributes to each group's gap.

    The gap of group g on the link scale is exactly the sum of its contributions,

    .. math:: E[\eta \mid g] - E[\eta] = \sum_j \bigl( E[\phi_j \mid g] - E[\phi_j] \bigr)

    and the importance of factor j is its share of :math:`\sum_j E|\phi_j|`.

    Args:
        contributions: φ, shape (n, J), any sign, link scale: with a constant they sum to the linear predictor.
        linear: η, shape (n,).
        factors: names of the J factors.
        groupings: groups of the rows.
        weight: row weights, shape (n,), sum to 1.
        scale: the link scale in words.
        least: rows below which a group is not decomposed.

    Raises:
        ArithmeticError: if the contributions do not add up: a fault of the model's attributions, never to be shown.
    """
    off = linear - contributions.sum(axis=1)
    if np.ptp(off) > ADDITIVE * max(1.0, float(np.ptp(linear))):
        raise ArithmeticError(f"contributions miss the linear predictor by up to {np.ptp(off):.3g}")
    size = np.abs(contributions)
    overall = weight @ contributions
    gaps = []
    for groups in groupings:
        rows = np.bincount(groups.index, minlength=len(groups))
        mass = sum_by(groups.index, weight, len(groups))
        for group in range(len(groups)):
            chosen = groups.index == group
            by, cell, n = list(groups.by), groups.cell(group), int(rows[group])
            if n < least or mass[group] <= 0:
                why = f"{n} rows; {least} are needed" if n < least else "all weights are 0"
                gaps.append(FactorGap(by=by, cell=cell, n=n, gap=None, why=why))
                continue
            share = weight[chosen] / mass[group]
            gaps.append(
                FactorGap(
                    by=by,
                    cell=cell,
                    n=n,
                    gap=float(share @ linear[chosen] - weight @ linear),
                    contributions=_named(factors, share @ contributions[chosen] - overall),
                    importance=_named(factors, _shares(share @ size[chosen])),
                )
            )
    return Attribution(scale=scale, importance=_named(factors, _shares(weight @ size)), gaps=gaps)


def _shares(sizes: Floats) -> Floats:
    total = sizes.sum()
    return sizes / total if total > 0 else np.full_like(sizes, 1 / len(sizes))


def _named(factors: list[str], values: Floats) -> dict[str, float]:
    return {name: float(value) for name, value in zip(factors, values, strict=True)}
