"""This package: null distributions of all dependence measures from the same shuffles of a score table, on its grid."""

import numpy as np
from problems import DRAWS

from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.shuffles import null_distributions
from fairaudit.options import Options
from fairaudit.scoretable.table import score_table
from rivals.fairaudit import encoded

COMPUTES = "p-values"
ORDER = 1


def prepare(data, measure):
    table = score_table(encoded(data.columns), "regression", prediction=data.prediction)

    def test():
        resampled = Resampled(table, Options(permutations=DRAWS))
        measures, grid = resampled.dependence, resampled.grid
        random = np.random.default_rng(0)
        nulls = null_distributions(table, grid.index, measures.blocks.cell, measures.views(grid), DRAWS, random)
        return nulls[measure].p_value, None

    return test
