"""fairaudit datasets."""

import pandas as pd


def test_datasets_are_listed_shown_and_exported(run, tmp_path):
    assert "compas" in run("datasets", "list")[1]
    assert "ProPublica" in run("datasets", "show", "compas")[1]
    path = tmp_path / "motor.parquet"
    assert run("datasets", "export", "motor", str(path))[0] == 0
    assert len(pd.read_parquet(path)) == 25_000
