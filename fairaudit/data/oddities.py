"""What a careful reader would ask about the values of a column: notes on what may be meant otherwise, and errors where
what is written cannot be meant."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairaudit.data.features import FEWEST_ROWS_OF_AN_IDENTIFIER
from fairaudit.data.origin import Origin
from fairaudit.data.roles import Protected
from fairaudit.data.sets import holders, likely_separator
from fairaudit.data.tidying import likeness, spelling
from fairaudit.data.values import Vector, distinct, is_moment, is_numeric, labels, quoted
from fairaudit.engines import Engine
from fairaudit.errors import RoleError, listing

MARKS = frozenset(["?", "??", "-", "--", ".", "*", "#N/A", "#NA", "#NULL!", "#VALUE!", "#DIV/0!", "#REF!"]) | frozenset(
    "NA,N/A,n/a,na,N.A.,n.a.,NaN,nan,NULL,null,<NA>,None,nil".split(",")  # noqa: SIM905  # a list would be a page
)
"""Texts that usually stand for a missing value."""
CODES = frozenset(
    [-1.0, *(sign * digit * repeat for sign in (-1, 1) for digit in (8.0, 9.0) for repeat in (11, 111, 1111, 11111))]
    + [sign * 9.0 for sign in (-1, 1)]
    + [sign * 999999.0 for sign in (-1, 1)]
)
"""Numbers that usually stand for a missing value where they lie far from all others."""
SHORT = {"m": "male", "f": "female", "y": "yes", "n": "no", "t": "true"}
"""Abbreviations that stand for a level of the same column."""
MOST_CODES = 12
"""Different whole numbers up to which a column may hold codes."""
PEOPLE = frozenset(
    "id,ids,person,persons,people,patient,client,customer,member,employee,worker,subject,user,student,pupil,applicant,"  # noqa: SIM905  # as above
    "borrower,policyholder,holder,individual,respondent,participant,household,family".split(",")
)
"""Words in names of columns that tell people apart."""
FEW_ROWS, FAR_ABOVE_ONE = 1000, 5.0
"""Rows up to which whole weights may be numbers of people, and their mean from which they look like them."""
FEWEST_PEOPLE = 20
"""Different values from which such a column tells people apart, not groups."""
SELDOM, MOST_ROWS_EACH = 1.05, 20.0
"""Rows for each value between which people may have several rows."""
FEWEST_OTHERS = 3
"""Different values that must lie together for another to lie far away."""
_YEAR = r"(\d{4}|\d{2})"
_DATES = (
    rf"(\d{{4}}[/.-]\d{{1,2}}[/.-]\d{{1,2}}|\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}"
    rf"|\d{{1,2}}[. -]{{1,2}}[^\W\d]{{3,9}}[., -]{{1,2}}{_YEAR}|[^\W\d]{{3,9}}\.? \d{{1,2}},? \d{{4}})"
    r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
)


def date_text(column: pd.Series) -> str | None:
    """The first value of a column of text in which all values are dates in a common form; else None."""
    if is_numeric(column) or is_moment(column):
        return None
    present = [str(value).strip() for value in column.dropna().unique()]
    return present[0] if present and all(re.fullmatch(_DATES, value) for value in present) else None


def refuse_identifier(groups: int, rows: int, what: str) -> None:
    """Refuse a protected attribute whose groups are nearly as many as the rows.

    Raises:
        RoleError: half of the rows or more have a value of their own, on average.
    """
    if rows >= FEWEST_ROWS_OF_AN_IDENTIFIER and groups * 2 > rows:
        raise RoleError(
            f"{what} has {groups} different values in {rows} rows, so that no groups can be compared; make classes of"
            " them, or name another column"
        )


def refuse_row_numbers(column: pd.Series, rows: int, what: str, name: str) -> None:
    """Refuse a protected attribute that numbers the rows.

    Whole numbers that are all different may be incomes; these, in a range hardly wider than the table is long, are not.

    Raises:
        RoleError: it does.
    """
    values = np.unique(column.to_numpy(dtype=np.float64))
    if rows < FEWEST_ROWS_OF_AN_IDENTIFIER or len(values) != rows or not np.isfinite(values).all():
        return
    if (values == np.floor(values)).all() and values[-1] - values[0] < 2 * rows:
        raise RoleError(
            f"{what} has another whole number in each of {rows} rows, as if it numbered them; name another column, or"
            f" say that it is a quantity with {name}:continuous"
        )


@dataclass(frozen=True)
class FarCode:
    """A number that looks like a mark of a missing value."""

    value: float
    """The number."""
    count: int
    """Rows with it."""
    others: tuple[float, float]
    """Smallest and largest of all other values."""


def far_code(values: Vector, people: Vector | None = None) -> FarCode | None:
    """A number such as -999 that lies farther from all other values than they lie apart; None where there is none.

    Args:
        values: numbers, NaN where one is missing, shape (n,).
        people: how many people each row stands for, shape (n,); None: one.
    """
    known = ~np.isnan(values)
    present, place_of = np.unique(values[known], return_inverse=True)
    counts = np.bincount(place_of, None if people is None else people[known])
    if len(present) <= FEWEST_OTHERS:
        return None
    for place, others in ((0, present[1:]), (-1, present[:-1])):
        value, count = float(present[place]), int(counts[place])
        away = abs(value - (others[0] if place == 0 else others[-1]))
        if value in CODES and count > 1 and away > np.ptp(others):
            return FarCode(value, count, (float(others[0]), float(others[-1])))
    return None


def refuse_far_code(values: Vector, name: str, what: str, people: Vector | None = None) -> None:
    """Refuse a number such as -999 that lies farther from all other values than they lie apart.

    Raises:
        RoleError: it says the value, how often it occurs, and how to have it read as missing, or kept.
    """
    code = far_code(values, people)
    if code is not None:
        rows = len(values) if people is None else int(people.sum())
        raise RoleError(
            f"{what} is {code.value:g} in {code.count} of {rows} rows, far from all other values"
            f" ({code.others[0]:g} to {code.others[1]:g}); does it mean that there is none? {name}:na={code.value:g}"
            f" reads it so, and {name}:na= keeps it as a number"
        )


def told_of_levels(column: pd.Series, what: str, name: str, origin: Origin) -> Iterator[str]:
    """Notes on the levels of a column: those that look alike, and those that may mean a missing value."""
    if is_numeric(column) or is_moment(column):
        return
    rows = rows_of_levels(column, origin)
    separator = likely_separator(column)
    for note in _alike(rows, what, name):
        several = separator is not None and separator in note
        yield note + (f"; {name}:set='{separator}' takes each value of a cell by itself" if several else "")
    yield from _marks(rows, what, name, origin)
    if isinstance(column.dtype, pd.CategoricalDtype):
        absent = [str(level) for level in column.cat.categories if str(level) not in rows]
        if absent:
            yield f"{what}: {quoted(absent)} is declared as a level and has 0 rows; it is not assessed"


def told_of_set(column: pd.Series, attribute: Protected, what: str, origin: Origin) -> Iterator[str]:
    """Notes on the cells of a set: where none holds several values, and those of `told_of_levels` on its values."""
    single = holders(column, attribute.separator)
    if not single.index.duplicated().any():
        yield f"{what} has one value in every cell, none with '{attribute.separator}' between several"
    rows = origin.take(np.asarray(single.index, dtype=np.int64))
    counts = rows_of_levels(single.reset_index(drop=True), rows)
    yield from _alike(counts, what, attribute.name)
    yield from _marks(counts, what, attribute.name, origin)


def told_of_codes(column: pd.Series, attribute: Protected) -> Iterator[str]:
    """A note on a number of few whole values that was taken as a quantity without being asked for."""
    if attribute.kind != "auto" or not is_numeric(column):
        return
    values = distinct(column)
    if 2 < len(values) <= MOST_CODES and all(float(value).is_integer() for value in values):  # type: ignore[arg-type]
        shown = listing((f"{value:g}" for value in values), MOST_CODES)
        yield (
            f"protected attribute '{attribute.name}' ({shown}) is taken as a quantity, whose distances count; if these"
            f" are codes of groups, {attribute.name}:categorical takes them as names"
        )


def told_of_counts(weight: Vector | None, name: str, origin: Origin) -> Iterator[str]:
    """A note on weights that look like numbers of people: whole ones, far above 1, in a table of few rows."""
    if weight is None or origin.total > FEW_ROWS or (weight % 1 != 0).any():
        return
    mean = float(origin.rows @ weight) / origin.total
    if mean < FAR_ABOVE_ONE:
        return
    yield (
        f"weight '{name}' holds whole numbers, {mean:.3g} on average, and each row counts as one person of"
        f" that weight; if it stands for so many people, --count {name} (in Python count='{name}') says so"
    )


def told_of_repeated_people(engine: Engine, taken: Collection[str]) -> Iterator[str]:
    """A note on a column without a role that looks like an id of people, where several rows have the same one.

    Args:
        engine: the table.
        taken: columns that have a role, or were dropped by name.
    """
    named = [name for name in engine.names if name not in taken and _like_people(name)]
    kinds, rows = (engine.kinds(named), engine.rows()) if named else ({}, 0)
    for name in named:
        if kinds[name] not in ("number", "text"):
            continue
        fewest = max(FEWEST_PEOPLE, math.ceil(rows / MOST_ROWS_EACH))
        for values in engine.distinct([name], fewest, math.ceil(rows / SELDOM) - 1).values():
            if kinds[name] == "number" and not engine.whole(name):
                continue
            yield (
                f"column '{name}' has {rows / values:.3g} rows for each of its {values} values: if they are people,"
                f" their rows depend on each other, and intervals are too narrow; --cluster {name} (in Python"
                f" cluster='{name}') takes them together"
            )
            return


def _like_people(name: str) -> bool:
    """Whether a column is called as an id of people is."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()
    words = re.split(r"[^a-z]+", plain)
    return not PEOPLE.isdisjoint(words) or any(word.endswith("id") and word[:-2] in PEOPLE for word in words)


