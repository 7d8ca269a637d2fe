"""The fairness–performance path: strengths judged by cross-validation on training rows, and one chosen by a rule."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import structs

from fairaudit.arrays import Floats, Step
from fairaudit.auditing.resampled import divergence_excess
from fairaudit.data.roles import Missing, Protected, Roles, Task
from fairaudit.errors import OptionError, SourceError
from fairaudit.fitting.guiding import guide
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.run import Fit, beside_plain, prepare, read_frame
from fairaudit.fitting.work import Work
from fairaudit.measures.losses import performance
from fairaudit.models.estimator import Training
from fairaudit.models.strength.path import (
    AlongConsistency,
    AlongPenalty,
    Axis,
    Judged,
    Stop,
    choose,
    on_front,
    parse_rule,
    strengths,
    trace,
)
from fairaudit.options import TRACES, Options, Trace, one_of
from fairaudit.results import Calibration, Estimate, PathPoint, Source

if TYPE_CHECKING:
    from fairaudit.data.table import RoleTable


SHUFFLES = 50
"""Shuffles for the floor of the divergence at each stop of the path."""
FEWEST_FOLDS = 2


@dataclass(frozen=True)
class CalibrationOptions:
    """How a path is laid and a strength chosen."""

    trace: Trace = "penalty"
    """The strength that is traced and chosen: that of the ``penalty``, λ, or of the ``consistency`` loss, α. The other
    one stays as the fit options have it."""
    rule: str = "reduce:90"
    """``reduce:P``, ``max-loss:P``, ``jsd:X``, ``one-standard-error`` or ``knee`` (see `models.path.choose`)."""
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
    task: Task | None = None,
    threshold: float | None = None,
    given: str | None = None,
    split_by: str | None = None,
    missing: Missing = "error",
    fitting: FitOptions | None = None,
    calibration: CalibrationOptions | None = None,
    options: Options | None = None,
) -> Fit:
    """Trace the fairness–performance path of a data frame, choose a strength by a rule, fit and audit it.

    Args:
        frame: a table that Narwhals reads.
        target: as all up to `missing` as in `fit`.
        protected: attributes.
        features: inputs.
        drop: columns that are not inputs.
        exposure: time at risk, for counts.
        weight: row weights.
        task: kind of outcome.
        threshold: probability from which the decision is yes.
        given: admissible column.
        split_by: column whose values are kept on one side of the split.
        missing: what becomes of missing values.
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
        task=task,
        threshold=threshold,
        given=given,
        split_by=split_by,
        missing=missing,
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
    along = calibration.trace == "consistency"
    if along and fitting.knowledge is None:
        raise OptionError("a calibration of the consistency loss needs --knowledge FILE or --knowledge pool")
    if along and (fitting.reduce is not None or fitting.max_loss is not None):
        raise OptionError("along the consistency loss the penalty has one strength; give --strength, not a goal")
    if not along and fitting.penalty == "none":
        raise OptionError("a calibration needs a penalty, such as --penalty ccdcov, or --trace consistency")
    if along and not fitting.strength:
        fitting = replace(fitting, penalty="none", strength=None)
    extra = {f"calibrate_{name}": _plain(value) for name, value in asdict(calibration).items() if name != "resume"}
    work = guide(prepare(table, source, roles, fitting, replace(options, extra={**options.extra, **extra})), step)
    path, folds = _trace(work, calibration, step, advance)
    points = _points(path, folds)
    words = ("divergence", "consistency loss") if along else ("dependence", "penalty")
    choice = choose([_judged(point) for point in points], calibration.rule, *words)
    step(f"fitting with strength {choice.strength:.3g}")
    plain = work.fit("none", step)
    if along:
        work = replace(work, fitting=replace(work.fitting, consistency_strength=choice.strength))
    strength = (fitting.strength or 0.0) if along else choice.strength
    chosen = work.fit(work.fitting.penalty, step, guided=True, strength=strength, reduce=None, max_loss=None)
    audit = beside_plain(work, plain, chosen, work.audit(plain, step), step)
    stated = Calibration(
        measure=f"consistency:{work.fitting.divergence}" if along else work.fitting.penalty,
        rule=calibration.rule,
        strength=choice.strength,
        met=choice.met,
        why=choice.why,
        folds=calibration.folds,
        repeats=calibration.repeats,
    )
    audit = structs.replace(audit, path=points, calibration=stated)
    return Fit(audit, chosen, work.predictions(plain, chosen), work.card())


