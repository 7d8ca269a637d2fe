"""fairaudit init: limits are norms, and what today's data break is said."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import several_classes
from made import people
from msgspec import structs

import fairaudit
from fairaudit.auditing.warnings import GUESSING
from fairaudit.gate.config import read
from fairaudit.gate.proposal import _beyond, proposed, quoted

EVERYTHING = {
    "selection_rate gap": 0.1,
    "equalized_odds gap": 0.1,
    "selection_rate ratio": 0.8,
    "jensen_shannon excess": 0.02,
}


def written() -> str:
    return Path("fairaudit.toml").read_text(encoding="utf-8")


def limits() -> dict[str, float]:
    """Measure and statistic → bound of each limit in the file."""
    found = read(Path("fairaudit.toml")).config.limit
    return {f"{limit.measure} {limit.statistic}": limit.max if limit.min is None else limit.min for limit in found}


def said_broken() -> set[str]:
    """Ids of the limits for which the file shows a waiver."""
    return set(re.findall(r'^# rule = "(FA\d+)"', written(), re.MULTILINE))


@pytest.fixture
def compas(folder):
    fairaudit.load_dataset("compas").frame.to_csv("compas.csv", index=False)
    return folder


@pytest.mark.parametrize("source", ["compas", "compas.csv", "motor", "t.csv"])
def test_what_is_said_to_be_broken_is_what_the_check_finds_broken(run, compas, source):
    assert run("init", source)[0] == 0
    found = fairaudit.check()
    broken = {finding.rule for finding in found.findings if finding.verdict == "broken"}
    assert broken == said_broken()
    assert found.status == (1 if broken else 0)
    assert (source == "motor") == (not broken)


def test_limits_are_norms_whatever_the_data_say(run, folder):
    for gap in (0.0, 0.2, 0.5):
        people(1500, 1, gap=gap).to_csv("t.csv", index=False)
        Path("fairaudit.toml").unlink(missing_ok=True)
        assert run("init", "t.csv")[0] == 0
        found = limits()
        assert {name: found[name] for name in EVERYTHING} == EVERYTHING
        assert ("BROKEN TODAY" in written()) == (gap > 0)


def test_a_check_passes_once_the_waivers_are_filled_in(run, compas):
    assert run("init", "compas.csv")[0] == 0
    marks = written().index("# [[waiver]]")
    stop = written().index("\n\n", marks)
    waivers = written()[marks:stop].replace("# ", "", 1).replace("\n# ", "\n")
    waivers = waivers.replace('reason = ""', 'reason = "model is replaced"').replace('owner = ""', 'owner = "jane"')
    Path("fairaudit.toml").write_text(written()[:marks] + waivers + written()[stop:], encoding="utf-8")
    found = fairaudit.check()
    assert (found.status, {finding.verdict for finding in found.findings if finding.fails}) == (0, set())
    assert any(finding.waived for finding in found.findings)


def test_a_waiver_that_is_not_filled_in_is_refused(run, compas):
    assert run("init", "compas.csv")[0] == 0
    Path("fairaudit.toml").write_text(
        re.sub(r"^# (\[\[waiver|rule|reason|owner|expires)", r"\1", written(), flags=re.M)
    )
    status, printed = run("check")
    assert (status, "empty reason" in printed) == (2, True)


def test_the_floor_of_performance_is_kept_by_the_data_it_is_made_from(run, folder):
    assert run("init", "t.csv")[0] == 0
    floor = limits()["auc overall"]
    audit = fairaudit.audit(pd.read_csv("t.csv"), prediction="score", target="y", protected="sex")
    low = audit.performance.intervals["auc"][0]
    assert low - 0.1 < floor <= low
    assert {finding.verdict for finding in fairaudit.check(select="FA7").findings} == {"kept"}


def test_rates_and_ratios_are_limited_without_a_threshold_and_without_an_outcome(run, folder):
    people(1500, 1).drop(columns="y").to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    assert 'threshold = "median"' in written()
    assert {"selection_rate gap", "selection_rate ratio"} <= limits().keys()
    assert "equalized_odds gap" not in limits()


def test_outcomes_alone_are_limited_by_their_rates(run, folder):
    people(1500, 1)[["sex", "y"]].to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    assert limits().keys() == {"base_rate gap", "base_rate ratio", "jensen_shannon excess"}


def test_an_existing_file_is_never_overwritten(run, folder):
    assert run("init", "t.csv")[0] == 0
    before = written()
    status, printed = run("init", "t.csv")
    assert (status, "already" in printed, written()) == (2, True, before)


def test_init_baseline_and_check_run_in_this_order(run, folder):
    assert run("init", "t.csv")[0] == 0
    text = written().replace("# [baseline]", "[baseline]").replace('# file = "fair', 'file = "fair')
    text = text.replace("#\n# [[limit]]\n# measure", "[[limit]]\nmeasure").replace("# margin = 0.02", "margin = 0.02")
    Path("fairaudit.toml").write_text(text, encoding="utf-8")
    assert run("baseline", "update")[0] == 0
    assert run("check", "--select", "FB")[0] == 0


def test_init_asks_whether_a_column_called_n_counts_people(run):
    people(600, 3).assign(n=np.arange(600) % 7 + 1).to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    assert '# Look at this: if a row stands for n people, say count = "n".' in Path("fairaudit.toml").read_text()
    Path("fairaudit.toml").unlink()
    assert run("init", "t.csv", "--count", "n")[0] == 0
    assert '\ncount = "n"\n' in Path("fairaudit.toml").read_text()
    assert run("check")[0] == 0


@pytest.mark.parametrize("given", [[], ["--target", "ClaimNb"], ["--prediction", "score"], ["--protected", "sex"]])
def test_init_guesses_every_role_that_is_not_given(run, given):
    frame = people(600, 3).rename(columns={"y": "ClaimNb", "id": "Policy"}).assign(Exposure=1.0 - np.arange(600) / 900)
    frame.to_csv("t.csv", index=False)
    assert run("init", "t.csv", *given)[0] == 0
    for line in ('"score"', 'target = "ClaimNb"', 'exposure = "Exposure"', 'protected = ["sex"]', 'key = "Policy"'):
        assert line in written()


def test_init_adds_nothing_that_would_change_what_a_given_decision_measures(run):
    frame = people(600, 3).assign(approved=people(600, 3)["score"] > 0.5)
    frame.to_csv("t.csv", index=False)
    assert run("init", "t.csv", "--decision", "approved")[0] == 0
    assert "prediction =" not in written()
    assert 'target = "y"' in written()


def test_marks_of_missing_values_and_missing_values_are_written_down(run, folder):
    frame = people(600, 3).assign(age=np.arange(600) % 60 + 18)
    frame.loc[:3, "age"] = -999
    frame.loc[5:9, "sex"] = None
    frame.to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    assert 'missing = "group"' in written()
    assert 'protected = ["sex", "age:na=-999"]' in written()
    assert run("check")[0] in (0, 1)


def test_a_profile_is_written_down_and_names_its_limits(run, folder):
    assert run("init", "t.csv", "--profile", "nyc-ll144")[0] == 0
    assert 'profile = "nyc-ll144"' in written()
    assert "threshold =" not in written()
    Path("fairaudit.toml").unlink()
    assert run("init", "t.csv", "--profile", "four-fifths", "--threshold", "0.5")[0] == 0
    assert "The rule of the profile names this limit." in written().replace("\n# ", " ")
    assert fairaudit.check().status in (0, 1)


def test_what_was_said_of_levels_is_written_down(run, folder):
    words = ["--merge", "region:coast=north,west", "--leave-out", "sex=f", "--protected", "region"]
    assert run("init", "t.csv", *words)[0] == 0
    assert 'merge = ["region:coast=north,west"]' in written()
    assert 'leave-out = ["sex=f"]' in written()
    (checked,) = fairaudit.check().data
    assert checked.rows.used < checked.rows.read


def test_no_level_of_the_data_writes_a_line_of_the_configuration(run):
    frame = people(600, 3)
    level = "yes\n[[limit]]\nmeasure = 'auc'\nmin = 0.0"
    decided = [level if score > 0.5 else "no" for score in frame["score"]]
    hostile = "m\n[[limit]]\nmeasure = 'auc'\nmin = 0.0\n\x1b[2J"
    frame.assign(approved=decided, sex=frame["sex"].replace("m", hostile)).to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    assert "min = 0.0" not in written().splitlines()
    assert "\x1b" not in written()
    assert all(limit.statistic is not None for limit in read(Path("fairaudit.toml")).config.limit)


def test_columns_that_are_crossed_are_told_and_their_ranking_is_no_floor(run, folder):
    frame = people(900, 1)
    frame.assign(y=1 - frame["y"]).to_csv("crossed.csv", index=False)
    assert run("init", "crossed.csv", "--prediction", "score", "--target", "y", "--protected", "sex")[0] == 0
    text = " ".join(Path("fairaudit.toml").read_text().replace("\n#", "").split())
    assert "Beware: The prediction runs against the outcome" in text
    assert 'measure = "auc"' not in text


@pytest.fixture
def first_of_june(monkeypatch):
    """Noon of 2026-06-01 for the clock."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780315200")


