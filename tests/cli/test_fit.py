"""fairaudit fit."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from arguments import QUICK


def test_fit_writes_predictions_of_the_held_out_rows(run, table):
    arguments = ["--target", "y", "--protected", "sex", "--features", "score", "--strength", "0.1", "--quiet"]
    assert run("fit", "t.csv", *arguments, "--predictions", "p.csv", *QUICK) == (0, "", "")
    written = pd.read_csv("p.csv")
    assert list(written.columns) == ["row", "plain", "prediction", "decision", "outcome"]
    assert len(written) == 120
    assert (table["y"].iloc[written["row"]].to_numpy() == (written["outcome"] == 1)).all()


def test_settings_come_from_the_configuration_of_the_folder_and_first_from_the_command_line(run, table):
    base = ["fit", "t.csv", "--target", "y", "--protected", "sex", "--features", "score", "--penalty", "none"]
    Path("fairaudit.toml").write_text("[fit]\nridge = 0.5\nknots = 0\nhidden = [4]\n")
    status, out, _ = run(*base, "--json", "--knots", "5", *QUICK)
    arguments = json.loads(out)["manifest"]["arguments"]
    assert (status, arguments["ridge"], arguments["knots"]) == (0, 0.5, 5)
    assert "hidden" not in arguments
    assert json.loads(out)["model"]["parameters"] > 4


def test_a_setting_of_another_kind_of_model_is_refused(run, table):
    status, out, err = run("fit", "t.csv", "--target", "y", "--protected", "sex", "--hidden", "4", *QUICK)
    assert (status, out) == (2, "")
    assert "hidden is a setting of network; the model is glm" in err


@pytest.mark.parametrize(
    ("written", "message"),
    [("rigde = 1", "did you mean 'ridge'"), ("ridge = []", "[fit]: ridge is []"), ("knots = 1.5", "whole number")],
)
def test_a_configuration_of_settings_is_read_strictly(run, table, written, message):
    Path("fairaudit.toml").write_text(f"[fit]\n{written}\n")
    status, out, err = run("fit", "t.csv", "--target", "y", "--protected", "sex", *QUICK)
    assert (status, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("written", ["option", "file"])
def test_predictions_of_a_linear_model_rise_only_where_they_may(run, table, written):
    command = ["fit", "t.csv", "--target", "y", "--protected", "sex", "--features", "score", "--penalty", "none"]
    command += ["--predictions", "p.csv", "--json", *QUICK]
    if written == "file":
        Path("fairaudit.toml").write_text('[fit.monotone]\nscore = "decreasing"\n')
    else:
        command += ["--monotone", "score=decreasing"]
    status, out, _ = run(*command)
    assert (status, json.loads(out)["manifest"]["arguments"]["monotone"]) == (0, "score:-1")
    predicted = pd.read_csv("p.csv")
    in_order = table["score"].iloc[predicted["row"]].to_numpy().argsort(kind="stable")
    assert np.diff(predicted["plain"].to_numpy()[in_order]).max() <= 1e-12


def test_trees_are_set_up_and_predictions_rise_only_where_they_may(run, table):
    command = ["fit", "t.csv", "--target", "y", "--protected", "sex", "--features", "score", "--penalty", "none"]
    command += ["--model", "boosting", "--trees", "20", "--leaves", "3", "--min-leaf", "5", "--learning-rate", "0.5"]
    command += ["--monotone", "score=decreasing", "--predictions", "p.csv", "--json", *QUICK]
    status, out, _ = run(*command)
    result = json.loads(out)
    assert (status, result["manifest"]["arguments"]["monotone"]) == (0, "score:-1")
    assert result["model"]["parameters"] <= 20 * 3 + 1
    predicted = pd.read_csv("p.csv")
    in_order = table["score"].iloc[predicted["row"]].to_numpy().argsort(kind="stable")
    assert (predicted["plain"].to_numpy()[in_order][1:] <= predicted["plain"].to_numpy()[in_order][:-1]).all()
