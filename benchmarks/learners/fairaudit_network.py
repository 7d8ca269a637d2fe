"""This package's network with its defaults."""

from functools import partial

import fairaudit
from learners import fairaudit_glm

fit = partial(fairaudit_glm.fit, estimator=fairaudit.PenalizedNetwork)
