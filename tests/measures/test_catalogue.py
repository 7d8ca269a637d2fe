"""Every entry of the catalogue is whole, and what is derived from it stays what users have written down."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import measured, table_of

from fairaudit.gate.rules import RULES
from fairaudit.measures.catalogue import BY_NUMBER, CHAPTERS, MEASURES, divergences
from fairaudit.measures.catalogue import names as catalogue_names

EVERYTHING = list(MEASURES.values())
IDS = """
FA101 FA102 FA103 FA105 FA106 FA107 FA108 FA109 FA110 FA112 FA113 FA114 FA115 FA116 FA117 FA201 FA202 FA203 FA205 FA206
FA208 FA351 FA352 FA353 FA354 FA355 FA356 FA452 FA453 FA555 FA556 FA601 FA602 FA603 FA604 FA605 FA606 FA608 FA609 FA610
FA611 FA612 FA613 FA614 FA615 FA616 FA617 FA706 FA709 FA715 FA716 FA717 FA721 FA722 FA723 FA724 FA725 FA726
"""
"""Ids as they were when the catalogue was made; they stand in waivers and in code-scanning histories of others."""
NUMBERS = """
selection_rate 1 tpr 2 fpr 3 fnr 4 ppv 5 accuracy 6 equalized_odds 7 base_rate 8 auc 9 calibration 10
calibration_error 11 mean_prediction 12 mean_outcome 13 mean_error 14 rmse 15 frequency 16 actual_expected 17 brier 21
log_loss 22 mae 23 r2 24 poisson_deviance 25 rps 26 jensen_shannon 51 dcov 52 ccdcov 53 jdcov 54 uf 55 uf_weighted 56
npv 18 fdr 19 gamma_deviance 27 tweedie_deviance 28 macro_tpr 31 macro_ppv 32 macro_auc 33 top_calibration 34
top_calibration_error 35 within_strata 57
"""


def pairs(text):
    words = text.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


def test_ids_of_old_stay_with_their_measures():
    assert {rule.id for rule in RULES} >= set(IDS.split())
    assert {name: MEASURES[name].number for name in pairs(NUMBERS)} == pairs(NUMBERS)


def test_better_and_worse_of_old_rules_stay():
    without = {rule.id for rule in RULES if rule.better is None}
    assert without & set(IDS.split()) == {
        "FA601", "FA608", "FA610", "FA612", "FA613", "FA614", "FA616", "FA617", "FA716", "FA717",
    }  # fmt: skip
    assert {rule.id for rule in RULES if rule.better == "higher"} & set(IDS.split()) == {
        "FA201", "FA202", "FA203", "FA205", "FA206", "FA208", "FA602", "FA605", "FA606", "FA609", "FA706", "FA709",
        "FA724",
    }  # fmt: skip


def test_no_two_measures_share_a_name_or_a_number():
    entries = [measure for chapter in CHAPTERS.values() for measure in chapter]
    assert len(entries) == len(MEASURES)
    assert len({measure.number for measure in entries}) == len(entries)
    assert [measure.number for measure in BY_NUMBER] == sorted(measure.number for measure in entries)
    assert all(1 <= measure.number <= 99 for measure in entries)


@pytest.mark.parametrize("measure", EVERYTHING, ids=lambda measure: measure.name)
def test_an_entry_has_words_and_a_formula(measure):
    for text in (measure.label, measure.about, measure.formula):
        assert text.strip() == text
        assert text
        assert "\n" not in text
        assert not text.endswith(".")
    assert "|" not in measure.formula  # it stands in a table of the documentation


@pytest.mark.parametrize("measure", EVERYTHING, ids=lambda measure: measure.name)
def test_an_entry_has_tasks_and_says_what_it_needs(measure):
    assert measure.tasks
    assert not set(measure.tasks) & set(measure.tasks_overall)
    assert measure.requirement or not measure.needs
    assert set(measure.headline) <= set(measure.tasks)
    assert set(measure.pictured) <= set(measure.tasks)


@pytest.mark.parametrize("measure", EVERYTHING, ids=lambda measure: measure.name)
def test_what_can_be_limited_of_an_entry_can_be_computed(measure):
    statistics = set(measure.statistics)
    assert ("overall" in statistics) == (measure.of_rows is not None)
    assert ("group" in statistics) == (measure.of_groups is not None)
    if measure.kind == "groups" and "gap" in statistics:
        assert (measure.of_groups is None) == bool(measure.largest_of)
    assert "gap" in statistics or "ratio" not in statistics
    for proposal in measure.proposals:
        assert proposal.statistic in statistics
    assert not measure.ties or measure.of_rows is not None


@pytest.mark.parametrize("task", ["binary", "count", "regression", "ordinal"])
def test_places_among_the_first_measures_are_each_given_once(task):
    places = sorted(measure.headline[task] for measure in EVERYTHING if task in measure.headline)
    assert places == list(range(len(places)))
    assert len(places) >= 4
    assert sum(task in measure.pictured for measure in EVERYTHING) == 3


def test_what_is_told_of_all_classes_follows_the_four_rates_of_one_class():
    of_all = {
        measure.headline["multiclass"]: measure.name for measure in EVERYTHING if "multiclass" in measure.headline
    }
    assert of_all == {4: "accuracy", 5: "macro_tpr", 6: "top_calibration"}
    of_one = [MEASURES[f"{name}[left]"].headline["multiclass"] for name in ("selection_rate", "fpr", "tpr", "ppv")]
    assert of_one == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("flag", "names"),
    [
        ("searched", "selection_rate fpr tpr base_rate mean_prediction mean_outcome frequency actual_expected"),
        ("compared", "selection_rate fpr tpr equalized_odds mean_prediction uf uf_weighted"),
        ("joint", "ccdcov jdcov within_strata"),
        ("ties", "auc"),
        ("biased", "calibration_error top_calibration_error"),
    ],
)
def test_a_search_a_comparison_and_a_grid_treat_the_measures_that_are_known_for_it_otherwise(flag, names):
    assert {measure.name for measure in EVERYTHING if getattr(measure, flag)} == set(names.split())


def test_usual_limits_are_those_that_people_know():
    usual = {
        (measure.name, proposal.statistic): proposal.usual
        for measure in EVERYTHING
        for proposal in measure.proposals
        if proposal.usual is not None
    }
    ten_points = dict.fromkeys([(name, "gap") for name in ("selection_rate", "equalized_odds", "base_rate")], 0.1)
    four_fifths = dict.fromkeys([(name, "ratio") for name in ("selection_rate", "base_rate")], 0.8)
    own = {("actual_expected", "gap"): 0.2, ("jensen_shannon", "excess"): 0.02}
    assert usual == ten_points | four_fifths | own


@pytest.mark.parametrize(
    ("task", "name"), [("binary", "calibration"), ("regression", "mean_error"), ("count", "actual_expected")]
)
def test_predictions_that_are_right_on_average_have_the_value_that_is_called_right(encode, names, task, name):
    group, outcome = np.repeat([0, 1], 40), np.tile([0.0, 1, 1, 1], 20)
    prediction = np.tile([0.5, 1.0, 0.75, 0.75], 20)
    _, values = measured(table_of(encode, names, task, group, outcome=outcome, prediction=prediction))
    assert values[name].value == pytest.approx([MEASURES[name].right] * 2, abs=1e-15)
    assert {measure.name for measure in EVERYTHING if measure.right is not None and measure.of_top == ""} == {
        "calibration", "mean_error", "actual_expected"
    }  # fmt: skip


def test_measures_of_distributions_and_of_dependence_are_known_by_their_kind():
    assert catalogue_names("dependence") == {"dcov", "ccdcov", "jdcov", "within_strata"}
    assert catalogue_names("divergence") == set(divergences()) == {"jensen_shannon"}
    assert catalogue_names("groups") == set(MEASURES) - catalogue_names("dependence") - {"jensen_shannon"}
