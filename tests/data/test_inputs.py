"""What a fit asks of an engine: names of inputs, and lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.data import inputs
from fairaudit.data.inputs import input_names, input_table
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.engines.duckdb import engine as duckdb_of
from fairaudit.engines.pandas import Frame
from fairaudit.errors import RoleError, SizeError

N = 400
DRAWN = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "id": np.arange(N),
        "name": [f"person {place}" for place in range(N)],
        'a "quoted"; --': DRAWN.choice(["x", "y'", "z;"], N),
        "age": DRAWN.integers(20, 30, N).astype(float),
        "day": pd.Timestamp("2024-01-01"),
        "sex": DRAWN.choice(["f", "m"], N),
        "y": DRAWN.integers(0, 2, N),
    }
)
ROLES = Roles(target="y", protected=(Protected("sex"),))
ENGINES = pytest.mark.parametrize("engine", [Frame, duckdb_of])


@ENGINES
def test_the_inputs_are_those_that_the_rows_would_give(engine):
    table = role_table(FRAME, ROLES, features=True)
    names, notes = input_names(engine(FRAME), ROLES)
    assert names == tuple(table.features.columns) == ('a "quoted"; --', "age")
    assert notes == [
        "column 'id' has another whole number in every row, like an identifier; it is not a feature",
        "column 'name' is text with 400 different values, like an identifier; it is not a feature",
        "column 'day' holds dates; it is not a feature",
    ]
    assert set(notes) <= set(table.notes)


@ENGINES
def test_many_numbers_are_put_on_the_grid_unless_each_row_has_another_whole_one(engine, monkeypatch):
    monkeypatch.setattr(inputs, "MOST_DISTINCT", 50)
    monkeypatch.setattr("fairaudit.data.condensed.MOST_DISTINCT", 50)
    frame = FRAME.assign(income=np.random.default_rng(1).uniform(0, 1, N))
    names, _ = input_names(engine(frame), ROLES)
    assert names == ('a "quoted"; --', "age", "income")
    table = input_table(engine(frame), ROLES)
    assert table.lines.gridded == {"income": N}


@ENGINES
def test_lines_say_how_many_rows_are_alike(engine):
    table = input_table(engine(FRAME), ROLES)
    assert table.count.sum() == table.rows.used == N
    assert len(table.features) == len(FRAME.drop(columns=["id", "name", "day"]).drop_duplicates()) < N
    means = [np.average(table.features["age"], weights=table.count), FRAME["age"].mean()]
    assert means[0] == pytest.approx(means[1])


@ENGINES
def test_missing_values_are_refused_or_treated_as_those_of_rows_are(engine):
    holed = FRAME.assign(age=FRAME["age"].where(FRAME["age"] > 21))
    with pytest.raises(RoleError) as of_lines:
        input_table(engine(holed), ROLES)
    with pytest.raises(RoleError) as of_rows:
        role_table(holed, ROLES, features=True)
    assert str(of_lines.value) == str(of_rows.value)
    for missing in ("drop", "group"):
        roles = Roles(target="y", protected=(Protected("sex"),), missing=missing)
        lines, rows = input_table(engine(holed), roles), role_table(holed, roles, features=True)
        assert lines.rows == rows.rows
        assert lines.count[lines.features["age"].isna()].sum() == rows.features["age"].isna().sum()


@ENGINES
def test_a_listed_column_that_is_no_feature_is_refused_before_lines_are_asked_for(engine):
    roles = Roles(target="y", protected=(Protected("sex"),), features=("name",))
    with pytest.raises(RoleError, match="'name' is text with 400 different values"):
        input_table(engine(FRAME), roles)


@ENGINES
def test_too_many_lines_are_refused_with_what_to_do(engine, monkeypatch):
    monkeypatch.setattr(inputs, "MOST_LINES", 10)
    with pytest.raises(SizeError, match=r"more than 10 different rows.*features.*--sample N"):
        input_table(engine(FRAME), ROLES)
