"""Broken limits that are tolerated until a day."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from msgspec import structs

from fairaudit.errors import ConfigError, listing, nearest
from fairaudit.gate.config import Waiver
from fairaudit.gate.rules import known_ids
from fairaudit.results.check import Finding


def waive(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: datetime.date, selected: Sequence[bool], place: str
) -> list[Finding]:
    """The findings, those that a waiver tolerates marked with its number.

    Args:
        findings: all of them.
        waivers: those of the configuration.
        today: the day by which they must not have expired.
        selected: whether the rule of each waiver takes part in this check.
        place: how a message calls the configuration.

    Raises:
        ConfigError: a waiver has expired, is for no known rule, or nothing needs it.
    """
    found = list(findings)
    for number, waiver in enumerate(waivers, 1):
        where = f"{place}: waiver {number} ({waiver.rule}, {waiver.owner})"
        if waiver.rule not in known_ids():
            raise ConfigError(f"{where} is for no known rule{nearest(waiver.rule, known_ids())}")
        if today > waiver.expires:
            raise ConfigError(
                f"{where} expired on {waiver.expires}; mend what it tolerates ({waiver.reason}) or renew it"
            )
        if not selected[number - 1]:
            continue
        needed = [index for index, each in enumerate(found) if each.verdict == "broken" and covers(waiver, each)]
        if not needed:
            broken = sorted({each.rule for each in found if each.verdict == "broken"})
            raise ConfigError(f"{where} tolerates nothing: delete it; broken are {listing(broken)}")
        for index in needed:
            if found[index].waived is None:
                found[index] = structs.replace(found[index], waived=number)
    return found


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver is for a finding."""
    return (
        finding.rule == waiver.rule
        and waiver.data in (None, finding.data)
        and (waiver.by is None or set(waiver.by) == set(finding.by))
    )
