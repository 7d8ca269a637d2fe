"""fairaudit predict."""

from pathlib import Path

import pandas as pd
from arguments import QUICK


def test_predict_writes_the_scores_of_a_saved_model(run, table):
    roles = ["--target", "y", "--protected", "sex", "--features", "score", "--features", "text", "--quiet"]
    assert (
        run("fit", "t.csv", *roles, "--strength", "0.1", "--save", "m.skops", "--predictions", "p.csv", *QUICK)[0] == 0
    )
    status, out, err = run("predict", "t.csv", "--model", "m.skops", "--out", "s.parquet")
    assert (status, out, err) == (0, "400 rows scored with m.skops, written to s.parquet\n", "")
    scores, held = pd.read_parquet("s.parquet"), pd.read_csv("p.csv")
    assert list(scores.columns) == [*table.columns, "prediction", "decision"]
    pd.testing.assert_series_equal(
        scores["prediction"].iloc[held["row"]].reset_index(drop=True), held["prediction"], rtol=1e-12
    )
    table[["score", "text"]].assign(text="new").to_csv("n.csv", index=False)
    status, out, _ = run("predict", "n.csv", "--model", "m.skops", "--out", "s.csv", "--keep-columns", "score")
    assert status == 0
    assert out.startswith("Note: In 400 rows 'text' has a value that no training row had")
    assert list(pd.read_csv("s.csv").columns) == ["score", "prediction", "decision"]


def test_predict_refuses_before_any_work_what_it_cannot_write(run, table):
    Path("m.skops").write_text("no model")
    for out, message in (
        ("s.xlsx", "neither CSV nor Parquet"),
        ("t.csv", "is the source as well"),
        ("m.skops.csv", "is no model file"),
    ):
        status, shown, err = run("predict", "t.csv", "--model", "m.skops", "--out", out)
        assert (status, shown) == (2, "")
        assert message in err
        assert not Path("s.xlsx").exists()
