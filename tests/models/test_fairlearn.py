"""fairlearn's tools take our estimators as they are."""

import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, demographic_parity_difference, selection_rate
from fairlearn.postprocessing import ThresholdOptimizer
from sklearn.metrics import accuracy_score

import fairaudit as fa
from fairaudit.models.boosting import PenalizedBoosting
from fairaudit.models.glm import PenalizedGLM


@pytest.fixture(scope="module")
def table():
    frame = fa.load_dataset("compas").frame
    return frame[["age", "priors_count"]], frame["two_year_recid"], frame[["sex", "race"]]


@pytest.mark.parametrize(
    "model",
    [
        PenalizedGLM(penalty="ccdcov", strength=5.0),
        PenalizedBoosting(penalty="ccdcov", strength=5.0, n_estimators=20, fair_estimators=10, n_iter_no_change=None),
    ],
    ids=["glm", "boosting"],
)
def test_a_metric_frame_reads_its_predictions_and_agrees_with_our_audit(model, table):
    X, y, sensitive = table
    predicted = model.fit(X, y, sensitive).predict(X)
    frame = MetricFrame(
        metrics={"accuracy": accuracy_score, "selected": selection_rate},
        y_true=y,
        y_pred=predicted,
        sensitive_features=sensitive["sex"],
    )
    audit = fa.audit(
        pd.DataFrame({"y": y, "decision": predicted, "sex": sensitive["sex"]}),
        target="y",
        decision="decision",
        protected="sex",
        options=fa.Options(bootstrap=0, permutations=0),
    )
    [difference] = [each.value for each in audit.disparities if each.measure == "selection_rate"]
    assert frame.difference()["selected"] == pytest.approx(difference, abs=1e-12)
    assert frame.overall["accuracy"] == pytest.approx(model.score(X, y), abs=1e-12)


def test_a_threshold_optimizer_takes_it_as_a_base(table):
    X, y, sensitive = table
    optimizer = ThresholdOptimizer(
        estimator=PenalizedGLM(), constraints="demographic_parity", predict_method="predict_proba"
    ).fit(X, y, sensitive_features=sensitive["sex"])
    decision = optimizer.predict(X, sensitive_features=sensitive["sex"], random_state=0)
    gap = demographic_parity_difference(y, decision, sensitive_features=sensitive["sex"])
    plain = demographic_parity_difference(y, PenalizedGLM().fit(X, y).predict(X), sensitive_features=sensitive["sex"])
    assert gap < plain / 2
