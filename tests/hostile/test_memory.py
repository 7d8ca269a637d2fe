"""Memory that is not there is told as what it is, before it is asked for where its size is known."""

from __future__ import annotations

import re
import sys
import tracemalloc

import duckdb
import numpy as np
import pandas as pd
import pytest

from fairaudit import Options, RoleError, SizeError, audit, cli, memory_limit
from fairaudit.chance.bootstrap import drawn_masses
from fairaudit.data.sources import too_large
from fairaudit.distance.coupled import coupled
from fairaudit.memory import _own_pages
from fairaudit.scoretable.grid import CHUNK


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


def table(**columns):
    rows = len(next(iter(columns.values())))
    return pd.DataFrame({"score": np.linspace(0, 1, rows), "y": np.arange(rows) % 2, **columns})


def room_for(size):
    """A limit that leaves so much beside what the tests before it took."""
    return memory_limit(int(_own_pages(1) + size))


def peak_of(work):
    """Largest memory that NumPy and Python held at once during some work, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_id_as_protected_attribute_is_refused_before_each_level_gets_a_place_of_its_own():
    """One place for each of 10,000 levels among all others would be 800 MB."""
    people = table(person=[f"level {k // 2}" for k in range(20_000)])

    def audited():
        with pytest.raises(RoleError, match=r"form 10,000 cells .* at most 3,000 are measured: .* merge rare"):
            audit(people, prediction="score", protected="person")

    assert peak_of(audited) < 80e6


def test_too_many_replicates_are_refused_with_how_many_fit():
    people = table(sex=["f", "m"] * 500)
    asked = Options(bootstrap=100_000, permutations=0)
    with room_for(60e6), pytest.raises(SizeError) as refused:
        audit(people, prediction="score", target="y", protected="sex", options=asked)
    fitting = re.search(
        r"100,000 bootstrap replicates of \d+ groups and values need .* at most ([\d,]+) repl", str(refused.value)
    )
    assert fitting is not None
    assert 1 < int(fitting[1].replace(",", "")) < 100_000


def test_cells_that_do_not_fit_are_refused():
    people = table(place=[f"place {k % 2_000}" for k in range(4_000)])
    with room_for(60e6), pytest.raises(SizeError, match=r"distances between 2,000 cells .* merge rare levels"):
        audit(people, prediction="score", protected="place", options=Options(bootstrap=0, permutations=0))


def test_many_attributes_take_little_more_memory_than_their_joint_cells(encode):
    """Of 40 attributes with 600 joint cells all matrices at once would be 40 × 600² × 8 bytes, several times over."""
    rng = np.random.default_rng(0)
    rows = encode(**{f"a{k}": rng.choice(["x", "y"], 600) for k in range(40)})
    weight = np.full(600, 1 / 600)
    matrix = 600 * 600 * 8
    assert peak_of(lambda: coupled(rows, "jdcov", weight)) < 10 * matrix + 2 * 8 * CHUNK


@pytest.mark.parametrize("unequal", [False, True])
def test_replicates_are_drawn_in_the_memory_that_they_fill(unequal):
    rows = np.full(20_000, 3.0)
    squares = rows * (1.5 if unequal else 1.0)
    filled = 500 * len(rows) * 8
    drawn = peak_of(lambda: drawn_masses(rows, rows, squares, 500, np.random.default_rng(0)))
    assert drawn < filled + 4 * 8 * CHUNK


def test_memory_that_a_table_does_not_find_is_no_fault_of_its_file():
    told = str(
        too_large(duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate 8 GiB (1 GiB used)\n\nSee"))
    )
    assert told.startswith("there is not enough memory to read the table (failed to allocate 8 GiB (1 GiB used)); give")
