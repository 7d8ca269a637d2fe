"""``fairaudit fit``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli import arguments, outputs
from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress


@click.command(name="fit", epilog=shared.SOURCE_HELP)
@shared.source_argument
@shared.role_options
@shared.fit_options
@click.option("--strength", type=float, metavar="λ", help="Weight of the penalty; or use --reduce.")
@click.option(
    "--reduce",
    type=float,
    metavar="PERCENT",
    help="Take away so much of the dependence over its noise floor; the strength is searched.  [default: 90]",
)
@click.option(
    "--reduce-dcor",
    type=float,
    metavar="PERCENT",
    help="Or: so much of it per spread of the predictions (dCor² for dCov²), so that pulling them together is none.",
)
@click.option(
    "--max-loss",
    type=float,
    metavar="PERCENT",
    help="Or: take away all that costs at most so much of what the plain model explains over the constant.",
)
@click.option(
    "--max-deviance",
    type=float,
    metavar="PERCENT",
    help="Or: take away all that costs at most so much of the plain model's whole mean deviance.",
)
@shared.measure_options
@shared.machine_options
@shared.fit_engine_options
@shared.output_options
def command(source: str, **values: Any) -> None:
    """Fit a plain and a fairer model and audit both on held-out rows.

    The fairer model minimises mean loss + λ · dependence of its predictions on the protected attributes, which are not
    inputs unless you name them with --features.

    \b
    Examples:
      fairaudit fit compas --penalty ccdcov --reduce 90 --report compas.html
      fairaudit fit claims.csv --target ClaimNb --exposure Exposure --protected Gender
      fairaudit fit claims.csv --engine duckdb --target ClaimNb --exposure Exposure --protected Gender
    """
    outputs.check_outputs(source, values)
    asked = arguments.options(values)
    with progress(values) as step:
        from fairaudit.files import written_beside
        from fairaudit.fitting.opening import opened

        fitting = arguments.fitting(values, "strength", "reduce", "reduce_dcor", "max_loss", "max_deviance")
        reading = {**arguments.counting(values), "sample": values["sample"]}
        with opened(source, arguments.given_roles(values), fitting, seed=asked.seed, step=step, **reading) as data:
            if values["predictions"]:
                data.check_predictions()
            fit = data.fit(fitting, asked, step)
            files, path = outputs.fitted_files(fit, values), values["predictions"]
            if path is None or data.engine is None:
                outputs.present(fit.audit, values, files)
                return
            with written_beside(path) as part:
                step("writing predictions")
                data.write(str(part), fit)
            outputs.present(fit.audit, values, files)
