"""Every column checked against its role before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from msgspec import structs
from numpy.typing import NDArray

from fairaudit.data.cleaning import NA
from fairaudit.data.columns import Column, check_roles, columns_of
from fairaudit.data.features import feature_names, read_features
from fairaudit.data.oddities import (
    date_text,
    refuse_far_code,
    refuse_identifier,
    told_of_codes,
    told_of_counts,
    told_of_levels,
    told_of_repeated_people,
)
from fairaudit.data.outcome import Outcome, as_counts, guess_task, read_outcome
from fairaudit.data.people import cluster_codes, one_row_each, people_of
from fairaudit.data.problems import Problems
from fairaudit.data.roles import Protected, Roles, Task
from fairaudit.data.rows import dropped_groups, dropped_notes, used_rows
from fairaudit.data.threshold import Threshold
from fairaudit.data.tidying import tidied
from fairaudit.data.values import (
    SMALLEST,
    Vector,
    bad_value,
    is_label,
    is_moment,
    is_numeric,
    labels,
    level_names,
    numbers,
    quoted,
    stray_text,
    written_numbers,
    yes,
)
from fairaudit.errors import OptionError, RoleError
from fairaudit.results import Rows


@dataclass(frozen=True, eq=False)
class RoleTable:
    """The rows of an audit with every column in its role, checked and clean."""

    task: Task
    """Kind of outcome, given or guessed."""
    rows: Rows
    """Rows read, used and dropped, with reasons."""
    index: NDArray[np.int64]
    """Position of each used row in the source, shape (n,)."""
    protected: dict[str, pd.Series]
    """Attribute → values of the used rows: float64 for continuous and binned ones, else names (object
    dtype). Missing values (NaN, None) only under ``missing="group"``."""
    specs: tuple[Protected, ...]
    """The protected attributes in order, kind resolved: never ``auto``."""
    searched: dict[str, pd.Series]
    """The same of attributes that only a search for subgroups combines."""
    searched_specs: tuple[Protected, ...]
    """These in order, kind resolved."""
    outcome: Vector | None
    """0/1, counts, numbers, or the index of the level for ordinal and multiclass; shape (n,)."""
    outcome_levels: tuple[str, ...]
    """Names of the outcome's levels for binary, ordinal and multiclass tasks; else empty."""
    prediction: Vector | None
    """Finite numbers, shape (n,); ≥ 0 for counts."""
    decision: Vector | None
    """0/1, shape (n,): the decision column, or prediction ≥ threshold."""
    exposure: Vector | None
    """Time at risk, > 0, shape (n,)."""
    weight: Vector | None
    """Row weights, ≥ 0, not all 0, shape (n,)."""
    count: Vector | None
    """How many people each row stands for, whole, ≥ 1, shape (n,); None: one."""
    cluster: NDArray[np.int64] | None
    """Code of whom each row is about, from 0 in the order of a hash of the values, shape (n,); None: each row is about
    somebody else."""
    features: pd.DataFrame
    """Inputs of a model, numbers float64, all else names (object dtype); no columns unless asked for."""
    given: NDArray[np.int64] | None
    """Code of the admissible column's value, shape (n,)."""
    given_name: str | None
    """Name of the admissible column."""
    given_levels: tuple[str, ...]
    """Names of its values, by code; empty without such a column."""
    split_key: NDArray[np.int64] | None
    """Rows with one code stay on one side of the split, shape (n,)."""
    notes: tuple[str, ...]
    """What a careful reader must know, one sentence each."""

    @property
    def row_mass(self) -> Vector | None:
        """Weight of all people of each row, shape (n,); None where every row has weight 1."""
        if self.weight is None or self.count is None:
            return self.weight if self.count is None else self.count
        return self.weight * self.count


