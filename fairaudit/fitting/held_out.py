"""A model on the rows held out: its predictions, and its audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import structs

from fairaudit.arrays import Floats, Step
from fairaudit.auditing.manifest import manifest
from fairaudit.auditing.run import Surroundings, measure
from fairaudit.auditing.verdict import with_verdict
from fairaudit.fitting.attributing import attributed_rows, own_explainer
from fairaudit.fitting.constant import BesideConstant, beside_constant, explained
from fairaudit.fitting.prediction import base_rate_cut, predicted, rates, rates_at, scores
from fairaudit.fitting.summary import notes, summary, title
from fairaudit.measures.adequacy import of_parameters
from fairaudit.measures.information import information
from fairaudit.measures.overall import infinite, overall, performance
from fairaudit.results import Audit, Group, Performance
from fairaudit.scoretable.facets import facets
from fairaudit.scoretable.strata import notion
from fairaudit.scoretable.table import ScoreTable

if TYPE_CHECKING:
    from fairaudit.data.threshold import Threshold
    from fairaudit.fitting.split import Split
    from fairaudit.models.estimator import PenalizedEstimator
    from fairaudit.results import Attribution


@dataclass(frozen=True, eq=False)
class Judged:
    """A fitted model with its predictions of both parts of a split, beside those of the constant model."""

    model: PenalizedEstimator
    train: BesideConstant
    test: BesideConstant
    cut: Threshold | None
    """What makes a decision of its predictions."""


def judged(split: Split, model: PenalizedEstimator) -> Judged:
    """A model with its predictions; all that is later said of it is said of these."""
    parts = (split.train, split.test)
    eta = [model.predictors(part.features) for part in parts]
    rate = [rates_at(model, of, len(part.classes)) for part, of in zip(parts, eta, strict=True)]
    cut = own_cut(split, rate[0])
    of_model = [
        predicted(part.task, of, part.exposure, cut, part.weight, part.count)
        for part, of in zip(parts, rate, strict=True)
    ]
    train, test = beside_constant(model, split.train, list(zip(parts, of_model, eta, strict=True)), split.roles.cut)
    return Judged(model, train, test, cut)


def own_cut(split: Split, rate: Floats) -> Threshold | None:
    """What makes a decision of a model's predictions: that of the split, else (binary tasks) the base rate's quantile
    of its predictions of the training rows. So two models select as many, and their gaps can be compared."""
    part = split.train
    if split.cut is not None or part.task != "binary":
        return split.cut
    training = predicted(part.task, rate, part.exposure, None, part.weight, part.count)
    return base_rate_cut(training.value, part.outcome, part.weight, part.count)


def penalised_decisions(split: Split, plain: PenalizedEstimator) -> Split:
    """The split with the cut of the plain model for all, where decisions are penalised and no threshold was named: the
    penalty needs one before there is another model."""
    if split.fitting.penalize != "decision" or split.cut is not None:
        return split
    return replace(split, cut=own_cut(split, rates(plain, split.train.features)))


def audit(split: Split, judged: Judged, step: Step) -> Audit:
    """The audit of a model on the held-out rows."""
    model = judged.model
    train, test = explained(judged.train), explained(judged.test, split.options)
    # The deviance of amounts is that of the family: a table does not know it, the model does.
    family = model.distribution
    power = family.power if family.link == "log" and split.table.task == "regression" else None
    lines, of_train, of_constant = (
        replace(scores(prediction, part), power=power)
        for prediction, part in (
            (judged.test.model, split.test),
            (judged.train.model, split.train),
            (judged.test.constant, split.test),
        )
    )
    extra = {**split.fitting.arguments(), "split_by": split.roles.kept_together, **split.options.extra}
    surroundings = Surroundings(
        rows=structs.replace(split.table.rows, used=split.test.people),
        source=split.source,
        column=title(model),
        performance=Performance(
            train=performance(of_train),
            test=performance(lines),
            constant=performance(of_constant),
            infinite=infinite(overall(lines)),
        ),
        notes=notes(split, model, lines.measured, test, judged.cut),
        manifest=manifest(split.roles, replace(split.options, extra=extra)),
        parity=notion(split.options.parity, split.roles.given),
        favourable=split.roles.good_side,
        reference=dict(split.roles.reference),
    )
    described = structs.replace(summary(split, model, judged.cut), train=train, test=test)
    measured = measure(lines, surroundings, split.options, step)
    measured = structs.replace(measured, groups=_with_model(measured.groups, model, of_train))
    return with_verdict(structs.replace(measured, model=described, attribution=carried(split, model)))


def _with_model(groups: list[Group], model: PenalizedEstimator, train: ScoreTable) -> list[Group]:
    """The groups, each with whether its training rows are enough for a model like this one of its own."""
    risk = of_parameters(model.parameters)
    own = facets(train.cells())
    rows: dict[frozenset[tuple[str, str]], float] = {}
    for by in {tuple(group.by) for group in groups}:
        chosen = own.named(by)
        effective = information(train, chosen.index, len(chosen)).effective
        rows |= {frozenset(chosen.cell(place).items()): float(n) for place, n in enumerate(effective)}
    return [
        structs.replace(
            group,
            adequacy=[*group.adequacy, risk.result("model", rows.get(frozenset(group.cell.items()), 0.0))],
        )
        for group in groups
    ]


def carried(split: Split, model: PenalizedEstimator) -> Attribution:
    """Which factors carry the predictions of the held-out rows, and the gaps between groups there."""
    explain, most = own_explainer(model)
    part = split.test
    classes = [part.classes[int(code)] for code in model.classes_] if part.classes else []
    return attributed_rows(explain, part.features, part.cells, part.mass, split.options, most, classes, part.count)
