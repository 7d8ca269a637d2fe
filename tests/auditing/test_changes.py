"""Changes between two predictions of the same rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import fairaudit as fa
from fairaudit.auditing import changes
from fairaudit.auditing.changes import EstimatedChange, gap_changes, performance_change, plain_and_fair
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.measures.overall import overall
from fairaudit.options import Options

ROLES = Roles(prediction="score", target="y", threshold=0.5, protected=Protected.parse_all(["sex", "place"]))
OPTIONS = Options(bootstrap=600, seed=3)


def people(rows=900, seed=1):
    rng = np.random.default_rng(seed)
    score = rng.uniform(0, 1, rows)
    frame = {"score": score, "y": (rng.uniform(0, 1, rows) < score).astype(int)}
    return pd.DataFrame(frame | {"sex": rng.choice(["f", "m"], rows), "place": rng.choice(["x", "y", "z"], rows)})


def resampled(frame, seed=3):
    options = Options(bootstrap=600, seed=seed)
    return Resampled(table_scores(role_table(frame, ROLES), options, merge=False), options, aligned=True)


def shifted(frame, amount):
    return frame.assign(score=np.clip(frame["score"] + amount * (frame["sex"] == "m"), 0, 1))


@pytest.mark.parametrize("measure", ["selection_rate", "tpr", "auc", "equalized_odds", "calibration"])
def test_the_same_predictions_do_not_change_at_all(measure):
    frame = people()
    for change in gap_changes(resampled(frame), resampled(frame), measure, False, (True, True)).values():
        assert (change.value, change.standard_error) == (0, 0)


def test_rows_that_are_decided_alike_add_no_noise():
    frame = people()
    now, before = resampled(shifted(frame, 0.1)), resampled(frame)
    paired = gap_changes(now, before, "selection_rate", False, (True, True))[("sex",)]
    apart = gap_changes(now, resampled(frame, seed=4), "selection_rate", False, (True, True))[("sex",)]
    assert paired.value == apart.value
    assert paired.standard_error < 0.6 * apart.standard_error


def test_the_standard_error_is_that_of_the_rows_whose_decision_changed():
    frame = people(4000)
    later = shifted(frame, 0.1)
    change = gap_changes(resampled(later), resampled(frame), "selection_rate", False, (True, True))[("sex",)]
    men = frame["sex"] == "m"
    gap = {name: (each["score"] >= 0.5).groupby(each["sex"]).mean() for name, each in (("now", later), ("then", frame))}
    assert change.value == pytest.approx(np.ptp(gap["now"]) - np.ptp(gap["then"]))
    flips = ((later["score"] >= 0.5) & (frame["score"] < 0.5))[men]  # women are decided as before and cancel out
    assert change.standard_error == pytest.approx(flips.std() / np.sqrt(men.sum()), rel=0.15)


def test_ratios_change_as_they_are_read():
    frame = people()
    later = shifted(frame, 0.2)
    change = gap_changes(resampled(later), resampled(frame), "selection_rate", True, (True, True))[("sex",)]
    ratios = [
        each.min() / each.max() for each in ((f["score"] >= 0.5).groupby(f["sex"]).mean() for f in (later, frame))
    ]
    assert change.value == pytest.approx(ratios[0] - ratios[1])
    assert change.standard_error > 0


def test_performance_changes_by_the_difference_with_the_error_of_the_pairs():
    frame = people()
    scores = frame["score"], np.full(900, 0.5)
    loss = [(frame["y"] - each) ** 2 for each in scores]
    tables = [resampled(frame.assign(score=each)).table for each in scores]
    change = performance_change(*(overall(table)["brier"] for table in tables))
    assert change.value == pytest.approx(loss[0].mean() - loss[1].mean())
    assert change.standard_error == pytest.approx((loss[0] - loss[1]).std(ddof=0) / 30)


@pytest.mark.parametrize(("worse", "error", "margin", "p"), [(0.02, 0.01, 0.02, 0.5), (0, 0, 0, 1), (0.1, 0, 0.05, 0)])
def test_p_value_of_a_worsening(worse, error, margin, p):
    assert EstimatedChange(worse, error).p_beyond(margin) == pytest.approx(p)


FINITE = st.floats(-10, 10)
ERROR = st.floats(0.001, 10)


@given(before=FINITE, after=FINITE, first=ERROR, second=ERROR)
def test_errors_of_different_rows_add_up_as_variances(before, after, first, second):
    moved = EstimatedChange.between(before, after, (first, second))
    assert moved.value == after - before
    assert moved.standard_error == pytest.approx(np.hypot(first, second))
    low, high = moved.interval(0.95)
    assert high - low == pytest.approx(2 * norm.ppf(0.975) * moved.standard_error)
    assert moved.p_value() == pytest.approx(2 * norm.sf(abs(moved.value) / moved.standard_error))


@given(value=FINITE, error=ERROR, margin=FINITE)
def test_a_worsening_is_beyond_its_margin_as_surely_as_its_opposite_is_not(value, error, margin):
    moved = EstimatedChange(value, error)
    assert moved.p_beyond(margin) == pytest.approx(1 - moved.worsening("higher").p_beyond(-margin), abs=1e-12)
    assert moved.worsening("lower") == moved


def test_without_an_error_there_is_a_change_and_nothing_is_said_of_chance():
    moved = EstimatedChange.between(1.0, 3.0, (None, 0.1))
    assert (moved.value, moved.interval(0.95), moved.p_value(), moved.p_beyond(0.0)) == (2.0, None, None, None)


def test_no_change_without_any_error_is_sure():
    assert EstimatedChange(0.0, 0.0).p_value() == 1.0
    assert EstimatedChange(0.1, 0.0).p_value() == 0.0


def test_a_change_through_zero_has_no_per_cent():
    assert changes.change("ccdcov_excess", "dependence", [], 3e-6, -2e-6).percent is None
    assert changes.change("ccdcov_excess", "dependence", [], 0.0, 1e-6).percent is None
    assert changes.change("ccdcov_excess", "dependence", [], 4e-6, 1e-6).percent == pytest.approx(-75)


def test_what_was_not_measured_in_one_model_has_no_change():
    told = changes.change("auc", "performance", [], None, 0.7, "higher")
    assert (told.plain, told.fair, told.change, told.percent) == (None, 0.7, None, None)


@pytest.fixture(scope="module")
def fitted():
    """A small fit with a penalty."""
    frame = people(700).assign(x=lambda each: each["score"] + (each["sex"] == "m"))
    options = fa.Options(bootstrap=0, permutations=19)
    fitting = fa.FitOptions(strength=0.5)
    fit = fa.fit(frame, target="y", protected=["sex", "place"], features=["x"], fitting=fitting, options=options)
    return fit.audit


def test_a_model_against_itself_has_not_changed(fitted):
    same = plain_and_fair(fitted, fitted)
    assert {told.kind for told in same} == {"performance", "dependence", "divergence", "disparity"}
    assert all(told.change == 0 for told in same if told.plain is not None)


def test_what_a_fit_changed_is_told_from_the_two_audits_alone(fitted):
    assert plain_and_fair(fitted.plain, fitted) == fitted.comparison
    told = {(each.measure, tuple(each.by)): each for each in fitted.comparison}
    gap = told["selection_rate", ("sex",)]
    values = [
        next(each.value for each in audit.disparities if (each.measure, each.by) == ("selection_rate", ["sex"]))
        for audit in (fitted.plain, fitted)
    ]
    assert [gap.plain, gap.fair, gap.change] == [*values, values[1] - values[0]]
    assert told["auc", ()].better == "higher"
    assert told["ccdcov_excess", ("sex", "place")].plain == fitted.plain.dependence.ccdcov.excess
    assert not [key for key in told if key[0] in ("base_rate", "calibration")]


def test_of_one_attribute_all_dependence_is_its_own():
    frame = people(300)
    audit = fa.audit(frame, prediction="score", protected="sex", options=fa.Options(bootstrap=0, permutations=19))
    measures = [each.measure for each in plain_and_fair(audit, audit) if each.kind == "dependence"]
    assert measures == ["dcov_excess"]
