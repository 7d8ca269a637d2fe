"""What looks odd in a column is told, or refused where it cannot be meant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.data.cleaning import Cleaning
from fairaudit.data.oddities import date_text
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import RoleError


def notes(frame, **roles):
    """What is told of a table with the decision d and the protected attribute g, unless other roles are given."""
    roles = {"decision": "d", "protected": (Protected.parse(roles.pop("g", "g")),)} | roles
    table = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)
    return " | ".join(role_table(table, Roles(**roles)).notes)


def refused(frame, **roles):
    """The message with which a table is refused."""
    with pytest.raises(RoleError) as caught:
        notes(frame, **roles)
    return str(caught.value)


def groups(**counts):
    """Rows of groups, decisions by turns."""
    levels = [level for level, count in counts.items() for _ in range(count)]
    return {"g": levels, "d": [place % 2 for place in range(len(levels))]}


def test_of_levels_that_no_eye_tells_apart_one_is_said_to_have_another_form():
    told = notes({"g": ["e\u0301"] * 3 + ["\u00e9"] * 5 + ["o"] * 4, "d": [0, 1] * 6})
    assert "look alike: '\u00e9' (5 rows), 'e\u0301' in another Unicode form (3 rows)" in told


def test_numbers_of_the_rows_are_no_attribute_unless_said_to_be_a_quantity():
    frame = {"g": range(1000, 1100), "d": [0, 1] * 50}
    assert "'g' has another whole number in each of 100 rows, as if it numbered them" in refused(frame)
    assert notes(frame, g="g:continuous")


@pytest.mark.parametrize(
    "values",
    [[7 * place for place in range(100)], [place + 0.5 for place in range(100)], [place // 2 for place in range(100)]],
    ids=["of a wide range", "no whole ones", "with ties"],
)
def test_other_numbers_are_quantities(values):
    assert notes({"g": values, "d": [0, 1] * 50})


def test_levels_that_look_alike_are_named_with_what_merges_them():
    frame = {"g": ["Male"] * 5 + ["male "] * 3 + ["F"] * 4, "d": [0, 1] * 6}
    told = notes(frame)
    assert "protected attribute 'g' has levels that look alike: 'Male' (5 rows), 'male ' (3 rows)" in told
    assert "--merge 'g:Male=male ', or --tidy, reads them as one" in told
    assert "alike" not in notes(frame, cleaning=Cleaning(tidy=True))
    assert "alike" not in notes(frame, cleaning=Cleaning(merge="g:Male=male "))


def test_lists_in_another_order_and_abbreviations_look_alike_but_need_a_merge():
    told = notes(groups(**{"White; Black": 4, "Black;White": 3, "M": 2, "Male": 6}))
    assert "--merge 'g:White; Black=Black;White' reads them as one" in told
    assert "'Male' (6 rows), 'M' (2 rows)" in told
    assert "--tidy" not in told


def test_a_level_that_is_a_usual_mark_for_missing_values_is_told():
    told = notes({"g": ["a"] * 4 + ["?"] * 2 + ["b"] * 4, "d": [0, 1] * 5})
    assert "has the level '?' (2 of 10 rows), which looks like a mark for missing values; g:na=? reads it so" in told
    assert "mark" not in notes(groups(a=3, b=3))


def test_codes_of_groups_are_told_before_they_count_as_quantities():
    codes = {"g": [1, 2, 3, 5] * 5, "d": [0, 1] * 10}
    assert "(1, 2, 3, 5) is taken as a quantity, whose distances count" in notes(codes)
    for kind in ("g:categorical", "g:continuous", "g:bins=2"):
        assert "quantity" not in notes(codes, g=kind)
    assert "quantity" not in notes({"g": list(range(20)), "d": [0, 1] * 10})
    assert "quantity" not in notes({"g": [0.5, 1.5, 2.5, 3.5] * 5, "d": [0, 1] * 10})


def test_levels_that_are_declared_and_do_not_occur_are_told():
    declared = pd.Categorical(["f", "m"] * 5, categories=["f", "m", "nonbinary"])
    assert "'nonbinary' is declared as a level and has 0 rows" in notes({"g": declared, "d": [0, 0, 1, 1, 0] * 2})


def test_levels_that_count_as_no_are_named_where_they_are_several():
    frame = {"g": ["a", "b"] * 6, "d": ["granted", "denied", "withdrawn"] * 4}
    assert "decision 'd': the levels 'denied', 'withdrawn' count as no" in notes(frame, decision="d=granted")
    assert "count as no" not in notes(frame, decision="d=granted,denied")


def test_a_decision_that_nobody_got_is_zero_and_told():
    frame = pd.DataFrame({"g": ["a", "b"] * 6, "d": ["deny"] * 12})
    roles = Roles(decision="d=grant", protected=(Protected("g"),))
    table = role_table(frame, roles)
    assert not table.decision.any()
    assert "no row has the level 'grant' of decision 'd'; its levels are 'deny'" in table.notes


@pytest.mark.parametrize("level", ["Deny", "denyy", "grant"])
def test_a_misspelt_level_is_still_refused(level):
    frame = {"g": ["a", "b"] * 6, "d": ["deny", "approve"] * 6}
    assert f"decision 'd' has no level '{level}'; its levels are 'approve', 'deny'" in refused(
        frame, decision=f"d={level}"
    )


def test_one_level_of_several_may_be_absent():
    frame = {"g": ["a", "b"] * 6, "d": ["low", "medium"] * 6}
    assert "no row has the level 'high'" in notes(frame, decision="d=medium,high")
    assert "has no level 'mediun'" in refused(frame, decision="d=low,mediun")


@pytest.mark.parametrize("code", [-999.0, -1.0, 9999.0])
def test_a_code_far_from_all_other_values_is_never_averaged(code):
    scores = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, code, code, 0.25]
    frame = {"g": ["a", "b"] * 5, "p": scores}
    message = refused(frame, decision=None, prediction="p")
    assert f"prediction 'p' is {code:g} in 2 of 10 rows, far from all other values (0.2 to 0.8)" in message
    assert f"p:na={code:g} reads it so, and p:na= keeps it as a number" in message
    assert "far" not in notes(frame, decision=None, prediction="p:na=", task="regression")
    roles = Roles(prediction=f"p:na={code:g}", protected=(Protected("g"),), missing="drop")
    assert role_table(pd.DataFrame(frame), roles).prediction == pytest.approx([*scores[:7], 0.25])


def test_values_that_are_merely_large_are_no_codes():
    frame = {"g": ["a", "b"] * 5, "y": [18, 20, 30, 41, 55, 60, 70, 99, 99, 33]}
    assert "far" not in notes(frame, decision=None, target="y")
    rare = {"g": ["a", "b"] * 5, "y": [1.0, 2.0, 3.0, 2.0, 1.0, 3.0, 2.0, 5000.0, 1.0, 2.0]}
    assert "far" not in notes(rare, decision=None, target="y")


@pytest.mark.parametrize(
    "text", ["03/31/1975", "31.3.1975", "1975/03/31", "31-03-75", "31 Mar 1975", "March 31, 1975", "1975-03-31 10:20"]
)
def test_dates_in_common_forms_are_dates(text):
    assert date_text(pd.Series([text, None, text])) == text
    frame = {"g": [text] * 5 + ["1.2.1990"] * 5, "d": [0, 1] * 5}
    assert "protected attribute 'g' holds dates" in refused(frame)


@pytest.mark.parametrize("text", ["1-2-3", "18-25", "1975", "A/B", "1.5", "10/20"])
def test_what_only_resembles_a_date_is_none(text):
    assert date_text(pd.Series([text, text])) is None


def test_a_column_unique_in_nearly_every_row_has_no_groups():
    frame = {"g": [f"id{place // 2 if place > 90 else place}" for place in range(100)], "d": [0, 1] * 50}
    assert "different values in 100 rows, so that no groups can be compared" in refused(frame)
    assert "so that no groups" in refused(frame, g="g:categorical")
    few = {name: values[:40] for name, values in frame.items()}
    assert notes(few) is not None


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        (["1,234", "12", "2,500"], "a comma, such as 1,234; write points for decimals and nothing for thousands"),
        (["$12", "$1,300", "$7"], "a sign of money and a comma, such as $12; write digits alone"),
        (["45%", "7%", "50%"], "a per cent sign, such as 45%"),
        (["1 200", "950", "1 300"], "a blank or apostrophe, such as 1 200"),
        (["1.234.567", "1.000.000", "5"], "points for thousands, such as 1.234.567"),
        (["0,5", "1,25", "3"], "a comma, such as 0,5"),
    ],
)
def test_numbers_as_text_get_one_message_in_every_role(values, sign):
    text = values * 4
    plain = {"g": ["a", "b"] * 6, "d": [0, 1, 0, 0] * 3, "x": text}
    assert f"target 'x' has numbers with {sign}" in refused(plain, decision=None, target="x")
    assert f"target 'x' has numbers with {sign}" in refused(plain, decision=None, target="x", task="regression")
    assert f"prediction 'x' has numbers with {sign}" in refused(plain, decision=None, prediction="x")
    assert f"weight 'x' has numbers with {sign}" in refused(plain, weight="x")
    assert f"protected attribute 'x' has numbers with {sign}" in refused(plain, g="x")
    with pytest.raises(RoleError, match="column 'x' has numbers with"):
        role_table(pd.DataFrame(plain), Roles(target="d", protected=(Protected("g"),)), features=True)


def test_labels_as_predictions_are_pointed_to_the_decision():
    message = refused({"g": ["a", "b"] * 6, "p": ["good", "bad", "bad"] * 4}, decision=None, prediction="p")
    assert "prediction 'p' holds the labels 'bad', 'good', not numbers" in message
    assert "decision='p=bad' or decision='p=good'" in message


def test_a_word_among_numbers_is_told_with_its_rows_and_how_to_read_it_as_missing():
    message = refused(
        {"g": ["a", "b"] * 3, "p": ["0.1", "#N/A", "0.2", "0.3", "#N/A", "0.4"]}, decision=None, prediction="p"
    )
    assert "the value '#N/A' in row 2, which is text, as in 2 rows" in message
    assert "p:na=#N/A reads it so" in message


def test_neither_of_two_levels_is_proposed_before_the_other():
    message = refused({"g": ["a", "b"] * 6, "d": ["Hire", "Reject", "Reject"] * 4})
    assert "decision='d=Hire' or decision='d=Reject'" in message


def test_all_roles_that_do_not_fit_are_told_at_once():
    frame = pd.DataFrame({"g": ["a"] * 6, "p": ["x", "y", "z"] * 2, "w": [-1.0, 1, 1, 1, 1, 1]})
    message = refused(frame, decision=None, prediction="p", weight="w")
    heading, *lines = message.splitlines()
    assert heading == "3 problems:"
    assert lines[0].startswith("  - protected attribute 'g' has one value 'a' in all 6 rows")
    assert lines[1].startswith("  - weight 'w' has the value '-1'")
    assert lines[2].startswith("  - prediction 'p' holds the labels")
    missing = refused(frame, decision="e", g="h").splitlines()
    assert missing[1].startswith("  - column 'e' is not in the data")
    assert missing[2].startswith("  - column 'h' is not in the data")


def test_missing_values_of_all_roles_are_told_at_once_with_what_helps_each():
    frame = pd.DataFrame({"g": ["a", None, "b", "b"], "d": [1, 0, None, 1], "k": ["x", "y", "x", "y"]})
    both = refused(frame)
    assert "decision 'd' is missing in 1 of 4 rows (first in row 3)" in both
    assert "protected attribute 'g' is missing in 1 of 4 rows (first in row 2)" in both
    assert "missing='group'" in both
    assert "missing='group'" not in refused(frame, g="k")


def test_the_text_that_was_read_as_missing_is_named():
    frame = pd.DataFrame({"g": ["a", None, "b", "b"], "d": [1, 0, 0, 1]})
    frame.attrs["read as missing"] = {"g": "NA"}
    assert "(first in row 2, where the file has 'NA')" in refused(frame)
    assert "Cleaning(na='') keeps 'NA' as a value" in refused(frame)


def test_infinite_and_missing_numbers_are_no_codes():
    values = np.array([np.nan, 1.0, 2.0, 3.0, 4.0, 5.0])
    frame = {"g": ["a", "b"] * 3, "p": values}
    assert "far" not in notes(frame, decision=None, prediction="p", missing="drop", task="regression")
