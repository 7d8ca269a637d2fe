"""The frozen result of an audit: what every report, gate and test reads.

All types are immutable values that become JSON (`to_json`) and come back (`from_json`) exactly. A number that could not
be measured is None with a `why` beside it; NaN and infinity never occur. The docstring under a field is also its
description in the published JSON Schema. `by` always names the protected attributes that form the groups: one name for
a single attribute, several for their intersection.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from fairaudit.errors import SourceError

SCHEMA = "fairaudit/audit/1"
"""Name and version of the format."""

Interval = tuple[float, float]
Cell = dict[str, str]
Count = Annotated[int, msgspec.Meta(ge=0)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Task = Literal["binary", "regression", "count", "ordinal", "multiclass"]
Subject = Literal["prediction", "decision", "outcome"]


class Result(msgspec.Struct, frozen=True):
    """Base of the result types: immutable, comparable by value."""


class Rows(Result, frozen=True, kw_only=True):
    """What became of the rows that were read."""

    read: Count
    """Rows in the source."""
    used: Count
    """Rows that the audit measures."""
    dropped: dict[str, int] = {}
    """Reason → number of rows dropped for it."""


class Source(Result, frozen=True, kw_only=True):
    """Where the data came from."""

    name: str
    """Path, pattern, `-`, name of an embedded dataset, or `data frame`."""
    sha256: str | None = None
    """SHA-256 of the bytes read (files of a pattern in sorted order); None for a data frame."""
    bytes: int | None = None
    """Bytes read; None for a data frame."""


class ProtectedAttribute(Result, frozen=True, kw_only=True):
    """One protected attribute as it was read."""

    name: str
    """Column name."""
    kind: Literal["categorical", "continuous"]
    """`continuous` covers integers such as age: the order and distance of the values count."""
    levels: list[str] | None = None
    """Categories in sorted order; None for a continuous attribute."""
    range: Interval | None = None
    """Smallest and largest value; None for a categorical attribute."""
    bands: list[str]
    """The groups in which rates are read: the categories, or intervals of a continuous attribute."""
    encoding: str
    """How the distance between two values is measured for distance covariance."""
    cells: Count
    """Distinct values that distance covariance tells apart."""
    missing: Count = 0
    """Rows without a value, kept as a group of their own."""


class Prediction(Result, frozen=True, kw_only=True):
    """What is measured: the prediction, else the decision, else the outcome itself."""

    subject: Subject
    """Which of them."""
    column: str
    """Its column, or the name of the fitted model."""
    scale: str
    """`probability`, `score`, `rate per exposure`, `expected value`, `decision` or `outcome`."""
    distinct: Count
    """Distinct values."""
    exact: bool
    """False where values were rounded to a fixed grid to keep the score table small."""
    error_bound: float
    """Largest change of one value by rounding, relative to its size; 0 when exact."""


class Measure(Result, frozen=True, kw_only=True):
    """One number about one group."""

    value: float | None = None
    """The number; None if it could not be measured."""
    interval: Interval | None = None
    """Bootstrap interval at the audit's confidence."""
    n: Count
    """Rows that the number rests on."""
    why: str | None = None
    """Why there is no value."""


class Group(Result, frozen=True, kw_only=True):
    """One group: a value of one attribute, or of several at once."""

    by: list[str]
    """The attributes that form the group."""
    cell: Cell
    """Attribute → value."""
    n: Count
    """Rows."""
    share: Probability
    """Share of the total weight."""
    mean_prediction: float | None
    """Weighted mean of what is measured (per exposure for counts)."""
    interval: Interval | None = None
    """Bootstrap interval of `mean_prediction`."""
    adequate: bool
    """Whether the group has the smallest number of rows that is compared."""
    why: str | None = None
    """Why the group is not adequate or has no mean."""
    measures: dict[str, Measure] = {}
    """Metric → value for this group."""


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
    """Permutation p-value of independence, (1 + #≥)/(B + 1)."""
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
    """Number of attributes in a term → sum of those terms; they add up to `interaction`."""
    floor: float | None
    """Mean of `biased` when the predictions are shuffled."""
    excess: float | None
    """`biased` − `floor`."""
    interval: Interval | None = None
    """Normal interval of `excess`, from the variance of a V-statistic to second order."""
    p_value: Probability | None
    """Permutation p-value of independence of what is measured from all attributes together."""
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

    name: Literal["jensen_shannon"]
    """The divergence."""
    of: Subject
    """Whose distribution."""
    by: list[str]
    """The attributes that form the groups."""
    value: float | None
    """0: the groups have one distribution. At most the entropy of the group shares."""
    floor: float | None
    """Mean under shuffling: what chance alone gives. A plain value is biased upwards by this much."""
    excess: float | None
    """`value` − `floor`."""
    interval: Interval | None = None
    """Bootstrap interval of the excess."""
    p_value: Probability | None = None
    """G-test where expected counts allow it, else permutation."""
    test: Literal["G-test", "permutation"] | None = None
    """How the p-value was made."""
    density: str
    """How values became distributions: `discrete`, `bins:M` or `kde:h`."""
    unit: Literal["bits"] = "bits"
    """Unit."""
    why: str | None = None
    """Why a number is missing."""


