"""What an entry tells of itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from grouped import table_of

from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.view import all_rows


@pytest.mark.parametrize(
    ("name", "requirement"),
    [
        ("selection_rate", "a decision (decision or threshold)"),
        ("tpr", "a decision and an outcome"),
        ("base_rate", "an outcome (target)"),
        ("auc", "a prediction and a binary outcome"),
        ("brier", "a probability and a binary outcome"),
        ("rmse", "a prediction and a numeric outcome"),
        ("rps", "a prediction and a count as outcome"),
        ("mean_prediction", "a prediction"),
        ("ccdcov", ""),
    ],
)
def test_a_measure_says_what_it_needs_in_words(name, requirement):
    assert MEASURES[name].requirement == requirement


def test_what_has_no_default_is_stated_by_every_entry():
    stated = {"name", "number", "label", "about", "formula", "unit", "better", "tasks", "needs", "statistics"}
    kind = type(MEASURES["auc"])
    assert {field.name for field in dataclasses.fields(kind) if field.default is field.default_factory} == stated


def test_an_entry_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MEASURES["auc"].number = 3


def test_a_measure_of_one_class_is_called_by_it_and_is_of_it_alone():
    plain, one = MEASURES["tpr"], MEASURES["tpr"].against_rest("left")
    assert (one.name, one.label, one.short) == ("tpr[left]", "recall of left", "recall of left")
    assert one.about == f"{plain.about}; 1 is the class left, 0 any other"
    assert (one.tasks, one.of_class) == (("multiclass",), "left")
    assert one.headline == {"multiclass": plain.headline["binary"]}
    assert (one.pictured, one.compared, one.proposals, one.searched) == ((), False, (), False)
    assert one.basis.words == "rows of left"
    assert (one.number, one.of_groups) == (plain.number, plain.of_groups)
    assert plain.compared
    assert plain.searched


def test_of_shares_predicted_or_observed_the_gaps_of_a_class_are_compared_too():
    one = MEASURES["selection_rate"].against_rest("left")
    assert (one.label, one.compared) == ("share predicted as left", True)
    assert one.basis.words == "rows"
    assert not MEASURES["base_rate"].against_rest("left").compared
    assert MEASURES["base_rate"].against_rest("left").headline == {}


def test_a_long_class_is_cut_after_forty_letters_in_labels_and_not_in_names():
    name = "x" * 41
    one = MEASURES["tpr"].against_rest(name)
    assert one.name == f"tpr[{name}]"
    assert one.label == f"recall of {'x' * 39}…"
    assert MEASURES["tpr"].against_rest("x" * 40).label == f"recall of {'x' * 40}"


def test_of_a_share_the_events_are_the_rows_with_any_weight_that_it_counts(encode, names):
    columns = {
        "decision": np.array([1.0, 1, 0, 1]),
        "outcome": np.array([1.0, 0, 1, 1]),
        "weight": np.array([1.0, 1, 1, 0]),
    }
    view = all_rows(table_of(encode, names, "binary", [0] * 4, **columns))
    assert list(MEASURES["tpr"].events(view)) == [1]
    assert list(MEASURES["selection_rate"].events(view)) == [2]
    assert MEASURES["rmse"].events is None
    assert MEASURES["frequency"].events is MEASURES["frequency"].counted is not None


def test_what_is_known_of_a_measure_follows_from_its_formula():
    assert MEASURES["selection_rate"].known is MEASURES["selection_rate"].known is not None
    assert MEASURES["auc"].known is MEASURES["auc"].certainty is not None
    assert MEASURES["uf"].known is None
    having = {name for name, measure in MEASURES.items() if measure.has_ratio}
    assert {"selection_rate", "rmse"} <= having
    assert having.isdisjoint({"mean_error", "auc", "fnr"})
    within = {name for name, measure in MEASURES.items() if measure.within_strata}
    assert {"selection_rate", "tpr", "mean_prediction"} <= within
    assert within.isdisjoint({"auc", "accuracy", "rmse"})


def test_what_an_entry_does_not_say_is_not_so():
    plain = MEASURES["auc"]
    stated = ("name", "number", "label", "about", "formula", "unit", "better", "tasks", "needs", "statistics")
    bare = type(plain)(**{name: getattr(plain, name) for name in stated})
    assert not any((bare.joint, bare.compared, bare.searched, bare.ties, bare.biased))
    assert (bare.kind, bare.basis.words, bare.good, bare.right) == ("groups", "rows", None, None)


def test_models_are_compared_by_few_gaps_and_searches_look_at_shares_rates_and_means():
    assert {name for name, measure in MEASURES.items() if measure.compared} == {
        "selection_rate", "fpr", "tpr", "equalized_odds", "mean_prediction", "uf", "uf_weighted",
    }  # fmt: skip
    assert {name for name, measure in MEASURES.items() if measure.searched} == {
        "selection_rate", "fpr", "tpr", "base_rate", "mean_prediction", "mean_outcome", "frequency", "actual_expected",
    }  # fmt: skip
