"""What `read` and `from_frame` accept, and what they say when they refuse."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from written import gzipped, rows, write

from fairaudit.data.sources import MARKS, from_frame, read
from fairaudit.errors import SourceError

GZIPPED = gzipped(b"a,b\n" + b"1,2\n" * 20_000)


def test_the_order_of_rows_is_kept_and_reading_twice_gives_the_same(folder):
    write("long.csv", "i,s\n" + "".join(f"{i},v{i % 7}\n" for i in range(200_000)))
    first, second = read("long.csv"), read("long.csv")
    assert first.frame["i"].tolist() == list(range(200_000))
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert first.source == second.source


def test_the_fingerprint_covers_the_files_of_a_pattern_in_sorted_order(folder):
    write("part-2.csv", "a,b\n3.5,x\n")
    write("part-1.csv", "a,b\n1,2\n")
    loaded = read("part-*.csv")
    assert loaded.frame.to_numpy().tolist() == [[1.0, "2"], [3.5, "x"]]
    assert loaded.source.name == "part-*.csv"
    assert loaded.source.bytes == 18
    assert loaded.source.sha256 == hashlib.sha256(b"a,b\n1,2\na,b\n3.5,x\n").hexdigest()


@pytest.mark.parametrize("name", ["x[1].csv", "y*.csv", "z?.csv", "d[a]/x.csv", "[!a].csv", "it's.csv", "k=1/v.csv"])
def test_a_file_whose_name_looks_like_a_pattern_is_taken_literally(folder, name):
    for decoy in ("x1.csv", "yy.csv", "zz.csv", "da/x.csv", "b.csv"):
        write(decoy, "a,b\nWRONG,2\n")
    assert rows(write(name, "a,b\nRIGHT,2\n")) == [["a", "b"], ["RIGHT", 2]]


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", gzipped(b"a,b\n1,2\n"), b"a\tb\n1\t2\n"])
def test_standard_input_is_recognised_by_its_bytes(content):
    loaded = read("-", stdin=io.BytesIO(content))
    assert loaded.frame.to_numpy().tolist() == [[1, 2]]
    assert (loaded.source.name, loaded.source.bytes) == ("-", len(content))
    assert loaded.source.sha256 == hashlib.sha256(content).hexdigest()


REFUSED = [
    ("nosuch.csv", None, "there is no file 'nosuch.csv'"),
    ("scoers.csv", None, "there is no file 'scoers.csv'; did you mean 'scores.csv'?"),
    ("compass", None, "there is no file 'compass'; `fairaudit datasets list` shows the embedded tables"),
    ("nowhere/x.csv", None, "there is no file 'nowhere/x.csv'; nor is there a folder 'nowhere'"),
    ("zz*.csv", None, "no file matches the pattern 'zz*.csv'; look into this folder"),
    (".", None, "'.' is a folder; name a file in it, or all of one kind with './*.csv'"),
    (
        "https://example.org/a.csv",
        None,
        "is a URL, and nothing is fetched from a network unless --allow-remote is said",
    ),
    ("s3://bucket/a.parquet", None, "is a URL of a kind that is not read; download it first"),
    ("x.docx", b"1", "'x.docx' has the suffix '.docx'; files that can be read end in .csv, .csv.gz, .tsv"),
    ("x", b"1", "'x' has no suffix; files that can be read end in"),
    ("x.csv", b"", "'x.csv' is empty; a header line and at least one row are needed"),
    ("x.csv", b"\n \n", "'x.csv' is empty"),
    ("x.csv.gz", gzipped(b""), "'x.csv.gz' is empty"),
    ("x.csv", b"\na,b\n1,2\n", "'x.csv' starts with a blank line"),
    ("x.csv", b"a,b\n", "'x.csv' has a header but no rows: a, b"),
    ("x.csv", b"1,2\n3,4\n", "the first line of 'x.csv' holds only numbers (1, 2); a header line is needed"),
    ("x.csv", b"a,b,a\n1,2,3\n", "'x.csv' has more than one column called 'a'; rename them"),
    ("x.csv", b"a,b\n1,2\n4,5,6\n", "'x.csv' (line 3) has 3 values where the header has 2 columns"),
    ("x.csv", b"a,b\n1,2\n4\n", "'x.csv' (line 3) has 1 values where the header has 2 columns"),
    ("x.csv", b"name\nDoe, J\n", "'x.csv' (line 2) has 2 values where the header has 1 columns"),
    ("x.csv", b'a,b\n1,"x\n2,y\n', "'x.csv' has a quotation mark that is not closed (line 2)"),
    ("x.csv", b"a,b\r\n1,x\n2,y\r\n", "'x.csv' mixes kinds of line ends"),
    ("x.csv", "a,b\nJosé,1\n".encode("latin-1"), "'x.csv' is not UTF-8 text (line 2); save it with UTF-8"),
    ("x.csv", b"a,b\n" + b"x,1\n" * 400_000 + b"Jos\xe9,1\n", "'x.csv' is not UTF-8 text (line 400002)"),
    ("x.csv", "a,b\n1,2\n".encode("utf-16"), "'x.csv' is encoded in UTF-16; save it as UTF-8"),
    ("x.csv", b"PK\x03\x04rest", "'x.csv' is a zip archive or a spreadsheet, not text; export it as CSV"),
    ("x.csv", b"\x00\x01\xff\x00" * 99, "'x.csv' holds binary data, not text"),
    ("x.csv.gz", b"a,b\n1,2\n", "'x.csv.gz' is not a gzip file, though its name says so"),
    ("x.csv.gz", b"\x1f\x8bgarbage", "'x.csv.gz' is a damaged gzip file"),
    ("x.csv.gz", GZIPPED[:-9], "'x.csv.gz' is a gzip file that breaks off"),
    ("x.csv.gz", GZIPPED[:-6] + b"!!" + GZIPPED[-4:], "'x.csv.gz' is a damaged gzip file"),
    ("x.parquet", b"hello", "'x.parquet' is not a Parquet file, though its name says so"),
    ("x.parquet", b"PAR1 and no more", "'x.parquet' cannot be read as Parquet"),
    ("/dev/null", None, "'/dev/null' is empty"),
]


@pytest.mark.parametrize(("source", "content", "message"), REFUSED)
def test_what_cannot_be_read_is_refused_with_what_was_found(folder, source, content, message):
    write("scores.csv", "a\n1\n")
    if content is not None:
        write(source, content)
    with pytest.raises(SourceError) as caught:
        read(source)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_of_one_pattern_need_the_same_columns_separator_and_kind(folder):
    write("a1.csv", "a,b\n1,2\n")
    write("a2.csv", "b,c\n1,2\n")
    with pytest.raises(SourceError, match=r"there is 'c' in 'a2.csv' only and 'a' in 'a1.csv' only"):
        read("a*.csv")
    write("a2.csv", "a;b\n1;2\n")
    with pytest.raises(SourceError, match=r"'a2.csv' and 'a1.csv' differ in separator or compression"):
        read("a*.csv")
    pq.write_table(pa.table({"a": [1], "b": [2]}), "a2.parquet")
    Path("a2.csv").unlink()
    with pytest.raises(SourceError, match="matches CSV and Parquet files"):
        read("a*")


def test_files_of_one_pattern_are_matched_by_the_names_of_their_columns(folder):
    write("a1.csv", "sex,d\nF,1\n")
    write("a2.csv", "d,sex\n0,M\n2,F\n")
    write("a3.csv", "sex,d\nM,3\n")
    frame = read("a*.csv").frame
    assert frame.to_dict("list") == {"sex": ["F", "M", "F", "M"], "d": [1, 0, 2, 3]}


def test_what_was_read_as_missing_is_kept_with_the_table(folder):
    write("a.csv", "region,n,full\nNA,1,x\nEU,,y\n")
    assert read("a.csv").frame.attrs[MARKS] == {"region": "NA"}


def test_the_message_names_the_faulty_file_of_a_pattern(folder):
    write("a1.csv", "a,b\n1,2\n")
    write("a2.csv", "a,b\n1,2\n3,4,5\n")
    with pytest.raises(SourceError, match=r"'a2.csv' \(line 3\) has 3 values"):
        read("a*.csv")


def test_a_file_without_permission_is_refused(folder, monkeypatch):
    write("x.csv", "a\n1\n")

    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(SourceError, match=r"'x.csv' may not be read by you; change its permissions"):
        read("x.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_read_like_standard_input(folder):
    os.mkfifo("pipe")
    writer = subprocess.Popen(["sh", "-c", "printf 'a,b\\n1,2\\n' > pipe"])
    assert rows("pipe") == [["a", "b"], [1, 2]]
    assert writer.wait() == 0


FRAMES = {
    "pandas": pd.DataFrame({"a": [1.0, None], "s": ["x", None]}, index=[7, 7]),
    "nullable": pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "s": ["x", None]}),
    "polars": pl.DataFrame({"a": [1, None], "s": ["x", None]}),
    "lazy polars": pl.LazyFrame({"a": [1, None], "s": ["x", None]}),
    "arrow": pa.table({"a": [1, None], "s": ["x", None]}),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_every_known_data_frame_gives_the_same_table(frame):
    check_two_rows(frame)


def test_a_duckdb_relation_gives_the_same_table_too():
    with duckdb.connect() as connection:
        check_two_rows(connection.sql("SELECT * FROM (VALUES (1, 'x'), (NULL, NULL)) AS t(a, s)"))


def check_two_rows(frame):
    loaded = from_frame(frame)
    assert loaded.source.name == "data frame"
    assert loaded.source.sha256 is None
    assert loaded.frame.index.tolist() == [0, 1]
    assert str(loaded.frame["a"].dtype) == "float64"
    assert loaded.frame["a"].isna().tolist() == [False, True]
    assert loaded.frame["s"].iloc[0] == "x"
    assert loaded.frame["s"].isna().tolist() == [False, True]


def test_the_callers_frame_is_left_alone():
    frame = pd.DataFrame({1: [2]}, index=[5])
    loaded = from_frame(frame)
    loaded.frame["1"] = 9
    assert frame.to_dict() == {1: {5: 2}}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"a": [1]}, "a data frame (pandas, Polars, Arrow, DuckDB, PySpark) is needed, not dict"),
        (pd.Series([1]), "not Series"),
        (None, "not NoneType"),
        ("t.csv", "not the name 't.csv'; read a file first, with pandas.read_csv"),
        (Path("t.csv"), "not the name 't.csv'"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "the data frame has more than one column called a"),
        (pd.DataFrame({"a": []}), "the data frame is empty: 0 rows and 1 columns"),
    ],
)
def test_what_is_no_table_is_refused(frame, message):
    with pytest.raises(SourceError) as caught:
        from_frame(frame)
    assert message in str(caught.value)


def test_an_interrupted_query_is_an_interrupt(tmp_path, monkeypatch):
    def interrupted(*_):
        raise RuntimeError("Query interrupted")

    (tmp_path / "t.csv").write_text("a\n1\n")
    monkeypatch.setattr("fairaudit.data.delimited.typed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read(str(tmp_path / "t.csv"))


def test_importing_the_reader_loads_no_heavy_module():
    code = "import sys, fairaudit.data.sources, fairaudit.data.datasets as d; d.dataset_names(); "
    code += "sys.exit(len({'pandas', 'numpy', 'duckdb', 'pyarrow', 'narwhals'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_json_records_are_refused_with_the_command_that_makes_a_table_of_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.jsonl").write_text('{"sex": "f", "score": 0.5}\n{"sex": "m", "score": 0.25}\n')
    with pytest.raises(SourceError, match=r"'people.jsonl' is JSON, and no table of rows yet") as refused:
        read("people.jsonl")
    command = str(refused.value).partition("make one with: python ")[2]
    subprocess.run(f"{sys.executable} {command}", shell=True, check=True)  # noqa: S602  # what a user is told to do
    assert read("people.parquet").frame.to_dict("list") == {"sex": ["f", "m"], "score": [0.5, 0.25]}


@pytest.mark.parametrize("name", ["Book1.xlsx", "old.XLS", "sheet.ods"])
def test_a_workbook_is_refused_with_the_command_that_makes_a_table_of_it(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(SourceError, match=r"is a workbook, .* pip install python-calamine && python -c"):
        read(str(tmp_path / name))


def test_a_name_that_a_shell_could_obey_is_in_no_command(tmp_path):
    (tmp_path / "$(reboot).json").write_text("{}")
    with pytest.raises(SourceError, match=r"read_json_auto\('FILE'\)\) TO 'FILE.parquet'"):
        read(str(tmp_path / "$(reboot).json"))
