"""Sums over people with several rows: the definition by loops, and people who are inside and outside at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from fairaudit.measures import people
from fairaudit.measures.people import Repeated, Spread

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


@given(ROWS)
def test_how_many_pairs_are_held_at_once_changes_no_sum(rows):
    cell, cluster, a, b = (np.array(column) for column in zip(*rows, strict=True))
    values = np.array([0.1, -0.2, 0.3, 0.0])
    of = Repeated.of(cell, cluster, a, b, 4)
    together = of.spreads(csr_array(MEMBERS), values, -values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "PRODUCT", 2)
        apart = of.spreads(csr_array(MEMBERS), values, -values)
    for one, other in zip(together, apart, strict=True):
        for name in ("people", "squares", "second", "third", "fourth"):
            assert list(getattr(one, name)) == list(getattr(other, name))


def test_nobody_is_no_person_and_moves_nowhere():
    none = np.empty(0, dtype=np.intp)
    of = Repeated.of(none, none, np.empty(0), np.empty(0), 3)
    assert (of.people, of.moving) == (0, False)


def test_a_person_who_is_in_a_subgroup_with_all_that_counts_is_not_outside():
    """Also where the sum of his rows, cell by cell in another order, differs in its last digit."""
    cell, cluster = np.array([0, 1, 2, 3, 3]), np.array([0, 0, 0, 1, 2])
    for unit in (1.0, 1e8):
        b = unit * np.array([0.1, 0.2, 0.3, 0.5, 1e-8])
        of = Repeated.of(cell, cluster, b, b, 4)
        members = csr_array((np.ones(3), np.array([2, 1, 0]), np.array([0, 3])), shape=(1, 4))
        inside, outside = of.spreads(members, np.array([1.0]), np.array([0.0]))
        assert (inside.people, outside.people) == (1, 2)
        assert outside.squares == pytest.approx([0.25 * unit**2])
        assert outside.second == pytest.approx([0.25 * unit**2])


def repeating(people, own, rows, single):
    """How people differ who have so many rows each, one half of them +1 in all rows, the other half −1."""
    signs = np.tile([1.0, -1.0], people // 2)
    a, person = np.repeat(signs * own, rows), np.repeat(np.arange(people), rows)
    b = np.ones(len(a))
    spread = Repeated.of(np.zeros(len(a), dtype=int), person, a, b, 1).everyone(0.0)
    return spread.design_effect(np.array([single]), np.array([b.sum()]), 1.5)[0]


def test_the_design_effect_of_ten_people_lies_halfway_to_that_of_all():
    """Ten people of four equal rows each: 4 · 10/9 by themselves, 1.5 of all."""
    assert repeating(10, own=1.0, rows=4, single=40.0) == pytest.approx((4 * 10 / 9 + 1.5) / 2)
    assert repeating(10, own=1e-3, rows=4, single=40e-6) == pytest.approx((4 * 10 / 9 + 1.5) / 2)
    assert repeating(30, own=1.0, rows=4, single=120.0) == pytest.approx((30 * 4 * 30 / 29 + 10 * 1.5) / 40)


def test_where_nothing_varies_the_design_effect_is_that_of_all():
    assert repeating(10, own=0.0, rows=4, single=0.0) == 1.5


def test_one_person_shows_no_design_effect_of_his_own():
    spread = Repeated.of(np.zeros(2, dtype=int), np.zeros(2, dtype=int), np.ones(2), np.ones(2), 1).everyone(1.0)
    assert spread.design_effect(np.array([0.5]), np.array([2.0]), 1.5) == [1.5]


def test_rows_of_a_person_that_make_up_for_each_other_are_worth_no_more_than_rows():
    person, a = np.repeat(np.arange(50), 2), np.tile([1.0, -1.0], 50) + np.repeat(np.tile([0.01, -0.01], 25), 2)
    spread = Repeated.of(np.zeros(100, dtype=int), person, a, np.ones(100), 1).everyone(0.0)
    assert spread.design_effect(np.array([(a**2).sum()]), np.array([100.0]), 1.0) == [1.0]


def test_people_of_unequal_weight_are_worth_fewer_and_nobody_is_worth_none():
    """Kish: weights 1, 1 and 2 tell as much as 16/6 people of one weight."""
    nothing = np.zeros(2)
    spread = Spread(nothing, np.array([6.0, 0.0]), nothing, nothing, nothing)
    assert spread.effective(np.array([4.0, 0.0])) == pytest.approx([16 / 6, 0.0])
    assert spread.take(np.array([1])).squares == [0.0]


def test_two_people_of_unequal_weight_show_the_design_effect_of_fewer_than_two():
    """They are worth 36/26, and lie ±5/6 from the common rate of 1/6."""
    own, worth = Repeated.of(np.zeros(2, dtype=int), np.arange(2), np.array([1.0, 0]), np.array([1.0, 5]), 1), 36 / 26
    effect = own.everyone(1 / 6).design_effect(np.array([1.0]), np.array([6.0]), 1.5)
    assert effect == pytest.approx([(2 * (50 / 36 * worth / (worth - 1)) + 10 * 1.5) / 12])
