"""Text that came with the data is shown on one line, and steers nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.text import clean, log_line, rows_in_words, shorten


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain – ünïcode 漢字", "plain – ünïcode 漢字"),
        ("a\nb\tc\rd", "a⏎b c␍d"),
        ("\x1b[31mred", "␛[31mred"),
        ("nul\x00 del\x7f csi\x9b", "nul␀ del� csi�"),
        ("\u202eabc\u2066\u200b\ufeff\u2028", "�abc����"),
        ("\ud800", "�"),
    ],
)
def test_characters_that_steer_leave_a_visible_mark(text, seen):
    assert clean(text) == seen


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_shortened_text_keeps_its_limit_and_one_line(text, limit):
    short = shorten(text, limit)
    assert len(short) <= limit
    assert len(short.splitlines()) <= 1
    assert short == clean(text) or short.endswith("…")


@given(st.text())
def test_a_line_of_a_log_is_one_line_and_holds_no_command(text):
    line = log_line(f"Error: {text}")
    assert len(line.splitlines()) == 1
    assert "##[" not in line
    assert log_line(line) == line


def test_one_row_is_a_row():
    words = "rows with a positive outcome"
    assert [rows_in_words(n, words) for n in (1, 2, 0)] == [f"1 row{words[4:]}", f"2 {words}", f"0 {words}"]
    assert rows_in_words(1) == "1 row"
