"""What an audit measures: groups, dependence, divergence, disparities."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairaudit.results.values import Cell, Count, Interval, Probability, Result, Subject


class GroupValue(Result, frozen=True, kw_only=True):
    """One measure of one group."""

    value: float | None = None
    """The number; None if it could not be measured."""
    interval: Interval | None = None
    """Interval at the audit's confidence."""
    floor: float | None = None
    """Of a calibration error: its mean if predictions are right, which noise alone gives; None of other measures, which
    noise makes no larger."""
    excess: float | None = None
    """`value` − `floor`."""
    n: Count
    """Rows that the number rests on."""
    events: Count | None = None
    """For rates: how many of them have the property; for counts: how many events there were."""
    few: str | None = None
    """What a rate rests on, in words, where fewer than 5 rows have the property, or lack it, or there were fewer than 5
    events; of a mean where fewer than 5 rows are not 0. None elsewhere."""
    ratio: float | None = None
    """For rates, means, frequencies and typical errors: value over that of the reference group, see
    `Disparity.reference`; of the selection rate, where yes is bad for a person, that of 1 − the rate."""
    ratio_interval: Interval | None = None
    """Interval of `ratio` that holds for all groups at once; None for the reference itself."""
    why: str | None = None
    """Why there is no value."""


class Adequacy(Result, frozen=True, kw_only=True):
    """Whether a group is large enough for one thing that is estimated of it."""

    of: str
    """What is estimated: `rate` (of decisions, outcomes or events), `mean` (with its variance), `distribution` (of the
    predictions over the bins of the divergence), or `model` (one like the fitted model, for this group alone)."""
    parameters: Count
    """Numbers that are estimated."""
    risk: float | None
    """Expected Kullback–Leibler divergence of the estimate, in nats, to second order (a model: to first); None for a
    group without weight."""
    needed: Count
    """Independent rows of equal weight with which it is at most 0.02, so that one row does not tell the estimate from
    the truth with more than 55%."""
    adequate: bool
    """Whether the group is worth so many."""


class Group(Result, frozen=True, kw_only=True):
    """One group: a value of one attribute, or of several at once."""

    by: list[str]
    """The attributes that form the group."""
    cell: Cell
    """Attribute → value."""
    n: Count
    """Rows."""
    effective: float | None = None
    """Independent rows of equal weight that would tell as much; None in a result of an early version."""
    people: Count | None = None
    """People whom the rows are about, where they may have several; None: as many as rows."""
    share: Probability
    """Share of the total weight."""
    mean_prediction: float | None
    """Weighted mean of what is measured (per exposure for counts); None also where a group is worth fewer than 5 rows,
    of which it would be nearly the values."""
    interval: Interval | None = None
    """Interval of `mean_prediction`."""
    adequate: bool
    """Whether the group is worth the smallest number of rows that is compared."""
    why: str | None = None
    """Why the group is not adequate or has no mean."""
    adequacy: list[Adequacy] = []
    """What the group is large enough for; empty in a result of an early version."""
    measures: dict[str, GroupValue] = {}
    """Measure → value for this group."""


class CellError(Result, frozen=True, kw_only=True):
    """What a measure of several attributes may miss because a continuous one stands in quantile cells."""

    bound: float | None
    """Bound on |exact − `biased`|, rigorous but loose: 4 Σ ω_k A_k δ_k + 4 δ̄ Σ ω_k A_k, A_k the mean distance of a
    value to the others and δ_k the displacement of row k; None for JdCov²."""
    estimate: float
    """Estimate of exact − `biased`, from random pairs of rows."""
    standard_error: float
    """Its standard error."""


