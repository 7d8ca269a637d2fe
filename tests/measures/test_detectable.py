"""The gap that a table would have found, for measures of every kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.chance.power import detectable_gap
from fairaudit.options import Options


def test_every_tested_measure_that_is_told_first_has_a_gap_in_its_own_unit():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"g": rng.choice(["a", "b", "c"], 900), "x": rng.normal(50, 10, 900)})
    rows["y"] = rows["x"] + rng.normal(0, 5, 900)
    result = fa.audit(rows, prediction="x", target="y", protected="g", options=Options(bootstrap=2, permutations=0))
    mean = next(each for each in result.detectable if each.measure == "mean_prediction")
    (gap,) = [each for each in result.disparities if each.measure == "mean_prediction"]
    groups = sorted(result.groups, key=lambda group: group.n)
    errors = [rows["x"][rows["g"] == group.cell["g"]].std() / group.n**0.5 for group in groups[:2]]
    assert mean.gap == pytest.approx(detectable_gap(*errors, 3, mean.level), rel=0.02)
    assert mean.margin is None
    assert mean.equivalent is None
    assert gap.p_value is not None
