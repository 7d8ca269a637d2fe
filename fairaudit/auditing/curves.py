"""The curves of an audit, for all rows and for the groups of each single attribute."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.laws import two_sided
from fairaudit.chance.laws.shares import Shares
from fairaudit.measures.curves import reliability, roc, spaced
from fairaudit.measures.group_values import held
from fairaudit.measures.view import View, calibrated_points
from fairaudit.results import Axis, Curve, GroupCurve
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Groups
from fairaudit.text import rows_in_words

MOST_POINTS = 40
"""Points of one ROC curve: enough for a picture, and few enough for a small file."""
DECIMALS = 4


def curves(resampled: Resampled) -> list[Curve]:
    """ROC and calibration curves where there is a prediction of a binary outcome; else none."""
    table = resampled.table
    if table.task != "binary" or not held(table) >= {"prediction", "outcome"}:
        return []
    everybody = Groups((), ((),), np.zeros(len(table), dtype=np.intp))
    chosen = [everybody, *(groups for groups in resampled.groups if len(groups.by) == 1)]
    return [_ranking(resampled, chosen), _calibration(resampled, chosen)]


def _ranking(resampled: Resampled, chosen: list[Groups]) -> Curve:
    return Curve(
        name="roc",
        label="ROC curve",
        about="Share selected among those with outcome 1 against that among those with outcome 0, at every threshold.",
        x=Axis(label="false positive rate", measure="fpr"),
        y=Axis(label="true positive rate", measure="tpr"),
        diagonal="guessing",
        measure="auc",
        groups=[_roc(resampled, groups, group) for groups in chosen for group in range(len(groups))],
    )


def _roc(resampled: Resampled, groups: Groups, group: int) -> GroupCurve:
    table, mine = resampled.table, groups.index == group
    assert table.outcome is not None
    positive = table.outcome > 0
    rarer = min(table.rows[mine & positive].sum(), table.rows[mine & ~positive].sum())
    masses = [table.mass[mine] * where[mine] for where in (positive, ~positive)]
    x, y, why = np.empty(0), np.empty(0), _too_few(resampled, rarer, "rows of the rarer outcome")
    if why is None and min(mass.sum() for mass in masses) <= 0:
        why = "all weights of one outcome are 0"
    if why is None:
        x, y = roc(table.value[mine], *masses)
        kept = spaced(x, y, MOST_POINTS)
        x, y = x[kept], y[kept]
    n = int(table.rows[mine].sum())
    return GroupCurve(by=list(groups.by), cell=groups.cell(group), n=n, x=_rounded(x), y=_rounded(y), why=why)


def _calibration(resampled: Resampled, chosen: list[Groups]) -> Curve:
    probability = "probability" in held(resampled.table)
    return Curve(
        name="calibration",
        label="calibration curve",
        about="Share with outcome 1 against the predicted share, in bins of the predictions that are the same for all"
        " groups." + ("" if probability else " A score stands for the share among all rows with that score."),
        x=Axis(label="predicted rate" if probability else "rate of all with that score"),
        y=Axis(label="observed rate"),
        diagonal="observed as predicted",
        measure="calibration",
        groups=[curve for groups in chosen for curve in _calibrations(resampled, groups, probability)],
    )


def _calibrations(resampled: Resampled, groups: Groups, probability: bool) -> list[GroupCurve]:
    table, grid, segments = resampled.table, resampled.grid, resampled.segments
    calibrated = None if probability else calibrated_points(table, grid)
    view = View(table, grid, segments, segments.observed, groups.index[segments.first], len(groups), calibrated)
    x, y = reliability(view)
    low, high = _limits(resampled, groups, y)
    shown = []
    for group, n in enumerate(sum_by(groups.index, table.rows, len(groups))):
        why = _too_few(resampled, n, "rows")
        there = np.isfinite(y[group]) & (why is None)
        points = {name: _rounded(of[group][there]) for name, of in (("x", x), ("y", y), ("low", low), ("high", high))}
        shown.append(GroupCurve(by=list(groups.by), cell=groups.cell(group), n=int(n), why=why, **points))
    return shown


def _limits(resampled: Resampled, groups: Groups, share: Floats) -> tuple[Floats, Floats]:
    """Limits of the share in each group and bin, shape (G, B) twice; NaN in empty bins."""
    table = resampled.table
    index = groups.index * share.shape[1] + resampled.grid.bin
    weight, square = (sum_by(index, of, share.size).reshape(share.shape) for of in (table.weight, table.weight_sq))
    there = weight > 0
    size = np.divide(weight**2, square, out=np.ones_like(weight), where=there)  # effective number of rows
    limits = two_sided(Shares(np.where(there, share, 0.0), size), resampled.options.confidence)
    low, high = (np.where(there, limit, np.nan) for limit in limits)
    return low, high


def _too_few(resampled: Resampled, rows: float, basis: str) -> str | None:
    least = max(resampled.options.min_group, 1)
    return f"{rows_in_words(rows, basis)}; {least} are needed" if rows < least else None


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]
