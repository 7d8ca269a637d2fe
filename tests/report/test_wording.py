"""Words and numbers: what a value looks like to a reader."""

from __future__ import annotations

import msgspec
import pytest
from example import binary, count
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.report import wording as w


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (0, "0"),
        (-0.0, "0"),
        (1, "1.00"),
        (0.5, "0.500"),
        (0.0512, "0.0512"),
        (0.00512, "0.00512"),
        (0.001, "0.00100"),
        (0.00099, "9.90×10⁻⁴"),
        (9.4e-05, "9.40×10⁻⁵"),
        (-1.234e-10, "−1.23×10⁻¹⁰"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (99.94, "99.9"),
        (99.96, "100"),
        (999.4, "999"),
        (999.6, "1,000"),
        (12345.6, "12,346"),
        (-3.14159, "−3.14"),
        (2.5e15, "2.50×10¹⁵"),
    ],
)
def test_a_number_has_three_significant_digits(value, text):
    assert w.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.25, "+0.250"), (-0.25, "−0.250"), (0.0, "0"), (1e-05, "+1.00×10⁻⁵")])
def test_a_signed_number_shows_both_signs_and_zero_has_none(value, text):
    assert w.number(value, signed=True) == text


@given(st.floats(min_value=-1e14, max_value=1e14, allow_nan=False))
def test_a_number_is_never_off_by_more_than_its_last_digit(value):
    text = w.number(value).replace(",", "").replace(w.MINUS, "-")
    if "×10" in text:
        mantissa, exponent = text.split("×10")
        digits = exponent.translate({ord(sign): str(i) for i, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {ord("⁻"): "-"})
        text = f"{mantissa}e{digits}"
    assert float(text) == pytest.approx(value, rel=5.1e-3, abs=0)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "—"),
        (0, "0%"),
        (1, "100.0%"),
        (0.3124, "31.2%"),
        (0.0096, "0.96%"),
        (0.0042, "0.42%"),
        (0.0004, "0.04%"),
        (0.00004, "0.004%"),
        (-0.041, "−4.1%"),
    ],
)
def test_a_share_is_written_in_per_cent(share, text):
    assert w.percent(share) == text


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (None, {}, "—"),
        (0.224, {}, "22.4 pp"),
        (0.224, {"signed": True}, "+22.4 pp"),
        (-0.224, {"unit": "percentage points"}, "−22.4 percentage points"),
        (0.0, {"signed": True}, "0 pp"),
    ],
)
def test_a_difference_of_shares_is_written_in_percentage_points(value, options, text):
    assert w.points(value, **options) == text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (None, "—"),
        (-82.4, "−82%"),
        (12.0, "+12%"),
        (9.94, "+9.9%"),
        (-0.3, "−0.3%"),
        (0.01, "0.0%"),
        (1234.5, "+1,234%"),
    ],
)
def test_a_change_in_per_cent_has_its_sign(change, text):
    assert w.percent_change(change) == text


@pytest.mark.parametrize(
    ("p", "text", "clause"),
    [
        (0.42, "0.42", "p = 0.42"),
        (1.0, "1.00", "p = 1.00"),
        (0.0996, "0.10", "p = 0.10"),
        (0.034, "0.034", "p = 0.034"),
        (0.001, "0.001", "p = 0.001"),
        (0.0009, "< 0.001", "p < 0.001"),
        (0.0, "< 0.001", "p < 0.001"),
    ],
)
def test_a_p_value_is_never_written_as_zero(p, text, clause):
    assert w.p_value(p) == text
    assert w.p_clause(p) == clause


def test_a_missing_p_value_and_count_are_dashes():
    assert w.p_value(None) == w.count(None) == w.DASH
    assert w.count(1234567) == "1,234,567"


@pytest.mark.parametrize(
    ("bounds", "unit", "gap", "text"),
    [
        (None, "rate", False, ""),
        ((0.298, 0.326), "rate", False, "29.8 to 32.6"),
        ((-0.01, 0.02), "points", False, "−1.0 to +2.0"),
        ((-0.01, 0.02), "points", True, "−1.0 to 2.0"),
        ((0.1, 2.5), "number", False, "0.100 to 2.50"),
        ((0.9, 1.1), "ratio", False, "0.900 to 1.10"),
    ],
)
def test_an_interval_is_in_the_unit_of_its_value(bounds, unit, gap, text):
    assert w.interval(bounds, unit, gap=gap) == text


@pytest.mark.parametrize(
    ("unit", "value", "gap"),
    [
        ("rate", "10.0%", "10.0 pp"),
        ("points", "+10.0 pp", "10.0 pp"),
        ("number", "0.100", "0.100"),
        ("ratio", "0.100", "0.100"),
    ],
)
def test_a_gap_of_shares_is_not_in_per_cent(unit, value, gap):
    assert w.in_unit(0.1, unit) == value
    assert w.gap_in_unit(0.1, unit) == gap


def test_a_group_is_named_in_the_order_of_its_attributes():
    cell = {"sex": "Male", "race": "African-American"}
    assert w.cell_label(cell, ["race", "sex"]) == "African-American × Male"
    assert w.cell_label(cell, ["race", "sex"], 6) == "Afric… × Male"
    assert w.cell_label({}, ["race"]) == "all"
    assert w.by_label(["race", "sex"]) == "race × sex"


@pytest.mark.parametrize(("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ("abc", "a, b and c")])
def test_a_list_in_a_sentence(names, text):
    assert w.sentence_list(names) == text


def test_measures_have_one_order_and_unknown_ones_come_last_by_name():
    assert w.in_order(binary(), {"zeta", "auc", "alpha", "selection_rate", "fpr"}) == [
        "selection_rate", "fpr", "auc", "alpha", "zeta",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "label"),
    [("fpr", "false positive rate"), ("ccdcov_excess", "joint dependence (CCdCov²)"), ("my_own\nidea", "my own⏎idea")],
)
def test_a_measure_has_the_words_of_the_result_or_its_name_with_spaces(name, label):
    assert w.words(binary(), name).label == label


def test_what_is_told_first_is_told_in_the_order_of_the_task():
    assert w.headline(count()) == ["mean_prediction", "actual_expected", "frequency"]


def test_a_result_of_an_early_version_is_told_by_the_names_of_its_measures():
    early = msgspec.structs.replace(binary(), measures={})
    assert w.words(early, "selection_rate").label == "selection rate"
    assert {"selection_rate", "uf"} <= set(w.headline(early))
