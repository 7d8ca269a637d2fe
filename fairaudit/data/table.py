"""Every column checked against its role before anything is computed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from msgspec import structs
from numpy.typing import NDArray

from fairaudit.data.cleaning import NA
from fairaudit.data.columns import RoleColumn, checked_columns, named_columns, refuse_nested
from fairaudit.data.condensed import Condensed, condensed
from fairaudit.data.features import feature_names, read_features
from fairaudit.data.oddities import (
    refuse_far_code,
    told_of_codes,
    told_of_counts,
    told_of_levels,
    told_of_set,
)
from fairaudit.data.origin import Origin
from fairaudit.data.people import cluster_codes, one_row_each, people_of
from fairaudit.data.reading import RoleValues, read_values
from fairaudit.data.roles import FAVOURABLE, Protected, Roles, Task
from fairaudit.data.rows import dropped_groups, dropped_notes, refuse_missing, used_rows
from fairaudit.data.tidying import tidied
from fairaudit.data.values import (
    Vector,
    bad_value,
    distinct,
    labels,
)
from fairaudit.engines import Engine
from fairaudit.engines.pandas import engine_of
from fairaudit.errors import OptionError, RoleError, listing, nearest
from fairaudit.options import one_of
from fairaudit.problems import Problems
from fairaudit.results import Rows


@dataclass(frozen=True, eq=False)
class RoleTable:
    """The rows of an audit with every column in its role, checked and clean."""

    task: Task
    """Kind of outcome, given or guessed."""
    rows: Rows
    """Rows read, used and dropped, with reasons."""
    index: NDArray[np.int64]
    """Position of each used row or line in the table that was read, shape (n,)."""
    protected: dict[str, pd.Series]
    """Attribute → values of the used rows: float64 for continuous and binned ones, else names (object dtype), of sets
    all values of a row in one (see `sets.joined`). Missing values (NaN, None) only under ``missing="group"``."""
    specs: tuple[Protected, ...]
    """The protected attributes in order, kind resolved: never ``auto``."""
    searched: dict[str, pd.Series]
    """The same of attributes that only a search for subgroups combines."""
    searched_specs: tuple[Protected, ...]
    """These in order, kind resolved."""
    outcome: Vector | None
    """0/1, counts, numbers, or the index of the level for ordinal and multiclass; shape (n,)."""
    outcome_levels: tuple[str, ...]
    """Names of the levels of binary, ordinal and multiclass outcomes (there of predictions, too); else empty."""
    prediction: Vector | None
    """Finite numbers, shape (n,); ≥ 0 for counts; None for classes."""
    decision: Vector | None
    """0/1, shape (n,): the decision column, or prediction ≥ threshold; for classes the code of the predicted one."""
    probabilities: NDArray[np.float64] | None
    """Probability of each class, shape (n, K), rows summing to 1; None where there are none."""
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
    lines: Condensed | None = None
    """What it was read from."""
    fitted_on: bool = False
    """Whether the model that made the predictions was fitted on most of the rows."""
    distinct: int | None = None
    """How many distinct numbers the data have of what is measured, where those of the table stand for all that are near
    them, on the grid of `engines.on_grid`; None where they are the numbers themselves."""

    @property
    def row_mass(self) -> Vector | None:
        """Weight of all people of each row, shape (n,); None where every row has weight 1."""
        if self.weight is None or self.count is None:
            return self.weight if self.count is None else self.count
        return self.weight * self.count

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> RoleTable:
        """Some of the rows, by what is chosen, shape (n,), or by position; `rows` and `notes` say nothing of that."""
        taken: dict[str, Any] = {}
        for name, values in vars(self).items():
            if isinstance(values, np.ndarray):
                taken[name] = values[rows]
            elif isinstance(values, pd.DataFrame):
                taken[name] = values.iloc[rows]
            elif isinstance(values, dict):
                taken[name] = {column: series.iloc[rows] for column, series in values.items()}
        return replace(self, **taken)


def role_table(given: pd.DataFrame | Condensed, roles: Roles, *, features: bool = False) -> RoleTable:
    """The table that an audit reads, or a `RoleError`/`OptionError` that says what does not fit.

    Missing values (`roles.missing`): ``error`` names the column; ``drop`` drops every row in which a role's
    column is missing; ``group`` keeps them in protected attributes and features and drops rows without
    outcome, prediction, decision, exposure, weight, given value or split key. Infinite values are wrong values, not
    missing ones.

    Args:
        given: the data, one row per observation, or lines of them.
        roles: which column is what.
        features: whether to read the inputs of a model too; then a row that stands for several people becomes as many,
            each of which may be fitted on or held out, unless rows are counted as lines already.
    """
    data = given if isinstance(given, Condensed) else Condensed.of_rows(given, roles)
    columns = checked_columns(data.names, roles)
    refuse_nested(engine_of(data.frame).kinds(named_columns(data.names, roles)), columns, roles)
    read = tidied(data.frame, roles.cleaning, data.origin.rows, roles.sets)
    frame = read.frame
    others = [name for column in columns.values() for name in column.columns]
    chosen, notes = feature_names(frame, roles, others, data.origin) if features else ((), [])
    counted = people_of(frame, columns.get("count"), data.origin)
    people = data.origin.rows if counted is None else data.origin.rows * counted
    problems = Problems()
    with problems.gathered():
        refuse_missing(frame, roles, columns, chosen, read.left_out, data.origin, people)
    index, rows = used_rows(frame, roles, columns, chosen, read.left_out, data.origin, people, problems)
    rows = structs.replace(rows, dropped_groups=dropped_groups(frame, roles, index, people))
    notes += dropped_notes(rows.dropped_groups)
    single = bool((data.origin.rows == 1).all())
    if counted is not None and features and single:
        index, people = one_row_each(index, people[index]), np.ones(len(people), dtype=np.int64)
    each_one = bool((people[index] == 1).all()) and (counted is None or features)
    count = None if each_one else people[index].astype(np.float64)
    used, origin = frame.iloc[index].reset_index(drop=True), data.origin.take(index)

    with problems.gathered():
        values = read_values(used, roles, columns, origin, count)
    problems.tell()
    if not features or values.task == "multiclass":
        with problems.gathered():
            _refuse_other_side(roles, values)
    with problems.gathered():
        _refuse_contradictions(values, used, roles, columns, origin, count)
    problems.tell()
    notes += [*values.notes, *_told(used, roles, columns, origin)]
    if roles.count is None:
        notes += told_of_counts(values.weight, str(roles.weight), origin)
    notes += data.notes
    if data.withheld is not None:
        rows = structs.replace(
            rows,
            read=rows.read + data.withheld.people,
            dropped={**rows.dropped, data.withheld.reason: data.withheld.people},
        )
        notes.append(data.withheld.note)
    if values.exposure is not None and values.task == "regression":
        measured_columns = listing(f"'{name}'" for name in (roles.target, roles.prediction) if name is not None)
        notes.append(
            f"Amounts in {measured_columns} are taken per unit of '{roles.exposure}', which is the weight of a row."
        )
    values = _per_unit(values, roles)
    inputs, more = read_features(used, chosen, origin) if features else (pd.DataFrame(index=used.index), [])
    told = next((columns[role] for role in ("prediction", "decision", "target") if role in columns), None)
    measured = () if told is None else told.columns
    protected, searched = (values.of(named) for named in (roles.protected, roles.search_over))
    outcome = values.outcome
    given_codes, given_levels = _levels_of(used[roles.given]) if roles.given else (None, ())
    return RoleTable(
        task=values.task,
        rows=rows,
        index=index,
        protected={name: column for name, (column, _) in protected.items()},
        specs=tuple(spec for _, spec in protected.values()),
        searched={name: column for name, (column, _) in searched.items()},
        searched_specs=tuple(spec for _, spec in searched.values()),
        outcome=outcome.values if outcome else None,
        outcome_levels=values.levels,
        prediction=values.prediction,
        probabilities=values.probabilities,
        decision=values.decision,
        exposure=values.exposure,
        weight=values.weight,
        count=count,
        cluster=cluster_codes(used[roles.cluster]) if roles.cluster else None,
        features=inputs,
        given=given_codes,
        given_name=roles.given,
        given_levels=given_levels,
        split_key=_together(used, roles.kept_together),
        notes=(*notes, *more),
        lines=data,
        distinct=next((data.gridded[name] for name in measured if name in data.gridded), None),
    )


def line_table(data: pd.DataFrame | Engine | Condensed, roles: Roles) -> RoleTable:
    """The table that an audit reads, from the lines of an engine; see `role_table`.

    Where a cut follows from the data and predictions are on the grid, those at the cut are asked for once more as they
    are, so that the decisions are those of the predictions themselves.
    """
    table = _read_lines(data, roles, {})
    name, cut = roles.prediction, roles.cut
    if (
        table.distinct is not None
        and name is not None
        and cut is not None
        and not cut.fixed
        and table.prediction is not None
    ):
        place = cut.cut(table.prediction, table.weight, table.count)
        below, above = table.prediction <= place, table.prediction >= place
        table = _read_lines(data, roles, {name: [table.prediction[below].max(), table.prediction[above].min()]})
    return table


def _read_lines(
    data: pd.DataFrame | Engine | Condensed, roles: Roles, kept: Mapping[str, Collection[float]]
) -> RoleTable:
    try:
        return role_table(condensed(data, roles, kept=kept), roles)
    except (RoleError, OptionError):
        # A message says in which row something stands, which it takes longer to ask for.
        return role_table(condensed(data, roles, kept=kept, places=True), roles)


def _levels_of(column: pd.Series) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The code of each value, shape (n,), and the names of the values by code, in the order of `distinct`."""
    codes, values = pd.factorize(column)
    order = [pd.Index(values).get_loc(value) for value in distinct(column)]
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.arange(len(values))
    return place[codes], tuple(labels(pd.Series(values)[order]))


