"""`fairaudit.explain`: what a pool of models agrees on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.errors import FitError, OptionError, RoleError

FEW = fa.Options(bootstrap=200)


def people(seed: int, n: int = 1500) -> pd.DataFrame:
    """A table in which a matters most, then b and c alike, then d; e does not matter."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.normal(size=n) for name in "abcde"})
    frame["b"] = np.where(frame["b"] > 0, "yes", "no")
    sex = rng.integers(0, 2, n)
    frame["a"] += 0.5 * sex
    eta = 2.4 * frame["a"] + 2 * (frame["b"] == "yes") + 1.25 * frame["c"] + 0.5 * frame["d"] - 1
    frame["y"] = eta + rng.normal(size=n)
    frame["sex"] = np.where(sex, "m", "f")
    return frame


@pytest.fixture(scope="module")
def found() -> fa.Explanation:
    return fa.explain(people(0), target="y", protected="sex", options=FEW)


def test_the_order_of_a_known_model_is_recovered(found):
    assert found.levels[0] == ["a"]
    assert set(found.levels[1]) == {"b", "c"}
    assert found.levels[2:] == [["d"], ["e"]]
    related = {(each.primary, each.secondary) for each in found.relations}
    assert related == {(*"ab",), (*"ac",), (*"ad",), (*"ae",), (*"bd",), (*"be",), (*"cd",), (*"ce",), (*"de",)}
    follow = {(each.primary, each.secondary) for each in found.relations if not each.direct}
    assert follow == {(*"ad",), (*"ae",), (*"be",), (*"ce",)}
    assert found.settled == 0.9
    (pair,) = found.pairs
    assert (pair.agreed, pair.contradicted, pair.models) == (0.9, 0, ["glm", "boosting"])
    assert pair.kendall > 0.7
    assert 0 <= pair.jensen_shannon < 0.01


def test_importances_are_those_of_the_true_function(found):
    frame = people(0)
    true = pd.DataFrame(
        {"a": 2.4 * frame["a"], "b": 2.0 * (frame["b"] == "yes"), "c": 1.25 * frame["c"], "d": 0.5 * frame["d"]}
    )
    size = (true - true.mean()).abs().mean()
    glm = next(model for model in found.models if model.name == "glm")
    for name, share in (size / size.sum()).items():
        low, high = glm.intervals[name]
        assert low - 0.01 < share < high + 0.01
    assert sum(glm.importance.values()) == pytest.approx(1)


def test_gaps_of_every_model_are_the_sums_of_their_factors(found):
    for model in found.models:
        for gap in model.attribution.gaps:
            assert sum(gap.contributions.values()) == pytest.approx(gap.gap, abs=1e-9)
            assert max(gap.contributions, key=lambda name: abs(gap.contributions[name])) == "a"
    ranked = sorted(found.proxies, key=lambda proxy: -proxy.dcor_sq)
    assert ranked[0].factor == "a"


def test_the_same_seed_gives_the_same_bytes_and_json_comes_back(found):
    same, again, other = (
        fa.explain(people(0, 200), target="y", protected="sex", options=fa.Options(bootstrap=50, seed=seed))
        for seed in (0, 0, 1)
    )
    assert again.to_json() == same.to_json()
    assert other.models[0].importance != same.models[0].importance
    assert fa.from_json(found.to_json()) == found


@pytest.mark.slow
def test_relations_hold_in_new_samples_as_often_as_they_claim():
    # In each of 40 samples every relation that a GLM claims is compared with the truth: a, then b, c, d in the order of
    # their population importances, e nothing. At 95% two-sided, one in 40 pairs may be put in the wrong order, and
    # pairs of different importance are so put far less often.
    wrong = claimed = 0
    rank = {name: place for place, name in enumerate("acbde")}
    alone = fa.PoolOptions(pool=("glm",))
    for seed in range(100, 140):
        made = fa.explain(people(seed, 400), target="y", protected="sex", pool=alone, options=fa.Options(bootstrap=100))
        claimed += len(made.relations)
        pairs = [(each.primary, each.secondary) for each in made.relations]
        wrong += sum(rank[one] > rank[other] for one, other in pairs if {one, other} != set("bc"))
    assert claimed > 40 * 6
    assert wrong <= 0.025 * claimed


def test_a_clearly_worse_model_has_no_say_and_is_named():
    rng = np.random.default_rng(3)
    frame = people(3, 800)
    frame["y"] = 2 * frame["a"] * frame["c"] + rng.normal(size=len(frame))  # a GLM without interactions sees nothing
    made = fa.explain(frame, target="y", protected="sex", options=FEW)
    glm = next(model for model in made.models if model.name == "glm")
    assert made.models[0].name == "boosting"
    assert not glm.included
    assert "above that of boosting" in glm.why
    assert made.pairs == []
    assert "Glm has no say" in made.to_markdown()


def test_a_pool_of_one_orders_by_itself():
    alone = fa.PoolOptions(pool=("glm",))
    made = fa.explain(people(1, 300), target="y", protected="sex", pool=alone, options=fa.Options(bootstrap=50))
    assert made.pairs == []
    assert made.relations
    assert "glm, alone with a say, is sure" in made.to_markdown()


