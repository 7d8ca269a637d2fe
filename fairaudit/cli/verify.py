"""``fairaudit verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fairaudit.errors import SourceError


@click.command(name="verify", epilog="Exit status: 0 nothing changed; 1 something did; 2 RUN cannot be read.")
@click.argument("run", metavar="RUN")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit status says it.")
def command(run: str, **values: Any) -> int:
    """Say whether the data, configuration, versions and seed behind a stored result are still the same.

    RUN is the JSON of an audit or a check. Where nothing changed, the same command makes the same bytes again.
    Relative paths in it start at the working directory.
    """
    from fairaudit.gate.verification import stored, verify
    from fairaudit.text import clean

    try:
        content = Path(run).read_bytes()
    except OSError as error:
        raise SourceError(f"'{run}' cannot be read: {error.strerror or error}") from None
    facts = verify(stored(content, run), Path())
    changed = [fact for fact in facts if fact.same is False]
    if not values["quiet"]:
        for fact in sorted(facts, key=lambda fact: fact.same is False):
            word = {True: "same", False: "CHANGED", None: "unknown"}[fact.same]
            click.echo(f"{word:<9}{clean(fact.name)}: {clean(fact.text)}")
        click.echo(f"\n{len(changed)} of {len(facts)} things changed." if changed else "\nNothing changed.")
    return 1 if changed else 0
