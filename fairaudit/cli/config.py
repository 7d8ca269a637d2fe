"""``fairaudit config``."""

from __future__ import annotations

import click


@click.group(name="config")
def command() -> None:
    """What a configuration of fairaudit check may hold."""


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema of fairaudit.toml, from which editors complete."""
    from fairaudit.gate import tables
    from fairaudit.results.json import dumps

    click.echo(dumps(tables.schema()), nl=False)
