"""Annotations: one command a line, and no more than are shown."""

import re

import every_finding
import pytest
from made import HEAD, LIMIT
from msgspec import structs

from fairaudit.gate.formats import render


def test_annotations_are_one_command_a_line_and_no_name_adds_one(hostile):
    lines = render(hostile, "github").splitlines()
    assert lines
    for line in lines:
        assert re.match(r"::(error|warning|notice) file=fairaudit\.toml(,line=\d+)?,title=[^:,]*::", line), line
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", render(hostile, "github"))


@pytest.mark.parametrize("count", [9, 10, 11, 40])
def test_at_most_ten_annotations_of_a_kind_and_the_last_says_how_many_more(checked, count):
    one = checked(HEAD + LIMIT + "max = 0.05\n")
    many = structs.replace(one, findings=one.findings * count)
    lines = render(many, "github").splitlines()
    assert len(lines) == min(count, 10)
    assert ("and" in lines[-1].rpartition("::")[2] and f"{count - 9} more" in lines[-1]) == (count > 10)


def test_the_whole_output(golden):
    golden("check.github.txt", render(every_finding.check(), "github"))


def test_a_long_name_of_data_is_told_shortly_in_the_title():
    whole = every_finding.check()
    finding = structs.replace(whole.findings[0], data="d" * 50)
    text = render(structs.replace(whole, data=[], findings=[finding]), "github")
    assert text.startswith(
        f"::error file=conf\\fairaudit.toml,line=12,title=FA101 {'d' * 39}…::selection rate, gap by sex: "
    )
