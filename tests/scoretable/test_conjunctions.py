"""Subgroups: every one of enough people is found, once, and no other."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import OptionError
from fairaudit.scoretable import conjunctions as module
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.conjunctions import conditions, conjunctions


def cells_of(made):
    """Band of each cell in each attribute, and people in each."""
    bands = np.column_stack([each.band[level] for each, level in zip(made.attributes, made.levels.T, strict=True)])
    cells, cell = joint(bands)
    return cells, sum_by(cell, np.ones(len(cell)), len(cells))


def by_loops(attributes, cells, people, depth, fewest):
    """Every subgroup by plain loops: names of its conditions → people."""
    found = {}
    for count in range(1, depth + 1):
        for chosen in combinations(range(len(attributes)), count):
            for several in product(*(conditions(attributes[place], place) for place in chosen)):
                inside = [all(cell[each.attribute] in each.bands for each in several) for cell in cells]
                n = people[inside].sum()
                if fewest <= n < people.sum():
                    found[tuple((each.attribute, each.label) for each in several)] = n
    return found


@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 1)), min_size=2, max_size=40),
    depth=st.integers(1, 4),
    fewest=st.integers(1, 6),
)
def test_the_subgroups_are_those_that_plain_loops_find(encode, names, rows, depth, fewest):
    a, number, b = np.array(rows).T
    made = encode(a=names(a), number=number.astype(float), b=names(b))
    cells, people = cells_of(made)
    found = conjunctions(made.attributes, cells, people, depth, fewest)
    sizes = found.members @ people
    keys = [tuple((each.attribute, each.label) for each in several) for several in found.conditions]
    assert len(set(keys)) == len(keys)
    assert dict(zip(keys, sizes, strict=True)) == by_loops(made.attributes, cells, people, depth, fewest)


def test_conditions_on_a_number_are_the_runs_of_its_bands_but_for_the_whole(encode):
    (age,) = encode(age=np.array([1.0, 2.0, 3.0, np.nan])).attributes
    assert [each.label for each in conditions(age, 0)] == ["1", "1–2", "2", "2–3", "3", "(missing)"]
    (age,) = encode(age=np.arange(100.0)).attributes
    assert [each.label for each in conditions(age, 0)][:3] == ["0–24", "0–49", "0–74"]


def test_a_subgroup_is_called_by_its_conditions(encode, names):
    made = encode(a=names([0, 0, 1, 1]), age=np.array([1.0, 2.0, 3.0, 3.0]))
    cells, people = cells_of(made)
    found = conjunctions(made.attributes, cells, people, 2, 2)
    called = [found.cell(place, made.attributes) for place in range(len(found))]
    assert {"a": "level 0", "age": "1–2"} in called


def test_nothing_is_found_where_no_subgroup_has_enough_people(encode, names):
    made = encode(a=names([0, 1, 2]))
    cells, people = cells_of(made)
    found = conjunctions(made.attributes, cells, people, 1, 2)
    assert len(found) == 0
    assert found.members.shape == (0, 3)


def test_too_many_subgroups_are_refused_with_what_to_do(encode, names, monkeypatch):
    monkeypatch.setattr(module, "MOST_MEMBERSHIPS", 3)
    made = encode(a=names([0, 1, 2]), b=names([0, 1, 0]))
    with pytest.raises(OptionError, match=r"too many subgroups of up to 2 conditions .*; search less deep"):
        conjunctions(made.attributes, *cells_of(made), 2, 1)