def test_the_whole_file_of_a_table_whose_limits_are_broken(run, first_of_june, golden):
    """Five attributes that go together, of which four are named, one of them with a level that no line has room for."""
    frame = people(1500, 1, gap=0.2)
    long = frame["sex"].map({"f": "women, as they call themselves here", "m": "men, as they call themselves here"})
    frame = frame.assign(**dict.fromkeys(("race", "religion", "nationality"), frame["sex"]), ethnicity=long)
    frame.drop(columns="region").to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    golden("init.toml", written())


def test_the_whole_file_of_an_embedded_table(run, folder, first_of_june, golden):
    assert run("init", "compas", "--threshold", "5")[0] == 0
    golden("init-compas.toml", written())


def test_the_whole_file_of_classes(run, first_of_june, golden):
    several_classes.people(900).to_csv("t.csv", index=False)
    assert run("init", "t.csv")[0] == 0
    golden("init-classes.toml", written())
    Path("fairaudit.toml").unlink()
    assert run("init", "t.csv", "--favourable", "left")[0] == 0
    golden("init-class.toml", written())


def test_everything_that_was_said_is_written_down(run, folder, first_of_june, golden):
    frame = people(600, 1).assign(w=1.0 + np.arange(600) % 2, age=np.arange(600) % 50 + 18.0)
    frame.loc[:3, "age"] = -999
    frame["place"] = frame["region"].str.upper().where(frame["id"] % 2 > 0, frame["region"])
    frame.to_csv("t.csv", index=False)
    said = ["--prediction", "score", "--target", "y", "--threshold", "0.5", "--weight", "w", "--missing", "group"]
    said += [
        "--protected",
        "sex",
        "--protected",
        "place",
        "--protected",
        "age:bins=30,50:na=-999",
        "--tidy",
        "--na",
        "?,NA",
    ]
    said += ["--keep", "region=north,west", "--favourable", "yes"]
    assert run("init", "t.csv", *said)[0] == 0
    golden("init-said.toml", written())


