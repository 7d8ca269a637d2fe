"""A verdict on many groups asks the law at the level that it needs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.chance.laws.pairs import largest_gap
from fairaudit.chance.laws.shares import Shares, exact_limits

SELECTED = np.array([3, 9, 12, 20, 7, 11, 0, 5])
SIZE = np.full(8, 40.0)


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """A check of eight groups of forty people; the findings of each limit."""
    monkeypatch.chdir(tmp_path)
    rows = [pd.DataFrame({"g": f"g{k}", "d": np.arange(40) < many}) for k, many in enumerate(SELECTED)]
    frame = pd.concat(rows, ignore_index=True)
    frame.assign(d=frame["d"].astype(int), h=np.where(np.arange(320) % 2, "x", "y")).to_csv("t.csv", index=False)

    def check(*limits, protected=("g",)):
        data = {"source": "t.csv", "decision": "d", "protected": list(protected)}
        return fa.check({"data": {"t": data}, "limit": list(limits)}).findings

    return check


def test_limits_on_the_rates_of_eight_groups_are_exact_at_an_eighth_of_the_error(checked):
    findings = checked({"measure": "selection_rate", "statistic": "group", "max": 0.4})
    low, high = exact_limits(SELECTED / SIZE, SIZE, 0.025 / 8)
    found = {finding.cell["g"]: finding.interval for finding in findings}
    assert [found[f"g{k}"] for k in range(8)] == [pytest.approx(ends) for ends in zip(low, high, strict=True)]


def test_a_limit_on_the_gap_of_one_grouping_is_that_of_the_audit_and_of_two_takes_half_the_error_each(checked):
    limit = {"measure": "selection_rate", "max": 0.1}
    (alone,) = checked(limit)
    law = Shares(SELECTED / SIZE, SIZE)
    assert alone.interval == pytest.approx(largest_gap(law, 0.95, strict=True))
    both = checked({**limit, "by": "single"}, protected=("g", "h"))
    (of_g,) = [finding for finding in both if finding.by == ["g"]]
    assert of_g.interval == pytest.approx(largest_gap(law, 0.975, strict=True))
    assert of_g.interval[0] < alone.interval[0]


def test_a_group_that_was_not_measured_has_no_limits(checked):
    findings = checked(
        {"measure": "selection_rate", "statistic": "group", "max": 0.4, "by": "any"}, protected=("g", "h")
    )
    small = [finding for finding in findings if finding.value is None]
    assert small
    assert all(finding.interval is None and finding.verdict == "unmeasured" for finding in small)
