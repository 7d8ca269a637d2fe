"""The whole calibration: path, choice, resuming; and saved models that score new tables."""

from __future__ import annotations

import pytest
from scipy.stats import t as student

import fairaudit as fa
from fairaudit.errors import OptionError

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


def test_every_point_of_the_path_has_an_interval_by_students_law_over_the_folds(made):
    reach = float(student.ppf(0.975, 2))
    for point in made.audit.path:
        for estimate in (point.loss, point.given_up, point.dependence, point.divergence):
            half = reach * estimate.standard_error
            assert estimate.interval == pytest.approx((estimate.mean - half, estimate.mean + half))
        half = reach * point.reduction_error
        assert point.reduction_interval == pytest.approx((point.reduction - half, point.reduction + half))
    chosen = next(point for point in made.audit.path if point.strength == made.audit.calibration.strength)
    why = made.audit.calibration.why
    assert f"There {chosen.reduction:.3g}% (± {chosen.reduction_error:.2g}) of the dependence is gone" in why
    assert f"{chosen.given_up.mean:.3g}% (± {chosen.given_up.standard_error:.2g}) of what the plain model" in why


def test_a_report_draws_it(made):
    page = made.audit.to_html()
    assert 'id="path-chart-title"' in page
    assert "Calibration: the price of less dependence" in made.audit.to_markdown()


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
