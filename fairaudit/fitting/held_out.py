"""A model on the rows held out: its predictions, and its audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from fairaudit.arrays import Step
from fairaudit.auditing.run import Setting, manifest, measure
from fairaudit.auditing.verdict import with_verdict
from fairaudit.fitting.attributing import attributed_rows, own_explainer
from fairaudit.fitting.constant import Deviances, constant_prediction, deviances, explained
from fairaudit.fitting.prediction import Predicted, base_rate_cut, predicted, rates, scores
from fairaudit.fitting.summary import notes, summary, title
from fairaudit.measures.overall import performance
from fairaudit.results import Audit, Performance
from fairaudit.scoretable.strata import notion

if TYPE_CHECKING:
    from fairaudit.data.threshold import Threshold
    from fairaudit.fitting.split import Part, Split
    from fairaudit.models.estimator import PenalizedEstimator
    from fairaudit.results import Attribution


@dataclass(frozen=True, eq=False)
class Judged:
    """A fitted model with its predictions of both parts of a split."""

    model: PenalizedEstimator
    train: Predicted
    test: Predicted
    deviances: Deviances | None
    """Of the held-out rows."""
    cut: Threshold | None
    """What makes a decision of its predictions."""


def judged(split: Split, model: PenalizedEstimator) -> Judged:
    """A model with its predictions."""
    cut = own_cut(split, model)

    def of(part: Part) -> Predicted:
        return predicted(part.task, rates(model, part.features), part.exposure, cut, part.weight)

    return Judged(model, of(split.train), of(split.test), deviances(model, split.train, split.test), cut)


def own_cut(split: Split, model: PenalizedEstimator) -> Threshold | None:
    """What makes a decision of a model's predictions: that of the split, else (binary tasks) the base rate's quantile
    of its predictions of the training rows. So two models select as many, and their gaps can be compared."""
    part = split.train
    if split.cut is not None or part.task != "binary":
        return split.cut
    training = predicted(part.task, rates(model, part.features), part.exposure, None, part.weight)
    return base_rate_cut(training.value, part.outcome, part.weight)


def penalised_decisions(split: Split, plain: PenalizedEstimator) -> Split:
    """The split with the cut of the plain model for all, where decisions are penalised and no threshold was named: the
    penalty needs one before there is another model."""
    if split.fitting.penalize != "decision" or split.cut is not None:
        return split
    return replace(split, cut=own_cut(split, plain))


def audit(split: Split, judged: Judged, step: Step) -> Audit:
    """The audit of a model on the held-out rows."""
    model, lines = judged.model, scores(judged.test, split.test)
    constant = [constant_prediction(model, split.train, part, split.roles.cut) for part in (split.train, split.test)]
    train = explained(deviances(model, split.train, split.train), judged.train, constant[0], split.train)
    test = explained(judged.deviances, judged.test, constant[1], split.test, split.options)
    extra = {**split.fitting.arguments(), "split_by": split.roles.split_by, **split.options.extra}
    setting = Setting(
        rows=structs.replace(split.table.rows, used=len(split.test.rows)),
        source=split.source,
        column=title(model),
        performance=Performance(
            train=performance(scores(judged.train, split.train)),
            test=performance(lines),
            constant=performance(scores(constant[1], split.test)),
        ),
        notes=notes(split, model, lines.value, test, judged.cut),
        manifest=manifest(split.roles, replace(split.options, extra=extra)),
        parity=notion(split.options.parity, split.roles.given),
        favourable=split.roles.favourable,
        reference=dict(split.roles.reference),
    )
    measured = measure(lines, setting, split.options, step)
    described = structs.replace(summary(split, model, judged.cut), train=train, test=test)
    return with_verdict(structs.replace(measured, model=described, attribution=carried(split, model)))


def carried(split: Split, model: PenalizedEstimator) -> Attribution:
    """Which factors carry the predictions of the held-out rows, and the gaps between groups there."""
    explain, most = own_explainer(model)
    part = split.test
    return attributed_rows(explain, part.features, part.cells, part.mass, split.options, most)
