"""What can be limited: every measure and statistic with its stable id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairaudit.errors import ConfigError, listing, nearest
from fairaudit.measures.catalogue import BY_NUMBER, MEASURES
from fairaudit.measures.view import Share
from fairaudit.results.words import Better, class_of

PREFIX, AGAINST_BASELINE = "FA", "FB"
FAMILIES = {
    "gap": (100, "largest difference between groups"),
    "ratio": (200, "smallest ratio of two groups"),
    "excess": (300, "divergence or dependence over its noise floor"),
    "correlation": (400, "squared distance correlation"),
    "value": (500, "share of the variance between groups"),
    "group": (600, "value of each group"),
    "overall": (700, "performance on all rows"),
    "standardised": (800, "largest difference between groups within strata, standardised"),
    "subgroup": (900, "worst of all subgroups against all people"),
}
"""Statistic → hundreds of its ids, and what it reads."""

_BETTER: dict[str, Better] = {
    "gap": "lower",
    "ratio": "higher",
    "excess": "lower",
    "correlation": "lower",
    "value": "lower",
    "standardised": "lower",
    "subgroup": "higher",
}
"""Direction that is better of what tells how unlike groups are, whatever the measure."""


@dataclass(frozen=True)
class Rule:
    """A measure and what is read of it."""

    measure: str
    statistic: str
    better: Better | None
    """Which direction is better, whatever is good for a person; None where neither is."""

    @property
    def signed(self) -> bool:
        """Whether something can become worse: where neither direction is better by itself, the value of people can,
        once it is known which way is good for them."""
        of_people = self.statistic in ("group", "overall") and MEASURES[self.measure].good is not None
        return self.better is not None or of_people

    @property
    def parts(self) -> tuple[str, ...]:
        """The measures that are compared: itself, or those the largest gap of which it reads."""
        return MEASURES[self.measure].largest_of or (self.measure,)

    def formula(self, part: str) -> object:
        """How one of the parts is computed in a group, or over all rows."""
        return MEASURES[part].of_rows if self.statistic == "overall" else MEASURES[part].of_groups

    @property
    def watchable(self) -> bool:
        """Whether it can be decided at any time: it reads rates, or gaps or ratios of them, that counts of decisions
        and outcomes tell."""
        needs = {need for part in self.parts for need in MEASURES[part].needs}
        rates = all(isinstance(self.formula(part), Share) for part in self.parts)
        return rates and needs <= {"decision", "outcome"} and self.statistic in ("gap", "ratio", "group", "overall")

    @property
    def number(self) -> str:
        """Digits of the id."""
        return f"{FAMILIES[self.statistic][0] + MEASURES[self.measure].number}"

    @property
    def id(self) -> str:
        """Id of a limit on it, such as FA101."""
        return PREFIX + self.number

    @property
    def baseline_id(self) -> str:
        """Id of a margin against the baseline, such as FB101."""
        return AGAINST_BASELINE + self.number


def _all() -> Iterable[Rule]:
    for measure in BY_NUMBER:
        for statistic in measure.statistics:
            yield Rule(measure.name, statistic, _BETTER.get(statistic, measure.better))


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
    base, of_class = class_of(measure)
    if not of_measure and of_class is not None and any(rule.measure == base for rule in RULES):
        raise ConfigError(f"{place}: '{measure}' names a class; write measure = '{base}' and class = '{of_class}'")
    if not of_measure:
        known = sorted({rule.measure for rule in RULES})
        raise ConfigError(
            f"{place}: unknown measure '{measure}'{nearest(measure, known)}; there are {listing(known, len(known))}"
        )
    if statistic is None:
        return next(iter(of_measure.values()))
    if statistic not in of_measure:
        raise ConfigError(f"{place}: {measure} has no statistic '{statistic}'; it has {listing(of_measure)}")
    return of_measure[statistic]


def refuse_unwatchable(rule: Rule, place: str) -> None:
    """Refuse a rule that cannot be decided at any time.

    Raises:
        ConfigError: with those that can.
    """
    if rule.watchable:
        return
    able: dict[str, list[str]] = {}
    for each in RULES:
        if each.watchable:
            able.setdefault(each.measure, []).append(each.statistic)
    words = "; ".join(f"{measure} ({', '.join(statistics)})" for measure, statistics in sorted(able.items()))
    raise ConfigError(
        f"{place}: {rule.measure} ({rule.statistic}) cannot be decided at any time: nothing is proven of it for any"
        f' number of looks. Use decided-by = "confident", or one of {words}'
    )


def known_ids() -> tuple[str, ...]:
    """Every id, of limits and of margins, sorted."""
    margins = (rule.baseline_id for rule in RULES if rule.signed)
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
