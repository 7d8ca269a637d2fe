"""The day by which waivers expire can be set, and what cannot be a day is refused."""

import datetime
import os

import pytest

from fairaudit.clock import VARIABLE, settle, today
from fairaudit.errors import OptionError


def test_the_day_is_that_of_the_variable(monkeypatch):
    monkeypatch.setenv(VARIABLE, "1780315200")
    settle()
    assert today() == datetime.date(2026, 6, 1)


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_variable_is_none(monkeypatch, empty):
    monkeypatch.setenv(VARIABLE, empty)
    assert today() == datetime.datetime.now(datetime.UTC).date()
    settle()
    assert VARIABLE not in os.environ


@pytest.mark.parametrize("text", ["yesterday", "1.5", "9" * 40, "nan"])
def test_what_is_no_time_is_refused(monkeypatch, text):
    monkeypatch.setenv(VARIABLE, text)
    for function in (settle, today):
        with pytest.raises(OptionError, match=f"{VARIABLE} is '{text}'; whole seconds since 1970 are needed"):
            function()


def test_without_the_variable_nothing_is_settled(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    settle()
    assert today() <= datetime.datetime.now(datetime.UTC).date()
