"""Ratios of every group to the reference: of the favourable decision, and to whom they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from grouped import measured, table_of

import fairaudit as fa
from fairaudit.chance.laws.pairs import ratio
from fairaudit.chance.laws.shares import exact_limits
from fairaudit.measures import ratios as of_groups

QUICK = fa.Options(bootstrap=20, permutations=19)


def decisions(counts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Group → people selected, and people."""
    rows = [(name, int(place < yes)) for name, (yes, people) in counts.items() for place in range(people)]
    return pd.DataFrame(rows, columns=["g", "d"])


def ratios(audit: fa.Audit, measure: str = "selection_rate") -> dict[str, float | None]:
    return {group.cell["g"]: group.measures[measure].ratio for group in audit.groups}


def reference(audit: fa.Audit) -> dict[str, str] | None:
    return next(gap.reference for gap in audit.disparities if gap.measure == "selection_rate")


JOBS = decisions({"Man": (180, 800), "Woman": (120, 640), "Other": (12, 80)})
LOANS = decisions({"White": (240, 600), "Asian": (28, 50), "Black": (66, 220)})


def test_every_group_has_its_ratio_to_the_best_off_one():
    """180/800, 120/640 and 12/80 are 22.5%, 18.75% and 15%."""
    audit = fa.audit(JOBS, decision="d", protected=["g"], favourable="yes", options=QUICK)
    assert reference(audit) == {"g": "Man"}
    assert ratios(audit) == pytest.approx({"Man": 1.0, "Woman": 0.1875 / 0.225, "Other": 0.15 / 0.225})


def test_ratios_are_to_the_reference_that_was_named():
    """240/600, 28/50 and 66/220 are 40%, 56% and 30%."""
    audit = fa.audit(LOANS, decision="d", protected=["g"], favourable="yes", reference="g=White", options=QUICK)
    assert reference(audit) == {"g": "White"}
    assert ratios(audit) == pytest.approx({"White": 1.0, "Asian": 1.4, "Black": 0.75})


def test_where_yes_is_bad_the_ratio_is_of_those_who_were_spared():
    audit = fa.audit(LOANS, decision="d", protected=["g"], favourable="no", options=QUICK)
    assert reference(audit) == {"g": "Black"}
    assert ratios(audit) == pytest.approx({"White": 0.6 / 0.7, "Asian": 0.44 / 0.7, "Black": 1.0})


def test_a_small_group_is_no_reference_unless_it_is_named():
    frame = decisions({"many": (500, 2000), "few": (30, 36)})
    plain = fa.audit(frame, decision="d", protected=["g"], favourable="yes", options=QUICK)
    assert reference(plain) == {"g": "many"}
    assert ratios(plain)["few"] == pytest.approx((30 / 36) / 0.25)
    named = fa.audit(frame, decision="d", protected=["g"], favourable="yes", reference="g=few", options=QUICK)
    assert reference(named) == {"g": "few"}


@pytest.mark.parametrize("favourable", ["yes", "no"])
def test_intervals_hold_the_ratio_have_width_and_are_none_for_the_reference(favourable):
    audit = fa.audit(LOANS, decision="d", protected=["g"], favourable=favourable, options=QUICK)
    for group in audit.groups:
        value = group.measures["selection_rate"]
        if group.cell == reference(audit):
            assert value.ratio_interval is None
        else:
            low, high = value.ratio_interval
            assert 0 <= low < value.ratio < high


def test_a_group_in_which_nobody_is_selected_has_an_interval_of_positive_width():
    audit = fa.audit(
        decisions({"a": (15, 30), "b": (0, 30)}), decision="d", protected=["g"], favourable="yes", options=QUICK
    )
    nobody = next(group.measures["selection_rate"] for group in audit.groups if group.cell == {"g": "b"})
    assert nobody.ratio == 0
    assert nobody.ratio_interval[0] == 0 < nobody.ratio_interval[1] < 1


