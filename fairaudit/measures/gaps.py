"""Gaps between groups: the largest of each measure, what chance alone gives, and whether it stands out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import structs
from scipy.special import chdtrc

from fairaudit.arrays import Floats
from fairaudit.chance.bootstrap import interval
from fairaudit.chance.simultaneous import holm as adjusted_by_holm
from fairaudit.chance.simultaneous import largest_gap, smallest_ratio
from fairaudit.measures.group_values import GroupValues
from fairaudit.measures.spread import rounding
from fairaudit.measures.view import divide
from fairaudit.options import Options
from fairaudit.results import Disparity, Interval
from fairaudit.scoretable.grid import Groups


def disparity(groups: Groups, measured: GroupValues, options: Options) -> Disparity:
    """The largest gap of one measure between the groups that are large enough.

    The floor is the mean range of the bootstrap deviations, that is of groups that do not differ. The p-value is of
    Cochran's test Σ (θ_g − θ̄)²/s_g² ~ χ² with bootstrap variances, which no number of replicates bounds from below.
    """
    by = list(groups.by)
    fit = np.flatnonzero([why is None for why in measured.why])
    if len(fit) < 2:
        why = f"fewer than two groups have {options.min_group} {measured.measure.basis.words}"
        return Disparity(measure=measured.measure.name, by=by, value=None, why=why)
    value = measured.value[fit]
    least = rounding(value)
    high, low = int(np.argmax(value)), int(np.argmin(value))
    gap = float(value[high] - value[low])
    if gap <= least:  # two groups are named all the same
        high, low, gap = 0, len(fit) - 1, 0.0
    ratio = float(value[low] / value[high]) if measured.measure.has_ratio and value[high] > 0 else None
    result = Disparity(
        measure=measured.measure.name,
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
    rows, rate = measured.rows[fit], measured.measure.proportion
    variance = deviation.var(axis=0, ddof=1)
    sure = unit_variance(value, variance, rows, rate) / rows
    return structs.replace(
        result,
        floor=floor,
        excess=gap - floor,
        interval=(start, stop),
        ratio_interval=_ratio_interval(replicates[:, low], replicates[:, high], options) if ratio is not None else None,
        bounds=largest_gap(value, sure, options.confidence),
        ratio_bounds=smallest_ratio(value, sure, options.confidence) if measured.measure.has_ratio else None,
        p_value=homogeneity(value, variance, rows, rate),
    )


def _ratio_interval(below: Floats, above: Floats, options: Options) -> Interval | None:
    drawn = divide(below, above)
    low, high = interval(drawn[np.isfinite(drawn)], options.confidence)
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None


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


def largest_of(name: str, gaps: Sequence[Disparity]) -> Disparity:
    """The largest of the gaps of several measures (of TPR and FPR the equalised odds difference), under a name of its
    own; p-value by Bonferroni over them. It has no value where one of them has none."""
    absent = next((gap for gap in gaps if gap.value is None), None)
    if absent is not None:
        return Disparity(measure=name, by=absent.by, value=None, why=absent.why)
    worst = max(gaps, key=lambda gap: gap.value or 0.0)
    p_values = [gap.p_value for gap in gaps if gap.p_value is not None]
    bounds = [gap.bounds for gap in gaps if gap.bounds is not None]
    return structs.replace(
        worst,
        measure=name,
        ratio=None,
        ratio_interval=None,
        ratio_bounds=None,
        bounds=(max(low for low, _ in bounds), max(high for _, high in bounds)) if len(bounds) == len(gaps) else None,
        p_value=min(1.0, len(gaps) * min(p_values)) if p_values else None,
    )


def holm(disparities: list[Disparity]) -> list[Disparity]:
    """The same disparities with p-values adjusted by Holm's step-down procedure over all that have one."""
    tested = [(position, gap.p_value) for position, gap in enumerate(disparities) if gap.p_value is not None]
    result = list(disparities)
    for (position, _), adjusted in zip(tested, adjusted_by_holm([p for _, p in tested]), strict=True):
        result[position] = structs.replace(disparities[position], p_adjusted=adjusted)
    return result
