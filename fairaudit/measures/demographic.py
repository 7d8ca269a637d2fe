"""Conditional demographic disparity: whether a group is more among the rejected than among the accepted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from fairaudit.arrays import Floats, Ints
from fairaudit.scoretable.cells import sum_by


@dataclass(frozen=True)
class DemographicDisparity:
    """A disparity of one group, in [−1, 1]; 0: it is as much among the rejected as among the accepted."""

    value: float
    """NaN where in no stratum some are accepted and some rejected."""
    error: float
    """Standard error, from how each row bears on it, also on the shares of the strata."""

    def limits(self, tail: float) -> tuple[float, float]:
        """Normal limits, cut at −1 and 1."""
        reach = -float(ndtri(tail)) * self.error
        return max(self.value - reach, -1.0), min(self.value + reach, 1.0)


def demographic_disparity(
    member: Floats, stratum: Ints, accepted: Floats, mass: Floats, rows: Floats
) -> DemographicDisparity:
    r"""The demographic disparity of a group within strata, averaged with their shares of all people.

    .. math:: \sum_s \frac{N_s}{N} \left( \frac{R_{gs}}{R_s} - \frac{A_{gs}}{A_s} \right)

    with R the rejected and A the accepted: the group's share of the rejected less its share of the accepted (Wachter,
    Mittelstadt and Russell 2021, doi:10.1016/j.clsr.2021.105567). With one stratum for all it is the plain disparity.
    Strata in which nobody is accepted, or nobody rejected, say nothing and are left out of the sum and of N.

    Args:
        member: 1 for lines of the group, else 0, shape (L,).
        stratum: stratum of each line, from 0.
        accepted: mass of the accepted of each line.
        mass: mass of each line.
        rows: rows of each line.

    Returns:
        Above 0 the group is more among the rejected than among the accepted.
    """
    rejected = mass - accepted
    yes, no = (sum_by(stratum, part) for part in (accepted, rejected))
    used = (yes > 0) & (no > 0)
    if not used.any():
        return DemographicDisparity(np.nan, np.nan)
    inside = used[stratum]
    member, accepted, rejected, mass, rows = (part[inside] for part in (member, accepted, rejected, mass, rows))
    stratum = (np.cumsum(used) - 1)[stratum[inside]]
    yes, no = yes[used], no[used]
    among_yes, among_no = (sum_by(stratum, member * part) / whole for part, whole in ((accepted, yes), (rejected, no)))
    people = sum_by(stratum, mass)
    share, own = people / people.sum(), among_no - among_yes
    value = float(share @ own)
    of_stratum = (member - among_no[stratum]) * rejected / no[stratum]
    of_stratum -= (member - among_yes[stratum]) * accepted / yes[stratum]
    bearing = share[stratum] * of_stratum + mass / people.sum() * (own[stratum] - value)
    return DemographicDisparity(value, float(np.sqrt((bearing**2 / rows).sum())))
