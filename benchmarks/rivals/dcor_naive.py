"""dcor on several columns, for which it has only the distance matrices. The value only."""

import dcor

COMPUTES = "value"
ORDER = 2


def prepare(data, measure):
    encoding = data.encode()
    return lambda: (float(dcor.distance_covariance_sqr(data.prediction[:, None], encoding)), None)
