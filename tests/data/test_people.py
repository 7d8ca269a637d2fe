"""Whom rows are about: numbers of people and codes of clusters do not depend on how a table is written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.data.columns import RoleColumn
from fairaudit.data.origin import Origin
from fairaudit.data.people import cluster_codes, one_row_each, people_of
from fairaudit.errors import RoleError

NAMES = st.lists(st.text(max_size=4), min_size=1, max_size=30)


@given(NAMES, st.randoms(use_true_random=False))
def test_the_code_of_a_cluster_depends_neither_on_the_order_of_rows_nor_on_other_rows_of_it(names, random):
    codes = dict(zip(names, cluster_codes(pd.Series(names, dtype=object)), strict=True))
    shuffled = [*names, *names[:3]]
    random.shuffle(shuffled)
    assert dict(zip(shuffled, cluster_codes(pd.Series(shuffled, dtype=object)), strict=True)) == codes


@given(NAMES)
def test_codes_of_clusters_count_from_0_without_gaps_and_tell_values_apart(names):
    codes = cluster_codes(pd.Series(names, dtype=object))
    assert set(codes) == set(range(len(set(names))))
    assert len(set(zip(names, codes, strict=True))) == len(set(names))


def test_neighbours_in_the_file_are_no_neighbours_among_the_codes():
    codes = cluster_codes(pd.Series(np.arange(1000)))
    assert abs(np.corrcoef(codes, np.arange(1000))[0, 1]) < 0.2


def test_whole_numbers_are_people_however_they_are_stored():
    for values in ([2, 0, 3], [2.0, 0.0, 3.0], np.array([2, 0, 3], dtype=np.uint8)):
        people = people_of(pd.DataFrame({"n": values}), RoleColumn("count", "n"), Origin.of_rows(len(values)))
        assert people.tolist() == [2, 0, 3]
        assert one_row_each(np.array([5, 7, 9]), people).tolist() == [5, 5, 9, 9, 9]


def test_without_a_column_of_counts_there_is_none():
    assert people_of(pd.DataFrame({"n": [1]}), None, Origin.of_rows(1)) is None


def test_no_fit_makes_rows_of_more_people_than_memory_holds():
    with pytest.raises(RoleError, match="30,000,000 people"):
        one_row_each(np.array([0]), np.array([30_000_000]))
