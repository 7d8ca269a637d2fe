"""Frequencies of groups, against plain loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from grouped import measured, table_of


@pytest.mark.parametrize("weighted", [False, True])
def test_count_measures_are_rates_per_exposure(encode, names, weighted):
    rng = np.random.default_rng(3)
    group, exposure = rng.integers(0, 3, 300), rng.integers(1, 5, 300) / 4
    expected_count = exposure * rng.integers(1, 8, 300) / 10
    y = rng.poisson(expected_count * 1.2) / 1.0
    weight = rng.integers(1, 4, 300) / 1.0 if weighted else None
    omega = np.ones(300) if weight is None else weight
    columns = {"prediction": expected_count, "outcome": y, "exposure": exposure, "weight": weight}
    _, held = measured(table_of(encode, names, "count", group, **columns))
    for g in range(3):
        rows = np.flatnonzero(group == g)
        claims, expected, time = (sum(omega[k] * v[k] for k in rows) for v in (y, expected_count, exposure))
        values = {"frequency": claims / time, "mean_prediction": expected / time}
        values["actual_expected"] = claims / expected
        assert {name: each.value[g] for name, each in held.items()} == pytest.approx(values, rel=1e-12)


def test_events_are_counted_in_people_with_weight_and_a_group_of_which_none_has_any_has_no_frequency(encode, names):
    group = np.repeat([0, 1, 2], 40)
    y = np.tile([2.0, 0, 1, 0], 30)
    weight = np.where(np.arange(120) < 60, 3.0, 0.0)
    _, held = measured(table_of(encode, names, "count", group, outcome=y, weight=weight, prediction=y + 1.0))
    for name in ("frequency", "actual_expected"):
        assert held[name].events.tolist() == [30, 15, 0]
        assert np.isnan(held[name].value).tolist() == [False, False, True]
