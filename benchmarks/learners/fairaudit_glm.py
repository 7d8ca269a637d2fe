"""This package's generalised linear model with its defaults."""

import fairaudit


def fit(rows, family, estimator=fairaudit.PenalizedGLM):
    """A plain model: no penalty."""
    model = estimator(family=family, unseen="mean")
    exposure = {"exposure": rows.exposure} if family == "poisson" else {}
    model.fit(rows.features, rows.outcome, **exposure)
    return lambda new: mean(model, new)


def mean(model, rows):
    """Expected outcomes per unit of exposure."""
    return model.predict_proba(rows.features)[:, 1] if model.family == "binomial" else model.predict(rows.features)
