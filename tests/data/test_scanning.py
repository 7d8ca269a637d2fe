"""Files that are counted where they are give the lines of the same files in memory."""

import gzip
import re
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.opening import opened
from fairaudit.auditing.run import audit_table
from fairaudit.data.roles import said
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


PARTS = [("2025", "b"), ("2026", "a"), ("2026", "it's"), ("2026", "new york"), ("2026", "NA"), ("2027", None)]


def write_parts(folder, suffix):
    """A file in a folder for each of `PARTS`, named as Hive names them."""
    for place, (year, area) in enumerate(PARTS):
        named = "__HIVE_DEFAULT_PARTITION__" if area is None else quote(area, safe="'")
        part = folder / f"year={year}" / f"area={named}"
        part.mkdir(parents=True)
        frame = pd.DataFrame({"x": [place, place], "code": ["01", "N/A"]})
        if suffix == ".parquet":
            frame.assign(code=["01", None]).to_parquet(part / "1.parquet")
        else:
            frame.to_csv(part / f"1{suffix}", index=False, sep="\t" if "tsv" in suffix else ",")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz", ".tsv"])
@pytest.mark.parametrize("above", ["t", "env=prod/year=1999/t"])
def test_values_in_the_names_of_folders_are_columns(tmp_path, suffix, above):
    write_parts(tmp_path / above, suffix)
    loaded = read(str(tmp_path / above))
    held = loaded.frame.astype(object).where(loaded.frame.notna(), None)
    expected = [[place, code, area, year] for place, (year, area) in enumerate(PARTS) for code in ("01", None)]
    assert sorted(held.to_numpy().tolist(), key=str) == sorted(expected, key=str)
    assert list(loaded.frame.columns) == ["x", "code", "area", "year"]
    with scanned(str(tmp_path / above)) as data:
        pd.testing.assert_frame_equal(lines_of(data.engine), lines_of(engine_of(loaded.frame)))
        assert data.origin() == loaded.source


def test_text_of_parts_is_audited_alike_by_both_engines(tmp_path):
    rng = np.random.default_rng(1)
    for year in ("2025", "2026"):
        (tmp_path / "t" / f"year={year}").mkdir(parents=True)
        frame = pd.DataFrame({"d": rng.integers(0, 2, 200), "s": rng.choice(["a", "b"], 200)})
        frame.to_csv(tmp_path / "t" / f"year={year}" / "1.csv", index=False)
    written = [opened_audit(str(tmp_path / "t"), engine) for engine in ("pandas", "duckdb")]
    assert written[0].to_json() == written[1].to_json()
    assert written[0].protected[0].levels == ["2025", "2026"]


def opened_audit(source, engine):
    """The audit of decisions by year and another column."""
    options = fa.Options(bootstrap=20, permutations=19)
    with opened(source, said(decision="d", protected=["year", "s"]), engine) as data:
        return audit_table(data.table, data.origin(), data.roles, options)


def test_a_column_that_is_in_files_and_in_folders_is_refused(tmp_path):
    (tmp_path / "t" / "x=1").mkdir(parents=True)
    (tmp_path / "t" / "x=1" / "1.csv").write_text("x\n1\n2\n")
    with pytest.raises(fa.SourceError, match="more than one column called 'x'"):
        read(str(tmp_path / "t"))


def test_parts_of_several_kinds_are_refused_and_other_files_passed_over(tmp_path):
    (tmp_path / "t" / "year=1").mkdir(parents=True)
    (tmp_path / "t" / "year=1" / "1.csv").write_text("x\n1\n2\n")
    (tmp_path / "t" / "readme.txt").write_text("what this is")
    (tmp_path / "t" / "year=1" / "_SUCCESS").write_text("")
    assert read(str(tmp_path / "t")).frame["x"].tolist() == [1, 2]
    pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "t" / "year=1" / "2.parquet")
    with pytest.raises(fa.SourceError, match=r"has parts of several kinds \(.csv, .parquet\)"):
        read(str(tmp_path / "t"))


def test_folders_of_other_names_are_refused(tmp_path):
    for name in ("year=2025/area=a", "year=2026"):
        (tmp_path / "t" / name).mkdir(parents=True)
        pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "t" / name / "1.parquet")
    with pytest.raises(fa.SourceError, match="are named by year, and those of others by year, area"):
        read("t")
    (tmp_path / "empty").mkdir()
    with pytest.raises(fa.SourceError, match="is a folder; name a file in it"):
        read("empty")
