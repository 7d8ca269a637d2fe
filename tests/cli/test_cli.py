"""The command line as a user meets it: exit status first."""

import subprocess
import sys

import pytest
from arguments import BASE


def test_a_fault_of_ours_keeps_its_traceback_and_is_no_verdict(run, table, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("fairaudit.auditing.run.audit_table", broken)
    status, _, err = run("audit", "t.csv", *BASE)
    assert status == 2
    assert "ZeroDivisionError" in err
    assert "fault of fairaudit" in err


def test_an_interrupt_is_no_verdict(run, table, monkeypatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fairaudit.auditing.run.audit_table", interrupt)
    assert run("audit", "t.csv", *BASE)[0] == 130


@pytest.mark.parametrize(
    "command", [[], ["audit"], ["fit"], ["calibrate"], ["datasets"], ["datasets", "list"], ["datasets", "export"]]
)
def test_every_command_has_a_help_page(run, command):
    status, out, _ = run(*command, "--help")
    assert status == 0
    assert out.startswith("Usage:")
    assert max(map(len, out.splitlines())) <= 100


def test_no_argument_and_no_column_writes_a_command_of_a_build_server(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text('"a\n::error::broken",g\n1,x\n0,y\n')
    for arguments in (
        ["audit", str(table), "--target", "zz", "--protected", "g"],
        ["audit", str(table), "--target", "q\n::error::broken", "--protected", "g"],
        ["audit", "compas", "--task", "b\n::add-mask::x"],
        ["nothing\n::error::here"],
    ):
        run = subprocess.run(
            [sys.executable, "-m", "fairaudit", *arguments], capture_output=True, text=True, check=False
        )
        assert run.returncode == 2
        assert "Error" in run.stderr
        assert not [line for line in run.stderr.splitlines() if line.lstrip().startswith("::")], run.stderr
