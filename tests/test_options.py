"""Which options are refused, and how."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fairaudit.errors import OptionError
from fairaudit.options import Options


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 95, float("nan")])
def test_a_confidence_outside_0_to_1_is_refused(confidence):
    with pytest.raises(OptionError, match=r"confidence is .*between 0 and 1"):
        Options(confidence=confidence)


@pytest.mark.parametrize("name", ["min_group", "bootstrap", "permutations", "seed"])
def test_negative_counts_are_refused_as_the_command_line_spells_them(name):
    with pytest.raises(OptionError, match=f"^{name.replace('_', '-')} is -1; it must not be negative"):
        Options(**{name: -1})
    assert getattr(Options(**{name: 0}), name) == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bootstrap": 10.5}, "bootstrap is 10.5; a whole number is needed"),
        ({"min_group": True}, "min-group is True; a whole number is needed"),
        ({"seed": "x"}, "seed is 'x'; a whole number is needed"),
        ({"confidence": "high"}, "confidence is 'high'; a number is needed"),
        ({"bootstrap": 1}, "bootstrap is 1; an interval needs at least 2 replicates, or 0"),
        ({"scale": "metric"}, "scale 'metric' is unknown; there are paper, standardised, equal"),
        ({"density": 0.15}, "density is 0.15; text is needed"),
    ],
)
def test_an_option_of_the_wrong_type_is_refused(fields, message):
    with pytest.raises(OptionError, match=message):
        Options(**fields)


def test_numbers_of_numpy_are_numbers():
    made = Options(bootstrap=np.int64(7), confidence=np.float32(0.5))
    assert made == Options(bootstrap=7, confidence=0.5)
    assert type(made.bootstrap) is int


def test_what_the_command_adds_to_the_manifest_does_not_tell_options_apart():
    assert Options(extra={"penalty": "sum"}) == Options()


def test_options_are_frozen_values():
    assert Options(seed=3) == Options(seed=3) != Options(seed=4)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options().seed = 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0.03, {"shares": 0.03}),
        ("3%", {"shares": 0.03}),
        (["0.02", "auc=0.1"], {"shares": 0.02, "auc": 0.1}),
        ({"mean_prediction": 200}, {"shares": 0.05, "mean_prediction": 200}),
        ((("auc", 0.1), ("shares", 0.05)), {"shares": 0.05, "auc": 0.1}),
    ],
)
def test_a_margin_is_for_shares_or_for_a_measure_by_name(given, expected):
    assert dict(Options(margin=given).margin) == pytest.approx(expected)


@pytest.mark.parametrize("wrong", ["five", 0, -0.1, float("nan"), 1.5, "auc=", {"auc": True}, "shares=120%"])
def test_a_margin_that_is_no_gap_is_refused(wrong):
    with pytest.raises(OptionError, match="margin"):
        Options(margin=wrong)


def test_values_outside_their_range_are_told_at_once():
    with pytest.raises(OptionError) as caught:
        Options(confidence=2, seed=-1, parity="none", scale="x", margin="wide")
    assert [line.partition(";")[0] for line in caught.value.lines] == [
        "confidence is 2",
        "parity 'none' is unknown",
        "scale 'x' is unknown",
        "seed is -1",
        "margin 'wide' is no number",
    ]
