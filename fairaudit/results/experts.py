"""What statisticians of a court or a regulator ask for beside the verdict: tests and ratios of two groups."""

from __future__ import annotations

from fairaudit.results.values import Cell, Count, Interval, Probability, Result


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
    to_four_fifths: Count | None = None
    """Of the selection rate, where it is known which decision is good for a person: how many more people of the group
    would have to get it for its rate to be four fifths of that of the reference; 0: it is."""
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


class Detectable(Result, frozen=True, kw_only=True):
    """What a table can say of a measure in which no gap stands out."""

    measure: str
    """Name of the measure."""
    by: list[str]
    """The attributes that form the groups."""
    members: list[Cell]
    """The groups that are compared, from the one of the least information to that of the most."""
    people: list[float] = []
    """People of each whom a rate is about, under weights or clusters their effective number; empty for no rate."""
    rate: Probability | None = None
    """Rate of all of them together; None for no rate."""
    level: Probability
    """Level of the test that they are equal: 0.05, divided by the number of hypotheses where p-values are corrected."""
    power: Probability
    """Probability with which the gaps below are found, or a larger one."""
    gap: float | None
    """The smallest gap that is found between any two groups, whatever the others do: that between the first two of
    `members`; unit of the measure."""
    largest_gap: float | None
    """The same between the last two of `members`; the same number where there are only two."""
    margin: float | None = None
    """Gap up to which groups count as equivalent, unit of the measure; None where none is known: by default shares
    have one."""
    equivalent: bool | None = None
    """Whether a gap beyond the margin is ruled out: the upper end of `Disparity.bounds` lies within it. That is a test
    of equivalence of all pairs at once at half of what the audit's confidence leaves, or less."""
    why: str | None = None
    """Why there is no gap."""


class Recalibration(Result, frozen=True, kw_only=True):
    """How predicted probabilities of one group would have to be moved and stretched to be right (Cox 1958)."""

    by: list[str]
    """The attributes that form the group; empty for all rows."""
    cell: Cell
    """The group."""
    n: Count
    """Rows."""
    intercept: float | None
    """Calibration in the large: what has to be added to the logit of each prediction, its slope kept at 1; 0: right on
    average; above 0 the group is underestimated."""
    intercept_interval: Interval | None = None
    """Normal interval of it."""
    slope: float | None
    """Factor of the logit in the best logistic recalibration; 1: right; below 1 predictions are too extreme."""
    slope_interval: Interval | None = None
    """Normal interval of it."""
    p_value: Probability | None = None
    """Likelihood ratio test of intercept 0 and slope 1 together, χ² with 2 degrees, for this group alone."""
    why: str | None = None
    """Why a number is missing."""


class EventRatio(Result, frozen=True, kw_only=True):
    """Actual over expected events of one group, by Poisson's law and with the dispersion of the data."""

    by: list[str]
    """The attributes that form the group."""
    cell: Cell
    """The group."""
    events: float
    """Events; weighted where rows have weights."""
    expected: float
    """Events that were predicted."""
    ratio: float
    """`events` / `expected`; 1: as predicted."""
    exact_interval: Interval
    """Garwood's interval, exact if events follow Poisson's law."""
    dispersion: float
    """Variance of the events as a multiple of Poisson's, at least 1, drawn to that of all groups where events are few;
    the more events come in clusters, the larger."""
    interval: Interval
    """The same of events divided by their dispersion: the one that an audit tells."""
    p_value: Probability
    """Exact test that the ratio is 1, by the dispersion, two-sided by doubling, for this group alone."""


class Tenth(Result, frozen=True, kw_only=True):
    """One of ten parts of the exposure, in the order of the predictions."""

    share: Probability
    """Share of the exposure in it: equal predictions are not parted."""
    predicted: float
    """Predicted events per unit of exposure."""
    observed: float
    """Observed events per unit of exposure."""
    interval: Interval
    """Interval of `observed`, with the dispersion of all rows of the group."""


class Lift(Result, frozen=True, kw_only=True):
    """How well predicted rates order the events of one group."""

    by: list[str]
    """The attributes that form the group; empty for all rows."""
    cell: Cell
    """The group."""
    n: Count
    """Rows."""
    gini: float | None
    """Gini index of the ordered Lorenz curve, 2 P(an event ranks above a unit of exposure) − 1, ties counting half; 0:
    predictions tell nothing, below 0: they run against the events; at most 1."""
    gini_interval: Interval | None = None
    """Normal interval of it, from the influence of each row, cut at ±1."""
    tenths: list[Tenth] = []
    """Predicted and observed events, the lowest predictions first."""
    why: str | None = None
    """Why there is no number."""


class LiftTenth(Result, frozen=True, kw_only=True):
    """One of ten parts of the held-out exposure, in the order of the chosen over the plain prediction."""

    share: Probability
    """Share of the exposure in it."""
    quotient: Interval
    """Smallest and largest quotient of the two predictions."""
    observed: float
    """Observed events per unit of exposure."""
    plain: float
    """Events per unit of exposure that the plain model predicts."""
    chosen: float
    """Events that the chosen model predicts: the model that lies nearer to `observed` is right where the two differ."""
