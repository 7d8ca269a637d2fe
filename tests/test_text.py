"""Text that came with the data is shown on one line, and steers nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.text import clean, json_text, log_line, log_lines, rows_in_words, shorten


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


@given(st.text(alphabet=" :a#[\n\té", max_size=30))
def test_lines_of_a_log_hold_no_command_and_differ_in_nothing_else(text):
    lines = log_lines(text)
    assert "##[" not in lines
    assert not any(line.lstrip().startswith("::") for line in lines.split("\n"))
    assert lines.replace("\N{FULLWIDTH COLON}", ":").replace("\N{FULLWIDTH NUMBER SIGN}", "#") == text


def test_json_keeps_its_value_and_steers_nothing():
    value = {"##[group]": "##vso[x] \x7f\x9b \u202e \u2028 \u2066 é 漢 \U0001f600 # ##"}
    text = json_text(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert all(ord(letter) not in (0x7F, 0x9B, 0x202E, 0x2028, 0x2066) for letter in text)
    assert "##[" not in text
    assert "##vso[" not in text
    assert " é 漢 \U0001f600 # ##" in text
