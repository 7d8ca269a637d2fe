"""Means over classes, losses of classes and measures of one class are those of scikit-learn and of the definitions."""

from dataclasses import replace

import numpy as np
import pytest
from several_classes import CLASSES, people, scored
from sklearn import metrics

from fairaudit.chance.equality import equal_correlated, equal_means, kinds
from fairaudit.measures.catalogue import BY_NUMBER, MEASURES
from fairaudit.measures.certainty import lines_of
from fairaudit.measures.classes import MACRO_TPR, macro, of_class
from fairaudit.measures.dependence import dependence_measures
from fairaudit.measures.overall import intervals, overall
from fairaudit.results.words import class_of
from fairaudit.scoretable.classes import against_rest
from fairaudit.scoretable.grid import grid

WIDE = [f"p_{name}" for name in CLASSES]
LABELS = sorted(CLASSES)


def test_performance_is_that_of_scikit_learn():
    frame = people(700)
    proba = frame[[f"p_{name}" for name in LABELS]]
    test = {name: each.value for name, each in overall(scored(frame, prediction="p_*")).items()}
    y, told = frame["y"], frame["told"]
    occurred = np.asarray(y)[:, None] == np.array(LABELS)
    assert test == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, told),
            "macro_tpr": metrics.balanced_accuracy_score(y, told),
            "macro_ppv": metrics.precision_score(y, told, average="macro"),
            "macro_auc": metrics.roc_auc_score(y, proba, multi_class="ovr", average="macro", labels=LABELS),
            "log_loss": metrics.log_loss(y, proba, labels=LABELS),
            "brier": ((occurred - proba.to_numpy()) ** 2).sum(axis=1).mean(),
            **{f"auc[{name}]": metrics.roc_auc_score(y == name, frame[f"p_{name}"]) for name in CLASSES},
        },
        rel=1e-12,
    )


def test_weighted_performance_is_that_of_scikit_learn():
    frame = people(400).assign(w=np.random.default_rng(1).integers(0, 4, 400))
    proba = frame[[f"p_{name}" for name in LABELS]]
    test = {name: each.value for name, each in overall(scored(frame, prediction="p_*", weight="w")).items()}
    w = frame["w"]
    assert test["accuracy"] == pytest.approx(metrics.accuracy_score(frame["y"], frame["told"], sample_weight=w))
    assert test["macro_tpr"] == pytest.approx(
        metrics.balanced_accuracy_score(frame["y"], frame["told"], sample_weight=w)
    )
    assert test["log_loss"] == pytest.approx(metrics.log_loss(frame["y"], proba, labels=LABELS, sample_weight=w))
    area = metrics.roc_auc_score(frame["y"], proba, multi_class="ovr", average="macro", labels=LABELS, sample_weight=w)
    assert test["macro_auc"] == pytest.approx(area)


def test_a_class_that_never_occurs_is_left_out_of_means():
    frame = people(400)
    frame = frame[frame["y"] != "left"]
    test = {name: each.value for name, each in overall(scored(frame, prediction="p_*")).items()}
    known = [name for name in CLASSES if name != "left"]
    areas = [metrics.roc_auc_score(frame["y"] == name, frame[f"p_{name}"]) for name in known]
    assert test["macro_auc"] == pytest.approx(np.mean(areas), rel=1e-12)
    recalls = metrics.recall_score(frame["y"], frame["told"], average=None, labels=known)
    assert test["macro_tpr"] == pytest.approx(np.mean(recalls), rel=1e-12)
    assert test["auc[left]"] is None


def test_a_certainty_that_failed_leaves_no_log_loss():
    frame = people(60)
    frame[WIDE] = np.eye(3)[[CLASSES.index(name) for name in frame["told"]]]
    assert overall(scored(frame, prediction="p_*"))["log_loss"].value is None


def test_the_interval_of_a_mean_over_classes_is_as_wide_as_that_of_resampled_people():
    frame, rng = people(600), np.random.default_rng(2)
    measured = overall(scored(frame, prediction="p_*"))
    ends = intervals(measured, 0.95)
    drawn = {"macro_tpr": [], "macro_auc": [], "log_loss": []}
    for _ in range(150):
        some = frame.iloc[rng.integers(0, len(frame), len(frame))]
        replicate = overall(scored(some, prediction="p_*"))
        for name, values in drawn.items():
            values.append(replicate[name].value)
    for name, values in drawn.items():
        assert (ends[name][1] - ends[name][0]) / (2 * 1.96) == pytest.approx(np.std(values), rel=0.2)


def test_the_catalogue_knows_measures_of_one_class_and_lists_none():
    one = MEASURES["tpr[]]"]
    assert (one.name, one.of_class, one.number) == ("tpr[]]", "]", MEASURES["tpr"].number)
    assert one.of_groups is MEASURES["tpr"].of_groups
    assert class_of(one.name) == ("tpr", "]")
    assert not any("[" in name for name in MEASURES)
    assert "rmse[left]" not in MEASURES
    assert "nothing[left]" not in MEASURES
    assert len({each.by_class for each in BY_NUMBER if each.by_class}) == sum(bool(each.by_class) for each in BY_NUMBER)


