"""Whole audits of small, rare and weighted tables: intervals have width, and nothing is claimed twice."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa

QUICK = fa.Options(bootstrap=20, permutations=99, min_group=10)


def decided(**groups):
    """People of groups of which so many are selected out of so many."""
    parts = [pd.DataFrame({"g": name, "d": np.arange(size) < selected}) for name, (selected, size) in groups.items()]
    return pd.concat(parts, ignore_index=True).assign(d=lambda frame: frame["d"].astype(int))


def audited(frame, options=QUICK, **roles):
    return fa.audit(frame, protected="g", options=options, **({"decision": "d"} | roles))


def gap(audit, measure="selection_rate"):
    return next(each for each in audit.disparities if each.measure == measure)


def group_intervals(audit, measure="selection_rate"):
    return [group.measures[measure].interval for group in audit.groups]


def test_where_nobody_is_selected_rates_and_gaps_still_have_intervals_of_positive_width():
    audit = audited(decided(a=(0, 40), b=(0, 40)))
    for interval in group_intervals(audit):
        assert interval == pytest.approx((0, 0.088097), abs=1e-6)
    assert gap(audit).value == 0
    assert gap(audit).interval == pytest.approx((0, 0.087622), abs=1e-6)


def test_a_limit_is_uncertain_where_nobody_is_selected_of_forty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    decided(a=(0, 40), b=(0, 40)).to_csv("t.csv", index=False)
    data = {"source": "t.csv", "decision": "d", "protected": ["g"]}
    found = fa.check({"data": {"t": data}, "limit": [{"measure": "selection_rate", "max": 0.05}]})
    assert [finding.verdict for finding in found.findings] == ["uncertain"]


def test_a_group_in_which_nobody_is_selected_has_room_above_and_so_has_the_ratio_to_it():
    audit = audited(decided(a=(0, 30), b=(6, 30)))
    none, some = group_intervals(audit)
    assert none == pytest.approx((0, 0.115703), abs=1e-6)
    assert some == pytest.approx((0.080378, 0.379985), abs=1e-6)
    assert gap(audit).interval == pytest.approx((0.045405, 0.373057), abs=1e-6)
    assert gap(audit).ratio == 0
    assert gap(audit).ratio_interval[0] == 0
    assert gap(audit).ratio_interval[1] > 0.5


def test_ten_rows_a_group_have_the_p_value_of_an_exact_test():
    audit = audited(decided(a=(1, 10), b=(6, 10)))
    assert 0.02278 - 0.005 <= gap(audit).p_value <= 0.057276 + 0.005  # Boschloo's and Fisher's
    assert gap(audit).interval == pytest.approx((0.081594, 0.745936), abs=1e-6)  # Newcombe's


def test_one_decision_and_two_groups_are_one_hypothesis():
    audit = audited(decided(a=(96, 240), b=(74, 240)))
    assert 0.0358 - 0.005 <= gap(audit).p_value <= 0.0358 + 0.005
    assert gap(audit).p_adjusted == gap(audit).p_value <= 0.05
    assert {gap(audit, name).p_adjusted for name in ("uf", "uf_weighted")} == {gap(audit).p_value}
    assert audit.divergence[0].p_adjusted == audit.dependence.ccdcov.p_adjusted == gap(audit).p_value
    assert any("1 hypothesis" in note for note in audit.notes)


def test_an_audit_of_outcomes_alone_tells_of_the_difference_that_stands_out():
    audit = audited(decided(a=(108, 120), b=(60, 120)), decision=None, target="d")
    told = audit.to_markdown()
    assert gap(audit, "base_rate").p_adjusted < 1e-9
    assert "90.0% for a against 50.0% for b" in told
    assert "in the one comparison made, more than chance explains" in told
    assert not re.search(r"None of|No difference|does not stand out", told)


def test_the_gap_and_the_ratio_of_weighted_rates_are_of_the_same_rates():
    x = pd.DataFrame({"g": "x", "d": [1] * 90 + [0] * 30, "w": [0.5] * 90 + [1.0] * 30})
    y = pd.DataFrame({"g": "y", "d": [1] * 60 + [0] * 340, "w": 1.0})
    audit = audited(pd.concat([x, y], ignore_index=True), weight="w")
    assert (gap(audit).value, gap(audit).ratio) == pytest.approx((0.45, 0.25))


def test_rows_without_weight_are_no_people():
    rows = pd.DataFrame(
        {"g": ["a"] * 30 + ["b"] * 400, "d": [1] + [0] * 29 + [1, 0] * 200, "w": [1.0] + [0.0] * 29 + [1.0] * 400}
    )
    audit = audited(rows, weight="w")
    assert gap(audit).value is None
    (small,) = [group for group in audit.groups if group.cell == {"g": "a"}]
    assert "worth 1" in small.measures["selection_rate"].why


def test_no_p_value_is_zero():
    audit = audited(decided(a=(0, 500), b=(500, 500), c=(500, 500)))
    p_values = [each.p_value for each in (*audit.disparities, *audit.divergence) if each.p_value is not None]
    assert all(0 < p < 1e-50 for p in p_values)


@pytest.mark.parametrize(("correction", "factor"), [("holm", 2), ("bh", 1), ("none", 1)])
def test_p_values_are_corrected_as_was_asked(correction, factor):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"g": rng.choice(list("ab"), 600), "y": rng.integers(0, 2, 600)})
    frame["d"] = (rng.random(600) < 0.4).astype(int)
    options = fa.Options(bootstrap=2, permutations=99, correction=correction)
    audit = audited(frame, options, target="y")
    least = min((each for each in audit.disparities if each.p_value), key=lambda each: each.p_value)
    assert least.p_adjusted >= least.p_value
    if correction == "none":
        assert all(each.p_adjusted == each.p_value for each in audit.disparities if each.measure == "selection_rate")
    if correction == "holm":
        assert least.p_adjusted >= min(1.0, factor * least.p_value)


@pytest.mark.parametrize("seed", range(6))
def test_no_finding_contradicts_its_table(seed):
    contradictions = list(contradicted(random_audit(seed)))
    assert contradictions == []


def random_audit(seed):
    """The audit of a random table: any task, number of groups, rates, weights and planted difference."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(60, 800))
    frame = pd.DataFrame({"g": rng.choice(list("abcdefgh")[: rng.integers(2, 8)], n), "h": rng.choice(["x", "y"], n)})
    shift = rng.choice([0.0, 0.0, 0.3]) * (frame["g"] == "a")
    task = str(rng.choice(["binary", "count", "regression"]))
    rate = np.clip(rng.choice([0.03, 0.2, 0.5]) + shift, 0, 1)
    roles = {"prediction": "f", "target": "y", "task": task, "protected": ["g", "h"]}
    frame["f"] = np.clip(rate * rng.uniform(0.5, 1.5, n), 0.001, 0.999)
    if task == "binary":
        frame["y"] = (rng.random(n) < rate).astype(int)
        frame["d"] = (frame["f"] > np.median(frame["f"])).astype(int)
        roles["decision"] = "d"
    else:
        frame["y"] = rng.poisson(frame["f"]) if task == "count" else frame["f"] + rng.lognormal(size=n)
    if rng.random() < 0.3:
        frame["w"] = rng.lognormal(sigma=0.5, size=n)
        roles["weight"] = "w"
    if rng.random() < 0.3:
        roles = {key: value for key, value in roles.items() if key not in ("prediction", "decision")}
    return fa.audit(frame, options=fa.Options(bootstrap=2, permutations=49, seed=seed), **roles)


def contradicted(audit):
    """Sentences of the findings that the tables of the same audit contradict."""
    from fairaudit.report.document import findings

    told = findings(audit)
    significant = [each for each in audit.disparities if each.p_adjusted is not None and each.p_adjusted <= 0.05]
    for sentence in told:
        if sentence.startswith("None of") and "stands out" in sentence and significant:
            yield sentence
        if sentence.startswith("No dependence") and audit.dependence.ccdcov.p_adjusted <= 0.05:
            yield sentence
        if " depend on " in sentence and "beyond chance" not in sentence and "not tested" not in sentence:
            within = audit.dependence.conditional
            if audit.dependence.ccdcov.p_adjusted > 0.05 and within is None:
                yield sentence
    for each in audit.disparities:
        if each.interval is not None and each.value is not None and each.highest is not None:
            low, high = each.interval
            if not low <= each.value + 1e-12 or not each.value <= high + 1e-12:
                yield f"{each.measure}: {each.value} outside {each.interval}"
