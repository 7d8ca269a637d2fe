"""Models of classes: fitted, audited on held-out rows, saved, explained class by class."""

import numpy as np
import pytest
from several_classes import CLASSES, people
from sklearn import metrics

import fairaudit as fa
from fairaudit.data.roles import Roles
from fairaudit.data.sources import from_frame
from fairaudit.errors import OptionError, RoleError
from fairaudit.fitting.scoring import audit_model, load_model

QUICK = fa.Options(bootstrap=50, permutations=19)
NAMED = {"target": "y", "task": "multiclass", "protected": ["sex"], "features": ["x", "z"]}
LABELS = sorted(CLASSES)


def fit(rows=900, classes=CLASSES, **fitting):
    named = fa.FitOptions(**({"penalty": "ccdcov", "reduce": 80.0} | fitting))
    return fa.fit(people(rows, classes), **NAMED, fitting=named, options=QUICK)


@pytest.fixture(scope="module")
def fair():
    return fit()


def test_performance_on_held_out_rows_is_that_of_their_predictions(fair):
    told = fair.predictions
    proba = told[[f"prediction_{name}" for name in LABELS]].to_numpy()
    assert np.allclose(proba.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert told["outcome"].tolist() == people()["y"].iloc[told["row"]].tolist()
    test = fair.audit.performance.test
    assert test["log_loss"] == pytest.approx(metrics.log_loss(told["outcome"], proba, labels=LABELS), rel=1e-9)
    assert test["accuracy"] == pytest.approx((told["outcome"] == told["decision"]).mean(), rel=1e-12)
    plain = told[[f"plain_{name}" for name in LABELS]].to_numpy()
    expected = metrics.log_loss(told["outcome"], plain, labels=LABELS)
    assert fair.audit.plain.performance.test["log_loss"] == pytest.approx(expected, rel=1e-9)


def test_the_constant_model_predicts_the_shares_of_the_training_rows(fair):
    held = set(fair.predictions["row"])
    frame = people()
    training = frame[[row not in held for row in range(len(frame))]]
    shares = training["y"].value_counts(normalize=True)[LABELS].to_numpy()
    proba = np.tile(shares, (len(held), 1))
    expected = metrics.log_loss(fair.predictions["outcome"], proba, labels=LABELS)
    assert fair.audit.performance.constant["log_loss"] == pytest.approx(expected, rel=1e-9)
    assert fair.audit.model.test.constant == pytest.approx(expected, rel=1e-9)
    assert fair.audit.model.test.share > 0


def test_the_fairer_model_depends_less_on_the_group(fair):
    plain, fairer = (audit.dependence.ccdcov.excess for audit in (fair.audit.plain, fair.audit))
    assert 0 < fairer < 0.5 * plain
    change = next(each for each in fair.audit.comparison if each.measure == "dcov_excess")
    assert (change.plain, change.fair) == (plain, fairer)


@pytest.mark.parametrize("model", ["glm", "boosting"])
def test_each_class_has_an_attribution_that_adds_up_to_its_gap(model):
    audit = fit(600, model=model, penalty="none", reduce=None).audit
    whole = audit.attribution
    assert set(whole.classes) == set(CLASSES)
    assert sum(whole.importance.values()) == pytest.approx(1)
    assert whole.gaps == []
    for own in whole.classes.values():
        assert sum(own.importance.values()) == pytest.approx(1)
        for gap in own.gaps:
            assert sum(gap.contributions.values()) == pytest.approx(gap.gap, rel=1e-9, abs=1e-12)
    for place in range(len(whole.classes["left"].gaps)):  # against the mean of the classes they sum to nothing
        assert sum(own.gaps[place].gap for own in whole.classes.values()) == pytest.approx(0, abs=1e-9)
    largest = max(whole.classes, key=lambda name: abs(whole.classes[name].gaps[0].gap))
    assert largest == "left"
    assert max(whole.classes["left"].importance, key=whole.classes["left"].importance.get) == "x"


def test_a_saved_model_scores_a_new_table_as_it_scored_the_old_one(fair, tmp_path):
    path = tmp_path / "model.skops"
    fair.save(path)
    frame = people().iloc[fair.predictions["row"]].reset_index(drop=True)
    loaded = from_frame(frame)
    audit = audit_model(load_model(path), loaded.frame, loaded.source, Roles(), QUICK)
    assert audit.classes == LABELS
    for name, value in fair.audit.performance.test.items():
        assert audit.performance.test[name] == pytest.approx(value, rel=1e-9)
    assert not any("several classes have the highest" in note for note in audit.notes)


def test_a_saved_model_takes_a_table_without_outcomes_and_none_with_new_classes(fair, tmp_path):
    path = tmp_path / "model.skops"
    fair.save(path)
    bare = from_frame(people(200).drop(columns="y"))
    audit = audit_model(load_model(path), bare.frame, bare.source, Roles(), QUICK)
    assert (audit.prediction.subject, audit.performance.test) == ("prediction", {})
    strange = from_frame(people(200).assign(y="else"))
    with pytest.raises(RoleError, match="has the class 'else', for which no column holds a probability"):
        audit_model(load_model(path), strange.frame, strange.source, Roles(), QUICK)


def test_a_class_that_no_training_row_had_has_probability_0_and_no_loss_is_told():
    frame = people(200)
    frame = frame.assign(part=np.arange(200) % 10, y=frame["y"].where(np.arange(200) % 10 != 3, "rare"))
    named = NAMED | {"split_by": "part"}
    for seed in range(20):
        options = fa.Options(bootstrap=0, permutations=0, seed=seed)
        result = fa.fit(frame, **named, fitting=fa.FitOptions(penalty="none"), options=options)
        if "rare" in set(result.predictions["outcome"]):
            break
    assert (result.predictions["prediction_rare"] == 0).all()
    assert result.audit.performance.test["log_loss"] is None
    assert result.audit.performance.test["accuracy"] is not None
    assert result.audit.model.test.why == "an outcome occurs that no training row had"
    assert set(result.audit.attribution.classes) == set(CLASSES)


def test_a_threshold_and_a_penalty_of_decisions_are_refused_of_classes():
    with pytest.raises(OptionError, match="a threshold cuts one number"):
        fa.fit(people(100), **NAMED, threshold=0.5)
    with pytest.raises(OptionError, match="penalize decision is for binary outcomes"):
        fit(100, penalize="decision")


def test_a_path_of_strengths_is_traced_for_classes():
    options = fa.CalibrationOptions(strengths=(0.0, 1.0, 50.0), folds=2, repeats=1)
    named = fa.FitOptions(penalty="ccdcov")
    audit = fa.calibrate(people(400), **NAMED, fitting=named, calibration=options, options=QUICK).audit
    dependence = [point.dependence.mean for point in audit.path]
    assert dependence == sorted(dependence, reverse=True)
    assert {"log_loss", "accuracy", "macro_tpr"} <= set(audit.path[0].performance)


def test_models_of_a_pool_are_explained_class_by_class():
    pool = fa.PoolOptions(pool=("glm", "boosting"), folds=2)
    explanation = fa.explain(people(500), **NAMED, pool=pool, options=fa.Options(bootstrap=50))
    assert explanation.task == "multiclass"
    for model in explanation.models:
        assert set(model.attribution.classes) == set(CLASSES)
        women = next(gap for gap in model.attribution.classes["left"].gaps if gap.cell == {"sex": "F"})
        assert women.gap > 0
        assert women.contributions["x"] > abs(women.contributions["z"])


def test_a_network_of_classes_is_fitted_and_explained():
    pytest.importorskip("torch")
    audit = fit(500, model="network", penalty="ccdcov", reduce=None, strength=20.0).audit
    assert set(audit.attribution.classes) == set(CLASSES)
    assert audit.dependence.ccdcov.excess < audit.plain.dependence.ccdcov.excess
