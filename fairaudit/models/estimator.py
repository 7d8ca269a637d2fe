"""What all penalised estimators share: options, the reading of their input, and scikit-learn's conventions.

Longer than other modules: scikit-learn wants all methods of an estimator in one class.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import ClassifierTags, RegressorTags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from fairaudit.arrays import Floats, Ints, Step
from fairaudit.chance.reductions import TwoExcesses
from fairaudit.cores import one_thread
from fairaudit.distance.penalty import DependencePenalty
from fairaudit.errors import FitError, OptionError
from fairaudit.explaining.attribution import Attributed
from fairaudit.models.families import classifiers, family, kind
from fairaudit.models.family import Family, check_outcome, check_support
from fairaudit.models.features.encoder import Encoder
from fairaudit.models.features.inputs import (
    known_labels,
    read_exposure,
    read_features,
    read_labels,
    read_numbers,
    read_penalty,
    read_rows,
    read_weight,
)
from fairaudit.models.guides.consistency import ConsistencyLoss
from fairaudit.models.guides.guidance import Guidance
from fairaudit.models.objective import Objective, some
from fairaudit.models.options import SEARCHED, ModelOptions
from fairaudit.models.recalibration import Isotonic, isotonic, unseen_means
from fairaudit.models.strength.search import Fold, folds, known, samples, strength_for, strength_within
from fairaudit.streams import Stream

if TYPE_CHECKING:
    import pandas as pd


RECALIBRATION_FOLDS = 5
"""Parts of the training rows by which predictions are recalibrated."""


@dataclass(frozen=True, eq=False)
class Training:
    """What an estimator is fitted to: checked, coded, rows of weight 0 left out."""

    features: pd.DataFrame
    """n rows, numbers and categories."""
    family: Family
    outcome: Floats
    """Numbers (with exposure the rate) or codes of classes, shape (n,)."""
    weight: Floats
    """Weight × exposure as shares, shape (n,), > 0, sums to 1."""
    rows: Ints
    """Positions of these rows among those given, shape (n,)."""
    mass: Floats
    """Weight × exposure as given, shape (n,): sums of whole numbers are exact."""
    people: Floats
    """How many independent rows each one counts as, shape (n,), > 0: its weight where weights are whole numbers, else
    such a share of Kish's effective number of rows."""
    at_risk: Floats
    """Exposure, shape (n,), > 0; ones where there is none."""
    offset: Floats | None
    """Added to the linear predictor, shape (n,)."""
    penalty: DependencePenalty | None
    groups: Ints | None
    """Rows of one group stay together where rows are split, shape (n,)."""
    step: Step
    """Told of progress."""
    guidance: Guidance | None = None
    """The consistency loss; None: none."""

    @property
    def information(self) -> float:
        """How many independent rows they are, each times its exposure."""
        return float(self.people @ self.at_risk)


