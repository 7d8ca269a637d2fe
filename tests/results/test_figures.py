"""How values, intervals and groups are written."""

import pytest

from fairaudit.results.figures import (
    DASH,
    cell_label,
    confidence_level,
    count,
    exact_change,
    gap_in_unit,
    in_unit,
    interval,
    number,
    p_clause,
    percent,
    percent_change,
    points,
    precise,
    sentence_list,
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1 / 3, "0.333"), (12_345.6, "12,346"), (99.96, "100"), (9.4e-5, "9.40×10⁻⁵"), (-2.5, "−2.50")],
)  # fmt: skip
def test_three_digits_are_readable_at_any_size(value, text):
    assert number(value) == text


def test_what_was_not_measured_is_a_dash_in_every_way_of_writing():
    for write in (number, percent, points, percent_change, precise, exact_change, count):
        assert write(None) == DASH
    assert interval(None) == ""


def test_shares_become_per_cent_and_their_differences_points():
    assert (percent(0.312), percent(0.0004), points(0.224)) == ("31.2%", "0.04%", "22.4 pp")
    assert in_unit(0.312, "rate") == "31.2%"
    assert gap_in_unit(0.224, "rate", long=True) == "22.4 percentage points"
    assert interval((0.298, 0.326), "rate") == "29.8 to 32.6"


def test_what_rounds_to_zero_has_no_sign():
    assert percent_change(-0.001) == "0.0%"
    assert percent_change(-82.0) == "−82%"


def test_small_p_values_are_bounds():
    assert (p_clause(0.034), p_clause(0.0002)) == ("p = 0.034", "p < 0.001")


def test_groups_are_named_in_the_order_that_is_asked():
    assert cell_label({"race": "a", "sex": "m"}, ["sex", "race"]) == "m × a"
    assert cell_label({}, ["sex"]) == "all"
    assert [sentence_list("abc"[:length]) for length in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("confidence", "written"), [(0.95, "95%"), (0.9, "90%"), (0.29, "29%"), (0.99999999999, "99.999999999%")]
)
def test_a_confidence_is_written_with_all_digits_that_tell_it_from_certainty(confidence, written):
    assert confidence_level(confidence) == written
