"""A result carries the words of every measure in it."""

from __future__ import annotations

import msgspec
import pytest
from example import binary, count

import fairaudit as fa
from fairaudit.auditing.words import with_words, words
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results.words import measure_of


def test_every_measure_of_a_real_audit_has_its_words(compas):
    audit = fa.audit(
        compas,
        prediction="decile_score",
        target="two_year_recid",
        decision="score_text=Medium,High",
        protected=["sex"],
        options=fa.Options(bootstrap=20, permutations=19),
    )
    present = {name for group in audit.groups for name in group.measures} | set(audit.performance.test)
    present |= {gap.measure for gap in audit.disparities} | {each.name for each in audit.divergence}
    assert present | {"dcov", "ccdcov", "jdcov", "mean_prediction"} == set(audit.measures)
    assert audit.measures["fpr"].label == MEASURES["fpr"].label
    assert (audit.confidence, audit.min_group) == (0.95, 25)


def test_the_measures_of_a_comparison_have_words_too():
    assert {measure_of(change.measure) for change in binary().comparison} <= binary().measures.keys()


def test_places_are_those_of_the_task():
    assert words(["selection_rate"], "binary")["selection_rate"].headline == 0
    assert words(["auc"], "binary")["auc"].headline == 6
    assert words(["selection_rate"])["selection_rate"].headline is None
    assert words(["selection_rate", "unheard_of"]).keys() == {"selection_rate"}


@pytest.mark.parametrize(
    ("task", "subject", "scale", "label", "unit"),
    [
        ("binary", "prediction", "probability", "mean prediction", "rate"),
        ("binary", "prediction", "score", "mean prediction", "number"),
        ("binary", "decision", "decision", "share of yes", "rate"),
        ("binary", "outcome", "outcome", "mean outcome", "rate"),
        ("count", "prediction", "rate per exposure", "mean prediction", "number"),
        ("ordinal", "outcome", "outcome", "mean outcome", "number"),
    ],
)
def test_the_mean_is_written_in_the_unit_of_what_is_measured(task, subject, scale, label, unit):
    audit = count()
    prediction = msgspec.structs.replace(audit.prediction, subject=subject, scale=scale)
    known = with_words(msgspec.structs.replace(audit, task=task, prediction=prediction)).measures["mean_prediction"]
    assert (known.label, known.unit) == (label, unit)
