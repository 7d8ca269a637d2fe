"""``fairaudit verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command(
    name="verify", epilog="Exit status: 0 nothing changed; 1 something did, or is not there; 2 RUN cannot be read."
)
@click.argument("run", metavar="RUN")
@click.option(
    "--folder",
    metavar="DIR",
    help="Where relative paths in RUN start.  [default: the folder of RUN, then the working directory]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout, and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status says it.")
def command(run: str, **values: Any) -> int:
    """Say whether the data, configuration, versions and seed behind a stored result are still the same.

    RUN is the JSON of an audit, an explanation or a check. Where nothing changed, the same command makes the same bytes
    again.
    """
    from fairaudit.gate.terminal import verification
    from fairaudit.gate.verification import verify
    from fairaudit.results.stored import from_file

    result = verify(from_file(run), [Path(values["folder"])] if values["folder"] else [Path(run).parent, Path()])
    if not values["quiet"]:
        click.echo(result.to_json() if values["as_json"] else verification.render(result), nl=False)
    return result.status
