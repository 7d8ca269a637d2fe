"""The score table holds sums from which the rows' own numbers come back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.engines import GRID_BITS
from fairaudit.scoretable import table as scoretable
from fairaudit.scoretable.table import SUMS, score_table

ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),  # group
        st.integers(0, 3),  # prediction
        st.integers(0, 1),  # decision
        st.integers(0, 3),  # outcome
        st.sampled_from([0.0, 0.5, 1.0, 3.0]),  # weight
        st.sampled_from([0.25, 1.0]),  # exposure
    ),
    min_size=3,
    max_size=30,
).filter(lambda rows: len({row[0] for row in rows}) > 1 and sum(row[4] for row in rows) > 0)


def columns(rows):
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("task", ["binary", "count", "regression", "ordinal"])
@given(rows=ROWS)
def test_each_line_holds_the_sums_of_its_rows(encode, names, task, rows):
    group, prediction, decision, outcome, weight, exposure = columns(rows)
    if task == "binary":
        outcome = np.minimum(outcome, 1)
    if task != "count":
        exposure = None
    cells = encode(g=names(group))
    table = score_table(
        cells, task, prediction=prediction, decision=decision, outcome=outcome, exposure=exposure, weight=weight
    )
    value = prediction if exposure is None else prediction / exposure
    mass = weight if exposure is None else weight * exposure
    lines = {}
    for k in range(len(rows)):
        key = (cells.levels[k, 0], value[k], decision[k], outcome[k], mass[k], weight[k] * outcome[k])
        sums = lines.setdefault(key, np.zeros(3))
        sums += [1, mass[k], weight[k] * outcome[k]]
    found = {}
    for line in range(len(table)):
        alike = table.mass[line] / table.rows[line], table.outcome_sum[line] / table.rows[line]
        place = (table.level[line, 0], table.value[line], table.decision[line], table.outcome[line], *alike)
        found[place] = [getattr(table, name)[line] for name in SUMS]
    assert found.keys() == lines.keys()
    for key, sums in lines.items():
        np.testing.assert_allclose(found[key], sums, rtol=1e-14)
    assert table.weight.sum() == pytest.approx(1, abs=1e-14)
    assert table.equal_weights == (len(set(mass)) == 1)
    assert table.error_bound == 0


@given(rows=ROWS, data=st.data())
def test_tables_of_two_parts_add_up_to_the_table_of_the_whole(encode, names, rows, data):
    group, prediction, decision, outcome, weight, _ = columns(rows)
    cells = encode(g=names(group))
    cut = data.draw(st.integers(1, len(rows) - 1))

    def part(chosen):
        return score_table(
            cells.take(chosen),
            "regression",
            prediction=prediction[chosen],
            decision=decision[chosen],
            outcome=outcome[chosen],
            weight=weight[chosen],
        )

    every = np.arange(len(rows))
    both, whole = part(every[:cut]) + part(every[cut:]), part(every)
    assert len(both) == len(whole)
    for name in ("level", "value", "decision", *SUMS):
        np.testing.assert_allclose(getattr(both, name), getattr(whole, name), rtol=1e-14)


def test_lines_keep_the_place_of_their_rows(encode):
    places = np.repeat(np.random.default_rng(0).random(300), 2)
    table = score_table(encode(a=places), "binary", decision=np.tile([0.0, 1.0], 300).repeat(1)[:600])
    assert len(table) == 600
    np.testing.assert_allclose(np.unique(table.places[0]), np.unique(encode(a=places).places[0]))
    alike = score_table(encode(a=places), "binary", decision=np.ones(600))
    assert (len(alike), set(alike.rows)) == (300, {2.0})


def test_strata_are_kept_apart_and_lines_can_be_taken(encode, names):
    cells, stratum = encode(g=names([0, 0, 0, 1])), np.array([0, 0, 1, -1])
    table = score_table(cells, "binary", decision=np.ones(4), stratum=stratum)
    assert sorted(zip(table.stratum, table.rows, strict=True)) == [(-1, 1), (0, 2), (1, 1)]
    taken = table.take(np.flatnonzero(table.stratum == 0))
    assert (taken.rows.tolist(), taken.level.tolist(), len(taken.cells().levels)) == ([2], [[0]], 1)


def test_tables_of_other_attributes_or_columns_do_not_add(encode):
    values = np.array([0.0, 1.0, 1.0])
    cells = encode(g=np.array(["a", "b", "b"], dtype=object))
    table = score_table(cells, "binary", prediction=values)
    other = encode(g=np.array(["a", "b", "b"], dtype=object))
    with pytest.raises(ValueError, match="same task, subject, exposure and encoded attributes"):
        table + score_table(other, "binary", prediction=values)
    with pytest.raises(ValueError, match="same task, subject, exposure and encoded attributes"):
        table + score_table(cells, "binary", decision=values)
    with pytest.raises(ValueError, match="the same columns"):
        table + score_table(cells, "binary", prediction=values, decision=values)


@pytest.mark.parametrize(
    ("given", "subject"),
    [(("prediction", "decision", "outcome"), "prediction"), (("decision", "outcome"), "decision"), (("outcome",),) * 2],
)
def test_what_is_measured_is_the_prediction_else_the_decision_else_the_outcome(encode, given, subject):
    values = {"prediction": np.array([0.1, 0.2]), "decision": np.array([0.0, 1]), "outcome": np.array([1.0, 0])}
    cells = encode(g=np.array(["a", "b"], dtype=object))
    table = score_table(cells, "binary", **{name: values[name] for name in given})
    assert table.subject == (subject if isinstance(subject, str) else subject[0])
    np.testing.assert_array_equal(table.value, values[table.subject])


def test_a_table_of_nothing_is_refused(encode):
    with pytest.raises(ValueError, match="needs a prediction, a decision or an outcome"):
        score_table(encode(g=np.array(["a", "b"], dtype=object)), "binary")


def test_too_many_values_are_rounded_to_a_grid_that_the_data_do_not_move(encode, monkeypatch):
    monkeypatch.setattr(scoretable, "MOST_DISTINCT", 100)
    rng = np.random.default_rng(1)
    value = rng.lognormal(sigma=4, size=500) * rng.choice([-1, 1], 500)
    cells = encode(g=np.array(["a", "b"] * 250, dtype=object))

    def rounded(chosen):
        return score_table(cells.take(chosen), "regression", prediction=value[chosen])

    table = rounded(np.arange(500))
    assert table.error_bound == 2.0**-GRID_BITS
    exact = np.sort(value[::2]), np.sort(value[1::2])
    for level in (0, 1):
        # Rounding keeps the order, so the sorted values of a group pair up with the sorted lines.
        lines = np.sort(
            np.repeat(table.value, table.rows.astype(int))[
                np.repeat(table.level[:, 0], table.rows.astype(int)) == level
            ]
        )
        assert np.abs(lines / exact[level] - 1).max() <= table.error_bound
    halves = rounded(np.arange(200)) + rounded(np.arange(200, 500))
    np.testing.assert_array_equal(halves.value, table.value)
