"""Audits of given predictions, recomputed with plain pandas."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from audited_compas import COMPAS, NONE, QUICK, gap, groups_by

import fairaudit as fa
from fairaudit.errors import OptionError, SourceError


def test_false_alarms_are_twice_as_frequent_for_one_race(audited, compas):
    said, seen = compas["score_text"] != "Low", compas["two_year_recid"] == 1
    rates = said[~seen].groupby(compas["race"]).mean()
    assert (rates["African-American"], rates["Caucasian"]) == pytest.approx((0.4234, 0.2201), abs=5e-5)
    races = groups_by(audited, "race")
    for race in ("African-American", "Caucasian"):
        measure = races[race,].measures["fpr"]
        assert measure.value == pytest.approx(rates[race], rel=1e-12)
        assert measure.n == (~seen & (compas["race"] == race)).sum()
        assert measure.interval[0] < measure.value < measure.interval[1]
    worst = gap(audited, "fpr", "race")
    assert worst.highest == {"race": "African-American"}
    assert worst.p_adjusted < 1e-6


def numbers(audit):
    """All that an audit measures, without its surroundings."""
    built = json.loads(audit.to_json())
    for key in ("manifest", "notes", "source"):
        del built[key]
    return built


def differences(one, other, place=""):
    """Places at which two results differ by more than rounding."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [found for key in one for found in differences(one[key], other[key], f"{place}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for index, pair in pairs for found in differences(*pair, f"{place}[{index}]")]
    if isinstance(one, float) and isinstance(other, float):
        return [] if one == pytest.approx(other, rel=1e-9, abs=1e-12) else [(place, one, other)]
    return [] if one == other else [(place, one, other)]


def test_the_order_of_rows_does_not_matter(audited, compas):
    shuffled = compas.sample(frac=1, random_state=3)
    assert differences(numbers(audited), numbers(fa.audit(shuffled, **COMPAS, options=QUICK))) == []


@pytest.mark.parametrize("kind", ["int8", "int32", "uint8", "float32", "float64", "Int64", "object"])
def test_the_type_of_the_prediction_column_does_not_matter(audited, compas, kind):
    typed = compas.astype({"decile_score": kind})
    assert numbers(fa.audit(typed, **COMPAS, options=QUICK)) == numbers(audited)


def test_the_same_audit_twice_has_the_same_bytes_and_comes_back_from_json(audited, compas):
    text = audited.to_json()
    assert fa.audit(compas, **COMPAS, options=QUICK).to_json() == text
    assert fa.from_json(text) == audited


def test_a_row_repeated_is_a_row_of_weight_two(compas):
    twice = np.where(np.arange(6172) % 5 == 0, 2, 1)
    asked = COMPAS | {"protected": ["race", "sex"]}  # numbers are cut and centred by rows, whatever their weight
    weighted = fa.audit(compas.assign(w=twice), weight="w", **asked, options=NONE)
    repeated = fa.audit(compas.loc[np.repeat(np.arange(6172), twice)], **asked, options=NONE)
    assert groups_by(weighted, "race", "sex").keys() == groups_by(repeated, "race", "sex").keys()
    for one, other in zip(weighted.groups, repeated.groups, strict=True):
        assert (one.cell, one.share) == (other.cell, pytest.approx(other.share))
        if one.mean_prediction is not None:  # of fewer than five rows it is not told
            assert one.mean_prediction == pytest.approx(other.mean_prediction, rel=1e-12)
        for name, measure in one.measures.items():
            if measure.value is not None:
                assert measure.value == pytest.approx(other.measures[name].value, abs=1e-12), name
    for one, other in zip(
        [*weighted.dependence.dcov, weighted.dependence.ccdcov, weighted.dependence.jdcov],
        [*repeated.dependence.dcov, repeated.dependence.ccdcov, repeated.dependence.jdcov],
        strict=True,
    ):
        assert one.biased == pytest.approx(other.biased, abs=1e-13)
        assert (one.unbiased, other.unbiased is None) == (None, False)
    for one, other in zip(weighted.divergence, repeated.divergence, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-12)
    assert weighted.performance.test == pytest.approx(repeated.performance.test, rel=1e-12)


def test_weights_of_any_common_size_change_nothing(audited, compas):
    for weight in (1.0, 0.01, 250.0):
        same = fa.audit(compas.assign(w=weight), weight="w", **COMPAS, options=QUICK)
        assert differences(numbers(audited), numbers(same)) == []


