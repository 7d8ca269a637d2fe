"""Limits that hold however often a check runs: evidence from the whole series of looks, not from today's rows alone.

A limit that is decided so is found broken by mistake with at most 1 − confidence in all the looks to come, together
with every other limit of the configuration that is decided so. What can be watched are rates of single groups, and
their gaps and ratios; see `chance.sequences` for what is proven, and of what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import structs

from fairaudit.arrays import Flags, Floats
from fairaudit.auditing.reading import Reading
from fairaudit.chance.sequences import Counts, against_line, against_rate
from fairaudit.gate.measuring import Asked
from fairaudit.gate.rules import Rule
from fairaudit.gate.series import Look, SeriesLines, lines
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.view import Share, all_rows
from fairaudit.results import Interval
from fairaudit.results.check import Against, Finding, LimitVerdict
from fairaudit.scoretable.table import ScoreTable

FIRST = 0.9
"""Share of the capital for groups that are there when a series begins; of the rest half goes to those that come next,
and so on: new groups may always come."""
STEPS = 12
"""Halvings by which the end of an interval is found: to 1/4096 of its range."""
NEAREST = 1e-6
"""Bounds are taken to be at least so far from the end of what a ratio or a gap can be, where nothing is bet."""
EXACT_PAIRS = 8
"""Pairs of groups by which the near end of an interval is found: those farthest apart. Leaving others out makes it
wider, never wrong."""


# What was seen -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Watched:
    """One grouping over a series: a rate, or several, of each group."""

    cells: list[dict[str, str]]
    """The groups."""
    rates: list[Counts]
    """One for each measure, of the groups."""
    least: int
    """Rows that a group must have had, this look included, before it is bet on."""

    def arrival(self, counts: Counts) -> Floats:
        """First look at which each group has had enough rows, infinite for never, shape (G,)."""
        enough = counts.of.cumsum(axis=0) >= max(self.least, 1)
        return np.where(enough.any(axis=0), enough.argmax(axis=0).astype(float), np.inf)


def watched(
    looks: Sequence[Look], rule: Rule, by: Sequence[str], least: int, place: str, spared: bool = False
) -> Watched:
    """The rates of a rule in the groups of a grouping, look by look; `spared`: 1 − the rates."""
    held = lines(looks, by, place)
    rates = [_counts(held, part, rule.formula(part)) for part in rule.parts]
    return Watched(held.cells, [rate.opposite for rate in rates] if spared else rates, least)


def _counts(held: SeriesLines, measure: str, share: object) -> Counts:
    assert isinstance(share, Share)
    needs = MEASURES[measure].needs
    columns = {"decision": held.decision, "outcome": held.outcome}
    known = np.logical_and.reduce([~np.isnan(columns[need]) for need in needs])
    decision, outcome = (np.nan_to_num(column) for column in columns.values())
    table = ScoreTable(
        task="binary",
        subject="decision",
        attributes=(),
        level=np.zeros((len(held.rows), 0), dtype=np.intp),
        value=decision,
        decision=decision,
        outcome=outcome,
        rows=held.rows,
        mass=held.rows,
        outcome_sum=held.rows * outcome,
        places=(),
        error_bound=0.0,
    )
    view = all_rows(table)
    whole = known if share.whole is None else known & share.whole(view)

    def summed(where: Flags) -> Floats:
        table = np.zeros((held.looks, len(held.cells)))
        np.add.at(table, (held.look[where], held.group[where]), held.rows[where])
        return table

    return Counts(summed(whole & share.part(view)), summed(whole))


# What follows of it --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Claims:
    """Ordered pairs of groups, or single groups, held against a bound, with their shares of the capital."""

    statistic: str
    first: Counts
    """Of the group that may be higher."""
    second: Counts | None
    """Of the other one; None for single groups."""
    share: Floats
    """Share of each, summing to at most 1."""

    def some_beyond(self, bound: float, chosen: Flags | None = None) -> Floats:
        """Log capital against the claim that none lies beyond the bound (a gap above it, a ratio below it, a value
        above it), of each pair or group."""
        first, second = self._of(chosen)
        if second is None:
            capital = against_rate(first, bound)
        elif self.statistic == "ratio":
            capital = against_line(first, second, 1 / max(bound, NEAREST), 0.0)
        else:
            capital = against_line(first, second, 1.0, bound)
        last: Floats = capital[-1]
        return last

    def within(self, bound: float, chosen: Flags | None = None) -> Floats:
        """Log capital against the claim that a pair or group lies beyond the bound."""
        first, second = self._of(chosen)
        if second is None:
            capital = against_rate(first.opposite, 1 - bound)
        elif self.statistic == "ratio":
            capital = against_line(second, first, max(bound, NEAREST), 0.0)
        else:
            capital = against_line(second, first, 1.0, -min(bound, 1 - NEAREST))
        last: Floats = capital[-1]
        return last

    def _of(self, chosen: Flags | None) -> tuple[Counts, Counts | None]:
        if chosen is None:
            return self.first, self.second
        places = np.flatnonzero(chosen)
        return self.first.of_groups(places), None if self.second is None else self.second.of_groups(places)

    def some_total(self, bound: float, chosen: Flags | None = None) -> float:
        """Log of the capital of all together against the claim that none lies beyond the bound."""
        share = self.share if chosen is None else self.share[chosen]
        return float(np.logaddexp.reduce(self.some_beyond(bound, chosen) + np.log(share)))

    @property
    def apart(self) -> Floats:
        """How far each pair is apart over all looks, the farthest first in size."""
        assert self.second is not None
        high, low = self.first.pooled, self.second.pooled
        return 1 - low / np.maximum(high, 1e-12) if self.statistic == "ratio" else high - low


def claims(held: Watched, statistic: str) -> Claims:
    """What can be claimed of the groups of a grouping, once they have had enough rows."""
    first, second, arrivals = [], [], []
    for counts in held.rates:
        arrival = held.arrival(counts)
        there = np.arange(len(counts.of))[:, None] >= arrival
        own = Counts(counts.yes * there, counts.of * there)
        pairs = np.arange(len(arrival))[None] if statistic in ("group", "overall") else _pairs(arrival)
        first.append(own.of_groups(pairs[0]))
        second.append(own.of_groups(pairs[-1]))
        arrivals.append(arrival[pairs].max(axis=0))
    alone = statistic in ("group", "overall")
    share = _shares(np.concatenate(arrivals)) if statistic != "overall" else np.ones(1)
    return Claims(statistic, _beside(first), None if alone else _beside(second), share)


def _pairs(arrival: Floats) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Ordered pairs of groups that have had enough rows, shape (2, M)."""
    there = np.isfinite(arrival)
    return np.array((~np.eye(len(arrival), dtype=bool) & there & there[:, None]).nonzero(), dtype=np.intp)


