"""``fairaudit audit``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli.options import (
    EMBEDDED,
    SOURCE_HELP,
    check_outputs,
    load,
    measure_options,
    options,
    output_options,
    present,
    progress,
    role_options,
    source_argument,
)


@click.command(name="audit", epilog=SOURCE_HELP + EMBEDDED)
@source_argument
@click.option("--prediction", metavar="NAME", help="Score, probability, expected value or expected count.")
@click.option("--decision", metavar="NAME[=LEVELS]", help="Yes/no decision; LEVELS, between commas, mean yes.")
@role_options
@measure_options
@output_options
def command(source: str, **values: Any) -> None:
    """Measure predictions, decisions or outcomes that are in a table.

    What is measured is the prediction, else the decision, else the outcome itself.

    \b
    Examples:
      fairaudit audit compas
      fairaudit audit scores.csv --prediction score --target y --threshold 0.5 \\
          --protected sex --protected age:bins=25,45 --report audit.html
    """
    check_outputs(source, values)
    asked = options(values)
    with progress(values) as step:
        frame, origin, roles = load(source, values)
        from fairaudit.auditing import audit_table
        from fairaudit.data.table import role_table

        result = audit_table(role_table(frame, roles), origin, roles, asked, step)
    present(result, values)
