"""Each group against the reference: what is counted, and when there is no exact test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from msgspec import structs
from scipy.stats import fisher_exact

import fairaudit as fa
from fairaudit.chance.fourfold import odds_ratio_limits, risk_ratio_limits
from fairaudit.chance.laws import student_tail
from fairaudit.options import Options
from fairaudit.results.experts import RateContrast

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


def test_unequal_weights_in_one_group_alone_leave_no_exact_test_either():
    frame = people(SMOKERS, PATIENTS)
    frame["w"] = np.where((frame["g"] == "g0") & (np.arange(len(frame)) % 2 == 0), 3.0, 1.0)
    for name in ("g1", "g0"):
        assert {each.p_value for each in audit(frame, weight="w", reference=f"g={name}").contrasts} == {None}


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


def wilson(x, n, z=1.959963984540054):
    middle, half = x + z * z / 2, z * np.sqrt(x * (n - x) / n + z * z / 4)
    return (middle - half) / (n + z * z), (middle + half) / (n + z * z)


def newcombe(x, n, x_ref, n_ref):
    """Squares of the distances to Wilson's limits, added."""
    (low, high), (low_ref, high_ref) = wilson(x, n), wilson(x_ref, n_ref)
    p, q = x / n, x_ref / n_ref
    return p - q - np.hypot(p - low, high_ref - q), p - q + np.hypot(high - p, q - low_ref)


def test_a_contrast_is_what_two_counts_of_two_groups_give():
    first, second = audit(people([20, 90, 60], [86, 93, 136])).contrasts
    pair = (np.array([20.0]), np.array([86.0]), np.array([90.0]), np.array([93.0]))
    common = 110 / 179
    expected = RateContrast(
        measure="selection_rate",
        by=["g"],
        cell={"g": "g0"},
        reference={"g": "g1"},
        rate=20 / 86,
        reference_rate=90 / 93,
        people=86.0,
        reference_people=93.0,
        difference=20 / 86 - 90 / 93,
        difference_interval=newcombe(20, 86, 90, 93),
        standard_deviations=(20 / 86 - 90 / 93) / np.sqrt(common * (1 - common) * (1 / 86 + 1 / 93)),
        shortfall=86 * common - 20,
        to_four_fifths=47,  # 67 of 86 are 77.9%, four fifths of 90/93 are 77.4%
        p_value=fisher_exact([[20, 66], [90, 3]])[1],
        p_adjusted=2 * fisher_exact([[20, 66], [90, 3]])[1],
        risk_ratio=20 / 86 / (90 / 93),
        risk_ratio_interval=ends(risk_ratio_limits(*pair, 0.025)),
        odds_ratio=20 * 3 / (66 * 90),
        odds_ratio_interval=ends(odds_ratio_limits(*pair, 0.025)),
    )
    assert numbers(first) == approximately(expected)
    assert second.p_adjusted == pytest.approx(fisher_exact([[60, 76], [90, 3]])[1])
    assert second.to_four_fifths == 46


def ends(limits):
    return float(limits[0][0]), float(limits[1][0])


def numbers(contrast):
    return structs.asdict(contrast)


def approximately(contrast):
    """Its fields, numbers with room."""
    return {
        name: pytest.approx(value, rel=1e-7) if isinstance(value, (float, tuple)) else value
        for name, value in numbers(contrast).items()
    }


def test_where_yes_is_bad_a_contrast_is_that_of_the_opposite_decision():
    frame = people(SMOKERS, PATIENTS)
    spared = audit(frame, favourable="no").contrasts
    turned = audit(frame.assign(d=1 - frame["d"])).contrasts
    assert len(spared) == 3
    for one, other in zip(spared, turned, strict=True):
        assert numbers(one) == approximately(other) | {"spared": True}


def test_people_to_four_fifths_are_told_of_decisions_and_where_it_is_known_which_is_good():
    frame = people(SMOKERS, PATIENTS)
    assert {each.to_four_fifths for each in audit(frame).contrasts} == {0}
    assert {each.to_four_fifths for each in audit(frame, favourable=None).contrasts} == {None}
    outcomes = fa.audit(frame, target="d", protected="g", favourable="yes", options=QUICK).contrasts
    assert {each.to_four_fifths for each in outcomes} == {None}


def test_rows_about_the_same_people_have_no_exact_test_and_limits_by_students_law():
    rows = people(SMOKERS, PATIENTS)
    frame = rows.assign(person=rows.index // 3)
    repeated = audit(frame, cluster="person", reference="g=g1").contrasts
    for each in repeated:
        assert (each.p_value, each.p_adjusted) == (None, None)
        assert each.why == "rows of unequal weight, or that are not independent, are no number of people: no exact test"
    last = repeated[-1]
    size, other = last.people, last.reference_people
    pair = tuple(np.array([part]) for part in (last.rate * size, size, last.reference_rate * other, other))
    # 82 rows of g3 are of 28 people: 1 has one row, 27 have three.
    tail = student_tail(0.025, 82**2 / (1 + 27 * 9) - 1)
    assert last.risk_ratio_interval == pytest.approx(ends(risk_ratio_limits(*pair, tail)))
    assert last.odds_ratio_interval == pytest.approx(ends(odds_ratio_limits(*pair, tail)))


def test_equal_weights_of_any_size_leave_the_exact_test():
    plain = audit(people(SMOKERS, PATIENTS)).contrasts
    weighted = audit(people(SMOKERS, PATIENTS, w=0.3), weight="w").contrasts
    assert [each.p_value for each in weighted] == pytest.approx([each.p_value for each in plain])


def test_one_more_group_is_corrected_for_and_a_measure_without_a_reference_has_no_contrasts():
    assert audit(people([0, 0], [40, 50])).contrasts == []
    one = audit(people([10, 30], [40, 50])).contrasts
    assert [each.p_adjusted for each in one] == [each.p_value for each in one]


def test_rates_that_are_not_told_first_and_means_have_no_contrasts():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 400), "d": rng.integers(0, 2, 400), "y": rng.integers(0, 2, 400)})
    frame["p"] = rng.random(400)
    found = audit(frame, target="y", prediction="p").contrasts
    told = ["selection_rate", "tpr", "fpr", "ppv", "accuracy", "base_rate"]  # not npv, nor the mean prediction
    assert list(dict.fromkeys(each.measure for each in found)) == told
