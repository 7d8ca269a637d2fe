"""Groups are formed by attributes as they are, and by each value of a set."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.data.groupings import groupings
from fairaudit.data.roles import Protected
from fairaudit.scoretable.cells import cells, distances_between
from fairaudit.scoretable.facets import facets
from fairaudit.scoretable.grid import groups

COLUMNS = {
    "race": pd.Series(["B", "B; W", "W", "A; B; W", "A", None], dtype=object),
    "sex": pd.Series(["F", "M", "F", "M", "F", "M"], dtype=object),
}


def encoded(*texts: str):
    return cells(COLUMNS, Protected.parse_all(texts))


def test_attributes_without_sets_form_groups_as_they_are():
    plain = encoded("race:categorical", "sex:categorical")
    own = facets(plain)
    assert own.attributes == plain.attributes
    assert own.levels is plain.levels
    assert own.groupings() == groupings(2)
    assert [each.labels for each in own.all_groups()] == [
        groups(plain.attributes, plain.levels, chosen).labels for chosen in groupings(2)
    ]


def test_combinations_lie_as_far_apart_as_the_values_that_tell_them_apart():
    race = encoded("race:set=;").attributes[0]
    held = {band: set(band.split("; ")) if band != "(missing)" else {"?"} for band in race.bands}
    expected = [[len(one ^ other) ** 0.5 for other in held.values()] for one in held.values()]
    np.testing.assert_allclose(distances_between(race.coordinates), expected)
    assert race.values == ("A", "B", "W")


def test_each_value_parts_the_rows_in_those_with_and_without_it_and_the_missing():
    own = facets(encoded("race:set=;", "sex:categorical"))
    assert [attribute.name for attribute in own.attributes] == ["race (A)", "race (B)", "race (W)", "sex"]
    black = own.named(["race (B)"])
    assert [black.labels[group][0] for group in black.index] == [
        "race includes B",
        "race includes B",
        "race does not include B",
        "race includes B",
        "race does not include B",
        "(missing)",
    ]


@pytest.mark.parametrize(("sizes", "count"), [(None, 7), ({1}, 4), ({2}, 3)])
def test_values_of_one_set_are_not_crossed(sizes, count):
    formed = facets(encoded("race:set=;", "sex:categorical")).all_groups(sizes)
    assert len(formed) == count
    assert not any(sum(name.startswith("race") for name in each.by) > 1 for each in formed)


def test_a_value_that_everybody_has_forms_no_groups():
    column = {"race": pd.Series(["B", "B; W"], dtype=object)}
    assert [each.name for each in facets(cells(column, Protected.parse_all("race:set=;"))).attributes] == ["race (W)"]
