"""Which groups a verdict does not speak of: too small to be compared, gone or new since the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from fairaudit.auditing.reading import Reading, frozen
from fairaudit.gate.measuring import Audited
from fairaudit.measures.group_values import with_parts
from fairaudit.results import Audit
from fairaudit.results.check import Checked, Finding, GroupSize, LeftOut
from fairaudit.results.memberships import attribute_of, column_of, lacks_any

COMPARING = ("gap", "ratio", "group", "standardised")
"""Statistics of single groups; all others take every row, whatever the size of its group."""


def left_out(audit: Audit, readings: Iterable[Reading]) -> list[LeftOut]:
    """The groups that are in none of some readings although they are of their groupings, the largest first.

    Args:
        audit: what was measured.
        readings: those that limits cover.
    """
    readings = list(readings)
    asked = {(part, reading.by) for reading in readings for part in _parts(reading)}
    reasons: dict[tuple[tuple[str, ...], object, str], LeftOut] = {}
    for group in audit.groups:
        by = tuple(group.by)
        for measure, value in group.measures.items():
            if (measure, by) not in asked or value.value is not None:
                continue
            why = value.why or group.why or "it has no value"
            key = by, frozen(group.cell), why
            names = [*reasons[key].measures, measure] if key in reasons else [measure]
            reasons[key] = LeftOut(by=group.by, cell=group.cell, n=group.n, measures=sorted(names), why=why)
    alone = [one for each in readings if each.statistic == "standardised" for one in _alone(audit, each)]
    return sorted([*reasons.values(), *alone], key=lambda one: -one.n)


def _alone(audit: Audit, reading: Reading) -> list[LeftOut]:
    """The people who can be compared with nobody, as only their group has people in their stratum."""
    within = [
        disparity
        for disparity in audit.within
        if (disparity.measure, tuple(disparity.by)) == (reading.measure, reading.by)
    ]
    return [
        LeftOut(
            by=[*disparity.by, disparity.given],
            cell={**group.cell, disparity.given: stratum.level},
            n=value.n,
            measures=[disparity.measure],
            why="nobody of another group there",
        )
        for disparity in within
        for stratum in disparity.strata
        for group, value in zip(disparity.groups, stratum.values, strict=True)
        if not stratum.compared and value.n
    ]


def counted(findings: Iterable[Finding], data: Iterable[Checked]) -> list[Finding]:
    """The findings, each with the number of groups that it leaves out."""
    groups = {each.name: each.left_out for each in data}
    return [
        structs.replace(finding, left_out=len(_cells(finding, groups[finding.data])))
        if finding.cell is None
        else finding
        for finding in findings
    ]


def _cells(finding: Finding, groups: Iterable[LeftOut]) -> set[object]:
    """The groups that a finding over a whole grouping leaves out."""
    if finding.statistic not in COMPARING:
        return set()
    parts = with_parts({finding.measure})
    length = len(finding.by) if finding.statistic == "standardised" else None
    return {frozen(one.cell) for one in groups if one.by[:length] == finding.by and parts.intersection(one.measures)}


def _parts(reading: Reading) -> frozenset[str]:
    """The measures of single groups that a reading is made of."""
    return with_parts({reading.measure}) if reading.statistic in COMPARING else frozenset()


def sizes(audited: Audited) -> list[GroupSize]:
    """The groups whose names do not depend on the data: those of categories and of bands that were given.

    A number without given bands is cut anew in every audit, so that a band of today says nothing of one of then.
    """
    fixed = {spec.name for spec in audited.table.specs if spec.kind != "continuous"}
    sets = [spec.name for spec in audited.table.specs if spec.kind == "set"]
    return [
        GroupSize(by=group.by, cell=group.cell, n=group.n)
        for group in audited.audit.groups
        if all(attribute_of(name, sets) in fixed for name in group.by)
    ]


def only_first(first: Sequence[GroupSize], second: Sequence[GroupSize], least: int) -> list[GroupSize]:
    """The groups of the first that the second lacks, the largest first.

    A group of several attributes is left out where one of its parts is lacking anyway.

    Args:
        first: groups of one time.
        second: groups of another.
        least: rows below which a group is not compared, so that nothing changes without it.
    """
    there, groupings = {_key(group) for group in second}, {_columns(group) for group in second}
    lacking = [
        group
        for group in first
        if group.n >= least
        and _columns(group) in groupings
        and _key(group) not in there
        and not lacks_any(group.cell)  # those without a value are there still, whoever has it
    ]
    cells = [frozenset(group.cell.items()) for group in lacking]
    parts = [group for group, cell in zip(lacking, cells, strict=True) if not any(other < cell for other in cells)]
    return sorted(parts, key=lambda group: -group.n)


def _columns(group: GroupSize) -> tuple[str, ...]:
    """The columns by which a group is formed, that of a set for each of its values; a baseline may be damaged, and its
    cell not have them all."""
    return tuple(column_of(name, group.cell.get(name, "")) for name in group.by)


def _key(group: GroupSize) -> object:
    return frozenset(group.cell.items())