def _trace(
    work: Work, calibration: CalibrationOptions, step: Step, advance: Advance
) -> tuple[list[float], list[list[dict[str, float | None]]]]:
    """The strengths, and of every fold the numbers of each."""
    axis: Axis = AlongPenalty()
    if calibration.trace == "consistency":
        axis = AlongConsistency(work.fitting.strength or 0.0)
        work = replace(work, fitting=replace(work.fitting, consistency_strength=1.0))  # any, for there to be a loss
    penalty = work.fitting.penalty
    estimator = work.estimator(penalty, guided=True, **({} if penalty == "none" else {"strength": 0.0}))
    training = estimator.read(**work.training_data(penalty != "none"))
    problem = estimator.problem(training)
    store = _Store(calibration.resume, _fingerprint(work, calibration))
    if calibration.strengths is None:
        path = store.path or strengths(problem, calibration.steps, step, axis)
    else:
        path = sorted({0.0, *calibration.strengths})
    store.begin(path)
    found = []
    for repeat in range(calibration.repeats):
        seed = work.options.seed + 1000 * repeat
        missing = [fold for fold in range(calibration.folds) if (repeat, fold) not in store.folds]
        stops = trace(problem, path, training.groups, calibration.folds, seed, missing, axis)
        for fold in range(calibration.folds):
            if fold in missing:
                step(f"path, fold {fold + 1} of {calibration.folds}, repeat {repeat + 1} of {calibration.repeats}")
                store.add(repeat, fold, [_numbers(work, training, stop) for stop in next(stops)])
            found.append(store.folds[repeat, fold])
            advance(len(found) / (calibration.repeats * calibration.folds))
    return path, found


def _numbers(work: Work, training: Training, stop: Stop) -> dict[str, float | None]:
    """Loss, dependence, divergence and performance of one strength on one fold."""
    rows = work.train[training.rows[stop.rows]]
    table, exposure = work.table, work.part(work.table.exposure, rows)
    assert table.outcome is not None
    prediction = stop.mean if exposure is None else stop.mean * exposure
    scores = work.scores(rows, prediction)
    quality = performance(
        table.task,
        table.outcome[rows],
        prediction,
        decision=work.decide(prediction),
        exposure=exposure,
        weight=work.part(table.weight, rows),
    )
    options = replace(work.options, permutations=SHUFFLES, bootstrap=0)
    return {
        "loss": stop.loss,
        "dependence": stop.left,
        "divergence": divergence_excess(scores, options),
        **{f"performance {name}": value for name, value in quality.items()},
    }


def _points(path: Sequence[float], folds: Sequence[Sequence[dict[str, float | None]]]) -> list[PathPoint]:
    """The path with means and standard errors over the folds."""

    def estimate(values: list[float | None]) -> Estimate:
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return Estimate(mean=None)
        error = float(np.std(known, ddof=1) / np.sqrt(len(known))) if len(known) > 1 else None
        return Estimate(mean=float(np.mean(known)), standard_error=error)

    def of(name: str, index: int) -> list[float | None]:
        return [fold[index][name] for fold in folds]

    plain = estimate(of("dependence", 0)).mean or 0.0
    names = [name for name in folds[0][0] if name.startswith("performance ")]
    loss = [_known(of("loss", index)) for index in range(len(path))]
    dependence = [_known(of("dependence", index)) for index in range(len(path))]
    front = on_front([(float(x.mean()), float(y.mean())) for x, y in zip(dependence, loss, strict=True)])
    base = float(loss[0].mean())
    return [
        PathPoint(
            strength=strength,
            loss=estimate(of("loss", index)),
            loss_change=estimate([float(value) for value in 100 * (loss[index] - loss[0]) / base])
            if base > 0
            else Estimate(mean=None),
            dependence=estimate(of("dependence", index)),
            reduction=100 * (1 - float(dependence[index].mean()) / plain) if plain > 0 else None,
            divergence=estimate(of("divergence", index)),
            performance={name.partition(" ")[2]: estimate(of(name, index)) for name in names},
            front=front[index],
        )
        for index, strength in enumerate(path)
    ]


