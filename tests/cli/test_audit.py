"""fairaudit audit."""

import json
import sys

import pandas as pd
import pytest
from arguments import BASE, FIT, QUICK

import fairaudit


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
    assert status == 2
    assert "prediction 'score' has numbers with a comma, such as 0," in " ".join(err.split())


def test_stdin_is_read_as_a_table(run, table, monkeypatch, tmp_path):
    with (tmp_path / "t.csv").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        status, out, _ = run("audit", "-", *BASE, "--json", *QUICK)
    assert status == 0
    assert json.loads(out)["rows"]["read"] == len(table)


def test_other_options_of_an_embedded_table_give_way_to_the_users(run):
    status, out, _ = run("audit", "compas", "--threshold", "8", "--protected", "sex", "--json", *QUICK)
    audit = json.loads(out)
    assert status == 0
    assert [each["name"] for each in audit["protected"]] == ["sex"]
    assert audit["manifest"]["arguments"]["threshold"] == 8


def test_a_picture_of_the_scores_is_for_scores_without_a_model(run):
    status, _, err = run("audit", "compas", "--explain", "--model", "m.skops")
    assert status == 2
    assert "leave out --model" in " ".join(err.split())


def test_a_log_loss_that_is_infinite_is_told_with_the_rows_that_make_it_so(run, table):
    predicted = table["score"].where(table.index != 3, 0.0).where(table.index != 4, 1.0).clip(0, 1)
    predicted[(table.index > 4) | (table.index < 3)] = 0.5
    table.assign(p=predicted, y=table["y"].astype(int)).to_csv("p.csv", index=False)  # row 3 is yes, row 4 is no
    status, out, _ = run("audit", "p.csv", "--prediction", "p", "--target", "y", "--protected", "sex", *QUICK)
    assert status == 0
    assert "log loss infinite (in 2 rows what happened was predicted to be impossible)" in " ".join(out.split())
    _, out, _ = run("audit", "p.csv", "--prediction", "p", "--target", "y", "--protected", "sex", "--json", *QUICK)
    performance = json.loads(out)["performance"]
    assert (performance["test"]["log_loss"], performance["infinite"]) == (None, {"log_loss": 2})


@pytest.mark.parametrize("command", ["audit", "power"])
def test_options_columns_and_roles_that_do_not_fit_are_told_in_one_message(run, table, command):
    roles = ["--target", "yy", "--protected", "sx", "--protected", "days:bins=3,2", "--threshold", "half"]
    status, out, err = run(command, "t.csv", *roles, "--confidence", "3", "--density", "thick")
    assert (status, out) == (2, "")
    assert [line.partition(";")[0] for line in err.splitlines()] == [
        "Error: 6 problems:",
        "  - density 'thick' is unknown",
        "  - confidence is 3",
        "  - threshold is 'half'",
        "  - 'days:bins=3,2': bins need increasing numbers between commas, such as age:bins=25,45",
        "  - column 'yy' is not in the data",
        "  - column 'sx' is not in the data",
    ]
