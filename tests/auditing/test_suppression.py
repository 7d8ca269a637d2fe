"""With --suppress no number is about fewer people than asked, and none can be had by subtraction."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairaudit import OptionError, Options, RoleError, audit, fit

LEAST = 10
QUICK = Options(bootstrap=20, permutations=19, min_group=5, suppress=LEAST)


@pytest.fixture(scope="module")
def people():
    """A few hundred people with rare levels, rare combinations, and cells in which few were selected."""
    rng = np.random.default_rng(5)
    size = 900
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["f", "m", "neither"], size, p=[0.5, 0.49, 0.01]),
            "place": rng.choice(["north", "south", "east", "hamlet"], size, p=[0.5, 0.3, 0.17, 0.03]),
            "score": rng.integers(0, 1000, size) / 1000,
            "y": rng.random(size) < 0.4,
            "person": rng.integers(0, 700, size),
        }
    )
    return frame.assign(hired=frame["score"] > np.where(frame["place"] == "east", 0.98, 0.5))


ROLES = {"prediction": "score", "decision": "hired", "target": "y", "protected": ["sex", "place"]}


@pytest.fixture(scope="module")
def hidden(people):
    return audit(people, **ROLES, options=QUICK)


def visible(people, least=LEAST):
    """The rows of cells in which everybody, and every decision and outcome, is of enough people; by plain loops."""
    kept = []
    for _, cell in people.groupby(["sex", "place"]):
        parts = [len(part) for _, part in cell.groupby(["hired", "y"])]
        if min([len(cell), *parts]) >= least:
            kept.append(cell)
    return pd.concat(kept).sort_index()


def test_the_result_is_that_of_the_people_who_stay(people, hidden):
    """So whoever has it knows of the others no more than how many they are."""
    stay = visible(people)
    assert 0 < len(stay) < len(people)
    alone = audit(stay, **ROLES, options=QUICK)
    assert hidden.rows.dropped == {"to hide groups of fewer than 10 people": len(people) - len(stay)}
    mine, theirs = (json.loads(result.to_json()) for result in (hidden, alone))
    assert {name for name in mine if mine[name] != theirs[name]} == {"rows", "notes", "verdict"}


def test_every_group_and_every_count_in_it_is_large_enough_or_empty(hidden):
    assert hidden.groups
    for group in hidden.groups:
        assert group.n >= LEAST
        for value in group.measures.values():
            if value.events is not None:
                assert value.events == 0 or value.events >= LEAST
                assert value.n - value.events == 0 or value.n - value.events >= LEAST


def test_no_report_knows_of_the_levels_that_left(people, hidden):
    left = set(people["place"]) - set(visible(people)["place"]) | set(people["sex"]) - set(visible(people)["sex"])
    assert left == {"hamlet", "east", "neither"}
    for text in (hidden.to_json(), hidden.to_html(), hidden.to_markdown(), str(hidden)):
        for level in left:
            assert not re.search(rf"[^\w-]{level}[^\w-]", text.partition("</style>")[2] or text), level


def test_values_of_single_rows_are_not_told(hidden):
    told = json.loads(hidden.to_json())
    assert [told[name] for name in ("distributions", "curves", "lift", "subgroups", "surrogate")] == [
        [],
        [],
        [],
        None,
        None,
    ]
    assert told["rows"]["dropped_groups"] == []
    assert all(attribute["range"] is None for attribute in told["protected"])


def test_bands_are_cut_among_those_who_stay(people):
    """The rows that leave move the quantiles, and cells by the new bands may be small again."""
    aged = people.assign(age=np.random.default_rng(2).integers(18, 90, len(people)))
    result = audit(aged, prediction="score", target="y", protected=["sex", "age"], options=QUICK)
    assert min(group.n for group in result.groups) >= LEAST


def test_people_with_several_rows_count_once(people):
    result = audit(people, prediction="score", protected=["sex", "place"], cluster="person", options=QUICK)
    assert min(group.people for group in result.groups) >= LEAST


def test_a_row_that_stands_for_several_counts_as_so_many(people):
    counted = people.assign(people=12)
    result = audit(counted, prediction="score", protected=["sex", "place"], count="people", options=QUICK)
    assert result.rows.dropped == {}


def test_a_handful_that_leaves_takes_the_next_cell_with_it():
    """The number of those who left is told, and must not be that of one small group."""
    frame = pd.DataFrame({"g": ["a"] * 60 + ["b"] * 30 + ["c"] * 20 + ["d"] * 3, "p": np.arange(113) / 113})
    result = audit(frame, prediction="p", protected="g", options=QUICK)
    assert result.rows.dropped == {"to hide groups of fewer than 10 people": 23}
    assert {group.cell["g"] for group in result.groups} == {"a", "b"}


def test_nobody_leaves_where_all_groups_are_large():
    frame = pd.DataFrame({"g": ["a", "b"] * 50, "p": np.arange(100) / 100})
    result = audit(frame, prediction="p", protected="g", options=QUICK)
    assert (result.rows.used, result.rows.dropped) == (100, {})
    assert any("none was smaller" in note for note in result.notes)


def test_groups_that_are_all_small_are_refused():
    frame = pd.DataFrame({"g": list("abcdefghij") * 3, "p": np.arange(30) / 30})
    with pytest.raises(RoleError, match="fewer than two groups of the protected attributes have 10 people"):
        audit(frame, prediction="p", protected="g", options=QUICK)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"given": "y"}, "strata of 'y'"),
        ({"profile": "four-fifths"}, "the table of the profile"),
        ({"options": replace(QUICK, search=2)}, "a search for subgroups"),
        ({"options": replace(QUICK, parity="equalized-odds"), "target": "y"}, "parity equalized-odds"),
    ],
)
def test_what_looks_into_cells_further_is_refused(people, changes, words):
    roles = {"prediction": "score", "decision": "hired", "protected": ["sex", "place"], "options": QUICK}
    with pytest.raises(OptionError, match=f"{words}.* would tell of fewer than 10 people"):
        audit(people, **roles | changes)


def test_a_fit_that_cannot_suppress_says_so(people):
    with pytest.raises(OptionError, match="suppress is 10, which audits know; a fit tells of its rows in other ways"):
        fit(people, target="y", protected=["sex"], options=QUICK)


def test_a_group_of_a_few_rows_has_a_size_and_no_value_by_default():
    """A group of one shows no score; whoever asks for the comparison of smaller groups sees them."""
    frame = pd.DataFrame({"g": ["a"] * 60 + ["b"] * 60 + ["c"] * 4 + ["d"], "p": np.arange(125) / 125})
    result = audit(frame, prediction="p", protected="g", options=Options(bootstrap=0, permutations=0))
    values = {group.cell["g"]: (group.n, group.mean_prediction is None, group.why) for group in result.groups}
    assert values["a"] == (60, False, None)
    assert values["c"][:2] == (4, True)
    assert "a mean of so few would tell of single rows" in values["c"][2]
    assert values["d"][:2] == (1, True)
    assert {each.cell["g"] for each in result.distributions} == {"a", "b"}
    assert not any(
        group.x for curve in result.curves for group in curve.groups if group.cell in ({"g": "c"}, {"g": "d"})
    )
    seen = audit(frame, prediction="p", protected="g", options=Options(bootstrap=0, permutations=0, min_group=1))
    assert all(group.mean_prediction is not None for group in seen.groups)
