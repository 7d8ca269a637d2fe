"""What a report says of a model in words and figures."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

import fairaudit as fa
from fairaudit.fitting.summary import title, told_by_name, unseen


def notes_of(frame, **fitting):
    options, asked = fa.Options(bootstrap=0, permutations=0), fa.FitOptions(**fitting)
    return " ".join(fa.fit(frame, target="y", protected="g", fitting=asked, options=options).audit.notes)


def test_a_model_that_finds_nothing_in_the_features_is_told_of():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"g": rng.integers(0, 2, 300), "x": np.arange(300) < 2, "y": rng.normal(size=300)})
    assert "predicts the same for all held-out rows" in notes_of(frame, model="boosting", penalty="none")
    assert "predicts the same" not in notes_of(frame.assign(x=frame["y"] + frame["g"]), penalty="none")


def test_a_search_that_stops_short_of_the_reduction_asked_for_says_why():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"g": rng.integers(0, 2, 400), "x": rng.normal(size=400)})
    frame["y"] = frame["x"] + 0.25 * frame["g"] + rng.normal(size=400)
    frame["x"] += 0.25 * frame["g"]
    assert re.search(r"stopped at a reduction of \d+\.\d% .* short of the 90% asked for", notes_of(frame))
    assert "The search stopped" not in notes_of(frame, strength=5.0)


def test_notes_say_what_values_unlike_the_training_rows_count_as():
    frame, new = (
        pd.DataFrame({"k": ["p", "q"] * 30, "x": range(60)}),
        pd.DataFrame({"k": ["p", "z", "z"], "x": 3 * [500]}),
    )
    trees = fa.PenalizedBoosting("gaussian", n_estimators=2, n_iter_no_change=None, min_child_samples=1, unseen="mean")
    glm = fa.PenalizedGLM("gaussian", unseen="mean")
    told = [unseen(model.fit(frame, np.sin(np.arange(60))), new, "rows") for model in (trees, glm)]
    assert told[0] == ["In 2 rows 'k' has a value that no training row had; there it counts as missing."]
    assert told[1] == [
        "In 2 rows 'k' has a value that no training row had; there it counts as on average.",
        "In 3 rows 'x' is far beyond the 0 to 59 of the training rows; its effect goes on in a straight line for a"
        " tenth of that range, and then stays.",
    ]


def test_a_model_is_called_by_what_was_asked_of_it():
    known = fa.Knowledge(order=["x"])
    names = [title(fa.PenalizedGLM(**options)) for options in ({}, {"knowledge": known}, {"penalty": "ccdcov"})]
    assert names == ["plain model", "guided model", "fairer model"]


def test_the_summary_counts_the_rows_and_names_the_aim():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"g": rng.integers(0, 2, 300), "x": rng.normal(size=300), "y": rng.integers(0, 2, 300)})
    fit = fa.fit(frame, target="y", protected="g", fitting=fa.FitOptions(strength=1.0), threshold=0.4,
                 options=fa.Options(bootstrap=0, permutations=0, parity="equalized-odds"))  # fmt: skip
    model = fit.audit.model
    assert (model.rows_train, model.rows_test, model.parity) == (210, 90, "equalized-odds")
    assert (model.name, model.family, model.link, model.penalty, model.strength) == (
        "glm", "binomial", "logit", "ccdcov", 1.0,
    )  # fmt: skip
    assert any(note.startswith("210 rows were fitted on and 90 held out") for note in fit.audit.notes)
    assert not any("--threshold" in note for note in fit.audit.notes)


def test_a_model_worse_than_the_constant_is_told_of_first():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 30))).rename(columns=str).assign(g=["a", "b"] * 40)
    frame["y"] = rng.integers(0, 2, 80)
    options = fa.Options(bootstrap=0, permutations=0)
    fit = fa.fit(frame, target="y", protected="g", fitting=fa.FitOptions(penalty="none"), options=options)
    assert fit.audit.model.test.share < 0  # thirty features of noise, eighty rows
    assert fit.audit.notes[0].startswith("The plain model predicts no better than the constant: on the held-out rows")


def test_inputs_called_like_a_protected_attribute_or_a_score_are_told():
    notes = told_by_name(["race", "applicant_sex", "decile_score", "sexton", "scored", "income"])
    assert [note.split("'")[1] for note in notes] == ["race", "applicant_sex", "decile_score"]
    assert "is called like a protected attribute" in notes[0]
    assert "is called like a score" in notes[2]
