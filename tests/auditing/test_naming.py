"""What a measure is by the names of the columns."""

from __future__ import annotations

import pytest
from example import binary, count
from msgspec import structs

from fairaudit.auditing.naming import named, rows_word
from fairaudit.measures.catalogue import MEASURES


def audit_of(subject="prediction", column="score", **arguments):
    audit = binary()
    return structs.replace(
        audit,
        prediction=structs.replace(audit.prediction, subject=subject, column=column),
        manifest=structs.replace(audit.manifest, arguments=arguments),
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"decision": "hired"}, "share with hired = 1"),
        ({"decision": "band=Medium,High"}, "share with band = Medium or High"),
        ({"threshold": 5.0}, "share with score of at least 5"),
        ({"threshold": "<620"}, "share with score below 620"),
        ({"threshold": ">0.5"}, "share with score above 0.5"),
        ({"threshold": "median"}, "share with score above its median"),
        ({"threshold": "top=100"}, "share with score among the 100 highest"),
        ({"threshold": "top=10%"}, "share with score among the highest 10%"),
        ({"threshold": "cost=1:4"}, "share with score of at least 0.2"),
        ({}, "share with a yes of the score"),
    ],
)
def test_a_selection_rate_says_what_is_selected(arguments, words):
    assert named(MEASURES["selection_rate"].plain, audit_of(**arguments)) == words


def test_an_error_rate_says_among_whom():
    audit = audit_of(decision="hired", target="fit=good")
    assert named(MEASURES["tpr"].plain, audit) == "share with hired = 1 among those with fit = good"
    assert named(MEASURES["npv"].plain, audit) == "share without fit = good among those without hired = 1"


def test_means_and_frequencies_name_their_columns():
    assert named(MEASURES["mean_outcome"].plain, audit_of(target="happy=low,high")) == "mean of happy"
    assert named(MEASURES["mean_prediction"].plain, audit_of()) == "mean of score"
    rate = audit_of(target="claims", exposure="years")
    assert named(MEASURES["frequency"].plain, rate) == "claims per unit of years"
    assert named(MEASURES["frequency"].plain, audit_of(target="claims")) == "claims per row"


def test_where_a_column_is_not_known_nothing_is_named():
    assert named(MEASURES["tpr"].plain, audit_of(decision="hired")) == ""
    assert named(MEASURES["mean_prediction"].plain, audit_of(subject="decision")) == ""


def test_braces_in_the_name_of_a_column_are_plain_text():
    assert named(MEASURES["base_rate"].plain, audit_of(target="{outcome}\\1")) == "share with {outcome}\\1 = 1"


def test_every_place_of_the_catalogue_can_be_filled():
    whole = audit_of(decision="d", target="y", exposure="e")
    for measure in MEASURES.values():
        assert "{" not in named(measure.plain, whole)
        assert bool(named(measure.plain, whole)) == bool(measure.plain)
    assert count().task == "count"


def test_rows_are_called_what_the_user_calls_them():
    assert rows_word(audit_of()) == "rows"
    assert rows_word(audit_of(rows_are="loan files")) == "loan files"
    assert "\x1b" not in rows_word(audit_of(rows_are="\x1b[31mred"))


def test_a_fitted_model_is_no_column():
    fitted = audit_of(column="fairer model", penalty="ccdcov", threshold=0.25)
    words = named(MEASURES["selection_rate"].plain, fitted)
    assert words == "share with a prediction of the fairer model of at least 0.25"
    assert named(MEASURES["mean_prediction"].plain, fitted) == "mean of the predictions of the fairer model"


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        (0.47, "share with a prediction of the fairer model of at least 0.47"),
        (None, "share with a yes of the fairer model"),
    ],
)
def test_a_fitted_model_has_decisions_of_its_own_not_those_of_a_column(threshold, words):
    fitted = audit_of(column="fairer model", penalty="ccdcov", decision="score_text=Medium,High")
    fitted = structs.replace(fitted, model=structs.replace(fitted.model, threshold=threshold))
    assert named(MEASURES["selection_rate"].plain, fitted) == words
