"""What is said of models: attributions, fits, paths, knowledge."""

from __future__ import annotations

from typing import Literal

from fairaudit.results.values import Cell, Count, Interval, Probability, Result


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

    @property
    def beyond_chance(self) -> bool:
        """Whether its interval leaves 0 out; without one it is taken as it is."""
        return self.interval is None or not self.interval[0] <= 0 <= self.interval[1]


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


class CarryingRows(Result, frozen=True, kw_only=True):
    """The few rows that a factor has much of its importance from."""

    factor: str
    """The factor."""
    rows: Count
    """Rows that each carry more than 5% of its importance, and ten times as much as its mean row."""
    of: Count
    """Rows from which the importance is."""
    share: Probability
    """What they carry of it together."""


class Attribution(Result, frozen=True, kw_only=True):
    """Additive attributions of a model: of a fit on the held-out rows, else on the rows that were given."""

    scale: str
    """Link scale on which contributions add up, such as `log-odds`, `log mean`, `log rate` or `unit of the outcome`."""
    method: str = "closed form"
    """`closed form`, `TreeSHAP`, `expected gradients`; of another maker's model `shap permutation`."""
    rows: Count | None = None
    """Rows that were attributed."""
    of_rows: Count | None = None
    """Rows from which they were drawn; more than `rows` where attributing all would take long."""
    remainder: float = 0.0
    """Largest error of a row's sum, spread over its factors in proportion to |attribution|; link scale; 0 if exact."""
    cut_rows: Count = 0
    """Attributed rows whose linear predictor lies beyond what the link lets through (±30 of a log): what is beyond is
    taken from their factors in proportion to |attribution|, so that the sums are those of the predictions."""
    cut: float = 0.0
    """How far the farthest of them lies beyond; link scale."""
    importance: dict[str, float]
    """Factor → share of the total |attribution| over all rows; sums to 1."""
    importance_intervals: dict[str, Interval] = {}
    """Factor → bootstrap interval of its importance over rows, the model as it is; empty without bootstrap."""
    carried: list[CarryingRows] = []
    """Factors that have much of their importance from a few rows; empty where there are none."""
    gaps: list[FactorGap]
    """One per group of each single attribute and of their intersection."""
    divergence: list[ImportanceDivergence] = []
    """Between the groups' importance distributions, per set of attributes."""
    proxies: list[Proxy] = []
    """Dependence of each factor on each protected attribute; empty where it was not measured."""
    classes: dict[str, Attribution] = {}
    """Class → its own attribution, log-odds against the mean of all classes; the importance beside is of the sum over
    the classes, and `gaps` are of each class alone. Empty but for classes."""


class Surrogate(Result, frozen=True, kw_only=True):
    """What the difference between two groups goes along with, by a surrogate: a sum over other columns, where no model
    is at hand. It tells what goes along with a score, not how the score was made."""

    method: Literal["classes", "splines"]
    """`classes`: least squares on the columns in classes; `splines`: a Gaussian GLM with splines."""
    measure: str
    """The measure whose gap is in parts: that of the verdict where it is a mean of rows, else the mean of what is
    measured."""
    explained: Probability
    """Share of the variance within groups that the columns explain, adjusted for the parameters."""
    by_chance: float = 0.0
    """What as many parameters explain of noise in one of forty tables of so many rows; parts are told from there on."""
    columns: Count
    """Columns in the sum."""
    told_by_themselves: list[str] = []
    """Columns left out of it because each tells what is measured nearly by itself: made from it, or it from them."""
    passed_over: Count = 0
    """Columns that were not looked at, because there are so many."""
    group: Cell
    """The group that the verdict tells of first."""
    against: Cell
    """The other one."""
    gap: float
    """Value of the measure in the first − in the other."""
    contributions: dict[str, float] = {}
    """Column → its part of the gap; empty where too little is explained for anything to be said."""
    remainder: float | None = None
    """Part of the gap that goes along with none of the columns."""


class Explained(Result, frozen=True, kw_only=True):
    """How much of the outcome's deviance a model explains over the constant model of its training rows."""

    deviance: float | None = None
    """Mean half deviance of the model's family per row, ≥ 0; 0 is perfect."""
    constant: float | None = None
    """The same of the constant model."""
    share: float | None = None
    """D² = 1 − `deviance` / `constant`: 1 is perfect, 0 no better than the constant, below 0 worse."""
    interval: Interval | None = None
    """Bootstrap interval of `share` over the rows, the models as they are; None for training rows."""
    balance: float | None = None
    """Σ outcome / Σ prediction, weighted: 1 in balance; above 1 too little is predicted."""
    constant_balance: float | None = None
    """The same of the constant model: on held-out rows, by how much they differ from the training rows by chance."""
    why: str | None = None
    """Why a number is missing."""


class Price(Result, frozen=True, kw_only=True):
    """What a penalty or guidance costs on held-out rows, against all that the plain model explains."""

    share: float | None = None
    """Per cent of what the plain model explains over the constant one that is given up; below 0: more is explained."""
    interval: Interval | None = None
    """Bootstrap interval of `share`; None without bootstrap, or where what the plain model explains may be nothing."""
    points: float | None = None
    """The same in points of the deviance: 100 times the D² lost."""
    points_interval: Interval | None = None
    """Bootstrap interval of `points`."""
    why: str | None = None
    """Why there is no share."""


