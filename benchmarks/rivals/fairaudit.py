"""This package: joint cells and coupling once, then one sort and one pass per call."""

import numpy as np
import pandas as pd

from fairaudit.cells import cells, sum_by
from fairaudit.roles import Protected
from fairaudit.stats.coupling import blocks, coupling
from fairaudit.stats.kernel import weighted_absolute_differences

COMPUTES = "value and gradient"
ORDER = 1


def encoded(columns):
    kinds = {name: "categorical" if values.dtype == object else "continuous" for name, values in columns.items()}
    series = {name: pd.Series(values, dtype=values.dtype) for name, values in columns.items()}
    return cells(series, [Protected(name, kind) for name, kind in kinds.items()])


def prepare(data, measure):
    made = blocks(encoded(data.columns))
    weight = np.full(len(data.prediction), 1 / len(data.prediction))
    matrix = coupling(measure, made, sum_by(made.cell, weight)).matrix
    return lambda: weighted_absolute_differences(data.prediction, made.cell, weight, matrix)
