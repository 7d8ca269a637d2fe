"""The frozen result of an audit: what reports, the gate and tests read.

A number that could not be measured is None with a `why` beside it; NaN and infinity never occur. `by` always names the
protected attributes that form the groups: one name for a single attribute, several for their intersection.
"""

from __future__ import annotations

from typing import Literal

from fairaudit.results.curves import Curve
from fairaudit.results.experts import Detectable, EventRatio, Lift, LiftTenth, RateContrast, Recalibration
from fairaudit.results.measures import DependenceReport, Disparity, Distribution, Divergence, Group
from fairaudit.results.models import Attribution, Calibration, Change, Consistency, Model, PathPoint, Price, Surrogate
from fairaudit.results.reduction import Reduction
from fairaudit.results.rendered import Document
from fairaudit.results.rule import RuleReport
from fairaudit.results.strata import WithinStrata
from fairaudit.results.subgroups import Subgroups
from fairaudit.results.values import (
    Count,
    Interval,
    Manifest,
    Prediction,
    Probability,
    ProtectedAttribute,
    Result,
    Rows,
    Source,
    Task,
)
from fairaudit.results.verdict import Verdict
from fairaudit.results.words import Words


class Performance(Result, frozen=True, kw_only=True):
    """Performance on the rows used for fitting and on held-out rows."""

    train: dict[str, float | None] = {}
    """Measure → value on the training rows; empty for an audit of given predictions."""
    test: dict[str, float | None] = {}
    """Measure → value on the audited rows."""
    constant: dict[str, float | None] = {}
    """Measure → value on the audited rows of the constant model, the mean of the training rows; empty without a fit."""
    intervals: dict[str, Interval] = {}
    """Measure → interval of the value on the audited rows, normal, from the influence of each row; empty for a fit. A
    mean has none where all rows are about one person."""
    infinite: dict[str, int] = {}
    """Measure that is infinite on the audited rows, so that its value is None → rows that make it so, such as those in
    which what happened had a probability of 0."""


class Audit(Document, frozen=True, kw_only=True):
    """An audit: the one frozen result that every report reads."""

    schema: Literal["fairaudit/audit/1"] = "fairaudit/audit/1"
    """Name and version of this format."""
    task: Task
    """Kind of outcome."""
    rows: Rows
    """Rows read, used and dropped."""
    source: Source
    """Where the data came from."""
    classes: list[str] = []
    """Names of the classes (task multiclass); a measure of one of them against the rest is called as `tpr[NAME]`."""
    protected: list[ProtectedAttribute]
    """The protected attributes."""
    prediction: Prediction
    """What is measured."""
    groups: list[Group]
    """Every group of every attribute and intersection, empty ones left out."""
    dependence: DependenceReport
    """Distance covariances."""
    divergence: list[Divergence]
    """Divergences of what is measured, and of decisions and outcomes beside it."""
    disparities: list[Disparity]
    """Gaps between groups."""
    contrasts: list[RateContrast] = []
    """Each group against the reference in the rates that are told first, with the tests and ratios that experts ask
    for."""
    within: list[WithinStrata] = []
    """Rates and gaps within the strata of an admissible column, by single attributes; empty without such a column."""
    detectable: list[Detectable] = []
    """The gaps that these groups would show with 80% power, in the measures that are told first."""
    recalibration: list[Recalibration] = []
    """Slope and intercept of predicted probabilities, for all rows and every group."""
    event_ratios: list[EventRatio] = []
    """Actual over expected events of every group, by Poisson's law and with dispersion."""
    lift: list[Lift] = []
    """How well predicted rates order events, for all rows and the groups of each single attribute."""
    double_lift: list[LiftTenth] = []
    """The chosen beside the plain model where the two differ; empty but for counts with a penalty or knowledge."""
    distributions: list[Distribution]
    """Histograms by group of each single attribute."""
    curves: list[Curve] = []
    """Ranking and calibration by group of each single attribute, for a prediction of a binary outcome; and selection at
    every threshold, for a score of which no decision was named."""
    subgroups: Subgroups | None = None
    """The search over combinations of attributes; None where it was not asked for."""
    performance: Performance
    """How good the predictions are."""
    model: Model | None = None
    """The fitted model; None for an audit of given predictions."""
    fitted_on: bool = False
    """Whether this is the table that a saved model was fitted on, so that most of its rows are training rows."""
    attribution: Attribution | None = None
    """Which factors carry the gaps; None without a model."""
    surrogate: Surrogate | None = None
    """What the difference of the verdict goes along with in the other columns; None where it tells none, there are no
    other columns, or a model is at hand."""
    consistency: Consistency | None = None
    """What knowledge of the factors changed; None for a model without it."""
    path: list[PathPoint] = []
    """Strengths of the penalty in increasing order, the plain model first; empty without a calibration."""
    calibration: Calibration | None = None
    """How the strength was chosen from the path; None without a calibration."""
    comparison: list[Change] = []
    """The plain against the fairer or guided model; empty without a penalty or knowledge."""
    reductions: list[Reduction] = []
    """How much dependence the fairer model takes away, what is penalised first; empty without a penalty."""
    price: Price | None = None
    """What the fairer model costs; None without a penalty."""
    plain: Audit | None = None
    """The same audit of the plain model; None without a penalty or knowledge."""
    measures: dict[str, Words] = {}
    """Name → words of every measure in this audit; empty in one that an early version wrote."""
    confidence: Probability = 0.95
    """Coverage of the intervals."""
    min_group: Count = 25
    """Independent rows of equal weight below which a group is not compared."""
    favourable: str | None = None
    """Which way is good for a person: `yes` or `no` of a decision or outcome, `high` or `low` of a number, a class of
    several; None: nobody said."""
    reference: dict[str, str] = {}
    """Attribute → level of the group that others are compared with, where one was named."""
    verdict: Verdict | None = None
    """What the audit concludes; None where only some measures were asked for."""
    rule: RuleReport | None = None
    """The table of a public rule; None where no profile was asked for."""
    notes: list[str] = []
    """What a careful reader must know about how the numbers were made."""
    manifest: Manifest
    """What is needed to repeat the audit."""