def rows_of_levels(column: pd.Series, origin: Origin) -> dict[str, int]:
    """Level → rows that have it, the most frequent first, in the order of the alphabet where some are as frequent."""
    names = labels(column)
    known = names.notna().to_numpy()
    rows = pd.Series(origin.rows[known]).groupby(names[known].to_numpy()).sum()
    return {str(level): int(rows[level]) for level in sorted(rows.index, key=lambda level: (-rows[level], level))}


def _marks(rows: dict[str, int], what: str, name: str, origin: Origin) -> Iterator[str]:
    for level, count in rows.items():
        if level.strip() in MARKS:
            yield (
                f"{what} has the level '{level}' ({count} of {origin.total} rows), which looks like a mark for missing"
                f" values; {name}:na={level.strip()} reads it so"
            )


def _alike(rows: dict[str, int], what: str, name: str) -> Iterator[str]:
    together: dict[str, list[str]] = {}
    for level in rows:  # the most frequent first
        together.setdefault(likeness(level), []).append(level)
    for short, full in SHORT.items():
        if short in together and full in together:
            together[full] = sorted(together[full] + together.pop(short), key=lambda level: -rows[level])
    for levels in together.values():
        if len(levels) > 1:
            forms = [unicodedata.normalize("NFC", level) for level in levels]
            unlike = [" in another Unicode form" if form in forms[:i] else "" for i, form in enumerate(forms)]
            shown = listing(f"'{level}'{how} ({rows[level]} rows)" for level, how in zip(levels, unlike, strict=True))
            remedy = f"--merge '{name}:{levels[0].strip()}={','.join(levels[1:])}'"
            if len({spelling(level) for level in levels}) == 1:
                remedy += ", or --tidy,"
            yield f"{what} has levels that look alike: {shown}; {remedy} reads them as one"
