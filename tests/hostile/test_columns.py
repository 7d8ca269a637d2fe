"""Columns of Parquet that hold more than one value in a cell, or bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fairaudit as fa
from fairaudit.data.sources import read
from fairaudit.gate.guessing import guess

ODD = {
    "list": ([["a"], ["a", "b"]], pa.list_(pa.string()), {"[a]", "[a, b]"}),
    "fixed list": ([[1, 2], [3, 4]], pa.list_(pa.int32(), 2), {"[1, 2]", "[3, 4]"}),
    "struct": ([{"k": 1}, {"k": 2}], pa.struct([("k", pa.int64())]), {"{'k': 1}", "{'k': 2}"}),
    "map": ([[("k", 1)], [("l", 2)]], pa.map_(pa.string(), pa.int64()), {"{k=1}", "{l=2}"}),
    "binary": ([b"ab", b"\x00\xff"], pa.binary(), {"ab", "\\x00\\xFF"}),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_more_than_one_value_is_read_as_text(kind, tmp_path):
    values, arrow, texts = ODD[kind]
    rng = np.random.default_rng(1)
    table = pa.table(
        {
            "sex": rng.choice(["f", "m"], 60),
            "score": rng.random(60),
            "race": pa.array([values[place] for place in rng.integers(0, 2, 60)], arrow),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    frame = read(str(tmp_path / "t.parquet")).frame
    assert set(frame["race"]) == texts
    assert [each.name for each in guess(frame, {}).roles.protected] == ["sex", "race"]


def test_lists_of_parquet_are_sets_with_a_comma(tmp_path):
    values = [["White"], ["Black"], ["White", "Black"], ["Black", "White"], []]
    table = pa.table({"race": pa.array(values * 40, pa.list_(pa.string())), "d": [0, 1] * 100})
    pq.write_table(table, tmp_path / "t.parquet")
    frame = read(str(tmp_path / "t.parquet")).frame
    audit = fa.audit(frame, decision="d", protected="race:set=,", missing="group", options=fa.Options(bootstrap=0))
    assert audit.protected[0].levels == ["Black", "White"]
    assert audit.protected[0].missing == 40
