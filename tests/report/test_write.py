"""Writing a report: the suffix chooses the format, and the file is there whole or not at all."""

from __future__ import annotations

import msgspec
import pytest
from example import count

from fairaudit import report
from fairaudit.errors import OptionError
from fairaudit.report.formats import html, md
from fairaudit.results import json as as_json


@pytest.mark.parametrize(
    ("name", "render"),
    [("a.html", html.render), ("a.HTML", html.render), ("a.md", md.render), ("a.b.json", as_json.render)],
)
def test_the_suffix_says_the_format(tmp_path, name, render):
    report.write(count(), tmp_path / name)
    assert (tmp_path / name).read_bytes() == render(count()).encode()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.html.gz", ".md"])
def test_an_unknown_suffix_is_refused_with_those_that_are_known(tmp_path, name):
    for action in (report.check_path, lambda path: report.write(count(), path)):
        with pytest.raises(OptionError, match=r"must be one of \.csv, \.html, \.json, \.md"):
            action(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_report(tmp_path):
    folder = tmp_path / "there.md"
    folder.mkdir()
    with pytest.raises(OptionError, match="is a folder"):
        report.check_path(folder)
    with pytest.raises(OptionError, match="is a folder"):
        report.write(count(), str(folder))


def test_a_folder_that_does_not_exist_is_named_and_not_made(tmp_path):
    with pytest.raises(OptionError, match=r"folder '.*missing' does not exist"):
        report.check_path(tmp_path / "missing" / "a.md")
    assert list(tmp_path.iterdir()) == []


def test_checking_a_path_writes_nothing(tmp_path):
    report.check_path(tmp_path / "a.md")
    assert list(tmp_path.iterdir()) == []


def test_an_older_report_is_replaced(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("older")
    report.write(count(), path)
    assert path.read_text(encoding="utf-8") == md.render(count())


def test_an_audit_that_cannot_be_written_leaves_the_older_report(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("older")
    audit = count()
    broken = msgspec.structs.replace(
        audit, performance=msgspec.structs.replace(audit.performance, test={"rps": float("nan")})
    )
    with pytest.raises(ValueError, match="not a finite number"):
        report.write(broken, path)
    assert path.read_text() == "older"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_write_leaves_the_older_report_and_no_rest(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    path.write_text("older")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fairaudit.files.os.replace", full)
    with pytest.raises(OptionError, match="No space left on device"):
        report.write(count(), path)
    assert path.read_text() == "older"
    assert [each.name for each in tmp_path.iterdir()] == ["a.md"]
