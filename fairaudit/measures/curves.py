"""Curves behind two measures of a binary outcome: ranking (ROC) and calibration."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.measures.calibration import predicted
from fairaudit.measures.view import View, divide
from fairaudit.scoretable.cells import sum_by


def roc(value: Floats, positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    """False and true positive rate at every threshold, from (0, 0), where nobody is selected, to (1, 1).

    Args:
        value: what is ranked, shape (L,), higher for the likelier positive.
        positive: mass with outcome 1 at each value, shape (L,), ≥ 0, with a sum > 0.
        negative: mass with outcome 0, likewise.

    Returns:
        Two increasing arrays of one entry more than there are distinct values. The area under the line through them is
        the AUC, ties counting half (Fawcett 2006, doi:10.1016/j.patrec.2005.10.010).
    """
    _, falling = np.unique(-value, return_inverse=True)
    false, true = (np.concatenate([[0.0], np.cumsum(sum_by(falling, mass))]) for mass in (negative, positive))
    return false / false[-1], true / true[-1]


def spaced(x: Floats, y: Floats, most: int) -> Ints:
    """Places of at most `most` points of a line that rises in both directions, about equally far from each other.

    The ends are among them. Distance is x + y along the line: between two chosen points the line stays in the box that
    they span, whose half circumference is at most 1/(most − 1) of the whole line's but for a single longer step.
    """
    length = x + y - x[0] - y[0]
    wanted = np.linspace(0, length[-1], most)
    return np.unique(np.searchsorted(length, wanted))


def reliability(view: View) -> tuple[Floats, Floats]:
    """Mean predicted and observed rate in each bin of the predictions, shape (..., G, B) each; NaN in empty bins."""
    mass, expected, outcome = (
        view.by_bin(values) for values in (view.sums["mass"], predicted(view), view.sums["outcome"])
    )
    return divide(expected, mass), divide(outcome, mass)