def _known(values: list[float | None]) -> Floats:
    return np.array(values, dtype=np.float64)


def _judged(point: PathPoint) -> Judged:
    assert point.loss.mean is not None
    assert point.dependence.mean is not None
    return Judged(
        point.strength,
        point.loss.mean,
        point.loss.standard_error or 0.0,
        point.dependence.mean,
        point.divergence.mean,
    )


def _plain(value: object) -> object:
    """A value as the manifest holds it."""
    return ",".join(f"{each:g}" for each in value) if isinstance(value, tuple) else value


def _fingerprint(work: Work, calibration: CalibrationOptions) -> str:
    """What a resumed calibration must agree in: data, roles and options."""
    from pandas.util import hash_pandas_object

    table = work.table
    digest = hashlib.sha256()
    asked = {
        "roles": repr(work.roles),
        "fitting": repr(work.fitting),
        "seed": work.options.seed,
        "scale": work.options.scale,
        "parity": work.options.parity,
        "density": work.options.density,
        "folds": calibration.folds,
        "trace": calibration.trace,
        "strengths": calibration.strengths,
        "steps": calibration.steps,
    }
    digest.update(json.dumps(asked, sort_keys=True).encode())
    columns = table.outcome, table.exposure, table.weight, table.given, table.split_key, table.index
    for values in (*columns, work.cells.levels, *work.cells.places):
        digest.update(b"-" if values is None else np.ascontiguousarray(values).tobytes())
    digest.update("\n".join(map(str, table.features.columns)).encode())
    digest.update(hash_pandas_object(table.features, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def _record(line: str) -> dict[str, Any] | None:
    """A finished fold; None where the run was cut off while it was written."""
    try:
        held: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return held


class _Store:
    """Finished folds, kept in a file line by line so that an interruption loses one fold at most."""

    def __init__(self, path: str | None, fingerprint: str) -> None:
        self.file = None if path is None else Path(path)
        self.fingerprint = fingerprint
        self.path: list[float] = []
        self.torn = False
        self.folds: dict[tuple[int, int], list[dict[str, float | None]]] = {}
        if self.file is not None and self.file.exists():
            self._read(self.file)

    def _read(self, file: Path) -> None:
        try:
            text = file.read_text(encoding="utf-8")
            self.torn = not text.endswith("\n")
            first, *lines = text.splitlines() or [""]
            head = json.loads(first)
            found, self.path = head["fairaudit calibration"], head["strengths"]
            records = [record for record in map(_record, lines) if record is not None]
            self.folds = {(record["repeat"], record["fold"]): record["numbers"] for record in records}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SourceError(f"'{file}' holds no calibration to resume; give --resume another path") from error
        if found != self.fingerprint:
            raise OptionError(
                f"'{file}' holds the folds of another calibration: data, columns or options differ; give --resume"
                " another path, or delete the file"
            )

    def begin(self, path: list[float]) -> None:
        """Write the head, unless it is there."""
        if not self.path:
            self.path = path
            self._write({"fairaudit calibration": self.fingerprint, "strengths": path})

    def add(self, repeat: int, fold: int, numbers: list[dict[str, float | None]]) -> None:
        """Keep a finished fold."""
        self.folds[repeat, fold] = numbers
        self._write({"repeat": repeat, "fold": fold, "numbers": numbers})

    def _write(self, record: dict[str, object]) -> None:
        if self.file is None:
            return
        try:
            with self.file.open("a", encoding="utf-8") as out:
                if self.torn:
                    out.write("\n")
                    self.torn = False
                out.write(json.dumps(record) + "\n")
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise OptionError(f"cannot write '{self.file}': {error.strerror}") from error
