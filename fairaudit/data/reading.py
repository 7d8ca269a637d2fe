"""Each column as the values that its role takes, or the error that says what does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.data.classes import NO_CUT, ClassValues, read_classes, told_as_classes
from fairaudit.data.columns import RoleColumn
from fairaudit.data.oddities import (
    date_text,
    refuse_identifier,
    refuse_row_numbers,
)
from fairaudit.data.origin import Origin
from fairaudit.data.outcome import Outcome, as_counts, guess_task, read_outcome
from fairaudit.data.roles import Protected, Roles, Task
from fairaudit.data.sets import values_of
from fairaudit.data.threshold import Threshold
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
from fairaudit.problems import Problems

MOST_MEMBERSHIPS = 64
"""Different values of a set up to which who has each is compared with all others."""


@dataclass(frozen=True, eq=False)
class RoleValues:
    """What the columns of the used rows hold, each read by itself; fields as in `RoleTable`."""

    attributes: dict[str, tuple[pd.Series, Protected]]
    """Name → values and how they were read, of protected and of searched attributes."""
    exposure: Vector | None
    weight: Vector | None
    prediction: Vector | None
    decision: Vector | None
    task: Task
    outcome: Outcome | None
    levels: tuple[str, ...]
    notes: tuple[str, ...]
    probabilities: NDArray[np.float64] | None = None

    def of(self, named: Iterable[Protected]) -> dict[str, tuple[pd.Series, Protected]]:
        """Those of some attributes, in their order."""
        return {attribute.name: self.attributes[attribute.name] for attribute in named}


def read_values(
    used: pd.DataFrame,
    roles: Roles,
    columns: dict[str, RoleColumn],
    origin: Origin,
    count: Vector | None,
) -> RoleValues:
    """The columns in their roles; all that do not fit are told at once."""
    notes: list[str] = []
    problems = Problems()
    attributes: dict[str, tuple[pd.Series, Protected]] = {}
    exposure = weight = prediction = decision = probabilities = None
    task, outcome = roles.task or "binary", None
    for attribute in roles.protected:
        with problems.gathered():
            attributes[attribute.name] = _protected(used[attribute.name], attribute, origin, count)
    for attribute in roles.search_over:
        with problems.gathered():
            searched_role = "searched attribute"
            attributes[attribute.name] = _protected(used[attribute.name], attribute, origin, count, searched_role)
    with problems.gathered():
        exposure = _positive(used, columns.get("exposure"), origin)
    with problems.gathered():
        weight = _weight(used, columns.get("weight"), origin)
    several = _are_classes(used, roles, columns)
    if several:
        task = "multiclass"
        with problems.gathered():
            classes = _classes(used, roles, columns, origin, notes)
            outcome = None if classes.outcome is None else Outcome(classes.outcome, classes.classes)
            decision, probabilities, levels = classes.decision, classes.probabilities, classes.classes
    else:
        with problems.gathered():
            prediction = _prediction(used, columns.get("prediction"), origin)
        with problems.gathered():
            task, outcome = _outcome(used, roles, columns, prediction, origin, notes)
        with problems.gathered():
            if roles.cut is not None and prediction is not None:
                roles.cut.refuse_unfit(task, prediction)
            decision = _decision(used, columns.get("decision"), prediction, weight, count, roles.cut, notes)
    problems.tell()
    levels = levels if several else outcome.levels if outcome else ()
    return RoleValues(
        attributes, exposure, weight, prediction, decision, task, outcome, levels, tuple(notes), probabilities
    )


def _are_classes(used: pd.DataFrame, roles: Roles, columns: dict[str, RoleColumn]) -> bool:
    """Whether outcomes and predictions are classes: where that is said, a class has a column of probabilities, or
    predictions are labels that more than two classes of the outcome have."""
    predicted, decided, target = (columns.get(role) for role in ("prediction", "decision", "target"))
    wide = predicted is not None and predicted.wide is not None
    if wide and roles.task not in (None, "multiclass"):
        raise OptionError(
            f"prediction '{roles.prediction}' names the probabilities of several classes, and the task is"
            f" {roles.task}; leave --task out, or name the column of one class"
        )
    if wide or roles.task is not None:
        return wide or roles.task == "multiclass"
    told = decided or predicted
    if target is None or told is None or target.levels is not None or told.levels is not None:
        return False
    return told_as_classes(used[target.name], used[told.name])


def _classes(
    used: pd.DataFrame, roles: Roles, columns: dict[str, RoleColumn], origin: Origin, notes: list[str]
) -> ClassValues:
    """Outcome and predictions as classes."""
    for role in ("target", "decision"):
        if role in columns and columns[role].levels is not None:
            name = columns[role].name
            raise OptionError(f"task multiclass takes no levels of the {role} '{name}'; write --{role} '{name}'")
    if roles.threshold is not None:
        raise OptionError(NO_CUT)
    predicted, decided = columns.get("prediction"), columns.get("decision")
    labelled = predicted if predicted is not None and predicted.wide is None else None
    if predicted is not None and labelled is not None and decided is not None:
        raise RoleError(
            f"prediction '{labelled.name}' and decision '{decided.name}' both say which class is predicted; leave one"
            " of them out"
        )
    told = decided or labelled
    if told is not None and is_numeric(used[told.name]) and (used[told.name] % 1 != 0).any():
        raise RoleError(
            f"{told.role} '{told.name}' holds numbers, not names of classes; name a column of labels, or one of"
            " probabilities for each class: --prediction 'proba_*', where * stands for the class"
        )
    target = None if "target" not in columns else used[columns["target"].name]
    wide = None
    if predicted is not None and predicted.wide is not None:
        wide = {name: used[column] for name, column in predicted.wide.items()}
    if roles.task is None:
        source = "the columns of probabilities" if wide or told is None else f"the labels of '{told.name}'"
        notes.append(f"the task 'multiclass' was guessed from {source}")
    classes = read_classes(target, None if told is None else used[told.name].rename(told.name), wide, origin)
    notes += classes.notes
    return classes


def _protected(
    column: pd.Series,
    attribute: Protected,
    origin: Origin,
    count: Vector | None,
    role: str = "protected attribute",
) -> tuple[pd.Series, Protected]:
    """The attribute's values, and how they were read."""
    what = f"{role} '{attribute.name}'"
    kind = attribute.kind
    if kind == "set":
        return _set(column, attribute, origin, count, what), attribute
    if kind == "auto":
        if is_moment(column) or date_text(column):
            raise RoleError(
                f"{what} holds dates; turn them into a number such as age, or take each date as a name with "
                f"{attribute.name}:categorical"
            )
        as_names = f"or take each value as a name with {attribute.name}:categorical"
        if written := written_numbers(column):
            raise RoleError(f"{what} {written}, {as_names}")
        if stray := stray_text(column, origin):
            raise RoleError(f"{what} {stray}; write numbers alone, nothing where there is none, {as_names}")
        # A column that is missing throughout is refused below, whatever its type.
        kind = "continuous" if is_numeric(column) and column.nunique() > 2 else "categorical"
        if kind == "continuous":
            refuse_row_numbers(column, origin.total if count is None else int(count.sum()), what, attribute.name)
    names = level_names(column) if kind == "categorical" else []
    values = labels(column) if kind == "categorical" else pd.Series(numbers(column, what, origin))
    groups = len(names) if kind == "categorical" else int(values.nunique())
    if kind == "bins" and groups:
        groups = len(np.unique(np.searchsorted(attribute.edges, values.dropna(), side="right")))
    if groups == 0:
        raise RoleError(f"{what} is missing in all {origin.total} rows; at least two groups are needed")
    if groups + (kind == "categorical" and bool(column.isna().any())) < 2:
        only = f"value '{level_names(column)[0]}'" if kind != "bins" else "band of values"
        raise RoleError(f"{what} has one {only} in all {origin.total} rows; at least two groups are needed")
    if kind == "categorical":
        refuse_identifier(groups, origin.total if count is None else int(count.sum()), what)
    return values.rename(attribute.name), replace(attribute, kind=kind)


