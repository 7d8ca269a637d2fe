"""``fairaudit explain``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli import arguments, outputs
from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress


@click.command(name="explain", epilog=shared.SOURCE_HELP)
@shared.source_argument
@shared.role_options
@shared.feature_options
@click.option(
    "--pool",
    metavar="KIND,KIND,…",
    default="glm,boosting",
    show_default=True,
    help="Models to ask: glm, boosting, network (needs PyTorch).",
)
@click.option("--folds", type=int, default=3, show_default=True, help="Parts of the rows, each held out once.")
@click.option(
    "--rows",
    type=int,
    metavar="N",
    help="Most held-out rows that are attributed.  [default: 20000; 3000 with a network]",
)
@click.option("--top", type=int, metavar="N", default=3, show_default=True, help="Factors whose overlap is told.")
@shared.explain_options
@shared.machine_options
@shared.output_options
def command(source: str, **values: Any) -> None:
    """Tell which factors carry the predictions and the gaps between groups, and on what different models agree.

    Every model of the pool is fitted on the same folds, and its factors are judged on rows that it did not see. A
    factor is primary to another if all models say so, beyond what new rows and a new fit would change.

    \b
    Examples:
      fairaudit explain compas --report why.html
      fairaudit explain claims.csv --target ClaimNb --exposure Exposure --protected Gender \\
          --pool glm,boosting,network
    """
    outputs.check_outputs(source, values)
    asked = arguments.options(values)
    with progress(values) as step:
        from fairaudit.fitting import PoolOptions, explain_table, fit_roles

        kinds = tuple(part.strip() for part in values["pool"].split(",") if part.strip())
        pool = PoolOptions(pool=kinds, **{name: values[name] for name in ("folds", "rows", "top")})
        frame, origin, roles = arguments.load(source, values)
        from fairaudit.data.table import role_table

        table = role_table(frame, fit_roles(roles, list(frame.columns)), features=True)
        explanation = explain_table(table, origin, roles, pool, asked, step)
    outputs.present(explanation, values)
