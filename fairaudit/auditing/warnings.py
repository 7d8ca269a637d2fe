"""What a reader must know before an audit: columns that say the opposite of what they were taken for, a model that
predicts nothing, and rows that it was fitted on."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.results import Audit, Interval
from fairaudit.results.figures import number, percent
from fairaudit.text import clean

FITTED_ON = (
    "This is the table that the model was fitted on: most of its rows are training rows, on which a model looks better"
    " than on new ones; the result of the fit itself is of rows held out."
)
GUESSING = 0.5
"""Ranking quality of a coin."""
SURELY = 4.0
"""Standard errors below that of a coin from which decisions are said to run against a prediction."""


def warnings(audit: Audit) -> list[str]:
    """Sentences that a reader must know before all others; none where nothing looks crossed."""
    crossed = [*_ranks_backwards(audit), *_decides_backwards(audit), *_decides_against_the_prediction(audit)]
    return [*([FITTED_ON] if audit.fitted_on else []), *_explains_nothing(audit), *crossed, *_decides_alike(audit)]


def _explains_nothing(audit: Audit) -> Iterator[str]:
    """A model that predicts held-out rows no better than their constant."""
    explained = None if audit.model is None else audit.model.test
    if explained is not None and explained.share is not None and explained.share <= 0:
        yield (
            f"The model predicts the held-out rows no better than a constant (it explains {percent(explained.share)} of"
            " the deviance): do not rely on what follows."
        )


def _clearly_below(value: float, ends: Interval) -> bool:
    """Whether a value is so far below a coin's that chance hardly explains it: by more than twice the upper half of its
    interval, so that one audit of chance in ten thousand is warned of, not one in forty."""
    return GUESSING - value > 2 * (ends[1] - value)


def _ranks_backwards(audit: Audit) -> Iterator[str]:
    """A prediction that ranks outcomes worse than a coin, beyond chance."""
    area, ends = audit.performance.test.get("auc"), audit.performance.intervals.get("auc")
    if area is None or ends is None or audit.prediction.subject != "prediction" or not _clearly_below(area, ends):
        return
    target = clean(str(audit.manifest.arguments.get("target", "the outcome")).partition("=")[0])
    column = clean(audit.prediction.column)
    yield (
        f"The prediction runs against the outcome: those with outcome 1 rank below those with 0 (AUC {number(area)},"
        f" 0.5 is guessing). Probably 1 means opposite things in {column} and {target}: name the level that counts"
        f" as 1, such as {target}=0."
    )


def _decides_backwards(audit: Audit) -> Iterator[str]:
    """Decisions that agree with the outcome less often than their opposite would, beyond chance."""
    accuracy, ends = audit.performance.test.get("accuracy"), audit.performance.intervals.get("accuracy")
    area = audit.performance.test.get("auc")
    if accuracy is None or ends is None or audit.task != "binary" or not _clearly_below(accuracy, ends):
        return
    if area is not None and area < GUESSING:
        return  # told already
    positive = [group.measures["tpr"].value for group in audit.groups if "tpr" in group.measures]
    negative = [group.measures["fpr"].value for group in audit.groups if "fpr" in group.measures]
    pairs = [(t, f) for t, f in zip(positive, negative, strict=True) if t is not None and f is not None]
    if pairs and all(t < f for t, f in pairs):
        yield (
            f"The decisions run against the outcome: they agree with it in {percent(accuracy)} of the rows, and in"
            " every group those with outcome 1 are decided yes less often than those with 0. Probably yes means"
            " opposite things in the two columns: name the level that counts."
        )


def _decides_against_the_prediction(audit: Audit) -> Iterator[str]:
    """Decisions of a column of their own that say yes to low predictions, beyond chance."""
    follows, error = audit.prediction.decided, audit.prediction.decided_error
    decision = audit.manifest.arguments.get("decision")
    if follows is None or error is None or decision is None or follows + SURELY * error >= GUESSING:
        return
    column = clean(audit.prediction.column)
    yield (
        f"The decisions run against the prediction: those decided yes have the lower {column} (in"
        f" {percent(1 - follows)} of all pairs of a yes and a no). What is good for a person points one way for both,"
        " so what is said of one of them is turned round: name the level of"
        f" {clean(str(decision).partition('=')[0])} that goes with a high {column}, or leave one of the two out."
    )


def _decides_alike(audit: Audit) -> Iterator[str]:
    """Decisions that are the same for everybody, so that no rate of them can differ."""
    rates = [
        measured.value
        for group in audit.groups
        if (measured := group.measures.get("selection_rate")) is not None and measured.value is not None
    ]
    if rates and len(set(rates)) == 1 and rates[0] in (0.0, 1.0):
        answer = "yes" if rates[0] else "no"
        everybody = "everybody"
        if any("selection_rate" in group.measures for group in audit.groups if not group.adequate):
            everybody += " in the groups that are large enough to be compared"
        yield f"The decision is {answer} for {everybody}, so no rate of decisions can differ between them."
