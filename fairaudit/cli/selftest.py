"""``fairaudit selftest``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli import options as shared
from fairaudit.cli import outputs
from fairaudit.cli.progress import progress


@click.command(
    name="selftest", epilog="Exit status: 0 every case agrees; 1 one does not; 2 the question could not be asked."
)
@shared.output_options
def command(**values: Any) -> int:
    """Compute published numbers anew, and say how many digits agree.

    The cases ship with the package, each with its source: NIST's certified values, examples that R, pROC, energy, MASS
    and fairlearn document, and those of papers. A report has them all, with the versions of this installation.

    \b
    Examples:
      fairaudit selftest
      fairaudit selftest --report selftest.html
    """
    outputs.check_outputs("", values)
    with progress(values) as step:
        from fairaudit.selftest.run import selftest

        result = selftest(step)
    outputs.present(result, values)
    return result.status
