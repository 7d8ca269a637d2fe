"""A fit to a table in an engine with more lines than are fitted to: the engine adds its rows up, again and again.

Columns with a role are read as lines, each input by itself, so that every decision on values is the one that rows would
be given. Then the engine keeps a table in which a row is numbers: of its role line, and of its level in each input.
Single rows are drawn from it: some training rows, by which strength and size of effects are chosen (decision 48), and
held-out rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fairaudit.arrays import Ints
from fairaudit.data.cleaning import NA, Cleaning
from fairaudit.data.columns import before_mark
from fairaudit.data.condensed import MOST_DISTINCT, condensed, in_order, marked
from fairaudit.data.features import read_features
from fairaudit.data.inputs import input_names, rounded_note, told_of_grid
from fairaudit.data.origin import Origin
from fairaudit.data.rows import refuse_missing
from fairaudit.data.table import RoleTable, role_table
from fairaudit.data.tidying import tidied
from fairaudit.distance.penalty import resolve
from fairaudit.engines import DRAWS, Coded, Coder, Coding, Drawing, Engine, Question
from fairaudit.errors import OptionError
from fairaudit.fitting.estimators import SINGLE_ROWS
from fairaudit.fitting.options import family_for
from fairaudit.fitting.split import CodedRows, Part, Split, check_fit, check_side, part_of, refuse_rows_needed
from fairaudit.models.families import kind as family_kind
from fairaudit.models.learners.aggregated import Elsewhere
from fairaudit.scoretable.cells import Cells, joint, table_cells

if TYPE_CHECKING:
    from fairaudit.data.roles import Roles
    from fairaudit.fitting.options import FitOptions
    from fairaudit.options import Options
    from fairaudit.results import Source

TOO_MANY = "the table has too many different rows to be fitted to"
JUDGED_ROWS = 500_000
"""Held-out rows up to which all of them judge a model; of more so many, drawn."""


@dataclass(frozen=True, eq=False)
class Input:
    """An input of a model, by its levels."""

    name: str
    """Its column."""
    coding: Coding
    """Its values in the table."""
    levels: pd.Series
    """What a model sees of them, shape (levels,)."""
    notes: tuple[str, ...]
    """What a careful reader must know."""


def coded_split(
    engine: Engine, roles: Roles, asked: Roles, source: Source, fitting: FitOptions, options: Options
) -> Split:
    """The split of a table whose training rows stay in its engine.

    Args:
        engine: where the table is.
        roles: which column is what, as results state it.
        asked: the same without predictions.
        source: where the table is from.
        fitting: how a model is to be fitted.
        options: how to measure.

    Raises:
        OptionError: something is asked that takes rows, or joint levels of inputs.
        SizeError: the columns with a role form too many lines by themselves.
    """
    if not isinstance(engine, Coder):
        raise OptionError(f"{TOO_MANY}; take --sample N of its rows, or name fewer --features")
    _refuse(asked, fitting, options)
    names, notes = input_names(engine, asked)
    read = replace(asked, features=None, favourable=None)
    lines = condensed(engine, read)
    table = role_table(lines, read)
    check_fit(table, roles, fitting)
    _refuse_family(family_for(table.task, fitting.family))
    inputs = [_input(engine, asked, name) for name in names]
    constant = [one.name for one in inputs if one.levels.nunique(dropna=False) == 1]
    inputs = [one for one in inputs if one.name not in constant]
    assert lines.question is not None
    role_lines = Coding(lines.question, lines.frame.iloc[table.index])
    coded = engine.coded([role_lines, *(one.coding for one in inputs)], Drawing(options.seed))
    cells = table_cells(table, options.scale)
    whole = part_of(table, cells, np.arange(len(table.index)), options.parity)
    held = round(fitting.test_size * DRAWS)
    labels = family_kind(family_for(table.task, fitting.family)).labels
    elsewhere = _elsewhere(coded, held, whole, labels)
    told = [f"feature '{name}' has one value in all rows; it is left out" for name in constant]
    told += [note for one in inputs for note in one.notes]
    table = replace(table, notes=(*notes, *told, *told_of_grid(table), *table.notes))
    single, own, places = _drawn(coded, engine.rows(), held, table, cells, inputs)
    train, test = (part_of(single, own, side, options.parity) for side in places)
    count = elsewhere.people([len(one.levels) for one in inputs])
    fitting = replace(fitting, penalty=resolve(fitting.penalty, [spec.name for spec in table.specs]))
    train = replace(train, of_rows=count)
    return Split(
        single,
        own,
        source,
        roles,
        fitting,
        options,
        train,
        test,
        roles.cut,
        CodedRows(elsewhere, [one.levels for one in inputs], whole),
    )


def _drawn(
    coded: Coded, rows: int, held: int, table: RoleTable, cells: Cells, inputs: Sequence[Input]
) -> tuple[RoleTable, Cells, list[Ints]]:
    """Some training rows and held-out ones, each by itself, and the positions of both."""
    judged = min(held, round(JUDGED_ROWS / rows * DRAWS))
    sampled = max(held, DRAWS - round(SINGLE_ROWS / rows * DRAWS))
    sides = [coded.rows(sampled, DRAWS), coded.rows(0, judged)]
    numbers = np.concatenate(sides)
    features = {one.name: one.levels.to_numpy()[of] for one, of in zip(inputs, numbers.T[1:], strict=True)}
    single = replace(table.take(numbers[:, 0]), features=pd.DataFrame(features), count=None, lines=None)
    places = np.split(np.arange(len(numbers)), [len(sides[0])])
    for side, name in zip(places, ("training", "held-out"), strict=True):
        check_side(single, side, name)
    return single, cells.take(numbers[:, 0]), places


def _refuse(roles: Roles, fitting: FitOptions, options: Options) -> None:
    """Refuse what takes rows, or joint levels of inputs."""
    refuse_rows_needed(fitting)
    options.refuse_suppression("a fit")
    asked = {
        "--split-by": roles.split_by is not None,
        "--cluster": roles.cluster is not None,
        "--count": roles.count is not None,
        "--interactions": bool(fitting.settings.get("interactions")),
        "--missing drop": roles.missing == "drop",
    }
    if names := [name for name, is_asked in asked.items() if is_asked]:
        raise OptionError(f"{TOO_MANY} with {names[0]}; take --sample N of its rows, or name fewer --features")


def _refuse_family(name: str) -> None:
    """Refuse families whose loss does not follow from one linear predictor and a mean outcome."""
    if family_kind(name).several or name.partition(":")[0] == "quantile":
        raise OptionError(f"{TOO_MANY} by the family {name}; take --sample N of its rows, or name fewer --features")


def _input(engine: Engine, roles: Roles, name: str) -> Input:
    """The levels of an input."""
    number = engine.kinds([name])[name] == "number"
    many = engine.distinct([name], MOST_DISTINCT + 1) if number else {}
    question = Question([name], {name: marked(roles, name)} if many else {})
    lines = in_order(engine.lines(question))
    tidy = tidied(lines.values, _own_cleaning(roles.cleaning, engine.names, name), lines.rows.astype(np.int64)).frame
    origin = Origin(lines.rows.astype(np.int64))
    refuse_missing(tidy, replace(roles, protected=(), search_over=()), {}, [name], {}, origin, origin.rows)
    features, notes = read_features(tidy, [name], origin, constant=True)
    told = [rounded_note(name, count) for name, count in many.items()]
    return Input(name, Coding(question, lines.values), features[name], (*notes, *told))


def _own_cleaning(cleaning: Cleaning, names: Sequence[str], name: str) -> Cleaning:
    """What is said of the values of one column; rows are left out by the columns with a role."""

    def own(texts: Sequence[str], mark: str) -> tuple[str, ...]:
        return tuple(text for text in texts if before_mark(names, text, mark, text)[0] == name)

    return replace(cleaning, merge=own(cleaning.merge, ":"), na_of=own(cleaning.na_of, NA), keep=(), leave_out=())


def _elsewhere(coded: Coded, start: int, whole: Part, labels: bool) -> Elsewhere:
    """The training rows, by role lines of all rows."""
    mass = np.ones(len(whole.outcome))
    for values in (whole.weight, whole.exposure):
        mass = mass if values is None else mass * values
    strata = [] if whole.stratum is None else [whole.stratum - whole.stratum.min()]
    classes = [whole.outcome.astype(np.intp)] if labels else []
    kinds, kind = joint(np.column_stack([whole.cells.levels, *strata, *classes]))
    first = np.zeros(len(kinds), dtype=np.intp)
    first[kind[::-1]] = np.arange(len(kind))[::-1]
    return Elsewhere(
        coded=coded,
        start=start,
        kind=kind,
        mass=mass,
        outcome=whole.rate,
        cells=whole.cells.at_levels().take(first),
        strata=None if whole.stratum is None else whole.stratum[first],
    )
