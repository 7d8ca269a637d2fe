"""The few sentences that a busy reader needs first."""

from __future__ import annotations

from collections.abc import Iterable

from fairaudit.report import wording as w
from fairaudit.results import Audit, Cell, Change, Disparity, Group

SIGNIFICANT = 0.05
"""Adjusted p-values up to here are called findings."""
NOTABLE = 1.0
"""Per cent below which a worsening is not told; it stands in the table."""
LIMIT = 7
"""Sentences at most."""

_HEADLINE = {
    "binary": ("selection_rate", "fpr", "tpr", "ppv", "mean_prediction", "calibration", "auc", "accuracy"),
    "count": ("mean_prediction", "actual_expected", "frequency", "selection_rate"),
}
_FIRST = frozenset({"selection_rate", "fpr", "tpr"})
"""Rates that most readers ask for first."""
_HEADLINE_OTHER = ("mean_prediction", "mean_error", "rmse", "mean_outcome")


def findings(audit: Audit) -> list[str]:
    """Three to seven plain sentences, eight with knowledge of the factors: what a fairer or guided model brought and
    cost, the largest disparities between groups, divergence and dependence over chance, and which groups or rows were
    left out.
    """
    guided = _guided(audit)
    model = [*_gain_and_cost(audit), *guided]
    limit = LIMIT + len(guided)
    cautions = [*_not_converged(audit), *_small_groups(audit), *_left_out(audit)]
    overall = [*_divergence(audit), *_dependence(audit), *_conditional(audit)]
    room = max(1, limit - len(model) - len(cautions) - len(overall))
    told = [*model, *_largest_disparities(audit)[:room], *overall]
    return told[: limit - len(cautions)] + cautions


def headline_metrics(audit: Audit) -> tuple[str, ...]:
    """The measures of this task that are told and drawn first, in that order."""
    return _HEADLINE.get(audit.task, _HEADLINE_OTHER)


def worst_first(audit: Audit) -> list[Disparity]:
    """The disparities that can be told, findings before the rest: by attribute set, one measure each, largest first.

    Base rates (data, not model), equalised odds and the false negative rate (both repeat others) stay in the tables.
    """
    wanted = headline_metrics(audit)
    told = [d for d in audit.disparities if d.metric in wanted and d.value is not None and d.highest and d.lowest]
    return sorted(told, key=lambda d: (not is_finding(d), len(d.by) > 1, *_rank(audit, d)))


def is_finding(disparity: Disparity) -> bool:
    """Whether the difference stands out from chance after Holm's correction."""
    return disparity.p_adjusted is not None and disparity.p_adjusted <= SIGNIFICANT


def _rank(audit: Audit, disparity: Disparity) -> tuple[float, float]:
    # Only shares can be compared with each other; other units keep the order of the list.
    place = headline_metrics(audit).index(disparity.metric)
    size = -(disparity.value or 0.0) if disparity.excess is None else -disparity.excess
    first = 0 if disparity.metric in _FIRST else 1
    return (first, size) if w.metric_of(audit, disparity.metric).unit == "rate" else (2 + place, size)


# Plain against fair ---------------------------------------------------------------------------------------------------


def _gain_and_cost(audit: Audit) -> list[str]:
    told = []
    dependence = [change for change in audit.comparison if change.kind == "dependence"]
    if dependence and w.is_penalised(audit):
        # CCdCov is the measure that the penalties aim at; the others stay in the table.
        joint = next((c for name in ("within_strata", "ccdcov") for c in dependence if _name(c) == name), dependence[0])
        told.append(_nothing_changed(audit, joint) or _gain(audit, joint) + _cost(audit))
    worse = [
        c
        for c in audit.comparison
        if c.kind in ("disparity", "divergence")
        and is_better(c) is False
        and (c.percent is None or c.percent >= NOTABLE)
    ]
    if worse:
        others = f", and {len(worse) - 2} more" if len(worse) > 2 else ""
        name = "fairer" if w.is_penalised(audit) else "guided"
        told.append(f"In places the {name} model is worse: {'; '.join(from_to(audit, c) for c in worse[:2])}{others}.")
    return told


