"""Options of several commands: a mistake ends with status 2 and one message."""

import pytest
from arguments import BASE

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
