"""``fairaudit merge``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from fairaudit.cli import arguments, outputs
from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress


@click.command(name="merge", epilog="Exit status: 0 done; 2 the tables cannot be added, or are none.")
@click.argument("tables", metavar="TABLE...", nargs=-1, required=True)
@shared.table_options
@shared.measure_options
@shared.output_options
def command(tables: tuple[str, ...], **values: Any) -> None:
    """Add score tables up, and audit all their rows together.

    Tables of days, or of firms that may not share rows, give the numbers that an audit of all the rows would give. They
    must have the same roles, and no file may be counted twice.

    \b
    Examples:
      fairaudit audit monday.csv --prediction p --protected sex --save-table monday.parquet
      fairaudit merge monday.parquet tuesday.parquet --report both.html
      fairaudit merge *.parquet --save-table week.parquet
    """
    from fairaudit.auditing.opening import opened_table
    from fairaudit.auditing.run import audit_table
    from fairaudit.data.stored import merged, read_stored
    from fairaudit.files import write_whole

    for table in tables:
        outputs.check_outputs(table, values)
    asked = arguments.options(values)
    with progress(values) as step:
        step("adding the tables up")
        total = merged([(path, read_stored(path)) for path in tables])
        if values["given"]:
            total = replace(total, roles=replace(total.roles, given=values["given"]))
        files = outputs.table_files(total, values)
        if outputs.only_counted(values):
            write_whole(values["save_table"], files[values["save_table"]])
            return
        data = opened_table(total, " + ".join(tables))
        result = audit_table(data.table, data.origin(), data.roles, asked, step)
    outputs.present(result, values, files)
