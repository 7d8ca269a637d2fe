"""Types that most modules share: arrays of one kind of number, and what long work tells of its steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
"""Numbers."""
Ints = NDArray[np.intp]
"""Codes, counts and places."""
Flags = NDArray[np.bool_]
"""Yes or no for each."""
Step = Callable[[str], None]
"""Is told the name of each step as it begins."""
