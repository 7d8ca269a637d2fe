"""Messages name options as their reader writes them: flags on the command line, arguments in Python."""

import ast
import re
from pathlib import Path

import click
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.cli import COMMANDS, cli
from fairaudit.errors import OptionError
from fairaudit.flags import HOMES, for_the_caller, typed

PACKAGE = Path(fa.__file__).parent
OF_COMMANDS = {
    "engine",
    "keep-columns",
    "memory-limit",
    "save-table",
    "rows",
    "select",
    "ignore",
    "threads",
    "folder",
    "label",
    "explain",
    "sample",
    "allow-remote",
    "predictions",
}
"""Flags that commands alone have, or whose messages say both."""


@pytest.mark.parametrize(
    ("message", "in_python"),
    [
        ("choose --missing drop to leave such rows out", "choose missing='drop' to leave such rows out"),
        ("name at least one with --protected NAME", "name at least one with protected='NAME'"),
        ("name a --prediction, a --decision or --target", "name a prediction, a decision or target"),
        ("--na '' keeps 'NA'", "Cleaning(na='') keeps 'NA'"),
        ("say with --search how many", "say with Options(search=…) how many"),
        ("write --task multiclass, or --target 'y=LEVEL'", "write task='multiclass', or target='y=LEVEL'"),
        ("leave --given out", "leave given out"),
        ("--groups 500,120 --rate 0.2", "groups=500,120 rate=0.2"),
        ("give --strength, not a goal", "give FitOptions(strength=…), not a goal"),
        ("column '--missing drop' is not there", "column '--missing drop' is not there"),
        ("--missingness is no option", "--missingness is no option"),
    ],
)
def test_a_message_is_written_once_and_read_by_both(message, in_python):
    assert for_the_caller(message) == in_python
    with typed():
        assert for_the_caller(message) == message
    assert str(OptionError(message)) == in_python


def test_a_caller_from_python_is_told_of_no_flag():
    people = pd.DataFrame({"g": ["a", "b", None] * 20, "p": [0.5] * 60})
    for arguments in ({"protected": "g", "prediction": "p"}, {"protected": "g"}, {"protected": [], "prediction": "p"}):
        with pytest.raises(fa.FairAuditError) as told:
            fa.audit(people, **arguments)
        assert "--" not in str(told.value)


def flags_of_commands():
    flags = set()
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        several = command.commands.values() if isinstance(command, click.Group) else [command]
        flags |= {text[2:] for each in several for part in each.params for text in part.opts if text.startswith("--")}
    return flags


def test_every_flag_that_is_translated_is_one_of_a_command():
    assert {flag for flags in HOMES.values() for flag in flags} <= flags_of_commands()


def test_every_flag_in_a_message_of_the_library_is_translated():
    """Those of the command line's own modules are for who types."""
    known = {flag for flags in HOMES.values() for flag in flags} | OF_COMMANDS
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] in ("cli", "gate", "report", "selftest"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        raised = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
        texts = [part for node in raised for part in ast.walk(node) if isinstance(part, ast.Constant)]
        for text in (part.value for part in texts if isinstance(part.value, str)):
            assert set(re.findall(r"(?<![\w-])--([a-z][a-z-]*[a-z])", text)) <= known, (path.name, text)
