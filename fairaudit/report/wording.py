"""Words and numbers: how every report writes a value and a group, and where it finds the words of a measure.

Only units change here (a share becomes per cent); nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairaudit.results import Audit, Check, Comparison, Words
from fairaudit.results.figures import DASH as DASH
from fairaudit.results.figures import MINUS as MINUS
from fairaudit.results.figures import by_label as by_label
from fairaudit.results.figures import capital as capital
from fairaudit.results.figures import carried_by_few as carried_by_few
from fairaudit.results.figures import cell_label as cell_label
from fairaudit.results.figures import conditions_label as conditions_label
from fairaudit.results.figures import confidence_level as confidence_level
from fairaudit.results.figures import count as count
from fairaudit.results.figures import detectable_sentence as detectable_sentence
from fairaudit.results.figures import exact_change as exact_change
from fairaudit.results.figures import gap_in_unit as gap_in_unit
from fairaudit.results.figures import in_unit as in_unit
from fairaudit.results.figures import interval as interval
from fairaudit.results.figures import number as number
from fairaudit.results.figures import p_clause as p_clause
from fairaudit.results.figures import p_value as p_value
from fairaudit.results.figures import percent as percent
from fairaudit.results.figures import percent_change as percent_change
from fairaudit.results.figures import points as points
from fairaudit.results.figures import precise as precise
from fairaudit.results.figures import sentence_list as sentence_list
from fairaudit.results.figures import whom as whom
from fairaudit.results.words import measure_of
from fairaudit.text import clean as clean
from fairaudit.text import shorten as shorten

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
    return confidence_level(result.confidence)


def corrected(p: float | None, adjusted: float | None) -> tuple[float | None, str]:
    """The p-value that decides, and its clause: the one corrected for all hypotheses of the audit, as ``adjusted p``.

    Results of before there was a correction have the plain one alone.
    """
    if adjusted is None:
        return p, "" if p is None else p_clause(p)
    return adjusted, f"adjusted {p_clause(adjusted)}"


def headline(audit: Audit) -> list[str]:
    """The measures of this task that are told and drawn first, in that order; of an audit without words all of them."""
    first = {name: known.headline for name, known in audit.measures.items() if known.headline is not None}
    if not audit.measures:
        return sorted({gap.measure for gap in audit.disparities})
    return sorted(first, key=lambda name: first[name])
