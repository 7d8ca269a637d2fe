"""A table of roles, cut into the rows that are fitted on and the rows held out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints
from fairaudit.data.classes import NO_CUT
from fairaudit.distance.penalty import resolve
from fairaudit.errors import FitError, OptionError
from fairaudit.fitting.options import FitOptions, check_task
from fairaudit.models.splits import by_rows, dealt, drawn_rows, units_of
from fairaudit.scoretable.cells import Cells, table_cells
from fairaudit.scoretable.strata import Admissible, admissible, strata

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.roles import Roles, Task
    from fairaudit.data.table import RoleTable
    from fairaudit.data.threshold import Threshold
    from fairaudit.models.learners.aggregated import Elsewhere
    from fairaudit.options import Options, Parity
    from fairaudit.results import Source


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a table: all that a model is fitted to, or judged by."""

    task: Task
    """Kind of outcome."""
    rows: Ints
    """Their positions in the table, shape (m,)."""
    features: pd.DataFrame
    """Inputs, m rows."""
    outcome: Floats
    """As in `RoleTable.outcome`, shape (m,)."""
    cells: Cells
    """Protected attributes."""
    exposure: Floats | None
    """Time at risk, > 0, shape (m,)."""
    weight: Floats | None
    """Row weights, ≥ 0, shape (m,)."""
    unit: Ints | None
    """Rows of one unit stay together where rows are split, shape (m,); None: each row for itself."""
    cluster: Ints | None
    """Whom each row is about, where people have several rows, shape (m,); None: each about somebody else."""
    stratum: Ints | None
    """Stratum within which independence is asked, -1 for a row that does not count; None: there is one for all."""
    given: Ints | None
    """Value of the admissible column, shape (m,); None where there is no such column."""
    admissible: Admissible | None
    """That column."""
    classes: tuple[str, ...] = ()
    """Names of the classes, where the outcome is one of several without order."""
    count: Floats | None = None
    """How many rows of the source each of these stands for, shape (m,); None: one. Exposure and weight are of one."""

    of_rows: int | None = None
    """Number of rows of the source that these are drawn from and stand for; None: they are all."""

    @property
    def people(self) -> int:
        """Number of rows of the source."""
        if self.of_rows is not None:
            return self.of_rows
        return len(self.rows) if self.count is None else int(self.count.sum())

    @property
    def row_mass(self) -> Floats | None:
        """Weight of all rows of the source that each of these stands for; None where all have weight 1."""
        if self.weight is None or self.count is None:
            return self.weight if self.count is None else self.count
        return self.weight * self.count

    @property
    def effective(self) -> float:
        """Kish's effective number of rows of the source."""
        mass = self.mass
        return float(1 / (mass @ (mass if self.count is None else mass / self.count)))

    @property
    def rate(self) -> Floats:
        """The outcome per unit of exposure, where there is one, shape (m,)."""
        return self.outcome if self.exposure is None else self.outcome / self.exposure

    @property
    def mass(self) -> Floats:
        """Weight × exposure as shares, shape (m,)."""
        mass = np.ones(len(self.rows))
        for values in (self.row_mass, self.exposure):
            mass = mass if values is None else mass * values
        share: Floats = mass / mass.sum()
        return share

    def take(self, places: Ints | NDArray[np.bool_]) -> Part:
        """Some of these rows, by position among them."""
        names = ("exposure", "weight", "unit", "cluster", "stratum", "given", "count")
        optional = {name: getattr(self, name) for name in names}
        return replace(
            self,
            rows=self.rows[places],
            features=self.features.iloc[places],
            outcome=self.outcome[places],
            cells=self.cells.take(places if places.dtype != bool else np.flatnonzero(places)),
            **{name: None if values is None else values[places] for name, values in optional.items()},  # type: ignore[arg-type]
        )

    def single(self, most: int, rng: np.random.Generator) -> Part:
        """Rows of the source, each by itself: all of them, or so many drawn at random where there are more."""
        assert self.count is not None
        rows = self.count.astype(np.intp)
        drawn = rows if rows.sum() <= most else drawn_rows(rows, most, rng)
        return replace(self.take(np.repeat(np.arange(len(rows)), drawn)), count=None)