def test_intervals_of_all_ratios_hold_together_in_most_samples():
    """Five groups of 200 of which 30% are selected: every true ratio is 1."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(60):
        counts = {name: (int(rng.binomial(200, 0.3)), 200) for name in "abcde"}
        audit = fa.audit(
            decisions(counts), decision="d", protected=["g"], favourable="yes", reference="g=a", options=QUICK
        )
        ends = [group.measures["selection_rate"].ratio_interval for group in audit.groups]
        held += all(low <= 1 <= high for low, high in (end for end in ends if end is not None))
    assert held >= 52


def test_tables_name_the_reference_and_the_ratio():
    audit = fa.audit(LOANS, decision="d", protected=["g"], favourable="yes", reference="g=White", options=QUICK)
    page = audit.to_markdown()
    assert "ratio to White" in page
    assert "0.750" in page
    assert "ratio" in str(audit)


def premiums(*values: float) -> pd.DataFrame:
    """Two groups of fifty, with premiums about the first and the second value."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"g": ["a"] * 50 + ["b"] * 50, "f": np.repeat(values, 50) + rng.uniform(-1, 1, 100)})
    return frame.assign(y=frame["f"] + rng.normal(size=100))


def test_means_of_premiums_and_typical_errors_have_ratios_too():
    audit = fa.audit(premiums(100.0, 150.0), prediction="f", target="y", protected="g", favourable="low", options=QUICK)
    mean = premiums(100.0, 150.0).groupby("g")["f"].mean()
    assert ratios(audit, "mean_prediction") == pytest.approx({"a": 1.0, "b": mean["b"] / mean["a"]})
    by_measure = {gap.measure: gap for gap in audit.disparities}
    for measure in ("mean_prediction", "mean_outcome", "rmse"):
        values = [group.measures[measure].value for group in audit.groups]
        assert by_measure[measure].ratio == pytest.approx(min(values) / max(values))
        low, high = by_measure[measure].ratio_interval
        assert low <= by_measure[measure].ratio <= high
    assert by_measure["mean_error"].ratio is None


def test_of_values_below_nought_a_ratio_means_nothing():
    audit = fa.audit(premiums(-20.0, 50.0), prediction="f", protected="g", favourable="high", options=QUICK)
    (gap,) = [gap for gap in audit.disparities if gap.measure == "mean_prediction"]
    assert (gap.ratio, gap.ratio_interval) == (None, None)
    assert ratios(audit, "mean_prediction") == {"a": None, "b": None}


def test_where_yes_is_bad_the_smallest_ratio_and_its_intervals_are_of_the_favourable_decision():
    """60%, 44% and 70% are spared: the smallest ratio is 44/70, as if yes and no were exchanged."""
    bad = fa.audit(LOANS, decision="d", protected=["g"], favourable="no", options=QUICK)
    good = fa.audit(LOANS.assign(d=1 - LOANS["d"]), decision="d", protected=["g"], favourable="yes", options=QUICK)
    (mine,), (theirs,) = (
        [gap for gap in audit.disparities if gap.measure == "selection_rate"] for audit in (bad, good)
    )
    assert (mine.spared, theirs.spared) == (True, False)
    assert mine.ratio == pytest.approx(0.44 / 0.7)
    for field in ("ratio", "ratio_error", "ratio_floor", "value"):
        assert getattr(mine, field) == pytest.approx(getattr(theirs, field), rel=1e-9)
    for field in ("ratio_interval", "ratio_bounds"):
        assert getattr(mine, field) == pytest.approx(getattr(theirs, field), rel=1e-9)


CELLS = [{"g": "a"}, {"g": "b"}, {"g": "(missing)"}, {"g": "c"}]


def best(value, share, good=1, **named):
    return of_groups.reference_group(CELLS, np.array(value), np.array(share), good, named)


def test_the_reference_is_the_best_off_of_the_groups_that_hold_two_in_a_hundred_and_are_known():
    many = [0.4, 0.3, 0.2, 0.1]
    assert best([0.1, 0.3, 0.9, 0.2], many) == 1
    assert best([0.1, 0.3, 0.9, 0.2], many, good=-1) == 0
    assert best([0.1, 0.3, 0.2, 0.9], [0.4, 0.3, 0.28, 0.02]) == 3
    assert best([0.1, 0.3, 0.2, 0.9], [0.4, 0.3, 0.281, 0.019]) == 1
    assert best([0.1, 0.3, 0.2, 0.9], many, g="a") == 0
    assert best([0.1, 0.3, 0.2, 0.9], many, g="nobody") == 3


