"""Roles guessed from names and values: what is found, and what is never decided without a word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made import people

import fairaudit
from fairaudit.data.roles import Protected
from fairaudit.data.table import role_table
from fairaudit.errors import RoleError
from fairaudit.gate.guessing import guess, stated_threshold, with_threshold


@pytest.fixture(scope="module")
def compas():
    return fairaudit.load_dataset("compas").frame


def test_the_columns_of_compas_are_found(compas):
    guessed = guess(compas, {})
    roles = guessed.roles
    assert (roles.target, roles.prediction, roles.decision) == (
        "two_year_recid",
        "decile_score",
        "score_text=Medium,High",
    )
    assert {attribute.name for attribute in roles.protected} == {"sex", "age", "race"}
    assert roles.favourable == "no"
    assert "Medium, High of score_text are taken as yes, Low as no" in guessed.unsure
    assert not any("stands for" in sentence for sentence in guessed.unsure)  # juv_fel_count is no count of people


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        (("Hire", "Reject"), "Result=Hire"),
        (("approved", "denied", "withdrawn"), "Result=approved"),
        (("Not hired", "Rejected"), None),
        (("left", "right"), None),
    ],
)
def test_a_decision_is_found_by_words_of_its_levels_whatever_it_is_called(levels, found):
    frame = pd.DataFrame({"sex": ["f", "m"] * 6, "Result": [*levels] * (12 // len(levels)), "score": range(12)})
    guessed = guess(frame, {})
    assert guessed.roles.decision == found
    if found is None and len(levels) == 2:
        told = next(sentence for sentence in guessed.unsure if "no decision and no outcome was recognised" in sentence)
        assert "with two values there is Result:" in told


@pytest.mark.parametrize(
    ("levels", "proposed"),
    [
        (("Hire", "Reject"), "decision=Hire"),
        (("No!", "maybe so"), "decision=maybe so"),
        (("Rejected", "Not hired"), None),
        (("Approved", "Denied", "Withdrawn"), "decision=Approved"),
        (("alpha", "omega"), None),
        (("yes", "true"), None),
        (("a", "b", "c"), None),
    ],
)
def test_a_level_is_proposed_for_its_meaning_and_never_for_its_place_in_the_alphabet(levels, proposed):
    frame = pd.DataFrame({"sex": ["f", "m"] * 6, "decision": [*levels] * (12 // len(levels)), "y": [0, 1] * 6})
    guessed = guess(frame, {})
    assert guessed.roles.decision == proposed
    if proposed is None:
        assert f"'decision={sorted(levels)[0]}' or 'decision=" in " ".join(guessed.unsure)


@pytest.mark.parametrize("column", ["approved", "defaulted"])
def test_numbers_of_two_values_that_are_no_0_and_1_have_no_side_that_is_plain(column):
    frame = pd.DataFrame({"sex": ["f", "m"] * 6, "score": range(12), column: [1, 2, 2] * 4})
    guessed = guess(frame, {})
    assert (guessed.roles.decision, guessed.roles.target) == (None, None)
    assert f"'{column}=1' or '{column}=2'" in " ".join(guessed.unsure)


@pytest.mark.parametrize(
    ("columns", "side"),
    [
        ({"approved": [0, 1] * 6}, "yes"),
        ({"decision": ["Reject", "Hire"] * 6}, "yes"),
        ({"denied": [0, 1] * 6}, "no"),
        ({"score": [*range(12)], "defaulted": [0, 1] * 6}, "no"),
        ({"score": [*range(12)], "y": [0, 1] * 6}, None),
        ({"claims": [*range(12)], "risk": [*range(12)]}, None),
    ],
)
def test_the_good_side_is_guessed_only_where_a_word_is_plain(columns, side):
    assert guess(pd.DataFrame({"sex": ["f", "m"] * 6, **columns}), {}).roles.favourable == side


def test_a_few_missing_values_are_not_refused():
    frame = people(200, 1).astype({"sex": object})
    frame.loc[:4, "sex"] = None
    frame.loc[7, "score"] = np.nan
    guessed = guess(frame, {})
    assert guessed.roles.missing == "group"
    assert "of 200 rows there is no sex in 5, score in 1" in " ".join(guessed.unsure)
    assert role_table(frame, guessed.roles).rows.used == 199
    assert guess(people(200, 1), {}).roles.missing == "error"
    assert guess(frame, {"missing": "drop"}).roles.missing == "drop"


def test_a_number_far_from_all_others_is_read_as_missing_and_told():
    frame = people(200, 1).assign(age=np.arange(200.0) % 60 + 18)
    frame.loc[:2, "age"] = -999
    frame.loc[5:9, "score"] = 999
    guessed = guess(frame, {})
    assert [attribute.text() for attribute in guessed.roles.protected] == ["sex", "age:na=-999"]
    assert guessed.roles.cleaning.na_of == ("score:na=999", "age:na=-999")
    assert role_table(frame, guessed.roles).rows.used == 195
    assert "999 of score (5 rows) is read as missing" in guessed.unsure


def test_what_is_given_is_not_guessed():
    given = {"protected": (Protected("region"),), "target": "y", "favourable": "yes"}
    roles = guess(people(60, 1), given).roles
    assert (roles.protected, roles.target, roles.favourable) == ((Protected("region"),), "y", "yes")


@pytest.mark.parametrize(
    ("columns", "told"),
    [({"u": [1, 2], "v": [3, 4]}, "protected='NAME'"), ({"sex": ["f", "m"], "v": [3, 4]}, "name one with prediction")],
)
def test_a_table_without_such_columns_is_refused_with_the_option_to_say(columns, told):
    with pytest.raises(RoleError, match=told):
        guess(pd.DataFrame(columns), {})


def test_a_cut_is_stated_where_no_decision_is_named():
    frame = people(400, 1)
    roles = guess(frame, {}).roles
    table = role_table(frame, roles)
    assert stated_threshold(table, roles) == f"top={100 * frame['y'].mean():.3g}%"
    without = guess(frame.drop(columns="y"), {}).roles
    assert stated_threshold(role_table(frame, without), without) == "median"
    told = with_threshold(guess(frame, {}), "median")
    assert told.roles.threshold == "median"
    assert "no decision was named" in told.unsure[-1]


def test_no_cut_is_stated_for_a_decision_a_threshold_or_expected_counts():
    frame = people(400, 1).assign(approved=[0, 1] * 200, e=1.0, claims=[0, 1, 2, 0] * 100)
    for given in ({"decision": "approved"}, {"threshold": 0.4}, {"target": "claims", "exposure": "e"}):
        roles = guess(frame, {"prediction": "score"} | given).roles
        assert stated_threshold(role_table(frame, roles), roles) is None


def test_several_values_in_a_cell_are_found_and_told():
    races = ["White", "Black", "White; Black", "Black; White", "Asian"] * 80
    guessed = guess(people(400, 1).assign(race=races), {})
    assert Protected("race", "set", separator=";") in guessed.roles.protected
    assert any("cells of race hold several values between ';'" in sentence for sentence in guessed.unsure)
