"""Decisions about people of three groups, at known rates, and what a verdict answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

import fairaudit as fa

QUICK = fa.Options(bootstrap=60, permutations=39)
RATES = {"a": 0.6, "b": 0.4, "c": 0.5}


def table(seed: int, rates: dict[str, float] = RATES, each: int = 400) -> pd.DataFrame:
    """So many rows of each group, decided yes at its rate."""
    rng = np.random.default_rng(seed)
    group = np.repeat(list(rates), each)
    decided = rng.random(len(group)) < np.repeat(list(rates.values()), each)
    return pd.DataFrame({"d": decided.astype(int), "g": group, "s": rng.choice(["f", "m"], len(group))})


def answers(audit: fa.Audit) -> dict[str, str]:
    """Question → what is said."""
    assert audit.verdict is not None
    return {answer.question: answer.text for answer in audit.verdict.answers}