class Model(Result, frozen=True, kw_only=True):
    """A fitted model."""

    name: str
    """Kind of model: `glm`, `boosting` or `network`."""
    family: str
    """What is fitted, by its name in `fit --family`: `binomial`, `gaussian`, `poisson`, `gamma` and so on."""
    link: str
    """How a prediction follows from the linear predictor: `logit`, `identity`, `log` and so on, by family."""
    penalty: str
    """`none`, `dcov:NAME`, `sum`, `ccdcov` or `jdcov`; free of the scale of the predictions `dcor` or `dcor:NAME`."""
    parity: str = "demographic"
    """Among which rows independence is asked: `demographic` (all), `equalized-odds` (within each outcome),
    `equal-opportunity` (within the positive outcome); followed by ` given NAME` for strata of an admissible column."""
    strength: float
    """λ in mean loss + λ · penalty, unit: loss per unit of prediction."""
    reduce_asked: float | None = None
    """Reduction of the dependence asked for, per cent."""
    reduce_dcor_asked: float | None = None
    """Reduction asked for of the dependence per distance standard deviation of the predictions (dCor²), per cent."""
    reduce_reached: float | None = None
    """Reduction, of what was asked for, that cross-fitting on the training rows estimated for new rows, per cent."""
    reduce_interval: Interval | None = None
    """Where the reduction will lie on held-out rows as many as these, by the same cross-fitting: the promise, for the
    confidence of the audit. None where the dependence is not clear of chance there."""
    features: list[str]
    """Columns that the model reads."""
    rows_train: Count
    """Rows it was fitted on."""
    rows_test: Count
    """Rows held out, on which everything here is measured."""
    split_by: str | None = None
    """Column whose values were kept on one side of the split."""
    parameters: Count
    """Numbers that were fitted: coefficients of a glm, leaves of boosting, weights of a network."""
    iterations: Count
    """Steps of the final fit: of the optimiser (glm), rounds of boosting, epochs of a network."""
    converged: bool
    """Whether the final fit ended by its own rule, not at its limit of steps."""
    threshold: float | None = None
    """Prediction from which its decision is yes; None without decisions, or where the cut follows from the rows."""
    threshold_from: Literal["asked", "base rate", "costs"] | None = None
    """Whether the threshold was named, follows from the costs of wrong decisions that were named, or is what as large a
    share of the training rows reaches as have outcome 1."""
    train: Explained | None = None
    """What it explains of the training rows."""
    test: Explained | None = None
    """What it explains of the held-out rows."""


class Change(Result, frozen=True, kw_only=True):
    """One measure before and after: the plain and the fairer model on the same held-out rows."""

    measure: str
    """What is compared."""
    kind: Literal["performance", "dependence", "divergence", "disparity"]
    """Family of the measure."""
    by: list[str] = []
    """Attributes, where groups are compared."""
    plain: float | None
    """Value of the plain model: without penalty and knowledge."""
    fair: float | None
    """Value of the penalised, or guided, model."""
    change: float | None
    """`fair` − `plain`."""
    percent: float | None
    """Change in per cent of the plain value; None where that is 0 or less, or the other is below 0."""
    better: Literal["lower", "higher"]
    """Which direction is better."""
    infinite: list[Literal["plain", "fair"]] = []
    """Of which models the value is infinite, and so None: worse than any other where lower is better."""


class Estimate(Result, frozen=True, kw_only=True):
    """A mean over held-out folds."""

    mean: float | None
    """Mean over the folds; None where a fold has no value."""
    standard_error: float | None = None
    """Standard error of the mean, folds taken as independent; None from one fold."""
    interval: Interval | None = None
    """Interval of the mean by Student's law over the folds, at the confidence of the audit; None like the error."""


class PathPoint(Result, frozen=True, kw_only=True):
    """One strength of the penalty, or of the consistency loss, measured on held-out folds of the training rows."""

    strength: float
    """λ, or α."""
    loss: Estimate
    """Mean half deviance of a row; 0 is a perfect prediction."""
    loss_change: Estimate
    """Loss − loss of the plain model on the same fold, in per cent of the plain model's mean loss."""
    given_up: Estimate = Estimate(mean=None)
    """The same in per cent of what the plain model explains over the constant one; None where it explains nothing."""
    dependence: Estimate
    """What more strength lowers: the penalised measure over its noise floor, about 0 under independence; or the
    divergence from the knowledge, nats."""
    reduction: float | None
    """Per cent of that of the plain model that is taken away."""
    reduction_error: float | None = None
    """Standard error of `reduction` over the folds, which are taken as independent; None from one fold."""
    reduction_interval: Interval | None = None
    """Its interval, as that of an `Estimate`."""
    decorrelation: float | None = None
    """Part of the logarithm of what is left that is less dependence per distance standard deviation of the predictions
    (of distance covariances: ln of the ratio of dCor²); with `shrinkage` it is the whole. None where nothing is left,
    and for a path of α."""
    shrinkage: float | None = None
    """Part of the logarithm that is less spread of the predictions; below 0: they are pulled together."""
    divergence: Estimate
    """Jensen–Shannon divergence between the groups of all attributes over its noise floor, in bits."""
    performance: dict[str, Estimate] = {}
    """Measure → value."""
    front: bool
    """Whether no other strength has both a lower loss and a lower dependence."""


class Calibration(Result, frozen=True, kw_only=True):
    """How the strength of the penalty was chosen; the path itself is `Audit.path`."""

    measure: str
    """What more strength lowers: the penalty, as `ccdcov` or `dcor:NAME`; or `consistency:DIVERGENCE`."""
    rule: str
    """`reduce:P`, `max-loss:P`, `max-deviance:P`, `jsd:X`, `one-standard-error` or `knee`."""
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
    constant: float | None = None
    """Mean half deviance of the constant model on the same rows."""


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
    carried: list[CarryingRows] = []
    """Factors that have much of their importance in the guided model from a few of the training rows, by which it was
    brought near the knowledge: there the agreement is that of these rows."""
