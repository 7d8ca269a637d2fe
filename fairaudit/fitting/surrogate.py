"""The surrogate of ``audit --explain``: what a difference goes along with, by a sum of splines of the other columns.

As `auditing.surrogate`, with a Gaussian GLM in place of classes: numbers bend where they do, categories keep all their
levels. That costs the import of scikit-learn, about a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from fairaudit.arrays import Floats
from fairaudit.auditing.run import table_scores
from fairaudit.auditing.surrogate import RowValues, by_chance, is_enough, of_its_class, row_values, stands_in
from fairaudit.auditing.verdict import with_verdict
from fairaudit.data.columns import taken_names
from fairaudit.data.features import feature_names, read_features
from fairaudit.data.origin import Origin
from fairaudit.fitting.attributing import sampled
from fairaudit.measures.view import divide
from fairaudit.models.glm import PenalizedGLM
from fairaudit.results import Audit
from fairaudit.results.memberships import attribute_of
from fairaudit.results.models import Surrogate
from fairaudit.scoretable.cells import sum_by
from fairaudit.streams import Stream

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.roles import Roles
    from fairaudit.data.table import RoleTable
    from fairaudit.options import Options

MOST_ROWS = 20_000
"""Rows on which the splines are fitted, drawn with the seed: what keeps it to about a second."""
GROUP = "group of the verdict"
"""Name of the column of groups among the others."""


def with_splines(audit: Audit, table: RoleTable, frame: pd.DataFrame, roles: Roles, options: Options) -> Audit:
    """The audit with what the difference that its verdict tells goes along with; as it is where it tells none.

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
    rows = row_values(of_its_class(table_scores(table, options, merge=False), lead), lead, stands_in(audit))
    if rows is None:
        return audit
    itself = [] if audit.surrogate is None else audit.surrogate.told_by_themselves
    columns = _columns(table, frame, roles, lead.by).drop(columns=itself, errors="ignore")
    picture = structs.replace(surrogate(rows, columns, options.seed), told_by_themselves=itself)
    return with_verdict(structs.replace(audit, surrogate=picture))


def _columns(table: RoleTable, frame: pd.DataFrame, roles: Roles, by: list[str]) -> pd.DataFrame:
    """The features of the used rows, and the protected attributes by which the two groups do not differ."""
    names, _ = feature_names(frame, roles, taken_names(list(frame.columns), roles))
    rows = frame.iloc[table.index].reset_index(drop=True)
    columns, _ = read_features(rows, names, Origin.of_rows(table.index))
    formed = {attribute_of(name, roles.sets) for name in by}
    others = {
        spec.name: table.protected[spec.name].to_numpy()
        for spec in table.specs
        if spec.name not in formed and spec.name not in columns.columns
    }
    return columns.assign(**others)


def surrogate(rows: RowValues, columns: pd.DataFrame, seed: int, most: int = MOST_ROWS) -> Surrogate:
    """What each column contributes to the difference between the means of two groups, by splines.

    Args:
        rows: n of them, with what is measured of them.
        columns: what it is explained by, n rows.
        seed: of the rows that are drawn.
        most: rows on which it is fitted at most.
    """
    model = PenalizedGLM("gaussian", penalty="none", unseen="mean", random_state=seed)
    everything = columns.assign(
        **{GROUP: np.array([" × ".join(each) for each in rows.groups.labels])[rows.groups.index]}
    )
    chosen = sampled(rows.mass, most, Stream.SURROGATE_ROWS.generator(seed))
    model.fit(everything.iloc[chosen], rows.value[chosen], sample_weight=rows.mass[chosen])
    off = rows.value - model.predict_mean(everything)
    explained = _explained(rows, off, model.parameters, len(chosen))
    parts: dict[str, float] = {}
    chance = min(by_chance(max(model.parameters - len(rows.groups), 1), len(chosen)), 1.0)
    if is_enough(explained, chance):
        carried = rows.between @ model.contributions(everything)
        parts = {
            str(name): float(part) for name, part in zip(everything.columns, carried, strict=True) if name != GROUP
        }
    return Surrogate(
        method="splines",
        measure=rows.measure,
        explained=explained,
        by_chance=chance,
        columns=len(columns.columns),
        group=rows.cell(0),
        against=rows.cell(1),
        gap=rows.gap,
        contributions=parts,
        remainder=rows.gap - sum(parts.values()) if parts else None,
    )


def _explained(rows: RowValues, off: Floats, parameters: int, fitted: int) -> float:
    """Share of the variance within groups that the columns explain, adjusted, as parameters fit noise."""
    size, share = len(rows.groups), rows.mass / rows.mass.sum()
    mean = divide(sum_by(rows.groups.index, share * rows.value, size), sum_by(rows.groups.index, share, size))
    within = float(share @ (rows.value - np.nan_to_num(mean)[rows.groups.index]) ** 2)
    left = float(share @ off**2) * (fitted - size) / max(fitted - parameters, 1)
    return min(max(1 - left / within, 0.0), 1.0) if within > 0 else 0.0
