"""Fit a plain and a fairer model, and audit both on the same held-out rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import structs

from fairaudit.arrays import Step
from fairaudit.auditing.changes import change, plain_and_fair
from fairaudit.auditing.verdict import with_verdict
from fairaudit.auditing.words import with_words
from fairaudit.cores import one_thread, side_by_side
from fairaudit.data.classes import class_columns
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.condensed import TooManyLines
from fairaudit.data.roles import Favourable, Missing, Protected, Roles, Task, said
from fairaudit.distance.penalty import dependence_penalty
from fairaudit.engines import ROW
from fairaudit.errors import OptionError
from fairaudit.fitting.constant import price
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.guiding import consistency, guide
from fairaudit.fitting.held_out import Judged, audit, judged, penalised_decisions
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.prediction import Predicted, predicted, rates
from fairaudit.fitting.reducing import reductions
from fairaudit.fitting.scoring import card
from fairaudit.fitting.split import CodedRows, Part, Split, part_of, refuse_rows_needed, split_table
from fairaudit.measures.lift import double_lift
from fairaudit.models.estimator import PenalizedEstimator
from fairaudit.options import Options
from fairaudit.results import Audit, Change, LiftTenth, Source

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable
    from fairaudit.engines import Engine


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model and its audit."""

    audit: Audit
    """The audit on the held-out rows, with the plain model's in `plain`."""
    model: PenalizedEstimator
    """The model that is audited."""
    predictions: pd.DataFrame
    """Held-out predictions: `row` (position in the source), `plain`, `prediction`, `decision`, `outcome`; of classes
    `plain_CLASS` and `prediction_CLASS` for each. Of a table in its engine one for each line, with `rows` (how many
    were held out) for `row`."""
    card: dict[str, Any]
    """How to read a table that the model is to score; kept with a saved model."""
    of_lines: pd.DataFrame | None = None
    """Of a table in its engine what is predicted of each line, in the order in which they were read; lines that do not
    take part have no values."""
    of_rows: Callable[[], Iterator[pd.DataFrame]] | None = None
    """Of a table in its engine with too many lines what is predicted of its rows, some at a time, with their `row`."""

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
    options: Options | None = None,
    in_engine: bool = False,
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
        count: column of how many people a row stands for; each of them may be fitted on or held out.
        cluster: column of whom a row is about, where people have several rows.
        task: kind of outcome; guessed where it is not given.
        threshold: prediction from which the decision is yes, or text as in `audit`; where it is not given, that which
            as large a share of the training rows reaches as have outcome 1.
        given: admissible column: independence is asked among rows with the same value of it.
        favourable: which way is good for a person, as in `audit`.
        reference: groups that others are compared with, each ``NAME=LEVEL``.
        split_by: column whose values are kept on one side of the split; None: the cluster.
        missing: what becomes of missing values.
        cleaning: which values are missing, which levels are one, and which rows take part.
        fitting: how to fit.
        options: how to measure.
        in_engine: leave the rows where they are, such as behind a relation of DuckDB or a plan of Polars, and fit a
            linear model to them counted (docs/scale.md); else all are read into memory.

    Raises:
        FairAuditError: if a column or option does not fit, or the model cannot be fitted.
    """

    if fitting is not None and not isinstance(fitting, FitOptions):
        raise OptionError(f"fitting is of type {type(fitting).__name__}; write fitting=fairaudit.FitOptions(...)")
    roles: dict[str, Any] = {
        "target": target,
        "protected": protected,
        "features": features,
        "drop": drop,
        "exposure": exposure,
        "weight": weight,
        "count": count,
        "cluster": cluster,
        "task": task,
        "threshold": threshold,
        "given": given,
        "favourable": favourable,
        "reference": reference,
        "split_by": split_by,
        "missing": missing,
        "cleaning": cleaning or Cleaning(),
    }
    if in_engine:
        from fairaudit.data.frames import framed

        held = framed(frame)
        asked = Options.checked(options)
        return fit_engine(held.engine, held.source, Roles(**said(**roles)), fitting or FitOptions(), asked)
    table, source, columns, options = read_frame(frame, options, **roles)
    return fit_table(table, source, columns, fitting or FitOptions(), options)


def fit_engine(engine: Engine, source: Source, roles: Roles, fitting: FitOptions, options: Options) -> Fit:
    """Fit and audit a table that stays where it is.

    Args:
        engine: where the table is.
        source: what results call it.
        roles: which column is what.
        fitting: how to fit.
        options: how to measure.
    """
    refuse_rows_needed(fitting)
    table = counted_lines(engine, fit_roles(roles, engine.names))
    if table is None:
        return fit_split(coded(engine, source, roles, fitting, options))
    return fit_table(table, source, roles, fitting, options)


def counted_lines(engine: Engine, roles: Roles) -> RoleTable | None:
    """The lines of a table with the inputs of a model; None where they are too many."""
    from fairaudit.data.inputs import input_table

    try:
        return input_table(engine, roles)
    except TooManyLines:
        return None


def coded(
    engine: Engine,
    source: Source,
    roles: Roles,
    fitting: FitOptions,
    options: Options,
    step: Step = lambda _: None,
) -> Split:
    """The split of a table with too many lines, whose rows are added up in its engine."""
    from fairaudit.fitting.aggregating import coded_split

    return coded_split(engine, roles, fit_roles(roles, engine.names), source, fitting, options, step)


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
    columns = Roles(**said(protected=protected, features=features, drop=drop, **roles))
    asked = Options.checked(options)
    table = role_table(loaded.frame, fit_roles(columns, list(loaded.frame.columns)), features=True)
    return table, loaded.source, columns, asked


def fit_roles(roles: Roles, names: Sequence[str]) -> Roles:
    """The roles of a fit: predictions and decisions in the table are no part of it, nor inputs."""
    given = [text.partition("=")[0] for text in (roles.prediction, roles.decision) if text is not None]
    wide = None if roles.prediction is None else class_columns(names, roles.prediction)
    given = [*wide.values(), *given[1:]] if wide else given
    return replace(unpredicted(roles), drop=(*roles.drop, *given))


def unpredicted(roles: Roles) -> Roles:
    """Roles without predictions and decisions."""
    return replace(roles, prediction=None, decision=None, threshold=None)


def fit_table(
    table: RoleTable,
    source: Source,
    roles: Roles,
    fitting: FitOptions,
    options: Options,
    step: Step = lambda _: None,
) -> Fit:
    """Fit and audit a table of roles that holds features."""
    return fit_split(split_table(table, source, roles, fitting, options), step)


def fit_split(split: Split, step: Step = lambda _: None) -> Fit:
    """Fit to the training rows of a split, and audit on its held-out ones."""
    fitting, split = split.fitting, guide(split, step)
    step("fitting the plain model")
    plain = chosen = fitted(split, "none", step)
    split = penalised_decisions(split, plain)
    penalty = split.fitting.penalty
    if penalty != "none" or split.fitting.knowledge is not None:
        step("fitting the guided model" if penalty == "none" else "fitting the fairer model")
        chosen = fitted(split, penalty, step, guided=True, plain=plain, **fitting.strength_options())
    return audited(split, plain, chosen, step)


@one_thread()
def audited(split: Split, plain: PenalizedEstimator, chosen: PenalizedEstimator, step: Step) -> Fit:
    """A model with its audit, next to that of the plain one unless it is the plain one itself."""
    models = [plain] if chosen is plain else [plain, chosen]
    both = [judged(split, model) for model in models]
    audits = side_by_side(lambda of_one: audit(split, of_one, step), both)
    before, after, result = both[0], both[-1], audits[0]
    if chosen is not plain:
        result = beside(split, (before, audits[0]), (after, audits[1]))
    predictions = held_out_predictions(split, before, after)
    of_lines = predictions_of_lines(split, before, after)
    of_rows = None if split.coded is None else partial(predictions_of_rows, split, split.coded, before, after)
    return Fit(result, chosen, predictions, card(split, after.cut), of_lines, of_rows)


def beside(split: Split, plain: tuple[Judged, Audit], chosen: tuple[Judged, Audit]) -> Audit:
    """The audit of a model with that of the plain one, and what differs between them."""
    (before, plain_audit), (after, chosen_audit) = plain, chosen
    changes = plain_and_fair(plain_audit, chosen_audit)
    if after.model.penalty != "none" and split.test.stratum is not None:
        changes.append(within_strata(split.test, before, after))
    guided = None if split.fitting.knowledge is None else consistency(split, before.model, after.model)
    cost = price(before.test.deviances, after.test.deviances, split.options)
    taken = [] if after.model.penalty == "none" else reductions(split, before, after, changes)
    both = structs.replace(
        chosen_audit, reductions=taken, plain=plain_audit, comparison=changes, consistency=guided, price=cost
    )
    return with_verdict(with_words(structs.replace(both, double_lift=_double_lift(split.test, before, after))))


def _double_lift(part: Part, plain: Judged, chosen: Judged) -> list[LiftTenth]:
    """Which of the two models is right where they differ, for counts."""
    if part.task != "count":
        return []
    ones = np.ones(len(part.outcome))
    exposure, weight = (ones if of is None else of for of in (part.exposure, part.row_mass))
    return double_lift(plain.test.model.rate, chosen.test.model.rate, part.outcome, exposure, weight)


def within_strata(part: Part, plain: Judged, chosen: Judged) -> Change:
    """What the penalty changed of the dependence within strata, which it aims at."""
    penalty = dependence_penalty(part.cells, chosen.model.penalty, part.mass, part.stratum, count=part.count)
    before, after = (penalty.excess(judged.test.model.rate) for judged in (plain, chosen))
    return change("within_strata_excess", "dependence", [each.name for each in part.cells.attributes], before, after)


def held_out_predictions(split: Split, plain: Judged, chosen: Judged) -> pd.DataFrame:
    """The held-out predictions, row by row, or line by line."""
    part = split.test
    table = _predictions(part, plain.test.model, chosen.test.model)
    lines = split.table.lines
    if split.coded is not None:
        table.insert(0, "rows", 1)
    elif lines is None or lines.question is None:
        table.insert(0, ROW, split.table.index[part.rows])
    else:
        table.insert(0, "rows", 1 if part.count is None else part.count.astype(np.int64))
    return table


def predictions_of_lines(split: Split, plain: Judged, chosen: Judged) -> pd.DataFrame | None:
    """What is predicted of each line of a table in its engine; None where rows were read."""
    lines = split.table.lines
    if lines is None or lines.question is None:
        return None
    whole = part_of(split.table, split.cells, np.arange(len(split.table.index)))
    return _of_others(split, whole, plain, chosen).set_index(split.table.index).reindex(range(len(lines.frame)))


def predictions_of_rows(split: Split, coded: CodedRows, plain: Judged, chosen: Judged) -> Iterator[pd.DataFrame]:
    """What is predicted of the rows of a table that stays in its engine, so many at a time, with their positions."""
    for positions, part in coded.parts():
        table = _of_others(split, part, plain, chosen)
        table.insert(0, ROW, positions)
        yield table


def _of_others(split: Split, part: Part, plain: Judged, chosen: Judged) -> pd.DataFrame:
    """What two models predict of other rows than those held out."""
    predictions = []
    for one in (plain, chosen):
        cut = one.cut
        if cut is not None and not cut.fixed:  # it is that of the held-out rows
            value = cut.cut(one.test.model.value, split.test.weight, split.test.count)
            cut = replace(cut, rule="number", value=value)
        rate = rates(one.model, part.features, len(part.classes))
        predictions.append(predicted(part.task, rate, part.exposure, cut))
    return _predictions(part, *predictions)


def _predictions(part: Part, plain: Predicted, chosen: Predicted) -> pd.DataFrame:
    """What two models predict of some rows, and their outcomes; of classes the probability of each, and names."""
    import pandas as pd

    columns: dict[str, Any] = {
        "plain": plain.value,
        "prediction": chosen.value,
        "decision": chosen.decision,
        "outcome": part.outcome,
    }
    if classes := part.classes:
        names, columns = np.array(classes, dtype=object), {}
        for called, one in (("plain", plain), ("prediction", chosen)):
            columns |= {f"{called}_{name}": one.rate[:, place] for place, name in enumerate(classes)}
        codes = (chosen.value, part.outcome)
        columns |= {
            name: names[code.astype(np.intp)] for name, code in zip(("decision", "outcome"), codes, strict=True)
        }
    return pd.DataFrame({name: values for name, values in columns.items() if values is not None})
