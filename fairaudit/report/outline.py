"""What a full report says and in which order, without markup: HTML and Markdown lay out the same sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairaudit.report import factor_tables, tables
from fairaudit.report import wording as w
from fairaudit.report.findings import worst_first
from fairaudit.report.tables import Table
from fairaudit.results import Attribution, Audit, Proxy

_REPEAT = "With the same source, arguments, seed and versions the same report is made, byte for byte."


@dataclass(frozen=True)
class Section:
    """One section of the report."""

    key: str
    """Anchor; also the pictures that belong here are named after it."""
    title: str
    """Heading."""
    lead: tuple[str, ...] = ()
    """Paragraphs that say how to read it."""
    tables: tuple[Table, ...] = ()
    """Tables in order."""
    items: tuple[str, ...] = ()
    """A list after the paragraphs."""


def title(audit: Audit) -> str:
    """Title of the report."""
    return f"Fairness audit: {w.shorten(audit.source.name, 80)}"


def question(audit: Audit) -> str:
    """What was asked, in one sentence."""
    names = w.sentence_list(w.clean(attribute.name) for attribute in audit.protected)
    target = audit.manifest.arguments.get("target")
    outcome = (
        f" (outcome: {w.clean(str(target).partition('=')[0])})"
        if target and audit.prediction.subject != "outcome"
        else ""
    )
    column = w.clean(audit.prediction.column)
    origin = f"of {column}" if "model" in audit.manifest.arguments else f"in {column}"
    if audit.model is not None:
        origin = f"of the fitted {w.clean(audit.model.name)}"
    return f"Do the {w.subject(audit)} {origin}{outcome} differ between people who differ in {names}?"


def facts(audit: Audit) -> list[tuple[str, str]]:
    """Key facts: name and value."""
    prediction = audit.prediction
    rows = w.count(audit.rows.used)
    found = [
        ("Rows", rows if audit.rows.used == audit.rows.read else f"{rows} of {w.count(audit.rows.read)}"),
        ("Task", audit.task),
        ("Measured", f"{w.subject(audit)} ({w.clean(prediction.scale)})"),
        ("Protected", w.by_label([attribute.name for attribute in audit.protected])),
    ]
    if audit.model:
        found.append(("Model", model_line(audit)))
    return found


def model_line(audit: Audit) -> str:
    """The model card in one line."""
    model = audit.model
    if model is None:
        return "no model was fitted"
    parts = [f"{model.name}, {model.family} family, {model.link} link"]
    if model.penalty == "none":
        parts.append("no penalty")
    else:
        parts.append(f"penalty {w.clean(model.penalty)} at λ = {w.number(model.strength)}")
        if model.parity != "demographic":
            parts.append(f"parity {w.clean(model.parity)}")
    if audit.consistency is not None:
        parts.append(f"guided by {w.clean(audit.consistency.source)} at α = {w.number(audit.consistency.strength)}")
    if model.reduce_reached is not None:
        asked = "" if model.reduce_asked is None else f" ({model.reduce_asked:g}% asked for)"
        parts.append(f"cross-fitted reduction {w.number(model.reduce_reached)}%{asked}")
    parts.append(f"{w.count(model.rows_train)} rows to fit, {w.count(model.rows_test)} held out")
    if not model.converged:
        parts.append("the optimiser did NOT converge")
    return "; ".join(parts)


def sections(audit: Audit) -> list[Section]:
    """All sections after the findings, in order; those without content are left out."""
    made = [
        _comparison(audit),
        _path(audit),
        _consistency(audit),
        _groups(audit),
        _distributions(audit),
        _disparities(audit),
        _divergence(audit),
        _dependence(audit),
        _attribution(audit),
        _performance(audit),
        _method(audit),
        Section("manifest", "Manifest: how to repeat this", (_REPEAT,), (tables.manifest(audit),)),
    ]
    return [section for section in made if section is not None]


def _comparison(audit: Audit) -> Section | None:
    if not audit.comparison:
        return None
    lead = (
        "Both models are measured on the same held-out rows. The plain model has no penalty; the fairer model pays a "
        "price for each unit of dependence on the protected attributes. All other sections describe the fairer model.",
    )
    if not w.is_penalised(audit):
        lead = (
            "Both models are measured on the same held-out rows. The plain model follows the data alone; the guided"
            " model pays for importances of its factors that differ from what is known of them. All other sections"
            " describe the guided model.",
        )
    return Section("comparison", f"Plain against {w.chosen(audit)}", lead, (tables.comparison(audit),))


def _path(audit: Audit) -> Section | None:
    if audit.calibration is None:
        return None
    what = w.traced(audit)
    lead = (
        f"Each strength of the {what.term} was fitted on parts of the training rows and measured on the rest; the"
        " held-out rows, on which all else here is measured, took no part in the choice. A strength on the front is"
        f" beaten by no other in both loss and {what.noun}.",
        f"{w.clean(audit.calibration.why)} (rule {w.clean(audit.calibration.rule)})",
    )
    return Section("path", f"Calibration: the price of less {what.noun}", lead, (tables.path(audit),))


def _consistency(audit: Audit) -> Section | None:
    found = audit.consistency
    if found is None:
        return None
    lead = [
        f"The model was guided by knowledge of the importance of its factors ({w.clean(found.source)}), with α ="
        f" {w.number(found.strength)} of loss per nat of {w.DIVERGENCES[found.divergence]}. A factor's importance is"
        " its share of all attributions on the link scale. Importance in a model is not yet cause, and a model that"
        " agrees with what is known need not be right: look at the loss."
    ]
    if found.unmentioned:
        names = w.sentence_list(map(w.clean, found.unmentioned))
        lead.append(f"Not mentioned, and so behind all others: {names}.")
    made = (factor_tables.consistency(found, w.confidence(audit)), factor_tables.guided_factors(found))
    return Section("consistency", "Knowledge of the factors, before and after", tuple(lead), made)


def _groups(audit: Audit) -> Section:
    sets = tables.sets_of_attributes(audit.groups)
    lead = (
        f"Each line is one group. The smaller figures are {w.confidence(audit)} bootstrap intervals: where two groups' "
        "intervals overlap widely, the difference may be chance. A group marked with a number is explained below the "
        "table; it is shown, but not compared.",
    )
    return Section("groups", "Groups", lead, tuple(tables.groups(audit, by, i) for i, by in enumerate(sets, 1)))


def _distributions(audit: Audit) -> Section | None:
    if not audit.distributions:
        return None
    lead = (
        f"How the {w.subject(audit)} are spread within each group; each picture's areas sum to 1. Groups that are "
        "treated alike have the same shape in the same place.",
    )
    return Section("distributions", f"Distributions of the {w.subject(audit)}", lead)


def _disparities(audit: Audit) -> Section:
    told = worst_first(audit)
    others = [d for d in audit.disparities if d not in told]
    lead = (
        "The largest difference of each measure between two groups; 0 means no difference. Findings, in bold, have an "
        "adjusted p-value of at most 0.05: taken together, they are unlikely to hold a false alarm. pp stands for "
        "percentage points.",
        "A difference is not yet a proof of discrimination, and equal rates are not yet a proof of fairness: which "
        "measure matters is a question of the decision that is taken.",
    )
    made = [tables.disparities(audit, told, "disparities", "Main measures, findings first")] if told else []
    if others:
        made.append(tables.disparities(audit, others, "disparities-other", "Further measures"))
    return Section(
        "disparities", "Disparities", lead, tuple(made), () if made else ("No difference could be measured.",)
    )


def _divergence(audit: Audit) -> Section | None:
    if not audit.divergence:
        return None
    lead = (
        "One number for everything in which the groups' distributions differ. 0 bits: they are the same. A plain value "
        "is above 0 by chance alone, the more so with many small groups, so read the excess over the floor.",
    )
    return Section("divergence", "Divergence", lead, (tables.divergence(audit),))


def _dependence(audit: Audit) -> Section:
    lead = (
        "Squared distance covariance is 0 only when what is measured is independent of the attributes: it sees "
        "differences of any kind, not only of the mean. Its size depends on the unit of what is measured, so compare "
        "it with its floor, or read the scale-free distance correlation.",
        "JdCov² also counts what shows only when attributes are combined. Its part for combinations is the one to"
        " watch: groups can be treated alike by each single attribute and still differ at their crossing.",
    )
    made = [tables.dependence(audit), tables.joint_parts(audit)]
    if audit.dependence.conditional is not None:
        made.append(tables.conditional(audit))
    return Section("dependence", "Dependence", lead, tuple(made), tuple(_cell_errors(audit)))


def _cell_errors(audit: Audit) -> list[str]:
    """What quantile cells may cost the measures of several attributes."""
    items = []
    for name, error in (("CCdCov²", audit.dependence.ccdcov.error), ("JdCov²", audit.dependence.jdcov.error)):
        if error is not None:
            bound = "" if error.bound is None else f" (certainly between ±{w.number(error.bound)})"
            items.append(
                f"A continuous attribute stands in cells of equal size. Its exact places would change the biased {name}"
                f" by about {w.number(error.estimate, signed=True)}, standard error {w.number(error.standard_error)}"
                f"{bound}; --exact measures it."
            )
    return items


def _attribution(audit: Audit) -> Section | None:
    return None if audit.attribution is None else attribution(audit.attribution, audit.attribution.proxies)


def attribution(found: Attribution, proxies: Sequence[Proxy]) -> Section:
    """Which factors carry the gaps, and which of them tell about the protected attributes."""
    sets = sorted({tuple(gap.by): None for gap in found.gaps}, key=len)
    lead = [
        f"A group's mean prediction differs from the overall mean by its gap, and the gap is exactly the sum of what "
        f"each factor contributes ({w.clean(found.scale)}). A factor with a large share of a group's gap carries the "
        "attribute into the prediction: it may act as a proxy.",
    ]
    if found.of_rows is not None and found.rows is not None and found.rows < found.of_rows:
        lead.append(f"{w.count(found.rows)} of {w.count(found.of_rows)} rows were attributed, drawn at random.")
    if found.remainder > 0 and found.method == "expected gradients":
        lead.append(
            f"Attributions by {found.method}; their sums miss a prediction by at most {w.number(found.remainder)},"
            " which is spread over the factors."
        )
    made = [factor_tables.attribution(found, list(by), i) for i, by in enumerate(sets, 1)]
    made.append(factor_tables.importance(found))
    made += [factor_tables.importance_divergence(found)] if found.divergence else []
    made += [factor_tables.proxies(proxies)] if proxies else []
    return Section("attribution", "Why: the gap by factor", tuple(lead), tuple(made))


def _performance(audit: Audit) -> Section | None:
    table = tables.performance(audit)
    return Section("performance", "Performance", (), (table,)) if table.rows else None


def _method(audit: Audit) -> Section:
    smallest = int(w.argument(audit, "min_group", 25))
    items = [w.clean(note) for note in audit.notes]
    if audit.model:
        items.append(f"Model: {model_line(audit)}.")
    items += [
        f"{w.count(n)} rows were left out: {w.clean(reason)}." for reason, n in sorted(audit.rows.dropped.items())
    ]
    if not audit.prediction.exact:
        bound = w.number(audit.prediction.error_bound)
        items.append(f"Values were rounded to a fixed grid; none changed by more than {bound} of its size.")
    items += [
        f"Groups with fewer than {w.count(smallest)} rows are shown but not compared.",
        f"Intervals are bootstrap intervals at {w.confidence(audit)}. They hold for one number at a time.",
        "p-values are the chance of a result at least as large if the groups did not differ. Adjusted ones are "
        "corrected with Holm's method for the number of differences looked at.",
    ]
    return Section("method", "Notes and method", (), (tables.protected(audit),), tuple(items))
