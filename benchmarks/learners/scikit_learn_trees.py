"""scikit-learn's boosted trees with their defaults."""

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline

from learners import encoder

LOSSES = {"gaussian": "squared_error", "poisson": "poisson", "gamma": "gamma", "tweedie": "poisson"}
"""It has no loss of the Tweedie family; that of counts is nearest."""


def fit(rows, family):
    """HistGradientBoosting, which stops early where there are more than 10,000 rows."""
    y = rows.outcome / rows.exposure
    if family == "binomial":
        pipeline = make_pipeline(encoder(), HistGradientBoostingClassifier(random_state=0)).fit(rows.features, y)
        return lambda new: pipeline.predict_proba(new.features)[:, 1]
    model = HistGradientBoostingRegressor(loss=LOSSES[family], random_state=0)
    matrix = encoder().fit(rows.features)
    model.fit(matrix.transform(rows.features), y, sample_weight=rows.exposure)
    return lambda new: model.predict(matrix.transform(new.features))
