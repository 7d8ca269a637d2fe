"""Errors of several roles, told at once."""

import pytest

from fairaudit.data.problems import Problems
from fairaudit.errors import OptionError, RoleError


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


def test_several_are_told_in_one_sentence_with_numbers():
    with pytest.raises(RoleError, match=r"^2 roles do not fit: \(1\) no column 'a'; \(2\) no column 'b'$"):
        gathered(RoleError("no column 'a'"), RoleError("no column 'b'")).tell()


def test_a_fault_that_is_not_the_users_is_not_gathered():
    with pytest.raises(ZeroDivisionError):
        gathered(ZeroDivisionError())
