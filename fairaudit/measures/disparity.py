"""Rates of groups and the gaps between them, with bootstrap intervals drawn from the score table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from msgspec import structs
from scipy.special import chdtrc

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.chance.bootstrap import Segments, interval
from fairaudit.chance.simultaneous import holm as adjusted_by_holm
from fairaudit.chance.simultaneous import largest_gap, smallest_ratio
from fairaudit.measures.losses import area_under_curve
from fairaudit.options import Options
from fairaudit.results import Disparity, Interval, Measure
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Grid, Groups, in_chunks, total
from fairaudit.scoretable.table import ScoreTable

Need = Literal["prediction", "decision", "outcome"]

CURVE_BINS = 10
"""Points of the calibration curve behind `calibration_error`."""
ROUNDING = 1e-12
"""Share of the largest value up to which differences are rounding."""


@dataclass(frozen=True, eq=False)
class View:
    """Sums over one set of groups, as observed or in the replicates; what a metric is computed from."""

    table: ScoreTable
    grid: Grid
    segments: Segments
    sums: dict[str, Floats]
    """Sum → shape (S,) or (R, S)."""
    group: Ints
    """Group of each segment, shape (S,)."""
    size: int
    """Number of groups G."""
    calibrated: Floats | None
    """Probability that each grid point stands for, shape (M,); None where the value itself is a probability."""

    @property
    def decided(self) -> Flags:
        """Segments with a positive decision."""
        assert self.table.decision is not None
        return self.table.decision[self.segments.first] > 0

    @property
    def positive(self) -> Flags:
        """Segments with a positive outcome."""
        assert self.table.outcome is not None
        return self.table.outcome[self.segments.first] > 0

    def total(self, name: str, where: Flags | None = None) -> Floats:
        """Sum over the segments of each group, shape (..., G)."""
        values = self.sums[name] if where is None else self.sums[name] * where
        return total(values, self.group, self.size)

    def rows(self, where: Flags | None = None) -> Floats:
        """Observed rows of each group, shape (G,)."""
        rows = self.segments.observed["rows"]
        return total(rows if where is None else rows * where, self.group, self.size)

    def share(self, part: Flags, whole: Flags | None = None) -> Floats:
        """Mass share of `part` within `whole` in each group, shape (..., G); NaN where there is none."""
        both = part if whole is None else part & whole
        return divide(self.total("mass", both), self.total("mass", whole))

    def by_point(self, name: str, where: Flags | None = None) -> Floats:
        """Sums by group and grid point, shape (..., G, M)."""
        points = len(self.grid.values)
        index = self.group * points + self.grid.index[self.segments.first]
        values = self.sums[name] if where is None else self.sums[name] * where
        return total(values, index, self.size * points).reshape(*values.shape[:-1], self.size, points)


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """The quotient, NaN where the denominator is not positive."""
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)


@dataclass(frozen=True)
class Metric:
    """A number about a group."""

    value: Callable[[View], Floats]
    """Values, shape (..., G); NaN where undefined."""
    needs: frozenset[Need]
    """What the table must hold."""
    rate: bool = False
    """Whether it is a share in [0, 1] of which a ratio makes sense."""
    rows: Callable[[View], Floats] = View.rows
    """Rows that the number rests on, shape (G,)."""
    basis: str = "rows"
    """Those rows in words."""
    gap: bool = True
    """Whether the gap between groups is reported as a disparity."""


def _mean(view: View) -> Floats:
    return divide(view.total("value"), view.total("mass"))


def _mean_outcome(view: View) -> Floats:
    return divide(view.total("outcome"), view.total("mass"))


def _mean_error(view: View) -> Floats:
    return divide(view.total("outcome") - view.total("value"), view.total("mass"))


def _rmse(view: View) -> Floats:
    return np.sqrt(divide(view.total("error_sq"), view.total("mass")))


def _auc(view: View) -> Floats:
    """Probability that a positive row of the group scores above a negative one, ties counting half."""
    positive = view.by_point("mass", view.positive)
    negative = view.by_point("mass", ~view.positive)
    below = np.cumsum(negative, axis=-1) - negative / 2
    return divide((positive * below).sum(-1), positive.sum(-1) * negative.sum(-1))


def _predicted(view: View, per_point: bool = False) -> Floats:
    """Mass times predicted probability, by group (and grid point)."""
    if view.calibrated is None:
        return view.by_point("value") if per_point else view.total("value")
    by_point = view.by_point("mass") * view.calibrated
    return by_point if per_point else by_point.sum(axis=-1)


def _calibration(view: View) -> Floats:
    return divide(view.total("outcome") - _predicted(view), view.total("mass"))


def _calibration_error(view: View) -> Floats:
    points = len(view.grid.values)
    curve = np.arange(points) * min(CURVE_BINS, points) // points
    off = view.by_point("outcome") - _predicted(view, per_point=True)
    return divide(np.abs(total(off, curve, int(curve[-1]) + 1)).sum(axis=-1), view.total("mass"))


_PREDICTION: frozenset[Need] = frozenset({"prediction"})
_DECISION: frozenset[Need] = frozenset({"decision"})
_OUTCOME: frozenset[Need] = frozenset({"outcome"})
_BOTH: frozenset[Need] = frozenset({"decision", "outcome"})
_SCORE: frozenset[Need] = frozenset({"prediction", "outcome"})

BINARY: dict[str, Metric] = {
    "selection_rate": Metric(lambda v: v.share(v.decided), _DECISION, rate=True),
    "tpr": Metric(
        lambda v: v.share(v.decided, v.positive),
        _BOTH,
        rate=True,
        rows=lambda v: v.rows(v.positive),
        basis="rows with a positive outcome",
    ),
    "fpr": Metric(
        lambda v: v.share(v.decided, ~v.positive),
        _BOTH,
        rate=True,
        rows=lambda v: v.rows(~v.positive),
        basis="rows with a negative outcome",
    ),
    "fnr": Metric(
        lambda v: v.share(~v.decided, v.positive),
        _BOTH,
        rate=True,
        rows=lambda v: v.rows(v.positive),
        basis="rows with a positive outcome",
        gap=False,  # the mirror of the TPR gap
    ),
    "ppv": Metric(
        lambda v: v.share(v.positive, v.decided),
        _BOTH,
        rate=True,
        rows=lambda v: v.rows(v.decided),
        basis="rows with a positive decision",
    ),
    "accuracy": Metric(lambda v: v.share(v.positive == v.decided), _BOTH, rate=True),
    "base_rate": Metric(lambda v: v.share(v.positive), _OUTCOME, rate=True),
    "auc": Metric(
        _auc,
        _SCORE,
        rows=lambda v: np.minimum(v.rows(v.positive), v.rows(~v.positive)),
        basis="rows of the rarer outcome",
    ),
    "calibration": Metric(_calibration, _SCORE),
    "calibration_error": Metric(_calibration_error, _SCORE, gap=False),  # biased upwards in small groups
    "mean_prediction": Metric(_mean, _PREDICTION),
}
NUMERIC: dict[str, Metric] = {
    "mean_prediction": Metric(_mean, _PREDICTION),
    "mean_outcome": Metric(_mean_outcome, _OUTCOME),
    "mean_error": Metric(_mean_error, _SCORE),
    "rmse": Metric(_rmse, _SCORE),
}
COUNT: dict[str, Metric] = {
    "frequency": Metric(_mean_outcome, _OUTCOME),
    "mean_prediction": Metric(_mean, _PREDICTION),
    "actual_expected": Metric(lambda v: divide(v.total("outcome"), v.total("value")), _SCORE),
}
DECIDED = {"selection_rate": BINARY["selection_rate"]}


def metrics(table: ScoreTable) -> dict[str, Metric]:
    """The metrics that a table's task and columns allow."""
    by_task = {"binary": BINARY, "count": COUNT | DECIDED}.get(table.task, NUMERIC | DECIDED)
    has = {
        "prediction": table.subject == "prediction",
        "decision": table.decision is not None,
        "outcome": table.outcome_sum is not None,
    }
    return {name: metric for name, metric in by_task.items() if all(has[need] for need in metric.needs)}


