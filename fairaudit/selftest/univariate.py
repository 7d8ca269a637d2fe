"""Means and standard deviations of the NIST data sets that defeat one-pass formulas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from fairaudit.arrays import Floats
from fairaudit.selftest.case import Case
from fairaudit.selftest.tables import law

TITLE = "means and standard deviations"
SOURCE = "NIST StRD, univariate, www.itl.nist.gov/div898/strd/univ"


def cases() -> Iterator[Case]:
    """NumAcc1 to NumAcc4, of which NIST gives the values exactly."""
    known = (
        ("NumAcc1", np.array([10000001.0, 10000003.0, 10000002.0]), "10000002", "1", 12),
        ("NumAcc2", _alternating(1.2), "1.2", "0.1", 12),
        ("NumAcc3", _alternating(1000000.2), "1000000.2", "0.1", 8),
        ("NumAcc4", _alternating(10000000.2), "10000000.2", "0.1", 7),
    )
    for name, values, mean, deviation, digits in known:
        of = law(pd.DataFrame({"y": values}), "mean_outcome", target="y", task="regression")
        lost = None if digits == 12 else "the decimals of the data have no more digits in doubles"
        size = len(values)
        yield Case(f"{name}, mean", SOURCE, _exact(mean), float(of.value[0]), 12)
        yield Case(
            f"{name}, standard deviation", SOURCE, _exact(deviation), float(of.error[0]) * size**0.5, digits, lost
        )


def _exact(text: str) -> str:
    """The value with as many digits as a double has."""
    return f"{float(text):.15g}" if "." not in text else text + "0" * (15 - len(text.replace(".", "").lstrip("0")))


def _alternating(centre: float) -> Floats:
    """A number, and 500 times a tenth less and a tenth more than it."""
    return np.concatenate([[centre], np.tile([round(centre - 0.1, 1), round(centre + 0.1, 1)], 500)])
