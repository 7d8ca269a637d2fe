"""How digits are counted."""

from __future__ import annotations

import math

import pytest

from fairaudit.selftest.case import Case


def digits(published, ours):
    return Case("case", "source", published, ours).digits


@pytest.mark.parametrize(
    ("published", "ours", "expected"),
    [
        ("0.7314", 0.73137, 4.0),  # rounds to what is published
        ("0.7314", 0.73150, -math.log10(0.0001 / 0.7314)),
        ("15.0618722713733", 15.0618722713733, 15.0),
        ("15.0618722713733", 15.0617, -math.log10(0.0001722713733 / 15.0618722713733)),
        ("0.0000", 0.0, 15.0),
        ("2", 2.0, 15.0),
        ("2", 2.002, 3.0),
        ("0.5", 5.0, 0.0),
    ],
)
def test_digits_are_those_of_the_relative_error_and_at_most_those_published(published, ours, expected):
    assert digits(published, ours) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("ours", [math.nan, math.inf])
def test_what_is_no_number_agrees_in_no_digit(ours):
    assert digits("1.5", ours) == 0


def test_all_digits_are_needed_up_to_twelve_unless_fewer_are_asked_for():
    assert Case("case", "source", "0.7314", 0.7314).required == 4
    assert Case("case", "source", "15.0618722713733", 15.0).required == 12
    assert Case("case", "source", "15.0618722713733", 15.0, 5, "why").required == 5