class Disparity(Result, frozen=True, kw_only=True):
    """The largest difference of one metric between adequate groups."""

    metric: str
    """Name of the metric; `docs/metrics.md` has each formula."""
    by: list[str]
    """The attributes that form the groups."""
    value: float | None
    """Highest − lowest for a gap; ≥ 0; 0: no difference."""
    ratio: float | None = None
    """Lowest / highest, for metrics that are rates; 1: no difference."""
    floor: float | None = None
    """Mean of `value` when the groups do not differ: what chance alone gives."""
    excess: float | None = None
    """`value` − `floor`."""
    interval: Interval | None = None
    """Bootstrap interval for the two groups named (for UF: of the value)."""
    ratio_interval: Interval | None = None
    """Bootstrap interval of `ratio` for the two groups named."""
    bounds: Interval | None = None
    """Interval for the largest gap among all pairs of groups at once (Bonferroni), which limits are held against."""
    ratio_bounds: Interval | None = None
    """The same for the smallest ratio (Fieller)."""
    highest: Cell | None = None
    """Group with the highest value."""
    lowest: Cell | None = None
    """Group with the lowest value."""
    p_value: Probability | None = None
    """χ² test that all groups are equal."""
    p_adjusted: Probability | None = None
    """The same after Holm's correction over all disparities of the audit."""
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


class FactorGap(Result, frozen=True, kw_only=True):
    """Which factors carry the gap between one group's mean linear predictor and the overall mean."""

    by: list[str]
    """The attributes that form the group."""
    cell: Cell
    """The group."""
    n: Count
    """Rows."""
    gap: float | None
    """Mean linear predictor of the group − overall mean: the sum of the contributions."""
    interval: Interval | None = None
    """Bootstrap interval of `gap`, the model as it is."""
    contributions: dict[str, float] = {}
    """Factor → its share of the gap, on the link scale, any sign."""
    contribution_intervals: dict[str, Interval] = {}
    """Factor → bootstrap interval of its contribution; empty without bootstrap."""
    importance: dict[str, float] = {}
    """Factor → share of the group's total |attribution|; sums to 1."""
    importance_intervals: dict[str, Interval] = {}
    """Factor → bootstrap interval of its importance."""
    why: str | None = None
    """Why there is no gap."""


class ImportanceDivergence(Result, frozen=True, kw_only=True):
    """How far apart the groups' importance distributions are: whether a model reasons alike about all groups."""

    by: list[str]
    """The attributes that form the groups; those too small to be decomposed are left out."""
    value: float | None
    """Jensen–Shannon divergence in bits, groups by their shares; 0: the same distribution in all groups."""
    floor: float | None = None
    """Its mean where groups differ by chance alone, to second order."""
    excess: float | None = None
    """`value` − `floor`."""
    interval: Interval | None = None
    """Bootstrap interval of the excess."""
    why: str | None = None
    """Why a number is missing."""


class Proxy(Result, frozen=True, kw_only=True):
    """How much a factor tells about a protected attribute, whatever the model makes of it."""

    factor: str
    """The factor."""
    attribute: str
    """The protected attribute."""
    dcor_sq: float | None
    """Bias-corrected squared distance correlation, ≤ 1; about 0 under independence. Numbers of more than 256 values
    stand in 128 quantile cells; categories are one-hot."""
    p_value: Probability | None = None
    """χ² test of independence (conservative)."""
    why: str | None = None
    """Why there is no value."""


class Attribution(Result, frozen=True, kw_only=True):
    """Additive attributions of a model on rows that it was not fitted on."""

    scale: str
    """Link scale on which contributions add up: `log-odds`, `log rate` or the outcome's unit."""
    method: str = "closed form"
    """`closed form`, `TreeSHAP`, `expected gradients`, or `shap permutation` and the like for a foreign model."""
    rows: Count | None = None
    """Rows that were attributed."""
    of_rows: Count | None = None
    """Rows from which they were drawn; more than `rows` where attributing all would take long."""
    remainder: float = 0.0
    """Largest error of a row's sum, spread over its factors in proportion to |attribution|; link scale; 0 if exact."""
    importance: dict[str, float]
    """Factor → share of the total |attribution| over all rows; sums to 1."""
    importance_intervals: dict[str, Interval] = {}
    """Factor → bootstrap interval of its importance over rows, the model as it is; empty without bootstrap."""
    gaps: list[FactorGap]
    """One per group of each single attribute and of their intersection."""
    divergence: list[ImportanceDivergence] = []
    """Between the groups' importance distributions, per set of attributes."""
    proxies: list[Proxy] = []
    """Dependence of each factor on each protected attribute; empty where it was not measured."""


