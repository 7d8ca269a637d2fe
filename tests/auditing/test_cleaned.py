"""Audits of tables as people have them give the rates that the counts say, once the table is read as it is meant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa

QUICK = fa.Options(bootstrap=0, permutations=0)


def people(**counts):
    """Rows of each group g, so many with the decision d of so many: ``name=(yes, all)``."""
    rows = [(name, int(place < yes)) for name, (yes, size) in counts.items() for place in range(size)]
    return pd.DataFrame(rows, columns=["g", "d"])


def rates(frame, protected="g", **asked):
    """Group → rate of what is measured; gap and ratio of selection rates."""
    audit = fa.audit(frame, protected=protected, options=QUICK, **({"decision": "d"} | asked))
    gaps = [each for each in audit.disparities if each.measure == "selection_rate"]
    shown = {group.cell[protected.partition(":")[0]]: group.mean_prediction for group in audit.groups}
    return shown, *((gaps[0].value, gaps[0].ratio) if gaps else (None, None))


SPELT = {"Female": (30, 100), "female": (20, 60), "Male": (44, 110), "male": (15, 50), "MALE": (9, 30)}


@pytest.mark.parametrize(
    "cleaning",
    [{"tidy": True}, {"merge": ["g:Male=male,MALE", "g:Female=female"]}, {"tidy": True, "merge": "g:Male=Male"}],
)
def test_spellings_of_a_group_are_one_group(cleaning):
    found, gap, _ = rates(people(**SPELT), cleaning=fa.Cleaning(**cleaning))
    assert found == pytest.approx({"Female": 50 / 160, "Male": 68 / 190})
    assert gap == pytest.approx(68 / 190 - 50 / 160)


def test_a_blank_at_the_end_does_not_split_a_group_once_tidied():
    frame = people(f=(33, 110), m=(30, 60), **{"m ": (10, 50)})
    assert rates(frame)[1] == pytest.approx(0.3)
    found, gap, _ = rates(frame, cleaning=fa.Cleaning(tidy=True))
    assert found == pytest.approx({"f": 0.3, "m": 40 / 110})
    assert gap == pytest.approx(40 / 110 - 0.3)


def test_three_spellings_merged_are_compared_as_one():
    frame = people(Woman=(60, 120), Nonbinary=(9, 30), **{"Non-binary": (12, 30), "non binary": (6, 30)})
    found, gap, ratio = rates(frame, cleaning=fa.Cleaning(merge="g:Nonbinary=Non-binary,non binary"))
    assert found == pytest.approx({"Woman": 0.5, "Nonbinary": 0.3})
    assert (gap, ratio) == pytest.approx((0.2, 0.6))


def test_a_mark_for_missing_values_is_no_group_once_it_is_said():
    frame = people(Private=(30, 60), Government=(27, 60), **{"?": (12, 60)})
    assert rates(frame)[1:] == pytest.approx((0.3, 0.4))
    for asked in ({"protected": "g:na=?"}, {"cleaning": fa.Cleaning(na="?")}):
        assert rates(frame, missing="drop", **asked)[1:] == pytest.approx((0.05, 0.9))


def test_a_level_called_missing_and_missing_values_are_two_groups():
    frame = pd.concat([people(**{"(missing)": (40, 50), "a": (25, 50)}), people(x=(10, 40)).assign(g=None)])
    found, gap, ratio = rates(frame, missing="group")
    assert found == pytest.approx({"(missing)": 0.8, "a": 0.5, "(missing value)": 0.25})
    assert (gap, ratio) == pytest.approx((0.55, 0.3125))


def test_applications_without_a_decision_are_left_out_of_approval_rates():
    counts = {"Asian": (60, 20, 30), "Black": (48, 48, 54), "White": (210, 70, 80)}
    rows = [
        (name, action)
        for name, each in counts.items()
        for action, count in zip("134", each, strict=True)
        for _ in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["g", "d"])
    kept = fa.Cleaning(keep="d=1,3")
    found, gap, ratio = rates(frame, decision="d=1", cleaning=kept)
    assert found == pytest.approx({"Asian": 0.75, "Black": 0.5, "White": 0.75})
    assert (gap, ratio) == pytest.approx((0.25, 2 / 3))
    audit = fa.audit(frame, decision="d=1", protected="g", cleaning=kept, options=QUICK)
    assert sum(audit.rows.dropped.values()) == 164
    assert audit.manifest.arguments["keep"] == ["d=1,3"]
    assert rates(frame, decision="d=1")[0]["Black"] == pytest.approx(48 / 150)


def test_missing_decisions_are_dropped_and_told_by_group():
    frame = people(a=(16, 60), b=(20, 60)).astype({"d": float})
    frame.loc[frame.index[frame["g"] == "a"][-10:], "d"] = np.nan
    with pytest.raises(fa.RoleError, match=r"decision 'd' is missing in 10 of 120 rows \(first in row 51\)"):
        rates(frame)
    assert rates(frame, missing="drop")[0] == pytest.approx({"a": 16 / 50, "b": 20 / 60})
    audit = fa.audit(frame, decision="d", protected="g", missing="drop", options=QUICK)
    assert "'a' 10 of 60" in " ".join(audit.notes)


def test_codes_among_scores_are_averaged_only_once_they_are_said_to_be_numbers():
    scores = np.tile([0.2, 0.35, 0.5, 0.65, 0.8], 32)
    frame = pd.DataFrame({"g": np.repeat(["a", "b"], 80), "p": scores, "y": np.tile([0, 1], 80)})
    frame.loc[frame.index[-12:], "p"] = -999.0
    asked = {"decision": None, "target": "y"}
    with pytest.raises(fa.RoleError, match="prediction 'p' is -999 in 12 of 160 rows"):
        rates(frame, prediction="p", **asked)
    found, *_ = rates(frame, prediction="p:na=-999", missing="drop", **asked)
    assert found == pytest.approx({"a": 0.5, "b": scores[80:148].mean()})
    found, *_ = rates(frame, prediction="p:na=", **asked)
    assert found["b"] < -100


def test_the_names_of_codes_make_no_difference_once_they_are_names():
    codes = np.repeat([1, 2, 3, 5, 6], 60)
    decided = np.concatenate([np.arange(60) < count for count in (20, 24, 24, 38, 22)]).astype(int)
    frame = pd.DataFrame({"g": codes, "d": decided})
    exchanged = frame.assign(g=frame["g"].map({1: 6, 2: 5, 3: 1, 5: 2, 6: 3}))

    def dependence(table, protected):
        audit = fa.audit(table, decision="d", protected=protected, options=QUICK)
        return audit.dependence.dcov[0].biased, " ".join(audit.notes)

    named = dependence(frame, "g:categorical")[0]
    assert dependence(exchanged, "g:categorical")[0] == pytest.approx(named, rel=1e-12)
    first, told = dependence(frame, "g")
    assert first != pytest.approx(dependence(exchanged, "g")[0])
    assert "protected attribute 'g' (1, 2, 3, 5, 6) is taken as a quantity" in told


def test_a_decision_that_nobody_got_is_an_audit_of_zeros():
    frame = people(a=(0, 50), b=(0, 50)).assign(d="deny")
    found, gap, _ = rates(frame, decision="d=grant")
    assert found == {"a": 0.0, "b": 0.0}
    assert gap == 0.0
