"""The sections: each states its place and its kind of result, and listing them imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
from example import binary
from explained import example as explanation

from fairaudit.report import sections
from fairaudit.report.opening import Reported

NAMES = [module.name for module in iter_modules(sections.__path__)]


@pytest.mark.parametrize("name", NAMES)
def test_every_module_of_the_package_is_a_section_of_a_result_that_has_reports(name):
    stated = import_module(f"fairaudit.report.sections.{name}").SECTIONS
    kinds = [section.of for section in stated]
    assert kinds
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) <= set(Reported.__args__)


@pytest.mark.parametrize("make", [binary, explanation])
def test_no_two_sections_of_a_result_claim_one_place(make):
    places = [section.order for section in sections.of_result(make()).values()]
    assert places == sorted(places)
    assert len(set(places)) == len(places)


def test_listing_sections_imports_neither_a_chart_library_nor_a_terminal():
    code = (
        "import sys\n"
        "from fairaudit.report import sections\n"
        "assert sections._all()\n"
        "print(sorted({'matplotlib', 'rich', 'jinja2', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
