"""A small table and configurations for the gate, in an empty working directory."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import pytest

from fairaudit.config import read
from fairaudit.gate.run import Selection, check

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode puts no folder of tests there

from made import TODAY, people


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty working directory with the table t.csv: men are selected about 20 points more often."""
    monkeypatch.chdir(tmp_path)
    people(1500, 1, gap=0.2).to_csv("t.csv", index=False)
    return tmp_path


@pytest.fixture
def checked(folder):
    """A function from the text of a configuration to the check of it."""

    def made(text: str, today: datetime.date = TODAY, **selection: tuple[str, ...]):
        Path("fairaudit.toml").write_text(text, encoding="utf-8")
        return check(read(Path("fairaudit.toml")), today, Selection(**selection))

    return made
