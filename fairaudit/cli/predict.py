"""``fairaudit predict``."""

from __future__ import annotations

from typing import Any

import click

from fairaudit.cli import options as shared
from fairaudit.cli.progress import progress
from fairaudit.text import log_line


@click.command(name="predict", epilog=shared.SOURCE_HELP)
@shared.source_argument
@click.option("--model", metavar="PATH", required=True, help="A model that fit --save or calibrate --save wrote.")
@click.option("--out", metavar="PATH", required=True, help="Where the scores are written: .csv or .parquet.")
@click.option(
    "--keep-columns",
    metavar="NAME",
    multiple=True,
    help="Column that stands before the scores, such as an id; repeat for more.  [default: all]",
)
@click.option(
    "--exposure", metavar="NAME", help="Time at risk, for a model of rates.  [default: that of its training table]"
)
@shared.machine_options
@click.option("--quiet", "-q", is_flag=True, help="Print nothing.")
@click.option("--no-color", is_flag=True, help="No colour.")
def command(source: str, **values: Any) -> None:
    """Write what a saved model predicts of each row of a table.

    Only the model's features are needed; outcome and protected attributes are not. A binary outcome also gets the
    decision at the model's threshold, classes the probability of each.

    \b
    Examples:
      fairaudit fit compas --reduce 90 --save model.skops
      fairaudit predict compas --model model.skops --out scores.parquet
      fairaudit predict new.csv --model model.skops --out predicted.csv --keep-columns id
    """
    from glob import glob

    from fairaudit.data.datasets import load_source
    from fairaudit.files import check_targets, write_whole
    from fairaudit.fitting.predicting import check_suffix, predictions, to_bytes
    from fairaudit.fitting.scoring import load_model

    check_suffix(values["out"])
    taken = {**dict.fromkeys([source, *glob(source)], "the source"), values["model"]: "the model"}
    check_targets([values["out"]], taken)
    with progress(values) as step:
        saved = load_model(values["model"])
        frame, _, _ = load_source(source, {})
        step("scoring with the model")
        table, notes = predictions(saved, frame, values["exposure"], list(values["keep_columns"]) or None)
        write_whole(values["out"], to_bytes(table, values["out"]))
    if not values["quiet"]:
        for note in notes:
            click.echo(f"Note: {log_line(note)}")
        click.echo(f"{len(table):,} rows scored with {values['model']}, written to {values['out']}")
