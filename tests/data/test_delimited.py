"""CSV and TSV: types of columns, and what is missing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from written import write

from fairaudit.data.delimited import SPACES, fields_of, typed
from fairaudit.data.layouts import layout
from fairaudit.data.sources import read


@pytest.mark.parametrize(
    ("fields", "kind", "values"),
    [
        (["1", "-2", "+3"], "int64", [1, -2, 3]),
        (["1", "", "3"], "float64", [1.0, None, 3.0]),
        (["1", "NA", "2.5"], "float64", [1.0, None, 2.5]),
        (["N/A", "n/a", "2"], "float64", [None, None, 2.0]),
        (["1e3", ".5", "-inf"], "float64", [1000.0, 0.5, float("-inf")]),
        (["true", "False", "TRUE"], "bool", [True, False, True]),
        (["true", "NULL", "false"], "object", [True, None, False]),
        (["yes", "no", "yes"], "text", ["yes", "no", "yes"]),
        (["t", "f", "nan"], "text", ["t", "f", None]),
        (["02139", "12345", "00001"], "text", ["02139", "12345", "00001"]),
        (["1", "2", "x"], "text", ["1", "2", "x"]),
        (["1_000", "2", "3"], "text", ["1_000", "2", "3"]),
        (["2020-01-31", "2020-02-01", ""], "datetime64", ["2020-01-31", "2020-02-01", None]),
        (["2020-01-31", "2020-02-31", ""], "text", ["2020-01-31", "2020-02-31", None]),
        (["", "null", '""'], "object", [None, None, None]),
    ],
)
def test_a_column_gets_the_type_of_all_its_values(folder, fields, kind, values):
    column = read(write("x.csv", "k,v\n" + "".join(f"1,{field}\n" for field in fields))).frame["v"]
    if kind == "datetime64":
        values = [None if value is None else pd.Timestamp(value) for value in values]
    assert column.dtype in ("object", "str") if kind == "text" else str(column.dtype).startswith(kind)
    assert column.astype(object).where(column.notna(), None).tolist() == values


def test_a_type_does_not_depend_on_a_sample(folder):
    frame = read(write("late.csv", "a,b\n" + "1,2\n" * 50_000 + "x,2\n")).frame
    assert frame["a"].iloc[0] == "1"
    assert frame["a"].iloc[-1] == "x"


def test_blanks_around_a_field_are_no_part_of_it(folder):
    write("a.csv", "g, x, n\nA, >50K, NA\n b ,<=50K , 3\n")
    frame = read("a.csv").frame
    assert list(frame["g"]) == ["A", "b"]
    assert list(frame["x"]) == [">50K", "<=50K"]
    assert frame["n"].isna().tolist() == [True, False]
    assert frame["n"].iloc[1] == 3


def test_which_fields_are_missing_can_be_said(folder):
    write("a.csv", 'region,n\n"NA",1\nEU,?\n,3\n')
    assert read("a.csv").frame["region"].isna().tolist() == [True, False, True]
    kept = read("a.csv", na="").frame
    assert kept["region"].tolist()[:2] == ["NA", "EU"]
    assert kept["region"].isna().tolist() == [False, False, True]
    marked = read("a.csv", na="?").frame
    assert marked["n"].tolist()[::2] == [1, 3]
    assert marked["n"].isna().tolist() == [False, True, False]


def test_rows_are_read_without_a_join_which_would_not_keep_their_order(tmp_path):
    """One in 25 readings of two files had the second first, on a busy machine only; so the plan is looked at."""
    files = [tmp_path / "part-1.csv", tmp_path / "part-2.csv"]
    for file in files:
        file.write_text("a,b\n1,x\n")
    with duckdb.connect() as connection:
        fields_of(connection, [(str(file), layout(file, file.name)) for file in files], ["NA", "?", "n/a", "null", "-"])
        plan = connection.execute("EXPLAIN SELECT * FROM raw").fetchall()[0][1]
    assert "join" not in plan.lower()


def test_the_type_of_a_column_does_not_depend_on_how_many_others_there_are(tmp_path):
    """Types are asked for a few columns at a time; those of one question must not slip to the next."""
    kinds = [("1", "2"), ("1.5", "x"), ("007", "010"), ("true", "false"), ("2020-01-02", "2021-03-04"), ("0.5", "3")]
    wide = [kinds[place % len(kinds)] for place in range(151)]
    lines = [",".join(f"c{place}" for place in range(151)), *(",".join(row) for row in zip(*wide, strict=True))]
    (tmp_path / "wide.csv").write_text("\n".join(lines) + "\n")
    narrow = ["abcdef", *("".join(f"{row[k]}," for row in kinds)[:-1] for k in (0, 1))]
    (tmp_path / "narrow.csv").write_text("\n".join([",".join(narrow[0]), *narrow[1:]]) + "\n")
    expected = read(str(tmp_path / "narrow.csv")).frame
    frame = read(str(tmp_path / "wide.csv")).frame
    for place, name in enumerate(frame.columns):
        same = expected.iloc[:, place % len(kinds)]
        assert frame[name].tolist() == same.tolist()
        assert frame[name].dtype == same.dtype


def test_the_blanks_around_a_field_are_those_that_duckdb_trims_and_no_others():
    letters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    with duckdb.connect() as connection:
        query = "SELECT string_agg(v, '' ORDER BY v) FROM (SELECT unnest(?::VARCHAR[]) AS v) WHERE trim(v) = ''"
        (trimmed,) = connection.execute(query, [letters]).fetchone() or ()
    assert trimmed == SPACES


@pytest.mark.parametrize("text", ["2026-01-01 24:00", "2026-01-01T24:00:00", "2026-01-01 00:60", "2026-01-01 00:00:60"])
def test_a_time_that_no_clock_shows_is_text(text, tmp_path):
    (tmp_path / "t.csv").write_text(f"a,b\n{text},1\n2026-01-01 23:59:59.5,2\n", encoding="utf-8")
    assert list(read(str(tmp_path / "t.csv")).frame["a"]) == [text, "2026-01-01 23:59:59.5"]


def test_a_question_about_many_columns_has_no_more_expressions_than_one_about_some(folder):
    def most(columns):
        """Expressions of the longest question about a table of so many columns of text: its time grows with their
        square."""
        names = [f"k{place}" for place in range(100, 100 + columns)]
        path = write("t.csv", ",".join(names) + "\n" + ",".join(["x"] * columns) + "\n")
        asked = []
        with duckdb.connect() as connection:

            class Recording:
                def execute(self, query):
                    asked.append(query)
                    return connection.execute(query)

            typed(Recording(), [(path, layout(Path(path), "t.csv"))])
        return max(query.count("CASE") for query in asked if query.startswith("SELECT"))

    assert 0 < most(400) == most(200)