def _beside(parts: Sequence[Counts]) -> Counts:
    return Counts(*(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in ("yes", "of")))


def _shares(arrival: Floats) -> Floats:
    """Shares of the capital by the look at which a bet can begin, so that none depends on what comes later."""
    share = np.zeros(len(arrival))
    for place, look in enumerate(np.unique(arrival[np.isfinite(arrival)])):
        own = arrival == look
        share[own] = (FIRST if place == 0 else (1 - FIRST) / 2.0**place) / own.sum()
    return share


@dataclass(frozen=True)
class Today:
    """What is measured of one of the data today, its last look."""

    data: str
    """Its name."""
    readings: Sequence[Reading]
    """Those that a limit covers."""
    names: Mapping[str, Mapping[str, str]]
    """Attribute → name of a group today → its name in the series."""


def judge_series(asked: Asked, today: Today, looks: Sequence[Look], error: float, least: int) -> list[Finding]:
    """One finding for each reading that a limit covers, and each of its bounds, from all looks so far.

    Args:
        asked: the limit.
        today: what is measured today.
        looks: the series, today's look last.
        error: chance of ever finding it broken by mistake, or of an interval that once misses.
        least: rows that a group must have had.
    """
    bounds: list[tuple[Against, float]] = []
    for against, bound in (("max", asked.limit.max), ("min", asked.limit.min)):
        if bound is not None:
            bounds.append(("max" if against == "max" else "min", bound))
    groupings = list(dict.fromkeys(reading.by for reading in today.readings))
    findings = []
    for by in groupings:
        spared = any(reading.spared for reading in today.readings if reading.by == by)
        held = watched(looks, asked.rule, by, least, asked.place, spared)
        claim = claims(held, asked.rule.statistic)
        for reading in (each for each in today.readings if each.by == by):
            own = _own(held, claim, reading, today.names)
            for against, bound in bounds:
                finding = asked.finding(today.data, reading, asked.rule.id, against, bound)
                finding = structs.replace(finding, looks=len(looks))
                findings.append(_decided(finding, claim, own, error / (len(groupings) * len(bounds)), least))
    return findings


