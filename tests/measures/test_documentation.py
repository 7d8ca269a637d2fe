"""The tables of the documentation are those of the catalogue."""

import re
import runpy
from pathlib import Path

import pytest

from fairaudit.measures.catalogue import CHAPTERS, MEASURES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["metrics.md", "check.md"])
def test_a_page_is_as_it_would_be_made_now(name):
    made = runpy.run_path(str(DOCS / "make_measures.py"))
    page = (DOCS / name).read_text(encoding="utf-8")
    assert name in made["PAGES"]
    assert made["filled"](page) == page, "make docs"


def test_every_measure_has_a_row_with_its_formula():
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- table: (\w+) -->", page)) == CHAPTERS.keys()
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(MEASURES)
    for measure in MEASURES.values():
        row = f"| `{measure.name}` | {measure.label}: {measure.about} | {measure.formula} |"
        assert page.count(row) == 1, measure.name
