"""A saved model's predictions as a table are those of the model, row by row, and need its features alone."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import polars as pl
import pytest

import fairaudit as fa
from fairaudit.errors import OptionError, RoleError, SourceError
from fairaudit.fitting.predicting import predictions, to_bytes

DRAWN = np.random.default_rng(5)
N = 400
FRAME = pd.DataFrame(
    {
        "id": np.arange(N) + 100,
        "g": DRAWN.choice(["a", "b"], N),
        "x": DRAWN.normal(size=N),
        "k": DRAWN.choice(["p", "q"], N),
        "time": DRAWN.uniform(0.3, 1, N),
    }
)
FRAME["yes"] = np.where(FRAME["x"] + DRAWN.normal(size=N) > 0.5, "ja", "nein")
FRAME["claims"] = DRAWN.poisson(FRAME["time"] * np.exp(FRAME["x"] / 2))
FRAME["kind"] = np.where(FRAME["x"] > 0.6, "high", np.where(DRAWN.random(N) < 0.5, "mid", "low"))
QUICK = fa.Options(bootstrap=0, permutations=0)


def saved(path, target, **roles):
    """A fit and its saved model."""
    fit = fa.fit(FRAME, target=target, protected="g", features=["x", "k"], fitting=fa.FitOptions(strength=1.0),
                 options=QUICK, **roles)  # fmt: skip
    fit.save(path / "m.skops")
    return fit, fa.load_model(path / "m.skops")


def test_it_is_what_the_fit_predicted_of_the_held_out_rows(tmp_path):
    fit, model = saved(tmp_path, "yes=ja")
    table = fa.predict(model, FRAME)
    assert list(table.columns) == [*FRAME.columns, "prediction", "decision"]
    assert table["id"].tolist() == FRAME["id"].tolist()
    held = table.iloc[fit.predictions["row"]]
    np.testing.assert_allclose(held["prediction"], fit.predictions["prediction"], rtol=1e-12)
    np.testing.assert_array_equal(held["decision"], fit.predictions["decision"])


def test_the_features_are_enough_from_a_file_and_any_frame(tmp_path):
    _, model = saved(tmp_path, "yes=ja")
    whole = fa.predict(model, FRAME, keep="id")
    assert list(whole.columns) == ["id", "prediction", "decision"]
    small = fa.predict(
        tmp_path / "m.skops", pl.DataFrame({"x": FRAME["x"].to_numpy(), "k": FRAME["k"].to_list()}), keep=[]
    )
    np.testing.assert_array_equal(small["prediction"], whole["prediction"])


def test_rates_are_counts_where_the_time_at_risk_is_there(tmp_path):
    _, model = saved(tmp_path, "claims", exposure="time", task="count")
    counts = fa.predict(model, FRAME)["prediction"]
    alone, notes = predictions(model, FRAME.drop(columns="time"))
    np.testing.assert_allclose(counts, alone["prediction"] * FRAME["time"], rtol=1e-12)
    assert notes[0] == "'time' is not in the data: predictions are per unit of it, not of a row."
    doubled = fa.predict(model, FRAME.assign(years=2 * FRAME["time"]), exposure="years", keep=[])
    np.testing.assert_allclose(doubled["prediction"], 2 * counts, rtol=1e-12)
    with pytest.raises(RoleError, match="exposure 'time' must be above 0 in all rows; 1 are not"):
        fa.predict(model, FRAME.assign(time=np.append(0.0, FRAME["time"][1:])))


def test_classes_have_a_probability_each(tmp_path):
    _, model = saved(tmp_path, "kind", task="multiclass")
    table = fa.predict(model, FRAME, keep="id")
    probabilities = table[["probability high", "probability low", "probability mid"]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert (np.array(["high", "low", "mid"])[probabilities.argmax(axis=1)] == table["class"]).all()


def test_values_that_no_training_row_had_are_told(tmp_path):
    _, model = saved(tmp_path, "yes=ja")
    _, notes = predictions(model, FRAME.assign(k=["new", *FRAME["k"][1:]]))
    assert "In 1 row 'k' has a value that no training row had" in notes[0]


def test_what_cannot_be_predicted_is_refused(tmp_path):
    _, model = saved(tmp_path, "yes=ja")
    with pytest.raises(RoleError, match=r"needs the features x, which are not in the data"):
        fa.predict(model, FRAME.drop(columns="x"))
    with pytest.raises(RoleError, match="column 'zz' is not in the data; it has: claims, g, id"):
        fa.predict(model, FRAME, keep=["zz"])
    with pytest.raises(OptionError, match="column 'decision' is in the data already"):
        fa.predict(model, FRAME.assign(decision=1))
    with pytest.raises(OptionError, match="is not of rates; leave out the exposure"):
        fa.predict(model, FRAME, exposure="time")
    with pytest.raises(SourceError, match="the data frame is empty"):
        fa.predict(model, FRAME.iloc[:0])


def test_the_suffix_says_the_form():
    table = FRAME[["id", "g"]]
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(to_bytes(table, "a.PARQUET"))), table)
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(to_bytes(table, "a.csv"))), table)
    with pytest.raises(OptionError, match="neither CSV nor Parquet by its name"):
        to_bytes(table, "a.xlsx")
