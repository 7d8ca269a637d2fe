"""``fairaudit baseline``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli.check import config_argument, configured
from fairaudit.cli.progress import progress


@click.group(name="baseline")
def command() -> None:
    """Earlier results that limits with a margin are held against."""


@command.command("update")
@config_argument
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
