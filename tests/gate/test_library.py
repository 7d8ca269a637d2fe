"""The gate from Python is the gate of the command line."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from made import TODAY, people
from msgspec import structs

import fairaudit as fa
from fairaudit.cli import cli
from fairaudit.gate.config import read

TABLES = {
    "data": {"main": {"source": "t.csv", "target": "y", "prediction": "score", "threshold": 0.5, "protected": ["sex"]}},
    "limit": [{"measure": "selection_rate", "max": 0.1}],
    "options": {"bootstrap": 200, "permutations": 19},
}
AS_TOML = """
limit = [{ measure = "selection_rate", max = 0.1 }]
options = { bootstrap = 200, permutations = 19 }
[data.main]
source = "t.csv"
target = "y"
prediction = "score"
threshold = 0.5
protected = ["sex"]
"""


@pytest.fixture
def configured(folder):
    Path("fairaudit.toml").write_text(AS_TOML, encoding="utf-8")
    return folder


def test_a_check_is_the_same_by_any_name_of_its_configuration(configured):
    by_folder = fa.check(day=TODAY)
    assert by_folder.status == 1
    for config in ("fairaudit.toml", Path("fairaudit.toml"), ".", configured, read(Path("fairaudit.toml"))):
        assert fa.check(config, day=TODAY).findings == by_folder.findings
    tables = fa.check(TABLES, day=TODAY)
    assert [without_line(finding) for finding in tables.findings] == [
        without_line(finding) for finding in by_folder.findings
    ]
    assert tables.config == by_folder.config


def without_line(finding):
    """A finding without its line, which a mapping does not have."""
    return structs.replace(finding, line=None)


def test_a_check_is_that_of_the_command_line(configured):
    printed = CliRunner().invoke(cli, ["check", "--output", "json=-", "--fail-on", "warn", "--select", "FA"])
    assert fa.check(fail_on="warn", select="fa").to_json() == printed.stdout


def test_words_that_are_not_known_are_refused(configured):
    with pytest.raises(fa.OptionError, match="fail_on is 'warning'; it takes 'warn' and 'inconclusive'"):
        fa.check(fail_on="warning")
    with pytest.raises(fa.ConfigError, match="unknown key 'limits' in the top level; did you mean 'limit'"):
        fa.check({"data": {}, "limits": []})


def test_a_waiver_holds_until_its_day(configured):
    waiver = {"rule": "FA101", "reason": "known", "owner": "us", "expires": datetime.date(2030, 1, 1)}
    first = fa.check(TABLES, day=TODAY).findings[0].rule
    tables = TABLES | {"waiver": [waiver | {"rule": first}]}
    assert fa.check(tables, day=TODAY).status == 0
    with pytest.raises(fa.ConfigError, match="expired"):
        fa.check(tables, day=datetime.date(2030, 1, 2))


def test_a_baseline_is_written_and_then_held_against(configured):
    tables = TABLES | {"limit": [{"measure": "selection_rate", "margin": 0.05}], "baseline": {"file": "base.json"}}
    assert fa.baseline(tables) == (Path("base.json"),)
    assert fa.check(tables, day=TODAY).status == 0
    people(1500, 1, gap=0.6).to_csv("t.csv", index=False)
    assert fa.check(tables, day=TODAY).status == 1


def test_a_baseline_never_overwrites_what_is_measured(configured):
    tables = TABLES | {"limit": [{"measure": "selection_rate", "margin": 0.05}], "baseline": {"file": "t.csv"}}
    before = Path("t.csv").read_bytes()
    with pytest.raises(fa.OptionError, match=r"'t\.csv' is read by the check as well"):
        fa.baseline(tables)
    assert Path("t.csv").read_bytes() == before


def test_audits_are_compared_from_files_and_as_values(folder):
    options = fa.Options(bootstrap=200, permutations=19)
    roles = {"prediction": "score", "threshold": 0.5, "target": "y", "protected": "sex", "options": options}
    before = fa.audit(people(1500, 1, gap=0.2), **roles)
    after = fa.audit(people(1500, 2, gap=0.6), **roles)
    Path("before.json").write_text(before.to_json(), encoding="utf-8")
    assert fa.load_audit("before.json") == before
    assert fa.compare("before.json", after) == fa.compare(before, after)
    changed = {each.measure for each in fa.compare(before, after).differences if each.p_value and each.p_value < 0.05}
    assert "selection_rate" in changed


def test_a_file_without_an_audit_is_refused_by_name(folder):
    Path("x.json").write_text(json.dumps({"schema": "fairaudit/explanation/1"}), encoding="utf-8")
    with pytest.raises(fa.SourceError, match=r"'x\.json'"):
        fa.load_audit("x.json")
    with pytest.raises(fa.SourceError, match=r"'none\.json' cannot be read"):
        fa.compare("none.json", "none.json")


def test_a_look_is_added_to_a_series_once_and_then_held_against(configured):
    tables = {
        **TABLES,
        "limit": [{"measure": "selection_rate", "max": 0.1, "decided-by": "anytime"}],
        "baseline": {"series": "looks.jsonl"},
    }
    (look,) = fa.append_baseline(tables, label="monday")
    assert (look.data, look.label, sum(line.rows for line in look.lines)) == ("main", "monday", 1500)
    assert fa.append_baseline(tables) == ()
    assert [finding.looks for finding in fa.check(tables, day=TODAY).findings] == [1]
    with pytest.raises(fa.ConfigError, match="no limit that is decided at any time"):
        fa.append_baseline(TABLES)
