"""What an entry tells of itself."""

from __future__ import annotations

import dataclasses

import pytest

from fairaudit.measures.catalogue import MEASURES


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
