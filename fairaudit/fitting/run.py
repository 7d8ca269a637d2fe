"""Fit a plain and a fairer model, and audit both on the same held-out rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import structs

from fairaudit.arrays import Step
from fairaudit.data.roles import Missing, Protected, Roles, Task, column_names
from fairaudit.distance.penalty import resolve
from fairaudit.errors import OptionError
from fairaudit.fitting.comparison import comparison
from fairaudit.fitting.guiding import consistency, guide
from fairaudit.fitting.options import FitOptions, family_for
from fairaudit.fitting.split import check_side, split
from fairaudit.fitting.work import Work
from fairaudit.models.estimator import PenalizedEstimator
from fairaudit.options import Options
from fairaudit.results import Audit, Source
from fairaudit.scoretable.cells import table_cells

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model and its audit."""

    audit: Audit
    """The audit on the held-out rows, with the plain model's in `plain`."""
    model: PenalizedEstimator
    """The model that is audited."""
    predictions: pd.DataFrame
    """Held-out predictions: `row` (position in the source), `plain`, `prediction`, `decision`, `outcome`."""
    card: dict[str, Any]
    """How to read a table that the model is to score; kept with a saved model."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file that ``fairaudit audit NEW --model FILE`` and `load_model` read; never code."""
        from fairaudit.files import write_whole

        write_whole(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The content of that file."""
        from fairaudit.models.files import to_bytes

        return to_bytes(self.model, self.card)


def fit(
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
    options: Options | None = None,
) -> Fit:
    """Fit a model with a fairness penalty to a data frame and audit it, next to the plain model, on held-out rows.

    Args:
        frame: a table that Narwhals reads.
        target: column of the outcome, or ``NAME=LEVEL,LEVEL`` (see `Roles.target`).
        protected: attributes as in `audit`; not features unless named there.
        features: inputs; None: every column without another role.
        drop: columns that are not inputs.
        exposure: time at risk, for counts.
        weight: row weights.
        task: kind of outcome; guessed where it is not given.
        threshold: probability from which the decision is yes; 0.5 where it is not given.
        given: admissible column: independence is asked among rows with the same value of it.
        split_by: column whose values are kept on one side of the split.
        missing: what becomes of missing values.
        fitting: how to fit.
        options: how to measure.

    Raises:
        FairAuditError: if a column or option does not fit, or the model cannot be fitted.
    """

    if fitting is not None and not isinstance(fitting, FitOptions):
        raise OptionError(f"fitting is of type {type(fitting).__name__}; write fitting=fairaudit.FitOptions(...)")
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
    return fit_table(table, source, roles, fitting or FitOptions(), options)


def read_frame(
    frame: object,
    options: Options | None,
    *,
    protected: str | Protected | Sequence[str | Protected],
    features: str | Sequence[str] | None,
    drop: str | Sequence[str],
    **roles: Any,
) -> tuple[RoleTable, Source, Roles, Options]:
    """A data frame as a table of roles with features, what it is, its roles, and the options, checked."""
    from fairaudit.data.sources import from_frame
    from fairaudit.data.table import role_table

    loaded = from_frame(frame)
    made = Roles(
        protected=Protected.parse_all(protected),
        features=None if features is None else column_names(features, "features"),
        drop=column_names(drop, "drop"),
        **roles,
    )
    asked = Options.checked(options)
    return role_table(loaded.frame, fit_roles(made), features=True), loaded.source, made, asked


def fit_roles(roles: Roles) -> Roles:
    """The roles of a fit: predictions and decisions in the table are no part of it, nor inputs."""
    given = [text.partition("=")[0] for text in (roles.prediction, roles.decision) if text is not None]
    return replace(roles, prediction=None, decision=None, threshold=None, drop=(*roles.drop, *given))


def fit_table(
    table: RoleTable,
    source: Source,
    roles: Roles,
    fitting: FitOptions,
    options: Options,
    step: Step = lambda _: None,
) -> Fit:
    """Fit and audit a table of roles that holds features."""
    work = guide(prepare(table, source, roles, fitting, options), step)
    step("fitting the plain model")
    plain = work.fit("none", step)
    plain_audit = work.audit(plain, step)
    chosen, audit, penalty = plain, plain_audit, work.fitting.penalty
    if penalty != "none" or work.fitting.knowledge is not None:
        step("fitting the guided model" if penalty == "none" else "fitting the fairer model")
        chosen = work.fit(penalty, step, guided=True, **fitting.strength_options())
        audit = beside_plain(work, plain, chosen, plain_audit, step)
    return Fit(audit, chosen, work.predictions(plain, chosen), work.card())


def beside_plain(
    work: Work, plain: PenalizedEstimator, chosen: PenalizedEstimator, plain_audit: Audit, step: Step
) -> Audit:
    """The audit of a model with that of the plain one, and what differs."""
    audit = work.audit(chosen, step)
    changes = comparison(plain_audit, audit)
    if chosen.penalty != "none":
        changes += work.conditional(plain, chosen)
    guided = None if work.fitting.knowledge is None else consistency(work, plain, chosen)
    return structs.replace(audit, plain=plain_audit, comparison=changes, consistency=guided)


def prepare(table: RoleTable, source: Source, roles: Roles, fitting: FitOptions, options: Options) -> Work:
    """Check a table of roles for a fit, and split it."""
    if roles.threshold is not None and not np.isfinite(roles.threshold):
        raise OptionError(f"the threshold is {roles.threshold:g}; a finite number is needed")
    family_for(table.task, fitting.family)
    if fitting.penalize == "decision" and table.task != "binary":
        raise OptionError(f"penalize decision is for binary outcomes; the task is {table.task}")
    if fitting.penalty == "none" and (fitting.group_weight, fitting.penalize) != ("size", "prediction"):
        raise OptionError("group-weight and penalize are of the penalty, and it is none; choose one such as ccdcov")
    if table.outcome is None:
        raise OptionError("a fit needs a target; name it with --target NAME")
    cells = table_cells(table, options.scale)
    penalty = resolve(fitting.penalty, [attribute.name for attribute in cells.attributes])
    train, test = split(len(cells.levels), fitting.test_size, options.seed, table.split_key)
    for rows, side in ((train, "training"), (test, "held-out")):
        check_side(table, rows, side)
    return Work(table, cells, source, roles, replace(fitting, penalty=penalty), options, train, test)