@dataclass(frozen=True, eq=False)
class CodedRows:
    """Training rows that stay in an engine."""

    rows: Elsewhere
    """The rows, as numbers."""
    levels: list[pd.Series]
    """What the numbers of each input mean."""
    role_lines: Part
    """What those of the roles mean."""

    def parts(self) -> Iterator[tuple[Ints, Part]]:
        """Positions and rows of the table, so many at a time."""
        import pandas as pd

        for positions, numbers in self.rows.coded.parts():
            inputs = zip(self.levels, numbers.T[1:], strict=False)  # units are no inputs
            features = pd.DataFrame({str(one.name): one.to_numpy()[of] for one, of in inputs})
            yield positions, replace(self.role_lines.take(numbers[:, 0]), features=features, count=None)


@dataclass(frozen=True, eq=False)
class Split:
    """A table of roles in two parts, and what is asked of it."""

    table: RoleTable
    cells: Cells
    """Protected attributes of all rows."""
    source: Source
    roles: Roles
    fitting: FitOptions
    """The name of the penalty resolved."""
    options: Options
    train: Part
    """Rows that are fitted on."""
    test: Part
    """Rows held out."""
    cut: Threshold | None = None
    """What makes a decision of every model's predictions; None: each model has a cut of its own (see `held_out`)."""
    coded: CodedRows | None = None
    """Where training rows that stay in an engine are, of which `train` is a sample; None: they are here."""

    @property
    def factors(self) -> list[str]:
        """Names of the inputs."""
        return [str(name) for name in self.table.features.columns]


def split_table(
    table: RoleTable, source: Source, roles: Roles, fitting: FitOptions, options: Options, parity: bool = True
) -> Split:
    """The two parts of a table that holds features, checked for a fit.

    Args:
        table: the rows in their roles.
        source: where they are from.
        roles: the columns.
        fitting: how a model is to be fitted; its `test_size` is the share held out.
        options: how to measure.
        parity: whether the parts need the strata in which independence is asked.

    Raises:
        FairAuditError: an option does not fit the table, or a part has nothing to fit or judge.
    """
    options.refuse_suppression("a fit")
    check_fit(table, roles, fitting)
    assert table.outcome is not None
    penalty = resolve(fitting.penalty, [spec.name for spec in table.specs])
    cells = table_cells(table, options.scale)
    if table.count is None:
        fitted, held = split(len(table.outcome), fitting.test_size, options.seed, table.split_key)
        sides: list[tuple[Ints, Floats | None]] = [(fitted, None), (held, None)]
    else:
        refuse_rows_needed(fitting)
        sides = split_lines(table.count.astype(np.intp), fitting.test_size, options.seed, table.split_key)
    for (rows, _), side in zip(sides, ("training", "held-out"), strict=True):
        check_side(table, rows, side)
    notion = options.parity if parity else None
    train_part, test_part = (part_of(table, cells, rows, notion, count) for rows, count in sides)
    return Split(
        table, cells, source, roles, replace(fitting, penalty=penalty), options, train_part, test_part, roles.cut
    )


def check_fit(table: RoleTable, roles: Roles, fitting: FitOptions) -> None:
    """Refuse options that do not fit a table."""
    cut = roles.cut
    if cut is not None:
        cut.refuse_unfit(table.task)
    if fitting.penalize == "decision" and cut is not None and not (cut.fixed and cut.side == ">="):
        raise OptionError(
            f"a penalty of decisions needs a threshold that is a number, such as 0.5, not {roles.threshold}"
        )
    check_task(fitting, table.task)
    if table.task == "multiclass" and roles.cut is not None:
        raise OptionError(NO_CUT)
    if table.outcome is None:
        raise OptionError("a fit needs a target; name it with --target NAME")


