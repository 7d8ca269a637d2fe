"""Several files of one folder change together, whatever ends the run."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fairaudit import folders
from fairaudit.errors import OptionError
from fairaudit.files import write_all

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes that die are made by fork")

DYING = """
import os, sys
from pathlib import Path
from fairaudit import files, folders

os.fsync = lambda _: None  # for a loss of power, of which there is none here
folder, deaths = Path(sys.argv[1]), 0
names, ours = ["a.html", "b.json", "c.md"], {files.__file__, folders.__file__}

def dying_at(line):
    left = line
    def trace(frame, event, _):
        nonlocal left
        if frame.f_code.co_filename not in ours:
            return None
        left -= event == "line"
        if left == 0:
            os._exit(9)  # as by kill -9: nothing is cleared up
        return trace
    return trace

while True:
    old, new = f"run {deaths}".encode(), f"run {deaths + 1}".encode()
    files.write_all({folder / name: old for name in names})
    child = os.fork()
    if child == 0:
        sys.settrace(dying_at(deaths + 1))
        files.write_all({folder / name: new for name in names})
        os._exit(0)
    died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    files.write_all({folder / "next.txt": b"a later run"})
    assert sorted(os.listdir(folder)) == [*names, "next.txt"], (deaths, os.listdir(folder))
    contents = {(folder / name).read_bytes() for name in names}
    assert len(contents) == 1 and contents <= {old, new}, (deaths, contents)
    if not died:
        assert contents == {new}
        break
    deaths += 1
print(deaths)
"""


@posix
def test_a_run_that_dies_at_any_line_leaves_all_old_or_all_new_once_another_came(tmp_path):
    done = subprocess.run([sys.executable, "-c", DYING, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 60


WRITER = """
import os, sys
from pathlib import Path
from fairaudit.files import write_all
os.fsync = lambda _: None
for turn in range(25):
    mark = f"{sys.argv[2]} {turn}".encode()
    write_all({Path(sys.argv[1], name): mark for name in ("a", "b", "c", "d")})
"""


@posix
def test_two_writers_at_once_leave_the_files_of_one_of_them(tmp_path):
    for _ in range(2):
        writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in ("one", "two")]
        assert [writer.wait() for writer in writers] == [0, 0]
        assert sorted(os.listdir(tmp_path)) == ["a", "b", "c", "d"]
        assert len({(tmp_path / name).read_bytes() for name in ("a", "b", "c", "d")}) == 1


def test_an_interrupt_between_two_renames_comes_too_late(tmp_path, monkeypatch):
    rename, calls = os.replace, []

    def interrupted(source, target):
        rename(source, target)
        calls.append(target)
        if len(calls) == 2:  # the plan is there, and one file in its place
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all({tmp_path / "a": b"new", tmp_path / "b": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"new", "b": b"new"}


@pytest.mark.parametrize(
    "plan",
    [
        "nonsense",
        "[1]",
        '[["x"]]',
        '[[".fairaudit-x.part", "../outside"]]',
        '[["theirs.txt", "ours.txt"]]',
        '[["../theirs.part", "ours.txt"]]',
        '[[".fairaudit-x.part", "."]]',
    ],
)
def test_a_plan_that_no_run_wrote_changes_nothing(tmp_path, plan):
    folder = tmp_path / "folder"
    folder.mkdir()
    for path in (folder / ".fairaudit-x.part", folder / "theirs.txt", folder / "ours.txt", tmp_path / "theirs.part"):
        path.write_text(path.name)
    (folder / ".fairaudit-y.plan").write_text(plan)
    write_all({folder / "new.txt": b"new"})
    assert (folder / "ours.txt").read_text() == "ours.txt"
    assert sorted(os.listdir(folder)) == ["new.txt", "ours.txt", "theirs.txt"]
    assert not (tmp_path / "outside").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_what_another_user_put_there_is_left_alone(tmp_path):
    """In a folder such as /tmp a plan of somebody else would otherwise replace the files of whoever writes next."""
    (tmp_path / "report.html").write_text("mine")
    (tmp_path / ".fairaudit-x.part").write_text("theirs")
    (tmp_path / ".fairaudit-x.plan").write_text(json.dumps([[".fairaudit-x.part", "report.html"]]))
    os.chown(tmp_path / ".fairaudit-x.plan", 65534, 65534)
    write_all({tmp_path / "new.txt": b"new"})
    assert (tmp_path / "report.html").read_text() == "mine"
    assert (tmp_path / ".fairaudit-x.plan").exists()


def test_a_link_that_looks_like_a_part_is_not_followed(tmp_path):
    (tmp_path / "file.txt").write_text("there")
    (tmp_path / ".fairaudit-x.part").symlink_to(tmp_path / "file.txt")
    write_all({tmp_path / "new.txt": b"new"})
    assert (tmp_path / "file.txt").read_text() == "there"


def test_a_change_that_takes_long_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "PATIENCE", 0.1)
    with (
        folders.Replacement(tmp_path),
        pytest.raises(OptionError, match=r"another run has been writing into '.*'.* wait"),
    ):
        write_all({tmp_path / "a": b"new"})
    write_all({tmp_path / "a": b"new"})
    assert (tmp_path / "a").read_bytes() == b"new"


def test_where_folders_cannot_be_locked_only_old_parts_are_deleted(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_locked", lambda _: None)
    old, young = tmp_path / ".fairaudit-a.part", tmp_path / ".fairaudit-b.part"
    for path in (old, young):
        path.write_text("left")
    os.utime(old, (time.time() - 2 * folders.STALE,) * 2)
    write_all({tmp_path / "new.txt": b"new"})
    assert sorted(os.listdir(tmp_path)) == [young.name, "new.txt"]


def test_files_of_several_folders_are_written(tmp_path):
    places = [tmp_path / "a" / "x", tmp_path / "b" / "x", tmp_path / "a" / "y"]
    for place in places:
        Path(place.parent).mkdir(exist_ok=True)
    write_all({place: str(place).encode() for place in places})
    assert [place.read_text() for place in places] == list(map(str, places))
