"""Whether a measure has become worse: two predictions of the same rows, or two estimates from different ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from fairaudit.stats.disparity import GroupMetric, group_metrics
from fairaudit.stats.performance import Estimate, standard_error
from fairaudit.stats.resampling import Resampled

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """The change of a measure."""

    value: float
    """Now − before."""
    standard_error: float
    """Its standard error."""


def gap_changes(
    now: Resampled, before: Resampled, metric: str, ratio: bool, probability: tuple[bool, bool]
) -> dict[tuple[str, ...], Change]:
    """Grouping → change of the largest gap, or smallest ratio, by a paired bootstrap.

    Both tables hold the same rows, each as a line of its own and in the same order, and both are resampled with the
    same draws: what the two predictions share cancels out. In the replicates the two groups of each gap are those of
    the observed one, as in the interval of a gap.

    Args:
        now: predictions as they are, resampled with `aligned`.
        before: as they were, likewise.
        metric: the metric; ``equalized_odds`` is the larger of the TPR and the FPR gap.
        ratio: whether the ratio is meant, not the gap.
        probability: whether the values of each table are probabilities of the outcome.

    Returns:
        The groupings in which both could be measured.
    """
    parts = frozenset({"tpr", "fpr"} if metric == "equalized_odds" else {metric})
    found = {}
    for mine, theirs in zip(now.groups, before.groups, strict=True):
        sides = []
        for side, chosen, scale in ((now, mine, probability[0]), (before, theirs, probability[1])):
            measured = group_metrics(side.table, side.grid, side.segments, chosen, side.options, scale, parts)
            sides.append(_extreme([measured[name] for name in sorted(parts) if name in measured], ratio))
        if sides[0] is not None and sides[1] is not None:
            (value, drawn), (old, old_drawn) = sides[0], sides[1]
            spread = (drawn - old_drawn)[np.isfinite(drawn - old_drawn)]
            error = float(spread.std(ddof=1)) if len(spread) > 1 else 0.0
            found[mine.by] = Change(value - old, error)
    return found


def _extreme(measured: Sequence[GroupMetric], ratio: bool) -> tuple[float, Floats] | None:
    """The largest gap (or smallest ratio) of some metrics and its replicates; None where none could be measured."""
    best: tuple[float, Floats] | None = None
    for each in measured:
        fit = np.flatnonzero([why is None for why in each.why])
        if len(fit) < 2:
            return None
        value = each.value[fit]
        high, low = fit[int(np.argmax(value))], fit[int(np.argmin(value))]
        top, bottom = each.replicates[:, high], each.replicates[:, low]
        if ratio:
            if not each.value[high] > 0:
                return None
            drawn = np.divide(bottom, top, out=np.full_like(top, np.nan), where=top > 0)
            found = float(each.value[low] / each.value[high]), drawn
        else:
            found = float(each.value[high] - each.value[low]), top - bottom
        best = found if best is None or found[0] > best[0] else best
    return best


def performance_change(now: Estimate, before: Estimate, share: Floats) -> Change | None:
    """Change of a metric of performance on the same rows, its error from the difference of their influences."""
    if now.value is None or before.value is None:
        return None
    return Change(now.value - before.value, standard_error(now.influence() - before.influence(), share))


def worsening_p_value(worsening: float, error: float, margin: float) -> float:
    """P-value of the hypothesis that the true worsening is at most the margin, by the normal distribution."""
    if error > 0:
        return float(ndtr(-(worsening - margin) / error))
    return 1.0 if worsening <= margin else 0.0
