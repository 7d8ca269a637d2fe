"""Each group against one: the ratio of its value to that of the reference group, for every group at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.chance.laws.pairs import ratio
from fairaudit.measures.group_values import GroupValues
from fairaudit.results.words import direction
from fairaudit.scoretable.cells import MISSING_LABEL
from fairaudit.scoretable.grid import Groups

LEADING_SHARE = 0.02
"""Share of the rows below which a group is no reference unless it is named, as in the public rules for selection
rates."""


@dataclass(frozen=True, eq=False)
class Ratios:
    """Ratios of all groups to one of them."""

    reference: int
    """Place of the group that others are compared with."""
    value: Floats
    """Shape (G,); 1 for the reference, NaN where there is none."""
    low: Floats
    """Lower ends of intervals that hold for all groups at once, shape (G,); NaN where there is none."""
    high: Floats
    """Upper ends."""
    spared: bool
    """Whether they are of 1 − the rate, as that of the favourable decision, no."""
    oriented: bool
    """Whether it is known which values are good for a person."""


def ratios(
    groups: Groups,
    measured: GroupValues,
    share: Floats,
    favourable: str | None,
    named: Mapping[str, str],
    confidence: float,
) -> Ratios | None:
    """Ratios of a rate, or of a mean of values that are not below 0, to that of the reference group; None where no
    ratio makes sense or the reference has none.

    Where yes is bad for a person, the ratios of the selection rate are those of the favourable decision, no: of 1 − the
    rate. Intervals are those of MOVER-R (`chance.laws.pairs.ratio`), each with its part of the error (Bonferroni).

    Args:
        groups: the groups.
        measured: one measure in them.
        share: share of each group, shape (G,).
        favourable: which way is good for a person: yes, no, high, low, or None.
        named: attribute → level of the reference, for attributes that have one.
        confidence: probability that all intervals hold.
    """
    fit = measured.fit
    if not measured.measure.has_ratio or len(fit) < 2:
        return None
    spared = spares(measured.measure.name, favourable)
    good = 1 if spared else direction(favourable, measured.measure.good, measured.measure.better)
    value = 1 - measured.value if spared else measured.value
    cells = [groups.cell(int(place)) for place in fit]
    reference = int(fit[reference_group(cells, value[fit], share[fit], good or 1, named)])
    if not value[reference] > 0 or value[fit].min() < 0:
        return None
    quotient, low, high = (np.full(len(groups), np.nan) for _ in range(3))
    quotient[fit] = value[fit] / value[reference]
    if measured.law is not None:
        below, above = measured.law.strict((1 - confidence) / (2 * (len(fit) - 1)))
        if spared:
            below, above = 1 - above, 1 - below
        own, at = value[fit], int(np.flatnonzero(fit == reference)[0])
        start, stop = ratio(own, (below, above), np.full_like(own, own[at]), (below[at : at + 1], above[at : at + 1]))
        known = np.isfinite(stop) & (fit != reference)
        low[fit[known]], high[fit[known]] = start[known], stop[known]
    return Ratios(reference, quotient, low, high, spared, bool(good))


def spares(measure: str, favourable: str | None) -> bool:
    """Whether ratios of a measure are of 1 − its value: those of the selection rate where yes is bad for a person, so
    that they are of the favourable decision."""
    return measure == "selection_rate" and favourable in ("no", "low")


def reference_group(
    cells: Sequence[Mapping[str, str]], value: Floats, share: Floats, good: int, named: Mapping[str, str]
) -> int:
    """Place of the group that others are compared with: the named one, else the best-off one of those that lead.

    Args:
        cells: the groups that have a value, each as attribute → level.
        value: their values, shape (G,).
        share: their shares of the rows, shape (G,).
        good: 1 where a high value is good for a person, −1 where a low one is.
        named: attribute → level of the reference, for attributes that have one.
    """
    for place, cell in enumerate(cells):
        if is_named(cell, named):
            return place
    leading = np.array([leads(cell, part) for cell, part in zip(cells, share, strict=True)])
    candidates = np.flatnonzero(leading) if leading.any() else np.arange(len(cells))
    return int(candidates[np.argmax(good * value[candidates])])


def is_named(cell: Mapping[str, str], named: Mapping[str, str]) -> bool:
    """Whether a group is the one that others are to be compared with."""
    return bool(cell) and all(named.get(attribute) == level for attribute, level in cell.items())


def leads(cell: Mapping[str, str], share: float) -> bool:
    """Whether a group is large enough, and of known values, to be compared before all others."""
    return bool(share >= LEADING_SHARE) and MISSING_LABEL not in cell.values()
