"""Settings of models: one entry says what the command line, fairaudit.toml and Python may set."""

from __future__ import annotations

import inspect
import tomllib

import pytest

from fairaudit.errors import OptionError
from fairaudit.fitting.estimators import estimator
from fairaudit.models.settings import SETTINGS, arguments, shown
from fairaudit.options import MODELS

TEXTS = {
    "ridge": ("0.1", 0.1),
    "knots": ("4", 4),
    "interactions": (("a:b", "b:c"), [("a", "b"), ("b", "c")]),
    "hidden": ("16,8", (16, 8)),
    "weight_decay": ("0.1", 0.1),
    "batch_size": ("64", 64),
    "learning_rate": ("0.1", 0.1),
    "min_leaf": ("20", 20),
    "monotone": (("a=increasing", "b=c=decreasing"), {"a": 1, "b=c": -1}),
}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_is_an_argument_of_its_estimators(setting):
    assert set(setting.parameters) <= set(MODELS)
    for model, parameter in setting.parameters.items():
        assert parameter in inspect.signature(type(estimator(model))).parameters


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_default_that_help_names_is_that_of_the_estimators(setting):
    for model, parameter in setting.parameters.items():
        default = getattr(estimator(model), parameter)
        if default is None:
            assert setting.default in ("none", "all rows", "50, but at most a twentieth of them")
        else:
            assert setting.read(setting.default, setting.key) == default


@pytest.mark.parametrize("name", TEXTS)
def test_text_becomes_what_the_estimator_takes(name):
    text, value = TEXTS[name]
    setting = next(setting for setting in SETTINGS if setting.name == name)
    model = next(iter(setting.parameters))
    assert arguments(model, {name: text}) == {setting.parameters[model]: value}
    assert arguments(model, {name: value}) == arguments(model, {name: text})


def test_directions_may_be_a_table_of_toml():
    written = tomllib.loads('monotone = {income = "increasing", debt = "decreasing"}\n')
    assert arguments("boosting", written) == {"monotone_constraints": {"income": 1, "debt": -1}}
    assert shown({"income": 1, "debt": -1}) == "income:1,debt:-1"


@pytest.mark.parametrize("value", ["income", "=increasing", "income=up", {"income": 2}, {"income": "up"}, 3])
def test_what_is_no_direction_is_refused(value):
    with pytest.raises(OptionError, match="says no direction; write NAME=increasing or NAME=decreasing"):
        arguments("boosting", {"monotone": value})


def test_a_network_keeps_no_directions():
    with pytest.raises(OptionError, match="monotone is a setting of glm and boosting; the model is network"):
        arguments("network", {"monotone": "income=increasing"})


def test_a_list_of_toml_becomes_what_the_estimator_takes():
    written = tomllib.loads('hidden = [16, 8]\ninteractions = ["a:b", ["c", "d"]]\n')
    assert arguments("network", {"hidden": written["hidden"]}) == {"hidden": (16, 8)}
    assert arguments("glm", {"interactions": written["interactions"]}) == {"interactions": [("a", "b"), ("c", "d")]}
    assert arguments("glm", {"interactions": "pairs"}) == {"interactions": "pairs"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ridges": 1}, "setting 'ridges' of a model is unknown; did you mean 'ridge'"),
        ({"hidden": "16"}, "hidden is a setting of network; the model is glm"),
        ({"ridge": "much"}, "ridge is 'much'; a number is needed"),
        ({"knots": 2.5}, "knots is 2.5; a whole number is needed"),
        ({"interactions": ("a",)}, "interactions 'a' is no pair of features"),
    ],
)
def test_what_no_model_can_be_told_is_refused(settings, message):
    with pytest.raises(OptionError, match=message):
        arguments("glm", settings)


def test_a_manifest_holds_settings_as_text_or_numbers():
    assert [shown(value) for value in (0.1, "auto", (16, 8), [("a", "b"), ("c", "d")])] == [
        0.1,
        "auto",
        "16,8",
        "a:b,c:d",
    ]