def test_an_outcome_alone_is_measured_as_it_is():
    motor = fa.load_dataset("motor").frame
    audit = fa.audit(motor, target="ClaimNb", exposure="Exposure", protected=["DrivAge:bins=25,60"], options=QUICK)
    assert (audit.task, audit.prediction.subject, audit.prediction.scale) == (
        "count",
        "outcome",
        "outcome per exposure",
    )
    bands = pd.cut(motor["DrivAge"], [0, 24, 59, 200], labels=False)
    sums = motor.groupby(bands)[["ClaimNb", "Exposure"]].sum()
    frequency = (sums["ClaimNb"] / sums["Exposure"]).to_numpy()
    assert [group.mean_prediction for group in audit.groups] == pytest.approx(frequency.tolist(), rel=1e-12)
    assert [group.measures["frequency"].value for group in audit.groups] == pytest.approx(frequency.tolist(), rel=1e-12)
    assert [group.share for group in audit.groups] == pytest.approx(
        (sums["Exposure"] / motor["Exposure"].sum()).tolist()
    )
    assert gap(audit, "frequency", "DrivAge").value == pytest.approx(np.ptp(frequency), rel=1e-12)
    assert audit.performance.test == {}


def test_an_outcome_is_not_measured_within_itself(compas):
    with pytest.raises(OptionError, match="what is measured is the outcome itself"):
        fa.audit(
            compas, target="two_year_recid", protected="sex", options=fa.Options(parity="equalized-odds", bootstrap=0)
        )


def test_a_decision_alone_is_measured_as_it_is(compas):
    audit = fa.audit(compas, decision="score_text=High", protected=["race"], options=QUICK)
    assert (audit.task, audit.prediction.subject) == ("binary", "decision")
    rates = (compas["score_text"] == "High").groupby(compas["race"]).mean()
    for (race,), group in groups_by(audit, "race").items():
        assert group.mean_prediction == pytest.approx(rates[race], rel=1e-12)
        assert group.measures.keys() == {"selection_rate"}
    large = rates.drop("Native American")
    assert gap(audit, "selection_rate", "race").value == pytest.approx(large.max() - large.min(), rel=1e-12)
    assert gap(audit, "selection_rate", "race").ratio == pytest.approx(large.min() / large.max(), rel=1e-12)


def test_an_ordinal_outcome_is_measured_by_its_level():
    happiness = fa.load_dataset("happiness")
    levels = ["not too happy", "pretty happy", "very happy"]
    frame = happiness.frame.dropna(subset=["happy", "sex"])
    audit = fa.audit(frame, target="happy=" + ",".join(levels), protected=["sex"], options=QUICK)
    assert audit.task == "ordinal"
    means = frame["happy"].map(levels.index).groupby(frame["sex"]).mean()
    for (sex,), group in groups_by(audit, "sex").items():
        assert group.mean_prediction == pytest.approx(means[sex], rel=1e-12)


def test_outcomes_of_several_classes_are_shares_of_each(compas):
    audit = fa.audit(compas, target="score_text", task="multiclass", protected=["sex"], options=QUICK)
    shares = pd.crosstab(compas["sex"], compas["score_text"], normalize="index")
    for (sex,), group in groups_by(audit, "sex").items():
        for name in audit.classes:
            assert group.measures[f"base_rate[{name}]"].value == pytest.approx(shares.loc[sex, name], rel=1e-12)
    assert audit.prediction.subject == "outcome"
    assert not audit.performance.test


def test_a_threshold_makes_the_decision(compas):
    cut = fa.audit(
        compas, prediction="decile_score", threshold=5, target="two_year_recid", protected=["sex"], options=NONE
    )
    given = fa.audit(compas, **COMPAS | {"protected": ["sex"]}, options=NONE)
    found = differences(numbers(given), numbers(cut))  # Medium begins at 5
    assert [place for place, *_ in found if not place.endswith(".plain")] == []  # they name other columns


def test_missing_attributes_form_a_group_of_their_own(compas):
    frame = compas.assign(race=compas["race"].where(compas.index % 7 != 0))
    audit = fa.audit(frame, **COMPAS | {"missing": "group"}, options=QUICK)
    group = groups_by(audit, "race")["(missing)",]
    rows = frame[frame["race"].isna()]
    assert (group.n, group.mean_prediction) == (len(rows), pytest.approx(rows["decile_score"].mean()))
    assert audit.rows.used == 6172
    dropped = fa.audit(frame, **COMPAS | {"missing": "drop"}, options=NONE)
    assert (dropped.rows.used, dropped.rows.dropped) == (
        6172 - len(rows),
        {"protected attribute 'race' missing": len(rows)},
    )