def test_a_file_of_outcomes_alone_limits_what_is_of_outcomes(run, folder, first_of_june, golden):
    people(600, 1)[["sex", "y"]].to_csv("t.csv", index=False)
    assert run("init", "t.csv", "--protected", "sex")[0] == 0
    golden("init-outcomes.toml", written())


@pytest.mark.parametrize(
    ("value", "below", "above"),
    [
        (0.7512, 0.75, 0.76),
        (0.0512, 0.051, 0.052),
        (12.34, 12.0, 13.0),
        (1234.0, 1200.0, 1300.0),
        (0.75, 0.75, 0.75),
        (-0.7512, -0.76, -0.75),
        (0.0, 0.0, 0.0),
    ],
)
def test_a_bound_has_two_digits_and_is_kept(value, below, above):
    assert (_beyond(value, True), _beyond(value, False)) == (below, above)


def test_a_text_is_one_of_toml():
    for text in ("a", 'a"b', "a\\b", "line\nbreak", "\x7f", "\x1b[2J", "naïve ✓", "\u2028"):
        assert tomllib.loads(f"key = {quoted(text)}") == {"key": text}
    assert quoted("naïve ✓") == '"naïve ✓"'


def test_a_ranking_that_tells_nothing_is_a_floor_and_one_that_runs_backwards_is_none():
    def offered(**value):
        return [one for one in proposed(ranked(**value)) if one.limit.measure == "auc"]

    frame = people(900, 1)
    audit = fairaudit.audit(frame, prediction="score", target="y", protected="sex")

    def ranked(auc):
        performance = structs.replace(audit.performance, test={**audit.performance.test, "auc": auc})
        return structs.replace(audit, performance=performance)

    assert offered(auc=GUESSING) != []
    assert offered(auc=GUESSING - 0.001) == []
    assert offered(auc=None) == []


def test_a_bound_on_errors_lies_just_above_todays_interval_and_a_floor_just_below():
    frame = people(900, 1).assign(age=np.arange(900) * 0.5)
    audit = fairaudit.audit(frame, prediction="score", target="age", protected="sex")
    bounds = {one.limit.measure: (one.limit.min, one.limit.max) for one in proposed(audit)}
    low, high = audit.performance.intervals["rmse"]
    assert bounds["rmse"] == (None, _beyond(high, False))
    assert low < high < bounds["rmse"][1]
    bare = fairaudit.audit(
        frame, prediction="score", target="age", protected="sex", options=fairaudit.Options(bootstrap=0)
    )
    assert [one for one in proposed(bare) if one.limit.measure == "rmse"] == []


def test_what_is_of_outcomes_is_limited_where_outcomes_are_what_is_measured():
    frame = people(600, 1)
    measures = [
        {one.limit.measure for one in proposed(fairaudit.audit(frame, protected="sex", **roles))}
        for roles in (
            {"target": "y"},
            {"decision": "y"},
            {"prediction": "score", "target": "y"},
        )
    ]
    assert ["base_rate" in each for each in measures] == [True, False, False]
