"""What can be limited: every measure and statistic with its stable id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fairaudit.errors import ConfigError, listing, nearest

Better = Literal["lower", "higher"]

PREFIX, AGAINST_BASELINE = "FA", "FB"
NUMBERS = {
    "selection_rate": 1,
    "tpr": 2,
    "fpr": 3,
    "fnr": 4,
    "ppv": 5,
    "accuracy": 6,
    "equalized_odds": 7,
    "base_rate": 8,
    "auc": 9,
    "calibration": 10,
    "calibration_error": 11,
    "mean_prediction": 12,
    "mean_outcome": 13,
    "mean_error": 14,
    "rmse": 15,
    "frequency": 16,
    "actual_expected": 17,
    "brier": 21,
    "log_loss": 22,
    "mae": 23,
    "r2": 24,
    "poisson_deviance": 25,
    "rps": 26,
    "jensen_shannon": 51,
    "dcov": 52,
    "ccdcov": 53,
    "jdcov": 54,
    "uf": 55,
    "uf_weighted": 56,
}
"""Measure → last two digits of its ids. Numbers are never given anew."""
FAMILIES = {
    "gap": (100, "largest difference between groups"),
    "ratio": (200, "smallest ratio of two groups"),
    "excess": (300, "divergence or dependence over its noise floor"),
    "correlation": (400, "squared distance correlation"),
    "value": (500, "share of the variance between groups"),
    "group": (600, "value of each group"),
    "overall": (700, "performance on all rows"),
}
"""Statistic → hundreds of its ids, and what it reads."""

_RATES = ("selection_rate", "tpr", "fpr", "ppv", "accuracy", "base_rate")
_GAPS = (
    *_RATES,
    "equalized_odds",
    *("auc", "calibration", "mean_prediction", "mean_outcome", "mean_error", "rmse", "frequency", "actual_expected"),
)
_HIGHER = ("accuracy", "auc", "r2", "tpr", "ppv")
_LOWER = ("brier", "log_loss", "rmse", "mae", "poisson_deviance", "rps", "calibration_error", "fnr", "fpr")
_OVERALL = ("accuracy", "auc", "brier", "log_loss", "rmse", "mae", "r2", "poisson_deviance", "rps")


@dataclass(frozen=True)
class Rule:
    """A measure and what is read of it."""

    measure: str
    statistic: str
    better: Better | None
    """Which direction is better; None where neither is, so that nothing can become worse."""

    @property
    def number(self) -> str:
        """Digits of the id."""
        return f"{FAMILIES[self.statistic][0] + NUMBERS[self.measure]}"

    @property
    def id(self) -> str:
        """Id of a limit on it, such as FA101."""
        return PREFIX + self.number

    @property
    def baseline_id(self) -> str:
        """Id of a margin against the baseline, such as FB101."""
        return AGAINST_BASELINE + self.number


def _direction(measure: str) -> Better | None:
    return "higher" if measure in _HIGHER else "lower" if measure in _LOWER else None


def _all() -> Iterable[Rule]:
    for measure in _GAPS:
        yield Rule(measure, "gap", "lower")
    for measure in _RATES:
        yield Rule(measure, "ratio", "higher")
    for measure in ("jensen_shannon", "dcov", "ccdcov", "jdcov", "uf", "uf_weighted"):
        yield Rule(measure, "excess", "lower")
    for measure in ("dcov", "ccdcov"):
        yield Rule(measure, "correlation", "lower")
    for measure in ("uf", "uf_weighted"):
        yield Rule(measure, "value", "lower")
    for measure in (*_GAPS, "fnr", "calibration_error"):
        if measure != "equalized_odds":
            yield Rule(measure, "group", _direction(measure))
    for measure in (*_OVERALL, "frequency", "actual_expected"):
        yield Rule(measure, "overall", _direction(measure))


RULES: tuple[Rule, ...] = tuple(sorted(_all(), key=lambda rule: rule.number))
"""Every rule, in the order of the ids. The first of a measure is what a limit reads unless it says otherwise."""


def find(measure: str, statistic: str | None, place: str) -> Rule:
    """The rule of a limit.

    Args:
        measure: its measure.
        statistic: its statistic; None: the first that the measure has.
        place: how a message calls the limit.

    Raises:
        ConfigError: there is no such measure, or it has no such statistic.
    """
    of_measure = {rule.statistic: rule for rule in RULES if rule.measure == measure}
    if not of_measure:
        known = sorted({rule.measure for rule in RULES})
        raise ConfigError(
            f"{place}: unknown measure '{measure}'{nearest(measure, known)}; there are {listing(known, 40)}"
        )
    if statistic is None:
        return next(iter(of_measure.values()))
    if statistic not in of_measure:
        raise ConfigError(f"{place}: {measure} has no statistic '{statistic}'; it has {listing(of_measure)}")
    return of_measure[statistic]


def known_ids() -> tuple[str, ...]:
    """Every id, of limits and of margins, sorted."""
    margins = (rule.baseline_id for rule in RULES if rule.better is not None)
    return tuple(sorted([*(rule.id for rule in RULES), *margins]))


def check_prefixes(prefixes: Iterable[str], option: str) -> None:
    """Refuse the beginning of an id that no id has.

    Raises:
        ConfigError: naming it.
    """
    for prefix in prefixes:
        if not prefix or not any(each.startswith(prefix) for each in known_ids()):
            raise ConfigError(
                f"{option} {prefix or '(empty)'}: no rule begins so; families are "
                + listing(f"{PREFIX}{hundreds // 100}xx ({name})" for name, (hundreds, _) in FAMILIES.items())
                + f", and {AGAINST_BASELINE} for margins against the baseline"
            )
