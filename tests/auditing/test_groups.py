"""Groups compared: rates are those of pandas, and gaps are between groups that are large enough."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from audited_compas import COMPAS, NONE, QUICK, gap, groups_by, with_bands
from sklearn.metrics import roc_auc_score

import fairaudit as fa
from fairaudit.options import FEWEST_SHOWN


def binary_measures(rows):
    said, seen, score = rows["said"], rows["two_year_recid"] == 1, rows["decile_score"]
    measures = {
        "selection_rate": (said, slice(None)),
        "tpr": (said, seen),
        "fpr": (said, ~seen),
        "fnr": (~said, seen),
        "ppv": (seen, said),
        "npv": (~seen, ~said),
        "fdr": (~seen, said),
        "accuracy": (said == seen, slice(None)),
        "base_rate": (seen, slice(None)),
        "mean_prediction": (score, slice(None)),
        "calibration": (seen - rows["rate"], slice(None)),
    }
    values = {name: (part[where].mean(), len(part[where])) for name, (part, where) in measures.items()}
    off = (seen - rows["rate"]).groupby(score).sum().abs().sum() / len(rows)
    values["calibration_error"] = off, len(rows)
    rarer = min(seen.sum(), (~seen).sum())
    values["auc"] = roc_auc_score(seen, score) if rarer else np.nan, rarer
    return values


@pytest.mark.parametrize("by", [list(by) for size in (1, 2, 3) for by in combinations(["race", "sex", "age"], size)])
def test_every_number_about_a_group_is_that_of_pandas(audited, compas, by):
    frame = with_bands(compas).assign(said=compas["score_text"] != "Low")
    frame["rate"] = frame.groupby("decile_score")["two_year_recid"].transform("mean")
    found = groups_by(audited, *by)
    expected = {key if isinstance(key, tuple) else (key,): rows for key, rows in frame.groupby(by)}
    assert found.keys() == expected.keys()
    for key, rows in expected.items():
        group = found[key]
        assert group.n == len(rows)
        assert group.share == pytest.approx(len(rows) / 6172, rel=1e-12)
        mean = pytest.approx(rows["decile_score"].mean(), rel=1e-12) if len(rows) >= FEWEST_SHOWN else None
        assert group.mean_prediction == mean
        assert group.adequate == (len(rows) >= 25)
        values = binary_measures(rows)
        assert group.measures.keys() == values.keys()
        for name, (value, n) in values.items():
            measure = group.measures[name]
            assert measure.n == n, (key, name)
            if n >= 25:
                assert measure.value == pytest.approx(value, abs=1e-12), (key, name)
            else:
                assert measure.value is None
                assert measure.why.startswith(f"{n} ")


def test_gaps_are_between_the_groups_that_are_large_enough(audited):
    for each in audited.disparities:
        if each.measure in ("uf", "uf_weighted", "equalized_odds") or each.value is None:
            continue
        groups = groups_by(audited, *each.by)
        values = {key: group.measures[each.measure].value for key, group in groups.items()}
        known = {key: value for key, value in values.items() if value is not None}
        assert each.value == pytest.approx(max(known.values()) - min(known.values()), abs=1e-14)
        assert known[tuple(each.highest.values())] == max(known.values())
        assert known[tuple(each.lowest.values())] == min(known.values())
    for by in (["race"], ["race", "sex"]):
        both = max(gap(audited, name, *by).value for name in ("tpr", "fpr"))
        assert gap(audited, "equalized_odds", *by).value == both


@pytest.mark.parametrize("by", [["race"], ["sex", "age"]])
def test_the_unfairness_index_is_that_of_pandas(compas, by):
    frame = with_bands(compas)
    audit = fa.audit(frame, prediction="decile_score", protected=by, task="regression", options=NONE)
    means = frame.groupby(by)["decile_score"].mean()
    total = frame["decile_score"].var()
    assert gap(audit, "uf", *by).value == pytest.approx(means.var() / total, rel=1e-10)
    spread = frame.groupby(by)["decile_score"].transform("mean").var(ddof=0) / frame["decile_score"].var(ddof=0)
    assert gap(audit, "uf_weighted", *by).value == pytest.approx(spread, rel=1e-10)


def test_a_group_of_eleven_is_shown_and_marked_and_not_compared(audited):
    small = groups_by(audited, "race")["Native American",]
    assert (small.n, small.adequate) == (11, False)
    assert small.why == "11 rows; 25 are needed to compare it with others"
    assert small.interval is None
    assert {measure.value for measure in small.measures.values()} == {None}
    assert all("11 rows" in m.why or "needed" in m.why for m in small.measures.values())
    for each in audited.disparities:
        for cell in (each.highest, each.lowest):
            assert cell is None or cell.get("race") != "Native American"


def test_a_group_of_weight_0_says_nothing(compas):
    weight = (compas["race"] != "Asian").astype(float) + (compas["race"] == "Other")
    found = fa.audit(compas.assign(w=weight), **COMPAS | {"protected": ["race"]}, weight="w", options=QUICK)
    group = groups_by(found, "race")["Asian",]
    assert (group.adequate, group.why, group.interval) == (False, "all weights are 0", None)
    assert all(each.adequate == (each.n >= 25) for each in found.groups if each is not group)


@pytest.mark.parametrize(
    ("columns", "scale", "noted"),
    [
        ({"weight": "w"}, "expected value", False),
        ({"exposure": "one"}, "rate per exposure", True),
        ({"exposure": "w", "weight": "one"}, "rate per exposure", True),
    ],
)
def test_rates_are_per_exposure_where_there_is_one(columns, scale, noted):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"s": ["f", "m"] * 100, "e": rng.random(200), "w": 1 + rng.random(200), "one": 1.0})
    found = fa.audit(
        frame.assign(n=rng.poisson(frame["e"])),
        **{"prediction": "e", "target": "n", "task": "count", "protected": "s", **columns},
        options=NONE,
    )
    assert found.prediction.scale == scale
    assert ("Values are rates per unit of exposure, and rows count by their exposure." in found.notes) == noted
