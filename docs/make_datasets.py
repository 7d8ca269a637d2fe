"""Write datasets/README.md from the .toml files beside the tables: `python docs/make_datasets.py`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from fairaudit.data.datasets import Description, dataset_names, describe

PAGE = Path(__file__).parents[1] / "datasets" / "README.md"
HEAD = """# Embedded tables

Made by `make docs` from the .toml files beside the tables.

Public tables to try fairaudit on: `fairaudit datasets list` shows them, `fairaudit datasets export NAME PATH` writes
one, and their names work wherever a file does. They come with roles (which column is the outcome, which are protected,
…) that options override. To add one, put `NAME.csv.gz` and a `NAME.toml` like those here into this folder; nothing else
needs to know of it. Most numbers below are checked by `tests/data/test_datasets.py`.
"""
TERMS = """## Terms

The tables are other people's work and keep their own terms, stated with each; the licence of fairaudit's code does not
cover them. Cite the sources named below when you publish results, and check the terms before you pass the files on in a
product.
"""
WIDTH = 100


def page() -> str:
    """The whole page."""
    tables = [describe(name) for name in dataset_names()]
    return "\n".join([HEAD, *_overview(tables), TERMS, *(line for about in tables for line in _section(about))])


def _overview(tables: list[Description]) -> Iterator[str]:
    yield "| name | rows × columns | task | outcome | prediction | protected |"
    yield "|---|---|---|---|---|---|"
    for about in tables:
        roles = about.roles
        outcome = (roles.target or "–").partition("=")[0]
        cells = (
            f"[{about.name}](#{about.name})",
            f"{about.rows:,} × {len(about.columns)}",
            roles.task,
            f"`{outcome}`",
            f"`{roles.prediction}`" if roles.prediction else "–",
            ", ".join(attribute.text() for attribute in roles.protected),
        )
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""


def _section(about: Description) -> Iterator[str]:
    yield f"## {about.name}\n"
    paragraphs = (
        f"**{about.title}.** {about.description}",
        f"*Source.* {about.origin}",
        f"*Licence.* {about.licence}",
        f"*Known defects.* {about.defects}",
        about.remarks,
    )
    for text in filter(None, paragraphs):
        yield textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
    yield "| column | meaning | role |"
    yield "|---|---|---|"
    for column, meaning in about.columns.items():
        yield f"| `{column}` | {meaning} | {about.part(column) or 'not used'} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page().rstrip("\n") + "\n", encoding="utf-8")
