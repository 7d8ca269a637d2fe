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

    from fairaudit.data.datasets import dataset_names, describe

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "rows", "columns", "task", "what it is"):
        table.add_column(heading, justify="right" if heading in ("rows", "columns") else "left")
    for about in map(describe, dataset_names()):
        table.add_row(about.name, f"{about.rows:,}", str(len(about.columns)), about.roles.task, about.title)
    Console(highlight=False).print(table)


@command.command("show")
@click.argument("name")
def show(name: str) -> None:
    """What a table holds, where it is from, and what is wrong with it."""
    from rich.console import Console
    from rich.table import Table

    from fairaudit.data.datasets import describe

    about = describe(name)
    console = Console(highlight=False)
    console.print(f"{about.name}: {about.title}", style="bold", markup=False)
    console.print(f"{about.rows:,} rows, {len(about.columns)} columns\n", markup=False)
    console.print(about.description + "\n", markup=False)
    paragraphs = {
        "Source": about.origin,
        "Licence": about.licence,
        "Known defects": about.defects,
        "Remarks": about.remarks,
    }
    for heading, text in paragraphs.items():
        if text:
            console.print(f"{heading}: {text}\n", markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("column", no_wrap=True)
    table.add_column("role", no_wrap=True)
    table.add_column("meaning")
    for column, meaning in about.columns.items():
        table.add_row(column, about.part(column), meaning)
    console.print(table)


@command.command("export")
@click.argument("name")
@click.argument("path")
def export(name: str, path: str) -> None:
    """Write a table to PATH: .csv, .csv.gz or .parquet."""
    from fairaudit.data.datasets import export as write

    click.echo(f"Written to {write(name, path)}")