def _refuse_contradictions(
    values: RoleValues,
    used: pd.DataFrame,
    roles: Roles,
    columns: dict[str, RoleColumn],
    origin: Origin,
    count: Vector | None,
) -> None:
    """Refuse what no column says by itself: marks of missing values among numbers, and roles that the task has not."""
    numbers_read = {"exposure": values.exposure, "weight": values.weight, "prediction": values.prediction}
    if values.outcome is not None and not values.outcome.levels:
        numbers_read["target"] = values.outcome.values
    attributes = {name: column for name, (column, _) in values.attributes.items()}
    _refuse_far_codes(attributes, numbers_read, columns, roles, count)
    task, prediction = values.task, values.prediction
    if values.exposure is not None and task not in ("count", "regression"):
        raise OptionError(
            f"exposure '{roles.exposure}' is time at risk for counts and amounts, and the task is {task}; leave the "
            "exposure out, or use --task count"
        )
    if task == "count" and prediction is not None and (prediction < 0).any():
        problem = "is negative; an expected count is not"
        raise bad_value(used[roles.prediction], prediction < 0, f"prediction '{roles.prediction}'", origin, problem)


def _per_unit(values: RoleValues, roles: Roles) -> RoleValues:
    """Amounts with an exposure as amounts per unit of it, whose weight it is: sums of amounts over sums of exposure are
    then means, such as pure premiums. Other values as they are."""
    exposure, outcome = values.exposure, values.outcome
    if exposure is None or values.task != "regression":
        return values
    return replace(
        values,
        outcome=None if outcome is None else replace(outcome, values=outcome.values / exposure),
        prediction=None if values.prediction is None else values.prediction / exposure,
        weight=exposure if values.weight is None else values.weight * exposure,
        exposure=None,
    )


