"""Premiums and claims by group: what an actuary shows of a tariff."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fairaudit.data.roles import Roles
from fairaudit.errors import RoleError
from fairaudit.profiles import Profile, RuleReading
from fairaudit.profiles.tally import Category, Tally, tallies
from fairaudit.results import Audit
from fairaudit.results.figures import by_label, cell_label, number
from fairaudit.results.rule import RuleColumn, RuleRow, RuleTable

if TYPE_CHECKING:
    from fairaudit.engines import Engine
    from fairaudit.scoretable.table import ScoreTable

ROWS = RuleColumn(name="policies", title="policies", short="policies", unit="count")
SHARE = RuleColumn(name="share", title="share", short="share", unit="rate")
EXPOSURE = RuleColumn(name="share", title="exposure", short="exposure", unit="rate")
MEAN = RuleColumn(name="mean", title="mean premium", short="mean", unit="number")
RELATIVITY = RuleColumn(name="relativity", title="to the mean of all", short="to all", unit="number")
ACTUAL = RuleColumn(name="actual", title="actual", short="actual", unit="number")
A_TO_E = RuleColumn(name="actual_expected", title="A/E", short="A/E", unit="number")


def roles(roles: Roles, data: Engine) -> Roles:
    """The roles, with a low premium as the good one where nobody said."""
    if roles.prediction is None:
        raise RoleError(
            "profile insurance is about premiums or expected claims; name them with --prediction NAME, the claims with"
            " --target NAME and the time at risk with --exposure NAME"
        )
    return roles if roles.favourable is not None else replace(roles, favourable="low")


def read(audit: Audit, scores: ScoreTable) -> RuleReading:
    """A table for each attribute alone and for all of them together."""
    kept = [tally for tally in tallies(scores) if len(tally.by) in (1, len(scores.attributes))]
    statements = [_statement(tally) for tally in kept if len(tally.by) == 1]
    per = "per unit of exposure" if scores.exposed else "per row, as no exposure is named"
    statements.append(f"Means are {per}; A/E is what was paid over what was expected, both summed over the group.")
    return RuleReading([_table(tally, scores.exposed) for tally in kept], statements)


def overall_mean(tally: Tally) -> float:
    """Mean premium of all, per unit of exposure."""
    return sum(category.mass * category.mean for category in tally.categories if category.mean is not None)


def actual_to_expected(category: Category) -> float | None:
    """Sum of outcomes over sum of predictions; None without outcomes or where nothing is expected."""
    if category.outcome is None or not category.mean:
        return None
    return category.outcome / category.mean


def _table(tally: Tally, exposed: bool) -> RuleTable:
    overall = overall_mean(tally)
    claims = any(category.outcome is not None for category in tally.categories)
    rows = []
    for category in tally.categories:
        values = {
            "policies": float(category.people),
            "share": category.mass,
            "mean": category.mean,
            "relativity": None if category.mean is None or not overall else category.mean / overall,
        }
        if claims:
            values |= {"actual": category.outcome, "actual_expected": actual_to_expected(category)}
        rows.append(RuleRow(cell=category.cell, values=values))
    columns = [ROWS, EXPOSURE if exposed else SHARE, MEAN, RELATIVITY, *([ACTUAL, A_TO_E] if claims else [])]
    return RuleTable(title=f"Premiums and claims by {by_label(tally.by)}", by=tally.by, columns=columns, rows=rows)


def _statement(tally: Tally) -> str:
    known = [category for category in tally.categories if category.mean is not None]
    by, overall = by_label(tally.by), overall_mean(tally)
    high = max(known, key=lambda category: category.mean or 0.0)
    low = min(known, key=lambda category: category.mean or 0.0)
    text = (
        f"By {by} {cell_label(high.cell, tally.by)} is asked most, {number(high.mean)}, and"
        f" {cell_label(low.cell, tally.by)} least, {number(low.mean)}; the mean of all is {number(overall)}."
    )
    ratios = [(category, actual_to_expected(category)) for category in known]
    with_ratio = [(category, value) for category, value in ratios if value is not None]
    if not with_ratio:
        return f"{text} Without claims (--target) there is no A/E."
    shown = ", ".join(f"{cell_label(category.cell, tally.by)} {number(value)}" for category, value in with_ratio[:6])
    return f"{text} A/E: {shown}{', …' if len(with_ratio) > 6 else ''}."


PROFILE = Profile(
    title="Premiums and claims by group, per exposure",
    about="Mean premium of each group, its ratio to the mean of all, and actual over expected claims.",
    source="Directive 2004/113/EC, Article 5, and Court of Justice of the European Union, C-236/09 (1 March 2011); the"
    " table is actuarial usage and prescribed by neither",
    dated="2011-03-01",
    sets=("A low premium is what is good for a person, unless `--favourable` says so already.",),
    unsettled=(
        "No public rule prescribes this table or a limit for it.",
        "In the European Union sex must not make a difference in a person's premium; a difference of means between men"
        " and women may still come from other factors, such as mileage. `explain` shows what carries it.",
        "A/E far from 1 says that a group pays more or less than its claims; it does not say why.",
        "Expenses, profit and discounts are in a premium and not in claims, so that A/E of premiums is below 1 as a"
        " rule; compare groups, not with 1.",
        "Which factors a tariff may use is for the law of the country and of the line of insurance.",
    ),
    example="none; the test sums claims and expected claims of each group by hand.",
    roles=roles,
    read=read,
    measures=("mean_prediction", "actual_expected"),
)
