"""The fairness–performance path: strengths judged by cross-validation on training rows, and one chosen by a rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from fairaudit.arrays import Ints, Step
from fairaudit.auditing.resampled import divergence_excess
from fairaudit.auditing.verdict import with_verdict
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.roles import Favourable, Missing, Protected, Roles, Task
from fairaudit.errors import OptionError
from fairaudit.fitting.estimators import fitted, training_data, unfitted
from fairaudit.fitting.guiding import guide
from fairaudit.fitting.held_out import penalised_decisions
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.pathpoints import constant_loss, judged, path_points
from fairaudit.fitting.prediction import base_rate_cut, of_all_classes, predicted, scores
from fairaudit.fitting.resuming import FoldNumbers, FoldStore
from fairaudit.fitting.run import Fit, audited, read_frame
from fairaudit.fitting.split import Split, split_table
from fairaudit.measures.overall import performance
from fairaudit.models.options import SEARCHED
from fairaudit.models.strength.path import (
    AlongConsistency,
    AlongPenalty,
    FoldPoint,
    StrengthAxis,
    strengths,
    trace,
)
from fairaudit.models.strength.rules import TracedWords, choose, parse_rule
from fairaudit.options import TRACES, Options, Trace, one_of
from fairaudit.results import Calibration, Source
from fairaudit.streams import Stream

if TYPE_CHECKING:
    from fairaudit.data.table import RoleTable
    from fairaudit.data.threshold import Threshold
    from fairaudit.models.estimator import PenalizedEstimator


SHUFFLES = 50
"""Shuffles for the floor of the divergence at each point of the path."""
FEWEST_FOLDS = 2


@dataclass(frozen=True)
class CalibrationOptions:
    """How a path is laid and a strength chosen."""

    trace: Trace = "penalty"
    """The strength that is traced and chosen: that of the ``penalty``, λ, or of the ``consistency`` loss, α. The other
    one stays as the fit options have it."""
    rule: str = "reduce:90"
    """``reduce:P``, ``max-loss:P``, ``max-deviance:P``, ``jsd:X``, ``one-standard-error`` or ``knee``
    (see `models.strength.rules.choose`)."""
    strengths: tuple[float, ...] | None = None
    """λ of the path; None: laid by itself. The plain model always belongs to it."""
    steps: int = 16
    """Strengths of a path that is laid by itself, the plain model included."""
    folds: int = 5
    """Parts of the training rows, each held out once."""
    repeats: int = 1
    """Times that the rows are cut into folds anew, each with a seed of its own."""
    resume: str | None = None
    """File in which finished folds are kept, so that an interrupted calibration goes on where it stopped."""

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        parse_rule(self.rule)
        one_of(self.trace, "trace", TRACES)
        if self.strengths is not None:
            known = all(np.isfinite(value) and value >= 0 for value in self.strengths)
            if not known or not any(self.strengths):
                raise OptionError(
                    f"strengths are {', '.join(f'{value:g}' for value in self.strengths)}; numbers of 0 or more are"
                    " needed, one above 0"
                )
        if self.folds < FEWEST_FOLDS or self.repeats < 1:
            raise OptionError(f"folds is {self.folds} and repeats {self.repeats}; at least 2 and 1 are needed")
        if self.steps < 3:
            raise OptionError(f"steps is {self.steps}; at least 3 are needed: none, weak and strong")


Advance = Callable[[float], None]
"""Told the share of the path that is done, from 0 to 1."""


def calibrate(
    frame: object,
    *,
    target: str,
    protected: str | Protected | Sequence[str | Protected],
    features: str | Sequence[str] | None = None,
    drop: str | Sequence[str] = (),
    exposure: str | None = None,
    weight: str | None = None,
    count: str | None = None,
    cluster: str | None = None,
    task: Task | None = None,
    threshold: float | str | None = None,
    given: str | None = None,
    favourable: Favourable | None = None,
    reference: str | Sequence[str] = (),
    split_by: str | None = None,
    missing: Missing = "error",
    cleaning: Cleaning | None = None,
    fitting: FitOptions | None = None,
    calibration: CalibrationOptions | None = None,
    options: Options | None = None,
) -> Fit:
    """Trace the fairness–performance path of a data frame, choose a strength by a rule, fit and audit it.

    Args:
        frame: a table that Narwhals reads.
        target: as all up to `cleaning` as in `fit`.
        protected: attributes.
        features: inputs.
        drop: columns that are not inputs.
        exposure: time at risk, for counts.
        weight: row weights.
        count: column of how many people a row stands for; each of them may be fitted on or held out.
        cluster: column of whom a row is about, where people have several rows.
        task: kind of outcome.
        threshold: probability from which the decision is yes.
        given: admissible column.
        favourable: which way is good for a person, as in `audit`.
        reference: groups that others are compared with, each ``NAME=LEVEL``.
        split_by: column whose values are kept on one side of the split; None: the cluster.
        missing: what becomes of missing values.
        cleaning: which values are missing, which levels are one, and which rows take part.
        fitting: kind of model and penalty; its strength is what is chosen here.
        calibration: path and rule.
        options: how to measure.

    Returns:
        The fit at the chosen strength; its audit holds the path (`Audit.path`) and the choice (`Audit.calibration`).
    """
    table, source, roles, options = read_frame(
        frame,
        options,
        target=target,
        protected=protected,
        features=features,
        drop=drop,
        exposure=exposure,
        weight=weight,
        count=count,
        cluster=cluster,
        task=task,
        threshold=threshold,
        given=given,
        favourable=favourable,
        reference=reference,
        split_by=split_by,
        missing=missing,
        cleaning=cleaning or Cleaning(),
    )
    fitting, calibration = fitting or FitOptions(), calibration or CalibrationOptions()
    return calibrate_table(table, source, roles, fitting, calibration, options)


def calibrate_table(
    table: RoleTable,
    source: Source,
    roles: Roles,
    fitting: FitOptions,
    calibration: CalibrationOptions,
    options: Options,
    step: Step = lambda _: None,
    advance: Advance = lambda _: None,
) -> Fit:
    """Trace the path on the training rows, choose a strength, and fit and audit it as `fit_table` does.

    The rows held out take no part in the choice.
    """
    _check(fitting, calibration)
    along_consistency = calibration.trace == "consistency"
    if along_consistency and not fitting.strength:
        fitting = replace(fitting, penalty="none", strength=None)
    extra = {f"calibrate_{name}": _plain(value) for name, value in asdict(calibration).items() if name != "resume"}
    asked = replace(options, extra={**options.extra, **extra})
    split = guide(split_table(table, source, roles, fitting, asked), step)
    plain = fitted(split, "none", step)
    split = penalised_decisions(split, plain)
    path, folds = _trace(split, calibration, step, advance)
    points, constant = path_points(path, folds, options.confidence), constant_loss(folds)
    words = TracedWords("divergence", "consistency loss") if along_consistency else TracedWords()
    choice = choose(judged(points, folds), calibration.rule, constant, words)
    step(f"fitting with strength {choice.strength:.3g}")
    strength = (fitting.strength or 0.0) if along_consistency else choice.strength
    if along_consistency:
        split = replace(split, fitting=replace(split.fitting, consistency_strength=choice.strength))
    chosen = fitted(split, split.fitting.penalty, step, guided=True, strength=strength)
    fit = audited(split, plain, chosen, step)
    stated = Calibration(
        measure=f"consistency:{split.fitting.divergence}" if along_consistency else split.fitting.penalty,
        rule=calibration.rule,
        strength=choice.strength,
        met=choice.met,
        why=choice.why,
        constant=constant,
        folds=calibration.folds,
        repeats=calibration.repeats,
    )
    traced = structs.replace(fit.audit, path=points, calibration=stated)
    return replace(fit, audit=with_verdict(traced))


def _check(fitting: FitOptions, calibration: CalibrationOptions) -> None:
    """Refuse a path along a strength that the options do not have."""
    along_consistency = calibration.trace == "consistency"
    if along_consistency and fitting.knowledge is None:
        raise OptionError("a calibration of the consistency loss needs --knowledge FILE or --knowledge pool")
    if along_consistency and any(getattr(fitting, goal) is not None for goal in SEARCHED):
        raise OptionError("along the consistency loss the penalty has one strength; give --strength, not a goal")
    if not along_consistency and fitting.penalty == "none":
        raise OptionError("a calibration needs a penalty, such as --penalty ccdcov, or --trace consistency")


def _trace(
    split: Split, calibration: CalibrationOptions, step: Step, advance: Advance
) -> tuple[list[float], list[FoldNumbers]]:
    """The strengths, and of every fold the numbers of each."""
    axis: StrengthAxis = AlongPenalty()
    if calibration.trace == "consistency":
        axis = AlongConsistency(split.fitting.strength or 0.0)
        split = replace(split, fitting=replace(split.fitting, consistency_strength=1.0))  # any, for there to be a loss
    penalty = split.fitting.penalty
    estimator = unfitted(split, penalty, guided=True, **({} if penalty == "none" else {"strength": 0.0}))
    training = estimator.read(**training_data(split.train, penalty != "none"))
    problem = estimator.problem(training)
    store = FoldStore(calibration.resume, _fingerprint(split, calibration))
    if calibration.strengths is None:
        path = store.path or strengths(problem, calibration.steps, step, axis)
    else:
        path = sorted({0.0, *calibration.strengths})
    store.begin(path)
    finished = []
    for repeat in range(calibration.repeats):
        rng = Stream.CALIBRATION_FOLDS.generator(split.options.seed, repeat)
        missing = [fold for fold in range(calibration.folds) if (repeat, fold) not in store.folds]
        points = trace(problem, path, training.groups, calibration.folds, rng, missing, axis)
        for fold in range(calibration.folds):
            if fold in missing:
                step(f"path, fold {fold + 1} of {calibration.folds}, repeat {repeat + 1} of {calibration.repeats}")
                store.add(repeat, fold, _numbers(split, estimator, training.rows, next(points)))
            finished.append(store.folds[repeat, fold])
            advance(len(finished) / (calibration.repeats * calibration.folds))
    return path, finished


def _numbers(split: Split, estimator: PenalizedEstimator, rows: Ints, points: Sequence[FoldPoint]) -> FoldNumbers:
    """Loss, dependence, divergence and performance of each strength on the held-out rows of one fold.

    Args:
        split: the training rows.
        estimator: that read them.
        rows: positions among them of the rows that were read for the fit.
        points: the strengths on one fold.
    """
    part = replace(split.train.take(rows[points[0].rows]), stratum=None)
    options = replace(split.options, permutations=SHUFFLES, bootstrap=0)

    def decided_at(point: FoldPoint) -> Threshold | None:
        if split.cut is not None or part.task != "binary":
            return split.cut
        value = predicted(part.task, point.mean, part.exposure, None, part.weight).value
        return base_rate_cut(value, part.outcome, part.weight)

    def of(point: FoldPoint) -> dict[str, float | None]:
        mean = of_all_classes(estimator, point.mean, len(part.classes)) if part.classes else point.mean
        table = scores(predicted(part.task, mean, part.exposure, decided_at(point), part.weight), part)
        return {
            "loss": point.loss,
            "constant": point.constant,
            "dependence": point.left,
            "per spread": point.free,
            "divergence": divergence_excess(table, options),
            **{f"performance {name}": value for name, value in performance(table).items()},
        }

    return [of(point) for point in points]


def _plain(value: object) -> object:
    """A value as the manifest holds it."""
    return ",".join(f"{each:g}" for each in value) if isinstance(value, tuple) else value


def _fingerprint(split: Split, calibration: CalibrationOptions) -> str:
    """What a resumed calibration must agree in: data, roles and options."""
    from pandas.util import hash_pandas_object

    table = split.table
    digest = hashlib.sha256()
    asked = {
        "format": 3,
        "roles": repr(split.roles),
        "fitting": repr(split.fitting),
        "seed": split.options.seed,
        "cut": 2,  # raised where the same seed cuts other folds than before
        "scale": split.options.scale,
        "parity": split.options.parity,
        "density": split.options.density,
        "folds": calibration.folds,
        "trace": calibration.trace,
        "strengths": calibration.strengths,
        "steps": calibration.steps,
    }
    digest.update(json.dumps(asked, sort_keys=True).encode())
    columns = table.outcome, table.exposure, table.weight, table.given, table.split_key, table.index
    for values in (*columns, split.cells.levels, *split.cells.places):
        digest.update(b"-" if values is None else np.ascontiguousarray(values).tobytes())
    digest.update("\n".join(map(str, table.features.columns)).encode())
    digest.update(hash_pandas_object(table.features, index=False).to_numpy().tobytes())
    return digest.hexdigest()
