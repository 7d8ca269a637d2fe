"""scikit-learn's linear models on splines of the numbers, the strength of the ridge by its own cross-validation."""

from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

from learners import scikit_learn_linear


def fit(rows, family):
    """The same models as `scikit_learn_linear`, on cubic splines with their default of five knots at quantiles."""
    splines = make_pipeline(SplineTransformer(knots="quantile", extrapolation="linear"), StandardScaler())
    return scikit_learn_linear.fit(rows, family, splines)
