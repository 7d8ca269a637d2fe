"""What rules about selections have in common: which decision is good, and ratios to the highest rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fairaudit.data.roles import Roles
from fairaudit.errors import RoleError
from fairaudit.profiles.tally import Category
from fairaudit.results.figures import cell_label
from fairaudit.results.rule import RuleColumn

SMALL = 0.02
"""Share of the people below which rules treat a category apart: 6 RCNY § 5-301(d); Questions and Answers to the Uniform
Guidelines, Question 12."""
PEOPLE = RuleColumn(name="applicants", title="# of applicants", short="applicants", unit="count")
SELECTED = RuleColumn(name="selected", title="# selected", short="selected", unit="count")
RATE = RuleColumn(name="rate", title="selection rate", short="rate", unit="rate")
RATIO = RuleColumn(name="impact_ratio", title="impact ratio", short="ratio", unit="number")


def yes_is_good(roles: Roles, rule: str) -> Roles:
    """The roles, with the decision yes as the good one where nobody said.

    Raises:
        RoleError: yes is said to be bad, so that its rates are not those of a selection.
    """
    if roles.good_side in ("no", "low"):
        raise RoleError(
            f"{rule} compares the rates of the decision that is good for people, and favourable is"
            f" '{roles.favourable}'; name the levels that are good with --decision NAME=LEVEL, or a --threshold such as"
            " '<620', and leave favourable out"
        )
    return roles if roles.favourable is not None else replace(roles, favourable="yes")


def highest(categories: Iterable[Category]) -> Category | None:
    """The category with the highest rate, the first of those that have it; None where none has a rate above 0."""
    with_rate = [category for category in categories if category.rate is not None]
    best = max(with_rate, key=lambda category: category.rate or 0.0, default=None)
    return best if best is not None and best.rate else None


def ratio(category: Category, best: Category | None) -> float | None:
    """Rate over that of the category with the highest; None where one of them has none."""
    if best is None or not best.rate or category.rate is None:
        return None
    return category.rate / best.rate


def named(categories: Sequence[Category], by: Sequence[str], most: int = 6) -> str:
    """The categories with their numbers: ``Asian (12), Other (3)``."""
    shown = [f"{cell_label(category.cell, by)} ({category.people:,})" for category in categories[:most]]
    more = [f"and {len(categories) - most} more"] if len(categories) > most else []
    return ", ".join([*shown, *more])
