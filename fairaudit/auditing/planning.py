"""Planning: which gaps a table would find before anybody looks, or before it is collected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from fairaudit.auditing.family import SIGNIFICANT
from fairaudit.auditing.manifest import versions
from fairaudit.auditing.run import audit
from fairaudit.chance.power import (
    TARGET,
    detectable_share_gap,
    people_needed,
    share_power,
    simulated_power,
)
from fairaudit.errors import OptionError
from fairaudit.measures.detectable import TOO_SMALL
from fairaudit.results import Audit, Detectable, Manifest
from fairaudit.results.figures import by_label, cell_label, count, percent, points
from fairaudit.results.power import PlannedGap, PlannedGroup, Power
from fairaudit.results.verdict import Conclusion
from fairaudit.text import clean

TABLES = 400
"""Simulated tables that check each stated power."""


def power(
    frame: object = None,
    *,
    groups: Sequence[int] = (),
    rate: float | None = None,
    gap: float | None = None,
    tests: int | None = None,
    target: float = TARGET,
    tables: int = TABLES,
    seed: int = 0,
    **roles: object,
) -> Power:
    """Which gaps of rates a table would find, how surely a given one, and how many people that needs.

    Either of a table, whose rates and group sizes are taken as they are, or of sizes before anything is collected:

    >>> import fairaudit as fa
    >>> round(fa.power(groups=[500, 120, 80], rate=0.2, tables=0).gaps[0].gap, 3)
    0.181

    Args:
        frame: a table, with the roles of `audit`; None: sizes.
        groups: people in each group that is planned, at least two.
        rate: rate that is expected of all of them together, in (0, 1).
        gap: a gap of rates to be found, in (0, 1]; None: none.
        tests: hypotheses that are tested together; None: as many as the audit of the table tests, or 1 for sizes.
        target: power at which a gap counts as found.
        tables: simulated tables that check each stated power by the audit's own test; 0: none.
        seed: of the simulation.
        roles: arguments of `audit`, for a table.

    Raises:
        FairAuditError: the sizes or the table do not allow an answer.
    """
    _check(frame, groups, rate, gap, tests, target, tables)
    asked = {"gap": gap, "power": target, "tables": tables, "tests": tests}
    if frame is None:
        assert rate is not None
        named = [PlannedGroup(name=f"group {place}", people=size) for place, size in enumerate(groups, 1)]
        given = {"groups": [str(size) for size in groups], "rate": rate, **asked}
        manifest = versions({name: value for name, value in given.items() if value is not None}, seed)
        plan = _Plan(SIGNIFICANT / (tests or 1), target, gap, tables, seed)
        return _result("sizes that were given", plan, tests or 1, [plan.of("the rate", [], named, rate)], manifest)
    return power_of(audit(frame, **roles), gap=gap, tests=tests, target=target, tables=tables)  # type: ignore[arg-type]


def power_of(
    measured: Audit,
    *,
    gap: float | None = None,
    tests: int | None = None,
    target: float = TARGET,
    tables: int = TABLES,
) -> Power:
    """The same of an audit: for every rate that it tested, in its groups, at the level of its tests.

    Raises:
        OptionError: the audit tested no rate.
    """
    rates = [one for one in measured.detectable if one.rate is not None]
    if not rates:
        raise OptionError(
            "no rate was tested in these groups; power needs decisions (--decision, or --prediction with --threshold)"
            " or outcomes of two values (--target), and at least two groups that are large enough"
        )
    level = rates[0].level if tests is None else SIGNIFICANT / tests
    plan = _Plan(level, target, gap, tables, measured.manifest.seed)
    own = {"gap": gap, "power": target, "tables": tables, "tests": tests}
    arguments = measured.manifest.arguments | {name: value for name, value in own.items() if value is not None}
    manifest = structs.replace(measured.manifest, arguments=arguments)
    gaps = [
        plan.of(measured.measures[one.measure].label, one.by, _members(one), one.rate)
        for one in rates
        if one.rate is not None
    ]
    hypotheses = round(SIGNIFICANT / level) if tests is None else tests
    return _result(measured.source.name, plan, hypotheses, gaps, manifest)


def _members(one: Detectable) -> list[PlannedGroup]:
    return [
        PlannedGroup(name=cell_label(cell, one.by), people=people)
        for cell, people in zip(one.members, one.people, strict=True)
    ]


@dataclass(frozen=True)
class _Plan:
    """What is asked of every rate."""

    level: float
    target: float
    asked: float | None
    tables: int
    seed: int

    def of(self, measure: str, by: list[str], groups: list[PlannedGroup], rate: float) -> PlannedGap:
        """The answer for one rate in some groups."""
        members = sorted(groups, key=lambda group: group.people)
        sizes, many = [group.people for group in members], len(members)
        gap = detectable_share_gap(rate, sizes[0], sizes[1], many, self.level, self.target)
        drawn = None
        if gap is not None and self.tables:
            whole = tuple(round(size) for size in sizes)
            drawn = simulated_power(rate, whole, (0, 1), gap, self.level, self.tables, self.seed)
        asked = self.asked
        return PlannedGap(
            measure=measure,
            by=by,
            groups=members,
            rate=rate,
            gap=gap,
            largest_gap=detectable_share_gap(rate, sizes[-2], sizes[-1], many, self.level, self.target),
            simulated=None if drawn is None else drawn.power,
            simulated_error=None if drawn is None else drawn.error,
            power=None if asked is None else share_power(rate, sizes[0], sizes[1], asked, many, self.level),
            people_needed=None if asked is None else people_needed(rate, asked, many, self.level, self.target),
            why=TOO_SMALL if gap is None else None,
        )


def _result(title: str, plan: _Plan, hypotheses: int, gaps: list[PlannedGap], manifest: Manifest) -> Power:
    planned = Power(
        title=title,
        target=plan.target,
        level=plan.level,
        hypotheses=hypotheses,
        asked=plan.asked,
        tables=plan.tables,
        gaps=gaps,
        manifest=manifest,
    )
    return structs.replace(planned, verdict=conclusion(planned))


def conclusion(power: Power) -> Conclusion:
    """What a plan concludes: the gap that is found in the first rate, and what the gap that was asked for needs."""
    first = power.gaps[0]
    target, of = f"{100 * power.target:g}%", clean(first.measure) + (f" by {by_label(first.by)}" if first.by else "")
    found = f"No gap in {of} between the smallest groups is found with {target} power."
    if first.gap is not None:
        gap = points(first.gap, unit="percentage points")
        which = "any two groups" if len(first.groups) > 2 else "the two groups"
        found = f"A gap in {of} of {gap} between {which} is found with {target} power."
    if power.asked is None or first.power is None:
        return Conclusion.of(("could be found", found))
    asked, many = points(power.asked, unit="percentage points"), "no number of people is enough"
    if first.people_needed is not None:
        many = f"{count(first.people_needed)} people in each of {len(first.groups)} groups are needed for {target}"
    return Conclusion.of(
        ("could be found", found), ("people", f"One of {asked} is found with {percent(first.power)} power; {many}.")
    )


def _check(
    frame: object,
    groups: Sequence[int],
    rate: float | None,
    gap: float | None,
    tests: int | None,
    target: float,
    tables: int,
) -> None:
    """Refuse what cannot be answered."""
    if frame is None and (len(groups) < 2 or min(groups, default=0) < 1 or rate is None):
        raise OptionError(
            "power needs a table, or at least two group sizes and their rate, as --groups 500,120 --rate 0.2"
        )
    if frame is not None and (len(groups) or rate is not None):
        raise OptionError("power takes a table, or group sizes with their rate, not both")
    for name, value in (("rate", rate), ("gap", gap), ("target", target)):
        if value is not None and not 0 < value < 1:
            raise OptionError(f"{name} is {value:g}; it must lie between 0 and 1, such as 0.2 for 20%")
    if (tests is not None and tests < 1) or tables < 0:
        raise OptionError("tests must be 1 or more, and tables 0 or more")
