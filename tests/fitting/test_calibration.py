"""The whole calibration: path, choice, resuming; and saved models that score new tables."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.errors import OptionError, RoleError, SourceError

FEATURES = ["age", "priors_count", "c_charge_degree"]
QUICK = fa.Options(bootstrap=0, permutations=20)


def calibrated(compas, **calibration):
    return fa.calibrate(
        compas.iloc[:2500],
        target="two_year_recid",
        protected=["race", "sex"],
        features=FEATURES,
        options=QUICK,
        calibration=fa.CalibrationOptions(**{"steps": 5, "folds": 3, **calibration}),
    )


@pytest.fixture(scope="module")
def made(compas):
    return calibrated(compas)


def test_the_audit_holds_the_path_and_the_choice(made):
    path, choice = made.audit.path, made.audit.calibration
    assert [point.strength for point in path] == sorted(point.strength for point in path)
    assert (len(path), path[0].strength, path[0].reduction, path[0].loss_change.mean) == (5, 0.0, 0.0, 0.0)
    assert path[-1].reduction > 90
    assert (choice.measure, choice.rule, choice.folds, choice.repeats) == ("ccdcov", "reduce:90", 3, 1)
    chosen = next(point for point in path if point.strength == choice.strength)
    assert chosen.reduction >= 90
    assert made.audit.model.strength == choice.strength == made.model.strength_
    assert path[0].performance["log_loss"].mean == pytest.approx(path[0].loss.mean, rel=1e-9)
    assert fa.from_json(made.audit.to_json()) == made.audit


def test_a_report_draws_it(made):
    page = made.audit.to_html()
    assert 'id="path-chart-title"' in page
    assert "Calibration: the price of less dependence" in made.audit.to_markdown()


def test_an_interrupted_calibration_goes_on_where_it_stopped(compas, made, tmp_path):
    file = tmp_path / "folds.jsonl"
    whole = calibrated(compas, resume=str(file))
    assert whole.audit.path == made.audit.path
    lines = file.read_text().splitlines()
    assert len(lines) == 4
    changed = json.loads(lines[1])
    changed["numbers"][0]["loss"] += 1.0  # to see that it is read, not made anew
    torn = lines[2][: lines[2].index("}") + 1]  # where it looks whole
    file.write_text("\n".join([lines[0], json.dumps(changed), torn]))
    again = calibrated(compas, resume=str(file))
    assert torn in file.read_text().splitlines()
    assert calibrated(compas, resume=str(file)).audit.path == again.audit.path
    assert again.audit.path[0].loss.mean == pytest.approx(made.audit.path[0].loss.mean + 1 / 3, rel=1e-12)
    assert again.audit.path[1].dependence == made.audit.path[1].dependence


def test_folds_of_another_calibration_are_not_taken(compas, tmp_path):
    file = tmp_path / "folds.jsonl"
    calibrated(compas, resume=str(file), strengths=(1.0,))
    with pytest.raises(OptionError, match="holds the folds of another calibration"):
        calibrated(compas, resume=str(file), strengths=(2.0,))
    head = file.read_text().splitlines()[0]
    for other in ('{"other": 1}\n', f"{head}\n{head}\n", "[]\n"):
        file.write_text(other)
        with pytest.raises(SourceError, match="holds no calibration to resume"):
            calibrated(compas, resume=str(file), strengths=(1.0,))


def test_folds_of_another_split_are_not_taken(compas, tmp_path):
    """The column that is split by is neither feature nor outcome."""
    half = np.arange(len(compas)) // 2
    asked = fa.CalibrationOptions(strengths=(1.0,), folds=2, resume=str(tmp_path / "folds.jsonl"))

    def split_by(key):
        return fa.calibrate(compas.assign(person=key), target="two_year_recid", protected="sex", split_by="person",
                            features="priors_count", calibration=asked, options=QUICK)  # fmt: skip

    split_by(half)
    with pytest.raises(OptionError, match="holds the folds of another calibration"):
        split_by(np.where(half % 3 == 0, -1, half))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strengths": (0.0,)}, "one above 0"),
        ({"strengths": (-1.0, 2.0)}, "numbers of 0 or more"),
        ({"strengths": (float("nan"),)}, "numbers of 0 or more"),
        ({"folds": 1}, "at least 2 and 1 are needed"),
        ({"steps": 2}, "at least 3 are needed"),
        ({"rule": "best"}, "rule 'best' is unknown"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        fa.CalibrationOptions(**options)


def test_a_saved_model_scores_a_new_table_as_it_scored_the_old(made, compas, tmp_path):
    file = tmp_path / "model.skops"
    made.save(file)
    saved = fa.load_model(file)
    held = made.predictions
    rows = compas.iloc[held["row"]].drop(columns=["decile_score"])
    from fairaudit.data.roles import Roles
    from fairaudit.fitting.scoring import audit_model
    from fairaudit.results import Source

    audit = audit_model(saved, rows.reset_index(drop=True), Source(name="new"), Roles(), QUICK)
    assert audit.task == "binary"
    for name, value in audit.performance.test.items():
        assert value == pytest.approx(made.audit.performance.test[name], rel=1e-12), name
    assert audit.dependence.ccdcov.biased == pytest.approx(made.audit.dependence.ccdcov.biased, rel=1e-9)
    unlabelled = audit_model(saved, rows.drop(columns=["two_year_recid"]), Source(name="new"), Roles(), QUICK)
    assert unlabelled.performance.test == {}
    assert unlabelled.groups[0].mean_prediction == pytest.approx(audit.groups[0].mean_prediction)


def test_a_table_that_a_model_cannot_score_is_refused(made, compas, tmp_path):
    from fairaudit.data.roles import Roles
    from fairaudit.fitting.scoring import audit_model
    from fairaudit.results import Source

    file = tmp_path / "model.skops"
    made.save(file)
    saved = fa.load_model(file)
    with pytest.raises(RoleError, match="needs the features priors_count, which are not in the data"):
        audit_model(saved, compas.drop(columns="priors_count"), Source(name="new"), Roles(), QUICK)
    with pytest.raises(OptionError, match="leave out --prediction"):
        audit_model(saved, compas, Source(name="new"), Roles(prediction="decile_score"), QUICK)
    odd = compas.head(400).assign(c_charge_degree="capital")
    audit = audit_model(saved, odd, Source(name="new"), Roles(), QUICK)
    assert any("In 400 rows 'c_charge_degree' has a value that no training row had" in note for note in audit.notes)
    assert any(note.endswith("there it counts as on average.") for note in audit.notes)
    other = tmp_path / "bare.skops"
    from fairaudit.models.files import save

    save(made.model, other)
    with pytest.raises(OptionError, match="holds a model without its roles"):
        fa.load_model(other)


def test_expected_counts_of_rows_are_not_multiplied_by_an_exposure_that_the_model_does_not_know(tmp_path):
    from fairaudit.data.roles import Roles
    from fairaudit.fitting.scoring import scored_table

    rng = np.random.default_rng(6)
    n = 600
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], n), "x": rng.normal(size=n), "time": rng.uniform(0.2, 1, n)})
    frame["y"] = rng.poisson(frame["time"])
    for exposure in (None, "time"):
        made = fa.fit(frame, target="y", protected="g", features="x", task="count", exposure=exposure,
                      fitting=fa.FitOptions(penalty="none"), options=QUICK)  # fmt: skip
        made.save(tmp_path / "model.skops")
        table, _ = scored_table(fa.load_model(tmp_path / "model.skops"), frame, Roles(exposure="time"))
        rows = made.predictions["row"]
        np.testing.assert_allclose(table.prediction[rows], made.predictions["prediction"], rtol=1e-12)


@pytest.mark.parametrize("model", ["glm", "boosting"])
def test_a_loss_budget_bounds_what_the_held_out_rows_lose(model):
    rng = np.random.default_rng(5)
    n = 4000
    group = rng.integers(0, 2, n)
    x, z = rng.normal(size=n) + group, rng.normal(size=n)
    frame = pd.DataFrame({"g": np.where(group, "a", "b"), "x": x, "z": z, "y": x + z + rng.normal(size=n)})
    made = fa.fit(frame, target="y", protected="g", fitting=fa.FitOptions(max_loss=5, model=model), options=QUICK)
    change = {each.measure: each.percent for each in made.audit.comparison}
    assert -1 < change["rmse"] < 4  # 5% of the squared error is 2.5% of its root, on other rows
    assert change["dcov_excess"] < -15
    assert made.audit.model.name == model
