"""The words that a result carries: those of the catalogue for each measure in it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from fairaudit.auditing.naming import named
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.measure import Measure
from fairaudit.results import Audit, Task, Words
from fairaudit.results.words import Unit, class_of, measure_of


def words(names: Iterable[str], task: Task | None = None) -> dict[str, Words]:
    """The words of those measures that the catalogue has, in the order of tables.

    Args:
        names: names of measures.
        task: kind of outcome, for which some are told and pictured first; None: of several.
    """
    wanted = set(names)
    of_base = {name: class_of(name)[0] for name in wanted}
    order = {name: place for place, name in enumerate(MEASURES)}
    known = [MEASURES[name] for name in sorted(wanted) if name in MEASURES]
    known.sort(key=lambda measure: order[of_base[measure.name]])
    return {measure.name: _words(measure, task, place) for place, measure in enumerate(known)}


def _words(measure: Measure, task: Task | None, place: int) -> Words:
    return Words(
        label=measure.label,
        short=measure.short or measure.label,
        about=measure.about,
        unit=measure.unit,
        better=measure.better,
        good=measure.good,
        of_class=measure.of_class,
        of_outcomes=measure.needs == ("outcome",),
        right=measure.right,
        place=place,
        headline=None if task is None else measure.headline.get(task),
        pictured=task in measure.pictured,
    )


def with_words(audit: Audit) -> Audit:
    """The audit with the words of every measure in it, by its columns, those of its means as what is measured asks."""
    present = {
        name: known if audit.classes else structs.replace(known, plain=named(MEASURES[name].plain, audit))
        for name, known in words(_measures(audit) | {"mean_prediction"}, audit.task).items()
    }
    mean = _of_mean(audit, present["mean_prediction"])
    return structs.replace(audit, measures=present | {"mean_prediction": mean})


def _measures(audit: Audit) -> set[str]:
    """Names of the measures in an audit."""
    names = {name for group in audit.groups for name in group.measures}
    names |= {gap.measure for gap in audit.disparities}
    names |= audit.performance.test.keys() | audit.performance.train.keys()
    names |= {each.name for each in audit.divergence} | {"dcov", "ccdcov", "jdcov"}
    return names | {measure_of(change.measure) for change in audit.comparison}


def _of_mean(audit: Audit, plain: Words) -> Words:
    """The words for `Group.mean_prediction`, which depend on what is measured and on its scale."""
    scale, subject = audit.prediction.scale, audit.prediction.subject
    shares = scale in ("probability", "decision") or (scale == "outcome" and audit.task == "binary")
    unit: Unit = "rate" if shares else "number"
    if subject == "decision":
        label, about = "share of yes", "weighted share of the group whose decision is yes"
    elif subject == "outcome":
        label, about = MEASURES["mean_outcome"].label, MEASURES["mean_outcome"].about
    else:
        per = "per unit of exposure" if scale == "rate per exposure" else f"({scale})"
        label, about = plain.label, f"{plain.about} {per}"
        if str(audit.manifest.arguments.get("threshold", "")).startswith("<"):
            plain = structs.replace(plain, good="opposed")  # yes is decided for low predictions
    return structs.replace(plain, label=label, short=label, about=about, unit=unit)
