"""What carries a difference without a model at hand: parts that add up to it, and silence where too little is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.run import audit_table
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.fitting.surrogate import LEAST_EXPLAINED, surrogate, with_surrogate
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
FRAME["score"] = 2 * FRAME["x"] + 3 * (FRAME["kind"] == "u") + 0.5 * (FRAME["sex"] == "m")
FRAME["noise"] = RNG.normal(size=N) + 0.5 * (GROUP == "b")
FRAME["w"] = RNG.uniform(0.5, 2, N)


def asked(prediction, *protected, **roles):
    known = {"features": ("x", "kind"), "favourable": "high", **roles}
    return Roles(prediction=prediction, protected=tuple(Protected(name) for name in protected), **known)


def explained(roles):
    table = role_table(FRAME, roles)
    audit = audit_table(table, Source(name="t"), roles, OPTIONS)
    return with_surrogate(audit, table, FRAME, roles, OPTIONS)


def mean_gap(values, weight=None):
    mine, other = (FRAME["g"] == name for name in ("a", "b"))
    weight = np.ones(N) if weight is None else weight
    return np.average(values[mine], weights=weight[mine]) - np.average(values[other], weights=weight[other])


@pytest.mark.parametrize("weight", [None, "w"])
def test_of_a_score_that_is_a_sum_each_column_carries_what_it_adds(weight):
    mass = None if weight is None else FRAME[weight]
    picture = explained(asked("score", "g", weight=weight)).surrogate
    assert (picture.group, picture.against) == ({"g": "a"}, {"g": "b"})
    assert picture.gap == pytest.approx(mean_gap(FRAME["score"], mass), rel=1e-9)
    assert picture.contributions["x"] == pytest.approx(mean_gap(2 * FRAME["x"], mass), rel=0.02)
    assert picture.contributions["kind"] == pytest.approx(mean_gap(3.0 * (FRAME["kind"] == "u"), mass), rel=0.02)
    assert abs(picture.remainder) < 0.05 * abs(picture.gap)
    assert picture.explained > 0.97


def test_the_parts_and_the_remainder_are_the_gap():
    shifted = FRAME.assign(score=FRAME["score"] + 4.0 * (FRAME["g"] == "b"))
    table = role_table(shifted, asked("score", "g"))
    picture = surrogate(table, shifted[["x", "kind"]], ({"g": "a"}, {"g": "b"}), OPTIONS)
    assert picture.gap == pytest.approx(sum(picture.contributions.values()) + picture.remainder, rel=1e-12)
    assert picture.remainder == pytest.approx(-4.0, abs=1.5)  # what no column tells of; x and kind stand in for some


def test_other_protected_attributes_are_columns_and_that_of_the_difference_is_none():
    audit = explained(asked("score", "g", "sex"))
    assert audit.verdict.lead.by == ["g"]
    assert set(audit.surrogate.contributions) == {"x", "kind", "sex"}
    assert abs(audit.surrogate.contributions["sex"]) < 0.1


def test_the_verdict_tells_the_parts_and_how_much_of_the_score_the_picture_is():
    audit = explained(asked("score", "g"))
    [text] = [answer.text for answer in audit.verdict.answers if answer.question == "what carries it"]
    assert text.startswith("By an additive picture of the predictions, which explains 9")
    assert "the mean of a lies −" in text
    assert text.index("through x (−") < text.index("kind (−")
    assert "not a cause" in text


def test_of_a_score_of_which_the_columns_know_little_it_is_said_that_nothing_is():
    audit = explained(asked("noise", "g"))
    assert audit.verdict.lead is not None
    assert audit.surrogate.explained < LEAST_EXPLAINED
    assert (audit.surrogate.contributions, audit.surrogate.remainder) == ({}, None)
    (said,) = [answer.text for answer in audit.verdict.answers if answer.question == "what carries it"]
    assert said.startswith("Not said: an additive picture from the other columns explains only ")


def test_where_no_difference_is_told_there_is_nothing_to_carry():
    assert explained(asked("x", "sex", features=("kind",))).surrogate is None


def test_a_picture_of_some_rows_is_close_to_that_of_all():
    table = role_table(FRAME, asked("score", "g"))
    columns, ends = FRAME[["x", "kind"]], ({"g": "a"}, {"g": "b"})
    few, every = (surrogate(table, columns, ends, OPTIONS, most) for most in (800, N))
    for name in ("x", "kind"):
        assert few.contributions[name] == pytest.approx(every.contributions[name], rel=0.05)
