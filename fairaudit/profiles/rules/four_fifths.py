"""The four-fifths rule of thumb of the Uniform Guidelines on Employee Selection Procedures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairaudit.data.roles import Roles
from fairaudit.errors import RoleError
from fairaudit.profiles import Norm, Profile, RuleReading
from fairaudit.profiles.selection import PEOPLE, RATE, RATIO, SELECTED, SMALL, highest, named, ratio, yes_is_good
from fairaudit.profiles.tally import Category, Tally, tallies
from fairaudit.results import Audit
from fairaudit.results.figures import by_label, cell_label, number, p_clause, percent
from fairaudit.results.rule import RuleRow, RuleTable
from fairaudit.results.verdict import FOUR_FIFTHS

if TYPE_CHECKING:
    from fairaudit.engines import Engine
    from fairaudit.scoretable.table import ScoreTable

SIGNIFICANT = 0.05
"""P-values up to here are called significant; the Guidelines name no level."""
ROUNDING = 1e-9
"""A ratio that falls short of four fifths by no more than this does not: 48% is four fifths of 60%."""


def roles(roles: Roles, data: Engine) -> Roles:
    """The roles, where they name a selection."""
    if roles.decision is None and (roles.prediction is None or roles.threshold is None):
        raise RoleError(
            "profile four-fifths is about selections; name them with --decision NAME=LEVEL, or a score with"
            " --prediction NAME and --threshold CUT"
        )
    return yes_is_good(roles, "profile four-fifths")


def read(audit: Audit, scores: ScoreTable) -> RuleReading:
    """A table for each single attribute: the Guidelines ask for no intersections."""
    single = [tally for tally in tallies(scores) if len(tally.by) == 1]
    compared = [(tally, _best(tally)) for tally in single]
    statements = [_statement(audit, tally, best) for tally, best in compared]
    for tally, _ in compared:
        small = [category for category in tally.categories if category.share < SMALL]
        if small:
            statements.append(
                f"Below 2% of the people by {by_label(tally.by)}, so not taken as the highest rate:"
                f" {named(small, tally.by)}."
            )
    return RuleReading([_table(audit, tally, best) for tally, best in compared], statements)


def _best(tally: Tally) -> Category | None:
    return highest(category for category in tally.categories if category.share >= SMALL)


def below(value: float | None) -> bool:
    """Whether a ratio is less than four fifths."""
    return value is not None and value < FOUR_FIFTHS - ROUNDING


def one_would_turn_it(category: Category, best: Category) -> bool:
    """Whether one different person selected would give this category the higher rate."""
    if category.selected is None or best.selected is None:
        return False
    return (category.selected + 1) / category.people > (best.selected - 1) / best.people


def _table(audit: Audit, tally: Tally, best: Category | None) -> RuleTable:
    rows = []
    for category in tally.categories:
        quotient, remarks = ratio(category, best), []
        if best is not None and below(quotient) and one_would_turn_it(category, best):
            remarks.append("One different person selected would give this group the higher rate.")
        if category.people < audit.min_group:
            remarks.append(f"Fewer than {audit.min_group} people.")
        if category.share < SMALL:
            remarks.append("Below 2% of the people.")
        values = {
            "applicants": float(category.people),
            "selected": category.selected,
            "rate": category.rate,
            "impact_ratio": quotient,
        }
        rows.append(RuleRow(cell=category.cell, values=values, marked=below(quotient), remark=" ".join(remarks)))
    title = f"Selection rates by {by_label(tally.by)}, and their ratios to the highest"
    return RuleTable(title=title, by=tally.by, columns=[PEOPLE, SELECTED, RATE, RATIO], rows=rows)


def _statement(audit: Audit, tally: Tally, best: Category | None) -> str:
    by = by_label(tally.by)
    if best is None:
        return f"By {by} nobody is selected, so that there is no ratio."
    ratios = [(category, ratio(category, best)) for category in tally.categories]
    short = [(category, value) for category, value in ratios if value is not None and below(value)]
    top = f"the highest rate, {percent(best.rate)} of {cell_label(best.cell, tally.by)}"
    if not short:
        return f"By {by} no rate is less than four fifths of {top}. {_certainty(audit, tally.by)}"
    listed = ", ".join(f"{cell_label(category.cell, tally.by)} ({number(value)})" for category, value in short)
    return f"By {by} less than four fifths of {top}: {listed}. {_certainty(audit, tally.by)}"


def _certainty(audit: Audit, by: list[str]) -> str:
    """Whether the difference is statistically significant, which the Guidelines ask beside its size."""
    gap = next((gap for gap in audit.disparities if gap.measure == "selection_rate" and gap.by == by), None)
    p = None if gap is None else gap.p_value if gap.p_adjusted is None else gap.p_adjusted
    if p is None:
        return "Whether the rates differ beyond chance was not tested."
    sure = "differ beyond chance" if p <= SIGNIFICANT else "cannot be told apart from chance"
    corrected = "" if gap is None or gap.p_adjusted is None else ", corrected for all hypotheses of the audit"
    return f"The rates {sure} ({p_clause(p)}{corrected})."


PROFILE = Profile(
    title="Four-fifths rule of thumb, Uniform Guidelines on Employee Selection Procedures",
    about="Selection rates of each group of one attribute, and their ratios to the highest rate.",
    source="29 CFR 1607.4 D (43 FR 38290, 25 August 1978); Questions and Answers, 44 FR 11996 (2 March 1979)",
    dated="1978-08-25, with the Questions and Answers of 1979-03-02",
    sets=(
        "Yes is the decision that is good for a person, unless `--favourable` says so already.",
        "Groups below 2% of the people are not taken as the highest rate.",
    ),
    unsettled=(
        "The rule is a rule of thumb: smaller differences may be adverse impact where they are significant in"
        " statistical and practical terms, greater ones may not be where numbers are small and the difference is not"
        " significant.",
        "The Guidelines name neither a test nor a level of significance; the test and the 5% are ours.",
        "Where one different person selected would give the other group the higher rate, the Questions and Answers call"
        " it inappropriate in general to ask for evidence of validity; a longer period may be looked at.",
        "Groups count from 2% of the labor force of the area on (Question 12); here it is 2% of the rows, as the labor"
        " force is not in the data.",
        "Whether a selection procedure is job-related, whether applicants were discouraged, or recruited by special"
        " programs, is not in the data.",
    ),
    example="Questions and Answers, Question 12: rates of 60%, 45%, 48% and 51% are ratios of 75%, 80% and 85%, of"
    " which only the first is below four fifths.",
    roles=roles,
    read=read,
    norms=(Norm("selection_rate", "ratio", "min", FOUR_FIFTHS, "29 CFR 1607.4 D: four fifths of the highest rate."),),
)
