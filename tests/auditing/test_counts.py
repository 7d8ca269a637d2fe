"""A table of counts gives the audit of the table that has one row for each person."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import fairaudit as fa

QUICK = fa.Options(bootstrap=20, permutations=19, min_group=5)


def audited(frame, **asked):
    """The result as a mapping, but for where the table came from and what was asked."""
    audit = fa.audit(frame, protected="g", options=QUICK, **asked)
    result = json.loads(audit.to_json())
    result["source"] = None
    result["manifest"]["arguments"].pop("count", None)
    return result


LEFT_OUT = ("verdict", "contrasts")


def one_row_each(table):
    """The table of people behind a table of counts."""
    return table.loc[table.index.repeat(table["n"])].drop(columns="n").reset_index(drop=True)


def alike(first, second):
    """Whether two results are equal, numbers to 9 digits; sentences, which round them, and limits of contrasts, which a
    last digit can move where everybody has the property, apart."""
    if isinstance(first, dict):
        first, second = (
            {name: value for name, value in each.items() if name not in LEFT_OUT} for each in (first, second)
        )
        return first.keys() == second.keys() and all(alike(first[key], second[key]) for key in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(alike(*pair) for pair in zip(first, second, strict=True))
    if isinstance(first, float) and isinstance(second, float):
        return first == pytest.approx(second, rel=1e-9, abs=1e-12)
    return first == second


@st.composite
def tables(draw):
    """A table of counts with both decisions and outcomes in both groups, also rows that stand for nobody."""
    size = draw(st.integers(1, 12))
    rows = [("a", 0, 1, 0.2, 3), ("a", 1, 0, 0.7, 4), ("b", 0, 0, 0.2, 5), ("b", 1, 1, 0.7, 2)]
    rows += [
        (
            draw(st.sampled_from("abc")),
            draw(st.integers(0, 1)),
            draw(st.integers(0, 1)),
            draw(st.sampled_from([0.2, 0.4, 0.7])),
            draw(st.integers(0, 30)),
        )
        for _ in range(size)
    ]
    return pd.DataFrame(rows, columns=["g", "d", "y", "p", "n"])


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(tables())
def test_a_table_of_counts_gives_the_audit_of_its_people_digit_for_digit(table):
    asked = {"prediction": "p", "decision": "d", "target": "y"}
    assert audited(table, count="n", **asked) == audited(one_row_each(table), **asked)


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(tables(), st.data())
def test_a_count_with_a_weight_is_so_many_people_each_of_that_weight(table, data):
    weights = st.sampled_from([0.0, 0.3, 1.0, 2.7])
    table["w"] = [1.0, 0.3, 1.0, 0.3, *(data.draw(weights) for _ in range(len(table) - 4))]
    asked = {"prediction": "p", "decision": "d", "target": "y", "weight": "w"}
    assert alike(audited(table, count="n", **asked), audited(one_row_each(table), **asked))


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(tables(), st.data())
def test_the_exposure_of_a_row_of_counts_is_that_of_each_of_its_people(table, data):
    times = st.sampled_from([0.25, 0.5, 1.0])
    table["t"] = [data.draw(times) for _ in range(len(table))]
    asked = {"prediction": "p", "target": "y", "exposure": "t", "task": "count"}
    assert alike(audited(table, count="n", **asked), audited(one_row_each(table), **asked))


@pytest.mark.parametrize("threshold", ["median", "top=7", "top=40%"])
def test_a_threshold_among_the_predictions_counts_people(threshold):
    table = pd.DataFrame({"g": list("ababab"), "p": [0.1, 0.2, 0.3, 0.5, 0.5, 0.9], "n": [9, 6, 5, 4, 3, 7]})
    asked = {"prediction": "p", "threshold": threshold}
    assert audited(table, count="n", **asked) == audited(one_row_each(table), **asked)


def test_people_who_are_dropped_are_counted_by_group():
    table = pd.DataFrame({"g": ["a", "a", "b", "b"], "d": [1, 0, 1, None], "n": [8, 9, 7, 20]})
    rows = fa.audit(table, decision="d", protected="g", count="n", missing="drop", options=QUICK).rows
    assert (rows.read, rows.used, rows.dropped) == (44, 24, {"decision 'd' missing": 20})
    assert [(group.level, group.read, group.dropped) for group in rows.dropped_groups] == [("a", 17, 0), ("b", 27, 20)]


def test_a_number_of_numbers_is_cut_where_its_people_are():
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"g": rng.integers(18, 90, 60), "d": rng.integers(0, 2, 60), "n": rng.integers(0, 9, 60)})
    assert audited(table, decision="d", count="n") == audited(one_row_each(table), decision="d")


COUNTED = pd.DataFrame({"sex": ["F", "F", "M", "M"], "hired": [1, 0, 1, 0], "n": [54, 126, 99, 121]})


def test_the_four_rows_of_a_two_by_two_table_are_four_hundred_people():
    audit = fa.audit(COUNTED, decision="hired", protected="sex", count="n")
    gap = next(each for each in audit.disparities if each.measure == "selection_rate")
    assert (audit.rows.used, [group.n for group in audit.groups]) == (400, [180, 220])
    assert (gap.value, gap.ratio) == (pytest.approx(0.15), pytest.approx(2 / 3))
    assert gap.interval == pytest.approx((0.054528, 0.240714), abs=1e-6)  # Newcombe
    assert 0.002134 < gap.p_value < 0.002665  # χ² without a correction, and Fisher's test


def test_weights_that_look_like_numbers_of_people_are_told_as_such():
    asked = {"decision": "hired", "protected": "sex", "weight": "n", "options": QUICK}
    (note,) = [note for note in fa.audit(COUNTED, **asked).notes if "--count n (in Python count='n')" in note]
    assert note.startswith("weight 'n' holds whole numbers, 100 on average")
    for weights in ([54.5, 126, 99, 121], [1, 2, 1, 1]):
        assert not [note for note in fa.audit(COUNTED.assign(n=weights), **asked).notes if "--count" in note]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([54, -1, 99, 121], "count 'n' has the value '-1' in row 2, which is no number of people"),
        ([54, 12.5, 99, 121], "count 'n' has the value '12.5' in row 2, which is no number of people"),
        ([54, None, 99, 121], "count 'n' is missing in 1 of 4 rows (first in row 2)"),
        ([0, 0, 0, 0], "count 'n' is 0 in all 4 rows"),
        ([54, "many", 99, 121], "count 'n' has the value 'many' in row 2"),
        ([2**30, 2**30, 1, 1], "at most 2,147,483,647 can be audited"),
    ],
)
def test_what_is_no_number_of_people_is_refused(values, message):
    with pytest.raises(fa.RoleError, match=re.escape(message)):
        fa.audit(COUNTED.assign(n=values), decision="hired", protected="sex", count="n")


def test_a_fit_takes_each_person_of_a_count_as_a_row():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {"g": rng.choice(["a", "b"], 80), "x": rng.normal(size=80).round(1), "n": rng.integers(0, 9, 80)}
    )
    table["y"] = (table["x"] + rng.normal(size=80) > 0).astype(int)
    asked = {"target": "y", "protected": "g", "fitting": fa.FitOptions(penalty="none"), "options": QUICK}
    counted, expanded = fa.fit(table, count="n", **asked), fa.fit(one_row_each(table), **asked)
    assert counted.audit.performance == expanded.audit.performance
    assert counted.audit.groups == expanded.audit.groups
    assert counted.audit.rows.read == int(table["n"].sum())


def test_more_people_than_a_fit_can_take_as_rows_are_refused():
    table = pd.DataFrame({"g": ["a", "b"] * 2, "x": [1, 2, 3, 4], "y": [0, 1, 1, 0], "n": 10**7})
    with pytest.raises(fa.RoleError, match=r"40,000,000 people.* name the counts as the weight instead"):
        fa.fit(table, target="y", protected="g", count="n")
