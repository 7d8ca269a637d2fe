"""All ways in which rows may lie in groups."""

from __future__ import annotations

from itertools import permutations

import numpy as np


def arrangements(group):
    """Every way in which rows may lie in groups of these sizes, each once."""
    return [np.array(labels) for labels in sorted(set(permutations(group.tolist())))]