def _guided(audit: Audit) -> list[str]:
    """What knowledge of the factors changed, and at what price."""
    found = audit.consistency
    if found is None or found.distance.plain is None or found.distance.guided is None:
        return []
    ends = f"from {w.number(found.distance.plain)} to {w.number(found.distance.guided)} nats"
    told = f"Guided by {w.clean(found.source)}, the model's {w.DIVERGENCES[found.divergence]} goes {ends}"
    if found.distance.percent is not None:
        told += f" ({w.percent_change(found.distance.percent)})"
    if found.agreement.plain is not None:
        told += f", pairs of factors in the known order from {w.percent(found.agreement.plain)} to"
        told += f" {w.percent(found.agreement.guided)}"
    if found.loss.percent is not None:
        told += f", the loss by {w.exact_change(found.loss.percent)}"
        if found.loss.percent_interval is not None:
            low, high = map(w.exact_change, found.loss.percent_interval)
            told += f" ({low} to {high})"
    return [f"{told}."]


def _nothing_changed(audit: Audit, joint: Change) -> str:
    """Where the fairer model is the plain one: that it is, and why; else nothing."""
    if any(change.change for change in audit.comparison) or joint.fair is None or audit.model is None:
        return ""
    model, what = audit.model, change_label(audit, joint)
    if model.strength == 0 and model.reduce_asked is not None:
        why = "on training rows that were not fitted on, the plain model shows no dependence over its noise floor"
    elif model.strength == 0:
        why = "the strength of the penalty is 0"
    else:
        why = f"the penalty, at λ = {w.number(model.strength)}, changes no prediction"
    return f"The fairer model is the plain one: {why}. The {what} is {w.number(joint.fair)} on the held-out rows."


def _gain(audit: Audit, change: Change) -> str:
    what = f"the {change_label(audit, change)}"
    if change.plain is None or change.fair is None:
        return f"Whether the fairer model lowers {what} could not be measured."
    ends = f"from {w.number(change.plain)} to {w.number(change.fair)} on the held-out rows"
    if is_better(change) is None:
        return f"There was nothing to remove: {what} went {ends}, no more than chance in both models."
    if not is_better(change):
        return f"The penalty did not help: {what} went {ends}."
    if change.measure.endswith("_excess") and change.fair <= 0:
        return f"The fairer model removes all of {what}, {ends}."
    if change.percent is None:
        return f"The fairer model lowers {what} {ends}."
    return f"The fairer model removes {w.percent_change(change.percent).strip(w.MINUS)} of {what}, {ends}."


def _cost(audit: Audit) -> str:
    measured = [c for c in audit.comparison if c.kind == "performance" and c.plain is not None and c.fair is not None]
    if not measured:
        return ""
    head = "Its price: " if any(is_better(change) is False for change in measured) else "It cost no performance: "
    return f" {head}{w.sentence_list(_priced(audit, change) for change in measured[:3])}."


def _priced(audit: Audit, change: Change) -> str:
    """``accuracy 67.1% → 66.0%``, with the change in per cent where both ends round to the same figures."""
    same = change_value(audit, change, change.plain) == change_value(audit, change, change.fair)
    percent = f" ({w.percent_change(change.percent)})" if same and change.percent else ""
    return from_to(audit, change) + percent


def change_label(audit: Audit, change: Change) -> str:
    """What a change is about: measure, for which attributes, and for a dependence which estimator it is."""
    label = w.metric_of(audit, _name(change)).label
    if change.kind == "disparity" and not _name(change).startswith("uf"):
        label += " gap"
    if change.by and not (change.kind == "dependence" and _name(change) != "dcov"):
        label += f" by {w.by_label(change.by)}"
    return label + _estimator(audit, change)


def _name(change: Change) -> str:
    return w.plain_name(change.measure)


def _estimator(audit: Audit, change: Change) -> str:
    """`` over its noise floor`` where the value compared is an excess; looked up in the audit, never guessed."""
    excess: list[float | None] = []
    if change.kind == "divergence":
        excess = [d.excess for d in audit.divergence if d.by == change.by]
    elif _name(change) == "ccdcov":
        excess = [audit.dependence.ccdcov.excess]
    elif _name(change) == "jdcov":
        excess = [audit.dependence.jdcov.excess]
    elif _name(change) == "dcov":
        excess = [d.excess for d in audit.dependence.dcov if [d.attribute] == change.by]
    known = change.measure.endswith("_excess") or (change.fair is not None and change.fair in excess)
    return " over its noise floor" if known else ""


def is_better(change: Change) -> bool | None:
    """Whether the fairer model is better in this measure; None if equal, not measured, or chance in both: how far an
    excess lies below its floor is no merit."""
    if not change.change or change.plain is None or change.fair is None:
        return None
    if change.measure.endswith("_excess") and max(change.plain, change.fair) <= 0:
        return None
    return (change.change < 0) == (change.better == "lower")


