"""What a measure is by the names of an audit's columns: share with hired = 1, instead of selection rate."""

from __future__ import annotations

import re

from fairaudit.data.threshold import Threshold
from fairaudit.results import Audit
from fairaudit.text import clean

PLACE = re.compile(r"\{(\w+)\}")
"""A place in the words of a measure where a column is to stand."""
SIDES = {">=": "of at least", ">": "above", "<=": "of at most", "<": "below"}


def named(template: str, audit: Audit) -> str:
    """The plain words of a measure with the columns of an audit in their places; empty where one is not known.

    Args:
        template: with places such as ``{decision}``, see `Measure.plain`.
        audit: which states its columns in the manifest.
    """
    known = {"decision": _decision, "outcome": _outcome, "prediction": _prediction, "target": _target}
    known["exposure"] = _exposure
    filled = {place: known[place](audit) for place in PLACE.findall(template)}
    if not all(filled.values()):
        return ""
    return PLACE.sub(lambda place: filled[place[1]] or "", template)


def rows_word(audit: Audit) -> str:
    """What rows are called: people, say; else rows."""
    return clean(str(audit.manifest.arguments.get("rows_are", "rows")))


def _levels(text: str) -> str:
    """``NAME=LEVEL,LEVEL`` as ``NAME = LEVEL or LEVEL``; a column alone counts its 1."""
    name, equals, levels = text.partition("=")
    return f"{name} = {' or '.join(levels.split(',')) if equals else '1'}"


def _decision(audit: Audit) -> str | None:
    """The decision that is yes: levels of a column, or a prediction beyond its threshold."""
    decision, threshold = (audit.manifest.arguments.get(name) for name in ("decision", "threshold"))
    if decision is not None and not _fitted(audit):  # a fitted model has decisions of its own
        return _levels(str(decision))
    column = audit.prediction.column
    if threshold is None and audit.model is not None and _fitted(audit):
        threshold = audit.model.threshold
    if threshold is None:
        return f"a yes of the {column}" if audit.prediction.subject == "prediction" else None
    column = f"a prediction of the {column}" if _fitted(audit) else column
    cut = Threshold.parse(threshold if isinstance(threshold, (int, float)) else str(threshold))
    if cut.fixed:
        return f"{column} {SIDES[cut.side]} {cut.value:.4g}"
    return {
        "median": f"{column} above its median",
        "top": f"{column} among the {cut.value:g} highest",
        "top-share": f"{column} among the highest {100 * cut.value:g}%",
    }[cut.rule]


def _outcome(audit: Audit) -> str | None:
    """The outcome that counts as 1."""
    target = audit.manifest.arguments.get("target")
    return None if target is None else _levels(str(target))


def _target(audit: Audit) -> str | None:
    """The column of the outcome."""
    target = audit.manifest.arguments.get("target")
    return None if target is None else str(target).partition("=")[0]


def _prediction(audit: Audit) -> str | None:
    """The column of the prediction; None of what is no prediction."""
    if audit.prediction.subject != "prediction":
        return None
    return f"the predictions of the {audit.prediction.column}" if _fitted(audit) else audit.prediction.column


def _fitted(audit: Audit) -> bool:
    """Whether what is measured is called by a fitted model, not by a column."""
    return "penalty" in audit.manifest.arguments


def _exposure(audit: Audit) -> str | None:
    """The time at risk; a row where there is none."""
    exposure = audit.manifest.arguments.get("exposure")
    return "row" if exposure is None else f"unit of {exposure}"