def _set(column: pd.Series, attribute: Protected, origin: Origin, count: Vector | None, what: str) -> pd.Series:
    """The cells of an attribute with several values in each, which `tidying` has put in one spelling."""
    values = values_of(column, attribute.separator)
    if not values:
        raise RoleError(f"{what} is missing in all {origin.total} rows; at least two groups are needed")
    if column.nunique() + bool(column.isna().any()) < 2:
        raise RoleError(f"{what} is '{column.iloc[0]}' in all {origin.total} rows; at least two groups are needed")
    if len(values) > MOST_MEMBERSHIPS:
        raise RoleError(
            f"{what} has {len(values)} different values between '{attribute.separator}', such as {quoted(values[:3])};"
            f" at most {MOST_MEMBERSHIPS} are compared: join rare ones with --merge"
        )
    refuse_identifier(len(values), origin.total if count is None else int(count.sum()), what)
    return labels(column).rename(attribute.name)


def _numbers(used: pd.DataFrame, column: RoleColumn | None, origin: Origin) -> Vector | None:
    return None if column is None else numbers(used[column.name], f"{column.role} '{column.name}'", origin)


def _prediction(used: pd.DataFrame, column: RoleColumn | None, origin: Origin) -> Vector | None:
    """The predictions; labels are refused with the advice to take them as decisions."""
    if column is not None and is_label(used[column.name]):
        present = level_names(used[column.name])
        ways = " or ".join(f"--decision '{column.name}={name}'" for name in present[:2])
        raise RoleError(
            f"prediction '{column.name}' holds the labels {quoted(present)}, not numbers; if they are decisions, say"
            f" which mean yes: {ways}"
        )
    return _numbers(used, column, origin)


