"""Errors of several roles, told at once."""

import pytest

from fairaudit.errors import ConfigError, OptionError, RoleError
from fairaudit.problems import Problems


def gathered(*errors):
    problems = Problems()
    for error in errors:
        with problems.gathered():
            raise error
    return problems


def test_nothing_gathered_is_nothing_told():
    gathered().tell()


def test_a_single_error_is_told_as_it_is():
    with pytest.raises(OptionError, match=r"^permutations is -1$"):
        gathered(OptionError("permutations is -1")).tell()


def test_several_are_told_in_one_message_with_a_line_each():
    with pytest.raises(RoleError) as caught:
        gathered(RoleError("no column 'a'"), OptionError("cut is 'x'"), RoleError("no column 'b'")).tell()
    assert str(caught.value).splitlines() == [
        "3 problems:",
        "  - no column 'a'",
        "  - cut is 'x'",
        "  - no column 'b'",
    ]


def test_one_that_is_met_twice_is_told_once():
    with pytest.raises(RoleError, match=r"^no column 'a'$"):
        gathered(RoleError("no column 'a'"), RoleError("no column 'a'")).tell()


def test_several_that_are_told_at_once_stay_several_among_others():
    several = RoleError("2 problems:", ["no column 'a'", "no column 'b'"])
    with pytest.raises(ConfigError) as caught:
        gathered(several.within("data 'x'"), ConfigError("limit 1 limits nothing")).tell()
    assert str(caught.value).splitlines() == [
        "3 problems:",
        "  - data 'x': no column 'a'",
        "  - data 'x': no column 'b'",
        "  - limit 1 limits nothing",
    ]


@pytest.mark.parametrize("name", ["a\n::error::broken", "##[add-mask]secret", "\x1b[2J"])
def test_no_line_of_several_commands_what_reads_it(name):
    with pytest.raises(RoleError) as caught:
        gathered(RoleError(f"no column '{name}'"), RoleError("no column 'b'")).tell()
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("  - no column") for line in lines[1:])
    assert "##[" not in lines[1]
    assert "\x1b" not in lines[1]


def test_a_fault_that_is_not_the_users_is_not_gathered():
    with pytest.raises(ZeroDivisionError):
        gathered(ZeroDivisionError())
