"""Files that Spark counts give the lines that DuckDB finds in them, or are refused in one sentence."""

import datetime
import decimal
import gzip
import re

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fairaudit as fa
from fairaudit.data.condensed import in_order
from fairaudit.data.scanning import scanned
from fairaudit.data.sources import MARKS
from fairaudit.data.sparked import sparked
from fairaudit.engines import Question

pytestmark = pytest.mark.xdist_group("spark")

MASTER = "local[2]"
TEXTS = {
    "quotes, blanks and missing fields": b'a,"x"",y"\n1,"x, ""z"""\n2, q\n3, "q" \n4,""\n,NA\n6,u"v\n7,"x\ry"\n',
    "a mark of bytes, carriage returns, blank lines and separators at the ends": (
        b"\xef\xbb\xbfa;b\r\n1;x;\r\n\r\n2;\xc3\x9f;\r\n2;\xc3\x9f;"
    ),
    "old line ends": b"a|b\r1|x\r2|y z\r\r",
    "a column with blank lines": b'a\n\n1\n\n"2"\n',
    "types": (
        b"whole,number,code,flag,day,moment,text,none,huge,mixed,far\n"
        b"1,1.50,01,TRUE,2020-02-29,2020-01-01 10:00,2020-02-30,,1234567890123456789,2020-01-01,0\n"
        b"+2,.5,2,false,1999-12-31,2020-02-28T11:12:13.25,x,NA,-5,2020-01-01 00:00,-0\n"
        b'" 3",1e3,3,,n/a,,"\t",,7,,-inf\n'
    ),
}
"""Text files that can be read in parts."""
HOSTILE = [
    *("24:00", "2026-02-29", "0000-01-01", "9999-12-31", "10000-01-01", "1582-10-10", "2026-1-1", "20260101"),
    *("2026-01-01 24:00", "2026-01-01T24:00:00.0", "2026-01-01 23:59:60", "2026-01-01 00:60", "2026-01-01 12:30:15."),
    *("2026-01-01 12:30:15.1234567", "2026-01-01T12:30:15Z", "2026-01-01 12", "infinity", "now"),
    *("+1", "+-1", "01", "-01", "-0", "00.5", "0x10", "1_000", "1 000", "1,5", "1E+5", "1e", ".5", "5.", ".", "-"),
    *("1e309", "1e-400", "4e-324", "9" * 18, "9" * 19, "9" * 60, "1" * 310, "0." + "1" * 60, "0" * 30 + "1"),
    *(
        "INF",
        "+Infinity",
        "ınf",
        "NAN",
        "-nan",
        "1f",
        "1d",
        "1L",
        "0x1p3",
        "\u0663",
        "\u00bd",
        "\u22121",
        "1%",
        "1'000",
    ),
    *("tRuE", "t", "yes", "falſe", "None", "#N/A", "<NA>", "A\u0301", "a b", "\u200b", "\ufeff", "\t1", "1\x0c"),
    *("1\u00a0", "\u20091", "\u3000true ", "\u00a0", "\u202fNA", " a\u00a0 "),
]
"""Texts that some library takes for a number, a moment, yes or no, or nothing."""
REFUSED = {
    "a line break": (b'a,b\n1,"x\ny"\n', "has a line break within a field"),
    "several line ends": (b"a,b\n1,2\r\n3,4\n", "several kinds of line ends"),
    "irregular quotes": (b'a,b\n1,"x"y\n', "write the table as Parquet, or read it with --engine duckdb"),
    "no UTF-8": (b"a,b\n1," + b"x" * 2**20 + b"\n1,\xff\n", "is not UTF-8 text; save it with UTF-8 encoding"),
    "values too many": (b"a,b\n1,2\n1,2,3\n", "has a row with 3 values where the header has 2 columns"),
    "two headers": (b"a,b\n1,2\na,b\n", "1 rows of 't.csv' or files beside it repeat the line of the column names"),
    "a line break in a name": (b'a,"b\nc"\n1,2\n', "a column name in 't.csv' holds a line break"),
    "a header alone": (b"a,b\n", "'t.csv' has a header but no rows: a, b"),
    "a zero byte": (b"a,b\n1,\0\n", "has a zero byte in line 2"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answers(opened):
    """All that an audit may ask of a table."""
    with opened as data:
        kinds = data.engine.kinds(data.engine.names)
        lines = in_order(data.engine.lines(Question(data.engine.names)))
        return kinds, lines.values, lines.rows.tolist(), lines.values.attrs.get(MARKS), data.origin()


def assert_alike(source, **types):
    (kinds, values, *rest), (others, same, *remaining) = answers(scanned(source)), answers(sparked(source, MASTER))
    assert others == kinds
    pd.testing.assert_frame_equal(same, values.astype(types))
    assert remaining == rest


@pytest.mark.parametrize("content", list(TEXTS.values()), ids=list(TEXTS))
def test_text_is_read_alike(spark, folder, content):
    (folder / "t.csv").write_bytes(content)
    assert_alike("t.csv")


@pytest.mark.parametrize(("content", "message"), list(REFUSED.values()), ids=list(REFUSED))
def test_text_that_cannot_be_read_in_parts_is_refused_in_one_sentence(spark, folder, content, message):
    (folder / "t.csv").write_bytes(content)
    with pytest.raises(fa.SourceError, match=re.escape(message)):
        answers(sparked("t.csv", MASTER))


def test_files_of_a_pattern_have_their_columns_in_any_order_and_line_ends_of_any_kind(spark, folder):
    for name, content in {"a [1].tsv.gz": b"x\ty\n1\ta\n2\tNA\n", "b 100%.tsv.gz": b"y\tx\r\nb\t1.5\r\n"}.items():
        (folder / name).write_bytes(gzip.compress(content))
    assert_alike("*.tsv.gz")


def test_a_text_means_the_same_to_each_engine(spark, folder):
    names = ";".join(f"t{place}" for place in range(len(HOSTILE)))
    row = ";".join(HOSTILE)
    (folder / "t.csv").write_text(f"{names};n\n{row};1\n{row};2\n", encoding="utf-8")
    assert_alike("t.csv")


def test_parquet_is_read_alike(spark, folder):
    moment = datetime.datetime(2026, 7, 1, 12, 30)
    columns = {
        "Name": ["b", None],
        "name": [2, None],
        "a.b`c": [0.5, float("nan")],
        '"; DROP TABLE x; --': [-0.0, 0.0],
        "flag": [True, None],
        "day": [moment.date(), None],
        "list": [[1, 2], None],
        "record": [{"a": 1, "b": "x"}, None],
        "bytes": [b"\x00a", None],
    }
    table = pa.table(columns)
    typed = {
        "amount": pa.array([decimal.Decimal("1.25"), None], pa.decimal128(9, 2)),
        "here": pa.array([moment, None], pa.timestamp("us")),
        "there": pa.array([moment, None], pa.timestamp("ms", "Asia/Tokyo")),
        "fine": pa.array([moment, None], pa.timestamp("ns")),
        "small": pa.array([7, 8], pa.uint8()),
        "single": pa.array([0.1, None], pa.float32()),
        "level": pa.array(["u", "v"]).dictionary_encode(),
    }
    for name, values in typed.items():
        table = table.append_column(name, values)
    pq.write_table(table, folder / "{t}, [1] 50%.parquet")
    assert_alike("{t}, [1] 50%.parquet", fine="datetime64[us]", small="int16")


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_folders_in_parts_and_files_of_other_types_are_read_alike(spark, folder, suffix):
    for place, (year, area) in enumerate([("2025", "it's"), ("02026", "__HIVE_DEFAULT_PARTITION__"), ("NA", "a%2Fb")]):
        part = folder / "t" / f"year={year}" / f"area={area}"
        part.mkdir(parents=True)
        frame = pd.DataFrame({"X": [1, 1]} if place else {"X": [1.5, 2]})
        frame.to_parquet(part / "1.parquet") if suffix == "parquet" else frame.to_csv(part / "1.csv", index=False)
    assert_alike("t")


def test_what_machines_of_a_cluster_do_not_see_is_refused(folder, monkeypatch):
    (folder / "_t.csv").write_text("a\n1\n")
    for source, message in {
        "_t.csv": "Spark passes over files such as '_t.csv'",
        "-": "is a stream, which the machines of Spark do not see",
        "nope.csv": "there is no file 'nope.csv'",
        "https://example.org/t.csv": "is no address that Spark reads",
        "hdfs://example.org/t": "nothing is fetched from a network unless",
    }.items():
        with pytest.raises(fa.SourceError, match=message):
            answers(sparked(source, MASTER))
