"""The frozen result of ``explain``: what a pool of models says about its factors, and on what all of them agree."""

from __future__ import annotations

from typing import Literal

import msgspec

from fairaudit.results.models import Attribution, Proxy
from fairaudit.results.rendered import Document
from fairaudit.results.values import (
    Count,
    Interval,
    Manifest,
    Probability,
    ProtectedAttribute,
    Result,
    Rows,
    Source,
    Task,
)
from fairaudit.results.verdict import Conclusion


class PooledModel(Result, frozen=True, kw_only=True):
    """One kind of model, fitted on each set of folds but one and measured on that one."""

    name: str
    """`glm`, `boosting` or `network`."""
    included: bool
    """Whether it has a say in the relations."""
    why: str | None = None
    """Why it has none."""
    loss: float
    """Mean half deviance on held-out rows; 0 is a perfect prediction."""
    gain: float | None
    """Per cent of the constant model's loss that it takes away; None where that is 0."""
    worse: float
    """Loss − loss of the best model of the pool; 0 for the best."""
    standard_error: float
    """Of `worse`, from the paired losses of the rows."""
    importance: dict[str, float]
    """Factor → share of the total |attribution| on held-out rows; sums to 1."""
    intervals: dict[str, Interval]
    """Factor → interval of its importance, for new rows and a new fit."""
    attribution: Attribution
    """Groups, their gaps and importance; the linear predictor of a row is relative to the reference of the model that
    did not see the row. Intervals there are of the rows alone."""


class FactorRelation(Result, frozen=True, kw_only=True):
    """A factor is primary to another: all models of the pool say so beyond their margins."""

    primary: str
    """The factor of more importance."""
    secondary: str
    """The factor of less."""
    direct: bool
    """Whether no third factor stands between the two; the others follow from the direct ones."""
    least: float
    """Smallest difference of the two shares among the models, in (0, 1]."""


class ModelPair(Result, frozen=True, kw_only=True):
    """How far two models of the pool agree on the factors."""

    models: list[str]
    """The two."""
    agreed: Probability | None
    """Share of all pairs of factors that both order alike, beyond their margins; None with fewer than two factors."""
    contradicted: Probability | None
    """Share of all pairs of factors that they order in opposite ways, beyond their margins."""
    kendall: float | None
    """Kendall's τ of the importances, −1 to 1; 1: the same order."""
    top_overlap: Probability
    """Share of the `Explanation.top` most important factors that they have in common."""
    jensen_shannon: float
    """Divergence of the two importance distributions in bits, 0 to 1; 0: they are the same."""


class Explanation(Document, frozen=True, kw_only=True):
    """What a pool of models says about its factors."""

    schema: Literal["fairaudit/explanation/1"] = "fairaudit/explanation/1"
    """Name and version of this format."""
    task: Task
    """Kind of outcome."""
    rows: Rows
    """Rows read, used and dropped."""
    source: Source
    """Where the data came from."""
    target: str
    """Column of the outcome."""
    protected: list[ProtectedAttribute]
    """The protected attributes."""
    factors: list[str]
    """The factors, by mean importance over the models of the pool, largest first."""
    folds: Count
    """Parts of the rows, each held out once, the same for all models."""
    attributed: Count
    """Held-out rows that were attributed, the same for all models."""
    confidence: Probability
    """Coverage of the margins and intervals."""
    models: list[PooledModel]
    """The models, best first."""
    relations: list[FactorRelation]
    """A strict partial order: nothing is primary to itself, and primary to primary is primary."""
    levels: list[list[str]]
    """The factors by the length of the longest chain of relations above them."""
    settled: Probability | None
    """Share of all pairs of factors that the relations order; None with fewer than two factors."""
    pairs: list[ModelPair]
    """Every two models that have a say."""
    top: Count
    """Number of factors that `ModelPair.top_overlap` looks at."""
    proxies: list[Proxy]
    """Dependence of each factor on each protected attribute, whatever the models."""
    verdict: Conclusion | None = None
    """What the explanation concludes; None in one that an early version wrote."""
    notes: list[str] = msgspec.field(default_factory=list)
    """What a careful reader must know about how the numbers were made."""
    manifest: Manifest
    """What is needed to repeat it."""
