"""How much of the variance of what is measured lies between groups: the unfairness index."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.measures.measure import EVERY, Measure
from fairaudit.results import Subject, Task

ROUNDING = 1e-12
"""Share of the largest value up to which differences are rounding."""


def rounding(value: Floats) -> float:
    """Difference up to which values, of any shape, are equal: means of the same number over different rows need not be
    so to the last digit."""
    return ROUNDING * float(np.abs(value).max(initial=0.0))


def unfairness_index(mass: Floats, values: Floats, spread: float, weighted: bool) -> Floats:
    r"""UF: share of the variance of f that lies between groups.

    .. math:: \mathrm{UF} = \operatorname{Var}(E[f \mid s]) / \operatorname{Var}(f)

    Args:
        mass: joint mass of value and group, shape (..., M, G).
        values: the values, shape (M,).
        spread: Var(f), > 0; as published with divisor n − 1 for the unweighted index.
        weighted: whether a group counts by its mass, else all G groups that occur count the same and the variance of
            their means has divisor G − 1 (as published).

    Returns:
        UF, shape (...): 0 where all groups have the same mean; weighted at most 1.
    """
    share = mass.sum(axis=-2)
    centred = values - np.average(values, weights=mass.reshape(-1, *mass.shape[-2:])[0].sum(axis=-1))
    mean = np.divide(centred @ mass, share, out=np.zeros_like(share), where=share > 0)
    weight = share if weighted else np.where(share > 0, 1.0, 0.0)
    weight = weight / weight.sum(axis=-1, keepdims=True)
    centre = (weight * mean).sum(axis=-1, keepdims=True)
    between: Floats = (weight * (mean - centre) ** 2).sum(axis=-1) / spread
    count = (share > 0).sum(axis=-1)
    return between if weighted else between * count / np.maximum(count - 1, 1)


def mean_measure(task: Task, subject: Subject) -> str:
    """Name of the measure that is the mean of what is measured: where it is the same in all groups, the index is 0."""
    if subject != "outcome":
        return {"prediction": "mean_prediction", "decision": "selection_rate"}[subject]
    return {"binary": "base_rate", "count": "frequency"}.get(task, "mean_outcome")


def uf_name(weighted: bool) -> str:
    """Name of the unfairness index."""
    return "uf_weighted" if weighted else "uf"


SPREAD = (
    Measure(
        name="uf",
        number=55,
        label="unfairness index (UF)",
        about="share of the predictions' variance that lies between groups, groups counted equally",
        formula="Var(E[f given g]) / Var(f), groups counting the same (as published, divisors G − 1 and n − 1)",
        unit="number",
        better="lower",
        tasks=EVERY,
        needs=(),
        statistics=("excess", "value"),
        compared=True,
    ),
    Measure(
        name="uf_weighted",
        number=56,
        label="unfairness index, weighted",
        about="share of the predictions' variance that lies between groups, groups by size",
        formula="the same, groups counting by their weight",
        unit="number",
        better="lower",
        tasks=EVERY,
        needs=(),
        statistics=("excess", "value"),
        compared=True,
    ),
)
