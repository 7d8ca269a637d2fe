"""``fairaudit check``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress
from fairaudit.errors import OptionError, listing
from fairaudit.gate.formats import FORMATS

if TYPE_CHECKING:
    from fairaudit.gate.config import Configuration
    from fairaudit.results.check import Check

STDOUT = "-"

config_argument = click.argument("config", metavar="[CONFIG]", required=False)


@click.command(
    name="check",
    epilog="Exit status: 0 every limit kept; 1 a limit broken; 2 the question could not be asked; 3 inconclusive, only"
    " under --fail-on inconclusive; 4 a limit, or all, could not be assessed.",
)
@config_argument
@click.option(
    "--output",
    "outputs",
    metavar="FORMAT=PATH",
    multiple=True,
    help=f"Write {shared.alternatives(FORMATS)}; PATH may be - for stdout. Repeat for more.  [default: text=-]",
)
@click.option("--select", metavar="RULES", multiple=True, help="Check only rules that begin so: FA1, or FA101,FB.")
@click.option("--ignore", metavar="RULES", multiple=True, help="Leave out rules that begin so.")
@click.option(
    "--fail-on",
    type=click.Choice(["warn", "inconclusive"]),
    multiple=True,
    help="Fail also where a limit that warns is broken, or (status 3) where an interval straddles a limit.",
)
@click.option(
    "--exit-zero", is_flag=True, help="Exit with 0 where a limit is broken or inconclusive; never for 2 and 4."
)
@click.option(
    "--github/--no-github",
    default=None,
    help="Annotations on stderr and a job summary for GitHub.  [default: where GITHUB_ACTIONS is true]",
)
@shared.profile_option
@shared.machine_options
@click.option("--quiet", "-q", is_flag=True, help="Print no result and no progress.")
@click.option("--no-color", is_flag=True, help="No colour.")
def command(config: str | None, **values: Any) -> int:
    """Hold limits and a baseline against data or models, for continuous integration.

    CONFIG is a file such as fairaudit.toml; without it fairaudit.toml is read, else [tool.fairaudit] of
    pyproject.toml. `fairaudit init SOURCE` writes one.

    \b
    Examples:
      fairaudit check
      fairaudit check --output junit=fairness.xml --output html=fairness.html
      fairaudit check --select FA1 --fail-on inconclusive
    """
    outputs = _outputs(values["outputs"])
    configuration = configured(config)
    if values["profile"]:
        configuration = configuration.with_profile(values["profile"])
    _check_places(outputs, configuration)
    from fairaudit.clock import today

    day = today()  # before NumPy is imported, which fails where the variable is no number
    from fairaudit.gate.measuring import Selection

    selection = Selection(_split(values["select"]), _split(values["ignore"]), tuple(sorted(set(values["fail_on"]))))
    with progress(values) as step:
        from fairaudit.gate.run import check

        found = check(configuration, day, selection, step)
    _write(found, outputs, values)
    return 0 if values["exit_zero"] and found.status in (1, 3) else found.status


def configured(path: str | None) -> Configuration:
    """The configuration that was named, else the one of this folder."""
    from fairaudit.gate.config import find, read

    return read(Path(path) if path else find(Path()))


def _split(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({part.strip().upper() for text in given for part in text.split(",")}))


def _outputs(given: Sequence[str]) -> list[tuple[str, str]]:
    """Format and path of each output."""
    outputs = []
    for text in given:
        format, equals, path = text.partition("=")
        if format not in FORMATS or not equals or not path:
            raise OptionError(
                f"--output {text}: write FORMAT=PATH, such as junit=fairness.xml; formats are {listing(FORMATS)}"
            )
        outputs.append((format, path))
    if sum(path == STDOUT for _, path in outputs) > 1:
        raise OptionError("two outputs go to standard output; give all but one a file")
    return outputs


def _check_places(outputs: Sequence[tuple[str, str]], configuration: Configuration) -> None:
    """Refuse outputs that cannot be written, or would overwrite what is read, before any work."""
    from fairaudit.files import check_targets

    taken = configuration.files_read()
    if configuration.config.baseline is not None:
        taken[configuration.resolve(configuration.config.baseline.file)] = "the baseline"
    check_targets([path for _, path in outputs if path != STDOUT], taken)


def _write(check: Check, outputs: Sequence[tuple[str, str]], values: dict[str, Any]) -> None:
    """Write every output, all files or none, and show the result."""
    from fairaudit.files import write_all
    from fairaudit.gate.formats import render
    from fairaudit.gate.formats import text as terminal

    files: dict[str | os.PathLike[str], bytes] = {
        path: render(check, format).encode() for format, path in outputs if path != STDOUT
    }
    write_all(files)
    actions = os.environ.get("GITHUB_ACTIONS") == "true" if values["github"] is None else values["github"]
    if actions:
        click.echo(render(check, "github"), nl=False, err=True)
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            try:
                with open(summary, "a", encoding="utf-8") as file:
                    file.write(render(check, "markdown"))
            except OSError as error:  # the verdict stands without it
                click.echo(f"Warning: the job summary could not be written: {error.strerror or error}", err=True)
    printed = [format for format, path in outputs if path == STDOUT]
    if printed:
        click.echo(render(check, printed[0]), nl=False)
    elif not values["quiet"]:
        click.echo(terminal.render(check, _width(), _colored(values)), nl=False, color=_colored(values))


def _width() -> int:
    import shutil

    return min(shutil.get_terminal_size((80, 24)).columns, 100)


def _colored(values: dict[str, Any]) -> bool:
    return sys.stdout.isatty() and not values["no_color"] and not os.environ.get("NO_COLOR")
