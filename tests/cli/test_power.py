"""``fairaudit power``: exit status first."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from fairaudit.cli.power import command
from fairaudit.errors import OptionError


def run(*arguments):
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_sizes_are_planned_and_the_json_is_all_that_stands_on_stdout():
    done = run("--groups", "500,120,80", "--rate", ".2", "--gap", ".1", "--tables", "0", "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["gaps"][0]["people_needed"] == 308


def test_a_table_is_planned_and_a_report_written(tmp_path):
    table, report = tmp_path / "t.csv", tmp_path / "plan.md"
    rows = [f"{'ab'[row % 2]},{int(row % 3 == 0)}" for row in range(200)]
    table.write_text("g,d\n" + "\n".join(rows), encoding="utf-8")
    quick = ("--bootstrap", "2", "--permutations", "0", "--tables", "0", "--quiet")
    done = run(str(table), "--decision", "d", "--protected", "g", "--report", str(report), *quick)
    assert done.exit_code == 0
    assert "What would be found" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "power needs SOURCE, or groups with rate"),
        (("compas", "--groups", "5,5"), "not both"),
        (("compas", "--rate", ".2"), "rate goes with groups"),
        (("--groups", "5,x", "--rate", ".2"), "numbers of people between commas"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(arguments, words):
    with pytest.raises(OptionError, match=words):
        run(*arguments)
