"""The bias audit of automated employment decision tools in New York City: Local Law 144 of 2021 and its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from fairaudit.data.roles import Roles
from fairaudit.errors import RoleError, listing
from fairaudit.profiles import Profile, RuleReading
from fairaudit.profiles.selection import PEOPLE, RATE, RATIO, SELECTED, SMALL, highest, named, ratio, yes_is_good
from fairaudit.profiles.tally import Category, Tally, tallies
from fairaudit.results import Audit
from fairaudit.results.figures import by_label
from fairaudit.results.rule import RuleColumn, RuleRow, RuleTable

if TYPE_CHECKING:
    from fairaudit.engines import Engine
    from fairaudit.scoretable.table import ScoreTable

UNKNOWN = re.compile(
    "((sex|gender|race|ethnicity|race/ethnicity) )?"
    "(unknown|missing|undisclosed|not (known|disclosed|provided|specified|stated|reported)|"
    "declined?( to (answer|state|disclose))?|prefer not to (say|answer|disclose)|choose not to (say|answer|disclose)|"
    "i (do not|don't) wish to answer)"
)
"""Words for an unknown category."""
SCORED = RuleColumn(name="rate", title="scoring rate", short="scoring rate", unit="rate")
WITHOUT_SMALL = RuleColumn(
    name="impact_ratio_without_small", title="impact ratio without those below 2%", short="without <2%", unit="number"
)


def roles(roles: Roles, data: Engine) -> Roles:
    """The roles with the sample's median as the cut of a score, and people of unknown category left out."""
    if roles.decision is None and roles.prediction is None:
        raise RoleError(
            "profile nyc-ll144 is about selections or scores; name them with --decision NAME=LEVEL or --prediction NAME"
        )
    if roles.sets:
        raise RoleError(
            "profile nyc-ll144 has a category for people of two or more races, so that none overlap; leave :set of"
            f" {listing(roles.sets)} out, and read combinations as that category with --merge"
        )
    changed = yes_is_good(roles, "profile nyc-ll144")
    if roles.decision is None and roles.threshold is None:
        changed = replace(changed, threshold="median")
    if roles.missing == "error":
        changed = replace(changed, missing="drop")
    marks = tuple(_marks(roles, data))
    if marks:
        changed = replace(changed, cleaning=replace(changed.cleaning, na_of=(*changed.cleaning.na_of, *marks)))
    return changed


def _marks(roles: Roles, data: Engine) -> Iterator[str]:
    """``NAME:na=…`` for each attribute with levels that mean an unknown category, unless somebody said how to read."""
    said = tuple(roles.cleaning.na_of)
    for attribute in roles.protected:
        if attribute.name not in data.names or any(text.startswith(f"{attribute.name}:na=") for text in said):
            continue
        levels = [level for level in data.levels(attribute.name) if isinstance(level, str)]
        unknown = sorted({level.strip() for level in levels if UNKNOWN.fullmatch(" ".join(level.casefold().split()))})
        if unknown:
            yield f"{attribute.name}:na={','.join(unknown)}"


def read(audit: Audit, scores: ScoreTable) -> RuleReading:
    """A table for each attribute alone and for all of them together."""
    counted = tallies(scores)
    kept = [tally for tally in counted if len(tally.by) in (1, len(scores.attributes))]
    scored = audit.manifest.arguments.get("threshold") == "median"
    what = "Scoring rates, the shares above the sample's median," if scored else "Selection rates"
    statements = list(_statements(kept))
    unknown = sum(n for reason, n in audit.rows.dropped.items() if reason.startswith("protected attribute '"))
    statements.append(
        f"{unknown:,} people of an unknown category were assessed and are not included in these calculations."
        if unknown
        else "No people of an unknown category are in the data."
    )
    return RuleReading([_table(tally, scored, what) for tally in kept], statements, unknown)


def _small(tally: Tally) -> list[Category]:
    return [category for category in tally.categories if category.share < SMALL]


def _statements(kept: list[Tally]) -> Iterator[str]:
    for tally in kept:
        if small := _small(tally):
            yield (
                f"Below 2% of the data by {by_label(tally.by)}, which an independent auditor may leave out of the"
                f" impact ratios with a justification: {named(small, tally.by)}."
            )


def _table(tally: Tally, scored: bool, what: str) -> RuleTable:
    small = _small(tally)
    best = highest(tally.categories)
    best_kept = highest(category for category in tally.categories if category not in small)
    columns = [PEOPLE, SCORED, RATIO] if scored else [PEOPLE, SELECTED, RATE, RATIO]
    rows = []
    for category in tally.categories:
        values = {
            "applicants": float(category.people),
            "rate": category.rate,
            "impact_ratio": ratio(category, best),
        }
        if not scored:
            values["selected"] = category.selected
        if small:
            values["impact_ratio_without_small"] = None if category in small else ratio(category, best_kept)
        remark = "Below 2% of the data." if category in small else ""
        rows.append(RuleRow(cell=category.cell, values=values, remark=remark))
    return RuleTable(
        title=f"{what} by {by_label(tally.by)}",
        by=tally.by,
        columns=[*columns, WITHOUT_SMALL] if small else columns,
        rows=rows,
    )


PROFILE = Profile(
    title="Bias audit of an automated employment decision tool, New York City Local Law 144",
    about="Selection or scoring rates and impact ratios of each sex, race/ethnicity, and their intersections.",
    source="NYC Administrative Code § 20-870 ff.; 6 RCNY § 5-300 to 5-304, of the Department of Consumer and Worker"
    " Protection",
    dated="2023-04-06, final rule",
    sets=(
        "A score without a threshold is cut at the sample's median: the scoring rate is the share above it, strictly.",
        "People of an unknown category, that is without a value or with a word such as `Unknown`, are left out and"
        " counted.",
        "Yes, or above the median, is what is good for a person.",
    ),
    unsettled=(
        "The rules set no limit that an impact ratio has to keep.",
        "The sample's median is taken over the people in the tables, as in the rules' own example.",
        "Which columns are the EEO-1 categories of sex and of race/ethnicity is for you to see to; the profile reads"
        " the protected attributes as they are given.",
        "Whether to leave out categories below 2% is for the independent auditor to decide and to justify; both ratios"
        " are shown.",
        "Whether the tool is one that the law means, whether the data are historical or test data, who is an"
        " independent auditor, the date of the audit and the notices are not in the data.",
        "The rules ask for no interval; small categories' ratios move much by chance.",
    ),
    example="6 RCNY § 5-301: both examples, a tool that selects and one that scores.",
    roles=roles,
    read=read,
)
