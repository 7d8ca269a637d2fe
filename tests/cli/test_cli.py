"""The command line as a user meets it: exit status first."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import fairaudit
from fairaudit.cli import main

QUICK = ["--bootstrap", "40", "--permutations", "39"]


@pytest.fixture
def run(capsys, monkeypatch):
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fairaudit", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A small table in an empty working directory, with a name that a table format could trip over."""
    monkeypatch.chdir(tmp_path)
    rows = 400
    frame = pd.DataFrame(
        {
            "score": [(7 * k % 100) / 100 for k in range(rows)],
            "y": [k % 3 == 0 for k in range(rows)],
            "sex": ["f" if k % 2 else "m" for k in range(rows)],
            "a|b": ["<b>|x" if k % 5 else "[red]y" for k in range(rows)],
            "one": "same",
            "group_of_one": [str(k) for k in range(rows)],
            "days": [-1.0 if k == 17 else 1.0 for k in range(rows)],
            "text": ["high" if k % 2 else "low" for k in range(rows)],
        }
    )
    frame.to_csv("t.csv", index=False)
    frame.assign(huge=[1e300 if k == 3 else 1.0 for k in range(rows)]).to_csv("huge.csv", index=False)
    return frame


def test_audit_of_an_embedded_table_succeeds_and_shows_the_known_gap(run):
    status, out, err = run("audit", "compas", *QUICK)
    assert (status, err) == (0, "")
    assert "African-American" in out


def test_json_is_alone_on_stdout_and_comes_back_as_the_same_audit(run, table):
    status, out, err = run("audit", "t.csv", "--prediction", "score", "--protected", "sex", "--json", *QUICK)
    assert (status, err) == (0, "")
    audit = fairaudit.from_json(out)
    assert audit.to_json() == out
    assert audit.rows.read == len(table)


def test_the_same_command_gives_the_same_bytes(run, table, tmp_path):
    command = ["audit", "t.csv", "--prediction", "score", "--target", "y", "--protected", "a|b", "--protected", "sex"]
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        reports = [word for suffix in ("html", "md", "json") for word in ("--report", str(folder / f"r.{suffix}"))]
        assert run(*command, "--threshold", "0.5", "--quiet", *QUICK, *reports) == (0, "", "")
    for suffix in ("html", "md", "json"):
        assert (tmp_path / "one" / f"r.{suffix}").read_bytes() == (tmp_path / "two" / f"r.{suffix}").read_bytes()


def test_fit_writes_predictions_of_the_held_out_rows(run, table):
    arguments = ["--target", "y", "--protected", "sex", "--features", "score", "--strength", "0.1", "--quiet"]
    assert run("fit", "t.csv", *arguments, "--predictions", "p.csv", *QUICK) == (0, "", "")
    written = pd.read_csv("p.csv")
    assert list(written.columns) == ["row", "plain", "prediction", "decision", "outcome"]
    assert len(written) == 120
    assert (table["y"].iloc[written["row"]].to_numpy() == (written["outcome"] == 1)).all()


