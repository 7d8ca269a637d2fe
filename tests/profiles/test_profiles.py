"""Every profile: found by listing, documented, silent about the law, and the same from everywhere."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import fairaudit as fa
from fairaudit.cli import cli
from fairaudit.gate.config import from_tables
from fairaudit.gate.measuring import Run
from fairaudit.gate.rules import find as rule_of
from fairaudit.profiles import NO_VERDICT, find, profile_names

DOCS = Path(__file__).parents[2] / "docs"
QUICK = fa.Options(bootstrap=0, permutations=0)
FRAME = pd.DataFrame({"sex": ["f", "m"] * 60, "score": [*range(120)], "y": [0, 1, 1] * 40})
ROLES = {"prediction": "score", "target": "y", "threshold": "median"}


def test_the_page_is_as_it_would_be_made_now():
    page = (DOCS / "profiles.md").read_text(encoding="utf-8")
    assert runpy.run_path(str(DOCS / "make_profiles.py"))["filled"](page) == page, "make docs"


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_has_a_source_a_date_and_what_it_does_not_settle(name):
    profile = find(name)
    assert re.match(r"\d{4}", profile.dated)
    assert min(map(len, (profile.title, profile.about, profile.source, profile.example))) > 10
    assert len(profile.unsettled) >= 4
    assert all(sentence.endswith(".") for sentence in (*profile.sets, *profile.unsettled))
    for norm in profile.norms:
        assert rule_of(norm.measure, norm.statistic, "").better == {"min": "higher", "max": "lower"}[norm.key]


@pytest.mark.parametrize("name", profile_names())
def test_no_report_says_that_something_is_lawful(name):
    rule = fa.audit(FRAME, protected="sex", profile=name, options=QUICK, **ROLES).rule
    assert rule.statements[-1] == NO_VERDICT
    said = " ".join([*rule.statements[:-1], *rule.unsettled, *(row.remark for t in rule.tables for row in t.rows)])
    assert not re.search(r"lawful|legal|complian|violat|discriminat", said, re.IGNORECASE)


def test_an_unknown_profile_is_refused_with_those_there_are():
    with pytest.raises(fa.OptionError, match=r"no profile 'four-fith'; did you mean 'four-fifths'\?"):
        fa.audit(FRAME, protected="sex", profile="four-fith", options=QUICK, **ROLES)


def test_an_audit_without_a_profile_has_no_table_of_a_rule():
    assert fa.audit(FRAME, protected="sex", options=QUICK, **ROLES).rule is None


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FRAME.to_csv("t.csv", index=False)
    return tmp_path


def test_the_command_line_python_and_a_check_read_the_same_roles(folder):
    words = ["audit", "t.csv", "--protected", "sex", "--prediction", "score", "--profile", "nyc-ll144", "--json"]
    printed = CliRunner().invoke(cli, [*words, "--bootstrap", "0", "--permutations", "0"])
    assert printed.exit_code == 0, printed.output
    audit = fa.audit(FRAME, prediction="score", protected="sex", profile="nyc-ll144", options=QUICK)
    assert json.loads(printed.stdout)["rule"] == json.loads(audit.to_json())["rule"]
    data = {"source": "t.csv", "prediction": "score", "protected": ["sex"], "profile": "nyc-ll144"}
    tables = {"data": {"main": data}, "limit": [{"measure": "selection_rate", "statistic": "ratio", "min": 0.8}]}
    run = Run(from_tables(tables, folder / "fairaudit.toml"))
    (checked,) = run.audited(run.limits())
    assert checked.audit.manifest.arguments["threshold"] == "median"
    rates = {group.cell["sex"]: group.measures["selection_rate"].value for group in checked.audit.groups}
    assert rates == pytest.approx({row.cell["sex"]: row.values["rate"] for row in audit.rule.tables[0].rows})


def test_a_result_with_a_table_of_a_rule_comes_back_from_its_json():
    audit = fa.audit(FRAME, protected="sex", profile="four-fifths", options=QUICK, **ROLES)
    assert fa.from_json(audit.to_json()) == audit


def test_a_check_may_be_asked_to_read_all_data_by_a_rule(folder):
    data = '[data.main]\nsource = "t.csv"\nprediction = "score"\nprotected = ["sex"]\n'
    limit = '[[limit]]\nmeasure = "selection_rate"\nstatistic = "ratio"\nmin = 0.1\n'
    (folder / "fairaudit.toml").write_text(data + limit)
    plain = CliRunner().invoke(cli, ["check", "--output", "json=-"])
    assert isinstance(plain.exception, fa.ConfigError)  # no threshold makes a rate
    ruled = CliRunner().invoke(cli, ["check", "--profile", "nyc-ll144", "--output", "json=-"])
    assert ruled.exit_code == 0, ruled.output
    (checked,) = json.loads(ruled.stdout)["data"]
    assert NO_VERDICT in checked["notes"]


def test_the_predictions_of_a_saved_model_are_read_by_a_rule_too(folder):
    fitted = fa.fit(FRAME, target="y", protected="sex", features=["score"], fitting=fa.FitOptions(penalty="none"))
    fitted.save("m.skops")
    words = ["audit", "t.csv", "--model", "m.skops", "--profile", "nyc-ll144", "--json", "--bootstrap", "0"]
    printed = CliRunner().invoke(cli, [*words, "--permutations", "0"])
    assert printed.exit_code == 0, printed.output
    (table,) = json.loads(printed.stdout)["rule"]["tables"]
    assert [column["title"] for column in table["columns"]] == ["# of applicants", "scoring rate", "impact ratio"]
    assert sum(row["values"]["rate"] * row["values"]["applicants"] for row in table["rows"]) <= len(FRAME) / 2
