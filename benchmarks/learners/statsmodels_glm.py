"""statsmodels' generalised linear models, by maximum likelihood without a penalty."""

import numpy as np
import statsmodels.api as sm

from learners import POWER, encoder


def fit(rows, family):
    """One column of each set of levels is left out, so that the model has one solution."""
    families = {
        "binomial": sm.families.Binomial(),
        "gaussian": sm.families.Gaussian(),
        "poisson": sm.families.Poisson(),
        "gamma": sm.families.Gamma(sm.families.links.Log()),
        "tweedie": sm.families.Tweedie(sm.families.links.Log(), POWER),
    }
    matrix = encoder(drop="first").fit(rows.features)

    def columns(new):
        return sm.add_constant(matrix.transform(new.features), has_constant="add")

    counted = {"exposure": rows.exposure} if family == "poisson" else {}
    model = sm.GLM(rows.outcome, columns(rows), family=families[family], **counted).fit(maxiter=200)
    return lambda new: model.predict(columns(new), **({"exposure": np.ones(len(new.outcome))} if counted else {}))
