"""Files that are counted where they are give the lines of the same files in memory."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data import scanning
from fairaudit.data.condensed import in_order
from fairaudit.data.scanning import scanned
from fairaudit.data.sources import MARKS, read
from fairaudit.engines import Question
from fairaudit.engines.pandas import engine_of

COLUMNS = {
    'a"; DROP TABLE raw; --': ["x", "NA", "", "it's"],
    "c1": [" 1", "2", "3 ", "NA"],
    "zip": ["0123", "0123", "456", "789"],
    "when": ["2020-01-01", "2020-01-02", "", "2021-01-01"],
    "flag": ["true", "False", "", "TRUE"],
    "number": ["1.5", "1.50", "inf", ".5"],
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def lines_of(engine):
    lines = engine.lines(Question(engine.names, places=True))
    table = lines.values.assign(rows=lines.rows, first=lines.first)
    return table.sort_values("first").reset_index(drop=True)


@pytest.mark.parametrize("name", ["t.csv", "t.tsv.gz", "t.parquet"])
def test_lines_and_types_are_those_of_the_rows_in_memory(name):
    frame = pd.DataFrame(COLUMNS)
    if name.endswith("parquet"):
        frame.assign(c1=[1, 2, None, 2], when=pd.to_datetime(frame["when"])).to_parquet(name)
    else:
        frame.to_csv(name, sep="\t" if "tsv" in name else ",", index=False)
    loaded = read(name)
    with scanned(name) as data:
        assert data.engine.names == tuple(loaded.frame.columns)
        pd.testing.assert_frame_equal(lines_of(data.engine), lines_of(engine_of(loaded.frame)))
        assert data.origin() == loaded.source
        assert data.engine.rows() == len(loaded.frame)


def test_types_are_told_by_all_values_also_of_columns_with_many():
    n = 60_000
    late = ["word" if place == n - 1 else str(place) for place in range(n)]
    frame = pd.DataFrame({"late": late, "many": np.arange(n) / 7, "codes": [f"{place:05}" for place in range(n)]})
    frame.to_csv("t.csv", index=False)
    with scanned("t.csv") as data:
        assert data.engine.kinds(["late", "many", "codes"]) == {"late": "text", "many": "number", "codes": "text"}


def test_the_types_of_many_columns_take_no_more_memory_than_those_of_few(tmp_path):
    path, values = tmp_path / "t.csv", np.random.default_rng(0).integers(0, 3, (2000, 120))
    pd.DataFrame(values, columns=[f"k{place}" for place in range(120)]).to_csv(path, index=False)
    with fa.memory_limit("400MB"), scanned(str(path)) as data:
        assert data.engine.kinds(data.engine.names) == dict.fromkeys(data.engine.names, "number")


def test_texts_that_were_counted_before_they_were_read_give_the_same_answers(monkeypatch):
    texts = [" a", "a ", '" a "', "b", "", "NA", " NA ", "é"], ["1", " 1", "1.0", "1e0", "-0", "0", "", "null"]
    rows = [f"{texts[0][place % 8]},{texts[1][place * 7 % 5]},{place % 3},true" for place in range(3000)]
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write("\n".join(["g,p,n,f", *rows]))
    answers = []
    for counted in (True, False):
        if not counted:
            monkeypatch.setattr(scanning._Text, "_counted", lambda text, columns: "")
        with scanned("t.csv") as table:
            engine, names = table.engine, table.engine.names
            asked = [engine.kinds(names), engine.rows(), engine.distinct(names), engine.whole("p"), engine.whole("n")]
            assert bool(engine.known.counted) == counted
            levels = [sorted(map(str, engine.levels(name))) for name in names]
            lines = [in_order(engine.lines(Question(columns))) for columns in (names, names[:2], names[3:])]
            answers.append((asked, levels, [(each.values, each.rows.tolist()) for each in lines]))
    (one, *_, of_one), (other, *_, of_other) = answers
    assert one == other
    assert answers[0][1] == answers[1][1]
    for (values, counts), (other_values, other_counts) in zip(of_one, of_other, strict=True):
        pd.testing.assert_frame_equal(values, other_values, check_exact=True)
        assert counts == other_counts
        assert values.attrs == other_values.attrs


def test_files_of_a_pattern_have_their_columns_in_any_order():
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_csv("1.csv", index=False)
    pd.DataFrame({"b": ["x"], "a": [2]}).to_csv("2.csv", index=False)
    with scanned("*.csv") as data:
        table = lines_of(data.engine)
    assert table.to_numpy().tolist() == [[1, "x", 1, 0], [2, "y", 1, 1], [2, "x", 1, 2]]


def test_a_text_that_was_read_as_missing_is_remembered():
    pd.DataFrame({"a": ["x", "n/a"], "b": [1, 2]}).to_csv("t.csv", index=False)
    with scanned("t.csv") as data:
        assert data.engine.lines(Question(["a"])).values.attrs[MARKS] == {"a": "n/a"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"a,b\n1,2\n3\n", "has 1 values where the header has 2 columns"),
        ("t.csv", b"a,b\n", "has a header but no rows: a, b"),
        ("t.csv", b"", "is empty; a header line and at least one row are needed"),
        ("t.csv", b"a,b\n1,\0\n", "has a zero byte in line 2"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 9)[:-9], "is a gzip file that breaks off"),
        ("t.parquet", b"PAR1 no more", "cannot be read as Parquet"),
    ],
)
def test_damaged_files_are_refused_in_one_sentence(name, content, message):
    with open(name, "wb") as file:
        file.write(content)
    with pytest.raises(fa.SourceError, match=re.escape(message)):
        read_where_it_is(name)


def read_where_it_is(name):
    with scanned(name) as data:
        data.engine.lines(Question(data.engine.names))
        data.origin()


def test_a_stream_is_counted_too(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n1\n")
    with (tmp_path / "t.csv").open("rb") as stream, scanned("-", stdin=stream) as data:
        assert lines_of(data.engine)["rows"].tolist() == [2]
        assert data.rows()["a"].tolist() == [1, 1]
