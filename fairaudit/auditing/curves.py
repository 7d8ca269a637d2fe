"""The curves of an audit, for all rows and for the groups of each single attribute."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.laws import two_sided
from fairaudit.chance.laws.shares import Shares
from fairaudit.measures.curves import reliability, roc, spaced
from fairaudit.measures.group_values import held
from fairaudit.measures.information import information, worth
from fairaudit.measures.lift import gini, gini_interval, lorenz
from fairaudit.measures.view import View, calibrated_points
from fairaudit.results import Axis, Curve, GroupCurve
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.grid import Groups
from fairaudit.scoretable.table import ScoreTable
from fairaudit.text import rows_in_words

MOST_POINTS = 40
"""Points of one ROC curve: enough for a picture, and few enough for a small file."""
DECIMALS = 4


def curves(resampled: Resampled) -> list[Curve]:
    """ROC and calibration curves where there is a prediction of a binary outcome, Lorenz curves where there is one of
    counts or amounts, and the shares that reach each threshold of a score of which no decision was named; else none."""
    table = resampled.table
    everybody = Groups((), ((),), np.zeros(len(table), dtype=np.intp))
    chosen = [everybody, *(groups for groups in resampled.groups if len(groups.by) == 1)]
    shown = []
    if table.task == "binary" and held(table) >= {"prediction", "outcome"}:
        shown += [_ranking(resampled, chosen), _calibration(resampled, chosen)]
    if ordered(table):
        shown.append(_lorenz(resampled, chosen))
    if undecided(table):
        shown.append(_selection(resampled, chosen))
    return shown


def ordered(table: ScoreTable) -> bool:
    """Whether there is a prediction of counts or of amounts, none below 0, so that shares of them have a meaning."""
    if table.task not in ("count", "regression") or not held(table) >= {"prediction", "outcome"}:
        return False
    outcome = table.outcome_sum
    return outcome is not None and bool(outcome.min() >= 0 and table.value.min() >= 0)


def _lorenz(resampled: Resampled, chosen: list[Groups]) -> Curve:
    counts = resampled.table.task == "count"
    what, of = ("events", "exposure") if counts else ("amounts", "rows")
    return Curve(
        name="lorenz",
        label="ordered Lorenz curve",
        about=f"Share of the {what} against that of the {of}, both from the lowest prediction to the highest. The lower"
        " a curve hangs, the better predictions order the outcomes; the Gini index is twice the area between"
        " the diagonal and the curve.",
        x=Axis(label=f"share of the {of}, lowest predictions first"),
        y=Axis(label=f"share of the {what}"),
        diagonal="predictions that tell nothing",
        groups=[_hanging(resampled, groups, group, what) for groups in chosen for group in range(len(groups))],
    )


def _hanging(resampled: Resampled, groups: Groups, group: int, what: str) -> GroupCurve:
    table, mine = resampled.table, groups.members[group]
    assert table.outcome_sum is not None
    value, outcome, mass = table.value[mine], table.outcome_sum[mine], table.mass[mine]
    why = _too_few(resampled, worth(table, mine), "rows")
    if why is None and not (mass.sum() > 0 and outcome.sum() > 0):
        why = f"there are no {what}"
    n = int(table.rows[mine].sum())
    named: dict[str, Any] = {"by": list(groups.by), "cell": groups.cell(group), "n": n}
    if why is not None:
        return GroupCurve(**named, x=[], y=[], why=why)
    x, y = lorenz(value, outcome, mass)
    kept = spaced(x, y, MOST_POINTS)
    index, error, freedom = gini(value, outcome, mass, table.rows[mine], table.people(mine))
    ends = gini_interval(index, error, resampled.options.confidence, freedom) if resampled.options.bootstrap else None
    return GroupCurve(**named, x=_rounded(x[kept]), y=_rounded(y[kept]), summary=index, summary_interval=ends)


def undecided(table: ScoreTable) -> bool:
    """Whether what is measured may be a score from which somebody decides, and no decision was named: a prediction of a
    binary outcome, or one of which no outcome is known. (An expected amount or count is no score.)"""
    score = table.subject == "prediction" and (table.task == "binary" or table.outcome is None)
    return score and table.decision is None and bool(np.ptp(table.value) > 0)


def _selection(resampled: Resampled, chosen: list[Groups]) -> Curve:
    value, weight = resampled.table.value, resampled.table.weight
    order = np.argsort(value, kind="stable")
    places = np.searchsorted(np.cumsum(weight[order]), np.linspace(0, 1, MOST_POINTS)[:-1], side="right")
    thresholds = np.unique(np.append(value[order][places.clip(max=len(value) - 1)], value.max()))
    return Curve(
        name="selection",
        label="selection rate at every threshold",
        about="Share of each group whose prediction reaches a threshold. The band about a curve holds at all thresholds"
        " at once (Dvoretzky, Kiefer, Wolfowitz; Massart).",
        x=Axis(label="threshold", unit="number"),
        y=Axis(label="share that reaches it"),
        groups=[_reaching(resampled, groups, group, thresholds) for groups in chosen for group in range(len(groups))],
    )


def _reaching(resampled: Resampled, groups: Groups, group: int, thresholds: Floats) -> GroupCurve:
    r"""Share of a group that reaches each threshold, with a band.

    .. math:: P\left( \sup_t |S_n(t) - S(t)| > \sqrt{\ln(2/\alpha) / (2n)} \right) \le \alpha

    for any n and any law of the predictions (Massart 1990, doi:10.1214/aop/1176990746). Rows of unequal weight count by
    their effective number, for which it holds in large groups.
    """
    table, mine = resampled.table, groups.members[group]
    n = int(table.rows[mine].sum())
    why = _too_few(resampled, n, "rows")
    mass, square = float(table.weight[mine].sum()), float(table.weight_sq[mine].sum())
    if why is None and mass <= 0:
        why = "all weights are 0"
    if why is not None:
        return GroupCurve(by=list(groups.by), cell=groups.cell(group), n=n, x=[], y=[], why=why)
    order = np.argsort(table.value[mine], kind="stable")
    below = np.concatenate([[0.0], np.cumsum(table.weight[mine][order])]) / mass
    share = (1 - below[np.searchsorted(table.value[mine][order], thresholds, side="left")]).clip(0, 1)
    half = np.sqrt(np.log(2 / (1 - resampled.options.confidence)) / 2 * square) / mass
    return GroupCurve(
        by=list(groups.by),
        cell=groups.cell(group),
        n=n,
        x=[float(f"{threshold:.6g}") for threshold in thresholds],
        y=_rounded(share),
        low=_rounded((share - half).clip(min=0)),
        high=_rounded((share + half).clip(max=1)),
        together=True,
    )


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
    table, mine = resampled.table, groups.members[group]
    assert table.outcome is not None
    positive = table.outcome[mine] > 0
    rarer = min(worth(table, mine[where]) for where in (positive, ~positive))
    masses = [table.mass[mine] * where for where in (positive, ~positive)]
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
    effective = information(table, groups.index, len(groups)).effective
    for group, n in enumerate(sum_by(groups.index, table.rows, len(groups))):
        why = _too_few(resampled, float(effective[group]), "rows")
        there = np.isfinite(y[group]) & (why is None)
        at, share, least, most = (_rounded(of[group][there]) for of in (x, y, low, high))
        cell = groups.cell(group)
        shown.append(GroupCurve(by=list(groups.by), cell=cell, n=int(n), x=at, y=share, low=least, high=most, why=why))
    return shown


def _limits(resampled: Resampled, groups: Groups, share: Floats) -> tuple[Floats, Floats]:
    """Limits of the share in each group and bin, shape (G, B) twice; NaN in empty bins."""
    table = resampled.table
    index = groups.index * share.shape[1] + resampled.grid.bin
    weight = sum_by(index, table.weight, share.size).reshape(share.shape)
    square = _squares(table, index, share.size).reshape(share.shape)
    there = weight > 0
    size = np.divide(weight**2, square, out=np.ones_like(weight), where=there)  # effective number of rows
    limits = two_sided(Shares(np.where(there, share, 0.0), size), resampled.options.confidence)
    low, high = (np.where(there, limit, np.nan) for limit in limits)
    return low, high


def _squares(table: ScoreTable, index: Ints, size: int) -> Floats:
    """Σ ω² by index over rows, or over what clusters have there, shape (size,)."""
    if table.cluster is None:
        return sum_by(index, table.weight_sq, size)
    pairs, unit = joint(np.column_stack([index, table.cluster]))
    return sum_by(pairs[:, 0], sum_by(unit, table.weight, len(pairs)) ** 2, size)


def _too_few(resampled: Resampled, rows: float, basis: str) -> str | None:
    least = max(resampled.options.min_group, 1)
    return f"{rows_in_words(rows, basis)}; {least} are needed" if rows < least else None


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), DECIMALS) for value in values]
