"""Rows that are alike are one line, and what is asked of lines is what the rows would say."""

import re

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data import condensed as module
from fairaudit.data.condensed import MOST_DISTINCT, condensed
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import line_table, role_table
from fairaudit.engines import FIRST, duckdb
from fairaudit.engines.pandas import engine_of

RNG = 7


@pytest.fixture
def frame():
    rng = np.random.default_rng(RNG)
    n = 4000
    return pd.DataFrame(
        {
            "g": rng.choice(["a", "b", None], n, p=[0.5, 0.4, 0.1]),
            "age": rng.integers(18, 90, n).astype(float),
            "p": rng.random(n),
            "y": rng.integers(0, 2, n),
            "other": rng.random(n),
        }
    )


def roles(**given):
    return Roles(protected=(Protected("g"), Protected("age")), prediction="p", target="y", missing="group", **given)


def test_columns_without_a_part_are_not_asked_for(frame):
    lines = condensed(frame, roles())
    assert list(lines.frame.columns) == ["g", "age", "p", "y"]
    assert lines.names == tuple(frame.columns)
    assert lines.origin.total == len(frame)


def test_the_order_of_rows_changes_no_line(frame):
    one, other = (condensed(each, roles()) for each in (frame, frame.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
    assert (one.origin.rows == other.origin.rows).all()


def test_a_table_of_lines_is_that_of_its_rows(frame):
    few = frame.assign(p=frame["p"].round(1))
    rows, lines = role_table(few, roles(threshold="median")), line_table(few, roles(threshold="median"))
    assert (rows.rows, rows.task, rows.specs) == (lines.rows, lines.task, lines.specs)
    assert lines.count.sum() == len(few)
    assert (lines.count @ lines.decision, lines.count @ lines.outcome) == (rows.decision.sum(), rows.outcome.sum())


@pytest.mark.parametrize("cut", [0.5, ">0.25", "<0.75", "median", "top=123", "top=10%"])
def test_decisions_are_those_of_predictions_that_were_rounded_afterwards(frame, cut, monkeypatch):
    given = roles(threshold=cut)
    exact = line_table(frame, given)
    monkeypatch.setattr(module, "MOST_DISTINCT", 100)
    rounded = line_table(frame, given)
    assert rounded.distinct == frame["p"].nunique()
    assert len(np.unique(rounded.prediction)) < len(np.unique(exact.prediction))
    each = [
        pd.Series(table.decision * (1 if table.count is None else table.count))
        .groupby(table.protected["g"], dropna=False)
        .sum()
        for table in (exact, rounded)
    ]
    assert each[0].equals(each[1])


@pytest.mark.parametrize("make", [engine_of, duckdb.engine])
def test_values_that_are_few_in_the_first_rows_only_are_rounded_as_in_any_other_order(make):
    n = FIRST + 2 * MOST_DISTINCT
    late = np.concatenate([np.zeros(FIRST), np.random.default_rng(RNG).random(n - FIRST)])
    frame = pd.DataFrame({"g": np.where(np.arange(n) % 3, "a", "b"), "p": late, "y": np.arange(n) % 2})
    given = Roles(protected=(Protected("g"),), prediction="p", target="y")
    one, other = (condensed(make(rows), given) for rows in (frame, frame.sample(frac=1, random_state=1)))
    assert one.gridded == other.gridded == {"p": frame["p"].nunique()}
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
    assert (one.origin.rows == other.origin.rows).all()


def test_more_lines_than_are_tried_are_counted_by_their_number_of_values(frame, monkeypatch):
    tried = condensed(frame, roles())
    monkeypatch.setattr(module, "MOST_TRIED", len(tried.frame) - 1)
    pd.testing.assert_frame_equal(condensed(frame, roles()).frame, tried.frame, check_exact=True)


def test_an_error_names_the_first_row_of_its_kind(frame):
    wrong = frame.assign(p=frame["p"].where(frame.index != 17, np.inf))
    with pytest.raises(
        fa.RoleError, match=re.escape("prediction 'p' has the value 'inf' in row 18, which is not finite")
    ):
        line_table(wrong, roles())


def test_codes_of_missing_values_are_seen_among_rounded_numbers(frame, monkeypatch):
    monkeypatch.setattr(module, "MOST_DISTINCT", 100)
    coded = frame.assign(p=frame["p"].where(frame.index % 500 != 3, -999999.0))
    with pytest.raises(fa.RoleError, match=re.escape("prediction 'p' is -999999 in 8 of 4000 rows")):
        line_table(coded, roles())


def test_too_many_lines_are_refused(frame, monkeypatch):
    monkeypatch.setattr(module, "MOST_LINES", 1000)
    with pytest.raises(fa.SizeError, match="different rows, and at most 1,000 are measured"):
        condensed(frame, roles())


def test_values_of_an_admissible_column_are_in_order_of_their_names(frame):
    table = line_table(frame.assign(d=np.where(frame.index < 10, "z", "k")), roles(given="d"))
    assert table.given_levels == ("k", "z")