class Dependence(Result, frozen=True, kw_only=True):
    """A squared distance covariance between what is measured and protected attributes."""

    attribute: str
    """The attribute, or all joined by ` × `."""
    unbiased: float | None
    """U-statistic; its mean is 0 under independence, so it may be negative. Needs equal weights."""
    biased: float | None
    """V-statistic, ≥ 0; 0 only under independence in the sample. Unit of what is measured."""
    floor: float | None
    """Mean of `biased` when the predictions are shuffled: what chance alone gives."""
    excess: float | None
    """`biased` − `floor`."""
    dcor_sq: float | None
    """Bias-corrected squared distance correlation, ≤ 1; about 0 under independence (scale-free)."""
    interval: Interval | None = None
    """Normal interval of `excess`, from the variance of a V-statistic to second order."""
    dcor_interval: Interval | None = None
    """The same of `dcor_sq`, its denominator taken as known."""
    p_value: Probability | None
    """Permutation p-value of independence, (1 + #≥)/(B + 1); where no shuffle reaches as far, that of a law if it is
    smaller."""
    p_error: float | None = None
    """Monte Carlo standard error of `p_value`; 0 where it is that of a law."""
    p_adjusted: Probability | None = None
    """The same, corrected for all hypotheses of the audit, each counted once."""
    why: str | None = None
    """Why a number is missing."""
    error: CellError | None = None
    """Error of quantile cells; None where the measure is exact."""


class JointDependence(Result, frozen=True, kw_only=True):
    """JdCov²: mutual dependence of what is measured and all protected attributes, split into its parts (biased)."""

    unbiased: float | None
    """The published estimator, the diagonal included. From three blocks on it is itself biased by about −4/n."""
    biased: float | None
    """V-statistic of all terms: `attributes_only` + `pairs` + `interaction`."""
    attributes_only: float | None
    """Dependence among the protected attributes themselves: no model can change it."""
    pairs: float | None
    """Terms of what is measured with one attribute: the sum of marginal dCov²."""
    interaction: float | None
    """Terms with at least two attributes, of any sign: beyond what single attributes show."""
    interaction_by_order: dict[str, float] = {}
    """Number of attributes in a term → sum of those terms; they add up to `interaction`. Empty of more than eight."""
    floor: float | None
    """Mean of `biased` when the predictions are shuffled."""
    excess: float | None
    """`biased` − `floor`."""
    interval: Interval | None = None
    """Normal interval of `excess`, from the variance of a V-statistic to second order."""
    p_value: Probability | None
    """Permutation p-value of independence of what is measured from all attributes together."""
    p_error: float | None = None
    """Monte Carlo standard error of `p_value`; 0 where it is that of a law."""
    p_adjusted: Probability | None = None
    """The same, corrected for all hypotheses of the audit, each counted once."""
    why: str | None = None
    """Why a number is missing."""
    error: CellError | None = None
    """Error of quantile cells; None where the measure is exact."""


class ConditionalDependence(Result, frozen=True, kw_only=True):
    """Dependence among rows of one stratum, averaged over the strata with their shares as weights."""

    parity: str
    """`equalized-odds` (within each outcome), `equal-opportunity` (within the positive outcome), or `demographic`;
    followed by ` given NAME` for strata of an admissible column."""
    strata: Count
    """Number of strata."""
    n: Count
    """Rows in them."""
    dcov: list[Dependence]
    """Each attribute alone; p-values by shuffling within strata."""
    ccdcov: Dependence
    """All attributes in one concatenated encoding."""


class IndependenceTest(Result, frozen=True, kw_only=True):
    """Test that what is measured is independent of protected attributes."""

    kind: str
    """`ccdcov`, `jdcov` or `dcov:NAME`."""
    p_value: Probability | None
    """Chance of a dependence at least as large under independence."""
    method: Literal["permutation", "chi-square"]
    """How it was made."""
    permutations: Count | None = None
    """Shuffles; the smallest p-value is 1/(permutations + 1)."""
    dcor_sq: float | None = None
    """Bias-corrected squared distance correlation; None for `jdcov`."""
    why: str | None = None
    """Why a number is missing."""


class DependenceReport(Result, frozen=True, kw_only=True):
    """Distance covariances (DESIGN: one formula, the coupled absolute difference)."""

    dcov: list[Dependence]
    """Each attribute alone."""
    ccdcov: Dependence
    """All attributes in one concatenated encoding."""
    jdcov: JointDependence
    """All attributes as separate blocks, c = 1."""
    conditional: ConditionalDependence | None = None
    """The same within strata; None where independence is asked among all rows."""