@pytest.mark.parametrize("roles", [{"prediction": "p_*"}, {"decision": "told"}])
def test_dependence_of_classes_is_the_sum_over_each_against_the_rest(roles):
    table = scored(people(400), **roles)
    whole = dependence_measures(table)
    parts = [dependence_measures(against_rest(table, place)) for place in range(3)]
    for kind in ("dcov:sex", "dcov:age", "ccdcov"):
        mine, theirs = whole.single(kind, {}), [part.single(kind, {}) for part in parts]
        for name in ("biased", "unbiased", "floor", "excess"):
            assert getattr(mine, name) == pytest.approx(sum(getattr(one, name) for one in theirs), rel=1e-9)
    joint, single = whole.report({}).jdcov, [part.report({}).jdcov for part in parts]
    assert joint.pairs == pytest.approx(sum(one.pairs for one in single), rel=1e-9)
    assert joint.interaction == pytest.approx(sum(one.interaction for one in single), rel=1e-6, abs=1e-12)
    assert joint.attributes_only == pytest.approx(single[0].attributes_only, rel=1e-12)
    floors = sum(one.floor - one.attributes_only for one in single)
    assert joint.floor == pytest.approx(floors + joint.attributes_only, rel=1e-9)
    assert joint.excess == pytest.approx(joint.biased - joint.floor, rel=1e-12)
    assert joint.biased == pytest.approx(joint.attributes_only + joint.pairs + joint.interaction, rel=1e-9)


@pytest.mark.parametrize("roles", [{"prediction": "p_*"}, {"decision": "told"}])
def test_dependence_of_classes_is_a_distance_covariance_under_the_distance_of_all_probabilities(roles):
    frame = people(120)
    mine = dependence_measures(scored(frame, **roles)).single("dcov:sex", {})
    vectors = (
        frame[WIDE].to_numpy() if "prediction" in roles else (frame["told"].to_numpy()[:, None] == np.array(CLASSES))
    )
    far = np.abs(vectors[:, None, :].astype(float) - vectors[None].astype(float)).sum(axis=2)
    apart = (frame["sex"].to_numpy()[:, None] != frame["sex"].to_numpy()).astype(float)
    n = len(frame)

    def unbiased(distance):
        rows = distance.sum(axis=1)
        inner = distance - rows[:, None] / (n - 2) - rows[None] / (n - 2) + rows.sum() / ((n - 1) * (n - 2))
        np.fill_diagonal(inner, 0)
        return inner

    a, b = unbiased(far), unbiased(apart)
    assert mine.unbiased == pytest.approx((a * b).sum() / (n * (n - 3)), rel=1e-9)
    assert mine.dcor_sq == pytest.approx((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()), rel=1e-9)


def test_with_two_classes_dependence_is_twice_that_of_one_probability():
    frame = people(200, classes=("no", "yes"))
    both = dependence_measures(scored(frame, prediction="p_*")).single("ccdcov", {})
    one = dependence_measures(scored(frame.assign(y=frame["y"] == "yes"), prediction="p_yes")).single("ccdcov", {})
    assert both.unbiased == pytest.approx(2 * one.unbiased, rel=1e-9)
    assert both.dcor_sq == pytest.approx(one.dcor_sq, rel=1e-9)


