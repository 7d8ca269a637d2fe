"""``fairaudit compare``."""

from __future__ import annotations

import click


@click.command(
    name="compare",
    epilog="Exit status: 0 something was compared; 2 a file holds no audit; 4 nothing could be compared.",
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--all", "every", is_flag=True, help="Show every measure, not only those that changed beyond chance.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON on stdout, and nothing else.")
def command(before: str, after: str, every: bool, as_json: bool) -> int:
    """What changed beyond chance from audit A to audit B.

    A and B are the JSON of audits (audit --report audit.json). P-values are adjusted over all measures and take the
    audits as of different rows. A change for the worse is marked !, one for the better +. To fail a build on a change
    for the worse, use `check` with a baseline.
    """
    from fairaudit.gate.comparing import compare
    from fairaudit.gate.terminal import comparison
    from fairaudit.results import Audit
    from fairaudit.results.stored import from_file

    result = compare(from_file(before, Audit), from_file(after, Audit))
    click.echo(result.to_json() if as_json else comparison.render(result, every=every), nl=False)
    return result.status