def part_of(
    table: RoleTable, cells: Cells, rows: Ints, parity: Parity | None = None, count: Floats | None = None
) -> Part:
    """Some rows of a table, or lines that stand for `count` rows each; without a parity they have no strata."""
    assert table.outcome is not None
    columns = {"exposure": table.exposure, "weight": table.weight, "unit": table.split_key, "cluster": table.cluster}
    return Part(
        task=table.task,
        rows=rows,
        features=table.features.iloc[rows],
        outcome=table.outcome[rows],
        cells=cells.take(rows),
        stratum=None if parity is None else strata(table, parity, rows),
        given=None if parity is None or table.given is None else table.given[rows],
        admissible=None if parity is None else admissible(table),
        classes=table.outcome_levels if table.task == "multiclass" else (),
        count=count,
        **{name: None if values is None else values[rows] for name, values in columns.items()},  # type: ignore[arg-type]
    )


def split(n: int, test_size: float, seed: int, key: NDArray[np.int64] | None) -> tuple[Ints, Ints]:
    """Positions of the training and the held-out rows, each in increasing order.

    Args:
        n: number of rows.
        test_size: share held out.
        seed: seed of the shuffle.
        key: rows with one key stay on one side, shape (n,); None: each row for itself.
    """
    units = units_of(n, key)
    fitted, held = by_rows(units, test_size, seed)
    if not len(fitted) or not len(held):
        raise _no_rows(test_size, int(units.max()) + 1, key)
    return fitted, held


def split_lines(
    rows: Ints, test_size: float, seed: int, key: NDArray[np.int64] | None
) -> list[tuple[Ints, Floats | None]]:
    """Positions of the lines that have training rows, with how many; and of those that have held-out ones.

    Args:
        rows: rows of each line, shape (L,).
        test_size: share of the rows held out.
        seed: seed of the split.
        key: rows with one key stay on one side, shape (L,); None: each row for itself.
    """
    units = None if key is None else units_of(len(rows), key)
    held = dealt(rows, units, test_size, seed)
    if not held.any() or (held == rows).all():
        raise _no_rows(test_size, int(rows.sum()) if units is None else int(units.max()) + 1, key)
    return [(np.flatnonzero(side), side[side > 0].astype(np.float64)) for side in (rows - held, held)]


def _no_rows(test_size: float, units: int, key: NDArray[np.int64] | None) -> OptionError:
    together = "" if key is None else ", each a value of the column that is split by"
    return OptionError(
        f"a test-size of {test_size:g} leaves no rows on one side of the split; there are {units} units{together}"
    )


def refuse_rows_needed(fitting: FitOptions) -> None:
    """Refuse what is fitted to rows alone, where rows that are alike are counted."""
    asked = {
        f"a model of kind {fitting.model}": fitting.model != "glm",
        "a recalibration": fitting.recalibrate != "none",
        "knowledge of the factors": fitting.knowledge is not None,
    }
    if names := [name for name, is_asked in asked.items() if is_asked]:
        raise OptionError(
            f"{names[0]} is fitted to single rows, and the table stays in its engine; take --sample N of its rows, or"
            " read all into memory with --engine pandas"
        )


def check_side(table: RoleTable, rows: Ints, side: str) -> None:
    """Refuse a side of the split on which nothing counts, or all outcomes are one."""
    assert table.outcome is not None
    counted = rows if table.weight is None else rows[table.weight[rows] > 0]
    way_out = "choose another --test-size or --seed" + (
        "" if table.split_key is None else ", or split by a column with more values"
    )
    if not len(counted):
        raise FitError(f"the weight is 0 in all {len(rows)} {side} rows; {way_out}")
    outcome = table.outcome[counted]
    if np.ptp(outcome) == 0:
        value = table.outcome_levels[int(outcome[0])] if table.outcome_levels else f"{outcome[0]:g}"
        raise FitError(
            f"the outcome is {value} in all {len(counted)} {side} rows, which leaves nothing to fit or judge; {way_out}"
        )