def _positive(used: pd.DataFrame, column: RoleColumn | None, origin: Origin) -> Vector | None:
    values = _numbers(used, column, origin)
    if column is not None and values is not None and not (values > 0).all():
        problem = "is not above 0; time at risk is, so correct it or leave the row out"
        raise bad_value(used[column.name], ~(values > 0), f"{column.role} '{column.name}'", origin, problem)
    _not_tiny(used, column, values, origin)
    return values


def _not_tiny(used: pd.DataFrame, column: RoleColumn | None, values: Vector | None, origin: Origin) -> None:
    if column is not None and values is not None:
        tiny = (values > 0) & (values < SMALLEST)
        if tiny.any():
            problem = "is too small to multiply; correct it, or change the unit"
            raise bad_value(used[column.name], tiny, f"{column.role} '{column.name}'", origin, problem)


def _weight(used: pd.DataFrame, column: RoleColumn | None, origin: Origin) -> Vector | None:
    values = _numbers(used, column, origin)
    if column is None or values is None:
        return None
    if (values < 0).any():
        problem = "is negative; a weight counts rows, so correct it or leave the row out"
        raise bad_value(used[column.name], values < 0, f"{column.role} '{column.name}'", origin, problem)
    _not_tiny(used, column, values, origin)
    if not values.any():
        raise RoleError(f"weight '{column.name}' is 0 in all {origin.total} rows; no row would count")
    return values


def _outcome(
    used: pd.DataFrame,
    roles: Roles,
    columns: dict[str, RoleColumn],
    prediction: Vector | None,
    origin: Origin,
    notes: list[str],
) -> tuple[Task, Outcome | None]:
    """The task, guessed with a note where it is not given, and the outcome if there is a target."""
    target = columns.get("target")
    if target is not None:
        column = used[target.name]
        task = roles.task
        if task is None:
            task = guess_task(column, target.levels, exposure=roles.exposure is not None, origin=origin)
            other = as_counts(column, origin) if task == "regression" else ""
            notes.append(f"the task '{task}' was guessed from the values of the target '{target.name}'{other}")
        return task, read_outcome(column, target.levels, task, origin)
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
    column: RoleColumn | None,
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