def test_vectors_whose_classes_are_each_alike_show_no_dependence():
    """What the sum cannot see: women have the even, men the odd orders of three probabilities."""
    even = [(0.6, 0.3, 0.1), (0.3, 0.1, 0.6), (0.1, 0.6, 0.3)]
    frame = people(300)
    frame["sex"] = ["F", "M"] * 150
    frame[WIDE] = [even[row // 2 % 3] if row % 2 == 0 else even[row // 2 % 3][::-1] for row in range(300)]
    assert dependence_measures(scored(frame, prediction="p_*")).single("dcov:sex", {}).biased == pytest.approx(
        0, abs=1e-15
    )


@pytest.fixture(params=[None, "w"], ids=["equal", "weighted"])
def of_classes(request):
    """People of two sexes whose classes are counted by loops: rows, weight, and the view of their lines."""
    frame = people(400).assign(w=np.random.default_rng(1).choice([0.0, 0.5, 1.0, 3.0], 400))
    roles = {"decision": "told"} | ({} if request.param is None else {"weight": "w"})
    table = scored(frame, **roles)
    weight = np.ones(400) if request.param is None else frame["w"].to_numpy()
    group = (frame["sex"] == "M").to_numpy().astype(int)
    labels = np.array([table.attributes[0].bands[band] for band in table.attributes[0].band[table.level[:, 0]]])
    index = (labels == "M").astype(np.intp)
    return frame, weight, group, lines_of(table, grid(table.value, table.weight), index, np.array([0, 1]), None)


@pytest.mark.parametrize(("measure", "among", "counted"), [("macro_tpr", "y", "told"), ("macro_ppv", "told", "y")])
def test_a_mean_over_classes_is_known_as_a_share_of_what_its_weighted_rows_are_worth(
    of_classes, measure, among, counted
):
    frame, weight, group, view = of_classes
    of_row = np.zeros(400)
    for sex in (0, 1):
        for name in CLASSES:
            mine = (group == sex) & (frame[among] == name).to_numpy()
            of_row[mine] = weight[mine] / weight[mine].sum()
    right = (frame[among] == frame[counted]).to_numpy()
    value = np.bincount(group, of_row * right) / 3
    law = MEASURES[measure].known.law(view)
    assert law.value == pytest.approx(value)
    assert law.size == pytest.approx(np.bincount(group, of_row) ** 2 / np.bincount(group, of_row**2))
    assert law.freedom == np.inf
    some = of_row > 0
    test = MEASURES[measure].known.test(view, (99, np.random.default_rng(5)))
    expected = equal_means(
        kinds(right[some] * 1.0, of_row[some], np.ones(some.sum()), group[some], 2),
        np.ones(2),  # skewed
        99,
        np.random.default_rng(5),
    )
    assert (test.method, test.p_value) == ("permutation", pytest.approx(expected.p_value, rel=1e-9))


@pytest.mark.parametrize("left_out", [{"left"}, {"left", "[x]"}])
def test_classes_that_nobody_of_a_group_belongs_to_are_left_out_of_the_mean_of_that_group(of_classes, left_out):
    frame, weight, group, view = of_classes
    weight = np.where((group == 0) & frame["y"].isin(left_out), 0.0, weight)
    codes = [view.table.classes.index(name) for name in left_out]
    kept = ~np.isin(view.of_line(view.table.outcome), codes) | (view.group != 0)
    without = replace(view, sums=view.sums | {"mass": np.where(kept, view.sums["mass"], 0.0)})
    value, size = [], []
    for sex in (0, 1):
        recalls, worth = [], []
        for name in CLASSES:
            mine = (group == sex) & (frame["y"] == name).to_numpy()
            if weight[mine].sum() > 0:
                recalls.append(np.average((frame["told"] == name)[mine], weights=weight[mine]))
                worth.append((weight[mine] ** 2).sum() / weight[mine].sum() ** 2)
        value.append(np.mean(recalls))
        size.append(len(worth) ** 2 / sum(worth))
    assert MEASURES["macro_tpr"].of_groups(without) == pytest.approx(value)
    law = MEASURES["macro_tpr"].known.law(without)
    assert (law.value, law.size) == (pytest.approx(value), pytest.approx(size))


def test_a_mean_over_classes_of_which_none_is_defined_is_none(of_classes):
    *_, view = of_classes
    nobody = replace(view, sums=view.sums | {"mass": np.zeros(len(view.group))})
    assert np.isnan(MEASURES["macro_tpr"].of_groups(nobody)).all()
    value, bearing = macro(nobody, MACRO_TPR.share, of_class)
    assert np.isnan(value)
    assert np.isnan(bearing()).all()
    assert bearing().shape == (len(view.group),)


@pytest.mark.parametrize(("measure", "among", "counted"), [("macro_tpr", "y", "told"), ("macro_ppv", "told", "y")])
def test_means_over_classes_of_people_of_both_sexes_are_tested_by_what_each_bears_on_them(measure, among, counted):
    frame = people(400).assign(person=np.random.default_rng(2).integers(0, 80, 400))
    table = scored(frame, decision="told", cluster="person")
    labels = np.array([table.attributes[0].bands[band] for band in table.attributes[0].band[table.level[:, 0]]])
    view = lines_of(table, grid(table.value, table.weight), (labels == "M").astype(np.intp), np.array([0, 1]), None)
    group, person = (frame["sex"] == "M").to_numpy().astype(int), frame["person"].to_numpy()
    right, of_row = (frame[among] == frame[counted]).to_numpy(), np.zeros(400)
    for sex in (0, 1):
        for name in CLASSES:
            mine = (group == sex) & (frame[among] == name).to_numpy()
            of_row[mine] = 1 / mine.sum()
    value = np.bincount(group, of_row * right) / 3
    bearing = of_row * (right - value[group]) / 3
    of_person = np.array([np.bincount(person[group == sex], bearing[group == sex], 80) for sex in (0, 1)]).T
    expected = equal_correlated(value, of_person)
    found = MEASURES[measure].known.test(view, (99, np.random.default_rng(1)))
    assert (found.method, found.p_value) == ("Hotelling", pytest.approx(expected.p_value, rel=1e-9))