def change_value(audit: Audit, change: Change, value: float | None) -> str:
    """One end of a comparison in its unit."""
    unit = w.metric_of(audit, _name(change)).unit
    return w.gap_in_unit(value, unit) if change.kind == "disparity" else w.in_unit(value, unit)


def from_to(audit: Audit, change: Change) -> str:
    """``accuracy 67.1% → 66.0%``."""
    ends = " → ".join(change_value(audit, change, value) for value in (change.plain, change.fair))
    return f"{change_label(audit, change)} {ends}"


# Groups ---------------------------------------------------------------------------------------------------------------


def _largest_disparities(audit: Audit) -> list[str]:
    """The largest finding of each set of attributes: up to two single attributes and one intersection.

    A reader learns more from another attribute than from a second measure of the same one.
    """
    ranked = worst_first(audit)
    found = [disparity for disparity in ranked if is_finding(disparity)]
    if not found:
        return [_nothing_found(audit, ranked)]
    largest = {tuple(d.by): d for d in reversed(found)}
    ordered = sorted(largest.values(), key=found.index)
    single = [d for d in ordered if len(d.by) == 1]
    crossed = [d for d in ordered if len(d.by) > 1]
    return [disparity_sentence(audit, d) for d in (*single[:1], *crossed[:1], *single[1:2])]


def _nothing_found(audit: Audit, ranked: list[Disparity]) -> str:
    tested = sum(d.p_adjusted is not None for d in audit.disparities)
    told = f"None of {tested} differences between groups stands out from chance after Holm's correction."
    if not tested:
        told = "No difference between groups could be tested against chance; the tables say why."
    return f"{told} The largest is: {disparity_sentence(audit, ranked[0])}" if ranked else told


def disparity_sentence(audit: Audit, disparity: Disparity) -> str:
    """One disparity with its groups, their values, the gap, its interval and adjusted p-value."""
    known = w.metric_of(audit, disparity.metric)
    ends = [
        f"{w.in_unit(value, known.unit)} for {w.cell_label(cell, disparity.by, 40)}"
        for cell in (disparity.highest, disparity.lowest)
        if cell is not None and (value := _value(audit, disparity, cell)) is not None
    ]
    groups = " against ".join(ends) if len(ends) == 2 else _named_groups(disparity)
    chance = "" if disparity.p_adjusted is None else f"; adjusted {w.p_clause(disparity.p_adjusted)}"
    bounds = _bounds(audit, disparity)
    details = f" ({(bounds + chance).removeprefix('; ')})" if bounds or chance else ""
    gap = w.gap_in_unit(disparity.value, known.unit, long=True)
    told = f"{_capital(known.label)} by {w.by_label(disparity.by)}: {groups}, a gap of {gap}{details}."
    if is_finding(disparity) and disparity.interval is not None and disparity.interval[0] <= 0:
        # The p-value is about all groups, the interval about the two that are furthest apart, often small ones.
        told += " The p-value is for all groups together; for these two alone the interval includes 0."
    return told


def _named_groups(disparity: Disparity) -> str:
    cells = [w.cell_label(cell, disparity.by, 40) for cell in (disparity.highest, disparity.lowest) if cell]
    return f"highest for {cells[0]}, lowest for {cells[1]}"


def _bounds(audit: Audit, disparity: Disparity) -> str:
    if disparity.interval is None:
        return ""
    unit = w.metric_of(audit, disparity.metric).unit
    return f"{w.confidence(audit)} interval {w.interval(disparity.interval, unit, gap=True)}"


def _value(audit: Audit, disparity: Disparity, cell: Cell) -> float | None:
    group = next((g for g in audit.groups if g.by == disparity.by and g.cell == cell), None)
    return None if group is None else group_value(group, disparity.metric)


def group_value(group: Group, name: str) -> float | None:
    """The value of a measure in a group."""
    if name in group.measures:
        return group.measures[name].value
    return group.mean_prediction if name == "mean_prediction" else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Divergence and dependence --------------------------------------------------------------------------------------------


