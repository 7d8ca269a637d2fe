"""Whether a stored result would be made again is told, from whatever folder it is asked."""

import json
import os
from pathlib import Path

import pytest
from kinds import comparison
from made import HEAD, LIMIT, people

from fairaudit.errors import SourceError
from fairaudit.gate.verification import verify
from fairaudit.results import Verification, from_json
from fairaudit.results.stored import from_file

KEPT = LIMIT + "max = 0.9\n"
AUDIT = ("audit", "t.csv", "--prediction", "score", "--protected", "sex", "--bootstrap", "0", "-q", "--report")


def test_verify_says_what_changed(run):
    Path("fairaudit.toml").write_text(HEAD + KEPT)
    run("check", "--output", "json=run.json", "--quiet")
    assert run("verify", "run.json") == (0, run("verify", "run.json")[1])
    Path("fairaudit.toml").write_text("# a comment changes nothing\n" + HEAD + KEPT)
    assert run("verify", "run.json")[0] == 0
    Path("fairaudit.toml").write_text(HEAD.replace("[options]", "[options]\nseed = 7") + KEPT)
    people(1500, 2).to_csv("t.csv", index=False)
    status, printed = run("verify", "run.json")
    assert status == 1
    for told in ("CHANGED  configuration", "CHANGED  seed: 0 then, 7 now", "CHANGED  data main: t.csv"):
        assert told in printed
    Path("t.csv").unlink()
    assert run("verify", "run.json")[0] == 1


def test_verify_reads_audits_and_refuses_everything_else(run):
    run(*AUDIT, "a.json")
    assert run("verify", "a.json")[0] == 0
    stale = json.loads(Path("a.json").read_text())
    stale["manifest"]["packages"]["numpy"] = "1.0"
    Path("b.json").write_text(json.dumps(stale))
    status, printed = run("verify", "b.json")
    assert status == 1
    assert "numpy: 1.0 then" in printed
    for text in ("{}", "[", '{"schema": "fairaudit/audit/1"}'):
        Path("c.json").write_text(text)
        assert run("verify", "c.json")[0] == 2
    assert run("verify", "none.json")[0] == 2


@pytest.fixture
def elsewhere(folder, monkeypatch):
    """A function that goes to a new folder beside the data."""

    def go(name: str = "elsewhere") -> None:
        Path(name).mkdir()
        monkeypatch.chdir(name)

    return go


def test_an_audit_is_verified_from_another_folder(run, elsewhere):
    run(*AUDIT, "r.json")
    elsewhere()
    assert run("verify", "../r.json")[0] == 0


def test_a_check_is_verified_from_another_folder(run, elsewhere):
    Path("fairaudit.toml").write_text(HEAD + KEPT)
    run("check", "--output", "json=r.json", "--quiet")
    elsewhere()
    status, printed = run("verify", "../r.json")
    assert status == 0
    assert "same     data main: t.csv" in printed


def test_data_that_are_not_beside_the_result_are_looked_for_in_the_working_directory(run):
    Path("results").mkdir()
    run(*AUDIT, "results/r.json")
    assert run("verify", "results/r.json")[0] == 0


def test_other_data_of_the_same_name_beside_the_result_are_not_taken_for_those_of_then(run):
    Path("results").mkdir()
    run(*AUDIT, "results/r.json")
    people(50, 9).to_csv("results/t.csv", index=False)
    assert run("verify", "results/r.json")[0] == 0


def test_the_folder_of_the_data_can_be_named(run, elsewhere, tmp_path):
    Path("results").mkdir()
    run(*AUDIT, "results/r.json")
    elsewhere()
    status, printed = run("verify", "../results/r.json")
    assert (status, "say with --folder where it is" in printed) == (1, True)
    assert run("verify", "../results/r.json", "--folder", "..")[0] == 0
    assert run("verify", "../results/r.json", "--folder", str(tmp_path))[0] == 0


def test_what_is_not_found_is_told_as_missing_and_not_as_changed(run):
    run(*AUDIT, "r.json")
    Path("t.csv").unlink()
    status, printed = run("verify", "r.json")
    assert status == 1
    assert "MISSING  data: there is no t.csv in" in printed
    assert "CHANGED" not in printed
    assert printed.rstrip().endswith(" is not there.")


def test_a_check_without_its_configuration_is_told_to_lack_it(run):
    Path("fairaudit.toml").write_text(HEAD + KEPT)
    run("check", "--output", "json=r.json", "--quiet")
    os.rename("fairaudit.toml", "other.toml")
    status, printed = run("verify", "r.json")
    assert status == 1
    assert "MISSING  configuration: there is no fairaudit.toml" in printed
    assert "same     data main" in printed


def test_a_verification_is_a_result_with_its_own_json(run):
    run(*AUDIT, "r.json")
    status, printed = run("verify", "r.json", "--json")
    result = from_json(printed, Verification)
    assert (status, result.status, result.result) == (0, 0, "fairaudit/audit/1")
    assert {fact.name for fact in result.facts} >= {"data", "seed", "fairaudit", "python", "numpy"}
    assert result == verify(from_file("r.json"), [Path()])


def test_what_rests_on_other_results_is_refused():
    with pytest.raises(SourceError, match="a comparison rests on other results; verify those"):
        verify(comparison(), [Path()])


def test_a_path_that_no_file_can_have_is_missing(run):
    run(*AUDIT, "r.json")
    held = json.loads(Path("r.json").read_text())
    held["source"]["name"] = "a\0[b"
    Path("r.json").write_text(json.dumps(held))
    status, printed = run("verify", "r.json")
    assert (status, "MISSING  data" in printed) == (1, True)