class Model(Result, frozen=True, kw_only=True):
    """A fitted model."""

    name: str
    """`glm`."""
    family: str
    """`binomial`, `gaussian` or `poisson`."""
    link: str
    """`logit`, `identity` or `log`."""
    penalty: str
    """`none`, `dcov:NAME`, `sum`, `ccdcov` or `jdcov`."""
    parity: str = "demographic"
    """Among which rows independence is asked: `demographic` (all), `equalized-odds` (within each outcome),
    `equal-opportunity` (within the positive outcome); followed by ` given NAME` for strata of an admissible column."""
    strength: float
    """λ in mean loss + λ · penalty, unit: loss per unit of prediction."""
    reduce_asked: float | None = None
    """Reduction of the dependence asked for, per cent."""
    reduce_reached: float | None = None
    """Reduction that cross-fitting on the training rows estimated for new rows, per cent."""
    features: list[str]
    """Inputs."""
    rows_train: Count
    """Rows it was fitted on."""
    rows_test: Count
    """Rows held out, on which everything here is measured."""
    split_by: str | None = None
    """Column whose values were kept on one side of the split."""
    parameters: Count
    """Fitted coefficients."""
    iterations: Count
    """L-BFGS iterations of the final fit."""
    converged: bool
    """Whether the optimiser met its tolerance."""


class Change(Result, frozen=True, kw_only=True):
    """One measure before and after: the plain and the fairer model on the same held-out rows."""

    measure: str
    """What is compared."""
    kind: Literal["performance", "dependence", "divergence", "disparity"]
    """Family of the measure."""
    by: list[str] = []
    """Attributes, where groups are compared."""
    plain: float | None
    """Value of the unpenalised model."""
    fair: float | None
    """Value of the penalised model."""
    change: float | None
    """`fair` − `plain`."""
    percent: float | None
    """Change in per cent of the plain value; None where that is 0 or of another sign."""
    better: Literal["lower", "higher"]
    """Which direction is better."""


class Estimate(Result, frozen=True, kw_only=True):
    """A mean over held-out folds."""

    mean: float | None
    """Mean over the folds; None where a fold has no value."""
    standard_error: float | None = None
    """Standard error of the mean, folds taken as independent; None from one fold."""


class PathPoint(Result, frozen=True, kw_only=True):
    """One strength of the penalty, or of the consistency loss, measured on training rows that were not fitted on."""

    strength: float
    """λ, or α."""
    loss: Estimate
    """Mean half deviance of a row; 0 is a perfect prediction."""
    loss_change: Estimate
    """Loss − loss of the plain model on the same fold, in per cent of the plain model's mean loss."""
    dependence: Estimate
    """What more strength lowers: the penalised measure over its noise floor, about 0 under independence; or the
    divergence from the knowledge, nats."""
    reduction: float | None
    """Per cent of that of the plain model that is taken away."""
    divergence: Estimate
    """Jensen–Shannon divergence between the groups of all attributes over its noise floor, in bits."""
    performance: dict[str, Estimate] = {}
    """Metric → value."""
    front: bool
    """Whether no other strength has both a lower loss and a lower dependence."""


class Calibration(Result, frozen=True, kw_only=True):
    """How the strength of the penalty was chosen; the path itself is `Audit.path`."""

    measure: str
    """What more strength lowers: `dcov:NAME`, `sum`, `ccdcov` or `jdcov`; or `consistency:DIVERGENCE`."""
    rule: str
    """`reduce:P`, `max-loss:P`, `jsd:X`, `one-standard-error` or `knee`."""
    strength: float
    """The strength that the rule chose."""
    met: bool
    """Whether a strength of the path meets the rule; if not, the nearest was taken."""
    why: str
    """The choice in words."""
    folds: Count
    """Parts of the training rows, each held out once."""
    repeats: Count
    """Times that the rows were cut into folds anew."""


class GuidedFactor(Result, frozen=True, kw_only=True):
    """One factor: what is known of it, and how important it is."""

    factor: str
    """Name."""
    tier: Count
    """Place in the order of the knowledge, from 1; factors of one tier are not compared."""
    knowledge: float | None
    """Share of the weights; sums to 1. None where only the order is known."""
    plain: float
    """Share of the total |attribution| in the plain model, on the held-out rows; sums to 1."""
    guided: float
    """The same in the guided model."""


