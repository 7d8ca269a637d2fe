"""fairaudit check as a user or a pipeline meets it: every cause of every exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made import HEAD, LIMIT, people

import fairaudit
from fairaudit.errors import ConfigError

MAX = LIMIT + "max = {}\n"
KEPT, BROKEN, STRADDLED = MAX.format(0.9), MAX.format(0.05), MAX.format(0.2)
WAIVER = '[[waiver]]\nrule = "FA101"\nreason = "r"\nowner = "o"\nexpires = {}\n'
BASELINE = "\n[baseline]\n" + LIMIT + "margin = 0.01\n"
SMALL = HEAD.replace("[options]", "[options]\nmin-group = 5000")
SUBGROUP = "[[limit]]\nmeasure = 'selection_rate'\nstatistic = 'subgroup'\nmin = {}\n"
SEARCH = HEAD.replace("[options]", "[options]\nsearch = 2")
CAUSES = {
    # 0: every limit kept, or what is not kept does not count
    "kept": (HEAD + KEPT, [], 0, "Every limit is kept"),
    "straddled, not asked": (HEAD + STRADDLED, [], 0, "straddles"),
    "only a warning": (HEAD + BROKEN + 'level = "warn"\n', [], 0, "warning"),
    "waived": (HEAD + BROKEN + WAIVER.format("2099-01-01"), [], 0, "Waived until 2099-01-01"),
    "broken, exit zero": (HEAD + BROKEN, ["--exit-zero"], 0, "BROKEN"),
    "straddled, exit zero": (HEAD + STRADDLED, ["--exit-zero", "--fail-on", "inconclusive"], 0, "INCONCLUSIVE"),
    "broken, ignored": (HEAD + BROKEN + LIMIT + "statistic = 'ratio'\nmin = 0.1\n", ["--ignore", "FA1"], 0, "FA201"),
    "broken, not selected": (
        HEAD + BROKEN + LIMIT + "statistic = 'ratio'\nmin = 0.1\n",
        ["--select", "FA2"],
        0,
        "FA201",
    ),
    "waiver of what is left out": (
        HEAD + LIMIT + "statistic = 'ratio'\nmin = 0.1\n" + WAIVER.format("2099-01-01"),
        ["--ignore", "FA1"],
        0,
        "FA201",
    ),
    "worst subgroup": (SEARCH + SUBGROUP.format(0.05), [], 0, "worst subgroup"),
    # 1: a limit broken
    "broken by a subgroup": (SEARCH + SUBGROUP.format(0.99), [], 1, "FA901 selection rate, worst subgroup"),
    "broken": (HEAD + BROKEN, [], 1, "BROKEN"),
    "broken by the point": (HEAD + MAX.format(0.15) + 'decided-by = "point"\n', [], 1, "BROKEN"),
    "broken from below": (HEAD + LIMIT + "statistic = 'ratio'\nmin = 0.95\n", [], 1, "FA201"),
    "broken performance": (HEAD + "[[limit]]\nmeasure = 'auc'\nstatistic = 'overall'\nmin = 0.99\n", [], 1, "FA709"),
    "warning, asked": (HEAD + BROKEN + 'level = "warn"\n', ["--fail-on", "warn"], 1, "BROKEN"),
    "broken and straddled": (HEAD + BROKEN + STRADDLED, ["--fail-on", "inconclusive"], 1, "BROKEN"),
    # 2: the question could not be asked
    "no search": (HEAD + SUBGROUP.format(0.5), [], 2, "needs a search; say how deep in [options], such as search = 2"),
    "no configuration": (None, [], 2, "fairaudit init SOURCE"),
    "no such file": (HEAD + KEPT, ["nowhere.toml"], 2, "nowhere.toml"),
    "no TOML": ("[data\n", [], 2, "no valid TOML"),
    "unknown key": (HEAD + LIMIT + "maxx = 1\n", [], 2, "unknown key 'maxx' in [limit 1]; did you mean 'max'?"),
    "unknown table": ("[dat.main]\n" + HEAD + KEPT, [], 2, "'dat' in the top level; did you mean 'data'?"),
    "unknown option": ("[options]\nbotstrap = 3\n" + HEAD.replace("[options]", "") + KEPT, [], 2, "'bootstrap'"),
    "wrong type": (HEAD + LIMIT + 'max = "much"\n', [], 2, "limit 1, max"),
    "missing key": (HEAD + "[[limit]]\nmax = 1\n", [], 2, "the key 'measure' is missing"),
    "unknown measure": (HEAD + "[[limit]]\nmeasure = 'selection_rat'\nmax = 1\n", [], 2, "'selection_rate'"),
    "unknown statistic": (HEAD + LIMIT + "statistic = 'mean'\nmax = 1\n", [], 2, "it has gap, ratio, group"),
    "unknown attribute": (HEAD + LIMIT.replace('"sex"', '"sx"') + "max = 1\n", [], 2, "did you mean 'sex'?"),
    "unknown level": (HEAD + KEPT + 'level = "stop"\n', [], 2, "level"),
    "by of what has no groups": (
        HEAD + "[[limit]]\nmeasure='auc'\nstatistic='overall'\nby='sex'\nmin=0\n",
        [],
        2,
        "leave out by",
    ),
    "unmatched measure": (HEAD + "[[limit]]\nmeasure = 'frequency'\nmax = 1\n", [], 2, "an outcome"),
    "no limit": (HEAD, [], 2, "limit"),
    "no limits": ("limit = []\n" + HEAD, [], 2, "a check of nothing would always pass"),
    "no data": ("limit = []\n[data]\n", [], 2, "no data to check"),
    "limit without bound": (HEAD + LIMIT, [], 2, "limits nothing"),
    "limit that nothing meets": (HEAD + LIMIT + "min = 0.5\nmax = 0.1\n", [], 2, "nothing can be both"),
    "limit that is no number": (HEAD + LIMIT + "max = nan\n", [], 2, "finite"),
    "limit for no data": (HEAD + KEPT + 'data = "other"\n', [], 2, "'other'"),
    "limit for an empty list of data": (HEAD + KEPT + "data = []\n", [], 2, "is for no data"),
    "data under no limit": (
        HEAD + KEPT + 'data = "main"\n' + '[data.other]\nsource = "t.csv"\n',
        [],
        2,
        "no limit is for the data other",
    ),
    "column missing": (HEAD.replace('"score"', '"scor"') + KEPT, [], 2, "data 'main': column 'scor'"),
    "file missing": (HEAD.replace("t.csv", "u.csv") + KEPT, [], 2, "u.csv"),
    "file empty": (HEAD.replace("t.csv", "empty.csv") + KEPT, [], 2, "empty.csv"),
    "confident without replicates": (HEAD.replace("200", "0") + KEPT, [], 2, 'decided-by = "point"'),
    "bad option": (HEAD.replace("200", "-1") + KEPT, [], 2, "bootstrap"),
    "everything ignored": (HEAD + KEPT, ["--ignore", "FA"], 2, "leave all of them out"),
    "unknown rule selected": (HEAD + KEPT, ["--select", "XX1"], 2, "XX1"),
    "expired waiver": (HEAD + BROKEN + WAIVER.format("2020-01-01"), [], 2, "expired on 2020-01-01"),
    "unused waiver": (HEAD + KEPT + WAIVER.format("2099-01-01"), [], 2, "tolerates nothing"),
    "waiver without reason": (HEAD + KEPT + WAIVER.format("2099-01-01").replace('"r"', '" "'), [], 2, "empty reason"),
    "waiver of no rule": (HEAD + KEPT + WAIVER.format("2099-01-01").replace("FA101", "FA999"), [], 2, "no known rule"),
    "baseline missing": (HEAD + BASELINE, [], 2, "fairaudit baseline update"),
    "margin without baseline": (HEAD + LIMIT + "margin = 0.1\n", [], 2, "there is no [baseline]"),
    "baseline without margin": (HEAD + "[baseline]\n" + KEPT, [], 2, "no limit has a margin"),
    "negative margin": (HEAD + "[baseline]\n" + LIMIT + "margin = -0.1\n", [], 2, "negative margin"),
    "margin of what is neither good nor bad": (
        HEAD + "[baseline]\n" + LIMIT.replace("selection_rate", "mean_error") + "statistic = 'group'\nmargin = 0.1\n",
        [],
        2,
        "no better or worse",
    ),
    "unknown format": (HEAD + KEPT, ["--output", "pdf=x.pdf"], 2, "junit"),
    "output without path": (HEAD + KEPT, ["--output", "junit"], 2, "FORMAT=PATH"),
    "two outputs on stdout": (HEAD + KEPT, ["--output", "json=-", "--output", "text=-"], 2, "standard output"),
    "output over the data": (HEAD + KEPT, ["--output", "json=t.csv"], 2, "read by the check"),
    "output over the configuration": (HEAD + KEPT, ["--output", "json=fairaudit.toml"], 2, "the configuration"),
    "output in no folder": (HEAD + KEPT, ["--output", "json=no/x.json"], 2, "does not exist"),
    "two outputs in one place": (HEAD + KEPT, ["--output", "json=x", "--output", "junit=x"], 2, "another output"),
    "unknown flag": (HEAD + KEPT, ["--nope"], 2, "--nope"),
    # 3: inconclusive, only where asked
    "straddled, asked": (HEAD + STRADDLED, ["--fail-on", "inconclusive"], 3, "INCONCLUSIVE"),
    # 4: a limit, or all, could not be assessed
    "no group is large enough": (SMALL + KEPT, [], 4, "NOT ASSESSED"),
    "not assessed, exit zero": (SMALL + KEPT, ["--exit-zero"], 4, "NOT ASSESSED"),
    "only warnings, none assessed": (SMALL + KEPT + 'level = "warn"\n', [], 4, "NOT ASSESSED"),
    "one of two not assessed": (
        SMALL + KEPT + "[[limit]]\nmeasure='auc'\nstatistic='overall'\nmin=0.1\n",
        [],
        4,
        "NOT ASSESSED",
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_exit_status_and_says_why(run, cause):
    text, arguments, status, told = CAUSES[cause]
    if text is not None:
        Path("fairaudit.toml").write_text(text, encoding="utf-8")
    found, printed = run("check", *arguments)
    assert (found, "Traceback" in printed) == (status, False), printed
    assert told in " ".join(printed.split())


def test_statuses_reach_the_shell(folder):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for text, status in ((KEPT, 0), (BROKEN, 1), (LIMIT, 2)):
        Path("fairaudit.toml").write_text(HEAD + text)
        made = subprocess.run(
            [sys.executable, "-m", "fairaudit", "check"], capture_output=True, text=True, env=environment, check=False
        )
        assert made.returncode == status
        assert (made.stdout == "") == (status == 2)
        assert "\x1b" not in made.stdout


def test_a_clock_that_is_no_number_is_refused_before_numpy_meets_it(folder):
    Path("fairaudit.toml").write_text(HEAD + KEPT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "SOURCE_DATE_EPOCH": "yesterday"}
    made = subprocess.run(
        [sys.executable, "-m", "fairaudit", "check"], capture_output=True, text=True, env=environment, check=False
    )
    assert (made.returncode, made.stderr.count("\n")) == (2, 1)
    assert "SOURCE_DATE_EPOCH is 'yesterday'" in made.stderr


def test_stdout_holds_what_was_asked_for_and_nothing_else(run):
    Path("fairaudit.toml").write_text(HEAD + BROKEN)
    status, printed = run("check", "--output", "json=-", "--output", "junit=j.xml", "--output", "html=h.html")
    assert status == 1
    assert json.loads(printed)["status"] == 1
    assert Path("j.xml").exists()
    assert Path("h.html").exists()
    assert run("check", "--quiet") == (1, "")


def test_under_github_actions_annotations_and_a_summary_are_written(run, monkeypatch, tmp_path):
    Path("fairaudit.toml").write_text(HEAD + BROKEN)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert "::error file=fairaudit.toml,line=" in run("check", "--quiet")[1]
    assert "FA101" in (tmp_path / "summary.md").read_text()
    assert run("check", "--quiet", "--no-github")[1] == ""


def test_a_saved_model_is_checked_on_new_rows(run):
    frame = people(600, 5).drop(columns="id")
    fitting, quick = fairaudit.FitOptions(penalty="none"), fairaudit.Options(bootstrap=20, permutations=19)
    fairaudit.fit(frame, target="y", protected=["sex"], features=["score"], fitting=fitting, options=quick).save(
        "m.skops"
    )
    model = '[data.main]\nsource = "t.csv"\nmodel = "m.skops"\n'
    Path("fairaudit.toml").write_text(model + LIMIT + "max = 0.05\n")
    status, printed = run("check", "--output", "json=-")
    assert status == 1
    (data,) = json.loads(printed)["data"]
    assert data["model"]["name"] == "m.skops"
    assert run("check", "--output", "json=run.json", "-q")[0] == 1
    Path("m.skops").write_bytes(b"other")
    assert "CHANGED  model of main" in run("verify", "run.json")[1]
    assert run("check")[0] == 2


def test_a_check_of_the_rows_that_a_model_was_fitted_on_says_so_before_all_else(run):
    roles = ["--target", "y", "--protected", "sex", "--features", "score", "--penalty", "none"]
    assert run("fit", "t.csv", *roles, "--save", "m.skops", "--bootstrap", "20", "--permutations", "19")[0] == 0
    model = '[data.main]\nsource = "{}"\nmodel = "m.skops"\n'
    Path("other.csv").write_text("\n".join(Path("t.csv").read_text().splitlines()[:-1]) + "\n")
    for source, told in (("t.csv", True), ("other.csv", False)):
        Path("fairaudit.toml").write_text(model.format(source) + LIMIT + "max = 0.05\n")
        printed = run("check")[1]
        assert ("Beware: This is the table that the model was fitted on" in printed) == told


def test_pyproject_holds_the_same_configuration(run):
    text = (HEAD + BROKEN).replace("[options]", "[tool.fairaudit.options]").replace("[data", "[tool.fairaudit.data")
    Path("pyproject.toml").write_text(text.replace("[[limit]]", "[[tool.fairaudit.limit]]"))
    status, printed = run("check", "--output", "json=-")
    line = json.loads(printed)["findings"][0]["line"]
    assert status == 1
    assert Path("pyproject.toml").read_text().splitlines()[line - 1] == "[[tool.fairaudit.limit]]"


def test_the_day_of_expiry_is_the_last_and_can_be_set(run, monkeypatch):
    Path("fairaudit.toml").write_text(HEAD + BROKEN + WAIVER.format("2026-06-01"))
    for seconds, status in ((1780315200, 0), (1780358400, 2)):  # noon of that day, midnight after it
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(seconds))
        assert run("check")[0] == status
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert run("check")[0] == 2


@pytest.mark.parametrize("command", ["check", "audit"])
def test_an_empty_clock_is_none(folder, command):
    Path("fairaudit.toml").write_text(HEAD + KEPT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "SOURCE_DATE_EPOCH": ""}
    arguments = {"check": [], "audit": ["t.csv", "--prediction", "score", "--protected", "sex", "--bootstrap", "0"]}
    started = [sys.executable, "-m", "fairaudit", command, *arguments[command], "--quiet"]
    assert subprocess.run(started, env=environment, check=False).returncode == 0


def test_a_check_is_made_where_the_working_directory_is_gone(run, tmp_path, monkeypatch):
    Path("fairaudit.toml").write_text(HEAD + KEPT)
    run("check", "--output", "json=run.json", "--quiet")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    status, printed = run("check", str(tmp_path / "fairaudit.toml"))
    assert (status, "Every limit is kept" in printed) == (0, True)
    assert run("verify", str(tmp_path / "run.json"))[0] == 0


def people_of(group: str, decided: dict[tuple[int, int], int]) -> pd.DataFrame:
    """Rows of a group: decision and outcome → how many."""
    pairs = [pair for pair, count in decided.items() for _ in range(count)]
    return pd.DataFrame(pairs, columns=["d", "y"]).assign(g=group)


def test_a_limit_on_the_ratio_of_true_positive_rates_breaks_when_it_is_surely_below(checked):
    parts = [
        people_of("a", {(1, 1): 144, (0, 1): 56, (1, 0): 30, (0, 0): 170}),
        people_of("b", {(1, 1): 80, (0, 1): 120, (1, 0): 30, (0, 0): 170}),
    ]
    pd.concat(parts).to_csv("t.csv", index=False)
    config = '[data.d]\nsource = "t.csv"\ndecision = "d"\ntarget = "y"\nprotected = ["g"]\n'
    found = checked(config + '[[limit]]\nmeasure = "tpr"\nstatistic = "ratio"\nmin = 0.8\n')
    (finding,) = found.findings
    assert finding.value == pytest.approx((80 / 200) / (144 / 200))
    assert finding.interval[1] < 0.8
    assert (finding.verdict, finding.highest, finding.lowest, found.status) == ("broken", {"g": "a"}, {"g": "b"}, 1)


def test_actual_over_expected_of_a_group_is_its_claims_over_its_expected_claims(checked):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"sex": ["F"] * 240 + ["M"] * 240, "e": rng.uniform(0.5, 1.5, 480).round(3)})
    frame["expected"] = (0.3 * frame["e"] * rng.uniform(0.8, 1.2, 480)).round(4)
    frame["claims"] = ([1] * 54 + [0] * 186) + ([2] * 16 + [1] * 64 + [0] * 160)
    frame.to_csv("t.csv", index=False)
    config = (
        '[data.d]\nsource = "t.csv"\nprediction = "expected"\ntarget = "claims"\nexposure = "e"\nprotected = ["sex"]\n'
        '[[limit]]\nmeasure = "actual_expected"\nstatistic = "group"\nmax = 9.0\n'
        '[[limit]]\nmeasure = "frequency"\nstatistic = "group"\nmax = 9.0\n'
    )
    found = {(each.measure, each.cell["sex"]): each.value for each in checked(config).findings}
    sums = frame.groupby("sex")[["claims", "expected", "e"]].sum()
    assert sums["claims"].to_dict() == {"F": 54, "M": 96}
    for sex, sum_of in sums.iterrows():
        assert found["actual_expected", sex] == pytest.approx(sum_of["claims"] / sum_of["expected"], rel=1e-12)
        assert found["frequency", sex] == pytest.approx(sum_of["claims"] / sum_of["e"], rel=1e-12)


@pytest.mark.parametrize("rule", ["confident", "anytime"])
@pytest.mark.parametrize(("favourable", "status"), [("yes", 1), ("no", 0)])
def test_a_limit_on_the_ratio_is_of_the_decision_that_is_good_for_people(run, favourable, status, rule):
    """8% and 4% are decided yes: half as many; 92% and 96% are decided no."""
    rows = [(sex, int(place < yes)) for sex, yes in (("f", 800), ("m", 1600)) for place in range(20000)]
    pd.DataFrame(rows, columns=["sex", "d"]).to_csv("few.csv", index=False)
    head = f'[data.main]\nsource = "few.csv"\ndecision = "d"\nprotected = ["sex"]\nfavourable = "{favourable}"\n'
    limit = f'[[limit]]\nmeasure = "selection_rate"\nstatistic = "ratio"\nmin = 0.8\ndecided-by = "{rule}"\n'
    Path("fairaudit.toml").write_text(head + limit + ("[baseline]\n" if rule == "anytime" else ""))
    if rule == "anytime":
        assert run("baseline", "append")[0] == 0
    told, text = run("check")
    assert told == status
    assert ("favourable decisions (1 − selection rate), ratio by sex" in text) == (favourable == "no")
    assert ("0.958" if favourable == "no" else "0.500") in text


def test_a_baseline_of_ratios_of_the_other_decision_is_refused(run):
    rows = [(sex, int(place < yes)) for sex, yes in (("f", 80), ("m", 160)) for place in range(2000)]
    pd.DataFrame(rows, columns=["sex", "d"]).to_csv("few.csv", index=False)
    text = (
        '[data.main]\nsource = "few.csv"\ndecision = "d"\nprotected = ["sex"]\nfavourable = "yes"\n[baseline]\n'
        '[[limit]]\nmeasure = "selection_rate"\nstatistic = "ratio"\nmargin = 0.1\n'
    )
    Path("fairaudit.toml").write_text(text)
    assert run("baseline", "update")[0] == 0
    assert run("check")[0] == 0
    Path("fairaudit.toml").write_text(text.replace('"yes"', '"no"'))
    status, told = run("check")
    assert status == 2
    assert "the baseline holds the ratio of decisions that are yes" in told


def test_limits_of_what_no_data_have_are_told_at_once(checked):
    with pytest.raises(ConfigError) as caught:
        checked(HEAD + LIMIT.replace('"sex"', '"sx"') + "max = 1\n" + LIMIT.replace('"sex"', '"place"') + "max = 1\n")
    told = caught.value.lines
    assert len(told) == 2
    assert "by 'sx' is no protected attribute; did you mean 'sex'?" in told[0]
    assert "by 'place' is no protected attribute" in told[1]
