"""How good predictions are: means over rows, from the single lines of a score table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ive, pdtr, xlogy

from fairaudit.arrays import Floats, Ints
from fairaudit.measures.measure import NUMERIC, Measure, Proposal
from fairaudit.measures.view import Bearing, Quotient, View, over_all, summed


def mean_loss(loss: Callable[[Floats, Floats], Floats]) -> Quotient:
    """The mean over rows, by their weight, of a loss of outcomes y and predictions f; NaN where no loss is defined.

    A count counts once, whatever its time at risk: y is the count and f the expected count of the row.
    """

    def weighted(view: View) -> Floats:
        table = view.table
        outcome, prediction = view.of_line(table.outcome), view.of_line(table.expected)
        return view.sums["weight"] * loss(outcome, prediction)

    return Quotient(weighted, summed("weight"))


def squared_error(outcome: Floats, prediction: Floats) -> Floats:
    """(y − f)² of each row."""
    return (outcome - prediction) ** 2


def absolute_error(outcome: Floats, prediction: Floats) -> Floats:
    """abs(y − f) of each row."""
    return np.abs(outcome - prediction)


def negative_log_likelihood(outcome: Floats, probability: Floats) -> Floats:
    """−log of the probability of what happened, of each row; infinite where that was 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(-(xlogy(outcome, probability) + xlogy(1 - outcome, 1 - probability)))


def of_classes(loss: Callable[[Floats, Floats], Floats]) -> Quotient:
    """The mean of a loss of probabilities and outcomes of yes or no; of classes of one of `CLASS_LOSSES`."""
    plain, several = mean_loss(loss), CLASS_LOSSES[loss]

    def weighted(view: View) -> Floats:
        table = view.table
        if table.probabilities is None:
            return plain.above(view)
        code = view.of_line(table.outcome).astype(np.intp)
        return view.sums["weight"] * several(code, table.probabilities[view.segments.first])

    return Quotient(weighted, summed("weight"))


def class_squared_error(code: Ints, probabilities: Floats) -> Floats:
    """Σ_k (1[y = k] − p_k)² of each row (Brier 1950), twice the squared error of two classes.

    Args:
        code: observed class, shape (n,).
        probabilities: shape (n, K).
    """
    occurred = code[:, None] == np.arange(probabilities.shape[1])
    loss: Floats = ((occurred - probabilities) ** 2).sum(axis=1)
    return loss


def class_log_loss(code: Ints, probabilities: Floats) -> Floats:
    """−log of the probability of the class that occurred, of each row; infinite where that was 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(probabilities[np.arange(len(code)), code]))


CLASS_LOSSES: dict[Callable[[Floats, Floats], Floats], Callable[[Ints, Floats], Floats]] = {
    squared_error: class_squared_error,
    negative_log_likelihood: class_log_loss,
}
"""Loss of yes or no → the same of classes."""


def poisson_deviance(outcome: Floats, expected: Floats) -> Floats:
    """Poisson deviance of each row; infinite where a count happened of which none was expected, NaN for all where one
    expects less than no count."""
    if not expected.min() >= 0:
        return np.full_like(expected, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(outcome > 0, outcome / expected, 1.0)
    return np.asarray(2 * (xlogy(outcome, ratio) - outcome + expected))


def gamma_deviance(outcome: Floats, expected: Floats) -> Floats:
    """2 (y / f − 1 − log(y / f)) of each row; NaN for all where an outcome or prediction is not above 0."""
    if not min(outcome.min(), expected.min()) > 0:
        return np.full_like(expected, np.nan)
    ratio = outcome / expected
    return np.asarray(2 * (ratio - 1 - np.log(ratio)))


@dataclass(frozen=True)
class TweedieDeviance:
    r"""Mean deviance of the Tweedie family of the table's power p, by weight.

    .. math:: 2 \left( \frac{y^{2-p}}{(1-p)(2-p)} - \frac{y f^{1-p}}{1-p} + \frac{f^{2-p}}{2-p} \right)

    For p = 1 the Poisson deviance, of amounts.
    """

    def __call__(self, view: View) -> Floats:
        """Value, shape (1,)."""
        return np.array([self.over_all(view)[0]])

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The mean, and how each line bears on it."""
        p = view.table.power
        assert p is not None

        def loss(y: Floats, f: Floats) -> Floats:
            if p == 1:
                return poisson_deviance(y, f)
            if not f.min() > 0:
                return np.full_like(f, np.nan)
            least = y ** (2 - p) / ((1 - p) * (2 - p))
            return np.asarray(2 * (least - y * f ** (1 - p) / (1 - p) + f ** (2 - p) / (2 - p)))

        return mean_loss(loss).over_all(view)


