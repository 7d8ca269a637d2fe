"""Decisions on loan applications, as the Home Mortgage Disclosure Act has lenders report them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fairaudit.data.columns import with_levels
from fairaudit.data.roles import Roles
from fairaudit.data.values import choose_levels, level_names
from fairaudit.errors import RoleError, listing
from fairaudit.profiles import Profile, RuleReading
from fairaudit.profiles.selection import RATIO, highest, ratio, yes_is_good
from fairaudit.profiles.tally import Category, Tally, tallies
from fairaudit.results import Audit
from fairaudit.results.figures import by_label, cell_label, number, percent
from fairaudit.results.rule import RuleColumn, RuleRow, RuleTable

if TYPE_CHECKING:
    from fairaudit.engines import Engine
    from fairaudit.scoretable.table import ScoreTable

COLUMNS = ("action_taken", "action_taken_name", "action_taken_type")
"""Names of the column in public loan files."""
ACTIONS = {
    "1": ("loan originated", "originated"),
    "2": ("application approved but not accepted", "approved but not accepted"),
    "3": ("application denied", "application denied by financial institution", "denied"),
    "4": ("application withdrawn by applicant", "withdrawn by applicant", "application withdrawn", "withdrawn"),
    "5": ("file closed for incompleteness", "closed for incompleteness", "incomplete"),
    "6": ("purchased loan", "loan purchased by the institution", "purchased"),
    "7": ("preapproval request denied", "preapproval request denied by financial institution"),
    "8": ("preapproval request approved but not accepted",),
}
"""Code of the action taken → what it is called."""
APPROVED, DENIED, NO_DECISION = ("1", "2"), ("3",), ("4", "5", "6", "7", "8")
_CODES = {word: code for code, words in ACTIONS.items() for word in (code, *words)}
DECIDED = RuleColumn(name="decided", title="applications decided", short="decided", unit="count")
DENIALS = RuleColumn(name="denied", title="denied", short="denied", unit="count")
DENIAL_RATE = RuleColumn(name="denial_rate", title="denial rate", short="denial rate", unit="rate")
DENIAL_RATIO = RuleColumn(name="denial_ratio", title="denial ratio", short="ratio", unit="number")
APPROVAL_RATIO = RuleColumn(name=RATIO.name, title="approval ratio", short="approval ratio", unit="number")


def roles(roles: Roles, data: Engine) -> Roles:
    """The roles with originated and approved as yes, and all that is no decision on an application left out.

    Raises:
        RoleError: no column of actions is named or found, or its levels are not known.
    """
    changed = yes_is_good(roles, "profile ecoa-hmda")
    if roles.prediction is not None and roles.threshold is not None and roles.decision is None:
        return changed
    text = roles.decision or next((name for name in COLUMNS if name in data.names), None)
    if text is None:
        raise RoleError(
            "profile ecoa-hmda is about decisions on loans, and no column is called action_taken; name one with"
            " --decision NAME"
        )
    name, levels = with_levels(data.names, text)
    if name not in data.names or data.kinds([name])[name] == "nested":
        return replace(changed, decision=text)  # the table says what is wrong with it
    known = {level: _code(level) for level in level_names(data.levels(name))}
    said = () if levels is None else tuple(choose_levels(data.levels(name), levels, f"decision '{name}'"))
    if not any(known.values()) and said:
        return replace(changed, decision=text)
    strange = [level for level, code in known.items() if code is None and level not in said]
    if strange and levels is None:
        raise RoleError(
            f"decision '{name}' has the levels {listing(strange)}, which are no action codes of HMDA (1 to 8, or their"
            f" words); say which mean approved: --decision '{name}=LEVEL,LEVEL'"
        )
    approved = said or tuple(level for level, code in known.items() if code in APPROVED)
    others = [level for level, code in known.items() if code in NO_DECISION and level not in said]
    if not approved:
        raise RoleError(f"decision '{name}' has no application that was approved; its levels are {listing(known)}")
    if others and not _is_filtered(roles, name):
        left_out = (*changed.cleaning.leave_out, f"{name}={','.join(others)}")
        changed = replace(changed, cleaning=replace(changed.cleaning, leave_out=left_out))
    return replace(changed, decision=f"{name}={','.join(approved)}")


def _code(level: str) -> str | None:
    """The action code of a level, by number or by words."""
    return _CODES.get(" ".join(level.casefold().removesuffix(".0").split()))


def _is_filtered(roles: Roles, name: str) -> bool:
    """Whether the user said which rows of the column take part."""
    return any(text.startswith(f"{name}=") for text in (*roles.cleaning.keep, *roles.cleaning.leave_out))


def read(audit: Audit, scores: ScoreTable) -> RuleReading:
    """A table for each attribute alone and for all of them together."""
    kept = [tally for tally in tallies(scores) if len(tally.by) in (1, len(scores.attributes))]
    left_out = {reason: n for reason, n in audit.rows.dropped.items() if reason.startswith("left out, as ") and n}
    total = sum(left_out.values())
    statements = [_statement(tally) for tally in kept if len(tally.by) == 1]
    if left_out:
        statements.append(f"No decisions on applications, and in no rate: {total:,} rows ({_listed(left_out)}).")
    return RuleReading([_table(tally) for tally in kept], statements, total)


def _listed(left_out: Mapping[str, int]) -> str:
    return "; ".join(reason.removeprefix("left out, as ") for reason in left_out)


def _denial(category: Category) -> float | None:
    return None if category.rate is None else 1 - category.rate


def _table(tally: Tally) -> RuleTable:
    best = highest(tally.categories)
    lowest = None if best is None else _denial(best)
    rows = []
    for category in tally.categories:
        denial = _denial(category)
        values = {
            "decided": float(category.people),
            "denied": None if category.selected is None else category.people - category.selected,
            "denial_rate": denial,
            "denial_ratio": None if denial is None or not lowest else denial / lowest,
            RATIO.name: ratio(category, best),
        }
        rows.append(RuleRow(cell=category.cell, values=values))
    title = f"Denial rates by {by_label(tally.by)}, and ratios to the group that is denied least"
    columns = [DECIDED, DENIALS, DENIAL_RATE, DENIAL_RATIO, APPROVAL_RATIO]
    return RuleTable(title=title, by=tally.by, columns=columns, rows=rows)


def _statement(tally: Tally) -> str:
    best = highest(tally.categories)
    worst = min((c for c in tally.categories if c.rate is not None), key=lambda c: c.rate or 0.0, default=None)
    by = by_label(tally.by)
    if best is None or worst is None:
        return f"By {by} no application was approved."
    least, most = _denial(best), _denial(worst)
    text = (
        f"By {by} {cell_label(best.cell, tally.by)} is denied least, {percent(least)} of the applications decided, and"
        f" {cell_label(worst.cell, tally.by)} most, {percent(most)}"
    )
    return f"{text}: {number((most or 0.0) / least)} times as often." if least else f"{text}."


PROFILE = Profile(
    title="Decisions on loan applications, Equal Credit Opportunity Act and Home Mortgage Disclosure Act",
    about="Denial and approval rates of each group among applications that were decided.",
    source="Regulation B, 12 CFR 1002 (ECOA); Regulation C, 12 CFR 1003.4(a)(8) (HMDA): codes of the action taken, as"
    " in the public loan file of the FFIEC and CFPB",
    dated="2018, the action codes of the public loan file from that year on",
    sets=(
        "The decision is `action_taken` where no other is named: 1 (originated) and 2 (approved, not accepted) are"
        " approved, 3 is denied.",
        "4 (withdrawn), 5 (closed for incompleteness), 6 (purchased) and 7 and 8 (requests for preapproval) are left"
        " out and counted. Name levels, or keep rows, to have it otherwise: `--decision action_taken=1,2,8`.",
        "Yes is approved, which is good for a person.",
    ),
    unsettled=(
        "Neither regulation sets a limit for denial rates or their ratios.",
        "Applicants differ in income, debt, collateral and credit history, which rates by group do not compare; compare"
        " within strata, or by a model, before concluding.",
        "Withdrawn and incomplete files are no denials, yet may differ by group for reasons that matter; their numbers"
        " are told, and by group in the notes.",
        "Prices, terms and discouraged applicants are not in the action taken.",
        "Race, ethnicity and sex may be missing or observed by the lender; groups such as 'Race Not Available' are"
        " shown as they stand.",
    ),
    example="none is printed in the rules; the test counts a table of 620 made-up files by hand.",
    roles=roles,
    read=read,
)
