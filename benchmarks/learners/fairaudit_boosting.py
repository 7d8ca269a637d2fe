"""This package's boosted trees with their defaults."""

from functools import partial

import fairaudit
from learners import fairaudit_glm

fit = partial(fairaudit_glm.fit, estimator=fairaudit.PenalizedBoosting)
