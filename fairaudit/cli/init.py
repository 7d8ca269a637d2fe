"""``fairaudit init``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress
from fairaudit.data.datasets import dataset_names
from fairaudit.errors import OptionError


@click.command(name="init", epilog=shared.SOURCE_HELP)
@shared.source_argument
@click.option("--prediction", metavar="NAME", help="Score, probability, expected value or expected count.")
@click.option("--decision", metavar="NAME[=LEVELS]", help="Yes/no decision; LEVELS, between commas, mean yes.")
@shared.role_options
@click.option("--quiet", "-q", is_flag=True, help="Print nothing.")
@click.option("--no-color", is_flag=True, help="No colour.")
def command(source: str, **values: Any) -> None:
    """Write a commented fairaudit.toml, guessed from the columns of a table.

    Roles that are not given are guessed from names and values, and limits from what is measured today, so that
    `fairaudit check` passes until something changes. An existing file is never overwritten.

    \b
    Example:
      fairaudit init scores.csv --threshold 0.5
    """
    from fairaudit.files import check_target, write_whole
    from fairaudit.gate.config import FILE

    if Path(FILE).exists():
        raise OptionError(f"there is a {FILE} already; delete or rename it first")
    if source == "-":
        raise OptionError("standard input cannot be checked again later; write the table to a file first")
    check_target(FILE)
    with progress(values) as step:
        from fairaudit.auditing.run import audit_table
        from fairaudit.data.table import role_table
        from fairaudit.gate import proposal
        from fairaudit.options import Options

        frame, origin, roles = shared.load(source, values)
        given = shared.given_roles(values)
        changed = frozenset(given) if source in dataset_names() else None
        found = proposal.guess(frame, given) if changed is None else proposal.Guess(roles, None, ())
        step("measuring")
        table = role_table(frame, found.roles)
        audit = audit_table(table, origin, found.roles, Options(), asked=proposal.ASKED)
        write_whole(FILE, proposal.render(source, found, audit, changed).encode())
    if not values["quiet"]:
        click.echo(f"Written: {FILE}. Look at its roles and limits, then run: fairaudit check")
