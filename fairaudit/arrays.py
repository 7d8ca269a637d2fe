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


def check_numbers(what: str, values: object, shape: tuple[int | None, ...]) -> None:
    """Refuse what are not finite real numbers in this shape, where None stands for any length.

    Raises:
        ValueError: they are not.
    """
    array = np.asarray(values)
    fits = array.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if array.dtype.kind not in "fiu" or not fits or not np.isfinite(array).all():
        wanted = " × ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(f"{what} are not finite numbers, {wanted or 'one'} of them")
