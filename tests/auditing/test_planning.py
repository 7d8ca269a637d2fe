"""Planning: sizes before anything is collected, or the groups of a table, at the level of its audit."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.chance.power import detectable_share_gap, people_needed, share_power
from fairaudit.results import schemas
from fairaudit.results.power import Power

QUICK = fa.Options(bootstrap=2, permutations=0)


def plan(**changes) -> Power:
    return fa.power(**({"groups": [500, 120, 80], "rate": 0.2, "gap": 0.1, "tables": 0} | changes))


def test_sizes_have_the_gap_the_power_and_the_people_of_the_worst_case():
    (one,) = plan().gaps
    assert one.gap == detectable_share_gap(0.2, 80, 120, 3, 0.05)
    assert one.largest_gap == detectable_share_gap(0.2, 120, 500, 3, 0.05)
    assert one.power == share_power(0.2, 80, 120, 0.1, 3, 0.05)
    assert one.people_needed == people_needed(0.2, 0.1, 3, 0.05)
    assert [group.people for group in one.groups] == [80, 120, 500]


def test_so_many_people_in_each_group_find_the_gap_that_was_asked_for():
    (one,) = plan().gaps
    (again,) = plan(groups=[one.people_needed] * 3).gaps
    (fewer,) = plan(groups=[one.people_needed - 1] * 3).gaps
    assert again.power >= 0.8 > fewer.power
    assert again.gap <= 0.1 < fewer.gap


def test_more_hypotheses_ask_for_more():
    assert plan(tests=10).level == pytest.approx(0.005)
    assert plan(tests=10).gaps[0].gap > plan().gaps[0].gap
    assert plan(tests=10).gaps[0].people_needed > plan().gaps[0].people_needed


def test_simulated_tables_with_the_audits_own_test_agree():
    (one,) = plan(tables=500).gaps
    assert one.simulated == pytest.approx(0.8, abs=0.02 + 2.5 * one.simulated_error)


def test_a_table_is_planned_with_its_own_groups_rates_and_hypotheses():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"g": rng.choice(["a", "b"], 400), "h": rng.choice(["c", "d"], 400)})
    rows["d"] = (rng.random(400) < 0.3).astype(int)
    planned = fa.power(rows, decision="d", protected=["g", "h"], options=QUICK, tables=0, gap=0.1)
    audited = fa.audit(rows, decision="d", protected=["g", "h"], options=QUICK)
    assert planned.hypotheses == 3
    assert [one.by for one in planned.gaps] == [["g"], ["h"], ["g", "h"]]
    assert [one.gap for one in planned.gaps] == [one.gap for one in audited.detectable]
    assert planned.gaps[0].rate == pytest.approx(rows["d"].mean())


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"groups": [5]}, "at least two group sizes"),
        ({"rate": None}, "at least two group sizes"),
        ({"rate": 2.0}, "rate is 2; it must lie between 0 and 1"),
        ({"gap": 0.0}, "gap is 0; it must lie between 0 and 1"),
        ({"tests": 0}, "tests must be 1 or more"),
        ({"frame": pd.DataFrame({"a": [1]})}, "not both"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_what_to_do(asked, words):
    with pytest.raises(fa.OptionError, match=words):
        plan(**asked)


def test_a_table_without_rates_is_refused():
    rows = pd.DataFrame({"g": list("ab") * 50, "x": np.linspace(0, 1, 100)})
    with pytest.raises(fa.OptionError, match="no rate was tested"):
        fa.power(rows, prediction="x", task="regression", protected="g", options=QUICK)


def test_the_result_keeps_its_schema_comes_back_exactly_and_is_told_in_every_format():
    result = plan()
    jsonschema.Draft202012Validator(schemas.schema("power")).validate(json.loads(result.to_json()))
    assert fa.from_json(result.to_json(), Power) == result
    for text in (str(result), result.to_markdown(), result.to_html()):
        assert "18.1 p" in text