def _divergence(audit: Audit) -> list[str]:
    measured = [d for d in audit.divergence if d.excess is not None]
    if not measured:
        return []
    widest = max(measured, key=lambda d: (len(d.by), d.of == audit.prediction.subject))
    what = f"the groups of {w.by_label(widest.by)}"
    distributions = f"the distributions of the {widest.of}s"
    if widest.p_value is not None and widest.p_value > SIGNIFICANT:
        return [
            f"Between {what} {distributions} differ no more than chance allows "
            f"(Jensen–Shannon divergence {w.number(widest.excess)} bits over its floor; {w.p_clause(widest.p_value)})."
        ]
    chance = "" if widest.p_value is None else f"; {w.p_clause(widest.p_value)}"
    bounds = f"; {w.confidence(audit)} interval {w.interval(widest.interval)}" if widest.interval else ""
    return [
        f"Between {what} {distributions} lie {w.number(widest.excess)} bits apart beyond chance "
        f"(Jensen–Shannon divergence; 0: the same{bounds}{chance})."
    ]


def _dependence(audit: Audit) -> list[str]:
    joint = audit.dependence.ccdcov
    what = f"the {w.subject(audit)}"
    names = w.sentence_list(w.clean(attribute.name) for attribute in audit.protected)
    size = f"squared distance correlation {w.number(joint.dcor_sq)}, 0 would be none"
    if joint.p_value is None:
        untested = f"How far {what} depend on {names} was not tested against chance ({size})."
        return [untested] if joint.dcor_sq is not None else []
    if joint.p_value > SIGNIFICANT:
        return [f"No dependence of {what} on {names} shows beyond chance (CCdCov², {w.p_clause(joint.p_value)})."]
    together = " taken together" if len(audit.protected) > 1 else ""
    details = f"CCdCov², {w.p_clause(joint.p_value)}" + (f"; {size}" if joint.dcor_sq is not None else "")
    told = f"{_capital(what)} depend on {names}{together} ({details})."
    jdcov = audit.dependence.jdcov
    if jdcov.interaction is not None and jdcov.pairs is not None and jdcov.interaction > jdcov.pairs:
        told += " Most of it shows only in combinations of attributes, not in single ones."
    return [told]


def _conditional(audit: Audit) -> list[str]:
    """The dependence within outcomes, or among rows with one value of an admissible column, where it was asked for."""
    found = audit.dependence.conditional
    if found is None or found.ccdcov.p_value is None:
        return []
    parity, _, given = found.parity.partition(" given ")
    outcome = {"equalized-odds": "the same outcome", "equal-opportunity": "the positive outcome"}.get(parity)
    same = w.sentence_list(filter(None, (outcome, given and f"the same {w.clean(given)}")))
    names = w.sentence_list(w.clean(attribute.name) for attribute in audit.protected)
    chance = f"({w.clean(found.parity)}; CCdCov², {w.p_clause(found.ccdcov.p_value)})"
    if found.ccdcov.p_value > SIGNIFICANT:
        return [f"Among rows with {same} no dependence of the {w.subject(audit)} on {names} shows {chance}."]
    return [f"Among rows with {same} the {w.subject(audit)} depend on {names} {chance}."]


# Cautions -------------------------------------------------------------------------------------------------------------


def _small_groups(audit: Audit) -> list[str]:
    small = [group for group in audit.groups if not group.adequate]
    if not small:
        return []
    names = _some(w.cell_label(group.cell, group.by, 30) for group in small)
    plural = "1 group is" if len(small) == 1 else f"{w.count(len(small))} groups are"
    unweighted = ", or all weights 0" if any(group.share <= 0 for group in small) else ""
    return [f"{plural} too small to be compared (fewer than {_smallest(audit)} rows{unweighted}): {names}."]


def _smallest(audit: Audit) -> str:
    return w.count(int(w.argument(audit, "min_group", 25)))


def _some(names: Iterable[str], limit: int = 4) -> str:
    listed = list(names)
    if len(listed) <= limit:
        return w.sentence_list(listed)
    return ", ".join(listed[:limit]) + f" and {w.count(len(listed) - limit)} more"


def _left_out(audit: Audit) -> list[str]:
    if not audit.rows.dropped:
        return []
    reasons = _some(f"{w.clean(reason)} ({w.count(n)})" for reason, n in sorted(audit.rows.dropped.items()))
    return [f"Rows left out of {w.count(audit.rows.read)}: {reasons}."]


def _not_converged(audit: Audit) -> list[str]:
    if audit.model is None or audit.model.converged:
        return []
    return [
        "The optimiser did not converge: the model is not the best one for its penalty, and may change when refitted."
    ]
