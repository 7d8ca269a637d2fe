"""Counts of categories are those of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Roles
from fairaudit.data.table import role_table
from fairaudit.options import Options
from fairaudit.profiles.tally import tallies

ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 1), st.integers(1, 4)),
    min_size=4,
    max_size=60,
).filter(lambda rows: len({row[0] for row in rows}) > 1 and len({row[1] for row in rows}) > 1)


@given(rows=ROWS)
def test_every_category_has_the_people_and_the_rate_of_its_rows(rows):
    frame = pd.DataFrame(rows, columns=["g", "h", "d", "w"])
    roles = Roles.from_words({"decision": "d", "protected": ["g", "h"], "weight": "w"})
    found = {tuple(tally.by): tally for tally in tallies(table_scores(role_table(frame, roles), Options()))}
    assert list(found) == [("g",), ("h",), ("g", "h")]
    for by, tally in found.items():
        own = {tuple(category.cell[name] for name in by): category for category in tally.categories}
        groups = {(key if isinstance(key, tuple) else (key,)): rows for key, rows in frame.groupby(list(by))}
        assert own.keys() == groups.keys()
        for key, part in groups.items():
            category = own[key]
            assert (category.people, category.share) == (len(part), pytest.approx(len(part) / len(frame)))
            assert category.rate == pytest.approx(np.average(part["d"], weights=part["w"]))
            if category.selected is not None:
                assert category.selected == part["d"].sum()
