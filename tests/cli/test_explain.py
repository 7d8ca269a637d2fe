"""fairaudit explain."""

import json
from pathlib import Path

import pytest

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
