"""Each group against the reference, as experts read two rates: exact test, standard deviations, shortfall, ratios."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.chance.fourfold import (
    fisher,
    odds_ratio_limits,
    risk_ratio_limits,
    shortfall,
    standard_deviations,
    to_four_fifths,
)
from fairaudit.chance.laws import student_tail
from fairaudit.chance.laws.pairs import difference
from fairaudit.chance.laws.shares import Shares
from fairaudit.chance.simultaneous import holm
from fairaudit.measures.group_values import GroupValues
from fairaudit.measures.ratios import Ratios
from fairaudit.results import Interval
from fairaudit.results.experts import RateContrast
from fairaudit.scoretable.grid import Groups

WHOLE = 1e-6
"""Distance up to which a number of people counts as whole."""
NOT_PEOPLE = "rows of unequal weight, or that are not independent, are no number of people: no exact test"
NO_ODDS = "everybody in the group has the property, so that its odds are infinite"


def contrasts(groups: Groups, measured: GroupValues, against: Ratios | None, confidence: float) -> list[RateContrast]:
    """Every group that has a rate against the reference; none where the measure is no rate that is told first.

    Args:
        groups: the groups.
        measured: one measure in them.
        against: their ratios to the reference.
        confidence: coverage of each interval, for its pair alone.
    """
    law = measured.law
    if against is None or not isinstance(law, Shares) or not is_told(measured):
        return []
    fit, tail = measured.fit, (1 - confidence) / 2
    rate = 1 - law.value if against.spared else law.value
    at = int(np.flatnonzero(fit == against.reference)[0])
    others = np.delete(np.arange(len(fit)), at)
    people, reference = law.size, np.full(len(others), at)
    table = rate[others] * people[others], people[others], rate[reference] * people[reference], people[reference]
    low, high = law.parts(tail)
    if against.spared:
        low, high = 1 - high, 1 - low
    first, second = ((rate[some], (low[some], high[some])) for some in (others, reference))
    least = np.minimum(np.broadcast_to(law.freedom, len(fit))[others], np.broadcast_to(law.freedom, len(fit))[at])
    reached = student_tail(tail, least)
    ends = {
        "difference": difference(*first, *second),
        "risk": risk_ratio_limits(*table, reached),
        "odds": odds_ratio_limits(*table, reached),
    }
    deviations, lacking = standard_deviations(*table), shortfall(*table)
    to_rule = to_four_fifths(*table) if measured.measure.name == "selection_rate" and against.oriented else None
    counted = bool(np.isinf(law.freedom).all()) and all(_whole(part) for part in table)
    p_values = [fisher(*map(round, of_pair)) for of_pair in zip(*table, strict=True)] if counted else []
    adjusted = holm(p_values)
    compared = []
    for place, group in enumerate(others):
        own, other = float(rate[group]), float(rate[at])
        odds = own * (1 - other) / ((1 - own) * other) if own < 1 else None
        compared.append(
            RateContrast(
                measure=measured.measure.name,
                by=list(groups.by),
                cell=groups.cell(int(fit[group])),
                reference=groups.cell(against.reference),
                spared=against.spared,
                rate=own,
                reference_rate=other,
                people=float(people[group]),
                reference_people=float(people[at]),
                difference=own - other,
                difference_interval=_interval(ends["difference"], place),
                standard_deviations=float(deviations[place]),
                shortfall=float(lacking[place]),
                to_four_fifths=None if to_rule is None else int(to_rule[place]),
                p_value=p_values[place] if counted else None,
                p_adjusted=adjusted[place] if counted else None,
                risk_ratio=own / other,
                risk_ratio_interval=_interval(ends["risk"], place),
                odds_ratio=odds,
                odds_ratio_interval=_interval(ends["odds"], place) if np.isfinite(ends["odds"][1][place]) else None,
                why=NO_ODDS if odds is None else None if counted else NOT_PEOPLE,
            )
        )
    return compared


def is_told(measured: GroupValues) -> bool:
    """Whether a measure is among those told first, or is all that there is: how often something was observed."""
    return bool(measured.measure.headline) or measured.measure.name == "base_rate"


def _whole(numbers: Floats) -> bool:
    return bool((np.abs(numbers - np.round(numbers)) <= WHOLE).all())


def _interval(ends: tuple[Floats, Floats], place: int) -> Interval:
    return float(ends[0][place]), float(ends[1][place])
