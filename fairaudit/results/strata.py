"""What an audit measures within the strata of an admissible column: rates, their standardised gaps, what is common."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairaudit.results.measures import GroupValue
from fairaudit.results.values import Cell, Count, Interval, Probability, Result

Reading = Literal["turns round", "mostly between", "mostly within", "in part", "hidden", "open", "none"]
"""What intervals allow to say of a crude and a standardised gap."""


def sign(interval: Interval | None) -> int:
    """1 or −1 where an interval leaves out 0, else 0."""
    return 0 if interval is None else int(interval[0] > 0) - int(interval[1] < 0)


class CommonEstimate(Result, frozen=True, kw_only=True):
    """A number that is taken to be the same in all strata."""

    value: float | None = None
    """The estimate of Mantel and Haenszel; None if it could not be measured."""
    interval: Interval | None = None
    """Its interval, which holds for all contrasts of the measure at once."""
    why: str | None = None
    """Why a number is missing."""


class Homogeneity(Result, frozen=True, kw_only=True):
    """Test of Breslow and Day, with Tarone's correction, that the odds ratio is the same in all strata."""

    statistic: float | None = None
    """About χ² if it is."""
    freedom: Count = 0
    """Degrees of freedom: one less than there are strata with both groups and both outcomes."""
    p_value: Probability | None = None
    """P-value; None where it could not be tested."""
    why: str | None = None
    """Why there is no p-value."""


class Stratum(Result, frozen=True, kw_only=True):
    """One stratum: the people with one value of the admissible column."""

    level: str
    """That value."""
    n: Count
    """Rows that the measure is about."""
    share: Probability
    """Weight of the stratum in the standard: its share of all people that the measure is about."""
    compared: bool
    """Whether at least two of the groups have people in it."""
    values: list[GroupValue]
    """The measure in each group, in the order of `WithinStrata.groups`."""
    gap: float | None = None
    """Highest − lowest, of the groups with enough rows in this stratum."""
    ratio: float | None = None
    """Lowest / highest, for rates."""
    interval: Interval | None = None
    """Interval of `gap`, for all pairs of groups of this stratum at once."""
    highest: Cell | None = None
    """Group with the highest value."""
    lowest: Cell | None = None
    """Group with the lowest value."""
    why: str | None = None
    """Why there is no gap."""


class StandardisedGroup(Result, frozen=True, kw_only=True):
    """One group, as it is and as it would be with the strata of all people."""

    cell: Cell
    """The group."""
    n: Count
    """Rows that the measure is about."""
    alone: Count
    """Those of them in strata where no other group has anybody, so that they can be compared with nobody."""
    value: float | None
    """The measure in the group as it is."""
    standardised: float | None
    """Mean of its values within strata, weighted by the shares of the strata among all people: of the strata in which
    all groups have people."""
    interval: Interval | None = None
    """Interval of `standardised`, the shares taken as known."""
    demographic_disparity: float | None = None
    """Of decisions: share of the group among the rejected − among the accepted, of all people; 0: no disparity, above 0
    it is more among the rejected. Accepted are those with the favourable decision; with yes where nobody said which."""
    conditional_disparity: float | None = None
    """The same within strata, averaged with their shares of all people: conditional demographic disparity."""
    conditional_interval: Interval | None = None
    """Interval of `conditional_disparity`, normal."""
    why: str | None = None
    """Why there is no standardised value."""


class StandardisedContrast(Result, frozen=True, kw_only=True):
    """A group against the reference, over the strata in which both have people; intervals hold for all at once."""

    cell: Cell
    """The group."""
    reference: Cell
    """The reference: the group that was named, else the best-off one."""
    n: Count
    """Rows of both groups."""
    compared: Count
    """Those of them in strata in which both groups have people."""
    crude: float
    """Value of the group − that of the reference, whatever their strata."""
    crude_interval: Interval | None = None
    """Its interval."""
    crude_compared: float | None = None
    """The same of the people compared."""
    standardised: float | None = None
    """Mean of the differences within strata, weighted by the shares of the strata among all people."""
    interval: Interval | None = None
    """Its interval, the shares taken as known."""
    between: float | None = None
    """`crude_compared` − `standardised`: what comes from the groups being spread otherwise over the strata."""
    between_interval: Interval | None = None
    """Its interval, normal."""
    reading: Reading | None = None
    """What the intervals allow to say. `turns round`: crude and standardised are of opposite sign; `mostly between`:
    more than half of the crude difference comes from the spread over strata; `mostly within`: less than half;
    `in part`: some of it; `hidden`: only the standardised one differs from 0; `open`: only the crude one does, and how
    much of it comes from where cannot be told; `none`: neither does. A standardised rate counts as different from 0
    only if the common difference of Mantel and Haenszel is, too."""
    odds_ratio: CommonEstimate | None = None
    """Common odds ratio, interval by Robins, Breslow and Greenland; for rates."""
    risk_ratio: CommonEstimate | None = None
    """Common ratio, interval by Greenland and Robins; for rates."""
    risk_difference: CommonEstimate | None = None
    """Common difference, weighted n₁n₂/N, interval by Klingenberg from Sato's variance; for rates."""
    homogeneity: Homogeneity | None = None
    """Whether the odds ratio is the same in all strata; for rates."""
    why: str | None = None
    """Why there is no standardised difference."""


class WithinStrata(Result, frozen=True, kw_only=True):
    """One measure in the groups of one attribute within the strata of an admissible column."""

    measure: str = msgspec.field(name="metric")
    """Name of the measure."""
    by: list[str]
    """The attributes that form the groups."""
    given: str
    """The admissible column."""
    groups: list[StandardisedGroup]
    """The groups that are compared: those with enough rows in all."""
    strata: list[Stratum]
    """Every stratum with people that the measure is about."""
    contrasts: list[StandardisedContrast]
    """Each group but the reference against it."""
    crude: float | None = None
    """Largest gap between the groups as they are."""
    value: float | None = None
    """Largest standardised gap between two groups, over the strata in which both have people; ≥ 0; 0: no difference."""
    floor: float | None = None
    """Mean of `value` when the groups do not differ within strata: what chance alone gives."""
    excess: float | None = None
    """`value` − `floor`."""
    interval: Interval | None = None
    """Interval of the largest standardised gap, all pairs of groups at once."""
    bounds: Interval | None = None
    """The same, by laws that are exact in the tails: limits are held against it."""
    highest: Cell | None = None
    """The group of that pair with the higher value."""
    lowest: Cell | None = None
    """The other."""
    p_value: Probability | None = None
    """P-value that no groups differ within strata: of the test of Cochran, Mantel and Haenszel for rates, else the
    least error at which `interval` leaves out 0."""
    p_error: float | None = None
    """Monte Carlo standard error of `p_value`; 0 where nothing was drawn."""
    statistic: float | None = None
    """Statistic of the test of Cochran, Mantel and Haenszel, without correction for continuity."""
    freedom: Count | None = None
    """Its degrees of freedom."""
    test: str | None = None
    """How the p-value was made: `chi-square`, `exact`, `permutation`, `interval`, or `none` where nothing varies."""
    p_adjusted: Probability | None = None
    """P-value corrected for all hypotheses of the audit, each counted once."""
    why: str | None = None
    """Why there is no value."""
