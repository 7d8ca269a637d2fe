"""The surrogate of splines: parts that add up to the gap, close to those of classes where these fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.run import RowByRow, audit_table
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.fitting.surrogate import with_splines
from fairaudit.results import Source

OPTIONS = fa.Options(bootstrap=50, permutations=99)
RNG = np.random.default_rng(6)
N = 3000
GROUP = RNG.choice(["a", "b"], N)
FRAME = pd.DataFrame(
    {
        "g": GROUP,
        "sex": RNG.choice(["f", "m"], N),
        "x": RNG.normal(size=N) + 0.8 * (GROUP == "b"),
        "kind": np.where(RNG.random(N) < np.where(GROUP == "b", 0.7, 0.4), "u", "v"),
    }
)
FRAME["score"] = 2 * FRAME["x"] + 3 * (FRAME["kind"] == "u") + 0.5 * (FRAME["sex"] == "m") + 4.0 * (GROUP == "b")
NOISE = RNG.normal(size=N)
FRAME["copy"] = FRAME["score"].round(1)


def explained(frame=FRAME, prediction="score", *protected, others=None, **roles):
    names = tuple(Protected(name) for name in protected or ("g",))
    asked = Roles(prediction=prediction, protected=names, favourable="high", **roles)
    table = role_table(frame, asked)
    audit = audit_table(
        table, Source(name="t"), asked, OPTIONS, others=lambda: None if others is None else RowByRow(table, others)
    )
    return audit, with_splines(audit, table, frame, asked, OPTIONS)


def mean_gap(values):
    return values[GROUP == "a"].mean() - values[GROUP == "b"].mean()


def test_of_a_score_that_is_a_sum_each_column_carries_what_it_adds_and_the_group_the_rest():
    surrogate = explained(features=("x", "kind"))[1].surrogate
    assert (surrogate.method, surrogate.measure, surrogate.columns) == ("splines", "mean_prediction", 2)
    assert surrogate.gap == pytest.approx(mean_gap(FRAME["score"]), rel=1e-9)
    assert surrogate.contributions["x"] == pytest.approx(mean_gap(2 * FRAME["x"]), rel=0.03)
    assert surrogate.contributions["kind"] == pytest.approx(mean_gap(3.0 * (FRAME["kind"] == "u")), rel=0.03)
    assert surrogate.remainder == pytest.approx(-4.0, rel=0.03)
    assert surrogate.gap == pytest.approx(sum(surrogate.contributions.values()) + surrogate.remainder, rel=1e-12)
    assert surrogate.explained > 0.97


def test_other_protected_attributes_are_columns_and_copies_of_the_score_are_none():
    plain, splines = explained(FRAME, "score", "g", "sex", others=FRAME)
    assert splines.verdict.lead.by == ["g"]
    assert set(splines.surrogate.contributions) == set(plain.surrogate.contributions) == {"x", "kind", "sex"}
    assert splines.surrogate.told_by_themselves == ["copy"]
    for name, part in plain.surrogate.contributions.items():
        assert splines.surrogate.contributions[name] == pytest.approx(part, abs=0.1)


def test_where_no_difference_is_told_there_is_nothing_to_carry():
    assert explained(FRAME, "x", "sex", features=("kind",))[1].surrogate is None


def test_where_the_columns_know_little_of_the_score_it_is_said_that_nothing_is_told():
    frame = FRAME.assign(score=NOISE + 0.5 * (GROUP == "b"))
    audit = explained(frame, features=("x", "kind"))[1]
    assert (audit.surrogate.contributions, audit.surrogate.remainder) == ({}, None)
    (said,) = [answer.text for answer in audit.verdict.answers if answer.question == "what carries it"]
    assert said.startswith("Not said: a surrogate, a sum over 2 other columns, explains ")
