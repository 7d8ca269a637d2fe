"""scikit-learn's linear models, the strength of the ridge by its own cross-validation."""

import numpy as np
from sklearn.linear_model import GammaRegressor, LogisticRegressionCV, PoissonRegressor, RidgeCV, TweedieRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from learners import POWER, encoder

ALPHAS = np.logspace(-6, 1, 8)


def fit(rows, family, number=None):
    """Logistic, ridge, Poisson, gamma or Tweedie regression."""
    y = rows.outcome / rows.exposure
    if family == "binomial":
        model = LogisticRegressionCV(
            Cs=10, scoring="neg_log_loss", max_iter=2000, l1_ratios=(0.0,), use_legacy_attributes=False
        )
        pipeline = make_pipeline(encoder(number), model).fit(rows.features, y)
        return lambda new: pipeline.predict_proba(new.features)[:, 1]
    if family == "gaussian":
        pipeline = make_pipeline(encoder(number), RidgeCV(np.logspace(-3, 4, 15))).fit(rows.features, y)
        return lambda new: pipeline.predict(new.features)
    models = {"poisson": PoissonRegressor, "gamma": GammaRegressor}
    options = {"max_iter": 2000, "solver": "newton-cholesky"}
    one = models[family](**options) if family in models else TweedieRegressor(power=POWER, link="log", **options)
    pipeline = make_pipeline(encoder(number), GridSearchCV(one, {"alpha": ALPHAS}))
    matrix = pipeline[0].fit_transform(rows.features)
    pipeline[1].fit(matrix, y, sample_weight=rows.exposure)
    return lambda new: pipeline[1].predict(pipeline[0].transform(new.features))
