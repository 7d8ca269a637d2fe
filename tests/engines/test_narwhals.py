"""What frames of Polars, Arrow and DuckDB are beyond the contract: their types, plans, and what comes back of them."""

import pandas as pd
import pytest
from frames_of import FRAMES, IN_ORDER

from fairaudit.engines import Question
from fairaudit.engines.narwhals import native


@pytest.mark.parametrize("name", sorted(set(FRAMES) - set(IN_ORDER)))
def test_rows_of_a_plan_are_in_no_order(name):
    frame = pd.DataFrame({"a": ["x", "y", "x"]})
    assert native(FRAMES[name](frame)).lines(Question(["a"], places=True)).first is None
