"""Faults of the machine, by doing them: one sentence, a status, and files old or new, never half."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kills import kill_once

AUDIT = ["audit", "t.csv", "--prediction", "score", "--protected", "sex", "--bootstrap", "0", "--permutations", "0"]
REPORTS = ["r.html", "r.json"]
SEVERAL = [*AUDIT, *(part for name in REPORTS for part in ("--report", name)), "--quiet"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits, signals and mounts of Linux")


@pytest.fixture
def folder(tmp_path):
    rows = (f"{k % 100 / 100},{'fm'[k % 2]}" for k in range(300))
    (tmp_path / "t.csv").write_text("score,sex\n" + "\n".join(rows) + "\n")
    for name in REPORTS:
        (tmp_path / name).write_text("old")
    return tmp_path


def start(folder, arguments, **changes):
    return subprocess.Popen(
        [sys.executable, "-m", "fairaudit", *arguments],
        **{"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | changes,
    )


def run(folder, arguments, **changes):
    """Exit status, standard output and error."""
    process = start(folder, arguments, **changes)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def environment(**changes):
    """The environment with some variables changed; None takes one away."""
    merged = dict(os.environ) | changes
    return {name: value for name, value in merged.items() if value is not None}


def one_sentence(err):
    return err.startswith("Error: ") and err.count("\n") == 1 and "Traceback" not in err


def untouched(folder):
    """Whether all reports are old, and nothing lies beside them."""
    return all((folder / name).read_text() == "old" for name in REPORTS) and sorted(os.listdir(folder)) == sorted(
        ["t.csv", *REPORTS]
    )


def test_a_limit_on_the_size_of_files_is_told_and_leaves_all_old(folder):
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))  # noqa: E731
    status, _, err = run(folder, SEVERAL, preexec_fn=limit)
    assert status == 2
    assert one_sentence(err)
    assert "could not be written: File too large" in err
    assert untouched(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_file_system_is_told_and_leaves_all_old(folder):
    full = folder / "full"
    full.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(full)], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        (full / "r.html").write_text("old")
        (full / "fill").write_bytes(b"x" * 40_000)
        reports = ["--report", "full/r.json", "--report", "full/r.html", "--quiet"]
        status, _, err = run(folder, [*AUDIT, *reports])
        assert status == 2
        assert one_sentence(err)
        assert "No space left on device" in err
        assert (full / "r.html").read_text() == "old"
        assert sorted(os.listdir(full)) == ["fill", "r.html"]
    finally:
        subprocess.run(["umount", str(full)], check=True)


def without_rights(command):
    """A command with no more rights than the owner of the files has, where root would have all."""
    if os.geteuid():
        return command
    return ["setpriv", "--inh-caps=-all", "--bounding-set=-all", *command]


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root can give up no rights here")
def test_without_a_home_it_audits_and_a_folder_that_cannot_be_written_to_is_told(folder):
    """As in most containers."""
    homeless = environment(HOME="/nonexistent", USER=None, XDG_CACHE_HOME=None, NUMBA_CACHE_DIR=None)
    os.chmod(folder, 0o555)
    try:
        command = without_rights([sys.executable, "-m", "fairaudit", *AUDIT, "--json"])
        done = subprocess.run(command, cwd=folder, env=homeless, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("{")
        command = without_rights([sys.executable, "-m", "fairaudit", *SEVERAL])
        done = subprocess.run(command, cwd=folder, env=homeless, capture_output=True, text=True)
        assert done.returncode == 2
        assert one_sentence(done.stderr)
        assert "cannot be written to" in done.stderr
    finally:
        os.chmod(folder, 0o755)
    assert untouched(folder)


@pytest.mark.parametrize("size", [150, 1_000])
def test_address_space_that_does_not_suffice_is_told_before_libraries_hang_or_die(folder, size):
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (size * 10**6,) * 2)  # noqa: E731
    status, _, err = run(folder, SEVERAL, preexec_fn=limit)
    assert status == 2
    assert one_sentence(err)
    assert "of address space, and libraries take 2.0 GB before a row is read" in err
    assert untouched(folder)


@pytest.mark.slow
@pytest.mark.parametrize("size", [2_050, 2_250, 2_450, 2_650, 3_000])
def test_address_space_in_which_not_every_library_has_room_is_enough_or_told(folder, size):
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (size * 10**6,) * 2)  # noqa: E731
    status, _, err = run(folder, SEVERAL, preexec_fn=limit)
    assert status in (0, 2)
    assert status == 0 or (one_sentence(err) and "not enough memory" in err), err
    assert old_or_new(folder)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_signals_at_twenty_moments_of_five_seconds_leave_all_old_or_all_new(folder, sent):
    """On a machine at rest a run takes two seconds, on a busy one ten."""
    for moment in range(20):
        process = start(folder, SEVERAL)
        time.sleep(moment / 4)
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)
        assert "fairaudit" not in err or "Traceback" not in err
        assert old_or_new(folder)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="only root can become another user")
def test_another_user_who_may_only_read_audits_and_is_told_where_he_may_not_write(folder):
    for path in (folder, *folder.parents):  # temporary folders are the owner's own
        if path.stat().st_uid == 0 and path != path.parent:
            path.chmod(path.stat().st_mode | 0o055)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-m", "fairaudit"]
    if subprocess.run([*nobody, "--version"], capture_output=True, cwd="/").returncode:
        pytest.skip("another user may not read this installation")
    done = subprocess.run([*nobody, *AUDIT, "--json"], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*nobody, *SEVERAL], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 2
    assert one_sentence(done.stderr)
    assert untouched(folder)


@pytest.mark.parametrize("wait", [0.05, 0.3, 0.8, 1.6])
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"])
def test_a_signal_ends_it_without_a_traceback_and_files_are_old_or_new(folder, sent, status, wait):
    process = start(folder, SEVERAL)
    time.sleep(wait)
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    # Before the first line of ours runs, the interpreter itself ends as the system has it.
    assert process.returncode in (status, 0, -sent, 1 if "site" in err else status), err
    assert "fairaudit" not in err or "Traceback" not in err
    assert old_or_new(folder)


def old_or_new(folder):
    """Whether the reports are all old, or all new, and nothing lies beside them."""
    old = [(folder / name).read_text() == "old" for name in REPORTS]
    return (all(old) or not any(old)) and sorted(os.listdir(folder)) == sorted(["t.csv", *REPORTS])


def test_killed_at_a_random_moment_it_leaves_all_old_or_all_new(folder):
    """`make kills` does the same 200 times."""
    outcomes = [kill_once(folder, seed) for seed in range(2)]
    assert set(outcomes) <= {"old", "new"}


@pytest.mark.slow
def test_no_byte_of_a_result_depends_on_the_locale(folder):
    outcomes = {
        run(folder, [*AUDIT, "--json"], env=environment(LC_ALL=locale, LANG=locale, PYTHONUTF8=None))
        for locale in ("C", "tr_TR.UTF-8", "no_NO.nowhere")
    }
    ((status, _, err),) = outcomes
    assert (status, err) == (0, "")


def test_an_empty_date_of_the_source_is_no_date(folder):
    status, _, err = run(folder, SEVERAL, env=environment(SOURCE_DATE_EPOCH=""))
    assert (status, err) == (0, "")


def test_a_working_directory_that_was_deleted_is_no_place_to_read_or_write(folder):
    gone = folder / "gone"
    gone.mkdir()
    script = f'cd {gone}; rmdir {gone}; exec {sys.executable} -m fairaudit audit "$@"'
    there = [str(folder / "t.csv"), *AUDIT[2:], "--json"]
    paths = environment(PYTHONPATH=str(Path(__file__).parents[2]))
    done = subprocess.run(["bash", "-c", script, "bash", *there], capture_output=True, text=True, env=paths)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(["bash", "-c", script, "bash", *AUDIT[1:]], capture_output=True, text=True, env=paths)
    assert done.returncode == 2


@pytest.mark.slow
def test_a_table_that_shrinks_while_it_is_read_is_read_or_refused_in_one_sentence(folder):
    table = folder / "t.csv"
    whole = table.read_text() * 2000
    whole = whole.replace("\nscore,sex", "")
    for wait in (0.3, 0.9, 1.3):
        table.write_text(whole)
        process = start(folder, SEVERAL)
        time.sleep(wait)
        os.truncate(table, len(whole) // 3)
        _, err = process.communicate(timeout=120)
        assert process.returncode in (0, 2), err
        assert process.returncode == 0 or one_sentence(err), err
