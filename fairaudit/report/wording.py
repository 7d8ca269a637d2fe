"""Words and numbers: how every report writes a value and a group, and where it finds the words of a measure.

Only units change here (a share becomes per cent); nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairaudit.results import Audit, Cell, Check, Comparison, Interval, Words
from fairaudit.results.words import Unit, measure_of
from fairaudit.text import clean as clean
from fairaudit.text import shorten as shorten

DASH = "—"
SIGNIFICANT = 0.05
"""Adjusted p-values up to here are called findings."""
Worded = Audit | Check | Comparison
"""Results that carry the words of their measures."""


def words(result: Worded, name: str) -> Words:
    """The words that a result has for a measure; where it has none, its name with spaces."""
    spelt = clean(name).replace("_", " ")
    return result.measures.get(measure_of(name)) or Words(label=spelt, short=spelt)


def in_order(result: Worded, names: Iterable[str]) -> list[str]:
    """Measures in the order of tables, those without a place after them by name."""

    def place(name: str) -> tuple[bool, int, str]:
        known = words(result, name).place
        return known is None, known or 0, name

    return sorted(set(names), key=place)


# Text that came with the data ---------------------------------------------------------------------------------------


def cell_label(cell: Cell, by: Iterable[str], limit: int | None = None) -> str:
    """The group's values in the order of `by`: ``African-American × Male``; each of at most `limit` characters."""
    values = [clean(cell[name]) for name in by if name in cell]
    return " × ".join(shorten(value, limit) if limit else value for value in values) or "all"


def by_label(by: Iterable[str]) -> str:
    """The attributes that form groups: ``race × sex``."""
    return " × ".join(map(clean, by))


def sentence_list(names: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(names)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def capital(text: str) -> str:
    """`text` with a capital at its start."""
    return text[:1].upper() + text[1:]


# Numbers ------------------------------------------------------------------------------------------------------------

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS = "−"


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


def precise(value: float | None) -> str:
    """Five significant digits, for numbers that hardly differ; None is a dash."""
    return DASH if value is None else f"{value:.5g}".replace("-", MINUS)


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


# What this audit measures ---------------------------------------------------------------------------------------------


def subject(audit: Audit) -> str:
    """What is measured, in the plural: ``predictions``, ``decisions`` or ``outcomes``."""
    return {"prediction": "predictions", "decision": "decisions", "outcome": "outcomes"}[audit.prediction.subject]


def is_penalised(audit: Audit) -> bool:
    """Whether the model pays for dependence on the protected attributes; else knowledge of its factors guides it."""
    return audit.model is None or audit.model.penalty != "none"


def chosen(audit: Audit) -> str:
    """What the model is called beside the plain one: ``fair`` or ``guided``."""
    return "fair" if is_penalised(audit) else "guided"


DIVERGENCES = {
    "kl": "KL(knowledge‖model)",
    "reverse-kl": "KL(model‖knowledge)",
    "js": "Jensen–Shannon divergence",
    "balanced": "balanced KL divergence",
    "plackett-luce": "Plackett–Luce loss",
}
"""Distances of importances from what is known, in words."""


@dataclass(frozen=True)
class Traced:
    """Words for what the strengths of a path lower."""

    noun: str
    """Of what there is less with more strength."""
    about: str
    """How it is measured."""
    symbol: str
    """Of the strength."""
    term: str
    """What the strength is of."""
    better: str
    """What less of it is."""
    end: str
    """What 0 is."""


def traced(audit: Audit) -> Traced:
    """What the path of a calibration lowers: dependence, or divergence from knowledge of the factors."""
    name, _, kind = ("ccdcov" if audit.calibration is None else audit.calibration.measure).partition(":")
    if name == "consistency":
        about = DIVERGENCES.get(kind, kind)
        return Traced("divergence from the knowledge", about, "α", "consistency loss", "as known", "all as known")
    about = f"{words(audit, name).label} over its floor"
    return Traced("dependence", about, "λ", "penalty", "fairer", "no dependence beyond chance")


def confidence(result: Audit | Check) -> str:
    """The coverage of the intervals: ``95%``."""
    return f"{100 * result.confidence:g}%"


def headline(audit: Audit) -> list[str]:
    """The measures of this task that are told and drawn first, in that order; of an audit without words all of them."""
    first = {name: known.headline for name, known in audit.measures.items() if known.headline is not None}
    if not audit.measures:
        return sorted({gap.metric for gap in audit.disparities})
    return sorted(first, key=lambda name: first[name])
