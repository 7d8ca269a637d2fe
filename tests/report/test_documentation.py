"""What the documentation says of reports is what there is."""

import re
from pathlib import Path

from fairaudit.report.formats import SUFFIXES
from fairaudit.report.formats.csv import COLUMNS

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")


def named(heading: str) -> list[str]:
    """What stands in the first column of the table with that heading."""
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    first = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return [name for field in first for name in re.findall(r"`([^`]+)`", field)]


def test_every_format_is_described():
    assert sorted(named("suffix")) == list(SUFFIXES)


def test_every_column_of_the_table_of_values_is_described():
    assert sorted(named("column")) == sorted(COLUMNS)
