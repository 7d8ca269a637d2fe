"""Roles guessed from names and values: what is found, and what is never decided without a word."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made import people

import fairaudit
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import RoleError
from fairaudit.gate.guessing import guess, is_class, stated_threshold, with_threshold


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


def guessed_of(given=None, **columns):
    """The roles that are guessed of people of two sexes with some columns, and what is not sure of them."""
    length = len(next(iter(columns.values()))) if columns else 12
    frame = pd.DataFrame({"sex": ["f", "m"] * (length // 2), **columns})
    guessed = guess(frame, given or {})
    names = ("prediction", "decision", "target", "exposure", "task", "favourable")
    roles = {name: getattr(guessed.roles, name) for name in names if getattr(guessed.roles, name) is not None}
    return roles, list(guessed.unsure)


SCORE, YES_NO, NUMBERS = [*range(12)], [0, 1] * 6, [1.5, 2.5, 3.5] * 4
GOOD = "'yes' of approved is taken as good for a person"


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (
            {"score": SCORE, "approved": YES_NO, "y": YES_NO},
            {"prediction": "score", "decision": "approved", "target": "y"},
        ),
        ({"score": list("abcdefghijkl"), "y": YES_NO}, {"target": "y"}),  # a prediction is a number
        ({"score": [1] * 12, "y": YES_NO}, {"target": "y"}),  # and not the same for all
        ({"Scored": SCORE, "riskScore": SCORE, "y": YES_NO}, {"prediction": "riskScore", "target": "y"}),
        ({"y": NUMBERS, "exposure": SCORE}, {"target": "y", "exposure": "exposure"}),
        ({"score": SCORE, "exposure": SCORE}, {"prediction": "score"}),  # of counts alone
        ({"y": YES_NO, "exposure": list("abcdefghijkl")}, {"target": "y"}),
        ({"score": SCORE, "outcome": ["no", "yes"] * 6}, {"prediction": "score", "target": "outcome=yes"}),
        ({"score": SCORE, "outcome": ["a", "b", "c"] * 4}, {"prediction": "score"}),
        ({"score": SCORE, "y": [True, False] * 6}, {"prediction": "score", "target": "y"}),
        ({"decision": [True, False] * 6}, {"decision": "decision"}),
        ({"risk": ["low", "high"] * 6, "y": YES_NO}, {"decision": "risk=high", "target": "y"}),
        ({"risk": ["Low", "high", "Very High"] * 4}, {"decision": "risk=high,Very High"}),
        (
            {"band": ["very low", "low", "medium", "moderate", "high", "very high"] * 2},
            {"decision": "band=low,medium,moderate,high,very high"},
        ),
        ({"score": SCORE, "risk": ["low", "high", "other"] * 4}, {"prediction": "score"}),
        ({"score": SCORE, "risk": ["low,", "high"] * 6}, {"prediction": "score"}),
        ({"score": SCORE, "risk": ["low", "LOW", "high"] * 4}, {"prediction": "score"}),
        (
            {"decision": [f"{place}" for place in range(7)] + ["yes"] * 5, "y": YES_NO},
            {"decision": "decision=yes", "target": "y"},
        ),
        ({"decision": [f"{place}" for place in range(8)] + ["yes"] * 4, "y": YES_NO}, {"target": "y"}),
        ({"what": [f"{place}" for place in range(6)] + ["hire", "reject"] * 3}, {"decision": "what=hire"}),
        (
            {"score": SCORE, "what": [f"{place}" for place in range(8)] + ["hire", "reject"] * 2},
            {"prediction": "score"},
        ),
        ({"score": SCORE, "what": ["hire", "pending"] * 6}, {"prediction": "score"}),  # words for one side alone
    ],
)
def test_a_column_has_the_role_that_its_name_and_values_tell(columns, roles):
    found, _ = guessed_of(**columns)
    found.pop("favourable", None)
    assert found == roles


@pytest.mark.parametrize(
    ("levels", "decision", "told"),
    [
        (("alpha", "not alpha"), None, "it could be 'decision=alpha' or 'decision=not alpha'"),
        (("a", "b", "denied"), None, "it could be 'decision=a' or 'decision=b' or 'decision=denied'"),
        (("denied", "rejected"), None, "it could be 'decision=denied' or 'decision=rejected'"),
        (("No", "later, maybe"), None, "it could be 'decision=No' or 'decision=later, maybe'"),
        (("y,e,s", "yes", "no"), None, "it could be 'decision=no' or 'decision=y,e,s' or 'decision=yes'"),
        (("approved", "granted", "denied"), "approved,granted", "'approved, granted' of decision is taken as yes"),
        (("approved", "hired"), None, "it could be 'decision=approved' or 'decision=hired'"),
        (("No", "Later"), "Later", "'Later' of decision is taken as yes"),
        (
            ("approved", "denied", "withdrawn"),
            "approved",
            "'approved' of decision is taken as yes, denied, withdrawn as no",
        ),
    ],
)
def test_which_level_means_yes_is_told_or_asked(levels, decision, told):
    found, unsure = guessed_of(decision=[*levels] * (12 // len(levels)), y=YES_NO)
    assert found.get("decision") == (None if decision is None else f"decision={decision}")
    if decision is None:
        told = f"which level of decision means yes is not plain, so it has no role; {told}"
    assert unsure[0] == told


@pytest.mark.parametrize(
    ("given", "columns", "roles"),
    [
        ({"prediction": "a"}, {"a": SCORE, "score": SCORE, "y": YES_NO}, {"prediction": "a", "target": "y"}),
        ({"decision": "d"}, {"d": YES_NO, "score": SCORE, "approved": YES_NO}, {"decision": "d"}),
        ({"threshold": 0.5}, {"score": SCORE, "approved": YES_NO, "y": YES_NO}, {"prediction": "score", "target": "y"}),
        ({"decision": "y=1"}, {"y": YES_NO, "recid": YES_NO}, {"decision": "y=1", "target": "recid"}),
        ({"target": "a"}, {"a": YES_NO, "y": YES_NO, "score": SCORE}, {"prediction": "score", "target": "a"}),
        (
            {"target": "y", "exposure": "e"},
            {"y": SCORE, "e": NUMBERS, "exposure": NUMBERS},
            {"target": "y", "exposure": "e"},
        ),
    ],
)
def test_what_is_given_leaves_the_other_roles_to_be_guessed(given, columns, roles):
    found, _ = guessed_of(given, **columns)
    found.pop("favourable", None)
    assert found == roles


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            {"score": SCORE, "a": YES_NO},
            ["is a"],
        ),
        (
            {"score": SCORE, "a": YES_NO, "b": ["u", "v"] * 6, "c": NUMBERS},
            ["are a, b"],
        ),
        ({"score": SCORE, "c": NUMBERS}, []),
        ({"score": SCORE, "y": YES_NO, "b": ["u", "v"] * 6}, []),
        ({"score": SCORE, "decision": YES_NO, "b": ["u", "v"] * 6}, []),
    ],
)
def test_columns_of_two_values_are_told_where_neither_a_decision_nor_an_outcome_is_known(columns, told):
    assert guessed_of(**columns)[1] == [
        f"no decision and no outcome was recognised; with two values there {those}: if it is one, say decision or"
        ' target = "NAME=LEVEL" with the level that means yes'
        for those in told
    ]


@pytest.mark.parametrize(
    ("columns", "given", "told"),
    [
        ({"n": [1, 2, 3] * 4}, {}, True),
        ({"number of people": [0, 1, 2] * 4}, {}, True),
        ({"n": [0.5, 2, 3] * 4}, {}, False),
        ({"n": [-1, 2, 3] * 4}, {}, False),
        ({"n": [1, 2, None] * 4}, {}, False),
        ({"n": list("123") * 4}, {}, False),
        ({"n claims": [1, 2, 3] * 4}, {}, False),
        ({"n": [1, 2, 3] * 4, "m": [1, 2, 3] * 4}, {"count": "m"}, False),
        ({"n": [1, 2, 3] * 4, "m": [1, 2, 3] * 4}, {"exposure": "m"}, False),
    ],
)
def test_whole_numbers_called_a_count_may_be_of_people(columns, given, told):
    (name, *_) = columns
    sentence = f'if a row stands for {name} people, say count = "{name}"'
    assert (sentence in guessed_of(given, score=SCORE, y=YES_NO, **columns)[1]) == told


@pytest.mark.parametrize(("count", "protected"), [(30, ["race", "sex"]), (31, ["sex"])])
def test_a_text_of_few_values_forms_groups_and_a_number_of_any(count, protected):
    names = [f"r{place % count:02}" for place in range(62)]
    frame = pd.DataFrame({"race": names, "sex": ["f", "m"] * 31, "score": range(62)})
    assert [attribute.name for attribute in guess(frame, {}).roles.protected] == protected
    numbers = frame.assign(race=range(62))
    assert [attribute.name for attribute in guess(numbers, {}).roles.protected] == ["race", "sex"]


CERTAIN = {"p_a": [0.2, 0.5] * 6, "p_b": [0.3, 0.5] * 6, "p_c": [0.5, 0.0] * 6}
TAKEN = "the columns p_* are taken as the probabilities of 3 classes"


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (CERTAIN, {"prediction": "p_*", "task": "multiclass"}),
        (CERTAIN | {"p_b": [0.3, None] * 6}, {"prediction": "p_*", "task": "multiclass"}),
        (
            CERTAIN | {"p_b": [0.312, 0.5] * 6},
            {"prediction": "p_*", "task": "multiclass"},
        ),  # by rounding, 0.005 for each class
        (CERTAIN | {"p_b": [0.318, 0.5] * 6}, None),
        (CERTAIN | {"p_b": [0.28, 0.5] * 6}, None),
        (CERTAIN | {"p_a": [0.8, 0.5] * 6, "p_b": [-0.3, 0.5] * 6}, None),
        ({"p_a": [0.2, 0.5] * 6, "p_b": [0.8, 0.5] * 6}, None),  # of two classes one number is enough
        (CERTAIN | {"p_d": ["x", "y"] * 6}, None),
        (CERTAIN | {"p_b": [None] * 12}, None),
        (CERTAIN | {"p_": SCORE}, {"prediction": "p_*", "task": "multiclass"}),
        ({f"a*{name}": values for name, values in CERTAIN.items()}, None),
        (CERTAIN | {"p_*": [0.0, 0.0] * 6, "p_a": [0.2, 0.49] * 6}, None),
        (CERTAIN | {"y": list("abc") * 4}, {"prediction": "p_*", "task": "multiclass", "target": "y"}),
        (CERTAIN | {"y": list("aaa") * 4, "target": list("abb") * 4}, {"prediction": "p_*", "task": "multiclass"}),
        (CERTAIN | {"y": list("abx") * 4}, {"prediction": "p_*", "task": "multiclass"}),  # a class without a column
    ],
)
def test_columns_whose_rows_sum_to_1_are_probabilities_of_classes(columns, roles):
    if roles is None:
        with pytest.raises(RoleError, match="name one with prediction"):
            guessed_of(**columns)
    else:
        assert guessed_of(**columns) == (roles, [TAKEN, *guessed_of(**columns)[1][1:]])


@pytest.mark.parametrize(
    ("given", "columns", "roles"),
    [
        ({"target": "y"}, {"y": list("ab") * 6, **CERTAIN}, {"prediction": "p_*", "target": "y", "task": "multiclass"}),
        ({"prediction": "score"}, {"score": SCORE, **CERTAIN}, {"prediction": "score"}),
        ({"decision": "score"}, {"score": YES_NO, **CERTAIN}, {"decision": "score"}),
        ({"threshold": 0.5}, {"score": SCORE, **CERTAIN}, {"prediction": "score"}),
        ({"task": "binary"}, {"score": SCORE, **CERTAIN}, {"prediction": "score", "task": "binary"}),
    ],
)
def test_probabilities_of_classes_are_looked_for_where_no_prediction_is_named(given, columns, roles):
    found, _ = guessed_of(given, **columns)
    found.pop("favourable", None)
    assert found == roles


@pytest.mark.parametrize(
    ("given", "columns", "roles"),
    [
        ({}, {"y": list("abc") * 4, "predicted": list("bca") * 4}, {"decision": "predicted", "target": "y"}),
        ({}, {"y": list("abc") * 4, "decision": list("abd") * 4}, {"decision": "decision", "target": "y"}),
        (
            {"target": "it"},
            {"it": list("abc") * 4, "predicted": list("bca") * 4},
            {"decision": "predicted", "target": "it"},
        ),
        ({}, {"y": list("abc") * 4, "told": list("bca") * 4}, None),
        ({}, {"predicted outcome": list("abc") * 4}, None),  # by one column nothing is told from another
        ({}, {"y": list("abc") * 4, "predicted": list("xyz") * 4}, None),  # no class in common
        ({}, {"y": [1, 2, 3] * 4, "predicted": list("123") * 4}, {"target": "y"}),
        ({"target": "y=a"}, {"y": list("abc") * 4, "predicted": list("bca") * 4}, {"target": "y=a"}),
    ],
)
def test_labels_in_common_with_the_outcome_are_predicted_classes(given, columns, roles):
    if roles is None:
        with pytest.raises(RoleError, match="name one with prediction"):
            guessed_of(given, **columns)
        return
    found, unsure = guessed_of(given, **columns)
    if "decision" in roles:
        told = f"{roles['decision']} is taken as the class that is predicted, {roles['target']} as the one observed"
        assert (found.pop("task"), unsure[0]) == ("multiclass", told)
    assert found == roles


@pytest.mark.parametrize(("count", "classes"), [(2, False), (3, True), (64, True), (65, False)])
def test_three_to_sixty_four_texts_may_be_classes(count, classes):
    assert is_class(pd.Series([f"c{place}" for place in range(count)])) == classes


@pytest.mark.parametrize(
    ("columns", "side"),
    [
        ({"decision": ["Hire", "Other"] * 6}, "yes"),
        ({"not approved": YES_NO, "y": YES_NO}, None),
        ({"approved": ["not yes", "yes"] * 6}, "yes"),
        ({"score": SCORE, "defaulted": [*range(12)]}, None),  # a number is high or low
        ({"score": SCORE, "recid": ["yes", "no"] * 6}, "no"),
        ({"risk": NUMBERS, "y": YES_NO}, None),
        ({"risk": [1, 2] * 6, "y": YES_NO}, "no"),
    ],
)
def test_the_good_side_is_that_of_a_word_beside_no_negation(columns, side):
    assert guessed_of(**columns)[0].get("favourable") == side


def test_with_a_profile_nobody_guesses_what_is_good_and_nothing_needs_to_be_measured():
    found, unsure = guessed_of({"profile": "four-fifths"}, approved=YES_NO)
    assert (found, unsure) == ({"decision": "approved"}, [])
    assert guessed_of({"profile": "four-fifths"}, u=SCORE)[0] == {}


def test_missing_values_of_any_role_and_marks_of_them_make_a_group():
    frame = people(60, 1).assign(approved=[0.0, 1.0] * 30)
    assert guess(frame, {}).roles.missing == "error"
    for name in ("score", "approved", "y", "sex"):
        lacking = frame.astype({name: object})
        lacking.loc[3, name] = None
        assert guess(lacking, {}).roles.missing == "group", name
    lacking = frame.assign(region=None, e=[None, *range(59)])
    assert guess(lacking, {}).roles.missing == "error"  # of columns without a role nothing is asked
    assert guess(lacking, {"exposure": "e"}).roles.missing == "group"
    coded = frame.assign(age=[-999, -999, *range(20, 78)])
    assert guess(coded, {}).roles.missing == "group"
    assert guess(frame.assign(score=[999, 999, *frame["score"][2:]]), {}).roles.missing == "group"
    probable = pd.DataFrame({"sex": ["f", "m"] * 6, **CERTAIN, "p_b": [0.3, None] * 6})
    assert guess(probable, {}).roles.missing == "group"
    assert guess(probable, {"missing": "drop"}).roles.missing == "drop"
    assert guess(pd.DataFrame({"sex": ["f", "m"] * 6, **CERTAIN}), {}).roles.missing == "error"


def test_what_is_given_is_never_read_with_marks_that_were_guessed():
    frame = people(60, 1).assign(age=[-999, -999, *range(20, 78)])
    frame.loc[5:9, "score"] = 999
    given = guess(frame, {"prediction": "score", "protected": (Protected("age"),)}).roles
    assert (given.prediction, given.protected, given.cleaning.na_of) == ("score", (Protected("age"),), ())


def test_a_key_names_each_row_once():
    frame = people(60, 1)
    assert guess(frame, {}).key == "id"
    assert guess(frame.assign(id=[1, *range(59)]), {}).key is None
    assert guess(frame.drop(columns="id"), {}).key is None


@pytest.mark.parametrize(
    "columns", [CERTAIN, CERTAIN | {"y": list("abc") * 4}, {"y": list("abc") * 4, "predicted": list("bca") * 4}]
)
def test_a_key_is_found_beside_classes_too(columns):
    frame = pd.DataFrame({"sex": ["f", "m"] * 6, **columns, "policy": range(12)})
    assert guess(frame, {}).key == "policy"


def test_a_table_of_nothing_known_is_refused_with_its_columns():
    with pytest.raises(RoleError) as caught:
        guess(pd.DataFrame({"u": [1, 2], "v": [3, 4]}), {})
    assert str(caught.value) == (
        "no column looks like a protected attribute; name one with protected='NAME'; there are u, v"
    )
    with pytest.raises(RoleError) as caught:
        guess(pd.DataFrame({"sex": ["f", "m"], "v": [3, 4]}), {})
    assert str(caught.value) == (
        "no column looks like a prediction, a decision or an outcome; name one with prediction, decision or target;"
        " there are sex, v"
    )


@pytest.mark.parametrize(
    ("given", "cut"),
    [
        ({"target": "y"}, "top=50.2%"),
        ({"target": "id"}, "median"),
        ({}, "median"),
    ],
)
def test_as_many_are_decided_yes_as_have_the_outcome_of_yes_or_no_and_else_those_above_the_median(given, cut):
    frame = people(60, 1).assign(y=[1] * 30 + [0] * 30)
    frame = pd.concat([frame] * 4, ignore_index=True).iloc[:-1].assign(id=range(239))
    roles = Roles(protected=(Protected("sex"),), prediction="score", **given)
    assert stated_threshold(role_table(frame, roles), roles) == cut


@pytest.mark.parametrize(
    ("ones", "rows", "cut"),
    [
        (1, 3, "top=33.3%"),
        (1, 2, "top=50%"),
        (1, 10, "top=10%"),
        (999, 10000, "top=9.99%"),
        (3999, 4000, "top=99.975%"),  # not all of them, which 100% would be
        (1, 4000, "top=0.025%"),
    ],
)
def test_the_stated_share_is_of_people_and_never_all_or_none_of_them(ones, rows, cut):
    frame = pd.DataFrame({"sex": ["f", "m"] * rows, "score": range(2 * rows)})
    frame["y"] = [1] * (2 * ones) + [0] * (2 * (rows - ones))
    counted = pd.DataFrame({"sex": ["f", "m"] * 2, "score": range(4), "y": [1, 1, 0, 0]})
    counted["n"] = [ones, ones, rows - ones, rows - ones]
    weighted = counted.assign(n=counted["n"] / 8)
    for table, role in ((frame, {}), (counted, {"count": "n"}), (weighted, {"weight": "n"})):
        roles = Roles(protected=(Protected("sex"),), prediction="score", target="y", **role)
        assert stated_threshold(role_table(table, roles), roles) == cut


def test_a_share_of_one_in_many_millions_is_a_threshold_that_is_read():
    counted = pd.DataFrame({"sex": ["f", "m"] * 2, "score": range(4), "y": [1, 1, 0, 0], "n": [1, 1, 10**7, 10**7]})
    roles = Roles(protected=(Protected("sex"),), prediction="score", target="y", count="n")
    cut = stated_threshold(role_table(counted, roles), roles)
    assert cut == "top=0.00001%"
    assert role_table(counted, replace(roles, threshold=cut)).decision.tolist() == [0, 0, 0, 1]
