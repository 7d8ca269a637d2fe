"""``fairaudit selftest``: exit status first."""

from __future__ import annotations

import json

from click.testing import CliRunner

from fairaudit.cli import cli
from fairaudit.selftest import ranking, run


def test_status_0_where_all_agree_and_the_json_is_all_on_stdout(monkeypatch):
    monkeypatch.setattr(run, "chapter_names", lambda: ["ranking"])
    done = CliRunner().invoke(cli, ["selftest", "--json"], standalone_mode=False)
    assert done.return_value == 0
    assert json.loads(done.output)["schema"] == "fairaudit/selftest/1"


def test_status_1_where_one_differs(monkeypatch):
    monkeypatch.setattr(run, "chapter_names", lambda: ["ranking"])
    monkeypatch.setattr(ranking, "S100B", ranking.S100B.replace("2.07", ".01"))
    done = CliRunner().invoke(cli, ["selftest", "--quiet"], standalone_mode=False)
    assert done.return_value == 1
    assert done.output == ""
