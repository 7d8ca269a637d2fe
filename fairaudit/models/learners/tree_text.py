"""Whether trees written as text can be handed to LightGBM, which reads them in native code that trusts its input."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from fairaudit.arrays import check_numbers

HEADER = {
    *("version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective"),
    *("monotone_constraints", "feature_names", "feature_infos", "tree_sizes"),
}
"""Names of the lines before the trees."""
SPLITS = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
"""Lines of a tree with a number for each split."""
OPTIONAL_SPLITS = ("split_gain", "internal_value", "internal_weight", "internal_count")
OPTIONAL_LEAVES = ("leaf_weight", "leaf_count")
SINGLE = ("num_leaves", "num_cat", "is_linear", "shrinkage")
CATEGORIES = ("cat_boundaries", "cat_threshold")
CATEGORY = 1
"""Bit of a decision type that says that levels are split."""


def check_trees(text: str, features: int, columns: int) -> None:
    """Refuse a text that LightGBM did not write for so many features and linear predictors.

    A place outside an array, or a tree whose branches lead back, would be followed.

    Raises:
        ValueError: it did not.
    """
    first = re.search(r"^Tree=0$", text, re.MULTILINE)
    if first is None or not text.isascii() or not text.startswith("tree\n"):
        raise ValueError("its trees are not as LightGBM writes them")
    head = _lines(text[len("tree\n") : first.start()], "their head")
    if not set(head) <= HEADER:
        raise ValueError(f"the head of its trees holds {', '.join(sorted(set(head) - HEADER))}")
    for name, number in (
        ("num_class", columns),
        ("num_tree_per_iteration", columns),
        ("max_feature_idx", features - 1),
    ):
        if head.get(name) != str(number):
            raise ValueError(f"its trees have {name}={head.get(name)}, and not {number}")
    for name in ("feature_names", "feature_infos"):
        if len(head.get(name, "").split()) != features:
            raise ValueError(f"the {name} of its trees are not {features}")
    place = first.start()
    sizes = _whole(head.get("tree_sizes", ""))
    if not sizes or len(sizes) % columns:
        raise ValueError(f"it has {len(sizes)} trees for {columns} linear predictors")
    for number, size in enumerate(sizes):
        begin = f"Tree={number}\n"
        if size < len(begin) or not text.startswith(begin, place):
            raise ValueError(f"tree {number} is not where its size says")
        _check_tree(_lines(text[place + len(begin) : place + size], f"tree {number}"), features, f"tree {number}")
        place += size
    if not text.startswith("end of trees", place):
        raise ValueError("its trees go on after the last")


def _check_tree(tree: dict[str, str], features: int, name: str) -> None:
    """Refuse one tree."""
    known = {*SINGLE, *SPLITS, *OPTIONAL_SPLITS, "leaf_value", *OPTIONAL_LEAVES, *CATEGORIES}
    if not set(tree) <= known or tree.get("is_linear", "0") != "0":
        raise ValueError(f"{name} holds more than a tree of constants does")
    (leaves,), (levels,) = _whole(tree["num_leaves"]), _whole(tree["num_cat"])
    if leaves < 1 or not 0 <= levels < leaves:
        raise ValueError(f"{name} has {leaves} leaves, and splits levels {levels} times")
    check_numbers(f"the leaves of {name}", _real(tree["leaf_value"]), (leaves,))
    check_numbers(f"the shrinkage of {name}", _real(tree["shrinkage"]), (1,))
    if leaves == 1:
        return
    lengths = {**dict.fromkeys((*SPLITS, *OPTIONAL_SPLITS), leaves - 1), **dict.fromkeys(OPTIONAL_LEAVES, leaves)}
    for line, length in lengths.items():
        if (line in SPLITS or line in tree) and len(_real(tree.get(line, ""))) != length:  # a threshold may be infinite
            raise ValueError(f"{name} has another number of {line} than {length}")
    if not all(0 <= feature < features for feature in _whole(tree["split_feature"])):
        raise ValueError(f"{name} splits a feature that there is not")
    _check_branches(_whole(tree["left_child"]), _whole(tree["right_child"]), name)
    kinds = _whole(tree["decision_type"])
    if not all(0 <= each < 16 for each in kinds):
        raise ValueError(f"{name} decides in a way that there is not")
    split = [cut for cut, each in zip(_real(tree["threshold"]), kinds, strict=True) if each & CATEGORY]
    _check_levels(tree, split, levels, name)


def _check_branches(left: Sequence[int], right: Sequence[int], name: str) -> None:
    """Refuse branches that are not a tree: each split but the first and each leaf is the child of one earlier split."""
    for parent, children in enumerate(zip(left, right, strict=True)):
        if any(0 <= child <= parent for child in children):
            raise ValueError(f"the branches of {name} lead back")
    if sorted((*left, *right)) != [*range(-len(left) - 1, 0), *range(1, len(left))]:
        raise ValueError(f"the branches of {name} are no tree")


def _check_levels(tree: dict[str, str], split: Sequence[float], levels: int, name: str) -> None:
    """Refuse splits of levels that look outside the sets that the tree has."""
    bounds, words = _whole(tree.get("cat_boundaries", "")), _whole(tree.get("cat_threshold", ""))
    whole = levels == 0 or (len(bounds) == levels + 1 and bounds[0] == 0 and bounds[-1] == len(words))
    rising = all(low < high for low, high in pairwise(bounds))
    held = all(0 <= cut < levels and cut == int(cut) for cut in split)
    if not (whole and rising and held and all(0 <= word < 2**32 for word in words)):
        raise ValueError(f"{name} splits levels by a set that it does not have")


def _lines(text: str, where: str) -> dict[str, str]:
    """What the lines ``name=values`` say, each name once."""
    pairs = [line.partition("=") for line in text.splitlines() if line]
    named = {name: values for name, _, values in pairs}
    if len(named) != len(pairs):
        raise ValueError(f"{where} says a thing twice")
    return named


def _whole(values: str) -> list[int]:
    return [int(value) for value in values.split()]


def _real(values: str) -> list[float]:
    return np.array(values.split(), dtype=np.float64).tolist()  # type: ignore[no-any-return]
