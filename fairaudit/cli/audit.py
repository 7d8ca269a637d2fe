"""``fairaudit audit``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from fairaudit.cli import arguments, outputs
from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress
from fairaudit.data.datasets import dataset_names
from fairaudit.errors import OptionError
from fairaudit.options import Options

if TYPE_CHECKING:
    from fairaudit.arrays import Step
    from fairaudit.auditing.opening import Opened
    from fairaudit.options import Options
    from fairaudit.results import Audit


@click.command(name="audit", epilog=shared.SOURCE_HELP)
@shared.source_argument
@click.option(
    "--prediction",
    metavar="NAME",
    help="Score, probability, expected value or expected count; of classes one column for each: 'proba_*' or A,B,C.",
)
@click.option(
    "--decision",
    metavar="NAME[=LEVELS]",
    help="Yes/no decision; LEVELS, between commas, mean yes. Of classes the one that is predicted.",
)
@click.option("--model", metavar="PATH", help="Score the table first with a model that fit --save wrote.")
@click.option(
    "--explain",
    is_flag=True,
    help="Tell what the difference of the verdict goes along with by splines of the other columns, not by ten classes"
    " of each: about a second more.",
)
@click.option(
    "--sample",
    type=click.IntRange(1000),
    metavar="N",
    help="Tell what the difference goes along with by N rows, drawn with the seed.  [default: all of up to 100,000]",
)
@shared.role_options
@shared.profile_option
@shared.measure_options
@shared.search_options
@click.option(
    "--suppress",
    type=int,
    metavar="N",
    default=Options.suppress,
    help="Let every number be about at least N people: smaller groups take part in nothing.  [default: all do]",
)
@shared.machine_options
@shared.engine_options
@shared.table_options
@shared.output_options
def command(source: str, **values: Any) -> None:
    """Measure predictions, decisions or outcomes that are in a table.

    What is measured is the prediction, else the decision, else the outcome itself.

    \b
    Examples:
      fairaudit audit compas
      fairaudit audit new.csv --model model.skops
      fairaudit audit scores.csv --prediction score --target y --threshold 0.5 \\
          --protected sex --protected age:bins=25,45 --report audit.html
    """
    outputs.check_outputs(source, values)
    if values["model"] and values["save_table"]:
        raise OptionError("--save-table writes what is in a table; score it first (predict), or leave --model out")
    if values["explain"] and values["model"]:
        raise OptionError("--explain is for scores without a model; leave it out, or leave out --model")
    said = {"explain": values["explain"] or None, "sample": values["sample"]}
    said = {name: value for name, value in said.items() if value is not None}
    asked = arguments.options(values, **said) if values["model"] else arguments.options_of_audit(source, values, **said)
    if outputs.only_counted(values):
        from fairaudit.auditing.opening import counted
        from fairaudit.files import write_whole

        table = counted(source, arguments.given_roles(values), **arguments.counting(values))
        write_whole(values["save_table"], outputs.table_files(table, values)[values["save_table"]])
        return
    files: dict[str, bytes] = {}
    # Counting, drawing, shuffling, comparing groups, then with the other columns; and what was asked for besides.
    steps = None if values["model"] else 5 + bool(values["search"]) + bool(values["explain"])
    with progress(values, steps) as step:
        if values["model"]:
            from fairaudit.fitting.scoring import audit_model, load_model

            frame, origin, roles = arguments.load(source, values)
            bare = replace(roles, prediction=None, decision=None) if source in dataset_names() else roles
            result = audit_model(load_model(values["model"]), frame, origin, bare, asked, step)
        else:
            from fairaudit.auditing.run import audit_table

            step("counting rows")
            with arguments.opened(source, values) as data:
                result = audit_table(
                    data.table,
                    data.origin(),
                    data.roles,
                    asked,
                    step,
                    others=lambda: data.others(values["sample"], asked.seed),
                )
                files = outputs.table_files(data.stored(), values) if values["save_table"] else {}
                if values["explain"]:
                    result = _explained(result, data, asked, values["sample"], step)
    outputs.present(result, values, files)


def _explained(result: Audit, data: Opened, asked: Options, sample: int | None, step: Step) -> Audit:
    """The audit with what splines say of its difference, from the rows themselves."""
    from fairaudit.fitting.surrogate import with_splines

    step("explaining the difference")
    rows = data.row_by_row(sample, asked.seed)
    return with_splines(result, rows.table, rows.frame, data.roles, asked)
