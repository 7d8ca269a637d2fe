"""Among which rows independence is asked, and which notions an outcome cannot have."""

import numpy as np
import pandas as pd
import pytest

from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import OptionError
from fairaudit.options import Options
from fairaudit.scoretable.strata import admissible, notion, strata

ROWS = 60
FRAME = pd.DataFrame(
    {
        "g": ["a", "b"] * (ROWS // 2),
        "score": np.linspace(0, 1, ROWS),
        "y": np.arange(ROWS) % 3 == 0,
        "level": np.arange(ROWS) % 3,
        "count": np.arange(ROWS) % 4,
        "area": np.where(np.arange(ROWS) < ROWS // 2, "north", "south"),
        "number": np.arange(ROWS),
    }
)


def table(**roles):
    return role_table(FRAME, Roles(prediction="score", protected=(Protected("g", "categorical"),), **roles))


def test_demographic_parity_asks_among_all_rows():
    assert strata(table(target="y"), "demographic") is None


def test_equalised_odds_ask_within_each_outcome_and_equal_opportunity_within_the_positive_one():
    outcome = FRAME["y"].to_numpy().astype(int)
    np.testing.assert_array_equal(strata(table(target="y"), "equalized-odds"), outcome)
    np.testing.assert_array_equal(strata(table(target="y"), "equal-opportunity"), np.where(outcome == 1, 1, -1))


def test_an_admissible_column_parts_each_outcome_again():
    codes = strata(table(target="y", given="area"), "equalized-odds")
    pairs = set(zip(codes, FRAME["y"], FRAME["area"], strict=True))
    assert len(pairs) == len(set(codes)) == 4


def test_some_rows_have_the_strata_that_they_have_among_all():
    rows = np.arange(5, 50, 3)
    whole = strata(table(target="y"), "equalized-odds")
    np.testing.assert_array_equal(strata(table(target="y"), "equalized-odds", rows), whole[rows])


@pytest.mark.parametrize(
    ("roles", "parity", "message"),
    [
        ({}, "equalized-odds", "name it with target='NAME'"),
        ({"target": "count", "task": "count"}, "equalized-odds", "which a count does not group"),
        ({"target": "level=0,1,2", "task": "ordinal"}, "equal-opportunity", "needs a binary outcome"),
        ({"target": "y", "given": "number"}, "demographic", "cut it into classes first"),
    ],
)
def test_a_notion_that_the_outcome_cannot_have_is_refused_with_a_way_out(roles, parity, message):
    with pytest.raises(OptionError, match=message):
        strata(table(**roles), parity)


def test_a_notion_is_called_with_its_admissible_column():
    assert notion("demographic", None) == "demographic"
    assert notion("equalized-odds", "area") == "equalized-odds given area"


def test_the_admissible_column_is_known_by_the_names_of_its_values_in_the_order_of_their_codes():
    rows = table(target="y", given="area")
    column = admissible(rows)
    assert (column.name, [column.levels[code] for code in rows.given]) == ("area", list(FRAME["area"]))
    assert admissible(table(target="y")) is None


def test_a_score_table_counts_the_rows_of_each_value_of_the_admissible_column():
    scores = table_scores(table(target="y", given="level"), Options())
    counted = {name: scores.rows[scores.given == code].sum() for code, name in enumerate(scores.admissible.levels)}
    assert counted == dict.fromkeys(("0", "1", "2"), ROWS / 3)
