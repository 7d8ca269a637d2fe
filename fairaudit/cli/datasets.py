"""``fairaudit datasets``."""

from __future__ import annotations

import click


@click.group(name="datasets")
def command() -> None:
    """List, describe and export the embedded tables."""


@command.command("list")
def list_() -> None:
    """Name, size and task of each embedded table."""
    from rich.console import Console
    from rich.table import Table

    from fairaudit.data.datasets import summaries

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "rows", "columns", "task", "what it is"):
        table.add_column(heading, justify="right" if heading in ("rows", "columns") else "left")
    for each in summaries():
        table.add_row(each.name, f"{each.rows:,}", str(each.columns), each.task, each.title)
    Console(highlight=False).print(table)


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """What a table holds, where it is from, and what is wrong with it."""
    from rich.console import Console
    from rich.table import Table

    from fairaudit.data.datasets import load_dataset

    dataset = load_dataset(name)
    roles = dataset.roles
    console = Console(highlight=False)
    console.print(f"{dataset.name}: {dataset.title}", style="bold", markup=False)
    console.print(f"{len(dataset.frame):,} rows, {dataset.frame.shape[1]} columns\n", markup=False)
    console.print(dataset.description + "\n", markup=False)
    for heading, text in (("Source", dataset.origin), ("Licence", dataset.licence), ("Known defects", dataset.defects)):
        console.print(f"{heading}: {text}\n", markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("column", no_wrap=True)
    table.add_column("role", no_wrap=True)
    table.add_column("meaning")
    parts = {
        **dict.fromkeys(roles.features or (), "feature"),
        **{spec.name: "protected" for spec in roles.protected},
        **{
            text.partition("=")[0]: role
            for role in ("target", "prediction", "decision", "exposure", "weight", "split_by")
            if (text := getattr(roles, role)) is not None
        },
    }
    for column, meaning in dataset.columns.items():
        table.add_row(column, parts.get(column, "").replace("_", " "), meaning)
    console.print(table)


@command.command("export")
@click.argument("name")
@click.argument("path")
def export(name: str, path: str) -> None:
    """Write a table to PATH: .csv, .csv.gz or .parquet."""
    from fairaudit.data.datasets import export as write

    click.echo(f"Written to {write(name, path)}")
