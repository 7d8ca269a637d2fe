"""``fairaudit init``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from fairaudit.cli import arguments
from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress
from fairaudit.data.datasets import dataset_names, load_source
from fairaudit.errors import OptionError


@click.command(name="init", epilog=shared.SOURCE_HELP)
@shared.source_argument
@click.option(
    "--prediction",
    metavar="NAME",
    help="Score, probability, expected value or expected count; of classes one column for each: 'proba_*' or A,B,C.",
)
@click.option(
    "--decision",
    metavar="NAME[=LEVELS]",
    help="Yes/no decision; LEVELS, between commas, mean yes. Of classes the one that is predicted.",
)
@shared.role_options
@shared.profile_option
@shared.machine_options
@click.option("--quiet", "-q", is_flag=True, help="Print nothing.")
@click.option("--no-color", is_flag=True, help="No colour.")
def command(source: str, **values: Any) -> None:
    """Write a commented fairaudit.toml, guessed from the columns of a table.

    Roles that are not given are guessed from names and values. Limits are norms (rates at most 10 points apart, four
    fifths, errors, divergence beyond chance, a floor of performance), whatever the data say: those that today's data
    break are marked, each with a waiver to fill in. An existing file is never overwritten.

    \b
    Example:
      fairaudit init scores.csv --threshold 0.5
    """
    from fairaudit.clock import today
    from fairaudit.files import check_target, write_whole
    from fairaudit.gate.config import FILE

    day = today()  # before NumPy is imported, which fails where the variable is no number
    if Path(FILE).exists():
        raise OptionError(f"there is a {FILE} already; delete or rename it first")
    if source == "-":
        raise OptionError("standard input cannot be checked again later; write the table to a file first")
    check_target(FILE)
    with progress(values) as step:
        from fairaudit.auditing.limits import limits
        from fairaudit.auditing.resampled import Resampled
        from fairaudit.auditing.run import audit_table, table_scores
        from fairaudit.data.table import role_table
        from fairaudit.gate import guessing, proposal
        from fairaudit.options import Options
        from fairaudit.profiles import applied

        given = arguments.given_roles(values)
        frame, origin, roles = load_source(source, given)
        changed = frozenset(given) if source in dataset_names() else None
        guessed = guessing.guess(frame, given) if changed is None else guessing.Guess(roles, None, ())
        step("measuring")
        read = applied(guessed.roles, frame)
        table = role_table(frame, read)
        cut = guessing.stated_threshold(table, read) if changed is None else None
        if cut is not None:
            guessed = guessing.with_threshold(guessed, cut)
            read = applied(guessed.roles, frame)
            table = role_table(frame, read)
        resampled = Resampled(table_scores(table, Options()), Options(), proposal.ASKED)
        audit = audit_table(table, origin, read, Options(), asked=proposal.ASKED, resampled=resampled)
        laws = partial(limits, resampled)
        write_whole(FILE, proposal.render(source, guessed, audit, day, changed, laws).encode())
    if not values["quiet"]:
        click.echo(f"Written: {FILE}. Look at its roles and limits, then run: fairaudit check")
