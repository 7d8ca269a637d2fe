"""Words and numbers: how every report writes a value, a group and a measure.

Only units change here (a share becomes per cent); nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from fairaudit.results import Audit, Cell, Interval
from fairaudit.text import clean as clean
from fairaudit.text import shorten as shorten

DASH = "—"
SIGNIFICANT = 0.05
"""Adjusted p-values up to here are called findings."""
Unit = Literal["rate", "points", "number", "ratio"]
"""`rate`: a share, written in per cent. `points`: a signed difference of shares. `ratio`: 1 means equal."""


@dataclass(frozen=True)
class Metric:
    """What people call a measure and how they read it."""

    label: str
    """Plain words."""
    about: str
    """One line: what it is and, for a difference, what 0 means."""
    unit: Unit = "number"
    """How its value in one group is written."""


METRICS: dict[str, Metric] = {
    "selection_rate": Metric("selection rate", "share of the group that is selected (decision yes)", "rate"),
    "fpr": Metric("false positive rate", "share selected among those with outcome 0", "rate"),
    "tpr": Metric("true positive rate", "share selected among those with outcome 1", "rate"),
    "fnr": Metric("false negative rate", "share not selected among those with outcome 1", "rate"),
    "ppv": Metric("precision", "share with outcome 1 among those selected (positive predictive value)", "rate"),
    "accuracy": Metric("accuracy", "share of decisions that agree with the outcome", "rate"),
    "equalized_odds": Metric("equalised odds", "the larger of the gaps in true and false positive rate", "rate"),
    "base_rate": Metric("observed rate", "share of the group with outcome 1; a fact of the data", "rate"),
    "auc": Metric(
        "ranking quality (AUC)",
        "chance that a person with outcome 1 is ranked above one with outcome 0; 0.5 is guessing",
    ),
    "calibration": Metric(
        "calibration", "mean outcome minus mean predicted rate; above 0 the group is underestimated", "points"
    ),
    "calibration_error": Metric(
        "calibration error", "mean distance between predicted and observed rate; 0 is perfect", "rate"
    ),
    "mean_prediction": Metric("mean prediction", "weighted mean of the predictions"),
    "mean_outcome": Metric("mean outcome", "weighted mean of the observed outcomes"),
    "mean_error": Metric("mean error", "mean of outcome minus prediction; above 0 the group is underestimated"),
    "rmse": Metric("typical error (RMSE)", "root mean squared error; 0 is perfect"),
    "frequency": Metric("observed frequency", "claims per unit of exposure"),
    "actual_expected": Metric(
        "actual / expected", "observed over predicted claims; 1 is right, above 1 the group is underestimated", "ratio"
    ),
    "uf": Metric(
        "unfairness index (UF)", "share of the predictions' variance that lies between groups, groups counted equally"
    ),
    "uf_weighted": Metric(
        "unfairness index, weighted", "share of the predictions' variance that lies between groups, groups by size"
    ),
    "brier": Metric("Brier score", "mean squared error of the probabilities; 0 is perfect"),
    "log_loss": Metric("log loss", "mean negative log-likelihood; 0 is perfect"),
    "mae": Metric("mean absolute error", "0 is perfect"),
    "r2": Metric("R²", "share of the outcome's variance that is predicted; 1 is perfect"),
    "poisson_deviance": Metric("Poisson deviance", "mean deviance; 0 is perfect"),
    "rps": Metric("ranked probability score", "0 is perfect"),
    "jensen_shannon": Metric(
        "Jensen–Shannon divergence", "how far the groups' distributions are apart, in bits; 0: they are the same"
    ),
    "dcov": Metric("distance covariance (dCov²)", "dependence on one attribute; 0 only under independence"),
    "ccdcov": Metric("joint dependence (CCdCov²)", "dependence on all attributes at once; 0 only under independence"),
    "within_strata": Metric("dependence within strata", "what the penalty aims at: dependence among rows of a stratum"),
    "jdcov": Metric("mutual dependence (JdCov²)", "dependence including interactions of the attributes"),
}
"""Measures in the order in which tables show them."""


def metric(name: str) -> Metric:
    """The words for a measure; for one not listed its name with spaces."""
    return METRICS.get(plain_name(name)) or Metric(clean(name).replace("_", " "), "")


def plain_name(name: str) -> str:
    """The measure without the name of its estimator: ``ccdcov_excess`` is ``ccdcov``."""
    return name.removesuffix("_excess").removesuffix("_unbiased").removesuffix("_biased")


def in_order(names: Iterable[str]) -> list[str]:
    """Measures in the order of `METRICS`, others after them by name."""
    known = list(METRICS)
    return sorted(set(names), key=lambda name: (known.index(name) if name in METRICS else len(known), name))


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
    about = f"{metric(name).label} over its floor"
    return Traced("dependence", about, "λ", "penalty", "fairer", "no dependence beyond chance")


def mean_metric(audit: Audit) -> Metric:
    """The words for `Group.mean_prediction`, which depend on what is measured and on its scale."""
    unit: Unit = "number"
    scale = audit.prediction.scale
    if scale in ("probability", "decision") or (scale == "outcome" and audit.task == "binary"):
        unit = "rate"
    if audit.prediction.subject == "decision":
        return Metric("share of yes", "weighted share of the group whose decision is yes", unit)
    if audit.prediction.subject == "outcome":
        return Metric("mean outcome", METRICS["mean_outcome"].about, unit)
    per = "per unit of exposure" if scale == "rate per exposure" else f"({clean(scale)})"
    return Metric("mean prediction", f"weighted mean of the predictions {per}", unit)


def metric_of(audit: Audit, name: str) -> Metric:
    """`metric`, but the mean prediction in the unit of this audit."""
    return mean_metric(audit) if name == "mean_prediction" else metric(name)


def argument(audit: Audit, name: str, default: float) -> float:
    """A number from the arguments of the audit, which may be spelt with ``-`` or ``_``."""
    arguments: Mapping[str, object] = audit.manifest.arguments
    value = arguments.get(name, arguments.get(name.replace("_", "-"), default))
    return value if isinstance(value, (int, float)) else default


def confidence(audit: Audit) -> str:
    """The coverage of the intervals: ``95%``."""
    return f"{100 * argument(audit, 'confidence', 0.95):g}%"


_HEADLINE = {
    "binary": ("selection_rate", "fpr", "tpr", "ppv", "mean_prediction", "calibration", "auc", "accuracy"),
    "count": ("mean_prediction", "actual_expected", "frequency", "selection_rate"),
}
_HEADLINE_OTHER = ("mean_prediction", "mean_error", "rmse", "mean_outcome")


def headline_metrics(audit: Audit) -> tuple[str, ...]:
    """The measures of this task that are told and drawn first, in that order."""
    return _HEADLINE.get(audit.task, _HEADLINE_OTHER)