def role_table(frame: pd.DataFrame, roles: Roles, *, features: bool = False) -> RoleTable:
    """The table that an audit reads, or a `RoleError`/`OptionError` that says what does not fit.

    Missing values (`roles.missing`): ``error`` names the column; ``drop`` drops every row in which a role's
    column is missing; ``group`` keeps them in protected attributes and features and drops rows without
    outcome, prediction, decision, exposure, weight, given value or split key. Infinite values are wrong values, not
    missing ones.

    Args:
        frame: the data, shape (rows, columns), one row per observation.
        roles: which column is what.
        features: whether to read the inputs of a model too; then a row that stands for several people becomes as
            many, each of which may be fitted on or held out.
    """
    read = tidied(frame, roles.cleaning)
    frame = read.frame
    columns = columns_of(frame, roles)
    check_roles(columns, roles)
    others = [column.name for column in columns.values()]
    chosen, notes = feature_names(frame, roles, others) if features else ((), [])
    people = people_of(frame, columns.get("count"))
    index, rows = used_rows(frame, roles, columns, chosen, read.left_out, people)
    rows = structs.replace(rows, dropped_groups=dropped_groups(frame, roles, index, people))
    notes += dropped_notes(rows.dropped_groups)
    if people is not None and features:
        index, people = one_row_each(index, people[index]), None
    count = None if people is None else people[index].astype(np.float64)
    used = frame.iloc[index].reset_index(drop=True)

    problems = Problems()
    attributes: dict[str, tuple[pd.Series, Protected]] = {}
    exposure = weight = prediction = decision = None
    task, outcome = roles.task or "binary", None
    for attribute in roles.protected:
        with problems.gathered():
            attributes[attribute.name] = _protected(used[attribute.name], attribute, index, count)
    for attribute in roles.search_over:
        with problems.gathered():
            searched_role = "searched attribute"
            attributes[attribute.name] = _protected(used[attribute.name], attribute, index, count, searched_role)
    with problems.gathered():
        exposure = _positive(used, columns.get("exposure"), index)
    with problems.gathered():
        weight = _weight(used, columns.get("weight"), index)
    with problems.gathered():
        prediction = _prediction(used, columns.get("prediction"), index)
    with problems.gathered():
        task, outcome = _outcome(used, roles, columns, prediction, index, notes)
    with problems.gathered():
        decision = _decision(used, columns.get("decision"), prediction, weight, count, roles.cut, notes)
    problems.tell()
    if not features:
        _refuse_other_side(roles, task, prediction, decision)
    numbers_read = {"exposure": exposure, "weight": weight, "prediction": prediction}
    if outcome is not None and not outcome.levels:
        numbers_read["target"] = outcome.values
    protected = {attribute.name: attributes[attribute.name] for attribute in roles.protected}
    searched = {attribute.name: attributes[attribute.name] for attribute in roles.search_over}
    _refuse_far_codes({name: values for name, (values, _) in attributes.items()}, numbers_read, columns, roles, count)
    notes += _told(used, roles, columns)
    if roles.count is None:
        notes += told_of_counts(weight, str(roles.weight))
    if roles.cluster is None and roles.count is None:
        looked_at = [*(column.name for column in columns.values()), *protected, *roles.drop]
        notes += told_of_repeated_people(used, looked_at)
    if exposure is not None and task != "count":
        raise OptionError(
            f"exposure '{roles.exposure}' is time at risk for counts, and the task is {task}; leave the "
            "exposure out, or use --task count"
        )
    if task == "count" and prediction is not None and (prediction < 0).any():
        problem = "is negative; an expected count is not"
        raise bad_value(used[roles.prediction], prediction < 0, f"prediction '{roles.prediction}'", index, problem)
    inputs, more = read_features(used, chosen, index) if features else (pd.DataFrame(index=used.index), [])
    return RoleTable(
        task=task,
        rows=rows,
        index=index,
        protected={name: values for name, (values, _) in protected.items()},
        specs=tuple(spec for _, spec in protected.values()),
        searched={name: values for name, (values, _) in searched.items()},
        searched_specs=tuple(spec for _, spec in searched.values()),
        outcome=outcome.values if outcome else None,
        outcome_levels=outcome.levels if outcome else (),
        prediction=prediction,
        decision=decision,
        exposure=exposure,
        weight=weight,
        count=count,
        cluster=cluster_codes(used[roles.cluster]) if roles.cluster else None,
        features=inputs,
        given=pd.factorize(used[roles.given])[0].astype(np.int64) if roles.given else None,
        given_name=roles.given,
        given_levels=tuple(labels(used[roles.given].drop_duplicates())) if roles.given else (),
        split_key=_together(used, roles.kept_together),
        notes=(*notes, *more),
    )


