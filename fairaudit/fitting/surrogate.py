"""What carries a difference where no model is at hand: an additive picture of what is measured, from the other columns.

A Gaussian GLM with splines is fitted to the predictions themselves (or decisions, or outcomes), from the features and
the protected attributes that the verdict is not about. The difference of two groups' means is then the sum of what each
column contributes, and of what goes through none of them (Kitagawa 1955; Oaxaca 1973, doi:10.2307/2525981; Blinder
1973, doi:10.2307/144855). It tells what goes along with the score, not how the score was made; so it says of how much
of the score it is a picture, and nothing else where that is little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from fairaudit.arrays import Flags, Floats
from fairaudit.auditing.verdict import with_verdict
from fairaudit.data.columns import with_levels
from fairaudit.data.features import feature_names, read_features
from fairaudit.fitting.attributing import sampled
from fairaudit.models.glm import PenalizedGLM
from fairaudit.results import Audit, Cell
from fairaudit.results.models import Surrogate
from fairaudit.scoretable.cells import table_cells
from fairaudit.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.roles import Roles
    from fairaudit.data.table import RoleTable
    from fairaudit.options import Options

LEAST_EXPLAINED = 0.3
"""Share of the variance of what is measured below which nothing is said of what carries a difference."""
MOST_ROWS = 20_000
"""Rows on which the picture is fitted, drawn with the seed: what keeps it to about a second."""


def with_surrogate(audit: Audit, table: RoleTable, frame: pd.DataFrame, roles: Roles, options: Options) -> Audit:
    """The audit with what carries the difference that its verdict tells; as it is where it tells none.

    Args:
        audit: of the table.
        table: the rows in their roles.
        frame: the data that they were read from.
        roles: the columns; features that are not named are all columns without another role.
        options: how it was measured.

    Raises:
        FairAuditError: there is no column to explain it by.
    """
    lead = None if audit.verdict is None else audit.verdict.lead
    if lead is None:
        return audit
    ends = (lead.worse or lead.highest, lead.against or lead.lowest)
    picture = surrogate(table, _columns(table, frame, roles, lead.by), (ends[0], ends[1]), options)
    return with_verdict(structs.replace(audit, surrogate=picture))


def _columns(table: RoleTable, frame: pd.DataFrame, roles: Roles, by: list[str]) -> pd.DataFrame:
    """The features of the used rows, and the protected attributes by which the two groups do not differ."""
    taken = {
        with_levels(frame, name)[0]
        for name in (
            roles.target,
            roles.prediction,
            roles.decision,
            roles.exposure,
            roles.weight,
            roles.count,
            roles.cluster,
            roles.split_by,
        )
        if name is not None
    }
    names, _ = feature_names(frame, roles, taken)
    rows = frame.iloc[table.index].reset_index(drop=True)
    columns, _ = read_features(rows, names, table.index)
    others = {
        spec.name: table.protected[spec.name].to_numpy()
        for spec in table.specs
        if spec.name not in by and spec.name not in columns.columns
    }
    return columns.assign(**others)


def surrogate(
    table: RoleTable, columns: pd.DataFrame, ends: tuple[Cell, Cell], options: Options, most: int = MOST_ROWS
) -> Surrogate:
    """What each column contributes to the difference between the means of two groups, by an additive picture.

    Args:
        table: the rows; what is measured is the prediction, else the decision, else the outcome, per exposure.
        columns: what it is explained by, n rows.
        ends: the two groups.
        options: seed, and scale of attributes.
        most: rows on which it is fitted at most.
    """
    value, mass = _measured(table)
    model = PenalizedGLM("gaussian", penalty="none", unseen="mean", random_state=options.seed)
    chosen = sampled(mass, most, Stream.SURROGATE_ROWS.generator(options.seed))
    model.fit(columns.iloc[chosen], value[chosen], sample_weight=mass[chosen])
    share = mass / mass.sum()
    off = value - model.predict_mean(columns)
    spread = float(share @ (value - share @ value) ** 2)
    free = max(len(chosen) - model.parameters, 1)
    left = float(share @ off**2) * len(chosen) / free  # as many parameters fit as much of noise
    explained = 1 - left / spread if spread > 0 else 0.0
    first, second = (_mean_of(_members(table, cell, options), mass) for cell in ends)
    gap = float((first - second) @ value)
    parts: dict[str, float] = {}
    if explained >= LEAST_EXPLAINED:
        carried = (first - second) @ model.contributions(columns)
        parts = {str(name): float(part) for name, part in zip(columns.columns, carried, strict=True)}
    return Surrogate(
        explained=min(max(explained, 0.0), 1.0),
        group=ends[0],
        against=ends[1],
        gap=gap,
        contributions=parts,
        remainder=gap - sum(parts.values()) if parts else None,
    )


def _measured(table: RoleTable) -> tuple[Floats, Floats]:
    """What is measured of each row, and its mass."""
    value = next(each for each in (table.prediction, table.decision, table.outcome) if each is not None)
    mass = np.ones(len(value)) if table.row_mass is None else table.row_mass
    if table.exposure is None or value is table.decision:
        return np.asarray(value, dtype=np.float64), mass if table.exposure is None else mass * table.exposure
    return value / table.exposure, mass * table.exposure


def _members(table: RoleTable, cell: Cell, options: Options) -> Flags:
    """The rows of a group."""
    cells = table_cells(table, options.scale)
    mine = np.ones(len(cells.levels), dtype=bool)
    for place, attribute in enumerate(cells.attributes):
        if attribute.name in cell:
            names = np.array(attribute.bands, dtype=object)[attribute.band[cells.levels[:, place]]]
            mine &= names == cell[attribute.name]
    return mine


def _mean_of(members: Flags, mass: Floats) -> Floats:
    """Weights whose product with a column is its mean over some rows, shape (n,)."""
    own = mass * members
    weights: Floats = own / max(float(own.sum()), 1e-300)
    return weights