BASE = ["--prediction", "score", "--protected", "sex"]
MISTAKES = {
    "no such file": (["audit", "none.csv", *BASE], ["none.csv"]),
    "no such table": (["audit", "compass", *BASE], ["compas"]),
    "wrong column": (
        ["audit", "t.csv", "--prediction", "zz", "--protected", "sex"],
        ["'zz' is not in the data", "score"],
    ),
    "bandwidth between the points": (["audit", "t.csv", *BASE, "--density", "kde:1e-200"], ["choose at least"]),
    "nothing protected": (["audit", "t.csv", "--prediction", "score"], ["--protected"]),
    "one value protected": (["audit", "t.csv", "--prediction", "score", "--protected", "one"], ["one value", "same"]),
    "text as prediction": (["audit", "t.csv", "--prediction", "text", "--protected", "sex"], ["text", "number"]),
    "negative exposure": (
        ["audit", "t.csv", "--target", "y", "--task", "count", "--exposure", "days", "--protected", "sex"],
        ["days", "-1"],
    ),
    "target without positive level": (["audit", "t.csv", *BASE, "--target", "text"], ["text=", "high"]),
    "target unfit for its task": (["audit", "t.csv", *BASE, "--target", "text", "--task", "count"], ["text"]),
    "nothing to measure": (["audit", "t.csv", "--protected", "sex"], ["--prediction"]),
    "bad confidence": (["audit", "t.csv", *BASE, "--confidence", "1.5"], ["confidence", "1.5"]),
    "one replicate": (["audit", "t.csv", *BASE, "--bootstrap", "1"], ["at least 2 replicates"]),
    "bad density": (["audit", "t.csv", *BASE, "--density", "kde"], ["kde:0.15"]),
    "bad bins": (["audit", "t.csv", "--prediction", "score", "--protected", "score:bins=2,1"], ["increasing"]),
    "unknown report": (["audit", "t.csv", *BASE, "--report", "r.docx"], [".html"]),
    "report in no folder": (["audit", "t.csv", *BASE, "--report", "no/r.html"], ["does not exist"]),
    "report over the source": (
        ["fit", "t.csv", "--target", "y", "--protected", "sex", "--predictions", "t.csv"],
        ["'t.csv' is the source"],
    ),
    "two reports in one place": (
        ["audit", "t.csv", *BASE, "--report", "r.md", "--report", "./r.md"],
        ["another output"],
    ),
    "report over a file of the pattern": (
        ["fit", "t.*", "--target", "y", "--protected", "sex", "--predictions", "t.csv"],
        ["'t.csv' is the source"],
    ),
    "report with too long a name": (["audit", "t.csv", *BASE, "--report", "x" * 300 + ".md"], ["too long"]),
    "unknown option": (["audit", "t.csv", "--nope"], ["--nope"]),
    "unknown command": (["audti"], ["audti"]),
    "unknown penalty": (["fit", "t.csv", "--target", "y", "--protected", "sex", "--penalty", "x"], ["ccdcov"]),
    "both strengths": (
        ["fit", "t.csv", "--target", "y", "--protected", "sex", "--strength", "1", "--reduce", "50"],
        ["not both"],
    ),
    "too large to compute with": (
        ["audit", "huge.csv", "--prediction", "huge", "--protected", "sex"],
        ["huge", "1e+300", "row 4", "too large"],
    ),
    "threshold that is no number": (
        ["fit", "t.csv", "--target", "y", "--protected", "sex", "--threshold", "nan"],
        ["threshold", "nan"],
    ),
    "dropping what is not there": (
        ["fit", "t.csv", "--target", "y", "--protected", "sex", "--drop", "zz"],
        ["'zz' is not in the data"],
    ),
    "no target to fit": (["fit", "t.csv", "--protected", "sex"], ["--target"]),
    "reduce out of range": (["fit", "t.csv", "--target", "y", "--protected", "sex", "--reduce", "120"], ["120"]),
}


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_exits_with_2_and_one_message(run, table, tmp_path, arguments, words):
    before = sorted(tmp_path.iterdir())
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert "Traceback" not in err
    assert all(word in err for word in words), err
    assert sorted(tmp_path.iterdir()) == before


def test_a_mistake_after_the_work_began_leaves_no_report(run, table, tmp_path):
    status, _, err = run("audit", "t.csv", *BASE, "--target", "one", "--report", "r.html")
    assert status == 2
    assert "one" in err
    assert not (tmp_path / "r.html").exists()


def test_a_report_that_cannot_be_written_leaves_the_others_unwritten(run, table, tmp_path):
    (tmp_path / "full.md").symlink_to("/dev/full")
    before = sorted(tmp_path.iterdir())
    status, _, err = run("audit", "t.csv", *BASE, *QUICK, "--quiet", "--report", "r.html", "--report", "full.md")
    assert status == 2
    assert "full.md" in err
    assert sorted(tmp_path.iterdir()) == before


