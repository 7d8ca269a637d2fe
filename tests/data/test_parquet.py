"""Parquet files: types, levels, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from written import rows, write

from fairaudit.data.sources import read
from fairaudit.errors import SourceError


def test_parquet_keeps_values_and_loses_nullable_types(folder):
    frame = pd.DataFrame(
        {
            "A": pd.array([1, None, 2], dtype="Int64"),
            "a": pd.array([True, None, False], dtype="boolean"),
            "s": ["x", None, "y"],
            "t": pd.to_datetime(["2020-01-01 12:00"] * 3).tz_localize("Europe/Paris"),
        }
    )
    frame.to_parquet("x.parquet")
    expected = [["A", "a", "s", "t"]]
    moment = pd.Timestamp("2020-01-01 11:00")
    expected += [[1.0, True, "x", moment], [None, None, None, moment], [2.0, False, "y", moment]]
    assert rows("x.parquet") == expected
    assert rows("-", stdin=io.BytesIO(Path("x.parquet").read_bytes())) == expected


def test_parquet_files_of_a_pattern_get_a_common_type(folder):
    pq.write_table(pa.table({"a": [1]}), "p1.parquet")
    pq.write_table(pa.table({"a": [1.5]}), "p2.parquet")
    assert rows("p*.parquet") == [["a"], [1.0], [1.5]]


def test_parquet_with_a_repeated_or_no_row_is_refused(folder):
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), "twice.parquet")
    with pytest.raises(SourceError, match=r"'twice.parquet' has more than one column called 'a'"):
        read("twice.parquet")
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), "none.parquet")
    with pytest.raises(SourceError, match=r"'none.parquet' has a header but no rows: a"):
        read("none.parquet")


def test_damaged_parquet_pages_are_refused(folder):
    pq.write_table(pa.table({"a": list(range(1000))}), "x.parquet")
    content = bytearray(Path("x.parquet").read_bytes())
    content[10:60] = b"\xff" * 50
    write("x.parquet", bytes(content))
    with pytest.raises(SourceError, match=r"'x.parquet' cannot be read as Parquet"):
        read("x.parquet")
