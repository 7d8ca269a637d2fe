"""What experts ask of predictions in groups: recalibration of probabilities; events over expected ones, and lift."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logit, ndtri, pdtr, pdtrc, stdtr

from fairaudit.arrays import Floats, Ints
from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.equality import TINY
from fairaudit.chance.laws import student_tail
from fairaudit.chance.laws.events import Events, event_limits
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.certainty import effective_rows, lines_of
from fairaudit.measures.group_values import held
from fairaudit.measures.lift import gini, gini_interval, tenths
from fairaudit.measures.recalibration import CalibrationLine, recalibrate
from fairaudit.measures.view import View
from fairaudit.results import Interval
from fairaudit.results.experts import EventRatio, Lift, Recalibration, Tenth
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Groups

CERTAIN = "a prediction is 0 or 1, whose logit is infinite"
ONE_OUTCOME = "all rows have the same outcome"
SEPARATED = "no slope is best: all predictions are equal, or they separate the outcomes"
NO_EVENTS = "there is no event"


def recalibrations(resampled: Resampled) -> list[Recalibration]:
    """Slope and intercept of all rows and every group that is large enough; none where nothing is a probability."""
    table = resampled.table
    if not resampled.options.bootstrap or table.classes or not held(table) >= {"probability", "outcome"}:
        return []
    return [
        _recalibration(resampled, groups, int(group), view, mine)
        for groups in _everybody(resampled, resampled.groups)
        for fit, view in [_large(resampled, groups)]
        for group, mine in zip(fit, view.members if len(fit) else [], strict=True)
    ]


def _recalibration(resampled: Resampled, groups: Groups, group: int, view: View, mine: Ints) -> Recalibration:
    value, mass = resampled.table.value[view.segments.first[mine]], view.sums["mass"][mine]
    named: dict[str, Any] = {"by": list(groups.by), "cell": groups.cell(group), "n": int(view.sums["rows"][mine].sum())}
    if value.min() <= 0 or value.max() >= 1:
        return Recalibration(**named, intercept=None, slope=None, why=CERTAIN)
    worth = float(mass.sum() / (mass**2 / view.sums["rows"][mine]).sum())  # makes their sum the effective number
    cluster = view.table.people(view.segments.first[mine])
    line = recalibrate(logit(value), view.sums["outcome"][mine] * worth, mass * worth, cluster)
    if line is None:
        return Recalibration(**named, intercept=None, slope=None, why=ONE_OUTCOME)
    return _told(named, line, -float(ndtri(student_tail((1 - resampled.options.confidence) / 2, line.freedom))))


def _told(named: dict[str, Any], line: CalibrationLine, reach: float) -> Recalibration:
    def around(value: float, error: float) -> Interval:
        return value - reach * error, value + reach * error

    known = bool(np.isfinite(line.slope))
    return Recalibration(
        **named,
        intercept=line.shift,
        intercept_interval=around(line.shift, line.shift_error),
        slope=line.slope if known else None,
        slope_interval=around(line.slope, line.slope_error) if known else None,
        p_value=line.p_value if known else None,
        why=None if known else SEPARATED,
    )


def event_ratios(resampled: Resampled) -> list[EventRatio]:
    """Actual over expected events of every group that is large enough; none where nothing counts events."""
    return [
        ratio for groups in (resampled.groups if _counts(resampled) else []) for ratio in _ratios(resampled, groups)
    ]


def _ratios(resampled: Resampled, groups: Groups) -> list[EventRatio]:
    fit, view = _large(resampled, groups)
    law = _events(view) if len(fit) else None
    if law is None:
        return []
    tail = (1 - resampled.options.confidence) / 2
    exact, told = event_limits(law.events, law.expected, tail), law.limits(tail)
    events, expected = law.events / law.spread, law.expected / law.spread
    smaller = np.minimum(pdtr(events, expected), _at_least(events, expected))
    p_value = np.clip(2 * _known_by(smaller, law.freedom), TINY, 1.0)
    return [
        EventRatio(
            by=list(groups.by),
            cell=groups.cell(int(group)),
            events=float(law.events[place]),
            expected=float(law.expected[place]),
            ratio=float(law.value[place]),
            exact_interval=(float(exact[0][place]), float(exact[1][place])),
            dispersion=float(law.spread[place]),
            interval=(float(told[0][place]), float(told[1][place])),
            p_value=float(p_value[place]),
        )
        for place, group in enumerate(fit)
    ]


def _known_by(tail: Floats, freedom: Floats | float) -> Floats:
    """A normal tail as Student's at the same reach: of a variance that was estimated with so many degrees."""
    known = np.isinf(freedom)
    result: Floats = np.where(known, tail, stdtr(np.where(known, 1.0, freedom), ndtri(np.clip(tail, TINY, 1.0))))
    return result


