"""One column read into one role: as numbers, as names of levels, or as a choice of levels."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from decimal import Decimal
from numbers import Number

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from fairaudit.data.origin import Origin
from fairaudit.engines.pandas import is_nested
from fairaudit.errors import RoleError, listing

Vector = NDArray[np.float64]


LARGEST = 1e50
"""Numbers beyond, of either sign, would overflow in products of squares and weights."""
SMALLEST = 1e-50
"""Exposures and weights below, other than 0, would underflow there; so would a column without a larger number."""
WRITTEN_NUMBER = (
    r"\s*[+-]?\s*[$€£¥]?\s*[+-]?(\d{1,3}(?P<sign>[,.'’ \u00a0\u202f])\d{3}((?P=sign)\d{3})*|\d+)([.,]\d+)?"
    r"\s*[$€£¥%]?\s*"
)
"""A number as people and spreadsheets write it."""
SIGNS = {
    "[$€£¥]": "a sign of money",
    "%": "a per cent sign",
    ",": "a comma",
    r"\d[ \u00a0\u202f'’]\d": "a blank or apostrophe",
    r"\..*\.": "points for thousands",
}
"""What keeps it from being read as a number, and its name."""
NO_COMMAS = "write points for decimals and nothing for thousands"
"""What to do about it."""


FEWEST_NUMBERS = 10
"""Different numbers in a column of text from which they are no codes."""
MOST_LABELS = 20
"""Different names up to which text is a label and no garbage."""
STRAY = 0.5
"""Share of the values up to which text among numbers is an exception."""


def is_numeric(column: pd.Series) -> bool:
    """Whether the values are numbers, booleans apart; an object column counts if all its values are
    numbers."""
    if isinstance(column.dtype, pd.CategoricalDtype) or types.is_bool_dtype(column.dtype):
        return False
    if column.dtype == object:
        values = column.dropna()
        return len(values) > 0 and all(
            isinstance(value, (Number, Decimal)) and not isinstance(value, (bool, np.bool_, complex))
            for value in values
        )
    return bool(types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype))


def is_moment(column: pd.Series) -> bool:
    """Whether the values are dates, moments or durations."""
    return bool(
        types.is_datetime64_any_dtype(column.dtype)
        or types.is_timedelta64_dtype(column.dtype)
        or isinstance(column.dtype, pd.PeriodDtype)
    )


def written_numbers(column: pd.Series) -> str | None:
    """Why a column of text that holds numbers alone is not read as numbers, and what to do; else None.

    Signs of money and per cent, commas, and blanks or apostrophes between thousands are told from other text."""
    if is_numeric(column) or is_moment(column) or is_nested(column):
        return None
    present = pd.Series([str(value) for value in column.dropna().unique()], dtype=object)
    if not len(present) or not present.str.fullmatch(WRITTEN_NUMBER).all():
        return None
    signed = present[pd.to_numeric(present, errors="coerce").isna()]
    if not len(signed):
        return None
    found = [words for sign, words in SIGNS.items() if signed.str.contains(sign).any()]
    remedy = NO_COMMAS if found == ["a comma"] else "write digits alone, with a point for decimals"
    return f"has numbers with {' and '.join(found)}, such as {signed.iloc[0].strip()}; {remedy}"


def stray_text(column: pd.Series, origin: Origin | None = None) -> str | None:
    """Why a column of text may be meant as numbers: but for a few words, such as a sign of its own for what is missing;
    None where it is text, or few numbers that may be codes."""
    if is_numeric(column) or is_moment(column) or is_nested(column):
        return None
    known = column.notna().to_numpy()
    values = column[known]
    present = pd.Series([str(value) for value in values.unique()], dtype=object)
    number = pd.to_numeric(present, errors="coerce").notna()
    others = list(present[~number])
    if not others or number.sum() < FEWEST_NUMBERS:
        return None
    lines = (origin or Origin.of_rows(len(column))).take(np.flatnonzero(known))
    if lines.share(values.astype(str).isin(others).to_numpy()) > STRAY:
        return None
    return f"holds numbers but for {quoted(sorted(others)[:3])}{', …' if len(others) > 3 else ''}"


def is_label(column: pd.Series) -> bool:
    """Whether the values are a few names, none of them a number."""
    if is_numeric(column) or is_moment(column) or types.is_bool_dtype(column.dtype) or is_nested(column):
        return False
    present = pd.Series(list(column.dropna().unique()), dtype=object)
    few = 0 < len(present) <= MOST_LABELS and present.map(lambda value: isinstance(value, str)).all()
    return bool(few and not present.str.contains(r"\d").any())


def distinct(column: pd.Series) -> list[object]:
    """Distinct values that are not missing, numbers in order, others in the order of their names."""
    values = list(column.dropna().unique())
    return sorted(values) if is_numeric(column) else sorted(values, key=_label)


def level_names(column: pd.Series) -> list[str]:
    """Names of the distinct values, in the order of `distinct`."""
    return list(dict.fromkeys(_label(value) for value in distinct(column)))


def labels(column: pd.Series) -> pd.Series:
    """The values by name, object dtype; a missing value is None. Whole numbers have no decimal point."""
    codes, values = pd.factorize(column)
    names = np.array([*(_label(value) for value in values), None], dtype=object)
    return pd.Series(names[codes], name=column.name, dtype=object)


def _label(value: object) -> str:
    if isinstance(value, (float, np.floating)) and abs(float(value)) < 1e15 and float(value).is_integer():
        return str(int(value))
    if isinstance(value, (pd.Timestamp, np.datetime64)):
        return pd.Timestamp(value).isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(value)


def numbers(column: pd.Series, what: str, origin: Origin) -> Vector:
    """The column as float64, missing values NaN.

    Args:
        column: the used lines, shape (n,).
        what: how messages call it, such as ``prediction 'score'``.
        origin: the rows of each line.

    Text, dates, infinite values and those out of the range that can be computed with are refused with the first
    offending value; booleans are 0 and 1.
    """
    if types.is_bool_dtype(column.dtype) or _is_bool_object(column):
        return column.to_numpy(dtype=np.float64)
    if not is_numeric(column):
        if is_moment(column):
            raise RoleError(f"{what} holds dates, such as {_label(column.dropna().iloc[0])}; numbers are needed")
        text = column.astype(object).where(column.notna(), None)
        wrong = pd.to_numeric(text, errors="coerce").isna() & column.notna()
        found = (wrong if wrong.any() else column.notna()).to_numpy()
        if found.any():
            if written := written_numbers(column):
                raise RoleError(f"{what} {written}")
            raise bad_value(column, found, what, origin, _not_a_number(column[found], origin.count(found)))
    values: Vector = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise bad_value(column, np.isinf(values), what, origin, "is not finite; correct it or leave the row out")
    if (np.abs(values) > LARGEST).any():
        problem = "is too large to square and add up; correct it, or change the unit"
        raise bad_value(column, np.abs(values) > LARGEST, what, origin, problem)
    largest = np.nanmax(np.abs(values), initial=0.0)
    if 0 < largest < SMALLEST:
        problem = "is too small to square, and no other is larger; change the unit"
        raise bad_value(column, np.abs(values) == largest, what, origin, problem)
    return values


def _not_a_number(wrong: pd.Series, count: int) -> str:
    """What is wrong with text among numbers, which so many rows have."""
    marks = wrong.astype(str).str.strip().unique()
    if len(marks) == 1 and not any(letter.isdigit() for letter in marks[0]):
        rows = f", as in {count} rows" if count > 1 else ""
        missing = f"If it means that the value is missing, {wrong.name}:na={marks[0]} reads it so"
        return f"is text{rows}; numbers are needed. {missing}"
    return "is text; numbers are needed"


def _is_bool_object(column: pd.Series) -> bool:
    values = column.dropna() if column.dtype == object else column.iloc[:0]
    return len(values) > 0 and all(isinstance(value, (bool, np.bool_)) for value in values)


def bad_value(column: pd.Series, wrong: NDArray[np.bool_], what: str, origin: Origin, problem: str) -> RoleError:
    """Error about the first value marked in `wrong`, with its row counted from 1 in the source."""
    line = origin.earliest(wrong)
    return RoleError(f"{what} has the value '{_label(column.iloc[line])}'{origin.where(line)}, which {problem}")


def choose_levels(column: pd.Series, text: str, what: str, notes: list[str] | None = None) -> list[str]:
    """The levels that ``LEVEL,LEVEL`` names, spelt as in the column; an unknown one is an error.

    A number may be written in any way (``1`` or ``1.0``), a boolean in any case. With `notes`, a level that is like
    none of the column is told there instead, if the column has one level alone or another one that is named: then it is
    a level that does not occur in these rows.
    """
    present = level_names(column)
    folded = {_fold(name, column): name for name in present}
    parts = [text] if _fold(text, column) in folded else text.split(",")
    # A level may begin or end with a blank, which a list between commas may mean or not.
    wanted = [part if _fold(part, column) in folded else part.strip() for part in parts]
    unknown = [level for level in wanted if _fold(level, column) not in folded]
    known = [folded[_fold(level, column)] for level in wanted if level not in unknown]
    if unknown:
        others = [name.casefold() for name in present if name not in known]
        misspelt = any(difflib.get_close_matches(level.casefold(), others, n=1) for level in unknown)
        if notes is None or misspelt or not all(unknown) or not (known or len(present) == 1):
            raise RoleError(f"{what} has no level {quoted(unknown)}; its levels are {quoted(present)}")
        notes.append(f"no row has the level {quoted(unknown)} of {what}; its levels are {quoted(present)}")
    return list(dict.fromkeys(known))


def _fold(level: str, column: pd.Series) -> str:
    if is_numeric(column):
        try:
            return _label(float(level))
        except ValueError:
            return level
    return level.casefold() if types.is_bool_dtype(column.dtype) or _is_bool_object(column) else level


def yes(
    column: pd.Series, levels: str | None, what: str, option: str, notes: list[str] | None = None
) -> tuple[Vector, tuple[str, str]]:
    """1 where the value is one of `levels` else 0, and the names of both sides.

    Without `levels` the column must hold 0/1 or booleans. `option` is what names levels, and is shown with them. With
    `notes` a level that does not occur is told there (see `choose_levels`), and so are several that count as 0.
    """
    present = level_names(column)
    if levels is not None:
        chosen = choose_levels(column, levels, what, notes)
        rest = [name for name in present if name not in chosen]
        if notes is not None and len(rest) > 1:
            notes.append(f"{what}: the levels {quoted(rest)} count as no")
    elif set(present) <= {"0", "1"} or set(present) <= {"False", "True"}:
        chosen = [name for name in ("1", "True") if name in present]
    elif len(present) == 2:
        ways = " or ".join(f"{option} '{column.name}={name}'" for name in present)
        raise RoleError(f"{what} has the levels {quoted(present)}; say which one counts as 1: {ways}")
    else:
        raise RoleError(
            f"{what} has {len(present)} levels ({quoted(present)}) where two are needed; say which count as 1:"
            f" {option} '{column.name}=LEVEL,LEVEL'"
        )
    names = labels(column)
    others = [name for name in present if name not in chosen]
    values: Vector = names.isin(chosen).to_numpy().astype(np.float64)
    return values, (_joined(others), _joined(chosen))


def quoted(names: Sequence[str]) -> str:
    """``'a', 'b'`` for use in a message."""
    return listing(f"'{name}'" for name in names)


def _joined(names: Sequence[str]) -> str:
    return " or ".join(names)
