"""The terminal: fits its width, and nothing that came with the data steers it."""

from __future__ import annotations

import re

import pytest
from example import binary, count, hostile
from rich.cells import cell_len

from fairaudit.report import terminal

AUDITS = {"binary": binary, "count": count, "hostile": hostile}


@pytest.mark.parametrize("make", [binary, count], ids=["binary", "count"])
def test_the_whole_output_at_80_columns(make, golden):
    golden(f"{make.__name__}.txt", terminal.render(make()))


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("make", AUDITS.values(), ids=AUDITS)
def test_no_line_is_longer_than_the_width(make, width):
    assert [line for line in terminal.render(make(), width=width).splitlines() if cell_len(line) > width] == []


@pytest.mark.parametrize("make", AUDITS.values(), ids=AUDITS)
def test_without_colour_there_is_no_code_and_no_control_character(make):
    text = terminal.render(make())
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) == []


def test_with_colour_all_codes_are_the_styles_of_the_report():
    text = terminal.render(hostile(), color=True)
    assert "\x1b[1m" in text
    assert set(re.findall(r"\x1b(?:\[[0-9;]*[A-Za-z])?", text)) <= {
        f"\x1b[{code}m" for code in ("0", "1", "2", "32", "33", "31", "1;32", "1;33", "1;31")
    }
    assert "\u202e" not in text


def test_the_environment_does_not_bring_colour_in(monkeypatch):
    plain = terminal.render(binary())
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    assert terminal.render(binary()) == plain


def test_hostile_names_come_out_as_plain_visible_text():
    text = terminal.render(hostile(), width=120)
    joined = " ".join(text.split())
    assert "[bold]sex" in joined
    assert "[red]`rm`[/red]" in joined
    assert "<b>|a" in joined
    assert "⏎lines␛[31m" in joined


def test_a_missing_number_is_a_dash():
    asian = next(line for line in terminal.render(binary()).splitlines() if line.startswith("Asian"))
    assert asian.split()[-1] == "—"


def test_the_same_audit_gives_the_same_text():
    assert terminal.render(hostile()) == terminal.render(hostile())
