"""No number depends on what lies around a run: threads, seeds of hashes, place, time, other runs, the order of rows."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_configurations import people

pytestmark = pytest.mark.slow
ROLES = (
    "--target",
    "y",
    "--protected",
    "sex",
    "--protected",
    "age",
    "--bootstrap",
    "50",
    "--permutations",
    "49",
    "--json",
)
QUESTIONS = {
    "audit": ("audit", "t.csv", "--prediction", "s", "--threshold", "0.5", *ROLES),
    "engine": ("audit", "t.csv", "--prediction", "s", "--engine", "duckdb", *ROLES),
    "fit": ("fit", "t.csv", "--features", "s", "--features", "dept", *ROLES),
}
PLAIN = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
ELSEWHERE = {
    "hashes": {"PYTHONHASHSEED": "4242"},
    "threads": {"OMP_NUM_THREADS": "4", "NUMBA_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "3"},
    "place and time": {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "de_DE"},
}
ROUNDING = 1e-12
"""What sums of rows in another order may differ by, relative to the larger of the number and 1."""


def started(folder: Path, arguments: tuple[str, ...], **changes: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "fairaudit", *arguments]
    environment = {**os.environ, **PLAIN, **changes}
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def answer(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    return out


def numbers(node: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a result with its place."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if inner is None:
        yield place, node
    else:
        for key, value in inner:
            yield from numbers(value, f"{place}.{key}")


def alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=ROUNDING)
    return one == other


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "t.csv").write_bytes(people())
    return tmp_path


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_byte_of_an_answer_depends_on_hashes_threads_place_or_time(question, folder):
    plain = answer(started(folder, QUESTIONS[question]))
    for name, changes in ELSEWHERE.items():
        assert answer(started(folder, QUESTIONS[question], **changes)) == plain, name


@pytest.mark.parametrize("question", ["audit", "engine"])
def test_no_number_of_an_audit_depends_on_the_order_of_rows(question, folder):
    before = json.loads(answer(started(folder, QUESTIONS[question])))
    header, *rows = people().decode().splitlines()
    (folder / "t.csv").write_text(
        "\n".join([header, *rows[::-7], *(r for k, r in enumerate(rows[::-1]) if k % 7)]) + "\n"
    )
    after = json.loads(answer(started(folder, QUESTIONS[question])))
    for result in (before, after):
        assert result["source"].pop("sha256")
    assert [(place, one, other) for (place, one), (_, other) in zip(numbers(before), numbers(after), strict=True)
            if not alike(one, other)] == []  # fmt: skip


def test_runs_at_once_that_write_the_same_reports_do_not_disturb_each_other(folder):
    reports = tuple(part for name in ("r.json", "r.html") for part in ("--report", name))
    runs = [started(folder, (*QUESTIONS["audit"], *reports, "--seed", str(seed))) for seed in (1, 2, 3)]
    answers = [answer(process) for process in runs]
    assert len(set(answers)) == 3
    written = (folder / "r.json").read_text(encoding="utf-8")
    assert written in answers
    alone = (*QUESTIONS["audit"], "--report", "alone.html", "--seed", str(1 + answers.index(written)))
    answer(started(folder, alone))
    assert (folder / "r.html").read_bytes() == (folder / "alone.html").read_bytes()
    assert sorted(os.listdir(folder)) == ["alone.html", "r.html", "r.json", "t.csv"]
