"""What the models of a pool say, side by side: who has a say, and on what all agree."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.fitting.answers import ModelAnswer, agreement, ranked
from fairaudit.results import Attribution


def answer(name, losses=(1.0,), share=(1.0,), covariance=None):
    share = np.array(share)
    names = dict(zip("abcdefgh", share.tolist(), strict=False))
    spread = np.zeros((len(share), len(share))) if covariance is None else covariance
    return ModelAnswer(name, np.array(losses), Attribution(scale="", importance=names, gaps=[]), share, spread)


def test_worse_is_a_difference_beyond_a_standard_error_and_a_tenth_of_the_gain():
    base = np.random.default_rng(0).gamma(1, size=400)
    mass, null = np.full(400, 1 / 400), base.mean() + 1

    def included(extra):
        return ranked([answer("best", base), answer("other", base + extra)], mass, null, 0.95)[-1].included

    assert included(np.full(400, 0.09))
    assert not included(np.full(400, 0.11))
    assert included(np.where(np.arange(400) == 0, 0.11 * 400, 0.0))  # one row makes all the difference


def test_a_model_that_has_no_say_is_told_why_and_the_best_is_first():
    losses = np.linspace(0.5, 1.5, 50)
    mass = np.full(50, 1 / 50)
    best, other = ranked([answer("trees", losses + 1), answer("glm", losses)], mass, 2.0, 0.95)
    assert (best.name, best.included, best.why, best.worse) == ("glm", True, None, 0.0)
    assert best.gain == pytest.approx(50)
    assert re.fullmatch(r"its loss is 1 ± \S+ above that of glm, which gains 1", other.why)


@given(st.permutations([0.5, 0.3, 0.15, 0.05]), st.permutations([0.5, 0.3, 0.15, 0.05]))
def test_relations_are_those_on_which_every_exact_model_agrees(first, second):
    names = list("abcd")
    common = agreement([answer("one", share=first), answer("other", share=second)], names, 2, 0.95)
    expected = {
        (names[j], names[k])
        for j in range(4)
        for k in range(4)
        if first[j] > first[k] and second[j] > second[k]
    }  # fmt: skip
    assert {(each.primary, each.secondary) for each in common.relations} == expected
    assert common.settled == pytest.approx(len(expected) / 6)
    (pair,) = common.pairs
    assert pair.agreed + pair.contradicted == pytest.approx(1)
    top = [set(np.argsort(-np.array(share))[:2]) for share in (first, second)]
    assert pair.top_overlap == len(top[0] & top[1]) / 2
    assert sorted(name for level in common.levels for name in level) == names
    for relation in common.relations:
        places = [names.index(name) for name in (relation.primary, relation.secondary)]
        assert relation.least == pytest.approx(min(share[places[0]] - share[places[1]] for share in (first, second)))


def test_a_model_that_is_unsure_orders_nothing():
    unsure = answer("unsure", share=(0.6, 0.4), covariance=np.array([[1.0, -1.0], [-1.0, 1.0]]))
    assert agreement([unsure], ["a", "b"], 1, 0.95).relations == []
    assert agreement([answer("sure", share=(0.6, 0.4))], ["a", "b"], 1, 0.95).settled == 1
