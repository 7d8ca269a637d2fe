"""What changed from one result to another: one arithmetic for models, audits and baselines.

Two audits may be of the same rows, whose two predictions are then compared by a paired bootstrap, or of different rows,
where the errors of both add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from msgspec import structs
from scipy.special import ndtr

from fairaudit.arrays import Floats
from fairaudit.auditing.notes import scale
from fairaudit.auditing.reading import Reading, readings
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.run import table_scores
from fairaudit.chance.simultaneous import reach
from fairaudit.data.table import RoleTable
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.group_values import GroupValues, group_values, with_parts
from fairaudit.measures.overall import Overall, overall, standard_error
from fairaudit.measures.ratios import spares
from fairaudit.measures.view import divide
from fairaudit.options import Options
from fairaudit.results import Audit, Change, Interval
from fairaudit.results.words import Better


@dataclass(frozen=True)
class EstimatedChange:
    """The change of one measure, after − before, with its error."""

    value: float
    """After − before; 0: no change."""
    standard_error: float | None
    """Its standard error; None where one of the two values has no interval."""

    @classmethod
    def between(cls, before: float, after: float, errors: tuple[float | None, float | None]) -> EstimatedChange:
        """The change between two values measured on different rows, whose errors add up: √(s₁² + s₂²)."""
        first, second = errors
        error = None if first is None or second is None else (first**2 + second**2) ** 0.5
        return cls(after - before, error)

    def interval(self, confidence: float) -> Interval | None:
        """Normal interval of the change; None without an error."""
        if self.standard_error is None:
            return None
        half = reach(confidence, 1) * self.standard_error
        return self.value - half, self.value + half

    def worsening(self, better: Better | None) -> EstimatedChange:
        """The same, signed so that above 0 is worse."""
        return self if better == "lower" else EstimatedChange(-self.value, self.standard_error)

    def p_beyond(self, margin: float) -> float | None:
        """One-sided p-value of the hypothesis that the true change is at most the margin, by the normal distribution;
        None without an error."""
        if self.standard_error is None:
            return None
        if self.standard_error > 0:
            return float(ndtr(-(self.value - margin) / self.standard_error))
        return 1.0 if self.value <= margin else 0.0

    def p_value(self) -> float | None:
        """Two-sided p-value of no change, by the normal distribution; None without an error."""
        beyond = EstimatedChange(abs(self.value), self.standard_error).p_beyond(0.0)
        return None if beyond is None else min(1.0, 2 * beyond)


def plain_and_fair(plain: Audit, fair: Audit) -> list[Change]:
    """What a penalty changed on the same held-out rows: performance first, then dependence, divergence and gaps."""
    before = {reading.key: reading for reading in readings(plain)}
    chosen = [reading for reading in readings(fair) if _is_told(reading, len(fair.protected))]
    changes = [_change(before[reading.key], reading) for reading in chosen]
    return [_with_infinite(each, plain, fair) if each.kind == "performance" else each for each in changes]


def _with_infinite(change: Change, plain: Audit, fair: Audit) -> Change:
    """A change of performance with the models in which the measure is infinite."""
    sides: tuple[tuple[Literal["plain", "fair"], Audit], ...] = (("plain", plain), ("fair", fair))
    return structs.replace(
        change, infinite=[name for name, audit in sides if change.measure in audit.performance.infinite]
    )


def _is_told(reading: Reading, attributes: int) -> bool:
    """Whether two models are compared by a value."""
    measure, singles = MEASURES[reading.measure], len(reading.by) in (1, attributes)
    if reading.statistic == "overall":
        return measure.better is not None  # how often something happens is no merit
    if measure.kind == "dependence":  # of one attribute all of them are its dCov
        return reading.statistic == "excess" and (attributes > 1 or not measure.joint)
    if measure.kind == "divergence":
        return singles
    return measure.compared and singles and reading.statistic in ("gap", "value")


def _change(plain: Reading, fair: Reading) -> Change:
    kind: Literal["performance", "dependence", "divergence", "disparity"] = "disparity"
    name, measure = fair.measure, MEASURES[fair.measure]
    if fair.statistic == "overall":
        kind = "performance"
    elif measure.kind != "groups":
        kind, name = measure.kind, f"{fair.measure}_excess"
    better = measure.better if fair.statistic == "overall" else "lower"
    return change(name, kind, list(fair.by), plain.value, fair.value, better or "lower")


def change(
    measure: str,
    kind: Literal["performance", "dependence", "divergence", "disparity"],
    by: list[str],
    plain: float | None,
    fair: float | None,
    better: Better = "lower",
) -> Change:
    """One measure of the plain and of the fairer model."""
    moved = per_cent = None
    if plain is not None and fair is not None:
        moved = EstimatedChange.between(plain, fair, (None, None)).value
        per_cent = 100 * moved / plain if plain > 0 and fair >= 0 else None
    return Change(
        measure=measure, kind=kind, by=by, plain=plain, fair=fair, change=moved, percent=per_cent, better=better
    )


class PairedRows:
    """The same rows with two predictions: the change of each measure between them, each kind measured once."""

    def __init__(self, now: RoleTable, before: RoleTable, options: Options, favourable: str | None = None) -> None:
        tables = [table_scores(table, options, merge=False) for table in (now, before)]
        self._sides = [Resampled(table, options, aligned=True) for table in tables]
        self._probability = (scale(tables[0]) == "probability", scale(tables[1]) == "probability")
        self._favourable = favourable
        self._measured: dict[tuple[str, str], Mapping[tuple[str, ...], EstimatedChange]] = {}

    def change(self, measure: str, statistic: str, by: tuple[str, ...]) -> EstimatedChange | None:
        """The change of a measure; None where it is not compared row by row, or could not be measured."""
        if (measure, statistic) not in self._measured:
            self._measured[measure, statistic] = dict(self._changes(measure, statistic))
        return self._measured[measure, statistic].get(by)

    def _changes(self, measure: str, statistic: str) -> Iterator[tuple[tuple[str, ...], EstimatedChange]]:
        now, before = self._sides
        if statistic in ("gap", "ratio"):
            spared = spares(measure, self._favourable)
            yield from gap_changes(now, before, measure, statistic == "ratio", self._probability, spared).items()
        if statistic == "overall":
            values = [overall(side.table).get(measure) for side in (now, before)]
            if values[0] is not None and values[1] is not None:
                moved = performance_change(values[0], values[1])
                if moved is not None:
                    yield (), moved


def gap_changes(
    now: Resampled,
    before: Resampled,
    measure: str,
    ratio: bool,
    probability: tuple[bool, bool],
    spared: bool = False,
) -> dict[tuple[str, ...], EstimatedChange]:
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
        spared: whether ratios are of 1 − the rate.

    Returns:
        The groupings in which both could be measured.
    """
    (now, measure), (before, _) = now.taken_from(measure), before.taken_from(measure)
    parts = with_parts({measure})
    changes = {}
    for mine, theirs in zip(now.groups, before.groups, strict=True):
        new, old = (
            group_values(side.table, side.grid, side.segments, chosen, side.options, scale, parts)
            for side, chosen, scale in ((now, mine, probability[0]), (before, theirs, probability[1]))
        )
        worst, earlier = _worst(new, ratio, spared), _worst(old, ratio, spared)
        if worst is None or earlier is None:
            continue
        moved = worst.drawn(new, ratio) - worst.drawn(old, ratio)
        moved = moved[np.isfinite(moved)]
        if len(moved) > 1:
            changes[mine.by] = EstimatedChange(worst.value - earlier.value, float(moved.std(ddof=1)))
    return changes


