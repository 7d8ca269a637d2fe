"""What statisticians of a court or a regulator ask for beside the verdict: tests and ratios of two groups."""

from __future__ import annotations

from fairaudit.results.values import Cell, Interval, Probability, Result


class RateContrast(Result, frozen=True, kw_only=True):
    """One rate of one group against that of the reference group, every interval for this pair alone."""

    measure: str
    """Name of the measure."""
    by: list[str]
    """The attributes that form the groups."""
    cell: Cell
    """The group."""
    reference: Cell
    """The group that it is compared with: the one that was named, else the best-off; see `Disparity.reference`."""
    spared: bool = False
    """Whether the rate is that of the favourable decision, no: 1 − the selection rate."""
    rate: Probability
    """Rate of the group."""
    reference_rate: Probability
    """Rate of the reference."""
    people: float
    """People of the group whom the rate is about; under weights or clusters their effective number."""
    reference_people: float
    """The same of the reference."""
    difference: float
    """`rate` − `reference_rate`; below 0 the group has the lower rate."""
    difference_interval: Interval
    """Newcombe's interval of it."""
    standard_deviations: float
    """`difference` over its standard error if the two rates are equal (pooled variance); below 0 as `difference`."""
    shortfall: float
    """People of the group who lack the property if both groups are to have their common rate; below 0: too many."""
    p_value: Probability | None = None
    """Fisher's exact test of these two groups, two-sided, for this pair alone."""
    p_adjusted: Probability | None = None
    """The same, corrected by Holm's method for the groups that this measure compares with the reference."""
    risk_ratio: float
    """`rate` / `reference_rate`; 1: equal."""
    risk_ratio_interval: Interval
    """Score interval of it (Koopman)."""
    odds_ratio: float | None
    """Odds of the group over those of the reference; 1: equal; None where it is infinite or 0/0."""
    odds_ratio_interval: Interval | None
    """Score interval of it (Cornfield); None where its upper end is infinite."""
    why: str | None = None
    """Why there is no p-value or no odds ratio."""
