"""``fairaudit baseline``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli.check import config_argument, configured
from fairaudit.cli.options import machine_options
from fairaudit.cli.progress import progress


@click.group(name="baseline")
def command() -> None:
    """Earlier results that limits with a margin are held against."""


@command.command("update")
@config_argument
@machine_options
@click.option("--quiet", "-q", is_flag=True, help="Print nothing.")
@click.option("--no-color", is_flag=True, help="No colour.")
def update(config: str | None, **values: Any) -> None:
    """Store today's results as the baseline of CONFIG.

    Keep the files under version control: a change of the baseline is then a change that somebody reviews. Where the
    data have a key, the rows' predictions are stored as well, under hashes of the keys; treat that file as personal
    data, for whoever can list the keys can hash them, too.
    """
    configuration = configured(config)
    with progress(values) as step:
        from fairaudit.files import write_all
        from fairaudit.gate.run import updated

        files = updated(configuration, step)
        write_all(files)
    if not values["quiet"]:
        from fairaudit.files import from_here

        for path, content in files.items():
            click.echo(f"Written: {from_here(path)} ({len(content):,} bytes)")


@command.command("append")
@config_argument
@click.option("--label", metavar="TEXT", help="What to call this look, such as a day.")
@machine_options
@click.option("--quiet", "-q", is_flag=True, help="Print nothing.")
@click.option("--no-color", is_flag=True, help="No colour.")
def append(config: str | None, label: str | None, **values: Any) -> None:
    """Add today's data to the series of CONFIG, for limits with decided-by = "anytime".

    Run it before every check: such limits are held against all looks of the series at once, and a check that runs every
    day for years fails by mistake in at most 5% in all. The file keeps counts of people by group, decision and outcome,
    a line for each look; the same data are never counted twice. After a repair, begin a new series: rename the file.
    """
    configuration = configured(config)
    with progress(values) as step:
        from fairaudit.gate.run import appended, series_path

        looks = appended(configuration, label, step)
    if not values["quiet"]:
        from fairaudit.files import from_here

        path = from_here(series_path(configuration))
        for look in looks:
            click.echo(f"Added to {path}: {look.data}, {sum(line.rows for line in look.lines):,} rows")
        if not looks:
            click.echo(f"Nothing to add: these data are the last look of {path}")