def test_one_factor_and_one_without_any_effect_are_no_fault():
    frame = people(1, 300)
    made = fa.explain(frame, target="y", protected="sex", features="a", options=fa.Options(bootstrap=50))
    assert (made.settled, made.relations, made.levels) == (None, [], [["a"]])
    assert "one factor only" in made.to_markdown()
    str(made)
    made.to_html()


def test_counts_with_exposure_weights_and_units_are_explained():
    frame = people(2, 600)
    rng = np.random.default_rng(0)
    frame["at_risk"], frame["weight"] = rng.uniform(0.5, 1, 600), rng.integers(1, 3, 600)
    frame["unit"] = np.arange(600) // 3
    frame["y"] = rng.poisson(frame["at_risk"] * np.exp(frame["a"] / 2))
    made = fa.explain(
        frame, target="y", protected="sex", exposure="at_risk", weight="weight", split_by="unit", task="count",
        pool=fa.PoolOptions(pool=("glm",), folds=2), options=fa.Options(bootstrap=50),
    )  # fmt: skip
    assert made.levels[0] == ["a"]
    assert made.models[0].attribution.scale == "log rate"
    assert made.models[0].gain > 0
    assert any("Rows with the same 'unit' are in one fold" in note for note in made.notes)


@pytest.mark.parametrize("task", ["binary", "ordinal"])
def test_labels_are_explained_too(task):
    frame = people(4, 600)
    cuts = [0.0] if task == "binary" else [-1.5, 1.5]
    frame["y"] = np.digitize(frame["y"], cuts)
    made = fa.explain(
        frame, target="y" if task == "binary" else "y=0,1,2", protected="sex", task=task,
        pool=fa.PoolOptions(pool=("glm",)), options=fa.Options(bootstrap=50),
    )  # fmt: skip
    assert made.levels[0] == ["a"]
    assert 0 < made.models[0].gain < 100


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pool": ("glm", "bosting")}, "did you mean 'boosting'"),
        ({"pool": ("forest",)}, "the kinds are glm, boosting, network"),
        ({"pool": "glm"}, "kinds of model are needed"),
        ({"pool": ()}, "kinds of model are needed"),
        ({"pool": ("glm", "glm")}, "names a model twice"),
        ({"folds": 1}, "folds is 1"),
        ({"rows": 5}, "rows is 5"),
        ({"top": 0}, "top is 0"),
    ],
)
def test_wrong_options_say_what_is_right(wrong, words):
    with pytest.raises(OptionError, match=words):
        fa.PoolOptions(**wrong)


def test_what_cannot_be_asked_is_refused():
    frame = people(1, 200)
    with pytest.raises(OptionError, match="bootstrap is 0"):
        fa.explain(frame, target="y", protected="sex", options=fa.Options(bootstrap=0))
    with pytest.raises(OptionError, match=r"write pool=fairaudit\.PoolOptions"):
        fa.explain(frame, target="y", protected="sex", pool=["glm"])
    with pytest.raises(RoleError, match="zz"):
        fa.explain(frame, target="zz", protected="sex")
    with pytest.raises(FitError, match="at least 3 independent rows; there are 2"):
        fa.explain(frame.assign(half=np.arange(200) % 2), target="y", protected="sex", split_by="half")


def test_a_network_without_torch_is_refused_before_any_work(monkeypatch):
    monkeypatch.setattr("fairaudit.models.network.find_spec", lambda name: None)
    with pytest.raises(fa.FairAuditError, match="needs torch"):
        fa.explain(people(1, 200), target="y", protected="sex", pool=fa.PoolOptions(pool=("network",)))


@pytest.mark.filterwarnings("ignore:the criterion of training still fell")
def test_a_network_of_the_pool_is_measured_on_the_same_rows():
    pytest.importorskip("torch", reason="the extra torch is not installed")
    made = fa.explain(
        people(5, 400), target="y", protected="sex", pool=fa.PoolOptions(pool=("glm", "network"), folds=2, rows=100),
        options=fa.Options(bootstrap=50),
    )  # fmt: skip
    assert {model.attribution.method for model in made.models} == {"closed form", "expected gradients"}
    assert {model.attribution.rows for model in made.models} == {made.attributed} == {100}
    assert made.levels[0] == ["a"]
    network = next(model for model in made.models if model.name == "network")
    assert network.gain > 50


def test_what_cannot_be_predicted_brings_no_gain_and_the_report_says_so():
    frame = people(6, 150)
    frame["y"] = np.random.default_rng(9).normal(size=150)  # the splines of a GLM learn noise by heart
    alone = fa.PoolOptions(pool=("glm",))
    made = fa.explain(frame, target="y", protected="sex", pool=alone, options=fa.Options(bootstrap=50))
    assert made.models[0].gain < 0
    assert made.models[0].included
    assert "No model predicts better than a constant" in made.to_markdown()
