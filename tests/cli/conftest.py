"""The command line, and a small table in an empty working directory."""

import sys

import pandas as pd
import pytest

from fairaudit.cli import main


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
