"""What of an audit a page shows where its groups are more than anybody reads: JSON and CSV hold all of it."""

from __future__ import annotations

from itertools import islice

from msgspec.structs import replace

from fairaudit.report import wording as w
from fairaudit.report.sections.disparities import worst_first
from fairaudit.report.sections.groups import sets_of_attributes
from fairaudit.results import Audit

MOST_SETS = 50
"""Sets of attributes up to which a page has the groups of each: eight attributes and their pairs have 37."""
MOST_COMBINATIONS = 20
"""Combinations of attributes that a page shows where there are more sets."""
BY_GROUP = (
    *("groups", "disparities", "divergence", "contrasts"),
    *("detectable", "recalibration", "event_ratios"),
)
"""Fields of an audit that hold something of each set of attributes."""


def legible(audit: Audit) -> Audit:
    """The audit with what is of single attributes, and of the combinations in which a main measure differs most,
    findings first; all of it where it is not too much.

    What is computed from it would not be the audit's: it is for tables only.
    """
    sets = [tuple(by) for by in sets_of_attributes(audit.groups)]
    if len(sets) <= MOST_SETS:
        return audit
    combined = [tuple(gap.by) for gap in worst_first(audit) if len(gap.by) > 1] + [by for by in sets if len(by) > 1]
    shown = {by for by in sets if len(by) == 1} | {()} | set(islice(dict.fromkeys(combined), MOST_COMBINATIONS))
    return replace(
        audit, **{name: [one for one in getattr(audit, name) if tuple(one.by) in shown] for name in BY_GROUP}
    )


def left_out(audit: Audit) -> str | None:
    """The sentence on combinations that a page does not show; None where it shows all."""
    combined, shown = (sum(len(by) > 1 for by in sets_of_attributes(one.groups)) for one in (audit, legible(audit)))
    if combined == shown:
        return None
    return (
        f"Of {w.count(combined)} combinations of attributes this page shows the {w.count(shown)} in which a main"
        " measure differs most, findings first; reports in JSON and CSV hold all."
    )
