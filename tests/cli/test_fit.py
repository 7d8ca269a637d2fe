"""fairaudit fit."""

import pandas as pd
from arguments import QUICK


def test_fit_writes_predictions_of_the_held_out_rows(run, table):
    arguments = ["--target", "y", "--protected", "sex", "--features", "score", "--strength", "0.1", "--quiet"]
    assert run("fit", "t.csv", *arguments, "--predictions", "p.csv", *QUICK) == (0, "", "")
    written = pd.read_csv("p.csv")
    assert list(written.columns) == ["row", "plain", "prediction", "decision", "outcome"]
    assert len(written) == 120
    assert (table["y"].iloc[written["row"]].to_numpy() == (written["outcome"] == 1)).all()
