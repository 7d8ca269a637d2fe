"""What a difference goes along with: parts that add up to it, and silence where too little is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

import fairaudit as fa
from fairaudit.auditing.run import table_scores
from fairaudit.auditing.surrogate import LEAST_EXPLAINED, RowValues, by_chance, decomposed, row_values, tells_itself
from fairaudit.data.others import CoarseColumn
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.scoretable.grid import Groups

OPTIONS = fa.Options(bootstrap=50, permutations=99)
RNG = np.random.default_rng(6)
N = 3000
GROUP = RNG.choice(["a", "b"], N)
FRAME = pd.DataFrame(
    {
        "g": GROUP,
        "sex": RNG.choice(["f", "m"], N),
        "kind": np.where(RNG.random(N) < np.where(GROUP == "b", 0.7, 0.4), "u", "v"),
        "step": np.minimum(RNG.poisson(1 + (GROUP == "b"), N), 5),
    }
)
FRAME["score"] = 2.0 * FRAME["step"] + 3 * (FRAME["kind"] == "u") + 0.5 * (FRAME["sex"] == "m")
FRAME["w"] = RNG.uniform(0.5, 2, N)
NOISE, OTHER_NOISE = RNG.normal(size=N), RNG.normal(size=N)


def explained(frame=FRAME, prediction="score", protected="g", **roles):
    roles = {"favourable": "high", **roles}
    return fa.audit(frame, prediction=prediction, protected=protected, options=OPTIONS, **roles)


def mean_gap(values, mass, where=True):
    mine, other = (where & (FRAME["g"] == name) for name in ("a", "b"))
    return np.average(values[mine], weights=mass[mine]) - np.average(values[other], weights=mass[other])


@pytest.mark.parametrize("weight", [None, "w"])
def test_of_a_score_that_is_a_sum_each_column_carries_what_it_adds(weight):
    mass = np.ones(N) if weight is None else FRAME[weight]
    frame = FRAME if weight else FRAME.drop(columns="w")
    surrogate = explained(frame, weight=weight).surrogate
    assert (surrogate.group, surrogate.against) == ({"g": "a"}, {"g": "b"})
    assert surrogate.gap == pytest.approx(mean_gap(FRAME["score"], mass), rel=1e-9)
    assert surrogate.contributions["step"] == pytest.approx(mean_gap(2.0 * FRAME["step"], mass), rel=1e-9)
    assert surrogate.contributions["kind"] == pytest.approx(mean_gap(3.0 * (FRAME["kind"] == "u"), mass), rel=1e-9)
    assert surrogate.remainder == pytest.approx(0, abs=1e-9)
    assert surrogate.explained == pytest.approx(1)


def test_what_a_group_is_given_as_such_is_no_effect_of_a_column_in_which_groups_differ():
    frame = FRAME.drop(columns="w").assign(score=FRAME["score"] + 4.0 * (FRAME["g"] == "b"))
    surrogate = explained(frame).surrogate
    assert surrogate.remainder == pytest.approx(-4.0, abs=1e-9)
    assert surrogate.contributions["step"] == pytest.approx(mean_gap(2.0 * FRAME["step"], np.ones(N)), rel=1e-9)


DECIDED = FRAME[["g", "kind", "step"]].assign(
    d=(FRAME["score"] + RNG.normal(size=N) > 5).astype(int), y=RNG.integers(0, 2, N)
)
AMONG = {
    "selection_rate": ("d", 1, None),
    "tpr": ("d", 1, ("y", 1)),
    "fpr": ("d", 1, ("y", 0)),
    "ppv": ("y", 1, ("d", 1)),
    "base_rate": ("y", 1, None),
}


@pytest.mark.parametrize("measure", AMONG)
def test_the_rows_of_a_rate_are_those_whom_it_is_about(measure):
    audit = fa.audit(DECIDED, decision="d", target="y", protected="g", favourable="yes", options=OPTIONS)
    roles = Roles(decision="d", target="y", protected=(Protected("g"),))
    table = table_scores(role_table(DECIDED, roles), OPTIONS, merge=False)
    rows = row_values(table, structs.replace(audit.verdict.lead, measure=measure), "selection_rate")
    column, level, among = AMONG[measure]
    where = np.ones(N, dtype=bool) if among is None else (DECIDED[among[0]] == among[1]).to_numpy()
    np.testing.assert_array_equal(rows.mass > 0, where)
    np.testing.assert_array_equal(rows.value[where], (DECIDED[column] == level)[where])
    values = {group.cell["g"]: group.measures[measure].value for group in audit.groups}
    assert rows.gap == pytest.approx(values[rows.cell(0)["g"]] - values[rows.cell(1)["g"]], rel=1e-12)


def test_parts_are_of_the_measure_that_the_verdict_tells_and_add_up_to_its_gap():
    audit = fa.audit(DECIDED.drop(columns="y"), decision="d", protected="g", favourable="yes", options=OPTIONS)
    lead, surrogate = audit.verdict.lead, audit.surrogate
    assert lead.measure == surrogate.measure == "selection_rate"
    assert abs(surrogate.gap) == pytest.approx(lead.gap, rel=1e-12)
    assert surrogate.gap == pytest.approx(sum(surrogate.contributions.values()) + surrogate.remainder, rel=1e-12)
    (said,) = [answer.text for answer in audit.verdict.answers if answer.question == "what carries it"]
    assert said.startswith(f"Of the gap of {100 * lead.gap:.1f} percentage points, step goes along with ")


def test_of_a_score_of_which_the_columns_know_little_it_is_said_that_nothing_is():
    frame = FRAME.drop(columns="w").assign(score=NOISE + 0.5 * (FRAME["g"] == "b"))
    audit = explained(frame)
    assert audit.surrogate.explained < LEAST_EXPLAINED
    assert (audit.surrogate.contributions, audit.surrogate.remainder) == ({}, None)
    (said,) = [answer.text for answer in audit.verdict.answers if answer.question == "what carries it"]
    assert said.startswith("Not said: a surrogate, a sum over 3 other columns, explains ")


def test_where_no_difference_is_told_or_no_other_column_is_there_nothing_is_said_to_carry_it():
    assert explained(FRAME[["sex", "kind", "step"]].assign(score=OTHER_NOISE), protected="sex").surrogate is None
    assert explained(FRAME[["g", "score"]]).surrogate is None


def test_bands_of_the_score_and_the_score_of_a_decision_are_left_out_with_a_word():
    noisy = FRAME["score"] + 3 * NOISE
    bands = pd.cut(noisy, [-np.inf, 2, 6, np.inf], labels=["Low", "Medium", "High"]).astype(str)
    frame = FRAME.drop(columns="w").assign(score=noisy, band=bands, rounded=noisy.round(1))
    audit = explained(frame)
    assert audit.surrogate.told_by_themselves == ["band", "rounded"]
    assert set(audit.surrogate.contributions) == {"sex", "kind", "step"}
    (said,) = [answer.text for answer in audit.verdict.answers if answer.question == "what carries it"]
    assert "Left out: band and rounded, which tell the predictions nearly by themselves" in said
    decided = FRAME[["g", "kind"]].assign(risk=noisy, d=(noisy > 6).astype(int))
    told = fa.audit(decided, decision="d", protected="g", favourable="no", options=OPTIONS)
    assert told.surrogate.told_by_themselves == ["risk"]


def rows_of(value, group, mass):
    formed = Groups(("g",), (("a",), ("b",), ("c",)), group)
    return RowValues("mean_prediction", value, mass, np.ones(len(value)), formed, (0, 1))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_parts_are_those_of_weighted_least_squares_on_a_column_for_each_class(seed):
    rng = np.random.default_rng(seed)
    n = 60
    group = np.concatenate([[0, 1, 2], rng.integers(0, 3, n - 3)])
    codes = [rng.integers(0, size, n) for size in (2, 4)]
    value, mass = rng.normal(size=n), rng.uniform(0.5, 2, n)
    design = (
        np.column_stack(
            [group[:, None] == range(3), *(c[:, None] == range(k) for c, k in zip(codes, (2, 4), strict=True))]
        )
        * 1.0
    )
    root = np.sqrt(mass)
    worth = np.linalg.lstsq(design * root[:, None], value * root, rcond=None)[0]
    weights = mass * (group == 0) / mass[group == 0].sum() - mass * (group == 1) / mass[group == 1].sum()
    columns = [CoarseColumn(name, c, k) for name, c, k in zip("xy", codes, (2, 4), strict=True)]
    told = decomposed(rows_of(value, group, mass), columns)
    assert told.parts["x"] == pytest.approx(weights @ (design[:, 3:5] @ worth[3:5]), abs=1e-9)
    assert told.parts["y"] == pytest.approx(weights @ (design[:, 5:] @ worth[5:]), abs=1e-9)
    assert 0 <= told.explained <= 1


def test_two_columns_that_say_the_same_share_what_one_of_them_carries():
    rng = np.random.default_rng(1)
    group, code = rng.integers(0, 3, 500), rng.integers(0, 2, 500)
    code = np.where(group == 0, 1, code)
    rows = rows_of(code + 0.0, group, np.ones(500))
    one = decomposed(rows, [CoarseColumn("x", code, 2)]).parts
    two = decomposed(rows, [CoarseColumn("x", code, 2), CoarseColumn("y", 1 - code, 2)]).parts
    assert two["x"] == pytest.approx(two["y"])
    assert two["x"] + two["y"] == pytest.approx(one["x"])


def test_noise_in_many_classes_explains_nothing():
    rng, n = np.random.default_rng(0), 300
    columns = [CoarseColumn(str(j), rng.integers(0, 10, n), 10) for j in range(15)]
    shares = [
        decomposed(rows_of(rng.normal(size=n), rng.integers(0, 3, n), np.ones(n)), columns).explained for _ in range(40)
    ]
    assert np.mean(shares) < 0.12
    beyond = [share > by_chance(15 * 9, n - 3) for share in shares]
    assert np.mean(beyond) <= 0.15
    assert (
        decomposed(
            rows_of(rng.normal(size=9), np.arange(9) % 3, np.ones(9)), [CoarseColumn("x", np.arange(9), 9)]
        ).explained
        == 0
    )


def test_a_column_that_tells_much_but_neither_all_nor_by_intervals_is_no_copy():
    value, weight = NOISE, np.ones(N)
    thirds = np.digitize(value, [-0.5, 0.5])
    assert tells_itself(CoarseColumn("x", thirds, 3), value, weight, N)
    moved = thirds.copy()
    moved[:100] = np.digitize(OTHER_NOISE[:100], [-0.5, 0.5])
    assert not tells_itself(CoarseColumn("x", moved, 3), value, weight, N)
    rare = (value == value.max()).astype(int)  # cuts into intervals, and tells nothing
    assert not tells_itself(CoarseColumn("x", rare, 2), value, weight, N)
    assert not tells_itself(CoarseColumn("x", np.arange(N), N), value, weight, N)


def test_of_several_classes_the_gap_of_the_told_one_is_in_parts():
    rng = np.random.default_rng(3)
    place = FRAME["step"] + (FRAME["g"] == "b") + rng.normal(0, 0.8, N)
    frame = FRAME[["g", "kind", "step"]].assign(d=np.select([place < 1, place < 3], ["low", "middle"], "top"))
    audit = fa.audit(frame, decision="d", protected="g", task="multiclass", options=OPTIONS)
    lead, surrogate = audit.verdict.lead, audit.surrogate
    assert lead.measure.startswith("selection_rate[")
    assert surrogate.measure == lead.measure
    assert abs(surrogate.gap) == pytest.approx(lead.gap, rel=1e-12)
    assert set(surrogate.contributions) == {"kind", "step"}
    assert audit.measures[lead.measure].plain == ""


def test_in_few_rows_what_chance_may_explain_is_not_told():
    rng = np.random.default_rng(12)
    frame = pd.DataFrame({f"c{j}": rng.integers(0, 8, 90).astype(str) for j in range(8)})
    frame["g"] = np.repeat(["a", "b"], 45)
    frame["score"] = rng.normal(size=90) + 2.0 * (frame["g"] == "b")
    audit = explained(frame)
    assert audit.surrogate.by_chance > 0.3
    assert audit.surrogate.contributions == {}
