"""Changes between two predictions of the same rows."""

import numpy as np
import pandas as pd
import pytest

from fairaudit.auditing.paired import gap_changes, performance_change, worsening_p_value
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
    assert worsening_p_value(worse, error, margin) == pytest.approx(p)
