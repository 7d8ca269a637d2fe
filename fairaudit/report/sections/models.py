"""The models of a pool: how well they predict, and which of them has a say."""

from __future__ import annotations

from fairaudit.report import wording as w
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.table import Column, Entry, Table
from fairaudit.results.explanation import Explanation


def content(explanation: Explanation) -> Content:
    """How the models were fitted, and how well they predict."""
    lead = (
        "Each kind of model was fitted on all folds but one and measured on that one. A model that is clearly worse"
        f" than the best has no say in the relations; heard: {w.sentence_list(names_heard(explanation))}.",
    )
    return Content("The models", lead, (table(explanation),))


def names_heard(explanation: Explanation) -> list[str]:
    """Names of the models that have a say."""
    return [model.name for model in explanation.models if model.included]


def table(explanation: Explanation) -> Table:
    """How well the models predict, and which of them has a say."""
    columns = (
        Column("model", numeric=False),
        Column("attributions", numeric=False),
        Column("loss", about="mean half deviance on held-out rows; 0 is perfect"),
        Column("gain", about="of the constant model's loss that it takes away"),
        Column("above the best", about="difference of the losses, from pairs of the same rows"),
        Column("has a say", numeric=False),
    )
    rows = []
    for model in explanation.models:
        gain = w.DASH if model.gain is None else f"{model.gain:.1f}%"
        error = f"± {w.number(model.standard_error)}" if model.worse or model.standard_error else ""
        rows.append(
            (
                Entry(model.name),
                Entry(model.attribution.method),
                Entry(w.number(model.loss)),
                Entry(gain),
                Entry(w.number(model.worse), error),
                Entry("yes" if model.included else "no", w.clean(model.why or "")),
            )
        )
    return Table("models", "The models, best first", columns, tuple(rows))


def findings(explanation: Explanation) -> list[Sentence]:
    """Models that have no say, and a pool of which none has learnt anything."""
    sentences = [
        f"{model.name.capitalize()} has no say, as it predicts clearly worse: {model.why}."
        for model in explanation.models
        if not model.included
    ]
    best = explanation.models[0]
    if best.gain is not None and best.gain <= 0:
        sentences.append("No model predicts better than a constant; what they say about factors may be chance.")
    return [Sentence(text) for text in sentences]


SECTIONS = (Section(Explanation, 95, content, findings=findings),)
