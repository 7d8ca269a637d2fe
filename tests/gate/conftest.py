"""A small table and configurations for the gate, in an empty working directory."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from made import TODAY, people

from fairaudit.cli import _status
from fairaudit.gate.config import read
from fairaudit.gate.run import Selection, check


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


@pytest.fixture
def run(folder, monkeypatch):
    """A function that runs the command line in a folder with t.csv: exit status, all that was printed."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    Path("empty.csv").write_text("")

    def call(*arguments: str) -> tuple[int, str]:
        runner = CliRunner()
        with runner.isolation() as streams:
            monkeypatch.setattr(sys, "argv", ["fairaudit", *arguments])
            status = _status()
            printed = (streams[0].getvalue() + streams[1].getvalue()).decode()
        return status, printed

    return call
