"""fairaudit check as a user or a pipeline meets it: every cause of every exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made import HEAD, LIMIT, TODAY, people

import fairaudit
from fairaudit.errors import ConfigError
from fairaudit.gate.config import read
from fairaudit.gate.run import appended, check, updated

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


def test_a_check_says_how_many_limits_were_left_out_and_what_it_was_asked(checked):
    limits = KEPT + LIMIT + "statistic = 'ratio'\nmin = 0.1\n" + LIMIT + "margin = 0.5\n[baseline]\n"
    found = checked(HEAD + limits, select=("FA1",), fail_on=("warn",))
    assert (found.ignored, found.baseline, len(found.findings)) == (2, None, 1)
    assert found.manifest.arguments["select"] == ["FA1"]
    assert found.manifest.arguments["fail_on"] == ["warn"]
    assert "ignore" not in found.manifest.arguments
    assert found.manifest.arguments["bootstrap"] == 200
    assert (found.data[0].matched, found.data[0].model, found.data[0].rows.used) == (None, None, 1500)


def test_findings_stand_in_the_order_of_the_limits_though_margins_are_decided_together(folder):
    text = (
        HEAD.replace("[data.main]", "[data.main]\nkey = 'id'")
        + LIMIT
        + "margin = 0.5\n"
        + KEPT
        + "margin = 0.5\n"
        + KEPT
    )
    Path("fairaudit.toml").write_text(text + "[baseline]\n")
    configuration = read(Path("fairaudit.toml"))
    for path, content in updated(configuration).items():
        Path(path).write_bytes(content)
    found = check(configuration, TODAY)
    assert [(each.limit, each.rule) for each in found.findings] == [
        (1, "FB101"),
        (2, "FA101"),
        (2, "FB101"),
        (3, "FA101"),
    ]
    assert (found.data[0].matched, found.baseline.name) == (1500, "fairaudit-baseline.json")
    assert [each.paired for each in found.findings] == [True, None, True, None]
    people(1500, 1).iloc[:750].to_csv("t.csv", index=False)
    half = check(configuration, TODAY)
    assert half.data[0].matched == 750
    people(1500, 1).assign(id=lambda frame: frame["id"] + 1000).to_csv("t.csv", index=False)
    other = check(configuration, TODAY)
    assert (other.data[0].matched, [each.paired for each in other.findings]) == (500, [False, None, False, None])


def test_a_baseline_without_a_key_has_no_rows_to_match(folder):
    keyed = HEAD.replace("[data.main]", "[data.main]\nkey = 'id'")
    margin = LIMIT + "margin = 0.5\n[baseline]\n"
    Path("fairaudit.toml").write_text(HEAD + margin)
    for path, content in updated(read(Path("fairaudit.toml"))).items():
        Path(path).write_bytes(content)
    assert not list(Path().glob("*.csv.gz"))
    Path("fairaudit.toml").write_text(keyed + margin)
    found = check(read(Path("fairaudit.toml")), TODAY)
    assert (found.data[0].matched, [each.paired for each in found.findings]) == (0, [False])


AUC = '[[limit]]\nmeasure = "auc"\nmargin = 0.1\ndata = "other"\n'


def test_a_baseline_keeps_what_limits_with_a_margin_read_and_each_number_once(folder):
    limits = LIMIT + "margin = 0.5\n" + LIMIT + "margin = 0.1\nmax = 0.9\n" + KEPT + AUC + "[baseline]\n"
    other = '[data.other]\nsource = "t.csv"\nprediction = "score"\ntarget = "y"\nprotected = ["region"]\n'
    of_main = limits.replace(LIMIT, LIMIT + 'data = "main"\n')
    Path("fairaudit.toml").write_text(HEAD + other + of_main)
    configuration = read(Path("fairaudit.toml"))
    (content,) = updated(configuration).values()
    held = json.loads(content)["data"]
    assert {name: [(one["rule"], one["by"]) for one in data["numbers"]] for name, data in held.items()} == {
        "main": [("FB101", ["sex"])],
        "other": [("FB109", ["region"])],
    }
    assert [(one["by"], one["cell"], one["n"]) for one in held["other"]["groups"]] == [
        (["region"], {"region": region}, count)
        for region, count in people(1500, 1)["region"].value_counts().sort_index().items()
    ]
    assert (held["main"]["rows"], held["main"]["keyed"]) == (1500, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            HEAD + KEPT,
            "'fairaudit.toml' has no [baseline]; add one, and a margin to the limits that are held against it",
        ),
        (
            HEAD + KEPT + 'decided-by = "anytime"\n[baseline]\n',
            "'fairaudit.toml' has no limit with a margin, so there is nothing to store; the series of limits that are"
            " decided at any time grows with: fairaudit baseline append",
        ),
    ],
)
def test_a_baseline_of_nothing_is_refused_in_one_sentence(folder, text, told):
    Path("fairaudit.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        updated(read(Path("fairaudit.toml")))
    assert str(caught.value) == told


ANYTIME = KEPT + 'decided-by = "anytime"\n'


def test_looks_are_added_of_the_data_that_a_limit_watches_alone(folder):
    Path("fairaudit.toml").write_text(HEAD + KEPT)
    with pytest.raises(ConfigError) as caught:
        appended(read(Path("fairaudit.toml")))
    assert str(caught.value) == (
        "'fairaudit.toml' has no limit that is decided at any time; give one the key decided-by = \"anytime\""
    )
    other = '[data.{}]\nsource = "u.csv"\nprediction = "score"\nthreshold = 0.5\nprotected = ["sex"]\n'
    people(300, 7).to_csv("u.csv", index=False)
    limits = ANYTIME + 'data = "main"\n' + ANYTIME + 'data = "second"\n' + KEPT
    Path("fairaudit.toml").write_text(HEAD + other.format("second") + other.format("third") + limits + "[baseline]\n")
    told = []
    looks = appended(read(Path("fairaudit.toml")), "today", told.append)
    assert [(look.data, look.label) for look in looks] == [("main", "today"), ("second", "today")]
    assert told == ["reading main", "reading second"]
    found = check(read(Path("fairaudit.toml")), TODAY)
    assert [(each.data, each.looks) for each in found.findings] == [
        ("main", 1),
        ("second", 1),
        ("main", None),
        ("second", None),
        ("third", None),
    ]


def test_a_check_at_any_time_needs_todays_rows_as_the_last_look_of_their_data(folder):
    other = '[data.other]\nsource = "u.csv"\nprediction = "score"\nthreshold = 0.5\nprotected = ["sex"]\n'
    people(1500, 7).to_csv("u.csv", index=False)
    Path("fairaudit.toml").write_text(HEAD + other + ANYTIME + "[baseline]\n")
    configuration = read(Path("fairaudit.toml"))
    Path("fairaudit-series.jsonl").write_text('{"fairaudit":"1","schema":"fairaudit/series/1"}\n')
    refused = (
        "today's rows are not the last look of 'fairaudit-series.jsonl'; a limit that is decided at any time counts"
        " every look, so run: fairaudit baseline append"
    )
    with pytest.raises(ConfigError) as caught:
        check(configuration, TODAY)
    assert caught.value.lines == tuple(f"data '{name}': {refused}" for name in ("main", "other"))
    assert [look.data for look in appended(configuration)] == ["main", "other"]
    found = check(configuration, TODAY)
    assert [(each.data, each.looks, each.verdict) for each in found.findings] == [
        ("main", 1, found.findings[0].verdict),
        ("other", 1, found.findings[1].verdict),
    ]
    people(1500, 8).to_csv("u.csv", index=False)
    with pytest.raises(ConfigError) as caught:
        check(configuration, TODAY)
    assert caught.value.lines == (f"data 'other': {refused}",)


def test_the_error_of_a_check_at_any_time_is_shared_by_its_questions(folder):
    """Of one limit and of two the same interval at half the error each."""
    text = HEAD.replace("[options]", "[options]\nconfidence = {}") + "{}[baseline]\n"
    ends = []
    for confidence, limits in (("0.9", ANYTIME * 2), ("0.95", ANYTIME)):
        Path("fairaudit.toml").write_text(text.format(confidence, limits))
        configuration = read(Path("fairaudit.toml"))
        appended(configuration)
        ends.append(check(configuration, TODAY).findings[0].interval)
    assert ends[0] == ends[1]
