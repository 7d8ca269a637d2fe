"""The curves of an audit: for all rows and each single attribute, few points, and words where there are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit import Options
from fairaudit.auditing.curves import MOST_POINTS

FAST = Options(bootstrap=0, permutations=0)


def people(n: int = 900, few: int = 9) -> pd.DataFrame:
    """Rows of two large regions and a small one, whose risks lie around a continuous score."""
    rng = np.random.default_rng(5)
    score = rng.random(n)
    region = np.where(np.arange(n) < few, "islands", rng.choice(["north", "south"], n))
    outcome = (rng.random(n) < np.where(region == "south", score, 0.2 + 0.6 * score)).astype(int)
    return pd.DataFrame({"score": score, "y": outcome, "region": region, "sex": rng.choice(["f", "m"], n)})


@pytest.fixture(scope="module")
def curves():
    audit = fa.audit(people(), prediction="score", target="y", protected=["region", "sex"], options=FAST)
    return {curve.name: curve for curve in audit.curves}


@pytest.fixture(scope="module")
def reaching(curves):
    return curves["selection"]


def test_all_rows_come_first_then_the_groups_of_each_single_attribute(curves):
    for curve in curves.values():
        assert [tuple(group.by) for group in curve.groups] == [(), *[("region",)] * 3, *[("sex",)] * 2]
        assert [group.n for group in curve.groups[:1]] == [900]
        assert curve.groups[0].cell == {}


def test_a_ranking_goes_from_nobody_to_everybody_in_few_points(curves):
    for group in curves["roc"].groups:
        if group.why is None:
            assert (group.x[0], group.y[0], group.x[-1], group.y[-1]) == (0, 0, 1, 1)
            assert len(group.x) == len(group.y) <= MOST_POINTS
            assert group.x == sorted(group.x)
            assert group.y == sorted(group.y)


def test_a_group_that_is_too_small_has_words_and_no_points(curves):
    for curve in curves.values():
        small = next(group for group in curve.groups if group.cell == {"region": "islands"})
        assert small.x == small.y == small.low == small.high == []
        assert "25 are needed" in small.why


def test_observed_shares_lie_within_intervals_of_some_width(curves):
    for group in curves["calibration"].groups:
        assert len(group.x) == len(group.y) == len(group.low) == len(group.high)
        for y, low, high in zip(group.y, group.low, group.high, strict=True):
            assert 0 <= low <= y <= high <= 1
            assert high - low > 0.01


def test_who_is_underestimated_lies_above_the_diagonal(curves):
    south, north = (
        next(group for group in curves["calibration"].groups if group.cell == {"region": name})
        for name in ("south", "north")
    )
    lowest = [y - x for group in (south, north) for x, y in [(group.x[0], group.y[0])]]
    assert abs(lowest[0]) < 0.1 < lowest[1]


def test_weights_count_as_rows_would(curves):
    frame = people().assign(w=np.random.default_rng(1).integers(1, 4, 900))
    repeated = frame.loc[frame.index.repeat(frame["w"])]
    arguments = {"prediction": "score", "target": "y", "protected": "sex", "options": FAST}
    weighted, rows = fa.audit(frame, weight="w", **arguments), fa.audit(repeated, **arguments)
    for one, other in zip(weighted.curves, rows.curves, strict=True):
        for ours, theirs in zip(one.groups, other.groups, strict=True):
            assert (ours.x, ours.y) == (theirs.x, theirs.y)
            assert all(low <= y for low, y in zip(ours.low, theirs.low, strict=True))  # fewer people, wider intervals


def test_a_score_stands_for_the_rate_of_all_with_it():
    frame = people().assign(score=lambda table: (10 * table["score"]).round())
    audit = fa.audit(frame, prediction="score", target="y", protected="sex", options=FAST)
    everybody = audit.curves[1].groups[0]
    assert everybody.x == everybody.y
    assert audit.curves[1].x.label == "rate of all with that score"


def test_without_a_prediction_of_a_binary_outcome_there_are_no_curves_of_outcomes():
    frame = people().assign(yes=lambda table: (table["score"] > 0.5).astype(int))
    assert fa.audit(frame, decision="yes", target="y", protected="sex", options=FAST).curves == []
    alone = fa.audit(frame, prediction="score", protected="sex", options=FAST).curves
    assert [curve.name for curve in alone] == ["selection"]
    assert (
        fa.audit(
            frame.assign(y=frame.index * 0.5 - 1), prediction="score", target="y", protected="sex", options=FAST
        ).curves
        == []
    )


def test_a_threshold_is_reached_by_the_share_of_the_group_that_it_says(reaching):
    frame = people()
    for group in reaching.groups:
        own = frame if not group.cell else frame[(frame[[*group.cell]] == pd.Series(group.cell)).all(axis=1)]
        for threshold, share in zip(group.x, group.y, strict=True):
            assert abs((own["score"] >= threshold).mean() - share) <= 1.5 / len(own)  # thresholds have six digits
    assert reaching.groups[0].y[0] == 1.0
    assert len(reaching.groups[0].x) <= MOST_POINTS


def test_a_band_is_as_wide_as_its_bound_says_and_within_nobody_and_everybody(reaching):
    for group in reaching.groups:
        half = np.sqrt(np.log(2 / 0.05) / (2 * group.n))
        for share, low, high in zip(group.y, group.low, group.high, strict=True):
            assert low == pytest.approx(max(share - half, 0), abs=2e-4)
            assert high == pytest.approx(min(share + half, 1), abs=2e-4)
        assert group.together or group.why


@pytest.mark.slow
def test_a_band_misses_at_any_threshold_in_few_audits():
    rng, missed = np.random.default_rng(8), 0
    for _ in range(200):
        frame = pd.DataFrame({"score": rng.random(120), "g": ["a", "b"] * 60})
        audit = fa.audit(frame, prediction="score", protected="g", options=FAST)
        [curve] = audit.curves
        group = curve.groups[1]
        true = 1 - np.array(group.x)
        missed += bool(((true < np.array(group.low) - 1e-4) | (true > np.array(group.high) + 1e-4)).any())
    assert missed <= 17  # 10 expected at most, ± 3


def test_a_score_with_a_decision_and_an_expected_amount_have_no_thresholds_to_choose():
    frame = people().assign(amount=lambda rows: 100 * rows["score"] + rows["y"])
    decided = fa.audit(frame, prediction="score", target="y", threshold=0.5, protected="sex", options=FAST)
    expected = fa.audit(frame, prediction="score", target="amount", protected="sex", options=FAST)
    alone = fa.audit(frame, prediction="amount", protected="sex", options=FAST)
    names = [[curve.name for curve in audit.curves] for audit in (decided, expected, alone)]
    assert names == [["roc", "calibration"], ["lorenz"], ["selection"]]


def insured(task, outcome) -> dict[str, object]:
    """The Lorenz curve, by name, of 600 predictions of such outcomes in two large groups and one of eight rows."""
    rng = np.random.default_rng(3)
    prediction = rng.gamma(2, 0.1, 600)
    group = np.where(np.arange(600) < 8, "c", np.where(np.arange(600) % 2, "a", "b"))
    frame = pd.DataFrame({"p": prediction, "y": outcome(rng, prediction), "g": group})
    quick = fa.Options(bootstrap=2, permutations=0)
    audit = fa.audit(frame, prediction="p", target="y", protected="g", task=task, options=quick)
    return {curve.name: curve for curve in audit.curves} | {"lift": audit.lift}


def test_counts_have_a_lorenz_curve_whose_index_is_that_of_their_lift():
    shown = insured("count", lambda rng, p: rng.poisson(p))
    everybody, a, b, c = shown["lorenz"].groups
    assert [group.cell for group in (everybody, a, b, c)] == [{}, {"g": "a"}, {"g": "b"}, {"g": "c"}]
    of_lift = {tuple(one.cell.values()): (one.gini, one.gini_interval) for one in shown["lift"]}
    for group in (everybody, a, b):
        assert (group.summary, group.summary_interval) == of_lift[tuple(group.cell.values())]
        assert (group.x[0], group.y[0], group.x[-1], group.y[-1]) == (0, 0, 1, 1)
        assert len(group.x) <= MOST_POINTS
    assert (c.x, c.summary, c.why) == ([], None, "8 rows; 25 are needed")


def test_amounts_have_a_lorenz_curve_unless_some_are_below_0():
    amounts = insured("regression", lambda rng, p: (rng.random(600) < 0.3) * rng.gamma(1, 1000 * p, 600))
    assert amounts["lorenz"].y.label == "share of the amounts"
    assert amounts["lorenz"].groups[0].summary > 0
    assert "lorenz" not in insured("regression", lambda rng, p: rng.normal(p))