def _at_least(events: Floats, expected: Floats) -> Floats:
    """P(X ≥ events) of Poisson's law; 1 where there is no event."""
    result: Floats = np.where(events > 0, pdtrc(np.maximum(np.ceil(events) - 1, 0.0), expected), 1.0)
    return result


def lifts(resampled: Resampled) -> list[Lift]:
    """Gini index and tenths of all rows and the groups of each single attribute; none where nothing counts events."""
    if not _counts(resampled):
        return []
    single = [groups for groups in resampled.groups if len(groups.by) == 1]
    return [
        _lift(resampled, groups, int(fit[place]), view, place)
        for groups in _everybody(resampled, single)
        for fit, view in [_large(resampled, groups)]
        for place in range(len(fit))
    ]


def _lift(resampled: Resampled, groups: Groups, group: int, view: View, place: int) -> Lift:
    mine = view.group == place
    events, time, rows = (view.sums[name][mine] for name in ("outcome", "mass", "rows"))
    value, tail = view.of_line(resampled.table.value)[mine], (1 - resampled.options.confidence) / 2
    named: dict[str, Any] = {"by": list(groups.by), "cell": groups.cell(group), "n": int(rows.sum())}
    index, error, freedom = gini(value, events, time, rows, view.table.people(view.segments.first[mine]))
    law = _events(view)
    if law is None or not np.isfinite(index):
        return Lift(**named, gini=None, why=NO_EVENTS)
    part = tenths(value, time)
    seen, held_time, expected = (sum_by(part, of) for of in (events, time, view.sums["value"][mine]))
    spread = law.spread[place]
    low, high = event_limits(seen / spread, held_time / spread, student_tail(tail, freedom))
    return Lift(
        **named,
        gini=index,
        gini_interval=gini_interval(index, error, resampled.options.confidence, freedom),
        tenths=[
            Tenth(
                share=float(held_time[at] / time.sum()),
                predicted=float(expected[at] / held_time[at]),
                observed=float(seen[at] / held_time[at]),
                interval=(float(low[at]), float(high[at])),
            )
            for at in range(len(seen))
        ],
    )


def _counts(resampled: Resampled) -> bool:
    table = resampled.table
    return bool(resampled.options.bootstrap and table.task == "count" and held(table) >= {"prediction", "outcome"})


def _events(view: View) -> Events | None:
    """The law of actual over expected events; None where a group expects none, or none has any."""
    known = MEASURES["actual_expected"].known
    expected = sum_by(view.group, view.sums["value"], view.size)
    if known is None or not expected.min() > 0 or not view.sums["outcome"].sum() > 0:
        return None
    law = known.law(view)
    assert isinstance(law, Events)
    return law


def _everybody(resampled: Resampled, chosen: list[Groups]) -> list[Groups]:
    """All rows as one group, then the others."""
    return [Groups((), ((),), np.zeros(len(resampled.table), dtype=np.intp)), *chosen]


def _large(resampled: Resampled, groups: Groups) -> tuple[Ints, View]:
    """The groups that are large enough, and their lines."""
    table = resampled.table
    rows, mass = (sum_by(groups.index, of, len(groups)) for of in (table.rows, table.mass))
    fit = np.flatnonzero((rows >= max(resampled.options.min_group, 1)) & (mass > 0))
    view = lines_of(table, resampled.grid, groups.index, fit, None)
    worth = effective_rows(view) if len(fit) else np.empty(0)
    kept = fit[worth >= max(resampled.options.min_group, 1) * (1 - 1e-9)]
    return (fit, view) if len(kept) == len(fit) else (kept, lines_of(table, resampled.grid, groups.index, kept, None))