class PenalizedEstimator(ModelOptions, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Base of the estimators that minimise mean loss + λ · dependence + α · inconsistency with what is known of their
    factors; a classifier or a regressor by its family.

    A subclass is a dataclass of its own options beyond the `ModelOptions`; it makes a problem of a `Training`, keeps
    the solution, and gives linear predictors.
    """

    classes_: NDArray[Any]
    intercept_: Any
    strength_: float
    reduction_: float | None
    promise_: TwoExcesses | None
    searched_share_: float
    """What cross-fitting found on unseen rows, with its errors; None where no reduction was asked for; in no file."""
    converged_: bool
    separated_: bool
    message_: str
    recalibration_: Floats | None
    """Knots of the recalibration: predictions and what becomes of them, shape (2, m); None: there is none."""

    def problem(self, training: Training) -> Objective[Any]:
        """The objective on the training rows, to be solved at any strength."""
        raise NotImplementedError

    def _solve(self, problem: Objective[Any], strength: float) -> Any:
        """The solution at the strength that was given or found."""
        plain = problem.solve(0.0)
        return problem.solve(strength, plain) if strength else problem.polish(plain)

    def _keep(self, problem: Any, solution: Any) -> None:
        """Take over a solution; set `strength_`, `converged_` and `separated_`."""
        raise NotImplementedError

    @property
    def encoder(self) -> Encoder:
        """The encoding of the features of a fitted model."""
        raise NotImplementedError

    @property
    def parameters(self) -> int:
        """Fitted numbers of a fitted model: coefficients, leaves or weights, with intercepts."""
        raise NotImplementedError

    def check_parameters(self) -> None:
        """Refuse parameters that no `fit` leaves behind, for a model that comes from a file.

        Raises:
            ValueError: they are of a shape that does not fit the family and the encoding, or no finite numbers.
        """
        raise NotImplementedError

    def attributed(self, X: object) -> Attributed:
        """Additive attributions to the features with how they were made."""
        raise NotImplementedError

    def contributions(self, X: object) -> Floats:
        """Additive attributions φ to the features, link scale, any sign; up to a constant they sum to η.

        Returns:
            Shape (n, features); (n, features, K) for the multinomial family.
        """
        return self.attributed(X).values

    def _predictors(self, features: pd.DataFrame, offset: Floats | None) -> Floats:
        """Linear predictors η with intercepts, shape (n,) or (n, m)."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        chosen = kind(self.family)
        if chosen.labels:
            tags.estimator_type = "classifier"
            tags.classifier_tags = ClassifierTags(multi_class=chosen.most_classes != 2)
        else:
            tags.estimator_type = "regressor"
            tags.regressor_tags = RegressorTags()
            tags.target_tags.positive_only = chosen.positive
        return tags

    @one_thread()
    def fit(
        self,
        X: object,
        y: ArrayLike,
        sensitive_features: object = None,
        sample_weight: ArrayLike | None = None,
        exposure: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        strata: ArrayLike | None = None,
        step: Step | None = None,
    ) -> Self:
        """Fit the model.

        Args:
            X: features, n rows: a data frame, whose numeric columns are numbers (missing ones allowed) and all others
                categories, or an array of finite numbers.
            y: outcome, shape (n,): numbers, counts or amounts; for classifiers labels of any kind. Ordinal levels are
                in the order of an ordered pandas category, else sorted, which is told of text.
            sensitive_features: protected attributes, n rows: a data frame, an array or encoded `Cells`; needed by a
                penalty. Where X is a pandas object, too, rows with one label belong together, in whatever order.
            sample_weight: row weights, shape (n,), ≥ 0; a row of weight 0 is not there, one of weight 2 is there twice.
            exposure: time at risk, number of claims or the like, shape (n,), > 0, for regressors: the model is of the
                rate y / exposure, with weight times exposure. For the Poisson family that equals an offset of its log.
            offset: known part of the linear predictor, shape (n,), such as that of another model; not for the
                multinomial family. The penalty sees the mean with it (and rates without exposure).
            groups: rows of one group stay together in the folds by which `reduce` is judged, shape (n,).
            strata: independence is asked within each stratum, shape (n,): of the outcome for equalised odds; rows with
                a negative one are left out; None: among all rows (demographic parity).
            step: told of each strength that is tried.

        Warns:
            ConvergenceWarning: the optimum was not reached, the features tell the class of every row, or a search for
                a strength found nothing to take away; `message_` says which.
            UserWarning: the levels of an ordinal outcome are text, put in the order of the alphabet.
        """
        training = self.read(X, y, sensitive_features, sample_weight, exposure, offset, groups, strata, step)
        problem = self.problem(training)
        strength, self.reduction_, self.promise_ = float(self.strength), None, None
        if any(getattr(self, goal) is not None for goal in SEARCHED):
            strength, self.reduction_ = self._searched(problem, training)
        self._finish(problem, self._solve(problem, strength))
        self._recalibrate(problem, training)
        return self

    def _searched(self, problem: Objective[Any], training: Training) -> tuple[float, float]:
        """The strength that meets the goal, and the reduction that it brings, of as many rows as it takes to know."""
        rng, count = Stream.SEARCH_FOLDS.generator(self.random_state), len(training.outcome)
        bounded = self.max_loss is not None or self.max_deviance is not None  # a loss has no such interval: all rows
        for rows in [np.arange(count)] if bounded else samples(count, rng):
            self.searched_share_ = len(rows) / count
            whole = len(rows) == count
            try:
                parts = folds(problem if whole else problem.take(rows), some(training.groups, rows), rng)
                answer = self._search(parts, training.step)
            except FitError:
                if whole:
                    raise
                continue  # too few rows of a class, or too little dependence to be told from chance
            if whole or known(self.promise_):
                break
        return answer

    def _recalibrate(self, problem: Objective[Any], training: Training) -> None:
        """Learn from rows that were not fitted on how predictions are recalibrated, where that is asked for."""
        self.recalibration_ = None
        if self.recalibrate == "none":
            return
        training.step("recalibrating")
        rng = Stream.RECALIBRATION_FOLDS.generator(self.random_state)
        parts = folds(problem, training.groups, rng, RECALIBRATION_FOLDS)
        outcome, weight, link = training.outcome, training.weight, training.family.link
        unseen = unseen_means(parts, self.strength_, len(outcome))
        learnt = isotonic(unseen, outcome, weight, link)
        eta = self._predictors(training.features, training.offset)
        balanced = learnt.balanced(training.family.mean(eta), outcome, weight, link)
        self.recalibration_ = np.stack([balanced.place, balanced.value])

    def _search(self, parts: list[Fold], step: Step) -> tuple[float, float]:
        """The strength that meets the goal, and the reduction that it brings on unseen rows, per cent."""
        if self.reduce is not None:
            return strength_for(parts, self.reduce, step, told=self._promise)
        if self.reduce_dcor is not None:
            return strength_for(parts, self.reduce_dcor, step, scale_free=True, told=self._promise)
        if self.max_loss is not None:
            return strength_within(parts, self.max_loss, step)
        return strength_within(parts, self.max_deviance or 0.0, step, of_deviance=True)

    def _promise(self, excesses: TwoExcesses | None) -> None:
        self.promise_ = excesses

    def _finish(self, problem: Objective[Any], solution: Any) -> None:
        """Keep a solution, balanced, and warn of what is wrong with it."""
        self._keep(problem, problem.balanced(solution))
        self.message_ = self._message()
        if self.message_:
            warnings.warn(self.message_, ConvergenceWarning, stacklevel=3)

    def read(
        self,
        X: object,
        y: ArrayLike,
        sensitive_features: object = None,
        sample_weight: ArrayLike | None = None,
        exposure: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        strata: ArrayLike | None = None,
        step: Step | None = None,
    ) -> Training:
        """The arguments of `fit`, checked and coded: what `problem` is made of."""
        self._check_options()
        features = read_features(self, X, reset=True)
        size = len(features)
        if y is None:
            raise FitError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        weight = read_weight(sample_weight, size)
        kind_of = kind(self.family)
        if kind_of.labels:
            self.classes_, outcome = read_labels(y, size, weight, ordered=kind_of.ordered)
            if kind_of.most_classes is not None and len(self.classes_) > kind_of.most_classes:
                raise FitError(
                    "Only binary classification is supported. The type of the target is multiclass, with"
                    f" {len(self.classes_)} classes; use family='multinomial', or 'ordinal' if they are ordered"
                )
        else:
            outcome = read_numbers(y, size)
            if size == 1:
                raise FitError("there is 1 sample; a model needs at least 2 rows")
        people, at_risk = counted(weight), np.ones(size)
        if exposure is not None:
            at_risk = self._at_risk(exposure, size)
            outcome, weight = outcome / at_risk, weight * at_risk
        if offset is not None and kind_of.several:
            raise OptionError(f"offset shifts all classes alike, which the {self.family} family cannot see")
        penalty = None
        if self.penalty != "none":
            aim = self.group_weight, self.decision_threshold
            penalty = read_penalty(self.penalty, sensitive_features, weight, strata, *aim, rows=X)
        kept = np.flatnonzero(weight > 0)
        chosen = self.distribution
        check_outcome(chosen, outcome[kept])
        share = weight[kept] / weight[kept].sum()
        return Training(
            features=features.iloc[kept],
            family=chosen.fitted_to(outcome[kept], share),
            outcome=outcome[kept],
            weight=share,
            rows=kept,
            mass=weight[kept],
            people=people[kept],
            at_risk=at_risk[kept],
            offset=None if offset is None else read_rows(offset, size, "offset")[kept],
            penalty=None if penalty is None else penalty.take(kept),
            groups=None if groups is None else _codes(groups, size, kept),
            step=step or (lambda _: None),
            guidance=self._guidance(list(features.columns)),
        )

    def _guidance(self, factors: list[str]) -> Guidance | None:
        """The consistency loss on these factors; None without knowledge, or where it has no weight."""
        if self.knowledge is None:
            return None
        reference = self.knowledge.reference(factors)
        consistency = ConsistencyLoss(reference, self.divergence or reference.divergence)
        return Guidance(float(self.consistency), consistency) if self.consistency else None

    @property
    def distribution(self) -> Family:
        """The family that `family` names, with its power and, once the labels are known, its number of classes."""
        return family(self.family, self.power, len(self.classes_) if kind(self.family).labels else 2)

    def _message(self) -> str:
        faults = []
        if not self.converged_:
            faults.append("the fit did not reach its optimum; raise max_iter or tol, or lower the strength")
        if self.separated_:
            faults.append(
                "the features tell the class of every training row, so that probabilities are 0 or 1 but for the"
                " ridge; look for a feature that holds the outcome, or raise the ridge"
            )
        return "; ".join([*faults, *self.fruitless_search()])

    def separated_levels(self) -> list[str]:
        """What is wrong with levels whose rows all have one outcome, in words; nothing where a model looks for none."""
        return []

    def fruitless_search(self) -> list[str]:
        """Why a search for a strength ended without any penalty, in words; nothing where it did not."""
        if self.strength_ or all(getattr(self, goal) is None for goal in SEARCHED):
            return []
        none = "the plain model shows no dependence over its noise floor on training rows that it was not fitted on"
        asked = self.reduce_dcor if self.reduce is None else self.reduce
        if asked is not None:
            return [f"nothing was taken away of the {asked:g}% asked for: {none}"]
        allowed = self.max_deviance if self.max_loss is None else self.max_loss
        return [f"no penalty was added: {none}, or any costs more than the {allowed:g}% allowed"]

    def predictors(self, X: object, offset: ArrayLike | None = None) -> Floats:
        """Linear predictors η with intercepts and offset, of recalibrated means where the model is recalibrated, from
        which all else that is predicted follows; shape (n,), or (n, m) where the family has several."""
        return self._recalibrated(self._eta(X, offset))

    def _eta(self, X: object, offset: ArrayLike | None = None) -> Floats:
        """The same before any recalibration: what was fitted."""
        check_is_fitted(self, "strength_")
        features = read_features(self, X, reset=False)
        return self._predictors(features, None if offset is None else read_rows(offset, len(features), "offset"))

    def _recalibrated(self, eta: Floats) -> Floats:
        """Linear predictors of the recalibrated means; the same where the model is not recalibrated."""
        learnt = getattr(self, "recalibration_", None)  # models of earlier versions have none
        if learnt is None:
            return eta
        family = self.distribution
        mean = Isotonic(*learnt)(family.mean(eta))
        return np.log(mean) if family.link == "log" else mean

    def linear_predictor(self, X: object) -> Floats:
        """η, shape (n,): on the link scale; of the ordinal family what the features say, without the intercepts.

        For the multinomial family one for each class, shape (n, K).
        """
        eta = self._eta(X)
        return eta[:, 0] - self.intercept_[0] if self.distribution.shared else eta

    def predict_mean(self, X: object, exposure: ArrayLike | None = None, offset: ArrayLike | None = None) -> Floats:
        """What the penalty sees: expected value or count (without exposure the rate), probability of the second class
        (binomial), expected level from 0 to K−1 (ordinal), shape (n,); class probabilities, shape (n, K)
        (multinomial)."""
        eta = self.predictors(X, offset)
        mean = self.distribution.mean(eta)
        return mean if exposure is None else mean * self._at_risk(exposure, len(mean))

    def losses(self, X: object, y: ArrayLike, exposure: ArrayLike | None = None) -> Floats:
        """Half the deviance of each row, shape (n,), ≥ 0; 0 for a perfect prediction.

        With exposure that of the rate, which weighs as much as its exposure.

        Raises:
            FitError: an outcome cannot occur in the family, or is of a class that the model was not fitted to.
        """
        return self.losses_at(self.predictors(X), y, exposure)

    def losses_at(self, eta: Floats, y: ArrayLike, exposure: ArrayLike | None = None) -> Floats:
        """`losses` at linear predictors."""
        family = self.distribution
        if family.labels:
            outcome = known_labels(y, len(eta), self.classes_)
        else:
            outcome = read_numbers(y, len(eta))
            outcome = outcome if exposure is None else outcome / self._at_risk(exposure, len(eta))
        check_support(family, outcome)
        return family.loss(outcome, eta) - family.least(outcome)

    def _at_risk(self, exposure: ArrayLike, size: int) -> Floats:
        if kind(self.family).labels:
            raise OptionError(f"exposure is for rates; the {self.family} family has none")
        return read_exposure(exposure, size)

    def predict(self, X: object) -> NDArray[Any]:
        """The likeliest class, or the mean (of the rate where there is exposure), shape (n,)."""
        eta, family = self.predictors(X), self.distribution
        return np.asarray(self.classes_[family.likeliest(eta)]) if family.labels else family.mean(eta)

    @available_if(lambda self: _offered(self, classifiers(), "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: object) -> Floats:
        """Probability of each class, shape (n, K); classifiers only."""
        eta = self.predictors(X)
        return self.distribution.probabilities(eta)

    @available_if(lambda self: _offered(self, classifiers(ordered=False), "decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: object) -> Floats:
        """Linear predictor of the second class, shape (n,), or of each class, shape (n, K)."""
        eta = self.predictors(X)
        return eta[:, 1] - eta[:, 0] if eta.ndim == 2 and eta.shape[1] == 2 else eta

    def score(self, X: object, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Accuracy of a classifier; of a regressor the share of the deviance explained (Gaussian: R²), at most 1."""
        return self.distribution.score(y, self.predict(X), sample_weight)


def _offered(estimator: PenalizedEstimator, families: tuple[str, ...], method: str) -> bool:
    if estimator.family not in families:
        raise AttributeError(f"{method} is offered by the families {', '.join(families)} only, not {estimator.family}")
    return True


def counted(weight: Floats, count: Floats | None = None) -> Floats:
    """How many independent rows each row counts as, shape (n,).

    A row of weight two is the row twice, so whole numbers are counts. Others, such as those of a survey, have no unit:
    their sum is then Kish's (Σ w)² / Σ w².

    Args:
        weight: weights, shape (n,); of a line that stands for several rows the sum of theirs.
        count: how many rows each line stands for, shape (n,); None: one.
    """
    if np.array_equal(weight, np.round(weight)):
        return weight
    share = weight / weight.sum()
    return np.asarray(share / np.sum(share**2 if count is None else share**2 / count))


def _codes(groups: ArrayLike, size: int, kept: Ints) -> Ints:
    """Numbers of the groups of the rows kept, from 0, without gaps; rows without a value are one group."""
    import pandas as pd

    values = np.asarray(groups).reshape(-1)
    if len(values) != size:
        raise FitError(f"groups must hold {size} values, one for each row; there are {len(values)}")
    return pd.factorize(values[kept], sort=True, use_na_sentinel=False)[0].astype(np.intp)
