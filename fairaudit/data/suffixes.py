"""Which files are read by the ends of their names, and how others become such files."""

from __future__ import annotations

import re
from pathlib import Path

from fairaudit.errors import SourceError, listing

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".parquet")
"""File names that are understood, in any case."""

CONVERTED = (
    (
        (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz"),
        "JSON",
        "python -c \"import duckdb; duckdb.sql('''COPY (FROM read_json_auto('{source}')) TO '{target}'"
        " (FORMAT parquet)''')\"",
    ),
    (
        (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"),
        "a workbook",
        'python -m pip install python-calamine && python -c "import pandas;'
        " pandas.read_excel('{source}', engine='calamine').to_parquet('{target}')\"",
    ),
)
"""What is refused: suffixes, name, and the command that makes a table of it. Workbooks have titles, several sheets and
numbers that are dates, JSON has records within records: what the table in them is, their owner must say."""


def suffix_of(path: Path) -> str:
    """The end of a file's name, one of `SUFFIXES`, by which it is read.

    Raises:
        SourceError: it is a folder, or ends otherwise.
    """
    if path.is_dir():
        raise SourceError(
            f"'{path}' is a folder; name a file in it, or all of one kind with '{path}/*.csv'; only a folder in parts,"
            " such as year=2026/, is read as a whole"
        )
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if path.name.lower().endswith(suffix):
            return suffix
    for suffixes, what, command in CONVERTED:
        if path.name.lower().endswith(suffixes):
            plain_name = re.fullmatch(r"[\w./ -]+", str(path), re.ASCII)  # no other is put into a command of a shell
            names = (str(path), f"{path.stem.partition('.')[0]}.parquet") if plain_name else ("FILE", "FILE.parquet")
            written = command.format(source=names[0], target=names[1])
            raise SourceError(f"'{path}' is {what}, and no table of rows yet; make one with: {written}")
    found = f"the suffix '{path.suffix}'" if path.suffix else "no suffix"
    raise SourceError(f"'{path}' has {found}; files that can be read end in {listing(SUFFIXES)}")