class Divergence(Result, frozen=True, kw_only=True):
    """How far apart the groups' distributions are."""

    name: str
    """The divergence, a measure such as `jensen_shannon`."""
    of: Subject
    """Whose distribution."""
    by: list[str]
    """The attributes that form the groups."""
    value: float | None
    """0: the groups have one distribution. A Jensen–Shannon divergence is at most the entropy of the group shares."""
    floor: float | None
    """Mean under shuffling: what chance alone gives. A plain value is biased upwards by this much."""
    excess: float | None
    """`value` − `floor`."""
    interval: Interval | None = None
    """Interval of the divergence beyond chance."""
    p_value: Probability | None = None
    """By a law where it can be trusted, as the G-test where expected counts allow it, else by permutation."""
    p_error: float | None = None
    """Monte Carlo standard error of `p_value`; 0 where it is that of a law."""
    p_adjusted: Probability | None = None
    """The same, corrected for all hypotheses of the audit, each counted once."""
    test: str | None = None
    """How the p-value was made: `permutation`, or the test by a law, such as `G-test`."""
    density: str
    """How values became distributions: `discrete`, `bins:M` or `kde:h`."""
    unit: str = "bits"
    """Unit."""
    why: str | None = None
    """Why a number is missing."""


class Disparity(Result, frozen=True, kw_only=True):
    """The largest difference of one measure between adequate groups."""

    measure: str = msgspec.field(name="metric")
    """Name of the measure; `docs/metrics.md` has each formula."""
    by: list[str]
    """The attributes that form the groups."""
    value: float | None
    """Highest − lowest for a gap; ≥ 0; 0: no difference."""
    ratio: float | None = None
    """Lowest / highest, of rates and of means that are not below 0; 1: no difference."""
    spared: bool = False
    """Whether `ratio` is of 1 − the rate: of the favourable decision, where yes is bad for a person."""
    floor: float | None = None
    """Mean of `value` when the groups do not differ: what chance alone gives."""
    excess: float | None = None
    """`value` − `floor`."""
    interval: Interval | None = None
    """Interval of the largest gap among all pairs of groups at once; for UF of the true index, beyond chance."""
    standard_error: float | None = None
    """Standard error of `value`, the two groups taken as named beforehand."""
    ratio_error: float | None = None
    """The same of `ratio`."""
    ratio_floor: float | None = None
    """Mean of `ratio` when the groups do not differ: what chance alone gives."""
    ratio_interval: Interval | None = None
    """Interval of the smallest ratio among all pairs of groups at once."""
    bounds: Interval | None = None
    """As `interval`, by laws that are exact in the tails: limits are held against it."""
    ratio_bounds: Interval | None = None
    """The same for the smallest ratio."""
    reference: Cell | None = None
    """For rates: the group that each `GroupValue.ratio` is relative to: the one that was named, else the best-off."""
    highest: Cell | None = None
    """Group with the highest value."""
    lowest: Cell | None = None
    """Group with the lowest value."""
    p_value: Probability | None = None
    """P-value that all groups are equal."""
    p_error: float | None = None
    """Monte Carlo standard error of `p_value`; 0 where nothing was drawn."""
    test: str | None = None
    """How it was made: `exact`, `permutation`, `chi-square`, `F`, or `none` where nothing varies."""
    p_adjusted: Probability | None = None
    """The same, corrected for all hypotheses of the audit, each counted once."""
    why: str | None = None
    """Why there is no value."""


class Distribution(Result, frozen=True, kw_only=True):
    """Histogram of what is measured in one group, for the picture."""

    by: list[str]
    """The attributes that form the group."""
    cell: Cell
    """The group."""
    edges: list[float]
    """Bin edges, one more than shares; for discrete values the values themselves, as many as shares."""
    shares: list[float]
    """Share of the group's weight in each bin; sums to 1."""
