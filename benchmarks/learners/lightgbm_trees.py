"""LightGBM with its defaults, levels as categories."""

import lightgbm
import pandas as pd

from learners import POWER

OBJECTIVES = {
    "binomial": "binary",
    "gaussian": "regression",
    "poisson": "poisson",
    "gamma": "gamma",
    "tweedie": "tweedie",
}


def fit(rows, family):
    """A hundred trees of 31 leaves."""
    levels = {name: sorted(rows.features[name].unique()) for name in rows.features.select_dtypes(object)}

    def matrix(features):
        return features.assign(**{name: pd.Categorical(features[name], known) for name, known in levels.items()})

    y = rows.outcome / rows.exposure
    options = {
        "objective": OBJECTIVES[family],
        "tweedie_variance_power": POWER,
        "verbose": -1,
        "seed": 0,
        "num_threads": 1,
    }
    model = lightgbm.train(options, lightgbm.Dataset(matrix(rows.features), y, weight=rows.exposure))
    return lambda new: model.predict(matrix(new.features))