def _together(used: pd.DataFrame, name: str | None) -> NDArray[np.int64] | None:
    return None if name is None else pd.factorize(used[name])[0].astype(np.int64)


def _protected(
    column: pd.Series,
    attribute: Protected,
    index: NDArray[np.int64],
    count: Vector | None,
    role: str = "protected attribute",
) -> tuple[pd.Series, Protected]:
    """The attribute's values, and how they were read."""
    what = f"{role} '{attribute.name}'"
    kind = attribute.kind
    if kind == "auto":
        if is_moment(column) or date_text(column):
            raise RoleError(
                f"{what} holds dates; turn them into a number such as age, or take each date as a name with "
                f"{attribute.name}:categorical"
            )
        as_names = f"or take each value as a name with {attribute.name}:categorical"
        if written := written_numbers(column):
            raise RoleError(f"{what} {written}, {as_names}")
        if stray := stray_text(column):
            raise RoleError(f"{what} {stray}; write numbers alone, nothing where there is none, {as_names}")
        # A column that is missing throughout is refused below, whatever its type.
        kind = "continuous" if is_numeric(column) and column.nunique() > 2 else "categorical"
    names = level_names(column) if kind == "categorical" else []
    values = labels(column) if kind == "categorical" else pd.Series(numbers(column, what, index))
    groups = len(names) if kind == "categorical" else int(values.nunique())
    if kind == "bins" and groups:
        groups = len(np.unique(np.searchsorted(attribute.edges, values.dropna(), side="right")))
    if groups == 0:
        raise RoleError(f"{what} is missing in all {len(column)} rows; at least two groups are needed")
    if groups + (kind == "categorical" and bool(column.isna().any())) < 2:
        only = f"value '{level_names(column)[0]}'" if kind != "bins" else "band of values"
        raise RoleError(f"{what} has one {only} in all {len(column)} rows; at least two groups are needed")
    if kind == "categorical":
        refuse_identifier(groups, len(column) if count is None else int(count.sum()), what)
    return values.rename(attribute.name), replace(attribute, kind=kind)


def _numbers(used: pd.DataFrame, column: Column | None, index: NDArray[np.int64]) -> Vector | None:
    return None if column is None else numbers(used[column.name], f"{column.role} '{column.name}'", index)


def _prediction(used: pd.DataFrame, column: Column | None, index: NDArray[np.int64]) -> Vector | None:
    """The predictions; labels are refused with the advice to take them as decisions."""
    if column is not None and is_label(used[column.name]):
        present = level_names(used[column.name])
        ways = " or ".join(f"--decision '{column.name}={name}'" for name in present[:2])
        raise RoleError(
            f"prediction '{column.name}' holds the labels {quoted(present)}, not numbers; if they are decisions, say"
            f" which mean yes: {ways}"
        )
    return _numbers(used, column, index)


def _refuse_other_side(roles: Roles, task: Task, prediction: Vector | None, decision: Vector | None) -> None:
    """Refuse a good side that is said of a number where all is yes or no, and the other way round."""
    if roles.favourable in ("high", "low") and prediction is None and task == "binary":
        what = "decisions" if decision is not None else "outcomes of yes or no"
        raise OptionError(
            f"favourable '{roles.favourable}' is said of a number, and what is measured are {what}; say yes or no:"
            f" {'yes' if roles.favourable == 'high' else 'no'} where {what} that count as 1 are"
            f" {'good' if roles.favourable == 'high' else 'bad'} for a person"
        )
    if roles.favourable in ("yes", "no") and decision is None and task != "binary":
        raise OptionError(
            f"favourable '{roles.favourable}' is said of decisions, and what is measured are numbers; say high or low,"
            " or name a --decision or a --threshold"
        )


