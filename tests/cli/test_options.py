"""Options of several commands: a mistake ends with status 2 and one message."""

from pathlib import Path

import pytest
from arguments import BASE, FIT, QUICK

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
