"""Rules that choose a strength from a path, none of which takes a model that explains nothing for a choice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import OptionError
from fairaudit.models.strength.rules import JudgedStrength, TracedWords, choose, on_front, parse_rule

PATH = [
    JudgedStrength(0.0, 1.00, 0.02, 10.0, 0.30),
    JudgedStrength(1.0, 1.01, 0.02, 6.0, 0.20),
    JudgedStrength(2.0, 1.02, 0.02, 2.0, 0.08),
    JudgedStrength(4.0, 1.20, 0.02, 1.0, 0.05),
    JudgedStrength(8.0, 1.60, 0.02, 0.5, 0.00),
]
CONSTANT = 1.5
"""Loss of the constant model: the plain one explains 0.5, and the strongest penalty is worse than no model."""
WEIGHING = ("max-loss:50", "max-deviance:500", "one-standard-error", "knee")
"""Rules that weigh the loss."""


@pytest.mark.parametrize(
    ("rule", "strength", "met"),
    [
        ("reduce:50", 2.0, True),
        ("reduce:40", 1.0, True),
        ("reduce:95", 8.0, True),
        ("reduce:99", 8.0, False),
        ("max-loss:2", 1.0, True),
        ("max-loss:3.9", 1.0, True),
        ("max-loss:4.1", 2.0, True),
        ("max-loss:0", 0.0, True),
        ("max-loss:500", 4.0, True),
        ("max-deviance:1", 1.0, True),
        ("max-deviance:1.99", 1.0, True),
        ("max-deviance:0", 0.0, True),
        ("max-deviance:500", 4.0, True),
        ("jsd:0.08", 2.0, True),
        ("jsd:0", 8.0, True),
        ("one-standard-error", 2.0, True),
        ("knee", 2.0, True),
    ],
)
def test_a_rule_chooses_the_strength_that_it_says(rule, strength, met):
    choice = choose(PATH, rule, CONSTANT)
    assert (choice.strength, choice.met) == (strength, met)
    assert choice.why.endswith(".")


def test_where_a_rule_cannot_be_met_the_nearest_is_taken_and_it_says_so():
    choice = choose(PATH[:3], "jsd:0.01", CONSTANT)
    assert (choice.strength, choice.met) == (2.0, False)
    assert "No penalty of the path leaves at most 0.01 bits" in choice.why


def test_where_the_plain_model_shows_no_dependence_there_is_none_to_take_away():
    even = [replace(PATH[0], dependence=-1e-6), *PATH[1:]]
    choice = choose(even, "reduce:90", CONSTANT)
    assert (choice.strength, choice.met) == (0.0, True)
    assert choice.why == (
        "The plain model shows no dependence over its noise floor, so that there is none to take away; it was taken."
    )


@pytest.mark.parametrize("rule", ["reduce:90", *WEIGHING])
def test_what_is_not_clear_of_chance_is_no_dependence_to_choose_by(rule):
    doubtful = [replace(point, dependence_error=6.0) for point in PATH]
    choice = choose(doubtful, rule, CONSTANT)
    assert (choice.strength, choice.met) == (0.0, rule != "knee")
    assert "shows no dependence clear of chance (10 ± 6), so that there is none to take away" in choice.why
    clear = [replace(point, dependence_error=4.0) for point in PATH]
    assert choose(clear, rule, CONSTANT).strength > 0


@pytest.mark.parametrize("rule", WEIGHING)
def test_what_is_better_than_the_constant_by_chance_only_is_no_choice(rule):
    doubtful = [replace(point, gain_error=0.3) for point in PATH]
    choice = choose(doubtful, rule, CONSTANT)
    assert (choice.strength, choice.met) == (0.0, False)
    assert choice.why.startswith(
        "No strength of the path predicts better than the constant beyond chance, whose loss is 1.5 (best: 1, 0.5 ±"
        " 0.3 below), so that there is no front to choose from"
    )
    assert choose([replace(point, gain_error=0.2) for point in PATH], rule, CONSTANT).strength > 0


def test_a_front_that_is_straight_within_its_errors_has_no_knee():
    straight = [replace(point, rise_error=0.4) for point in PATH]
    choice = choose(straight, "knee", CONSTANT)
    assert (choice.strength, choice.met) == (4.0, True)  # flat: its ends differ by no more than an error
    straight = [replace(point, loss=1.4 - 0.04 * point.dependence, rise_error=0.02) for point in PATH[:4]]
    choice = choose(straight, "knee", CONSTANT)
    assert (choice.strength, choice.met) == (0.0, False)
    assert choice.why.endswith("and has no knee; the one of less loss was taken.")


def test_the_choice_is_told_with_its_standard_errors():
    path = [replace(point, rise_error=0.01, reduction_error=3.2) for point in PATH]
    told = "There 80% (± 3.2) of the dependence is gone, and 4% (± 2) of what the plain model explains is given up."
    assert choose(path, "reduce:50", CONSTANT).why.endswith(told)


@pytest.mark.parametrize(
    "rule", ["reduce", "reduce:0", "reduce:100", "max-loss:-1", "max-deviance", "jsd:x", "knee:3", "best", "jsd:inf"]
)
def test_a_rule_that_makes_no_sense_is_refused_with_those_there_are(rule):
    with pytest.raises(OptionError, match=r"choose one of reduce:90, max-loss:10, max-deviance:1, jsd:0\.001, one-sta"):
        parse_rule(rule)


def test_the_front_holds_what_no_other_beats():
    assert on_front([(1, 3), (2, 2), (3, 1), (3, 3), (2, 2), (0.5, 4)]) == [True, True, True, False, True, True]


@pytest.mark.parametrize("rule", WEIGHING)
def test_where_nothing_predicts_better_than_the_constant_there_is_no_choice(rule):
    choice = choose(PATH, rule, 0.9)
    assert (choice.strength, choice.met) == (0.0, False)
    assert choice.why == (
        "No strength of the path predicts better than the constant, whose loss is 0.9 (best: 1), so that there is no"
        " front to choose from and no knee to rely on; the plain model was taken."
    )


@pytest.mark.parametrize("rule", ["reduce:50", "jsd:0.08"])
def test_a_rule_that_does_not_weigh_the_loss_says_first_that_it_is_worse_than_the_constants(rule):
    choice, usual = choose(PATH, rule, 0.9), choose(PATH, rule, CONSTANT)
    assert (choice.strength, choice.met) == (usual.strength, usual.met) == (2.0, True)
    assert choice.why.startswith("No strength of the path predicts better than the constant, whose loss is 0.9 (best")
    assert choice.why.endswith(". There 80% of the dependence is gone.")
    assert usual.why.partition(" There")[0] in choice.why


losses = st.lists(st.tuples(st.floats(0.1, 30), st.floats(0.01, 10)), min_size=1, max_size=8)


@given(losses, st.floats(0.1, 30), st.sampled_from(WEIGHING))
def test_no_rule_that_weighs_the_loss_takes_a_strength_that_explains_nothing_where_another_does(path, constant, rule):
    points = [JudgedStrength(float(place), loss, 0.5, left, None) for place, (loss, left) in enumerate(path)]
    choice = choose(points, rule, constant)
    chosen = points[int(choice.strength)]
    if any(point.loss < constant for point in points):
        assert chosen.loss < constant or (not choice.met and chosen is points[0])
    else:
        assert (chosen, choice.met) == (points[0], False)


def test_a_strength_that_multiplies_the_loss_is_no_knee():
    """Two points are no front: the second has a tenth less dependence, and a loss three times that of the first."""
    steep = [JudgedStrength(0.0, 6.1, 0.5, 10.0, None), JudgedStrength(1.0, 20.0, 0.5, 9.0, None)]
    assert choose(steep, "knee", 0.35).strength == 0
    choice = choose(steep, "knee", 30.0)
    assert (choice.strength, choice.met) == (0.0, False)
    assert choice.why == "The front has no knee, being of two strengths only; the one of less loss was taken."


def test_one_strength_that_beats_all_others_is_the_choice():
    path = [replace(PATH[0], loss=1.1), replace(PATH[1], loss=1.05, dependence=0.1), *PATH[3:]]
    choice = choose(path, "knee", CONSTANT)
    assert (choice.strength, choice.met) == (1.0, True)
    assert choice.why == (
        "One strength has both the least dependence and the least loss. There 99% of the dependence is gone, and 12.5%"
        " of what the plain model explains is gained."
    )


def test_where_less_dependence_costs_nothing_that_could_be_told_from_chance_all_of_it_is_taken():
    flat = [replace(point, loss=1 + 0.001 * point.strength, rise_error=0.01) for point in PATH]
    choice = choose(flat, "knee", CONSTANT, TracedWords("divergence", "consistency loss"))
    assert (choice.strength, choice.met) == (8.0, True)
    assert "differ by no more than a standard error. Its end of least divergence was taken" in choice.why
    assert choose([replace(point, rise_error=0.001) for point in flat], "knee", CONSTANT).strength < 8


def test_a_plain_model_that_explains_nothing_has_nothing_to_give_up():
    path = [replace(PATH[0], loss=1.6), *PATH[1:]]
    choice = choose(path, "max-loss:10", CONSTANT)
    assert (choice.strength, choice.met) == (1.0, False)
    assert choice.why.startswith(
        "The plain model explains nothing that could be given up; the strength of least loss was taken."
    )