def test_a_category_called_missing_is_not_the_missing_one(compas):
    races = compas["race"].replace({"Caucasian": "(missing)", "Asian": "(missing value)"})
    frame = compas.assign(race=races.where(compas.index % 7 != 0))
    found = fa.audit(frame, **COMPAS | {"missing": "group"}, options=NONE)
    rows = {name: group.n for (name,), group in groups_by(found, "race").items()}
    assert rows["(missing)"] == (frame["race"] == "(missing)").sum()
    assert rows["(missing value)"] == (frame["race"] == "(missing value)").sum()
    assert rows["(missing value)'"] == frame["race"].isna().sum()


def test_one_protected_attribute_may_be_given_by_its_name(compas):
    one, several = (
        fa.audit(compas, prediction="decile_score", protected=given, options=NONE) for given in ("sex", ["sex"])
    )
    assert one == several


def test_options_are_options(compas):
    with pytest.raises(OptionError, match=r"options is of type dict; write options=fairaudit.Options\(...\)"):
        fa.audit(compas, prediction="decile_score", protected="sex", options={"bootstrap": 0})


@pytest.mark.parametrize("text", ["{}", "no JSON", b"\xff", 3])
def test_what_is_no_audit_is_not_read_as_one(text):
    with pytest.raises(SourceError, match="no result that fairaudit wrote"):
        fa.from_json(text)


@pytest.mark.parametrize("task", ["binary", "count", "regression"])
def test_pure_noise_has_no_finding_and_planted_effects_have(task):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": rng.choice(list("abc"), 1500), "f": rng.integers(1, 10, 1500) / 10})
    frame["y"] = {
        "binary": rng.random(1500) < frame["f"],
        "count": rng.poisson(frame["f"]),
        "regression": frame["f"] + rng.normal(size=1500),
    }[task].astype(float)
    noise = fa.audit(frame, prediction="f", target="y", task=task, protected=["g"], options=fa.Options(bootstrap=200))
    assert min(each.p_adjusted for each in noise.disparities if each.p_adjusted is not None) > 0.05
    assert abs(noise.dependence.ccdcov.dcor_sq) < 0.005
    shifted = frame.assign(f=frame["f"] * np.where(frame["g"] == "a", 0.8, 1))
    planted = fa.audit(
        shifted, prediction="f", target="y", task=task, protected=["g"], options=fa.Options(bootstrap=200)
    )
    assert 0 < planted.dependence.ccdcov.p_value <= 1 / 500
    assert gap(planted, "uf", "g").p_adjusted < 0.001


@pytest.mark.parametrize("sigma", [0.3, 2.0])
def test_unequal_weights_leave_every_number_defined(sigma):
    """Rows of a line are drawn with normal noise, which must not make masses negative and so undo a divergence."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 400), "f": rng.integers(0, 50, 400) / 50})
    frame["w"] = rng.lognormal(sigma=sigma, size=400)
    audit = fa.audit(frame, prediction="f", protected=["g"], weight="w", options=fa.Options(permutations=49))
    assert fa.from_json(audit.to_json()) == audit
    (whole,) = audit.divergence
    assert whole.interval[0] <= max(whole.excess, 0) <= whole.interval[1]


def test_a_column_of_one_prediction_depends_on_nothing(compas):
    audit = fa.audit(compas.assign(f=0.4), prediction="f", protected=["race", "sex"], options=QUICK)
    assert audit.to_json()
    assert audit.dependence.ccdcov.biased == pytest.approx(0, abs=1e-15)
    assert [each.value for each in audit.divergence] == pytest.approx([0] * 3, abs=1e-15)
    assert gap(audit, "uf", "race").why == "all values are equal"
    assert gap(audit, "mean_prediction", "race").value == pytest.approx(0, abs=1e-15)


def test_as_many_attributes_as_a_survey_has_are_read():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"s{j}": rng.integers(0, 200, 300) for j in range(9)} | {"f": rng.random(300)})
    audit = fa.audit(frame, prediction="f", protected=[f"s{j}" for j in range(9)], options=NONE)
    assert len(audit.dependence.dcov) == 9
