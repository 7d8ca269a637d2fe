"""What a reader must know before an audit is told before all else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa

QUICK = fa.Options(bootstrap=60, permutations=19)


def beware(audit: fa.Audit) -> list[str]:
    assert audit.verdict is not None
    return [answer.text for answer in audit.verdict.answers if answer.question == "beware"]


def test_a_model_that_learns_noise_is_told_to_explain_nothing():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(120, 12)), columns=[f"x{place}" for place in range(12)])
    frame["g"], frame["y"] = rng.choice(["a", "b"], 120), rng.integers(0, 2, 120)
    fit = fa.fit(frame, target="y", protected=["g"], fitting=fa.FitOptions(penalty="none"), options=QUICK)
    assert fit.audit.model.test.share < 0
    assert beware(fit.audit)[0].startswith("The model predicts the held-out rows no better than a constant")


@pytest.mark.parametrize("backwards", [True, False])
def test_decisions_that_run_against_the_outcome_in_every_group_are_told(backwards):
    rng = np.random.default_rng(2)
    outcome = rng.integers(0, 2, 800)
    decision = np.where(rng.random(800) < 0.8, 1 - outcome if backwards else outcome, outcome)
    frame = pd.DataFrame({"y": outcome, "d": decision, "g": rng.choice(["a", "b"], 800)})
    audit = fa.audit(frame, target="y", decision="d", protected=["g"], options=QUICK)
    assert any("run against the outcome" in text for text in beware(audit)) == backwards


def test_nothing_is_told_of_predictions_that_rank_by_chance():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"p": rng.random(500), "y": rng.integers(0, 2, 500), "g": rng.choice(["a", "b"], 500)})
    assert beware(fa.audit(frame, target="y", prediction="p", protected=["g"], options=QUICK)) == []


@pytest.mark.parametrize(("level", "against"), [("decline", True), ("approve", False)])
def test_decisions_that_say_yes_to_low_predictions_are_told(level, against):
    rng = np.random.default_rng(2)
    score = rng.normal(600, 50, 400).round()
    frame = pd.DataFrame({"score": score, "g": rng.choice(["a", "b"], 400)})
    frame["d"] = np.where(score + rng.normal(0, 20, 400) > 620, "approve", "decline")
    audit = fa.audit(frame, prediction="score", decision=f"d={level}", protected=["g"], options=QUICK)
    assert (audit.prediction.decided < 0.1) == against
    assert (
        any("run against the prediction: those decided yes have the lower score" in t for t in beware(audit)) == against
    )


def test_a_threshold_that_selects_low_scores_on_purpose_is_no_crossing():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"score": rng.normal(600, 50, 400), "g": rng.choice(["a", "b"], 400)})
    audit = fa.audit(frame, prediction="score", threshold="<600", protected=["g"], options=QUICK)
    assert audit.prediction.decided == 0
    assert beware(audit) == []
