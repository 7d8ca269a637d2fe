"""Sums over people with several rows: the definition by loops, and people who are inside and outside at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from fairaudit.measures.people import Repeated

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 5), st.floats(-2, 2), st.sampled_from([0.5, 1.0, 3.0])),
    min_size=1,
    max_size=30,
)
MEMBERS = np.array([[1.0, 0, 0, 0], [0, 1, 1, 0], [1, 1, 0, 1], [0, 0, 0, 1]])


@given(ROWS)
def test_spreads_inside_and_outside_are_sums_over_people_of_what_lies_there(rows):
    cell, cluster, a, b = (np.array(column) for column in zip(*rows, strict=True))
    inside, outside = np.array([0.1, -0.2, 0.3, 0.0]), np.array([0.2, 0.4, -0.1, 0.5])
    found = Repeated.of(cell, cluster, a, b, 4).spreads(csr_array(MEMBERS), inside, outside)
    for side, value in ((0, inside), (1, outside)):
        for group, members in enumerate(MEMBERS):
            there = (members[cell] > 0) == (side == 0)
            sums = [
                (a[mine].sum(), b[mine].sum())
                for person in np.unique(cluster)
                if (mine := there & (cluster == person)).any()
            ]
            bearing = np.array([x - value[group] * y for x, y in sums])
            expected = len(sums), sum(y**2 for _, y in sums), *((bearing**power).sum() for power in (2, 3, 4))
            of = found[side]
            mine = of.people, of.squares, of.second, of.third, of.fourth
            assert [part[group] for part in mine] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(ROWS)
def test_all_people_are_the_subgroup_of_every_cell(rows):
    cell, cluster, a, b = (np.array(column) for column in zip(*rows, strict=True))
    of = Repeated.of(cell, cluster, a, b, 4)
    (whole, _), everyone = of.spreads(csr_array(np.ones((1, 4))), np.array([0.3]), np.array([0.0])), of.everyone(0.3)
    for name in ("people", "squares", "second", "third", "fourth"):
        assert getattr(whole, name) == pytest.approx(getattr(everyone, name), rel=1e-9, abs=1e-9)
    assert of.moving == (len(set(zip(cell, cluster, strict=True))) > len(set(cluster)))


def test_rows_that_are_alike_enlarge_the_variance_as_many_times_as_a_person_has_rows():
    rng = np.random.default_rng(1)
    own = rng.normal(size=400)
    person = np.repeat(np.arange(400), 5)
    a, b = own[person] - own.mean(), np.ones(2000)
    spread = Repeated.of(np.zeros(2000, dtype=int), person, a, b, 1).everyone(0.0)
    single, whole = np.array([(a**2).sum()]), np.array([2000.0])
    assert spread.effective(whole) == pytest.approx([400])
    assert spread.design_effect(single, whole, 5.0) == pytest.approx([5.0], rel=0.01)
    assert spread.design_effect(single, whole, 1.0)[0] < 5
