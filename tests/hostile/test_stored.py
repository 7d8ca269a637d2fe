"""Files that once ended badly: those that `make fuzz` found, in ``found``, and those of an earlier campaign."""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

import pytest
from hostile_runs import Question, run

FOUND = Path(__file__).parent / "found"
EARLIER = Path(__file__).parents[3] / "shared" / "cases" / "hostile"
TABLES = {".csv", ".tsv", ".txt"}
SUFFIXES = {*TABLES, ".parquet", ".skops", ".toml"}


@pytest.mark.parametrize("folder", sorted(FOUND.iterdir()), ids=lambda folder: folder.name)
def test_what_a_campaign_found_is_mended(folder, tmp_path):
    """``COMMAND`` begins with the command, as a shell has it; the other files are what it reads."""
    command = (folder / "COMMAND").read_text(encoding="utf-8")
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "COMMAND"}
    program, *arguments = shlex.split(command)
    assert program == "fairaudit"
    assert run(Question(tuple(arguments), files), tmp_path).faults() == []


def questions(path: Path) -> list[tuple[str, ...]]:
    """What the campaign asked of a file, by its kind."""
    kind = path.suffix.lower()
    if kind == ".skops":
        return [("audit", "compas", "--model", path.name, "--bootstrap", "20", "--permutations", "19")]
    if kind == ".toml":
        knowledge = ("fit", "wellbeing", "--knowledge", path.name, "--bootstrap", "0", "--permutations", "0")
        return [("check", path.name), ("baseline", "update", path.name), knowledge]
    if kind == ".parquet":
        return [("init", path.name)]
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        names = next(csv.reader(file, delimiter="\t" if kind == ".tsv" else ","))
    first, second, last = *(names + ["y", "s", "g"] * (len(names) < 3))[:2], names[-1]
    quick = ("--bootstrap", "20", "--permutations", "19")
    fit = ("fit", path.name, "--target", first, "--protected", last, *quick)
    audit = ("audit", path.name, "--target", first, "--prediction", second, "--protected", last, *quick)
    return [("init", path.name), fit, audit]


def stored() -> list[Path]:
    return sorted(path for path in EARLIER.glob("*") if path.suffix.lower() in SUFFIXES)


@pytest.mark.slow
@pytest.mark.skipif(not stored(), reason="the files are kept outside the repository, in ../shared/cases/hostile")
@pytest.mark.parametrize("path", stored(), ids=lambda path: path.name)
def test_a_file_of_an_earlier_campaign_is_answered_or_refused(path, tmp_path):
    for arguments in questions(path):
        assert run(Question(arguments, {path.name: path.read_bytes()}), tmp_path).faults() == []