def _own(held: Watched, made: Claims, reading: Reading, names: Mapping[str, Mapping[str, str]]) -> Flags:
    """The claims that a reading is about: all pairs, or those of its group."""
    if reading.cell is None:
        return made.share > 0
    mine = np.array([cell == {name: names[name][band] for name, band in reading.cell.items()} for cell in held.cells])
    return mine & (made.share > 0)


def _decided(finding: Finding, claim: Claims, own: Flags, error: float, least: int) -> Finding:
    """A finding with its interval and verdict; the error is parted between the two ends of the interval."""
    if not own.any():
        why = f"no {'group has' if claim.second is None else 'two groups have'} had {least} rows in all looks together"
        return structs.replace(finding, verdict="unmeasured", why=why)
    enough = float(np.log(2 / error))
    if claim.second is None and finding.cell is not None:
        enough -= float(
            np.log(claim.share[own][0])
        )  # each group is a statement of its own, with its share of the error
    beyond = _total(claim, own, finding.cell)(finding.bound) >= enough
    within = bool((claim.within(finding.bound, own) >= enough).all())
    worse_beyond = (claim.statistic == "ratio") == (finding.against == "min")
    verdict: LimitVerdict = "uncertain"
    if beyond if worse_beyond else within:
        verdict = "broken"
    elif within if worse_beyond else beyond:
        verdict = "kept"
    near, far = _ends(claim, own, enough, _total(claim, _nearest_pairs(claim, own), finding.cell))
    mirrored = claim.statistic == "ratio"
    place = 1 - finding.bound if mirrored else finding.bound
    near, far = (max(near, place) if beyond else near), (min(far, place) if within else far)
    if near >= far:
        return structs.replace(finding, verdict=verdict, changed=True)
    interval: Interval = (1 - far, 1 - near) if mirrored else (near, far)
    return structs.replace(finding, verdict=verdict, interval=interval)


def _total(claim: Claims, own: Flags, cell: object) -> Callable[[float], float]:
    """Log capital against the claim that nothing lies beyond a bound: of all pairs, or of a single group."""
    if claim.second is None or cell is not None:
        return lambda bound: float(claim.some_beyond(bound, own)[0])
    return lambda bound: claim.some_total(bound, own)


def _nearest_pairs(claim: Claims, own: Flags) -> Flags:
    """Of some pairs those that are farthest apart."""
    if claim.second is None or own.sum() <= EXACT_PAIRS:
        return own
    apart = np.where(own, np.nan_to_num(claim.apart, nan=-np.inf), -np.inf)
    chosen = np.zeros(len(own), dtype=bool)
    chosen[np.argsort(-apart, kind="stable")[:EXACT_PAIRS]] = True
    return chosen & own


def _ends(claim: Claims, own: Flags, enough: float, total: Callable[[float], float]) -> tuple[float, float]:
    """How far the reading lies from 0 at least and at most (a ratio: from 1), by what is not yet refuted.

    Where the first is beyond the second, every value that it could have had throughout is refuted: it has changed.
    """

    def bound(place: float) -> float:
        return 1 - place if claim.statistic == "ratio" else place

    near = _farthest(0.0, 1.0, lambda place: total(bound(place)) >= enough)
    far, left = 0.0, own.copy()
    while True:
        failing = left.copy()
        failing[left] = claim.within(bound(far), left) < enough
        if not failing.any() or far >= 1:
            return near, far
        worst = int(np.argmax(np.where(failing, 0.0 if claim.second is None else np.nan_to_num(claim.apart), -np.inf)))
        left[worst] = False
        alone = np.arange(len(own)) == worst

        def refuted(back: float, alone: Flags = alone) -> bool:
            return bool(claim.within(bound(1 - back), alone)[0] >= enough)

        far = 1 - _farthest(0.0, 1 - far, refuted)


def _farthest(low: float, high: float, refuted: Callable[[float], bool]) -> float:
    """The farthest place up to which claims are refuted, by halving; `low` where none is."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if refuted(middle) else (low, middle)
    return low
