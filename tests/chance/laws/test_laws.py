"""Laws keep what they say of groups through a change of sign, of tail and of form, and are values of their own."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import t

from fairaudit.chance.laws import Opposite, student_tail, two_sided
from fairaudit.chance.laws.areas import Areas
from fairaudit.chance.laws.curves import Curves
from fairaudit.chance.laws.events import Events
from fairaudit.chance.laws.means import Means, Roots, moments_of
from fairaudit.chance.laws.shares import Shares, Shifted

ONES = np.ones(2)
SHARES = Shares(np.array([0.2, 0.7]), np.array([30.0, 50.0]))
LAWS = {
    "opposite": Opposite(SHARES),
    "shares": SHARES,
    "shifted": Shifted(SHARES, np.array([0.1, 0.4])),
    "areas": Areas(np.array([0.6, 0.9]), 20 * ONES, 30 * ONES, 0.01 * ONES),
    "curves": Curves(np.full((2, 3), 0.1), np.full((2, 3), 1 / 3), np.full((2, 3), 0.05)),
    "events": Events(np.array([3.0, 9.0]), np.array([2.0, 30.0]), ONES),
    "means": Means(np.array([1.0, 2.0]), 0.1 * ONES, 0.2 * ONES, 9 * ONES),
    "roots": Roots(Means(np.array([1.0, 2.0]), 0.1 * ONES, 0.2 * ONES, 9 * ONES, (0.0, np.inf))),
    "moments": moments_of(ONES, ONES, 9 * ONES),
}


@pytest.mark.parametrize("name", LAWS)
def test_a_law_cannot_be_changed_and_is_told_from_another_with_the_same_numbers(name):
    law = LAWS[name]
    with pytest.raises(FrozenInstanceError):
        setattr(law, fields(law)[0].name, None)
    assert len({law, replace(law)}) == 2


@pytest.mark.parametrize("name", sorted(set(LAWS) - {"moments"}))
def test_the_limits_of_every_law_enclose_its_estimates_and_its_strict_ones_reach_as_far_as_its_parts(name):
    law = LAWS[name]
    (low, high), (least, most), (strict_low, strict_high) = (
        form(0.025) for form in (law.limits, law.parts, law.strict)
    )
    assert ((low < law.value) & (law.value < high)).all()
    assert ((least < law.value) & (law.value < most)).all()
    assert ((strict_low <= least + 0.01) & (most - 0.01 <= strict_high)).all()
    assert (law.error > 0).all()


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_two_sided_limits_are_wrong_on_each_side_with_half_the_error(confidence):
    np.testing.assert_array_equal(two_sided(SHARES, confidence), SHARES.limits((1 - confidence) / 2))


@pytest.mark.parametrize("form", ["limits", "parts", "strict"])
def test_the_opposite_of_a_share_has_the_limits_of_what_did_not_happen(form):
    opposite, others = Opposite(SHARES), Shares(1 - SHARES.value, SHARES.size)
    np.testing.assert_allclose(opposite.value, [0.8, 0.3])
    np.testing.assert_allclose(opposite.error, others.error)
    np.testing.assert_allclose(getattr(opposite, form)(0.025), getattr(others, form)(0.025))


@pytest.mark.parametrize("form", ["limits", "parts", "strict"])
def test_shares_less_known_numbers_have_limits_that_are_moved_by_them(form):
    shift = np.array([0.1, 0.4])
    moved = Shifted(SHARES, shift)
    np.testing.assert_allclose(moved.value, [0.1, 0.3])
    np.testing.assert_array_equal(moved.error, SHARES.error)
    for end, plain in zip(getattr(moved, form)(0.025), getattr(SHARES, form)(0.025), strict=True):
        np.testing.assert_allclose(end, plain - shift)


def test_each_groups_tail_reaches_as_far_as_students_with_its_own_degrees_of_freedom():
    tails = student_tail(0.025, np.array([1.0, 5.0, np.inf]))
    assert tails[2] == 0.025
    np.testing.assert_allclose(ndtri(tails[:2]), t.ppf(0.025, [1, 5]))
    np.testing.assert_allclose(ndtri(student_tail(np.array([0.1, 0.01]), 5.0)), t.ppf([0.1, 0.01], 5))
