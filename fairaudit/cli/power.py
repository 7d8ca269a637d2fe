"""``fairaudit power``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli import arguments, outputs
from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress
from fairaudit.errors import OptionError


@click.command(name="power", epilog=shared.SOURCE_HELP)
@click.argument("source", metavar="[SOURCE]", required=False)
@click.option("--groups", metavar="N,N,…", help="People in each group that is planned, instead of SOURCE.")
@click.option("--rate", type=float, help="Rate that is expected of all of them together, such as 0.2.")
@click.option("--gap", type=float, help="A gap of rates that is to be found, such as 0.1 for 10 points.")
@click.option(
    "--tests",
    type=int,
    metavar="N",
    help="Hypotheses that are tested together.  [default: those of the audit of SOURCE; 1 for --groups]",
)
@click.option("--power", "wanted", type=float, default=0.8, show_default=True, help="Power that is wanted.")
@click.option(
    "--tables",
    type=int,
    default=400,
    show_default=True,
    metavar="N",
    help="Simulated tables that check each stated power; 0: none.",
)
@click.option("--prediction", metavar="NAME", help="Score or probability, cut at --threshold.")
@click.option("--decision", metavar="NAME[=LEVELS]", help="Yes/no decision; LEVELS, between commas, mean yes.")
@shared.role_options
@shared.measure_options
@shared.machine_options
@shared.engine_options
@shared.output_options
def command(source: str | None, **values: Any) -> None:
    """Tell which gaps between groups an audit would find, and how many people a given gap needs.

    Either of a table as it is, or of the sizes of groups before anything is collected. The number of groups and of
    hypotheses counts as in an audit. Of the decisions and outcomes in SOURCE only their overall rates enter.

    \b
    Examples:
      fairaudit power compas --gap 0.1
      fairaudit power --groups 500,120,80 --rate 0.2 --gap 0.1
    """
    from fairaudit.auditing.planning import power, power_of

    asked = {name: values[name] for name in ("gap", "tests", "tables")} | {"target": values["wanted"]}
    if (source is None) == (values["groups"] is None):
        raise OptionError("power needs SOURCE, or --groups with --rate, and not both")
    if source is None:
        outputs.check_outputs("", values)
        outputs.present(
            power(groups=_sizes(values["groups"]), rate=values["rate"], seed=values["seed"], **asked), values
        )
        return
    if values["rate"] is not None:
        raise OptionError("--rate goes with --groups; the rates of SOURCE are its own")
    outputs.check_outputs(source, values)
    measuring = arguments.options_of_audit(source, values)
    with progress(values) as step:
        from fairaudit.auditing.run import audit_table

        with arguments.opened(source, values) as data:
            audit = audit_table(data.table, data.origin(), data.roles, measuring, step)
        step("simulating tables")
        planned = power_of(audit, **asked)
    outputs.present(planned, values)


def _sizes(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise OptionError(f"--groups is '{text}'; it takes numbers of people between commas, as 500,120,80") from None
