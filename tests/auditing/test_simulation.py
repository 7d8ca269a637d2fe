"""A small part of the simulation of reports/inference.md: intervals, tests and verdicts hold as often as they say."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import inference

pytestmark = pytest.mark.slow
REPLICATES = 60
CHOSEN = [
    place
    for place, scenario in enumerate(inference.SCENARIOS)
    if scenario.name
    in {
        "shares of 4.0%, 8 groups of 30",
        "shares of 50.0%, 30 groups of 10",
        "shares of 20.0%, 8 groups of 100, weights lognormal σ 1",
        "means of lognormal amounts, 8 groups of 30",
        "means of severities, 30 groups of 30",
        "claims, frailty 3, 8 groups of 200, exposures differ",
    }
]


@pytest.mark.parametrize("place", CHOSEN, ids=lambda place: inference.SCENARIOS[place].name)
def test_a_scenario_is_wrong_no_more_often_than_is_allowed(place):
    """Within 3.5 standard errors of so few replicates; the whole table has two thousand."""
    scenario = inference.SCENARIOS[place]
    _, total = inference.batch((place, range(REPLICATES)))
    margin = 3.5 * np.sqrt(0.05 * 0.95 / REPLICATES)
    for truth in scenario.truths:
        seen = inference.line(scenario, truth.measure, total)
        assert seen["replicates"] == REPLICATES
        assert seen["size"] <= inference.ALLOWED["size"] + margin
        assert seen["family"] <= inference.ALLOWED["family"] + margin
        assert max(seen["broken_group"], seen["broken_gap"]) <= inference.ALLOWED["broken"] + margin
        assert seen["kept"] is None or seen["kept"] <= inference.ALLOWED["kept"] + margin
        assert seen["outside"] == 0
        assert seen["coverage"] >= inference.LEAST_COVERAGE - 0.02
        assert seen["gap_coverage"] >= inference.LEAST_COVERAGE - margin


def test_all_scenarios_that_are_asked_for_are_there():
    names = " ".join(scenario.name for scenario in inference.SCENARIOS)
    for asked in ("100 groups", "σ 1", "three crossed", "COMPAS", "groups of 10", "groups of 1000", "frailty 3"):
        assert asked in names
    assert len(CHOSEN) == 6
