"""Frames of every library are asked by the same questions."""

import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.frames import framed


def test_a_frame_of_pandas_is_asked_in_memory():
    table = framed(pd.DataFrame({"a": [1, 1, 2]}))
    assert (table.engine.names, table.engine.rows(), table.source.name) == (("a",), 3, "data frame")
    assert table.rows()["a"].tolist() == [1, 1, 2]


def test_what_is_no_frame_is_refused():
    with pytest.raises(fa.SourceError, match="a data frame"):
        framed({"a": [1]})
