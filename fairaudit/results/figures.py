"""How values, intervals and groups are written, wherever a sentence or a table tells them.

Only units change here (a share becomes per cent); nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairaudit.results.experts import Detectable
from fairaudit.results.memberships import is_membership
from fairaudit.results.models import CarryingRows
from fairaudit.results.values import Cell, Interval
from fairaudit.results.words import Unit, Words
from fairaudit.text import clean, shorten

DASH = "—"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS = "−"
MEMBERSHIP_WORDS = 30
"""Letters around the value of a set: ``race does not include …``."""
MOST_CARRIED = 3
"""Factors of which it is said that a few rows carry them."""


def number(value: float | None, *, signed: bool = False) -> str:
    """Three significant digits, readable at any size: ``12,346``, ``0.0512``, ``9.40×10⁻⁵``; None is a dash."""
    if value is None:
        return DASH
    size = abs(value)
    if size >= 1e15 or 0 < size < 0.001:
        mantissa, exponent = f"{size:.2e}".split("e")
        digits = f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    elif size >= 99.95:
        digits = f"{size:,.0f}" if size >= 999.5 else f"{size:.0f}"
    elif size == 0:
        digits = "0"
    else:
        decimals = next(
            d for d, bound in ((1, 9.995), (2, 0.9995), (3, 0.09995), (4, 0.009995), (5, 0)) if size >= bound
        )
        digits = f"{size:.{decimals}f}"
    return _sign(value, digits, signed)


def percent(share: float | None, *, signed: bool = False) -> str:
    """A share in per cent: ``31.2%``, ``0.04%``; None is a dash."""
    return DASH if share is None else f"{_hundredths(share, signed)}%"


def points(difference: float | None, *, signed: bool = False, unit: str = "pp") -> str:
    """A difference of two shares in percentage points: ``22.4 pp``; None is a dash."""
    return DASH if difference is None else f"{_hundredths(difference, signed)} {unit}"


def percent_change(change: float | None) -> str:
    """A change that is already in per cent, with its sign: ``−82%``; None is a dash."""
    if change is None:
        return DASH
    return _sign(change, f"{abs(change):,.0f}" if abs(change) >= 9.95 else f"{abs(change):.1f}", True) + "%"


def confidence_level(confidence: float) -> str:
    """A confidence, ``95%``, with all digits that tell it from certainty."""
    return f"{100 * confidence:.12g}%"


def precise(value: float | None) -> str:
    """Five significant digits, for numbers that hardly differ; None is a dash."""
    return DASH if value is None else f"{value:#.5g}".rstrip(".").replace("-", MINUS)


def exact_change(change: float | None) -> str:
    """A change that is already in per cent with up to two decimals: ``−0.02%``, ``−92.4%``; None is a dash."""
    if change is None:
        return DASH
    size = abs(change)
    return (
        _sign(change, f"{size:,.0f}" if size >= 99.95 else f"{size:.1f}" if size >= 9.995 else f"{size:.2f}", True)
        + "%"
    )


def p_value(p: float | None) -> str:
    """``0.42``, ``0.034``, ``0.002``; below what three decimals show ``< 0.001``; None is a dash."""
    if p is None:
        return DASH
    if p < 0.001:
        return "< 0.001"
    return f"{p:.2f}" if p >= 0.0995 else f"{p:.3f}"


def p_clause(p: float) -> str:
    """``p = 0.034`` or ``p < 0.001``."""
    text = p_value(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def count(n: int | None) -> str:
    """Whole number with thousands separators; None is a dash."""
    return DASH if n is None else f"{n:,}"


def _hundredths(share: float, signed: bool) -> str:
    size = abs(100 * share)
    if size >= 0.01 or size == 0:
        digits = f"{size:.1f}" if size >= 0.995 else f"{size:.2f}" if size else "0"
    else:
        digits = f"{size:.1g}" if size >= 1e-4 else number(size)
    return _sign(share, digits, signed)


def _sign(value: float, digits: str, signed: bool) -> str:
    if not digits.strip("0.,"):
        return digits  # what rounds to zero has no sign
    return (MINUS if value < 0 else "+" if signed else "") + digits


def in_unit(value: float | None, unit: Unit) -> str:
    """A value of one group in its unit."""
    if unit == "rate":
        return percent(value)
    return points(value, signed=True) if unit == "points" else number(value)


def gap_in_unit(value: float | None, unit: Unit, *, long: bool = False) -> str:
    """A difference between groups in its unit: of shares in percentage points."""
    if unit in ("rate", "points"):
        return points(value, unit="percentage points" if long else "pp")
    return number(value)


def interval(bounds: Interval | None, unit: Unit = "number", *, gap: bool = False) -> str:
    """``29.8 to 32.6``: the bounds of an interval in the unit of its value, or nothing."""
    if bounds is None:
        return ""
    if unit in ("rate", "points"):
        low, high = (_hundredths(bound, unit == "points" and not gap) for bound in bounds)
        return f"{low} to {high}"
    return f"{number(bounds[0])} to {number(bounds[1])}"


def cell_label(cell: Cell, by: Iterable[str], limit: int | None = None) -> str:
    """The group's values in the order of `by`: ``African-American × Male``, ``Male whose race includes Black``; each of
    at most `limit` characters."""
    shown = {name: _level(name, cell, limit) for name in by if name in cell}
    having = [value for name, value in shown.items() if is_membership(name, cell[name])]
    plain = " × ".join(value for name, value in shown.items() if value not in having)
    if having and plain:
        return f"{plain} whose {' and '.join(having)}"
    return plain or " and ".join(having) or "all"


def _level(name: str, cell: Cell, limit: int | None) -> str:
    """One of the group's values; of having a value of a set the words around it do not count for the limit."""
    words = MEMBERSHIP_WORDS if is_membership(name, cell[name]) else 0
    return shorten(cell[name], limit + words) if limit else clean(cell[name])


