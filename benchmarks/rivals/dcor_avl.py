"""dcor's fast algorithm on trees, for one number against another. The value only: dcor has no gradients."""

import dcor

COMPUTES = "value"
ORDER = 1


def prepare(data, measure, method="avl"):
    column = data.encode()[:, 0].copy()  # float64: on int64 dcor 0.7 overflows
    return lambda: (float(dcor.distance_covariance_sqr(data.prediction, column, method=method)), None)
