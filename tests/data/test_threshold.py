"""From a score to a decision: what is asked for, which rows follow, and what is told of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.data.threshold import Threshold
from fairaudit.errors import OptionError

SCORES = np.array([1.0, 2.0, 2.0, 3.0, 5.0, 8.0])
VECTORS = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30).map(np.array)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        (2, [0, 1, 1, 1, 1, 1]),
        ("2", [0, 1, 1, 1, 1, 1]),
        (">=2", [0, 1, 1, 1, 1, 1]),
        (">2", [0, 0, 0, 1, 1, 1]),
        ("<2", [1, 0, 0, 0, 0, 0]),
        ("<= 2", [1, 1, 1, 0, 0, 0]),
        ("-1e0", [1, 1, 1, 1, 1, 1]),
        ("median", [0, 0, 0, 1, 1, 1]),
        ("top=2", [0, 0, 0, 0, 1, 1]),
        ("top:2", [0, 0, 0, 0, 1, 1]),
        ("top=5", [0, 1, 1, 1, 1, 1]),
        ("top=50%", [0, 0, 0, 1, 1, 1]),
        ("top=100%", [1, 1, 1, 1, 1, 1]),
    ],
)
def test_each_form_selects_these_rows(text, selected):
    assert Threshold.parse(text).decided(SCORES).tolist() == selected


@given(VECTORS)
def test_above_the_median_are_at_most_half_of_the_rows(scores):
    threshold = Threshold.parse("median")
    assert threshold.cut(scores) == np.median(scores)
    assert threshold.decided(scores).tolist() == (scores > np.median(scores)).tolist()


@given(VECTORS, st.integers(1, 30))
def test_the_k_highest_are_k_rows_and_those_that_tie_with_the_last(scores, places):
    places = min(places, len(scores))
    selected = Threshold.parse(f"top={places}").decided(scores)
    last = np.sort(scores)[::-1][places - 1]
    assert selected.tolist() == (scores >= last).tolist()
    assert selected.sum() >= places


@given(VECTORS, st.integers(1, 4))
def test_a_row_of_weight_two_is_two_rows_for_the_median_and_for_shares(scores, share):
    weight = 1.0 + (np.arange(len(scores)) % 3 == 0)
    twice = np.repeat(scores, weight.astype(int))
    for text in ("median", f"top={20 * share}%"):
        assert Threshold.parse(text).cut(scores, weight) == pytest.approx(Threshold.parse(text).cut(twice))


@pytest.mark.parametrize(
    "text", ["half", "", "0.5%", "top", "top=0", "top=1.5", "top=0%", "top=101%", "=>3", "nan", True]
)
def test_what_is_no_threshold_is_refused_with_the_forms_that_there_are(text):
    with pytest.raises(OptionError, match=r"threshold|places"):
        Threshold.parse(text)


def test_more_places_than_rows_are_refused():
    with pytest.raises(OptionError, match="more places than there are rows, 6"):
        Threshold.parse("top=7").decided(SCORES)


def test_the_cut_that_the_data_make_is_told_with_those_who_tie_with_it():
    assert Threshold.parse("top=4").notes(SCORES) == [
        "The threshold, the 4 highest predictions, is 2: 5 of 6 rows reach it, and 2 equal it."
    ]
    assert Threshold.parse("median").notes(SCORES) == [
        "The threshold, the median of the predictions, is 2.5: 3 of 6 rows lie above it."
    ]


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        (0.5, "at the end of predictions that run from 0 to 100"),
        (-1, "decides yes for everybody"),
        (101, "no for everybody"),
    ],
)
def test_a_threshold_on_another_scale_is_told(threshold, words):
    assert words in Threshold.parse(threshold).notes(np.linspace(0, 100, 121))[0]


def test_a_threshold_within_the_scores_is_not_remarked_on():
    assert Threshold.parse(50).notes(np.linspace(0, 100, 121)) == []
    assert Threshold.parse(0.5).notes(np.linspace(0.0, 0.52, 100)) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.sampled_from(["1:1", "1:5", "2.5:1", "3:7"]))
def test_costs_decide_each_row_the_way_that_is_expected_to_cost_least(probabilities, costs):
    wrong_yes, wrong_no = map(float, costs.split(":"))
    decided = Threshold.parse(f"cost={costs}").decided(np.array(probabilities))
    for p, yes in zip(probabilities, decided, strict=True):
        of_yes, of_no = wrong_yes * (1 - p), wrong_no * p
        assert abs(of_yes - of_no) < 1e-12 or bool(yes) == (of_yes < of_no)


@pytest.mark.parametrize("text", ["cost=0:1", "cost=1:0", "cost=1", "cost=-1:2", "cost=a:b"])
def test_costs_that_are_no_two_positive_numbers_are_refused(text):
    with pytest.raises(OptionError, match="cost=1:5"):
        Threshold.parse(text)


def test_costs_are_refused_where_nothing_is_a_probability_of_yes():
    threshold = Threshold.parse("cost=1:5")
    with pytest.raises(OptionError, match="probabilities of a yes/no outcome, and the task is count"):
        threshold.refuse_unfit("count")
    with pytest.raises(OptionError, match="the predictions run from 1 to 8; calibrate the score first"):
        threshold.refuse_unfit("binary", SCORES)
    threshold.refuse_unfit("binary", SCORES / 9)


def test_the_cut_that_follows_from_costs_is_told():
    (note,) = Threshold.parse("cost=1:5").notes(SCORES / 9)
    assert note.startswith("A wrong yes costs 1 and a wrong no 5, so a probability of at least 0.1667 counts as yes")
