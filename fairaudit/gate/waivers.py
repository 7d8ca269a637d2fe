"""Broken limits that are tolerated until a day."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from msgspec import structs

from fairaudit.errors import ConfigError, listing, nearest
from fairaudit.gate.rules import known_ids
from fairaudit.gate.tables import Waiver
from fairaudit.results.check import Finding
from fairaudit.results.words import class_of

TakesAll = Callable[[str], bool]


def waive(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: datetime.date, takes_all: TakesAll, place: str
) -> list[Finding]:
    """The findings, those that a waiver tolerates marked with its number.

    Args:
        findings: all of them.
        waivers: those of the configuration.
        today: the day by which they must not have expired.
        takes_all: says whether all ids that begin in some way take part in this check; a waiver of others may be idle.
        place: how a message calls the configuration.

    Raises:
        ConfigError: a waiver has expired, is for no known rule, or nothing needs it.
    """
    waived = list(findings)
    for number, waiver in enumerate(waivers, 1):
        where = f"{place}: waiver {number} ({waiver.rule}, {waiver.owner})"
        if not waiver.rule or not any(known.startswith(waiver.rule) for known in known_ids()):
            raise ConfigError(f"{where} is for no known rule{nearest(waiver.rule, known_ids())}")
        if today > waiver.expires:
            raise ConfigError(
                f"{where} expired on {waiver.expires}; mend what it tolerates ({waiver.reason}) or renew it"
            )
        broken = [index for index, finding in enumerate(waived) if finding.verdict == "broken"]
        needed = [index for index in broken if covers(waiver, waived[index])]
        if not needed and takes_all(waiver.rule):
            ids = sorted({waived[index].rule for index in broken})
            raise ConfigError(f"{where} tolerates nothing: delete it; broken are {listing(ids)}")
        for index in needed:
            if waived[index].waived is None:
                waived[index] = structs.replace(waived[index], waived=number)
    return waived


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver is for a finding."""
    return (
        finding.rule.startswith(waiver.rule)
        and waiver.data in (None, finding.data)
        and (waiver.by is None or set(waiver.by) == set(finding.by))
        and waiver.of_class in (None, class_of(finding.measure)[1])
    )
