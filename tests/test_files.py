"""Files appear whole or not at all, and what is no file is not replaced."""

import os
import threading

import pytest

from fairaudit.errors import OptionError
from fairaudit.files import check_target, check_targets, write_all, write_whole


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"all of it")
    reader.join()
    assert read == [b"all of it"]
    assert pipe.is_fifo()


def test_a_file_keeps_its_permissions_and_leaves_no_other_behind(tmp_path):
    target = tmp_path / "r.md"
    target.write_text("old")
    target.chmod(0o640)
    write_whole(target, b"new")
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new", 0o640)
    assert list(tmp_path.iterdir()) == [target]


def test_a_message_names_the_path_once(tmp_path):
    with pytest.raises(OptionError) as caught:
        check_target(tmp_path / "nowhere" / "report.html")
    assert str(caught.value).count("report.html") == 1


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OptionError, match="is a folder"):
        write_whole(tmp_path, b"")


@pytest.mark.parametrize(("name", "reason"), [("x" * 300, "File name too long"), ("a\0b", "null byte")])
def test_an_impossible_name_is_refused_before_any_work(tmp_path, name, reason):
    with pytest.raises(OptionError, match=reason):
        check_target(tmp_path / name)


def test_links_in_a_circle_lead_nowhere(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OptionError, match="could not be written"):
        write_whole(tmp_path / "a", b"")


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_and_stays_a_link(tmp_path, there):
    folder = tmp_path / "folder"
    folder.mkdir()
    target, link = folder / "target.md", tmp_path / "link.md"
    if there:
        target.write_text("old")
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert list(folder.iterdir()) == [target]


def test_a_longest_name_has_room_for_the_one_beside_it(tmp_path):
    target = tmp_path / ("\N{CJK UNIFIED IDEOGRAPH-4E00}" * 85)  # 255 bytes
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"


def test_one_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path, monkeypatch):
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("old")
    with pytest.raises(OptionError, match="No space left"):
        write_all({old: b"renewed", new: b"new", "/dev/full": b"all of it"})
    assert list(tmp_path.iterdir()) == [old]
    assert old.read_text() == "old"


def test_two_outputs_need_two_places(tmp_path):
    (tmp_path / "b.md").symlink_to(tmp_path / "a.md")
    with pytest.raises(OptionError, match=r"b\.md' is another output as well"):
        check_targets([tmp_path / "a.md", tmp_path / "b.md"])
    with pytest.raises(OptionError, match=r"a\.md' is the source as well"):
        check_targets([tmp_path / "a.md"], {tmp_path / "b.md": "the source"})
