"""Columns of Parquet that hold more than one value in a cell, or bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
