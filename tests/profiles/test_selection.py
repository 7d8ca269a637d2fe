"""Highest rates, ratios to them, and which side is good."""

from __future__ import annotations

import pytest

from fairaudit.data.roles import Roles
from fairaudit.errors import RoleError
from fairaudit.profiles.selection import highest, named, ratio, yes_is_good
from fairaudit.profiles.tally import Category


def category(name, rate, people=10):
    return Category({"g": name}, people, 0.1, None, rate, 0.1, rate, None)


def test_the_highest_rate_is_that_of_a_category_that_has_one_above_nothing():
    assert highest([category("a", 0.2), category("b", None), category("c", 0.5)]).cell == {"g": "c"}
    assert highest([category("a", 0.0), category("b", None)]) is None
    assert highest([]) is None


def test_a_ratio_needs_both_rates():
    best = category("a", 0.5)
    assert ratio(category("b", 0.25), best) == 0.5
    assert ratio(best, best) == 1
    assert ratio(category("b", None), best) is None
    assert ratio(best, None) is None


def test_many_categories_are_named_up_to_a_number():
    many = [category(name, 0.1) for name in "abcdefgh"]
    assert named(many, ["g"], 2) == "a (10), b (10), and 6 more"
    assert named(many[:2], ["g"], 2) == "a (10), b (10)"


def test_yes_is_good_unless_somebody_said_so_already():
    assert yes_is_good(Roles(), "r").favourable == "yes"
    assert yes_is_good(Roles(favourable="high"), "r").favourable == "high"
    for word in ("no", "low"):
        with pytest.raises(RoleError, match="the decision that is good for people"):
            yes_is_good(Roles(favourable=word), "r")


def test_low_numbers_that_are_good_are_selected_below_a_cut():
    assert yes_is_good(Roles(prediction="s", threshold="<620", favourable="low"), "r").favourable == "low"
    with pytest.raises(RoleError):
        yes_is_good(Roles(prediction="s", threshold="<620", favourable="high"), "r")