@dataclass(frozen=True)
class _Pair:
    """The two groups that are farthest apart in one of some measures."""

    value: float
    measure: str
    high: int
    low: int
    spared: bool = False

    def drawn(self, measured: Mapping[str, GroupValues], ratio: bool) -> Floats:
        """Gap or ratio of these two groups in each replicate."""
        replicates = measured[self.measure].replicates
        high, low = replicates[:, self.high], replicates[:, self.low]
        if ratio and self.spared:
            high, low = 1 - low, 1 - high
        return divide(low, high) if ratio else high - low


def _worst(measured: Mapping[str, GroupValues], ratio: bool, spared: bool) -> _Pair | None:
    """The largest gap (or smallest ratio) of some measures; None where one of them could not be measured."""
    pairs = []
    for name, each in sorted(measured.items()):
        fit = np.flatnonzero([why is None for why in each.why])
        if len(fit) < 2:
            return None
        high, low = (int(fit[place]) for place in (np.argmax(each.value[fit]), np.argmin(each.value[fit])))
        top, bottom = float(each.value[high]), float(each.value[low])
        if ratio and spared:
            top, bottom = 1 - bottom, 1 - top
        if ratio and not (top > 0 and bottom >= 0):
            return None
        pairs.append(_Pair(bottom / top if ratio else top - bottom, name, high, low, spared))
    return max(pairs, key=lambda pair: pair.value, default=None)


def performance_change(now: Overall, before: Overall) -> EstimatedChange | None:
    """Change of a measure over all rows, the lines of both tables being the same rows: its error is from the difference
    of what each line bears on the two values."""
    if now.value is None or before.value is None:
        return None
    error = standard_error(now.bearing - before.bearing, now.rows, now.cluster)
    return EstimatedChange(now.value - before.value, error)
