"""Write docs/cli.md, the help pages of all commands: `python docs/make_cli.py`."""

from __future__ import annotations

from pathlib import Path

import click

from fairaudit.cli import cli

PAGE = Path(__file__).parent / "cli.md"
HEAD = """# The command line

Made by `make docs` from the help pages themselves; `fairaudit COMMAND --help` prints the same.
"""
WIDTH = 100


def page() -> str:
    """All help pages, one after the other."""
    return "\n".join([HEAD, *_sections(cli, _context(cli, "fairaudit"))])


def _sections(command: click.Command, context: click.Context) -> list[str]:
    context.terminal_width = context.max_content_width = WIDTH
    found = [f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found += _sections(inner, _context(inner, name, context))
    return found


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    return click.Context(command, parent, name, **command.context_settings)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
