"""Random streams: each has one use, and no two draw the same numbers."""

import ast
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import fairaudit
from fairaudit.streams import Stream

PACKAGE = Path(fairaudit.__file__).parent
MODULES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")}
SEEDS = ("default_rng", "RandomState", "SeedSequence", "PCG64", "Philox")
"""What makes a generator from a number."""


def test_every_stream_has_one_use():
    used = Counter(
        node.attr
        for tree in MODULES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Stream"
    )
    assert used == Counter(stream.name for stream in Stream)


def test_no_other_module_makes_a_generator():
    made = {
        (name, node.attr)
        for name, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in (*SEEDS, "seed") and "np.random" in ast.unparse(node)
    }
    assert made == {("streams.py", "default_rng")}


@pytest.mark.parametrize("seed", [0, 1, 2**31])
def test_no_two_streams_repeats_or_seeds_draw_the_same_numbers(seed):
    drawn = [
        tuple(stream.generator(each, repeat).random(4))
        for stream in Stream
        for each in (seed, seed + 1)
        for repeat in (0, 1)
    ]
    assert len(set(drawn)) == 4 * len(Stream)


def test_the_same_seed_draws_the_same_numbers_again():
    for stream in Stream:
        np.testing.assert_array_equal(stream.generator(3).random(4), stream.generator(3).random(4))


def test_what_parts_rows_in_one_place_says_nothing_of_another():
    """The first half of the rows in one stream holds about half of the first half in any other."""
    halves = {stream: set(stream.generator(0).permutation(4000)[:2000].tolist()) for stream in Stream}
    for one in Stream:
        for other in Stream:
            shared = len(halves[one] & halves[other])
            assert abs(shared - 1000) < 5 * 15.8 if one != other else shared == 2000  # hypergeometric: sd 15.8