def test_a_fault_of_ours_keeps_its_traceback_and_is_no_verdict(run, table, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("fairaudit.auditing.run.audit_table", broken)
    status, _, err = run("audit", "t.csv", *BASE)
    assert status == 2
    assert "ZeroDivisionError" in err
    assert "fault of fairaudit" in err


def test_an_interrupt_is_no_verdict(run, table, monkeypatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fairaudit.auditing.run.audit_table", interrupt)
    assert run("audit", "t.csv", *BASE)[0] == 130


FIT = ["t.csv", "--target", "y", "--protected", "sex", "--features", "score", "--features", "text", *QUICK]


def test_a_saved_model_scores_another_table(run, table):
    status, out, err = run("fit", *FIT, "--strength", "0.1", "--save", "m.skops", "--predictions", "p.csv", "--quiet")
    assert (status, out, err) == (0, "", "")
    held = pd.read_csv("p.csv")
    table.iloc[held["row"]].to_csv("new.csv", index=False)
    status, out, err = run("audit", "new.csv", "--model", "m.skops", "--json", *QUICK)
    assert (status, err) == (0, "")
    audit = fairaudit.from_json(out)
    assert audit.groups[0].mean_prediction == pytest.approx(
        held["prediction"][(table.iloc[held["row"]]["sex"] == audit.groups[0].cell["sex"]).to_numpy()].mean(), rel=1e-9
    )
    assert audit.manifest.arguments["model"] == "m.skops"
    assert "Do the predictions of model m.skops (outcome: y) differ" in audit.to_markdown()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fit", *FIT, "--max-loss", "1", "--reduce", "90"), "give --reduce or --max-loss, not both"),
        (("fit", *FIT, "--max-loss", "-1"), "max-loss is -1"),
        (("fit", *FIT, "--power", "1.2"), "only the family tweedie has one"),
        (("fit", *FIT, "--penalty", "none", "--group-weight", "equal"), "group-weight and penalize are of the penalty"),
        (("fit", *FIT, "--save", "t.csv"), "'t.csv' is the source"),
        (("fit", *FIT, "--save", "m.pkl"), "--save writes a skops file, never a pickle, but 'm.pkl' is not called so"),
        (("fit", *FIT, "--predictions", "p.json"), "'p.json' is not called so; write p.csv"),
        (("audit", "t.csv", "--model", "none.skops", *QUICK), "model 'none.skops' does not exist"),
        (("audit", "t.csv", "--model", "t.csv", *QUICK), "'t.csv' is no model file"),
        (("calibrate", *FIT, "--rule", "best"), "rule 'best' is unknown; choose one of reduce:90"),
        (("calibrate", *FIT, "--strengths", "1,x"), "strengths are '1,x'; numbers between commas"),
        (("calibrate", *FIT, "--penalty", "none"), "a calibration needs a penalty"),
        (("calibrate", *FIT, "--folds", "1"), "at least 2 and 1 are needed"),
        (("calibrate", *FIT, "--resume", "t.csv"), "'t.csv' is the source as well"),
        (("calibrate", *FIT, "--resume", "r.json", "--report", "r.json"), "'r.json' is another output as well"),
    ],
)
def test_a_mistake_about_models_exits_with_2_and_one_message(run, table, arguments, words):
    before = Path("t.csv").read_bytes()
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert words in err.replace("\n", " ")
    assert "Traceback" not in err
    assert Path("t.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("sex", "protected attributes sex, which are not in the data; say with --protected"),
        ("days", "in a unit of 'days', which is not in the data; name the time at risk with --exposure"),
    ],
)
def test_a_table_without_a_column_that_the_audit_would_miss_is_refused_for_a_model(run, table, column, words):
    frame = table.assign(y=[k % 3 for k in range(len(table))], days=2.0)
    frame.to_csv("t.csv", index=False)
    assert run("fit", *FIT, "--exposure", "days", "--strength", "0.1", "--save", "m.skops", "--quiet")[0] == 0
    frame.drop(columns=column).to_csv("new.csv", index=False)
    status, out, err = run("audit", "new.csv", "--model", "m.skops", "--json", *QUICK)
    assert (status, out) == (2, "")
    assert words in err


def test_a_model_audits_other_attributes_where_they_are_named(run, table):
    assert run("fit", *FIT, "--strength", "0.1", "--save", "m.skops", "--quiet")[0] == 0
    table.drop(columns="sex").to_csv("new.csv", index=False)
    status, out, _ = run("audit", "new.csv", "--model", "m.skops", "--protected", "a|b", "--json", *QUICK)
    assert status == 0
    assert [each["name"] for each in json.loads(out)["protected"]] == ["a|b"]


def test_a_saved_model_finds_an_outcome_whose_name_has_an_equals_sign(run, table):
    table.rename(columns={"y": "y=1"}).to_csv("t.csv", index=False)
    named = [part.replace("y", "y=1") if part == "y" else part for part in FIT]
    assert run("fit", *named, "--strength", "0.1", "--save", "m.skops", "--quiet")[0] == 0
    audit = json.loads(run("audit", "t.csv", "--model", "m.skops", "--json", *QUICK)[1])
    assert audit["performance"]["test"]["auc"] is not None


