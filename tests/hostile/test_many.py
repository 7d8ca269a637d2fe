"""Many protected attributes: as many as can be compared in a minute are, and more are refused at once."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.errors import FairAuditError


def many(count: int, rows: int = 400) -> pd.DataFrame:
    """A decision and so many attributes of two values."""
    rng = np.random.default_rng(count)
    frame = pd.DataFrame(rng.integers(0, 2, (rows, count)), columns=[f"a{place}" for place in range(count)])
    return frame.assign(d=rng.integers(0, 2, rows))


@pytest.mark.parametrize(("count", "sets"), [(22, "254"), (60, "1,831"), (200, "20,101")])
def test_more_attributes_than_can_be_compared_are_refused_before_anything_is_measured(count, sets):
    frame, start = many(count), time.perf_counter()
    with pytest.raises(FairAuditError, match=f"form {sets} sets of groups.*at most 250 are compared; name fewer"):
        fa.audit(frame, decision="d", protected=[f"a{place}" for place in range(count)])
    assert time.perf_counter() - start < 10


def test_values_of_sets_count_as_attributes_of_groups():
    cells = [f"v{place % 40}; w{place % 20}" for place in range(400)]
    frame = many(1).assign(s=cells, t=cells[::-1])
    with pytest.raises(FairAuditError, match=r"120 protected attributes \(each value of a set counts as one\) form"):
        fa.audit(frame, decision="d", protected=["s:set=;", "t:set=;"])


def test_a_column_that_is_called_as_a_value_of_a_set_is_refused():
    frame = (
        many(1).assign(race=["Black", "White", "Black; White", "White"] * 100).rename(columns={"a0": "race (Black)"})
    )
    with pytest.raises(FairAuditError, match=r"race \(Black\) is a protected attribute and a value of a set"):
        fa.audit(frame, decision="d", protected=["race:set=;", "race (Black)"])


def test_nine_attributes_are_audited_without_the_orders_of_their_interaction():
    options = fa.Options(bootstrap=0, permutations=0)
    for count, orders in ((8, 7), (9, 0)):
        names = [f"a{place}" for place in range(count)]
        joint = fa.audit(many(count), decision="d", protected=names, options=options).dependence.jdcov
        assert len(joint.interaction_by_order) == orders
        assert joint.biased == pytest.approx(joint.attributes_only + joint.pairs + joint.interaction, rel=1e-9)