def _refuse_far_codes(
    protected: Mapping[str, pd.Series],
    read: Mapping[str, Vector | None],
    columns: dict[str, Column],
    roles: Roles,
    count: Vector | None,
) -> None:
    """Refuse numbers that look like marks of missing values, unless something was said about those of the column."""
    said = {text.rpartition(NA)[0] for text in roles.cleaning.na_of}
    pairs = [
        (f"{role} '{columns[role].name}'", columns[role].name, values)
        for role, values in read.items()
        if role in columns
    ]
    pairs += [
        (f"protected attribute '{name}'", name, values.to_numpy())
        for name, values in protected.items()
        if values.dtype == np.float64
    ]
    problems = Problems()
    for what, name, values in pairs:
        if values is not None and name not in said:
            with problems.gathered():
                refuse_far_code(values, name, what, count)
    problems.tell()


def _told(used: pd.DataFrame, roles: Roles, columns: dict[str, Column]) -> list[str]:
    """Notes on levels that look alike or may mean a missing value, and on codes taken as quantities."""
    notes: list[str] = []
    for attribute in roles.protected:
        notes += told_of_levels(used[attribute.name], f"protected attribute '{attribute.name}'", attribute.name)
        notes += told_of_codes(used[attribute.name], attribute)
    for role in ("target", "decision", "given"):
        if role in columns:
            name = columns[role].name
            notes += told_of_levels(used[name], f"{role} '{name}'", name)
    return notes


def _positive(used: pd.DataFrame, column: Column | None, index: NDArray[np.int64]) -> Vector | None:
    values = _numbers(used, column, index)
    if column is not None and values is not None and not (values > 0).all():
        problem = "is not above 0; time at risk is, so correct it or leave the row out"
        raise bad_value(used[column.name], ~(values > 0), f"{column.role} '{column.name}'", index, problem)
    _not_tiny(used, column, values, index)
    return values


def _not_tiny(used: pd.DataFrame, column: Column | None, values: Vector | None, index: NDArray[np.int64]) -> None:
    if column is not None and values is not None:
        tiny = (values > 0) & (values < SMALLEST)
        if tiny.any():
            problem = "is too small to multiply; correct it, or change the unit"
            raise bad_value(used[column.name], tiny, f"{column.role} '{column.name}'", index, problem)


def _weight(used: pd.DataFrame, column: Column | None, index: NDArray[np.int64]) -> Vector | None:
    values = _numbers(used, column, index)
    if column is None or values is None:
        return None
    if (values < 0).any():
        problem = "is negative; a weight counts rows, so correct it or leave the row out"
        raise bad_value(used[column.name], values < 0, f"{column.role} '{column.name}'", index, problem)
    _not_tiny(used, column, values, index)
    if not values.any():
        raise RoleError(f"weight '{column.name}' is 0 in all {len(values)} rows; no row would count")
    return values


def _outcome(
    used: pd.DataFrame,
    roles: Roles,
    columns: dict[str, Column],
    prediction: Vector | None,
    index: NDArray[np.int64],
    notes: list[str],
) -> tuple[Task, Outcome | None]:
    """The task, guessed with a note where it is not given, and the outcome if there is a target."""
    target = columns.get("target")
    if target is not None:
        column = used[target.name]
        task = roles.task
        if task is None:
            task = guess_task(column, target.levels, exposure=roles.exposure is not None)
            other = as_counts(column) if task == "regression" else ""
            notes.append(f"the task '{task}' was guessed from the values of the target '{target.name}'{other}")
        return task, read_outcome(column, target.levels, task, index)
    if roles.task is not None:
        return roles.task, None
    if roles.exposure is not None:
        guessed: Task = "count"
    elif "decision" in columns or prediction is None or ((prediction >= 0) & (prediction <= 1)).all():
        guessed = "binary"
    else:
        guessed = "regression"
    source = "the decision" if "decision" in columns else "the values of the prediction"
    notes.append(f"the task '{guessed}' was guessed from {source}, as no target is given")
    return guessed, None


def _decision(
    used: pd.DataFrame,
    column: Column | None,
    prediction: Vector | None,
    weight: Vector | None,
    count: Vector | None,
    threshold: Threshold | None,
    notes: list[str],
) -> Vector | None:
    if column is not None:
        return yes(used[column.name], column.levels, f"decision '{column.name}'", "--decision", notes)[0]
    if threshold is not None and prediction is not None:
        notes += threshold.notes(prediction, weight, count)
        return threshold.decided(prediction, weight, count)
    return None
