"""This package: the measure once by the cheapest exact way, then one call for each prediction."""

import numpy as np
import pandas as pd

from fairaudit.data.roles import Protected
from fairaudit.distance.coupled import coupled
from fairaudit.scoretable.cells import cells

COMPUTES = "value and gradient"
ORDER = 1


def encoded(columns):
    kinds = {name: "categorical" if values.dtype == object else "continuous" for name, values in columns.items()}
    series = {name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()}
    return cells(series, [Protected(name, kind) for name, kind in kinds.items()])


def prepare(data, measure):
    weight = np.full(len(data.prediction), 1 / len(data.prediction))
    dependence = coupled(encoded(data.columns), measure, weight, pairwise=True)
    return lambda: dependence(data.prediction)
