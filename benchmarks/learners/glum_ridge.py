"""glum, the strength of the ridge by its own cross-validation."""

from glum import GeneralizedLinearRegressorCV, TweedieDistribution

from learners import POWER, encoder


def fit(rows, family):
    """Generalised linear models with a ridge, five folds."""
    law = TweedieDistribution(POWER) if family == "tweedie" else {"gaussian": "normal"}.get(family, family)
    link = "log" if family == "tweedie" else "auto"
    matrix = encoder().fit(rows.features)
    model = GeneralizedLinearRegressorCV(l1_ratio=0, family=law, link=link, n_alphas=20, cv=5)
    model.fit(matrix.transform(rows.features), rows.outcome / rows.exposure, sample_weight=rows.exposure)
    return lambda new: model.predict(matrix.transform(new.features))
