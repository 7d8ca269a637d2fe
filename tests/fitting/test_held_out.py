"""A model on the rows held out: its predictions, and its audit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import OptionError
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.held_out import audit, judged
from fairaudit.fitting.split import split_table
from fairaudit.results import Source

RNG = np.random.default_rng(9)
FRAME = pd.DataFrame({"g": RNG.choice(["a", "b"], 400), "x": RNG.normal(size=400), "time": RNG.uniform(0.2, 2, 400)})
FRAME["y"] = RNG.poisson(FRAME["time"] * np.exp(0.4 * FRAME["x"]))
ROLES = Roles(target="y", protected=(Protected("g"),), features=("x",), exposure="time", task="count", split_by=None)
QUICK = fa.Options(bootstrap=0, permutations=0)


@pytest.fixture(scope="module")
def split():
    table = role_table(FRAME, ROLES, features=True)
    return split_table(table, Source(name="t"), ROLES, fa.FitOptions(penalty="none"), QUICK)


@pytest.fixture(scope="module")
def plain(split):
    return judged(split, fitted(split, "none", lambda _: None))


def test_both_parts_are_predicted_per_exposure_and_in_total(split, plain):
    for part, prediction in ((split.train, plain.train.model), (split.test, plain.test.model)):
        rate = plain.model.predict_mean(FRAME[["x"]].iloc[part.rows])
        np.testing.assert_allclose(prediction.rate, rate, rtol=1e-12)
        np.testing.assert_allclose(prediction.value, rate * FRAME["time"].iloc[part.rows], rtol=1e-12)


def test_an_audit_of_a_model_is_of_the_held_out_rows_alone(split, plain):
    result = audit(split, plain, lambda _: None)
    assert (result.rows.read, result.rows.used, result.prediction.column) == (400, len(split.test.rows), "plain model")
    assert sum(group.n for group in result.groups if group.by == ["g"]) == len(split.test.rows)
    observed, expected = split.test.outcome.sum(), plain.test.model.value.sum()
    assert result.performance.test["actual_expected"] == pytest.approx(observed / expected, rel=1e-9)
    assert result.performance.train != result.performance.test
    assert result.attribution.importance == {"x": 1.0}
    assert (result.plain, result.comparison) == (None, [])


def test_two_models_of_a_rare_outcome_select_as_many_as_have_it():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 3000), "x": rng.normal(size=3000)})
    frame["y"] = (rng.random(3000) < 0.3 / (1 + np.exp(-frame["x"] - (frame["g"] == "b")))) * 1
    made = fa.fit(frame, target="y", protected="g", fitting=fa.FitOptions(strength=50.0), options=QUICK)
    for result in (made.audit, made.audit.plain):
        selected = sum(group.measures["selection_rate"].value * group.share for group in result.groups)
        assert selected == pytest.approx(frame["y"].mean(), abs=0.05)
        assert result.model.threshold < 0.5
        assert result.model.threshold_from == "base rate"
        [note] = [note for note in result.notes if "No threshold was named" in note]
        assert f"at least {result.model.threshold:.4g} counts as yes" in note


def test_a_threshold_that_was_named_decides_for_every_model():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 800), "x": rng.normal(size=800)})
    frame["y"] = (rng.random(800) < 0.5) * 1
    made = fa.fit(frame, target="y", protected="g", threshold=0.3, fitting=fa.FitOptions(strength=1.0), options=QUICK)
    for result in (made.audit, made.audit.plain):
        assert (result.model.threshold, result.model.threshold_from) == (0.3, "asked")
    assert not any("No threshold was named" in note for note in made.audit.notes)


def test_costs_of_wrong_decisions_decide_for_every_model_and_are_told():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 800), "x": rng.normal(size=800)})
    frame["y"] = (rng.random(800) < 0.2) * 1
    plain = fa.FitOptions(penalty="none")
    made = fa.fit(frame, target="y", protected="g", threshold="cost=1:9", fitting=plain, options=QUICK)
    assert (made.audit.model.threshold, made.audit.model.threshold_from) == (pytest.approx(0.1), "costs")
    np.testing.assert_array_equal(made.predictions["decision"], made.predictions["prediction"] >= 0.1)
    assert any(note.startswith("A wrong yes costs 1 and a wrong no 9") for note in made.audit.notes)
    with pytest.raises(OptionError, match="the task is regression"):
        fa.fit(frame, target="x", protected="g", threshold="cost=1:9", fitting=plain, options=QUICK)


def test_from_python_a_fit_knows_what_is_good_for_a_person_and_whom_groups_are_compared_with():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 800), "x": rng.normal(size=800)})
    frame["y"] = (rng.random(800) < 0.3 + 0.3 * (frame["g"] == "b")) * 1
    frame["x"] += 2.0 * (frame["g"] == "b")
    plain = fa.FitOptions(penalty="none")
    roles = {"target": "y", "protected": "g", "fitting": plain, "options": fa.Options(bootstrap=50, permutations=99)}
    audit = fa.fit(frame, favourable="no", reference="g=a", **roles).audit
    assert (audit.favourable, audit.reference) == ("no", {"g": "a"})
    assert audit.verdict.lead.worse == {"g": "b"}
    assert fa.fit(frame, **roles).audit.verdict.lead.worse is None
