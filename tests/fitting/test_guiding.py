"""Fits guided by knowledge of the factors: where it is from, what is measured, and the path of α."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose

import fairaudit as fa
from fairaudit.cli import cli
from fairaudit.errors import FairAuditError, OptionError
from fairaudit.fitting.guiding import pool_of
from fairaudit.models.guides.consistency import distribution, kl

RNG = np.random.default_rng(3)
N = 900
FRAME = pd.DataFrame(RNG.normal(size=(N, 3)).round(2), columns=["a", "b", "c"])
ETA = FRAME["a"] + 0.5 * FRAME["b"] + 0.25 * FRAME["c"]
FRAME = FRAME.assign(sex=np.where(FRAME["a"] + RNG.normal(size=N) > 0, "m", "f"), y=(ETA + RNG.logistic(size=N) > 0))
FRAME["y"] = FRAME["y"].astype(int)
KNOWN = fa.Knowledge(weights={"a": 1, "b": 2, "c": 1})
QUICK = fa.Options(bootstrap=60, permutations=20)
ROLES = {"target": "y", "protected": "sex", "options": QUICK}


def guided(**options):
    return fa.fit(FRAME, **ROLES, fitting=fa.FitOptions(**{"penalty": "none", "knowledge": KNOWN, **options}))


@pytest.fixture(scope="module")
def by_weights():
    return guided()


def test_the_result_says_what_the_knowledge_changed_on_the_held_out_rows(by_weights):
    found, audit = by_weights.audit.consistency, by_weights.audit
    assert (found.source, found.kind, found.divergence) == ("given", "weights", "kl")
    shares = {factor.factor: factor for factor in found.factors}
    assert [factor.factor for factor in found.factors] == ["b", "a", "c"]
    assert [shares[name].knowledge for name in "abc"] == [0.25, 0.5, 0.25]
    held = FRAME.iloc[by_weights.predictions["row"]]
    sizes = np.abs(by_weights.model.contributions(held[["a", "b", "c"]])).mean(axis=0)
    assert_allclose([shares[name].guided for name in "abc"], sizes / sizes.sum())
    assert found.distance.guided == pytest.approx(kl(distribution(np.array([1.0, 2, 1])), distribution(sizes))[0])
    assert found.distance.percent == pytest.approx(100 * (found.distance.guided / found.distance.plain - 1))
    assert found.distance.percent < -80
    assert (found.agreement.plain, found.agreement.guided) == (0.5, 1.0)
    low, high = found.loss.percent_interval
    assert low < found.loss.percent < high
    assert found.loss.guided == pytest.approx(by_weights.model.losses(held[["a", "b", "c"]], held["y"]).mean())
    assert audit.plain.consistency is None
    assert audit.prediction.column == "guided model"
    assert audit.manifest.arguments["knowledge"] == "a 1, b 2, c 1"


def test_it_survives_the_way_through_json(by_weights):
    assert fa.from_json(by_weights.audit.to_json()) == by_weights.audit


def test_every_report_shows_it(by_weights):
    for text in (by_weights.audit.to_markdown(), by_weights.audit.to_html(), str(by_weights.audit)):
        assert "Knowledge of the factors, before and after" in text
        assert "Plain against guided" in text


def test_unless_told_otherwise_alpha_is_the_loss_of_the_constant_model(by_weights):
    rate = FRAME["y"].mean()
    assert by_weights.audit.consistency.strength == pytest.approx(
        -rate * np.log(rate) - (1 - rate) * np.log(1 - rate), abs=0.01
    )
    by_order = guided(knowledge=fa.Knowledge(order=["b", "a"]))
    assert by_order.audit.consistency.strength == pytest.approx(by_weights.audit.consistency.strength / 50)
    assert by_order.audit.consistency.divergence == "plackett-luce"
    assert [factor.tier for factor in by_order.audit.consistency.factors] == [1, 2, 3]
    assert by_order.audit.consistency.unmentioned == ["c"]


def test_a_strength_of_zero_only_measures():
    found = guided(consistency_strength=0.0).audit.consistency
    assert found.distance.guided == found.distance.plain


def test_both_terms_hold_at_once():
    fit = guided(penalty="ccdcov", strength=5.0)
    dependence = next(change for change in fit.audit.comparison if change.measure == "dcov_excess")
    assert dependence.fair < dependence.plain
    assert fit.audit.consistency.distance.percent < -50


def test_a_pool_is_the_others_fitted_and_attributed_on_training_rows_only():
    rng = np.random.default_rng(1)
    fit = guided(knowledge="pool:glm,boosting", model="glm")
    assert fit.audit.consistency.source == "pool: boosting"
    shuffled, held = FRAME.copy(), fit.predictions["row"].to_numpy()
    shuffled.loc[held, "y"] = rng.permutation(shuffled.loc[held, "y"])
    shuffled.loc[held, "a"] += 5
    again = fa.fit(shuffled, **ROLES, fitting=fa.FitOptions(penalty="none", knowledge="pool"))
    assert again.audit.manifest.arguments["knowledge"] == fit.audit.manifest.arguments["knowledge"]


def test_what_is_asked_of_the_penalty_and_of_alpha_is_not_asked_of_the_pool():
    known = {"knowledge": "pool:boosting", "consistency_strength": 0.5, "divergence": "js"}
    fit = guided(penalty="ccdcov", reduce=60.0, **known)
    dependence = next(change for change in fit.audit.comparison if change.measure == "dcov_excess")
    assert dependence.fair < dependence.plain
    found = fit.audit.consistency
    assert (found.strength, found.divergence, found.source) == (0.5, "js", "pool: boosting")


def test_the_guided_kind_has_no_say_in_its_own_knowledge():
    assert pool_of("pool", "glm") == ("boosting",)
    assert pool_of("pool", "network") == ("glm", "boosting")
    assert pool_of("pool:network,glm", "glm") == ("network",)
    assert pool_of("pool:network,boosting,network", "glm") == ("network", "boosting")
    with pytest.raises(OptionError, match="no other kind of model than glm"):
        pool_of("pool:glm", "glm")
    with pytest.raises(OptionError, match="'pool:forest' is no pool"):
        pool_of("pool:forest", "glm")


def test_the_path_of_alpha_ends_near_the_knowledge_and_a_rule_chooses_from_it():
    fit = fa.calibrate(
        FRAME,
        **ROLES,
        fitting=fa.FitOptions(knowledge=KNOWN),
        calibration=fa.CalibrationOptions(trace="consistency", rule="reduce:80", steps=4, folds=2),
    )
    audit = fit.audit
    assert audit.calibration.measure == "consistency:kl"
    assert audit.calibration.strength == audit.consistency.strength > 0
    assert audit.model.penalty == "none"
    left = [point.dependence.mean for point in audit.path]
    assert left[-1] < 0.2 * left[0]
    assert "divergence from the knowledge" in audit.to_markdown()
    assert "α" in audit.to_html()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"consistency_strength": 1.0}, "consistency-strength needs knowledge"),
        ({"divergence": "js"}, "divergence needs knowledge"),
        ({"knowledge": KNOWN, "consistency_strength": -1.0}, "consistency-strength is -1"),
        ({"knowledge": 3}, "knowledge is 3; write fairaudit.Knowledge"),
        ({"knowledge": KNOWN, "divergence": "tv"}, "divergence 'tv' is unknown"),
        ({"knowledge": "crowd"}, "'crowd' is no pool"),
        ({"knowledge": fa.Knowledge(order=["income"])}, "names income; the factors of the model are a, b, c"),
        ({"knowledge": fa.Knowledge(order=["a"]), "divergence": "kl"}, "kl needs weights"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_fitted(options, message):
    with pytest.raises(FairAuditError, match=message):
        fa.fit(FRAME, **ROLES, fitting=fa.FitOptions(penalty="none", **options))


def test_a_path_of_alpha_needs_knowledge():
    trace = fa.CalibrationOptions(trace="consistency")
    with pytest.raises(OptionError, match=r"needs FitOptions\(knowledge"):
        fa.calibrate(FRAME, **ROLES, calibration=trace)
    with pytest.raises(OptionError, match=r"give FitOptions\(strength=…\), not a goal"):
        fa.calibrate(FRAME, **ROLES, calibration=trace, fitting=fa.FitOptions(knowledge=KNOWN, reduce=90))


def test_the_command_line_reads_a_file(tmp_path):
    table, known = tmp_path / "t.csv", tmp_path / "k.toml"
    FRAME.to_csv(table, index=False)
    known.write_text("[weights]\na = 1\nb = 2\nc = 1\n")
    asked = ["fit", str(table), "--target", "y", "--protected", "sex", "--penalty", "none", "--bootstrap", "0"]
    asked += ["--permutations", "0", "--knowledge", str(known), "--json"]
    result = CliRunner().invoke(cli, asked)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["consistency"]
    assert (found["source"], found["strength"] > 0) == ("k.toml", True)
    assert found["distance"]["guided_interval"] is None
    known.write_text("[weights]\nincom = 1\n")
    refused = CliRunner().invoke(cli, asked)
    assert isinstance(refused.exception, OptionError)
    assert "names incom; the factors of the model are a, b, c" in str(refused.exception)


@pytest.fixture(scope="module")
def by_one_row(by_weights):
    """A model guided to a factor of which one training row has another level than all others, without a ridge."""
    fitted_on = np.setdiff1d(np.arange(N), by_weights.predictions["row"])
    frame = FRAME.assign(rare=np.where(np.arange(N) == fitted_on[0], "b", "a"))
    known = fa.Knowledge(weights={"rare": 6, "a": 3, "b": 1})
    asked = fa.FitOptions(penalty="none", knowledge=known, settings={"ridge": 1e-9})
    return fa.fit(frame, **ROLES, features=["a", "b", "rare"], fitting=asked)


def test_importance_that_one_row_carries_is_told_of_a_guided_model(by_one_row):
    (told,) = by_one_row.audit.consistency.carried
    assert (told.factor, told.rows, told.of) == ("rare", 1, by_one_row.audit.model.rows_train)
    assert told.share == pytest.approx(0.5)
    guided = next(one for one in by_one_row.audit.consistency.factors if one.factor == "rare")
    assert guided.guided > 0.3


def test_all_readers_are_told_that_one_row_carries_what_is_known(by_one_row):
    said = "1 row of 630 carries 50.0% of the importance of rare"
    audit = by_one_row.audit
    assert fa.from_json(audit.to_json()) == audit
    for page in (audit.to_html(), audit.to_markdown()):
        assert page.count(said) >= 1


def test_a_model_guided_by_all_rows_has_none_that_carries_much(by_weights):
    assert by_weights.audit.consistency.carried == []
    assert "the model agrees with what is known by them" not in by_weights.audit.to_markdown()
