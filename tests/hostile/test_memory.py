"""Memory that is not there is told as what it is."""

from __future__ import annotations

import sys

import pytest

from fairaudit import cli


def test_memory_that_does_not_suffice_is_no_fault_of_the_file(monkeypatch, capsys):
    def allocate(**_):
        raise MemoryError("Unable to allocate 74. GiB")

    monkeypatch.setattr(cli.cli, "main", allocate)
    monkeypatch.setattr(sys, "argv", ["fairaudit", "audit", "compas"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert told.startswith("Error: there is not enough memory for this (Unable to allocate 74. GiB); name fewer")
    assert told.count("\n") == 1