def ranked_probability_score(outcome: Floats, expected: Floats) -> Floats:
    r"""Σ_k (P(Y ≤ k) − 1[y ≤ k])² over all k ≥ 0 of each row, Y Poisson with that mean; NaN for all where one expects
    no count.

    .. math:: (y - f) (2 P(Y \le y) - 1) + 2 f P(Y = y) - f e^{-2f} (I_0(2f) + I_1(2f))

    (Wei and Held 2014, doi:10.1007/s11749-014-0380-8). Published sums end at k = 10, which is the same to 1e-12 while
    no count is above 10 and no more than one is expected; beyond they see nothing: where 50 are expected of each row,
    and 100 happen, theirs is below 1e-10.
    """
    if not expected.min() > 0:
        return np.full_like(expected, np.nan)
    count = np.ceil(outcome)
    at = np.exp(xlogy(count, expected) - expected - gammaln(count + 1))
    spread = expected * (ive(0, 2 * expected) + ive(1, 2 * expected))
    result: Floats = (count - expected) * (2 * pdtr(count, expected) - 1) + 2 * expected * at - spread
    return np.maximum(result, 0.0)


@dataclass(frozen=True)
class ExplainedVariance:
    """R² = 1 − Σ ω (y − f)² / Σ ω (y − ȳ)² of the lines of a table; NaN where all outcomes are equal."""

    def __call__(self, view: View) -> Floats:
        """Value, shape (1,)."""
        return np.array([self.over_all(view)[0]])

    def over_all(self, view: View) -> tuple[float, Bearing]:
        """The value, and ((1 − R²) (y − ȳ)² − (y − f)²) / Σ ω (y − ȳ)², times ω, of each line."""
        unexplained, bearing = over_all(*self._squares(view))
        return 1 - unexplained, lambda: -bearing()

    def _squares(self, view: View) -> tuple[Floats, Floats]:
        """Weight times the squared error, and times the squared distance from the mean outcome, of each line."""
        weight, outcome = view.sums["weight"], view.of_line(view.table.outcome)
        mean = weight @ outcome / weight.sum()
        return weight * (outcome - view.of_line(view.table.value)) ** 2, weight * (outcome - mean) ** 2


LOSSES = (
    Measure(
        name="brier",
        number=21,
        label="Brier score",
        about="mean squared error of the probabilities; 0 is perfect",
        formula="E((y − f)²); of classes E Σ_k (1[y = k] − p_k)²",
        unit="number",
        better="lower",
        tasks=("binary", "multiclass"),
        needs=("probability", "outcome"),
        statistics=("overall",),
        of_rows=of_classes(squared_error),
    ),
    Measure(
        name="log_loss",
        number=22,
        label="log loss",
        about="mean negative log-likelihood; 0 is perfect",
        formula="−E(y log f + (1 − y) log(1 − f)); of classes −E log p_y",
        unit="number",
        better="lower",
        tasks=("binary", "multiclass"),
        needs=("probability", "outcome"),
        statistics=("overall",),
        of_rows=of_classes(negative_log_likelihood),
    ),
    Measure(
        name="mae",
        number=23,
        label="mean absolute error",
        about="0 is perfect",
        formula="E abs(y − f)",
        unit="number",
        better="lower",
        tasks=NUMERIC,
        needs=("prediction", "outcome"),
        statistics=("overall",),
        of_rows=mean_loss(absolute_error),
    ),
    Measure(
        name="r2",
        number=24,
        label="R²",
        about="share of the outcome's variance that is predicted; 1 is perfect",
        formula="1 − E((y − f)²) / Var(y)",
        unit="number",
        better="higher",
        tasks=NUMERIC,
        needs=("prediction", "outcome"),
        statistics=("overall",),
        of_rows=ExplainedVariance(),
    ),
    Measure(
        name="poisson_deviance",
        number=25,
        label="Poisson deviance",
        about="mean deviance; 0 is perfect",
        formula="E(2 (y log(y / f) − y + f)) over rows, y the count and f the expected count",
        unit="number",
        better="lower",
        tasks=("count",),
        needs=("prediction", "outcome"),
        statistics=("overall",),
        proposals=(
            Proposal("overall", None, "How large the mean deviance may be. Not a norm: just beyond today's interval."),
        ),
        of_rows=mean_loss(poisson_deviance),
    ),
    Measure(
        name="gamma_deviance",
        number=27,
        label="gamma deviance",
        about="mean deviance, of relative errors; 0 is perfect",
        formula="E(2 (y / f − 1 − log(y / f)))",
        unit="number",
        better="lower",
        tasks=("regression",),
        needs=("prediction", "outcome", "gamma"),
        statistics=("overall",),
        of_rows=mean_loss(gamma_deviance),
    ),
    Measure(
        name="tweedie_deviance",
        number=28,
        label="Tweedie deviance",
        about="mean deviance of the family; 0 is perfect",
        formula="E(2 (y^(2−p) / ((1−p) (2−p)) − y f^(1−p) / (1−p) + f^(2−p) / (2−p))), p the power of the family",
        unit="number",
        better="lower",
        tasks=("regression",),
        needs=("prediction", "outcome", "tweedie"),
        statistics=("overall",),
        of_rows=TweedieDeviance(),
    ),
    Measure(
        name="rps",
        number=26,
        label="ranked probability score",
        about="0 is perfect",
        formula="E Σ (P(Y ≤ k) − 1[y ≤ k])² over all k ≥ 0, Y of the Poisson distribution with mean f",
        unit="number",
        better="lower",
        tasks=("count",),
        needs=("prediction", "outcome"),
        statistics=("overall",),
        of_rows=mean_loss(ranked_probability_score),
    ),
)