def test_a_decimal_comma_is_called_by_its_name(run, table):
    text = table["score"].map(lambda score: f"{score:g}".replace(".", ","))
    table.assign(score=text).to_csv("t.csv", index=False)
    status, _, err = run("audit", "t.csv", "--prediction", "score", "--protected", "sex")
    assert (status, "which has a comma; write points for decimals and nothing for thousands" in err) == (2, True)


def test_a_calibration_shows_its_path_and_goes_on_from_its_file(run, table):
    frame = table.assign(y=[(k % 7 < 3) == (k % 2 == 0) for k in range(len(table))])
    frame["text"] = ["high" if k % 2 and k % 3 else "low" for k in range(len(table))]
    frame.to_csv("t.csv", index=False)
    arguments = ("calibrate", *FIT, "--steps", "4", "--folds", "3", "--resume", "folds.jsonl", "--json")
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    audit = fairaudit.from_json(out)
    assert len(audit.path) == 4
    assert audit.calibration.rule == "reduce:90"
    assert run(*arguments)[1] == out


def test_stdin_is_read_as_a_table(run, table, monkeypatch, tmp_path):
    with (tmp_path / "t.csv").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        status, out, _ = run("audit", "-", *BASE, "--json", *QUICK)
    assert status == 0
    assert json.loads(out)["rows"]["read"] == len(table)


@pytest.mark.parametrize(
    "command", [[], ["audit"], ["fit"], ["calibrate"], ["datasets"], ["datasets", "list"], ["datasets", "export"]]
)
def test_every_command_has_a_help_page(run, command):
    status, out, _ = run(*command, "--help")
    assert status == 0
    assert out.startswith("Usage:")
    assert max(map(len, out.splitlines())) <= 100


def test_datasets_are_listed_shown_and_exported(run, tmp_path):
    assert "compas" in run("datasets", "list")[1]
    assert "ProPublica" in run("datasets", "show", "compas")[1]
    path = tmp_path / "motor.parquet"
    assert run("datasets", "export", "motor", str(path))[0] == 0
    assert len(pd.read_parquet(path)) == 25_000


def test_other_options_of_an_embedded_table_give_way_to_the_users(run):
    status, out, _ = run("audit", "compas", "--threshold", "8", "--protected", "sex", "--json", *QUICK)
    audit = json.loads(out)
    assert status == 0
    assert [each["name"] for each in audit["protected"]] == ["sex"]
    assert audit["manifest"]["arguments"]["threshold"] == 8


EXPLAIN = ["--target", "y", "--protected", "sex", "--features", "score", "--features", "text", "--bootstrap", "40"]


def test_explain_writes_all_reports_and_prints_json_alone(run, table):
    reports = [part for name in ("w.html", "w.md", "w.json") for part in ("--report", name)]
    status, out, err = run("explain", "t.csv", *EXPLAIN, "--json", *reports)
    assert (status, err) == (0, "")
    assert json.loads(out)["schema"] == "fairaudit/explanation/1"
    assert Path("w.json").read_text() == out
    assert "<svg" in Path("w.html").read_text()
    assert Path("w.md").read_text().startswith("# What the models see")


def test_a_pool_of_one_is_explained_on_the_terminal(run, table):
    status, out, _ = run("explain", "t.csv", *EXPLAIN, "--pool", "glm")
    assert status == 0
    assert "Primary and secondary factors" in out


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--pool", "glm,bosting"], "did you mean 'boosting'"),
        (["--pool", " , "], "kinds of model are needed"),
        (["--target", "zz"], "'zz'"),
        (["--folds", "1"], "folds is 1"),
        (["--bootstrap", "0"], "relations need replicates"),
        (["--report", "why.pdf"], ".html"),
    ],
)
def test_what_explain_cannot_be_asked_ends_with_status_2(run, table, wrong, words):
    status, out, err = run("explain", "t.csv", *EXPLAIN, *wrong)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_no_argument_and_no_column_writes_a_command_of_a_build_server(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text('"a\n::error::broken",g\n1,x\n0,y\n')
    for arguments in (
        ["audit", str(table), "--target", "zz", "--protected", "g"],
        ["audit", str(table), "--target", "q\n::error::broken", "--protected", "g"],
        ["audit", "compas", "--task", "b\n::add-mask::x"],
        ["nothing\n::error::here"],
    ):
        run = subprocess.run(
            [sys.executable, "-m", "fairaudit", *arguments], capture_output=True, text=True, check=False
        )
        assert run.returncode == 2
        assert "Error" in run.stderr
        assert not [line for line in run.stderr.splitlines() if line.lstrip().startswith("::")], run.stderr
