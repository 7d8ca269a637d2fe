"""Whether a measure has become worse: two predictions of the same rows, or two estimates from different ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from fairaudit.arrays import Floats
from fairaudit.auditing.resampled import Resampled
from fairaudit.measures.group_values import GroupValues, group_values, with_parts
from fairaudit.measures.overall import Overall, standard_error
from fairaudit.measures.view import divide


@dataclass(frozen=True)
class Change:
    """The change of a measure."""

    value: float
    """Now − before."""
    standard_error: float
    """Its standard error."""


def gap_changes(
    now: Resampled, before: Resampled, measure: str, ratio: bool, probability: tuple[bool, bool]
) -> dict[tuple[str, ...], Change]:
    """Grouping → change of the largest gap, or smallest ratio, by a paired bootstrap.

    Both tables hold the same rows, each as a line of its own and in the same order, and both are resampled with the
    same draws: what the two predictions share cancels out. The standard error is that of the movement of the two groups
    that are farthest apart now, in both predictions. So the change is significant where these two groups have moved
    apart beyond chance, and its size is that of the largest gap, which is never more than their movement. (A gap that
    has merely turned round between two groups counts by its size, not by the movement.)

    Args:
        now: predictions as they are, resampled with `aligned`.
        before: as they were, likewise.
        measure: name of the measure; ``equalized_odds`` is the larger of the TPR and the FPR gap.
        ratio: whether the ratio is meant, not the gap.
        probability: whether the values of each table are probabilities of the outcome.

    Returns:
        The groupings in which both could be measured.
    """
    parts = with_parts({measure})
    found = {}
    for mine, theirs in zip(now.groups, before.groups, strict=True):
        made, old = (
            group_values(side.table, side.grid, side.segments, chosen, side.options, scale, parts)
            for side, chosen, scale in ((now, mine, probability[0]), (before, theirs, probability[1]))
        )
        worst, earlier = _worst(made, ratio), _worst(old, ratio)
        if worst is None or earlier is None:
            continue
        moved = worst.drawn(made, ratio) - worst.drawn(old, ratio)
        moved = moved[np.isfinite(moved)]
        if len(moved) > 1:
            found[mine.by] = Change(worst.value - earlier.value, float(moved.std(ddof=1)))
    return found


@dataclass(frozen=True)
class _Pair:
    """The two groups that are farthest apart in one of some measures."""

    value: float
    measure: str
    high: int
    low: int

    def drawn(self, measured: Mapping[str, GroupValues], ratio: bool) -> Floats:
        """Gap or ratio of these two groups in each replicate."""
        replicates = measured[self.measure].replicates
        high, low = replicates[:, self.high], replicates[:, self.low]
        return divide(low, high) if ratio else high - low


def _worst(measured: Mapping[str, GroupValues], ratio: bool) -> _Pair | None:
    """The largest gap (or smallest ratio) of some measures; None where one of them could not be measured."""
    pairs = []
    for name, each in sorted(measured.items()):
        fit = np.flatnonzero([why is None for why in each.why])
        if len(fit) < 2:
            return None
        high, low = (int(fit[place]) for place in (np.argmax(each.value[fit]), np.argmin(each.value[fit])))
        top, bottom = float(each.value[high]), float(each.value[low])
        if ratio and not top > 0:
            return None
        pairs.append(_Pair(bottom / top if ratio else top - bottom, name, high, low))
    return max(pairs, key=lambda pair: pair.value, default=None)


def performance_change(now: Overall, before: Overall) -> Change | None:
    """Change of a measure over all rows, the lines of both tables being the same rows: its error is from the difference
    of what each line bears on the two values."""
    if now.value is None or before.value is None:
        return None
    return Change(now.value - before.value, standard_error(now.bearing - before.bearing, now.rows))


def worsening_p_value(worsening: float, error: float, margin: float) -> float:
    """P-value of the hypothesis that the true worsening is at most the margin, by the normal distribution."""
    if error > 0:
        return float(ndtr(-(worsening - margin) / error))
    return 1.0 if worsening <= margin else 0.0
