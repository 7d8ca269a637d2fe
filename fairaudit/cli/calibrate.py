"""``fairaudit calibrate``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli import arguments, outputs
from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress
from fairaudit.errors import OptionError
from fairaudit.options import TRACES


@click.command(name="calibrate", epilog=shared.SOURCE_HELP)
@shared.source_argument
@shared.role_options
@shared.fit_options
@click.option(
    "--rule",
    metavar="RULE",
    default="reduce:90",
    show_default=True,
    help="How the strength is chosen: reduce:90 (per cent of the dependence), max-loss:10 (of what the plain model"
    " explains), max-deviance:1 (of its deviance), jsd:0.001 (bits over the noise floor), one-standard-error, or knee.",
)
@click.option(
    "--trace",
    type=click.Choice(TRACES),
    default="penalty",
    show_default=True,
    help="The strength that is traced: λ of the penalty, or α of the consistency loss (with --knowledge).",
)
@click.option("--strength", type=float, metavar="λ", help="Of the penalty while α is traced.  [default: no penalty]")
@click.option("--strengths", metavar="λ,λ,…", help="Strengths of the path.  [default: laid by itself]")
@click.option("--steps", type=int, default=16, show_default=True, help="Strengths of a path that is laid by itself.")
@click.option("--folds", type=int, default=5, show_default=True, help="Parts of the training rows, each held out once.")
@click.option("--repeats", type=int, default=1, show_default=True, help="Times the rows are cut into folds anew.")
@click.option("--resume", metavar="PATH", help="Keep finished folds here, and go on where an earlier run stopped.")
@shared.measure_options
@shared.machine_options
@shared.output_options
def command(source: str, **values: Any) -> None:
    """Trace the fairness–performance path, choose a strength by a rule, fit and audit it on held-out rows.

    Every strength is judged on training rows that were not fitted on; the held-out rows take no part in the choice.

    \b
    Examples:
      fairaudit calibrate compas --rule knee --report path.html
      fairaudit calibrate claims.csv --target ClaimNb --exposure Exposure --protected Gender \\
          --rule max-loss:10
      fairaudit calibrate wellbeing --knowledge pool --trace consistency --rule reduce:80
    """
    outputs.check_outputs(source, values)
    asked = arguments.options(values)
    with progress(values) as step:
        from fairaudit.fitting import CalibrationOptions, calibrate_table, fit_roles

        fitting = arguments.fitting(values, "strength")
        if values["strength"] is not None and values["trace"] == "penalty":
            raise OptionError("--strength is what is traced and chosen here; list some with --strengths, or use fit")
        calibration = CalibrationOptions(
            strengths=_numbers(values["strengths"]),
            **{name: values[name] for name in ("trace", "rule", "steps", "folds", "repeats", "resume")},
        )
        frame, origin, roles = arguments.load(source, values)
        from fairaudit.data.table import role_table

        table = role_table(frame, fit_roles(roles, list(frame.columns)), features=True)
        fit = calibrate_table(table, origin, roles, fitting, calibration, asked, step, step.advance)
    outputs.present(fit.audit, values, outputs.fitted_files(fit, values))


def _numbers(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(f"strengths are '{text}'; numbers between commas are needed, such as 1,10,100") from None
