"""A small table with columns of every kind, and its reading by roles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table

FRAME = pd.DataFrame(
    {
        "g": ["A", "B", "A", "B", "A", "B"],
        "h": [1, 2, 1, 2, 1, 1],
        "age": [20, 30, 40, 50, 60, 70],
        "one": ["A"] * 6,
        "day": pd.to_datetime(["2020-01-01", "2020-01-02"] * 3),
        "pred": [0.1, 0.9, 0.5, 0.4, 0.3, 0.8],
        "score": [-1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "y": [0, 1, 0, 1, 1, 0],
        "z": [0, 1, 2, 1, 0, 3],
        "yes": ["no", "yes", "no", "yes", "yes", "no"],
        "mood": ["low", "mid", "high", "low", "mid", "high"],
        "flag": [True, False, True, False, True, True],
        "time": [1.0, 0.5, 1.0, 0.25, 1.0, 2.0],
        "w": [0.0, 1.0, 2.0, 1.0, 1.0, 1.0],
        "zero": [0, 0, 0, 0, 0, 0],
        "inf": [1.0, 2.0, np.inf, 4.0, 5.0, 6.0],
        "text": ["1", "2", "x", "3", "4", "5"],
        "hole": [1.0, 2.0, np.nan, 4.0, np.nan, 6.0],
        "gap": ["A", None, "B", "A", "B", "B"],
        "void": [None] * 6,
        "a=b": [0, 1, 0, 1, 0, 1],
        "list": [[1], [2], [1], [2], [1], [2]],
        "same": [1, "1", 1, "1", 1, "1"],
    }
)


def roles(protected="g", **fields) -> Roles:
    names = [protected] if isinstance(protected, str) else protected
    return Roles(protected=tuple(Protected.parse(name) for name in names), **fields)


def read(protected="g", features=False, **fields):
    return role_table(FRAME, roles(protected, **fields), features=features)
