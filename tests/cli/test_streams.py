"""Standard streams that are full, closed or no longer read: the exit status first, and never a traceback."""

import subprocess
import sys

import pytest

AUDIT = ["audit", "compas", "--bootstrap", "0", "--permutations", "0"]
LIST = ["datasets", "list"]
FULL = "/dev/full"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="redirections of a POSIX shell, and /dev/full")


def shell(arguments: list[str], redirection: str, unbuffered: bool = False) -> tuple[int, str, str]:
    """Exit status of the command, and what came out."""
    flags = ["-u"] if unbuffered else []
    command = [sys.executable, *flags, "-m", "fairaudit", *arguments]
    script = f'"$@" {redirection}'
    done = subprocess.run(["bash", "-c", script, "bash", *command], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("arguments", [LIST, [*AUDIT, "--json"], AUDIT, ["--help"]], ids=" ".join)
def test_a_full_disk_is_one_message_and_no_verdict(arguments, unbuffered):
    status, _, err = shell(arguments, f"> {FULL}", unbuffered)
    assert status == 2
    assert err == "Error: the result could not be written to standard output: No space left on device\n"


def test_a_closed_standard_output_is_one_message_and_no_verdict():
    status, _, err = shell(LIST, ">&-")
    assert status == 2
    assert err == "Error: the result could not be written to standard output: it is closed\n"


def test_who_wants_no_output_may_close_it():
    assert shell([*AUDIT, "--quiet"], "<&- >&- 2>&-")[0] == 0


def test_a_closed_standard_input_holds_no_table():
    status, out, err = shell(["audit", "-", "--prediction", "p", "--protected", "s"], "<&-")
    assert (status, out) == (2, "")
    assert err.startswith("Error: standard input is closed")


@pytest.mark.parametrize("arguments", [LIST, ["--help"]], ids=" ".join)
def test_a_reader_that_has_seen_enough_is_no_error_and_no_verdict(arguments):
    status, _, err = shell(arguments, "| true; exit ${PIPESTATUS[0]}")
    assert (status, err) == (141, "")


@pytest.mark.parametrize("redirection", [f"2> {FULL}", "2>&-"])
def test_a_mistake_that_cannot_be_told_has_the_status_of_a_mistake(redirection):
    assert shell(["audit", "no.csv"], redirection)[:2] == (2, "")


def test_a_mistake_is_told_where_standard_output_is_full():
    status, _, err = shell(["audit", "no.csv"], f"> {FULL}")
    assert status == 2
    assert err.startswith("Error: there is no file 'no.csv'")


def test_a_step_says_which_of_how_many_it_is():
    from fairaudit.cli.progress import Progress

    shown = []
    step = Progress(lambda text, _: shown.append(text), steps=2)
    for name in ("counting rows", "drawing", "one more"):
        step(name)
    assert shown == ["step 1 of 2: counting rows", "step 2 of 2: drawing", "step 3 of 3: one more"]
