"""Each group against the reference: what is counted, and when there is no exact test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

import fairaudit as fa
from fairaudit.options import Options

QUICK = Options(bootstrap=2, permutations=0)
SMOKERS, PATIENTS = [83, 90, 129, 70], [86, 93, 136, 82]
"""R, ?prop.test: smokers among the patients of four groups (Fleiss 1981, p. 139)."""


def people(counts, sizes, **columns):
    group = np.repeat([f"g{place}" for place in range(len(sizes))], sizes)
    yes = np.concatenate([np.arange(n) < x for x, n in zip(counts, sizes, strict=True)])
    return pd.DataFrame({"g": group, "d": yes.astype(int), **columns})


def audit(frame, **roles):
    return fa.audit(frame, **({"protected": "g", "decision": "d", "favourable": "yes", "options": QUICK} | roles))


def test_every_group_but_the_reference_is_compared_with_it_by_its_counts():
    (first, second, last) = audit(people(SMOKERS, PATIENTS)).contrasts
    assert [each.cell["g"] for each in (first, second, last)] == ["g0", "g2", "g3"]
    assert {each.reference["g"] for each in (first, second, last)} == {"g1"}
    assert (last.people, last.reference_people) == (82, 93)
    assert last.difference == pytest.approx(70 / 82 - 90 / 93)
    assert last.p_value == pytest.approx(fisher_exact([[70, 12], [90, 3]])[1])
    assert last.odds_ratio == pytest.approx(70 * 3 / (12 * 90))
    assert last.risk_ratio == pytest.approx(70 / 82 / (90 / 93))
    assert last.shortfall == pytest.approx(82 * 160 / 175 - 70)
    assert last.standard_deviations < -2
    assert last.p_adjusted == pytest.approx(3 * last.p_value)


def test_the_named_group_is_the_reference():
    found = audit(people(SMOKERS, PATIENTS), reference="g=g3").contrasts
    assert {each.reference["g"] for each in found} == {"g3"}
    assert all(each.difference > 0 for each in found)


def test_where_yes_is_bad_the_rate_is_that_of_the_favourable_decision():
    found = audit(people(SMOKERS, PATIENTS), favourable="no").contrasts
    assert {each.reference["g"] for each in found} == {"g3"}
    one = next(each for each in found if each.cell["g"] == "g1")
    assert one.spared
    assert (one.rate, one.reference_rate) == (pytest.approx(3 / 93), pytest.approx(12 / 82))
    low, high = one.difference_interval
    assert -1 < low < one.difference < high < 0


def test_rows_of_unequal_weight_have_no_exact_test_and_count_by_what_they_are_worth():
    frame = people(SMOKERS, PATIENTS)
    frame["w"] = np.where(np.arange(len(frame)) % 2, 1.0, 3.0)
    found = audit(frame, weight="w", reference="g=g1").contrasts
    assert all(each.p_value is None and "no exact test" in each.why for each in found)
    assert all(each.people < 0.85 * n for each, n in zip(found, (86, 136, 82), strict=True))


def test_a_group_of_whom_all_have_the_property_has_no_odds_ratio_but_a_risk_ratio():
    (one,) = audit(people([40, 20], [40, 80]), reference="g=g1").contrasts
    assert one.odds_ratio is None
    assert one.odds_ratio_interval is None
    assert "infinite" in one.why
    assert one.p_value < 1e-9
    assert one.risk_ratio == 4


def test_without_intervals_or_with_some_measures_only_there_are_no_contrasts():
    frame = people(SMOKERS, PATIENTS)
    assert audit(frame, options=Options(bootstrap=0, permutations=0)).contrasts == []


def test_an_audit_of_outcomes_compares_how_often_they_were_observed():
    found = fa.audit(people(SMOKERS, PATIENTS), target="d", protected="g", favourable="yes", options=QUICK).contrasts
    assert {each.measure for each in found} == {"base_rate"}
