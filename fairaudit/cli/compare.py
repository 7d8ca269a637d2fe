"""``fairaudit compare``."""

from __future__ import annotations

from pathlib import Path

import click

from fairaudit.errors import SourceError


@click.command(name="compare")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--all", "every", is_flag=True, help="Show every measure, not only those that changed beyond chance.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON on stdout, and nothing else.")
def command(before: str, after: str, every: bool, as_json: bool) -> None:
    """What changed beyond chance from audit A to audit B.

    A and B are the JSON of audits (audit --report audit.json). P-values are adjusted over all measures and take the
    audits as of different rows. A change for the worse is marked !, one for the better +. To fail a build on a change
    for the worse, use `check` with a baseline.
    """
    from fairaudit.gate.comparing import compare
    from fairaudit.results import from_json

    sides = []
    for path in (before, after):
        try:
            sides.append(from_json(Path(path).read_bytes()))
        except OSError as error:
            raise SourceError(f"'{path}' cannot be read: {error.strerror or error}") from None
        except SourceError as error:
            raise SourceError(f"'{path}': {error}") from None
    found = compare(sides[0], sides[1])
    if as_json:
        from fairaudit.results.json import render

        click.echo(render(found), nl=False)
    else:
        from fairaudit.gate.formats import comparison

        click.echo(comparison.render(found, every), nl=False)