class BeforeAfter(Result, frozen=True, kw_only=True):
    """One number of the plain and of the guided model on the held-out rows, with bootstrap intervals of the rows."""

    plain: float | None
    """Value of the plain model."""
    plain_interval: Interval | None = None
    """Its interval."""
    guided: float | None
    """Value of the guided model."""
    guided_interval: Interval | None = None
    """Its interval."""
    percent: float | None
    """Change in per cent of the plain model's value; None where that is 0."""
    percent_interval: Interval | None = None
    """Its interval, both models measured on the same replicates."""


class Consistency(Result, frozen=True, kw_only=True):
    """Agreement of the factors' importance with what is known of them, before and after the model was guided by it."""

    source: str
    """Where the knowledge is from: a file, `pool: KINDS`, or `given`."""
    kind: Literal["weights", "order", "tiers"]
    """What is known."""
    divergence: Literal["kl", "reverse-kl", "js", "balanced", "plackett-luce"]
    """d in + α · d(q, p): q is the knowledge, p the importance distribution of the model."""
    strength: float
    """α, loss per nat."""
    factors: list[GuidedFactor]
    """The factors in the order of the knowledge."""
    unmentioned: list[str] = []
    """Factors that the knowledge does not mention: they count as behind all others."""
    distance: BeforeAfter
    """d, nats; 0: the importances are as known (never for an order, see `plackett-luce`)."""
    agreement: BeforeAfter
    """Share of the pairs that the knowledge orders which the model orders alike; 1: all, about 0.5 by chance."""
    loss: BeforeAfter
    """Mean half deviance of a row; 0 is a perfect prediction."""


class Performance(Result, frozen=True, kw_only=True):
    """Performance on the rows used for fitting and on held-out rows."""

    train: dict[str, float | None] = {}
    """Metric → value on the training rows; empty for an audit of given predictions."""
    test: dict[str, float | None] = {}
    """Metric → value on the audited rows."""
    intervals: dict[str, Interval] = {}
    """Metric → interval of the value on the audited rows, normal, from the influence of each row; empty for a fit."""


class Manifest(Result, frozen=True, kw_only=True):
    """What is needed to repeat the audit."""

    fairaudit: str
    """Version."""
    python: str
    """Python version."""
    packages: dict[str, str]
    """Package → version."""
    arguments: dict[str, str | int | float | bool | list[str] | None]
    """Arguments of the audit."""
    seed: int
    """Seed of every random draw."""


class Audit(Result, frozen=True, kw_only=True):
    """An audit: the one frozen result that every report reads."""

    schema: Literal["fairaudit/audit/1"] = "fairaudit/audit/1"
    """Name and version of this format."""
    task: Task
    """Kind of outcome."""
    rows: Rows
    """Rows read, used and dropped."""
    source: Source
    """Where the data came from."""
    protected: list[ProtectedAttribute]
    """The protected attributes."""
    prediction: Prediction
    """What is measured."""
    groups: list[Group]
    """Every group of every attribute and intersection, empty ones left out."""
    dependence: DependenceReport
    """Distance covariances."""
    divergence: list[Divergence]
    """Jensen–Shannon divergences."""
    disparities: list[Disparity]
    """Gaps between groups."""
    distributions: list[Distribution]
    """Histograms by group of each single attribute."""
    performance: Performance
    """How good the predictions are."""
    model: Model | None = None
    """The fitted model; None for an audit of given predictions."""
    attribution: Attribution | None = None
    """Which factors carry the gaps; None without a model."""
    consistency: Consistency | None = None
    """What knowledge of the factors changed; None for a model without it."""
    path: list[PathPoint] = []
    """Strengths of the penalty in increasing order, the plain model first; empty without a calibration."""
    calibration: Calibration | None = None
    """How the strength was chosen from the path; None without a calibration."""
    comparison: list[Change] = []
    """The plain against the fairer model; empty without a penalty."""
    plain: Audit | None = None
    """The same audit of the unpenalised model; None without a penalty."""
    notes: list[str] = []
    """What a careful reader must know about how the numbers were made."""
    manifest: Manifest
    """What is needed to repeat the audit."""

    def to_json(self) -> str:
        """The audit as JSON, keys sorted, two spaces of indent, a newline at the end."""
        from fairaudit.report.json import render

        return render(self)

    def to_markdown(self) -> str:
        """The audit as a Markdown document."""
        from fairaudit.report.markdown import render

        return render(self)

    def to_html(self) -> str:
        """The audit as one self-contained HTML page."""
        from fairaudit.report.html import render

        return render(self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        from fairaudit.report.terminal import render

        return render(self, width=100)


def from_json(text: str | bytes) -> Audit:
    """The audit that `Audit.to_json` wrote; unknown keys are ignored, wrong types refused.

    Raises:
        SourceError: the text is no such audit.
    """
    try:
        return msgspec.json.decode(text, type=Audit)
    except (msgspec.DecodeError, TypeError, UnicodeError) as error:
        raise SourceError(f"this is no audit that fairaudit wrote as JSON: {error}") from None
