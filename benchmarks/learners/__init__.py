"""One small adaptor per library, for plain models of public tables.

Each module has ``fit(rows, family)``, which fits the library's model with its own defaults, or with the library's own
search for the strength of its penalty where it has one, and returns a function from rows to expected outcomes per unit
of exposure.
"""

from __future__ import annotations

import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

POWER = 1.5
"""Of the Tweedie family."""


def encoder(number=None, drop=None):
    """Levels as 0/1 columns, numbers standardised (or as asked); a level never seen counts as none."""
    levels = OneHotEncoder(drop=drop, handle_unknown="ignore", sparse_output=False)
    return make_column_transformer(
        (levels, make_column_selector(dtype_include=object)),
        (number or StandardScaler(), make_column_selector(dtype_include=np.number)),
    )
