"""Whether a stored result would be made again is told, from whatever folder it is asked."""

import hashlib
import json
import os
import platform
from importlib import metadata
from pathlib import Path

import pytest
from kinds import comparison
from made import HEAD, LIMIT, people

from fairaudit.errors import SourceError
from fairaudit.gate.verification import conclusion, verify
from fairaudit.results import Fact, Verification, from_json
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


def facts(path="r.json", *folders):
    """Each fact of a stored result: name → whether it is the same, found, and its words; versions left out."""
    told = verify(from_file(path), [Path(folder) for folder in folders or ("",)])
    return told.status, {
        fact.name: (fact.same, fact.found, fact.text)
        for fact in told.facts
        if fact.name not in ("fairaudit", "python") and fact.name not in from_file(path).manifest.packages
    }


def checked_once(run, *more):
    Path("fairaudit.toml").write_text("".join([HEAD, *more, KEPT]))
    assert run("check", "--output", "json=r.json", "--quiet")[0] == 0


def digits(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def test_what_a_check_rests_on_is_told_fact_by_fact(run):
    checked_once(run)
    before = digits("t.csv")
    size = len(Path("t.csv").read_bytes())
    same = {
        "configuration": (True, True, "fairaudit.toml: the same content"),
        "seed": (True, True, "0"),
        "data main": (True, True, f"t.csv: the same bytes (SHA-256 {before}…)"),
    }
    assert facts() == (0, same)
    people(20, 2).to_csv("t.csv", index=False)
    now = len(Path("t.csv").read_bytes())
    changed = same | {"data main": (False, True, f"t.csv: changed, {size:,} bytes then and {now:,} now")}
    assert facts() == (1, changed)
    Path("t.csv").unlink()
    lost = same | {"data main": (None, False, "there is no t.csv in '.'; say with --folder where it is")}
    assert facts() == (1, lost)
    Path("fairaudit.toml").write_text(HEAD.replace("[options]", "[options]\nseed = 7") + KEPT)
    told = lost | {
        "configuration": (False, True, "fairaudit.toml: changed"),
        "seed": (False, True, "0 then, 7 now"),
    }
    assert facts() == (1, told)
    Path("fairaudit.toml").write_text("[")
    status, told = facts()
    assert (status, sorted(told)) == (1, ["configuration", "data main"])
    assert told["configuration"][:2] == (False, True)
    assert told["configuration"][2].startswith("'fairaudit.toml' is no valid TOML")
    Path("fairaudit.toml").unlink()
    assert facts()[1]["configuration"] == (
        None,
        False,
        "there is no fairaudit.toml in '.'; say with --folder where it is",
    )


def test_of_two_configurations_the_one_of_then_is_taken_with_what_lies_beside_it(run):
    checked_once(run)
    for name in ("one", "two"):
        Path(name).mkdir()
    Path("one/fairaudit.toml").write_text(HEAD.replace("200", "100") + KEPT)
    Path("two/fairaudit.toml").write_bytes(Path("fairaudit.toml").read_bytes())
    Path("t.csv").rename("two/t.csv")
    Path("fairaudit.toml").unlink()
    status, told = facts("r.json", "one", "two")
    assert (status, told["configuration"][2]) == (0, "fairaudit.toml: the same content")
    assert told["data main"][0] is True
    status, told = facts("r.json", "one")
    assert (status, told["configuration"][:2], told["data main"][:2]) == (1, (False, True), (None, False))


def test_the_baseline_of_a_check_is_one_of_its_facts(run):
    margin = LIMIT + "margin = 0.5\n[baseline]\n"
    Path("fairaudit.toml").write_text(HEAD + margin)
    assert run("baseline", "update")[0] == 0
    assert run("check", "--output", "json=r.json", "--quiet")[0] == 0
    assert facts()[0] == 0
    assert facts()[1]["baseline"] == (
        True,
        True,
        f"fairaudit-baseline.json: the same bytes (SHA-256 {digits('fairaudit-baseline.json')}…)",
    )
    size = Path("fairaudit-baseline.json").stat().st_size
    Path("fairaudit-baseline.json").write_text("xx")
    assert facts()[1]["baseline"] == (False, True, f"fairaudit-baseline.json: changed, {size:,} bytes then and 2 now")
    Path("fairaudit-baseline.json").unlink()
    assert facts()[1]["baseline"][:2] == (None, False)
    Path("fairaudit-baseline.json").mkdir()
    assert facts()[1]["baseline"] == (False, True, "fairaudit-baseline.json cannot be read: Is a directory")


def stored_audit(**source):
    """r.json of an audit whose source is said to be another."""
    held = json.loads(Path("a.json").read_text())
    held["source"] |= source
    Path("r.json").write_text(json.dumps(held))


@pytest.mark.parametrize(
    ("source", "fact"),
    [
        ({"name": "data frame", "sha256": None, "bytes": None}, (None, True, "data frame: cannot be read again")),
        ({"name": "data frame"}, (None, True, "data frame: cannot be read again")),
        ({"name": "-"}, (None, True, "-: cannot be read again")),
        ({"name": "https://a.b/t.csv"}, (None, True, "https://a.b/t.csv: cannot be read again")),
        ({"sha256": None}, (None, True, "t.csv: cannot be read again")),
        ({"name": "compas", "bytes": None}, (False, True, None)),
        ({"name": "**/t.csv"}, (True, True, None)),
        ({"name": "[t].csv"}, (True, True, None)),
        ({"name": "empty.csv"}, (False, True, None)),
        ({"bytes": None, "sha256": "0" * 64}, (False, True, None)),
    ],
)
def test_what_cannot_be_read_again_is_neither_the_same_nor_changed(run, source, fact):
    run(*AUDIT, "a.json")
    stored_audit(**source)
    status, told = facts()
    same, found, text = told["data"]
    assert (same, found) == fact[:2]
    assert text == (fact[2] or text)
    assert status == (1 if same is False else 0)
    assert told["seed"] == (True, True, "0, stated in the result")
    if source == {"name": "empty.csv"}:
        assert text.startswith("'empty.csv'")
    if source.get("sha256"):
        assert text == f"t.csv: changed, 0 bytes then and {Path('t.csv').stat().st_size:,} now"


def test_an_embedded_table_is_read_again_from_the_package(run):
    assert run("audit", "compas", "--bootstrap", "0", "-q", "--report", "r.json")[0] == 0
    status, told = facts()
    assert (status, told["data"][:2]) == (0, (True, True))
    assert told["data"][2].startswith("compas: the same bytes (SHA-256 ")


def test_versions_are_told_as_they_were_and_are(run):
    run(*AUDIT, "r.json")
    held = json.loads(Path("r.json").read_text())
    version = held["manifest"]["packages"]["numpy"]
    held["manifest"]["packages"] = {"numpy": version, "pandas": "0.1", "no-such-package": "1.0"}
    held["manifest"]["python"] = "2.7"
    held["manifest"]["fairaudit"] = "9"
    Path("r.json").write_text(json.dumps(held))
    told = {fact.name: (fact.same, fact.text) for fact in verify(from_file("r.json"), [Path()]).facts}
    assert told["numpy"] == (True, version)
    assert told["pandas"] == (False, f"0.1 then, {metadata.version('pandas')} now")
    assert told["no-such-package"] == (False, "1.0 then, not installed now")
    assert told["python"] == (False, f"2.7 then, {platform.python_version()} now")
    assert told["fairaudit"] == (False, f"9 then, {metadata.version('fairaudit-cli')} now")


@pytest.mark.parametrize(
    ("changed", "absent", "told"),
    [
        (0, 0, "Nothing changed."),
        (1, 0, "1 of 4 things changed."),
        (2, 0, "2 of 4 things changed."),
        (0, 1, "1 of 4 is not there."),
        (1, 2, "1 of 4 things changed; 2 of 4 are not there."),
    ],
)
def test_what_changed_and_what_is_not_there_is_counted(changed, absent, told):
    kinds = [Fact(name="a", same=False, text="")] * changed + [Fact(name="b", same=None, found=False, text="")] * absent
    kinds += [Fact(name="c", same=None, text=""), Fact(name="d", same=True, text="")] * 2
    (answer,) = conclusion(kinds[:4]).answers
    assert answer.text == told