def whom(cell: Cell, by: Iterable[str], limit: int | None = None) -> str:
    """The group as a sentence speaks of it: its label, or ``those whose race includes Black``."""
    names = [name for name in by if name in cell]
    alone = bool(names) and all(is_membership(name, cell[name]) for name in names)
    return f"{'those whose ' if alone else ''}{cell_label(cell, names, limit)}"


def conditions_label(cell: Cell, by: Iterable[str], limit: int | None = None) -> str:
    """The conditions of a subgroup in the order of `by`: ``race = B and age = 18–41``; each level of at most `limit`
    characters."""
    levels = {name: _level(name, cell, limit) for name in by if name in cell}
    return " and ".join(
        level if is_membership(name, cell[name]) else f"{clean(name)} = {level}" for name, level in levels.items()
    )


def by_label(by: Iterable[str]) -> str:
    """The attributes that form groups: ``race × sex``."""
    return " × ".join(map(clean, by))


def sentence_list(names: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(names)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def carried_by_few(carried: Sequence[CarryingRows]) -> str:
    """That a few rows carry much of the importance of factors, as a clause; nothing where none is."""
    clauses = [
        f"{count(one.rows)} {'row' if one.rows == 1 else 'rows'} of {count(one.of)}"
        f" {'carries' if one.rows == 1 else 'carry'} {percent(one.share)} of the importance of {clean(one.factor)}"
        for one in carried[:MOST_CARRIED]
    ]
    more = len(carried) - len(clauses)
    return sentence_list([*clauses, *([f"likewise of {count(more)} more"] if more > 0 else [])])


def capital(text: str) -> str:
    """`text` with a capital at its start."""
    return text[:1].upper() + text[1:]


def detectable_sentence(one: Detectable, words: Words) -> str:
    """Which gap of a measure would have been found."""
    by, power = by_label(one.by), percent(one.power).replace(".0%", "%")
    found = f"would have been found with {power} power{_of_largest(one, words)}."
    if one.gap is None:
        return f"No gap in {words.label} between the smallest groups of {by} {found}"
    gap = gap_in_unit(one.gap, words.unit, long=True)
    which = "the" if len(one.members) == 2 else "any"
    return f"A gap in {words.label} of {gap} between {which} two groups of {by} {found}"


def _of_largest(one: Detectable, words: Words) -> str:
    """The same of the two groups of most information, where there are more than two."""
    if len(one.members) < 3 or one.largest_gap is None:
        return ""
    names = sentence_list(whom(cell, one.by, 30) for cell in one.members[-2:])
    return f", one of {gap_in_unit(one.largest_gap, words.unit, long=True)} between {names}"
