"""The page of the command line says what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from fairaudit.cli import cli

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def commands(command, path):
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from commands(command.get_command(click.Context(command), name), f"{path} {name}")


ALL = list(commands(cli, "fairaudit"))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[path for path, _ in ALL])
def test_the_page_has_each_command_with_just_its_options(path, command):
    """Layout is click's and may change with its version; `make docs` writes the page anew."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition(f"## {path}\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", section, flags=re.MULTILINE))
    options = {
        name
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
        for name in option.opts
        if name.startswith("--")
    }
    assert listed - {"--help"} == options
    for words in re.split(r"\n\s*\n", (command.help or "").replace("\b", "")):
        assert " ".join(words.split()) in " ".join(section.split())


def test_the_page_has_no_command_that_is_gone():
    headings = re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings == [path for path, _ in ALL]