@dataclass(frozen=True, eq=False)
class GroupMetric:
    """One metric in all groups of one grouping."""

    name: str
    metric: Metric
    value: Floats
    """Shape (G,); NaN where it could not be measured."""
    rows: Floats
    """Rows that each value rests on, shape (G,)."""
    replicates: Floats
    """Bootstrap values, shape (R, G)."""
    why: tuple[str | None, ...]
    """Why a value is missing."""

    def measures(self, confidence: float) -> list[Measure]:
        """The values as they stand in a result."""
        low, high = measured_interval(self.replicates, confidence)
        return [
            Measure(
                value=float(value) if why is None else None,
                interval=(float(a), float(b)) if why is None and np.isfinite(a) and np.isfinite(b) else None,
                n=int(rows),
                why=why,
            )
            for value, a, b, rows, why in zip(self.value, low, high, self.rows, self.why, strict=True)
        ]


def measured_interval(replicates: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Percentile interval of each group, shape (G,) twice; NaN without replicates in which it could be measured."""
    if not len(replicates):
        return np.full(replicates.shape[1], np.nan), np.full(replicates.shape[1], np.nan)
    measured = np.isfinite(replicates).any(axis=0)
    low, high = interval(np.where(measured, replicates, 0.0), confidence)
    return np.where(measured, low, np.nan), np.where(measured, high, np.nan)


def group_metrics(
    table: ScoreTable,
    grid: Grid,
    segments: Segments,
    groups: Groups,
    options: Options,
    probability: bool,
    asked: frozenset[str] | None = None,
) -> dict[str, GroupMetric]:
    """Every metric in every group of one grouping.

    Args:
        table: the score table.
        grid: grid of its values.
        segments: its sums and replicates.
        groups: the groups.
        options: smallest group.
        probability: whether the values are probabilities of the outcome.
        asked: metrics that are wanted; None: all.
    """
    calibrated = None
    if not probability and table.task == "binary" and table.outcome_sum is not None:
        mass = sum_by(grid.index, table.mass)
        plain = np.full_like(mass, table.outcome_sum.sum() / table.mass.sum())
        calibrated = np.divide(sum_by(grid.index, table.outcome_sum), mass, out=plain, where=mass > 0)
    view = View(table, grid, segments, segments.observed, groups.index[segments.first], len(groups), calibrated)
    width = len(groups) * len(grid.values)
    drawn = [replace(view, sums=sums) for sums in in_chunks(segments.replicates, width)]
    result = {}
    for name, metric in metrics(table).items():
        if asked is not None and name not in asked:
            continue
        value, rows = metric.value(view), metric.rows(view)
        why = tuple(_why(v, n, metric.basis, options.min_group) for v, n in zip(value, rows, strict=True))
        replicates = np.concatenate([np.empty((0, len(groups))), *(metric.value(part) for part in drawn)])
        if name == "calibration_error" and len(replicates):  # biased upwards, the more so in a replicate
            seen = np.isfinite(replicates).any(axis=0)
            centre = np.where(seen, np.nanmean(np.where(seen, replicates, 0.0), axis=0), 0.0)
            replicates = np.maximum(replicates + (value - centre), 0)
        if name == "auc" and not grid.exact:
            # The grid ties neighbours; the replicates keep their spread about the truth.
            exact = _exact_auc(table, groups)
            value, replicates = exact, replicates + (exact - value)
        result[name] = GroupMetric(name, metric, value, rows, replicates, why)
    return result


def _exact_auc(table: ScoreTable, groups: Groups) -> Floats:
    assert table.outcome is not None
    result = np.full(len(groups), np.nan)
    for group in range(len(groups)):
        mine = groups.index == group
        area = area_under_curve(table.outcome[mine], table.value[mine], table.weight[mine])
        result[group] = np.nan if area is None else area
    return result


def _why(value: float, rows: float, basis: str, least: int) -> str | None:
    if rows < max(least, 1):
        return f"{rows:.0f} {basis}; {max(least, 1)} are needed"
    return None if np.isfinite(value) else f"not defined for these {basis}"


def disparity(groups: Groups, measured: GroupMetric, options: Options) -> Disparity:
    """The largest gap of one metric between the groups that are large enough.

    The floor is the mean range of the bootstrap deviations, that is of groups that do not differ. The p-value is of
    Cochran's test Σ (θ_g − θ̄)²/s_g² ~ χ² with bootstrap variances, which no number of replicates bounds from below.
    """
    by = list(groups.by)
    fit = np.flatnonzero([why is None for why in measured.why])
    if len(fit) < 2:
        why = f"fewer than two groups have {options.min_group} {measured.metric.basis}"
        return Disparity(metric=measured.name, by=by, value=None, why=why)
    value = measured.value[fit]
    least = rounding(value)
    high, low = int(np.argmax(value)), int(np.argmin(value))
    gap = float(value[high] - value[low])
    if gap <= least:  # two groups are named all the same
        high, low, gap = 0, len(fit) - 1, 0.0
    ratio = float(value[low] / value[high]) if measured.metric.rate and value[high] > 0 else None
    result = Disparity(
        metric=measured.name,
        by=by,
        value=gap,
        ratio=ratio,
        highest=groups.cell(int(fit[high])),
        lowest=groups.cell(int(fit[low])),
    )
    if not len(measured.replicates):
        return result
    replicates = measured.replicates[:, fit]
    replicates = replicates[np.isfinite(replicates).all(axis=1)]
    if len(replicates) < 2:
        return result
    deviation = replicates - replicates.mean(axis=0)
    floor = float(np.ptp(deviation, axis=1).mean())
    low_end, high_end = interval(replicates[:, high] - replicates[:, low], options.confidence)
    told = np.array([floor, float(low_end), float(high_end)])
    floor, start, stop = np.where(np.abs(told) <= least, 0.0, told).tolist()
    rows, rate = measured.rows[fit], measured.metric.rate
    variance = deviation.var(axis=0, ddof=1)
    sure = unit_variance(value, variance, rows, rate) / rows
    return structs.replace(
        result,
        floor=floor,
        excess=gap - floor,
        interval=(start, stop),
        ratio_interval=_ratio_interval(replicates[:, low], replicates[:, high], options) if ratio is not None else None,
        bounds=largest_gap(value, sure, options.confidence),
        ratio_bounds=smallest_ratio(value, sure, options.confidence) if rate else None,
        p_value=homogeneity(value, variance, rows, rate),
    )


def _ratio_interval(below: Floats, above: Floats, options: Options) -> Interval | None:
    drawn = divide(below, above)
    low, high = interval(drawn[np.isfinite(drawn)], options.confidence)
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None


def rounding(value: Floats) -> float:
    """Difference up to which values, of any shape, are equal: means of the same number over different rows need not be
    so to the last digit."""
    return ROUNDING * float(np.abs(value).max(initial=0.0))


def unit_variance(value: Floats, variance: Floats, rows: Floats, rate: bool) -> Floats:
    """Variance of one row in each group, shape (G,); where a group shows none (a rate of 0 or 1) that of all rows."""
    varies = variance > rounding(value) ** 2
    unit = np.where(varies, variance * rows, 0.0)
    if rate:
        pooled = float(rows @ value / rows.sum())
        return np.where(varies, unit, pooled * (1 - pooled))
    return np.where(varies, unit, unit[varies].mean()) if varies.any() else unit


def homogeneity(value: Floats, variance: Floats, rows: Floats, rate: bool) -> float | None:
    """P-value of Cochran's test that all values are equal."""
    unit = unit_variance(value, variance, rows, rate)
    if not (unit > 0).all():  # no group varies at all: they are equal, or they differ beyond doubt
        return 1.0 if np.ptp(value) <= rounding(value) else 0.0
    precision = rows / unit
    centre = precision @ value / precision.sum()
    return float(chdtrc(len(value) - 1, precision @ (value - centre) ** 2))


def equalized_odds(tpr: Disparity, fpr: Disparity) -> Disparity:
    """The larger of the TPR and the FPR gap (equalised odds difference), p-value by Bonferroni over the two."""
    candidates = [gap for gap in (tpr, fpr) if gap.value is not None]
    if len(candidates) < 2:
        why = tpr.why or fpr.why
        return Disparity(metric="equalized_odds", by=tpr.by, value=None, why=why)
    worst = max(candidates, key=lambda gap: gap.value or 0.0)
    p_values = [gap.p_value for gap in candidates if gap.p_value is not None]
    bounds = [gap.bounds for gap in candidates if gap.bounds is not None]
    return structs.replace(
        worst,
        metric="equalized_odds",
        ratio=None,
        ratio_interval=None,
        ratio_bounds=None,
        bounds=(max(low for low, _ in bounds), max(high for _, high in bounds)) if len(bounds) == 2 else None,
        p_value=min(1.0, 2 * min(p_values)) if p_values else None,
    )


def holm(disparities: list[Disparity]) -> list[Disparity]:
    """The same disparities with p-values adjusted by Holm's step-down procedure over all that have one."""
    tested = [(position, gap.p_value) for position, gap in enumerate(disparities) if gap.p_value is not None]
    result = list(disparities)
    for (position, _), adjusted in zip(tested, adjusted_by_holm([p for _, p in tested]), strict=True):
        result[position] = structs.replace(disparities[position], p_adjusted=adjusted)
    return result


def unfairness_index(mass: Floats, values: Floats, spread: float, weighted: bool) -> Floats:
    r"""UF: share of the variance of f that lies between groups.

    .. math:: \mathrm{UF} = \operatorname{Var}(E[f \mid s]) / \operatorname{Var}(f)

    Args:
        mass: joint mass of value and group, shape (..., M, G).
        values: the values, shape (M,).
        spread: Var(f), > 0; as published with divisor n − 1 for the unweighted index.
        weighted: whether a group counts by its mass, else all G groups that occur count the same and the variance of
            their means has divisor G − 1 (as published).

    Returns:
        UF, shape (...): 0 where all groups have the same mean; weighted at most 1.
    """
    share = mass.sum(axis=-2)
    centred = values - np.average(values, weights=mass.reshape(-1, *mass.shape[-2:])[0].sum(axis=-1))
    mean = np.divide(centred @ mass, share, out=np.zeros_like(share), where=share > 0)
    weight = share if weighted else np.where(share > 0, 1.0, 0.0)
    weight = weight / weight.sum(axis=-1, keepdims=True)
    centre = (weight * mean).sum(axis=-1, keepdims=True)
    between: Floats = (weight * (mean - centre) ** 2).sum(axis=-1) / spread
    count = (share > 0).sum(axis=-1)
    return between if weighted else between * count / np.maximum(count - 1, 1)
