"""A table with hostile names, levels and missing values, and questions that are asked of it in every way there is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairaudit import Options
from fairaudit.data.cleaning import Cleaning
from fairaudit.data.roles import Protected

FEW = Options(bootstrap=20, permutations=19)
SEX = 'sex"; DROP TABLE raw; --'
"""A column that means something in SQL."""


def asked_table() -> pd.DataFrame:
    """The table that the questions are about."""
    rng = np.random.default_rng(5)
    n = 1500
    frame = pd.DataFrame(
        {
            SEX: rng.choice(["m", "f'", "F'", "ß", "a,b", 'q"q', "=x"], n),
            "c0": rng.choice(["", "1", "01", "x "], n),
            "age": np.where(rng.random(n) < 0.05, np.nan, rng.integers(18, 90, n)),
            "income": rng.lognormal(10, 1, n),
            "s=c": np.round(rng.random(n), 2),
            "p": rng.random(n),
            "y": rng.integers(0, 2, n),
            "w": np.round(rng.lognormal(0, 1, n), 3),
            "person": rng.integers(0, 400, n),
            "n": rng.integers(1, 5, n),
            "area": rng.choice(["z", "b", "a"], n),
            "day": rng.choice(["2020-01-01", "2021-05-06"], n),
            "flag": rng.choice([True, False], n),
            "time": np.round(rng.random(n) + 0.01, 2),
            "claims": rng.poisson(0.3, n),
            "size": rng.normal(size=n),
        }
    )
    frame["expected"] = frame["time"] * 0.3 * (1 + rng.random(n))
    return frame


def protected(*names: str) -> dict[str, tuple[Protected, ...]]:
    """The role of protected attributes."""
    return {"protected": tuple(Protected.parse(name) for name in names)}


SCORE = {"prediction": "p", "target": "y"} | protected(SEX)
QUESTIONS: dict[str, dict[str, object]] = {
    "weights, missing values and a cut": SCORE
    | protected(SEX, "c0")
    | {"missing": "group", "weight": "w", "threshold": 0.5},
    "the highest hundred": SCORE | {"threshold": "top=100", "weight": "w"},
    "the median": SCORE | {"threshold": "median"},
    "ages and a continuous attribute": SCORE | protected("age", "income") | {"missing": "drop"},
    "bands and people": SCORE | protected("age:bins=25,45") | {"missing": "group", "cluster": "person"},
    "counts of people and an admissible column": SCORE | {"count": "n", "weight": "w", "given": "area"},
    "strata of outcomes": SCORE | {"given": "area", "threshold": 0.5},
    "flags and dates": {"prediction": "s=c", "target": "y=1"} | protected("flag", "day:categorical"),
    "claims": {"prediction": "expected", "target": "claims", "exposure": "time", "task": "count"} | protected(SEX),
    "numbers alone": {"target": "size"} | protected(SEX),
    "one spelling": SCORE | {"cleaning": Cleaning(tidy=True, merge=(f"{SEX}:M=m,ß",))},
    "some rows": SCORE | {"cleaning": Cleaning(keep=(f"{SEX}=m,ß",), leave_out=("area=z",), na="x")},
    "a mark of an attribute": SCORE | protected("age:na=50,51") | {"missing": "group"},
    "a rule": {"prediction": "p", "profile": "nyc-ll144"} | protected(SEX),
    "another rule": {"decision": "flag", "profile": "four-fifths"} | protected(SEX),
    "missing values": SCORE | protected("age"),
    "a column that is not there": SCORE | {"prediction": "nope"},
    "dates as groups": SCORE | protected("day"),
    "a negative weight": SCORE | {"weight": "size"},
    "text as numbers": SCORE | {"prediction": "area"},
    "a level that is not there": SCORE | {"cleaning": Cleaning(keep=("area=q",))},
}
