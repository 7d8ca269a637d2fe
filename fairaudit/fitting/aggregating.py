"""A fit to a table in an engine with more lines than are fitted to: the engine adds its rows up, again and again.

The engine keeps a table in which a row is numbers (see `numbered`). Single rows are drawn from it: some training rows,
by which strength and size of effects are chosen (decision 48), and held-out rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fairaudit.arrays import Ints, Step
from fairaudit.data.inputs import told_of_grid
from fairaudit.data.table import RoleTable
from fairaudit.distance.penalty import resolve
from fairaudit.engines import DRAWS, Coded, Coder, Engine
from fairaudit.errors import FitError, OptionError
from fairaudit.fitting.estimators import SINGLE_ROWS
from fairaudit.fitting.numbered import Numbered, NumberedColumns, complete, numbered
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


def coded_split(
    engine: Engine,
    roles: Roles,
    asked: Roles,
    source: Source,
    fitting: FitOptions,
    options: Options,
    step: Step = lambda _: None,
) -> Split:
    """The split of a table whose training rows stay in its engine.

    Args:
        engine: where the table is.
        roles: which column is what, as results state it.
        asked: the same without predictions.
        source: where the table is from.
        fitting: how a model is to be fitted.
        options: how to measure.
        step: told of progress.

    Raises:
        OptionError: something is asked that takes rows, or joint levels of inputs.
        SizeError: the columns with a role form too many lines by themselves.
    """
    if not isinstance(engine, Coder):
        raise OptionError(
            f"{TOO_MANY} in a frame of this kind; write it as Parquet and fit to that with --engine duckdb, take"
            " --sample N of its rows, or name fewer --features"
        )
    _refuse(fitting, options)
    step("counting the levels of each feature")
    columns, notes = numbered(engine, asked)
    check_fit(columns.table, roles, fitting)
    _refuse_family(family_for(columns.table.task, fitting.family))
    if any(len(one.lacking) for one in (*columns.inputs, *columns.units)):
        step("looking for rows that lack a value")
        columns = complete(engine, columns)
    table, inputs = columns.table, columns.inputs
    constant = [one.name for one in inputs if one.levels.nunique(dropna=False) == 1]
    inputs = [one for one in inputs if one.name not in constant]
    step("giving rows the numbers of their values")
    coded = replace(columns, inputs=inputs).coded(engine, options.seed)
    cells = table_cells(table, options.scale)
    whole = part_of(table, cells, np.arange(len(table.index)), options.parity)
    held = round(fitting.test_size * DRAWS)
    labels = family_kind(family_for(table.task, fitting.family)).labels
    elsewhere = _elsewhere(coded, held, whole, labels)
    levels = [one.levels for one in inputs]
    _refuse_lost(replace(elsewhere, start=0).people([len(one) for one in levels]), table)
    told = [f"feature '{name}' has one value in all rows; it is left out" for name in constant]
    told += [note for one in inputs for note in one.notes]
    table = replace(table, notes=(*notes, *told, *told_of_grid(table), *table.notes))
    step("drawing rows")
    single, own, places = _drawn(coded, held, table, cells, inputs, columns)
    train, test = (part_of(single, own, side, options.parity) for side in places)
    count = elsewhere.people([len(one) for one in levels])
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
        CodedRows(elsewhere, levels, whole),
    )


def _refuse_lost(rows: int, table: RoleTable) -> None:
    """Refuse a table of which the engine finds other rows than it counted."""
    if rows != table.rows.used:
        raise FitError(
            f"the engine counted {table.rows.used:,} rows and finds {rows:,} of them again by their values; write the"
            " table as Parquet with columns of numbers and text, or take --sample N of its rows"
        )


def _drawn(
    coded: Coded, held: int, table: RoleTable, cells: Cells, inputs: Sequence[Numbered], columns: NumberedColumns
) -> tuple[RoleTable, Cells, list[Ints]]:
    """Some training rows and held-out ones, each by itself, and the positions of both."""
    rows = table.rows.used
    if columns.drawn_by is None:
        judged = min(held, round(JUDGED_ROWS / rows * DRAWS))
        sampled = max(held, DRAWS - round(SINGLE_ROWS / rows * DRAWS))
        sides = [coded.rows(sampled, DRAWS), coded.rows(0, judged)]
    else:  # some rows of every unit
        share = held / DRAWS
        fitted, judged = (
            min(DRAWS, round(most / (rows * of) * DRAWS))
            for most, of in ((SINGLE_ROWS, 1 - share), (JUDGED_ROWS, share))
        )
        sides = [coded.rows(held, DRAWS, fitted), coded.rows(0, held, judged)]
    numbers = np.concatenate(sides)
    features = {one.name: one.levels.to_numpy()[of] for one, of in zip(inputs, numbers.T[1:], strict=False)}
    units = {
        unit.name: of.astype(np.int64) for unit, of in zip(columns.units, numbers.T[1 + len(inputs) :], strict=True)
    }
    split_key, cluster = (None if name is None else units[name] for name in (columns.drawn_by, columns.cluster))
    lines = replace(table.take(numbers[:, 0]), count=None, lines=None)
    single = replace(lines, features=pd.DataFrame(features), split_key=split_key, cluster=cluster)
    places = np.split(np.arange(len(numbers)), [len(sides[0])])
    for side, name in zip(places, ("training", "held-out"), strict=True):
        check_side(single, side, name)
    return single, cells.take(numbers[:, 0]), places


def _refuse(fitting: FitOptions, options: Options) -> None:
    """Refuse what takes rows, or joint levels of inputs."""
    refuse_rows_needed(fitting)
    options.refuse_suppression("a fit")
    if fitting.settings.get("interactions"):
        raise OptionError(f"{TOO_MANY} with interactions; take --sample N of its rows, or name fewer --features")


def _refuse_family(name: str) -> None:
    """Refuse families whose loss does not follow from one linear predictor and a mean outcome."""
    if family_kind(name).several or name.partition(":")[0] == "quantile":
        raise OptionError(f"{TOO_MANY} by the family {name}; take --sample N of its rows, or name fewer --features")


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
