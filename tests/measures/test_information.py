"""What rows are worth: those of weight 0 nothing, those about one person no more than him."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fairaudit as fa
from fairaudit.chance.bootstrap import segments
from fairaudit.data.roles import Protected
from fairaudit.measures.information import effective_basis, information, worth
from fairaudit.measures.rates import DECIDED
from fairaudit.measures.view import View, all_rows
from fairaudit.scoretable.cells import cells
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import score_table

QUICK = fa.Options(bootstrap=0, permutations=0)
ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0, 3.0])), min_size=2, max_size=30
)


def table_of(rows, clustered=False, **more):
    """The score table of rows of group, person and weight, with a value that never repeats."""
    group, person, weight = (np.array(column) for column in zip(*rows, ("a", 0, 1.0), ("b", 0, 1.0), strict=True))
    protected = {"g": pd.Series(group, dtype=object)}
    return score_table(
        cells(protected, [Protected("g", "categorical")]),
        "regression",
        prediction=np.arange(len(group), dtype=float),
        weight=weight,
        cluster=person.astype(np.intp) if clustered else None,
        **more,
    ), list(zip(group, person, weight, strict=True))


@given(ROWS)
def test_a_group_is_worth_the_square_of_its_weight_over_the_sum_of_squares(rows):
    table, members = table_of(rows)
    found = information(table, table.level[:, 0], 2).effective
    for place, name in enumerate("ab"):
        weights = [weight for group, _, weight in members if group == name]
        assert found[place] == pytest.approx(sum(weights) ** 2 / sum(weight**2 for weight in weights))


@given(ROWS)
def test_a_group_is_worth_no_more_than_the_people_in_it_who_have_weight(rows):
    table, members = table_of(rows, clustered=True)
    found = information(table, table.level[:, 0], 2)
    for place, name in enumerate("ab"):
        people = {person for group, person, weight in members if group == name and weight > 0}
        assert found.people[place] == len(people)
        assert found.effective[place] == pytest.approx(min(found.rows[place], len(people)))


@given(ROWS)
def test_time_at_risk_dilutes_no_row(rows):
    exposure = np.random.default_rng(0).uniform(0.1, 1, len(rows) + 2)
    plain, exposed = table_of(rows)[0], table_of(rows, exposure=exposure)[0]
    counts = [np.sort(information(table, table.level[:, 0], 2).effective) for table in (plain, exposed)]
    assert counts[0] == pytest.approx(counts[1])


def test_a_group_without_weight_is_worth_nothing():
    table, _ = table_of([("a", 1, 1.0), ("a", 2, 3.0), ("c", 3, 0.0)])
    assert information(table, table.level[:, 0], 3).effective.tolist() == [25 / 11, 1.0, 0.0]


def test_some_lines_are_worth_what_a_group_of_them_is():
    table, _ = table_of([("a", 1, 1.0), ("a", 2, 3.0), ("b", 3, 0.0)])
    assert worth(table, np.flatnonzero(table.mass > 0)) == pytest.approx(6.0**2 / 12.0)


def audited(d, weights=None, **asked):
    frame = pd.DataFrame({"g": ["a"] * 30 + ["b"] * 400, "d": [*d, *([1, 0] * 200)], "w": 1.0, "person": range(430)})
    if weights is not None:
        frame.loc[:29, "w"] = weights
    return fa.audit(frame, decision="d", protected="g", options=QUICK, **asked)


def test_twenty_nine_rows_of_weight_0_make_no_group_of_thirty():
    audit = audited([1] + [0] * 29, [1.0] + [0.0] * 29, weight="w")
    group = audit.groups[0]
    assert (group.n, group.effective, group.adequate) == (30, 1.0, False)
    assert group.why == (
        "30 rows, by their weights worth 1; 25 are needed to compare it with others;"
        " a mean of so few would tell of single rows"
    )
    assert group.measures["selection_rate"].value is None
    (left_out,) = [answer.text for answer in audit.verdict.answers if answer.question == "left out"]
    assert "a (30 rows, worth 1)" in left_out


@pytest.mark.parametrize(("events", "few"), [(0, "rests on 0 of 30 rows"), (4, "rests on 4 of 30 rows"), (5, None)])
def test_a_rate_that_rests_on_few_events_is_marked(events, few):
    value = audited([1] * events + [0] * (30 - events)).groups[0].measures["selection_rate"]
    assert (value.events, value.few) == (events, few)


def test_a_rate_that_nearly_everybody_has_rests_on_those_who_have_not():
    assert audited([1] * 28 + [0] * 2).groups[0].measures["selection_rate"].few == "rests on 28 of 30 rows"


def test_events_of_people_without_weight_do_not_count():
    value = audited([1] * 6 + [0] * 24, [0.0] * 2 + [1.0] * 28, weight="w").groups[0].measures["selection_rate"]
    assert (value.events, value.few) == (4, "rests on 4 of 30 rows")


def test_a_frequency_of_few_events_is_marked_however_many_rows_there_are():
    frame = pd.DataFrame({"g": ["a"] * 300 + ["b"] * 300, "y": [2, 1] + [0] * 298 + [0, 1, 1] * 100, "t": 0.5})
    audit = fa.audit(frame, target="y", exposure="t", task="count", protected="g", options=QUICK)
    few = [(group.measures["frequency"].events, group.measures["frequency"].few) for group in audit.groups]
    assert few == [(3, "rests on 3 events"), (200, None)]


PEOPLE = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.sampled_from([0.0, 0.5, 1.0, 3.0]), st.booleans()),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize("clustered", [False, True])
@given(PEOPLE)
def test_the_rows_of_a_measure_are_worth_what_their_weights_and_the_people_of_the_group_leave(clustered, rows):
    rows = [*rows, ("a", 0, 1.0, False), ("b", 0, 1.0, False)]
    group, person, weight, selected = (np.array(column) for column in zip(*rows, strict=True))
    table = score_table(
        cells({"g": pd.Series(group, dtype=object)}, [Protected("g", "categorical")]),
        "binary",
        decision=selected.astype(float),
        weight=weight,
        cluster=person.astype(np.intp) if clustered else None,
    )
    own = grid(table.value, table.weight)
    lines = segments(table, own, 0, np.random.default_rng(0))
    view = View(table, own, lines, lines.observed, table.level[lines.first, 0], 2)
    found = effective_basis(view, DECIDED.rows, information(table, table.level[:, 0], 2))
    for place, name in enumerate("ab"):
        mine = (group == name) & selected
        if clustered:
            people = len(set(person[(group == name) & (weight > 0)]))
            most = mine.sum() * people / (group == name).sum()
        w = weight[mine]
        kish = w.sum() ** 2 / (w**2).sum() if w.any() else 0.0
        assert found[place] == pytest.approx(min(kish, most) if clustered else kish)


@pytest.mark.parametrize("weight", [0.1, 0.7, 1 / 3])
def test_a_group_of_equal_weights_is_worth_its_rows_to_the_last_digit(weight):
    """25 rows of a tenth: the square of their sum over the sum of their squares is not 25 to a computer."""
    table, _ = table_of([("a", row, 1.0) for row in range(24)])
    equal = score_table(table.cells(), "regression", prediction=np.arange(26.0), weight=np.full(26, weight))
    index = equal.level[:, 0]
    worth_of = information(equal, index, 2)
    assert worth_of.rows.tolist() == [25.0, 1.0]
    view = replace(all_rows(equal), group=index, size=2)
    assert effective_basis(view, View.rows, worth_of).tolist() == [25.0, 1.0]
