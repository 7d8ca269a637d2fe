"""The data of a fit, split, and what is made of it: models, and their audits on the rows held out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import structs
from sklearn.exceptions import ConvergenceWarning

from fairaudit.arrays import Floats, Step
from fairaudit.arrays import Ints as Rows
from fairaudit.auditing.run import Setting, manifest, measure
from fairaudit.data.roles import Roles
from fairaudit.distance.penalty import dependence_penalty
from fairaudit.fitting.attributing import attributed_rows, own_explainer
from fairaudit.fitting.comparison import change
from fairaudit.fitting.options import FitOptions, estimator, family_for
from fairaudit.measures.disparity import rounding
from fairaudit.measures.losses import performance
from fairaudit.models.estimator import PenalizedEstimator
from fairaudit.models.families import family
from fairaudit.models.strength.search import TOLERANCE
from fairaudit.options import Options
from fairaudit.results import Attribution, Audit, Change, Model, Performance, Source
from fairaudit.scoretable.cells import Cells
from fairaudit.scoretable.strata import notion, strata
from fairaudit.scoretable.table import ScoreTable, score_table

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable


THRESHOLD = 0.5
"""Cut of a fitted probability that makes a decision, unless another is given."""


@dataclass(frozen=True, eq=False)
class Work:
    """The data of a fit, split; makes models of the training rows and audits them on those held out."""

    table: RoleTable
    cells: Cells
    source: Source
    roles: Roles
    fitting: FitOptions
    options: Options
    train: Rows
    test: Rows

    def part(self, values: Floats | None, rows: Rows) -> Floats | None:
        """Some rows of a column, if there is one."""
        return None if values is None else values[rows]

    @property
    def factors(self) -> list[str]:
        """Names of the inputs."""
        return [str(name) for name in self.table.features.columns]

    def estimator(self, penalty: str, *, guided: bool = False, **strength: float | None) -> PenalizedEstimator:
        """An unfitted model, guided by the knowledge of its factors or not."""
        return estimator(
            self.fitting.model,
            family=family_for(self.table.task, self.fitting.family),
            power=self.fitting.power,
            penalty=penalty,
            **strength,
            **(self.fitting.guidance_options() if guided else {}),
            group_weight=self.fitting.group_weight,
            decision_threshold=self.threshold if self.fitting.penalize == "decision" else None,
            random_state=self.options.seed,
            unseen="mean",
        )

    def training_data(self, penalised: bool) -> dict[str, Any]:
        """What an estimator is fitted to."""
        return {
            "X": self.table.features.iloc[self.train],
            "y": None if self.table.outcome is None else self.table.outcome[self.train],
            "sensitive_features": self.cells.take(self.train),
            "sample_weight": self.part(self.table.weight, self.train),
            "exposure": self.part(self.table.exposure, self.train),
            "groups": None if self.table.split_key is None else self.table.split_key[self.train],
            "strata": strata(self.table, self.options.parity, self.train) if penalised else None,
        }

    def fit(self, penalty: str, step: Step, *, guided: bool = False, **strength: float | None) -> PenalizedEstimator:
        """A model of the training rows."""
        penalised = penalty != "none"
        model = self.estimator(penalty, guided=guided, **(strength if penalised else {}))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the report says so
            return model.fit(**self.training_data(penalised), step=step)

    def _predict(self, model: PenalizedEstimator, rows: Rows) -> Floats:
        """Predictions as they are audited: probabilities, numbers, expected counts or expected level indices."""
        rate, exposure = self._rate(model, rows), self.part(self.table.exposure, rows)
        return rate if exposure is None else rate * exposure

    @property
    def threshold(self) -> float:
        """Probability from which the decision is yes."""
        return THRESHOLD if self.roles.threshold is None else self.roles.threshold

    def decide(self, prediction: Floats) -> Floats | None:
        """Decisions from probabilities; None for other tasks."""
        if self.table.task != "binary":
            return None
        return (prediction >= self.threshold).astype(np.float64)

    def _quality(self, model: PenalizedEstimator, rows: Rows) -> dict[str, float | None]:
        assert self.table.outcome is not None
        prediction = self._predict(model, rows)
        return performance(
            self.table.task,
            self.table.outcome[rows],
            prediction,
            decision=self.decide(prediction),
            exposure=self.part(self.table.exposure, rows),
            weight=self.part(self.table.weight, rows),
        )

    def audit(self, model: PenalizedEstimator, step: Step) -> Audit:
        """The audit of a model on the held-out rows."""
        assert self.table.outcome is not None
        prediction = self._predict(model, self.test)
        scores = self.scores(self.test, prediction, strata(self.table, self.options.parity, self.test))
        unknown = unseen(model, self.table.features.iloc[self.test], "held-out rows")
        options = replace(
            self.options, extra={**self.fitting.arguments(), "split_by": self.roles.split_by, **self.options.extra}
        )
        setting = Setting(
            rows=structs.replace(self.table.rows, used=len(self.test)),
            source=self.source,
            column=_column(model),
            performance=Performance(train=self._quality(model, self.train), test=self._quality(model, self.test)),
            notes=[*self.table.notes, *self._notes(), *unknown, *_model_notes(model, scores.value)],
            manifest=manifest(self.roles, options),
            parity=notion(self.options.parity, self.roles.given),
        )
        made = measure(scores, setting, self.options, step)
        return structs.replace(made, model=self._summary(model), attribution=self.attribution(model))

    def scores(self, rows: Rows, prediction: Floats, stratum: Rows | None = None) -> ScoreTable:
        """The score table of predictions for some rows."""
        assert self.table.outcome is not None
        return score_table(
            self.cells.take(rows),
            self.table.task,
            prediction=prediction,
            decision=self.decide(prediction),
            outcome=self.table.outcome[rows],
            exposure=self.part(self.table.exposure, rows),
            weight=self.part(self.table.weight, rows),
            stratum=stratum,
        )

    def losses(self, model: PenalizedEstimator, rows: Rows) -> Floats:
        """Half deviance of each of some rows, shape (m,)."""
        assert self.table.outcome is not None
        exposure = self.part(self.table.exposure, rows)
        return model.losses(self.table.features.iloc[rows], self.table.outcome[rows], exposure)

    def null_loss(self, part: Rows) -> float:
        """Mean half deviance of the constant model, each fold predicted from the others.

        Args:
            part: fold of each row, shape (n,).
        """
        training = self.estimator("none").read(**replace(self, train=np.arange(len(part))).training_data(False))
        fold, weight, y, kind = part[training.rows], training.weight, training.outcome, training.family
        total = 0.0
        for each in np.unique(fold):
            inside, held = fold != each, fold == each
            intercept = kind.start(y[inside], weight[inside] / weight[inside].sum())
            eta = np.broadcast_to(intercept, (held.sum(), *intercept.shape))
            total += float(weight[held] @ (kind.loss(y[held], eta) - kind.least(y[held])))
        return total

    def card(self) -> dict[str, Any]:
        """What a saved model says of itself: how to read a table that it is to score."""
        roles, table = self.roles, self.table
        return {
            "task": table.task,
            "features": [str(name) for name in table.features.columns],
            "target": roles.target,
            "levels": list(table.outcome_levels),
            "exposure": roles.exposure,
            "weight": roles.weight,
            "threshold": roles.threshold,
            "protected": [spec.text() for spec in roles.protected],
        }

    def conditional(self, plain: PenalizedEstimator, chosen: PenalizedEstimator) -> list[Change]:
        """What the penalty changed of the dependence within strata, which it aims at where there are any."""
        groups = strata(self.table, self.options.parity, self.test)
        if groups is None:
            return []
        mass = self.mass(self.test)
        measure = dependence_penalty(self.cells.take(self.test), chosen.penalty, mass, groups)
        before, after = (self._rate(model, self.test) for model in (plain, chosen))
        whole = [attribute.name for attribute in self.cells.attributes]
        return [change("within_strata_excess", "dependence", whole, measure.excess(before), measure.excess(after))]

    def mass(self, rows: Rows) -> Floats:
        """Weight × exposure as shares."""
        mass = np.ones(len(rows))
        for part in (self.table.weight, self.table.exposure):
            mass = mass if part is None else mass * part[rows]
        share: Floats = mass / mass.sum()
        return share

    def _rate(self, model: PenalizedEstimator, rows: Rows) -> Floats:
        """Predictions per unit of exposure."""
        features = self.table.features.iloc[rows]
        if model.family == "ordinal":  # a level that no training row had keeps its index
            return np.asarray(model.predict_proba(features) @ model.classes_)
        return model.predict_mean(features)

    def _notes(self) -> list[str]:
        notes = [
            f"{len(self.train):,} rows were fitted on and {len(self.test):,} held out; all numbers about groups are of"
            " the held-out rows."
        ]
        if self.roles.split_by is not None:
            notes.append(f"Rows with the same '{self.roles.split_by}' are on one side of the split.")
        if self.table.task == "ordinal":
            levels = ", ".join(f"{index} = {name}" for index, name in enumerate(self.table.outcome_levels))
            notes.append(
                f"The ordinal outcome is fitted by proportional odds; a prediction is the expected level ({levels})."
            )
        if self.table.task == "binary" and self.roles.threshold is None:
            notes.append(f"A probability of at least {THRESHOLD:g} counts as a positive decision (--threshold).")
        if self.fitting.penalty != "none" and self.fitting.group_weight == "equal":
            notes.append("The penalty counts all groups alike, whatever their size (but less below 1% of the rows).")
        if self.fitting.penalty != "none" and self.fitting.penalize == "decision":
            notes.append(f"The penalty is of decisions at {self.threshold:g}, smoothed, instead of probabilities.")
        return notes

    def _summary(self, model: PenalizedEstimator) -> Model:
        return Model(
            name=self.fitting.model,
            family=model.family,
            link=family(model.family).link,
            penalty=model.penalty,
            parity=notion(self.options.parity, self.roles.given),
            strength=model.strength_,
            reduce_asked=model.reduce,
            reduce_reached=model.reduction_,
            features=list(model.encoder.names_),
            rows_train=len(self.train),
            rows_test=len(self.test),
            split_by=self.roles.split_by,
            parameters=model.parameters,
            iterations=model.n_iter_,
            converged=model.converged_,
        )

    def attribution(self, model: PenalizedEstimator) -> Attribution:
        """The attribution of a model on the held-out rows."""
        explain, most = own_explainer(model)
        features, cells = self.table.features.iloc[self.test], self.cells.take(self.test)
        return attributed_rows(explain, features, cells, self.mass(self.test), self.options, most)

    def predictions(self, plain: PenalizedEstimator, chosen: PenalizedEstimator) -> pd.DataFrame:
        """The held-out predictions, row by row."""
        import pandas as pd

        assert self.table.outcome is not None
        prediction = self._predict(chosen, self.test)
        columns = {
            "row": self.table.index[self.test],
            "plain": self._predict(plain, self.test),
            "prediction": prediction,
            "decision": self.decide(prediction),
            "outcome": self.table.outcome[self.test],
        }
        return pd.DataFrame({name: values for name, values in columns.items() if values is not None})


def unseen(model: PenalizedEstimator, features: pd.DataFrame, rows: str) -> list[str]:
    """Notes on values unlike those of all training rows, in some rows, which are called so."""
    encoder = model.encoder
    unknown = [
        f"In {count:,} {rows} '{name}' has a value that no training row had; there it counts {encoder.unknown_counts}."
        for name, count in zip(encoder.names_, encoder.unknown(features).sum(axis=0), strict=True)
        if count
    ]
    beyond = [
        f"In {count:,} {rows} '{name}' is far beyond the {low:,.6g} to {high:,.6g} of the training rows; there its"
        " effect goes on in a straight line."
        for name, (count, low, high) in encoder.beyond(features).items()
    ]
    return unknown + beyond


def _column(model: PenalizedEstimator) -> str:
    if model.penalty != "none":
        return "fairer model"
    return "plain model" if model.knowledge is None else "guided model"


def _model_notes(model: PenalizedEstimator, value: Floats) -> list[str]:
    """What a reader must know of a model whose held-out predictions are `value`."""
    notes = []
    if np.ptp(value) <= rounding(value):
        notes.append("The model predicts the same for all held-out rows: it finds nothing in the features.")
    asked, reached = model.reduce, model.reduction_
    if asked is not None and reached is not None and model.strength_ and reached < asked - TOLERANCE:
        notes.append(
            f"The search stopped at a reduction of {reached:.1f}% on training rows that were not fitted on, short of"
            f" the {asked:g}% asked for: rows that were fitted on keep at most half of what may be left, and a stronger"
            " penalty would chase chance."
        )
    if model.separated_:
        notes.append("The features tell the outcome of every training row; look for a feature that holds the outcome.")
    return notes
