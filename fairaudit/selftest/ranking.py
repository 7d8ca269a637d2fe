"""The area under the curve and DeLong's interval, as R's pROC prints them for its own data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtri

from fairaudit.chance.laws.areas import Areas
from fairaudit.selftest.case import Case
from fairaudit.selftest.tables import POOR, S100B, law, numbers

TITLE = "ranking"
SOURCE = "R, pROC, roc(aSAH$outcome, aSAH$s100b, ci = TRUE)"


def cases() -> Iterator[Case]:
    """S100b of 113 patients: area, and the normal interval by DeLong's variance."""
    frame = pd.DataFrame({"y": np.array(list(POOR), dtype=int), "f": numbers(S100B).ravel()})
    areas = law(frame, "auc", prediction="f", target="y")
    assert isinstance(areas, Areas)
    area, half = float(areas.value[0]), float(-ndtri(0.025) * np.sqrt(areas.variance[0]))
    yield Case("aSAH, area under the curve", SOURCE, "0.7314", area)
    yield Case("aSAH, DeLong, lower limit", SOURCE, "0.6301", area - half)
    yield Case("aSAH, DeLong, upper limit", SOURCE, "0.8326", area + half)
