"""Saved models that score new tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.auditing.warnings import FITTED_ON
from fairaudit.data.roles import Roles
from fairaudit.errors import OptionError, RoleError
from fairaudit.fitting.scoring import SavedModel, audit_model, scored_table
from fairaudit.models.files import save
from fairaudit.results import Source

QUICK = fa.Options(bootstrap=0, permutations=20)


@pytest.fixture(scope="module")
def made(compas):
    return fa.fit(
        compas.iloc[:2500],
        target="two_year_recid",
        protected=["race", "sex"],
        features=["age", "priors_count", "c_charge_degree"],
        fitting=fa.FitOptions(strength=5.0),
        options=QUICK,
    )


def test_a_saved_model_scores_a_new_table_as_it_scored_the_old(made, compas, tmp_path):
    file = tmp_path / "model.skops"
    made.save(file)
    saved = fa.load_model(file)
    held = made.predictions
    rows = compas.iloc[held["row"]].drop(columns=["decile_score"])

    audit = audit_model(saved, rows.reset_index(drop=True), Source(name="new"), Roles(), QUICK)
    assert audit.task == "binary"
    for name, value in audit.performance.test.items():
        assert value == pytest.approx(made.audit.performance.test[name], rel=1e-12), name
    assert audit.dependence.ccdcov.biased == pytest.approx(made.audit.dependence.ccdcov.biased, rel=1e-9)
    unlabelled = audit_model(saved, rows.drop(columns=["two_year_recid"]), Source(name="new"), Roles(), QUICK)
    assert unlabelled.performance.test == {}
    assert unlabelled.groups[0].mean_prediction == pytest.approx(audit.groups[0].mean_prediction)


def test_the_table_that_a_model_was_fitted_on_is_told_as_such(made, compas, tmp_path):
    made.save(tmp_path / "model.skops")
    saved = fa.load_model(tmp_path / "model.skops")
    known = SavedModel(saved.name, saved.model, {**saved.card, "source": "abc"})
    own, other = (
        audit_model(known, compas, Source(name="t", sha256=sha), Roles(), QUICK).verdict.answers[0]
        for sha in ("abc", "d")
    )
    assert (own.question, own.text) == ("beware", FITTED_ON)
    assert other.question == "differ"


def test_a_table_that_a_model_cannot_score_is_refused(made, compas, tmp_path):

    file = tmp_path / "model.skops"
    made.save(file)
    saved = fa.load_model(file)
    with pytest.raises(RoleError, match="needs the features priors_count, which are not in the data"):
        audit_model(saved, compas.drop(columns="priors_count"), Source(name="new"), Roles(), QUICK)
    with pytest.raises(OptionError, match="leave out prediction"):
        audit_model(saved, compas, Source(name="new"), Roles(prediction="decile_score"), QUICK)
    odd = compas.head(400).assign(c_charge_degree="capital")
    audit = audit_model(saved, odd, Source(name="new"), Roles(), QUICK)
    assert any("In 400 rows 'c_charge_degree' has a value that no training row had" in note for note in audit.notes)
    assert any(note.endswith("there it counts as on average.") for note in audit.notes)
    other = tmp_path / "bare.skops"

    save(made.model, other)
    with pytest.raises(OptionError, match="holds a model without its roles"):
        fa.load_model(other)


def test_expected_counts_of_rows_are_not_multiplied_by_an_exposure_that_the_model_does_not_know(tmp_path):

    rng = np.random.default_rng(6)
    n = 600
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], n), "x": rng.normal(size=n), "time": rng.uniform(0.2, 1, n)})
    frame["y"] = rng.poisson(frame["time"])
    for exposure in (None, "time"):
        made = fa.fit(frame, target="y", protected="g", features="x", task="count", exposure=exposure,
                      fitting=fa.FitOptions(penalty="none"), options=QUICK)  # fmt: skip
        made.save(tmp_path / "model.skops")
        saved = fa.load_model(tmp_path / "model.skops")
        table, _ = scored_table(saved, frame, Source(name="t"), Roles(exposure="time"))
        rows = made.predictions["row"]
        np.testing.assert_allclose(table.prediction[rows], made.predictions["prediction"], rtol=1e-12)