def _together(used: pd.DataFrame, name: str | None) -> NDArray[np.int64] | None:
    return None if name is None else pd.factorize(used[name])[0].astype(np.int64)


def _refuse_other_side(roles: Roles, values: RoleValues) -> None:
    """Refuse a good side that is said of a number where all is yes or no, and the other way round; and no class."""
    task, prediction, decision = values.task, values.prediction, values.decision
    if roles.favourable is None:
        return
    if task == "multiclass":
        if roles.favourable not in values.levels:
            raise OptionError(
                f"favourable '{roles.favourable}' is no class; there are {listing(values.levels)}"
                f"{nearest(roles.favourable, values.levels)}"
            )
        return
    one_of(roles.favourable, "favourable", FAVOURABLE)
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
    columns: dict[str, RoleColumn],
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


def _told(used: pd.DataFrame, roles: Roles, columns: dict[str, RoleColumn], origin: Origin) -> list[str]:
    """Notes on levels that look alike or may mean a missing value, and on codes taken as quantities."""
    notes: list[str] = []
    for attribute in roles.protected:
        what, column = f"protected attribute '{attribute.name}'", used[attribute.name]
        if attribute.kind == "set":
            notes += told_of_set(column, attribute, what, origin)
            continue
        notes += told_of_levels(column, what, attribute.name, origin)
        notes += told_of_codes(column, attribute)
    for role in ("target", "decision", "given"):
        if role in columns:
            name = columns[role].name
            notes += told_of_levels(used[name], f"{role} '{name}'", name, origin)
    return notes