def test_where_no_group_leads_all_may():
    assert best([0.1, 0.3, 0.9, 0.2], [0.01, 0.01, 0.97, 0.01]) == 2
    assert of_groups.leads({"g": "a", "h": "(missing)"}, 0.5) is False
    assert of_groups.leads({"g": "a", "h": "b"}, 0.02) is True


def test_a_group_is_named_by_all_of_its_attributes():
    assert of_groups.is_named({"g": "a", "h": "b"}, {"g": "a", "h": "b", "i": "c"})
    assert not of_groups.is_named({"g": "a", "h": "b"}, {"g": "a"})
    assert not of_groups.is_named({}, {"g": "a"})


def test_only_ratios_of_decisions_turn_where_yes_is_bad():
    assert [of_groups.spares("selection_rate", way) for way in ("no", "low", "yes", "high", None)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert not of_groups.spares("tpr", "no")


def of_counts(encode, names, counts, favourable="yes", named=None, bootstrap=20):
    """Ratios of the selection rates of groups of which so many are selected out of so many, at 90%."""
    group = np.concatenate([np.full(size, place) for place, (_, size) in enumerate(counts)])
    decision = np.concatenate([np.arange(size) < events for events, size in counts]).astype(float)
    chosen, values = measured(
        table_of(encode, names, "binary", group, decision=decision), fa.Options(bootstrap=bootstrap)
    )
    share = np.bincount(group) / len(group)
    return of_groups.ratios(chosen, values["selection_rate"], share, favourable, named or {}, 0.9)


@pytest.mark.parametrize("spared", [False, True])
def test_intervals_are_movers_from_exact_limits_that_share_the_error(encode, names, spared):
    """Three groups make two ratios, so that each limit has a quarter of the error; a small group has none."""
    counts = [(30, 80), (5, 10), (20, 90), (60, 100)]
    found = of_counts(encode, names, counts, "no" if spared else "yes")
    assert (found.reference, found.spared, found.oriented) == (2 if spared else 3, spared, True)
    share = np.array([30 / 80, 20 / 90, 60 / 100])
    share = 1 - share if spared else share
    limits, at = exact_limits(share, np.array([80, 90, 100]), 0.1 / 4), 1 if spared else 2
    low, high = ratio(share, limits, np.full(3, share[at]), tuple(np.full(3, end[at]) for end in limits))
    expected = np.array([[value / share[at], *ends] for value, *ends in zip(share, low, high, strict=True)])
    expected[at] = [1, np.nan, np.nan]
    np.testing.assert_allclose(np.column_stack([found.value, found.low, found.high])[[0, 2, 3]], expected, rtol=1e-9)
    assert np.isnan([found.value[1], found.low[1], found.high[1]]).all()


def test_a_ratio_to_what_may_be_nought_has_no_interval(encode, names):
    found = of_counts(encode, names, [(1, 40), (20, 40)], named={"g": "level 0"}, favourable=None)
    assert found.value == pytest.approx([1, 20])
    assert np.isfinite(found.high[1])
    assert not found.oriented
    assert of_counts(encode, names, [(0, 40), (20, 40)], named={"g": "level 0"}) is None


def test_one_group_has_no_ratio_and_without_intervals_there_are_ratios_alone(encode, names):
    assert of_counts(encode, names, [(10, 40), (5, 9)]) is None
    found = of_counts(encode, names, [(10, 40), (5, 40)], bootstrap=0)
    assert found.value == pytest.approx([1, 0.5])
    assert np.isnan([*found.low, *found.high]).all()


def test_where_nobody_says_what_is_good_the_highest_group_is_the_reference(encode, names):
    found = of_counts(encode, names, [(10, 40), (5, 40)], favourable=None)
    assert (found.reference, found.oriented) == (0, False)


def test_a_measure_whose_ratios_mean_nothing_has_none(encode, names):
    decision, outcome = np.tile([1.0, 0, 1, 0], 60), np.tile([1.0, 1, 0, 0], 60)
    chosen, values = measured(
        table_of(encode, names, "binary", np.arange(240) % 3 % 2, decision=decision, outcome=outcome), QUICK
    )
    share = np.array([0.6, 0.4])
    assert of_groups.ratios(chosen, values["fnr"], share, "yes", {}, 0.9) is None
    assert of_groups.ratios(chosen, values["tpr"], share, "yes", {}, 0.9) is not None
