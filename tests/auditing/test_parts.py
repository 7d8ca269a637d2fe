"""A multiclass audit says of each class what a binary audit of it against the rest says, and of all what is joint."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from several_classes import CLASSES, people
from sklearn import metrics

import fairaudit as fa
from fairaudit.errors import OptionError
from fairaudit.measures.catalogue import BY_NUMBER
from fairaudit.results import from_json

QUICK = fa.Options(bootstrap=100, permutations=99)
BY_CLASS = [measure.name for measure in BY_NUMBER if measure.by_class]


@pytest.fixture(scope="module")
def audited():
    return fa.audit(people(), target="y", prediction="p_*", protected=["sex", "age"], options=QUICK)


def gap_of(audit, measure, *by):
    return next(gap for gap in audit.disparities if gap.measure == measure and gap.by == list(by))


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_the_numbers_of_its_binary_audit(audited, name):
    frame = people()
    frame = frame.assign(d=(frame["told"] == name).astype(int), y=(frame["y"] == name).astype(int))
    binary = fa.audit(frame, target="y", prediction=f"p_{name}", decision="d", protected=["sex", "age"], options=QUICK)
    for mine, theirs in zip(audited.groups, binary.groups, strict=True):
        assert mine.cell == theirs.cell
        for base in BY_CLASS:
            own, other = mine.measures[f"{base}[{name}]"], theirs.measures[base]
            assert (own.value is None) == (other.value is None)
            if own.value is not None:
                assert own.value == pytest.approx(other.value, rel=1e-12)
                assert own.interval == pytest.approx(other.interval, rel=1e-6)
            assert (own.n, own.events) == (other.n, other.events)
    for gap in binary.disparities:
        if gap.measure in BY_CLASS:
            own = gap_of(audited, f"{gap.measure}[{name}]", *gap.by)
            assert own.value == pytest.approx(gap.value, rel=1e-9)
            assert own.ratio == (None if gap.ratio is None else pytest.approx(gap.ratio, rel=1e-9))
            assert own.interval == pytest.approx(gap.interval, rel=1e-6)
            assert own.test == gap.test


def test_rates_of_groups_are_those_of_scikit_learn(audited):
    for sex, rows in people().groupby("sex"):
        (group,) = (each for each in audited.groups if each.cell == {"sex": sex})
        y, told = rows["y"], rows["told"]
        recall = metrics.recall_score(y, told, average=None, labels=CLASSES)
        precision = metrics.precision_score(y, told, average=None, labels=CLASSES)
        matrix = metrics.multilabel_confusion_matrix(y, told, labels=CLASSES)
        value = {name: each.value for name, each in group.measures.items()}
        for place, name in enumerate(CLASSES):
            (tn, fp), _ = matrix[place]
            assert value[f"tpr[{name}]"] == pytest.approx(recall[place], rel=1e-12)
            assert value[f"ppv[{name}]"] == pytest.approx(precision[place], rel=1e-12)
            assert value[f"fpr[{name}]"] == pytest.approx(fp / (fp + tn), rel=1e-12)
            assert value[f"selection_rate[{name}]"] == pytest.approx((told == name).mean(), rel=1e-12)
        assert value["accuracy"] == pytest.approx(metrics.accuracy_score(y, told), rel=1e-12)
        assert value["macro_tpr"] == pytest.approx(metrics.balanced_accuracy_score(y, told), rel=1e-12)
        assert value["macro_ppv"] == pytest.approx(precision.mean(), rel=1e-12)
        right, sure = (y == told), rows[[f"p_{name}" for name in CLASSES]].max(axis=1)
        assert value["top_calibration"] == pytest.approx((right - sure).mean(), rel=1e-9)


def test_the_divergence_of_labels_is_the_mutual_information_of_group_and_class():
    frame = people()
    audit = fa.audit(frame, target="y", decision="told", protected=["sex"], options=QUICK)
    for of, column in (("decision", "told"), ("outcome", "y")):
        (one,) = (each for each in audit.divergence if each.of == of)
        nats = metrics.mutual_info_score(frame["sex"], frame[column])
        assert one.value == pytest.approx(nats / np.log(2), rel=1e-9)
        counts = pd.crosstab(frame["sex"], frame[column])
        assert one.p_value == pytest.approx(chi2_contingency(counts, lambda_="log-likelihood").pvalue, rel=1e-9)
        assert (one.density, one.test) == ("discrete", "G-test")


def test_probabilities_and_labels_of_the_likeliest_class_agree_on_all_that_labels_tell(audited):
    labels = fa.audit(people(), target="y", decision="told", protected=["sex", "age"], options=QUICK)
    for mine, theirs in zip(audited.groups, labels.groups, strict=True):
        for name, value in theirs.measures.items():
            own = mine.measures[name].value
            assert own == (None if value.value is None else pytest.approx(value.value, rel=1e-12))
    assert audited.divergence[0].value == pytest.approx(labels.divergence[0].value, rel=1e-9)


def test_what_is_of_one_probability_is_not_told_of_classes(audited):
    assert (audited.recalibration, audited.curves, audited.distributions) == ([], [], [])
    assert not any(gap.measure.startswith("uf") for gap in audited.disparities)


def test_no_probability_of_a_class_is_a_column_that_carries_the_gap():
    audit = fa.audit(people(), target="y", prediction="p_*", protected=["sex"], favourable="left", options=QUICK)
    assert audit.verdict.lead.measure == "selection_rate[left]"
    assert not any(name.startswith("p_") for name in audit.surrogate.contributions)


def test_groups_of_classes_have_no_mean_and_say_so(audited):
    assert all(group.mean_prediction is None for group in audited.groups)
    assert all("classes have no mean" in group.why for group in audited.groups if group.adequate)


def test_a_class_that_a_group_has_not_is_no_value_there_with_a_reason():
    frame = people(400)
    frame = frame[~((frame["sex"] == "M") & (frame["y"] == "left"))]
    audit = fa.audit(frame, target="y", decision="told", protected=["sex"], options=QUICK)
    men = next(group for group in audit.groups if group.cell == {"sex": "M"})
    assert men.measures["tpr[left]"].value is None
    assert men.measures["tpr[left]"].why == "0 rows of left; 25 are needed"
    assert gap_of(audit, "tpr[left]", "sex").value is None
    recalls = [men.measures[f"tpr[{name}]"].value for name in CLASSES if name != "left"]
    assert men.measures["macro_tpr"].value == pytest.approx(np.mean(recalls), rel=1e-12)


def test_the_favourable_class_leads_the_verdict_and_says_who_is_worse_off():
    audit = fa.audit(people(), target="y", decision="told", protected=["sex"], favourable="left", options=QUICK)
    assert audit.favourable == "left"
    assert audit.verdict.lead.measure == "selection_rate[left]"
    assert audit.verdict.lead.worse == {"sex": "M"}
    other = fa.audit(people(), target="y", decision="told", protected=["sex"], options=QUICK)
    assert other.verdict.lead.worse is None


def test_within_strata_a_class_has_the_numbers_of_its_binary_audit():
    frame = people(700).assign(dept=lambda each: each["age"] // 20)
    binary = frame.assign(d=frame["told"] == "left", y=frame["y"] == "left")
    named = {"protected": ["sex"], "given": "dept", "options": QUICK}
    mine = fa.audit(frame, target="y", decision="told", favourable="left", **named).within
    theirs = fa.audit(binary, target="y", decision="d", favourable="yes", **named).within
    own = {each.measure: each for each in mine}
    assert {"selection_rate[left]", "tpr[left]", "fpr[left]", "base_rate[[x]]"} <= own.keys()
    for one in theirs:
        assert own[f"{one.measure}[left]"].value == pytest.approx(one.value, rel=1e-9)
        assert own[f"{one.measure}[left]"].p_value == one.p_value


def test_a_search_for_subgroups_is_about_the_favourable_class():
    frame = people(700).assign(dept=lambda each: (each["age"] // 20).astype(str))
    binary = frame.assign(d=frame["told"] == "left", y=frame["y"] == "left")
    options = fa.Options(bootstrap=0, permutations=99, search=2)
    named = {"protected": ["sex"], "search_over": ["dept"], "options": options}
    with pytest.raises(OptionError, match="a search for subgroups is about one class"):
        fa.audit(frame, target="y", decision="told", **named)
    mine = fa.audit(frame, target="y", decision="told", favourable="left", **named).subgroups
    theirs = fa.audit(binary, target="y", decision="d", favourable="yes", **named).subgroups
    assert [each.measure for each in mine.searches] == [f"{each.measure}[left]" for each in theirs.searches]
    assert [each.farthest for each in mine.searches] == pytest.approx([each.farthest for each in theirs.searches])


def test_a_decision_of_three_classes_is_audited_as_people_ask_for_it():
    """Requests for shares of each class, and accuracy and recall by group (evidentlyai/evidently#1275,
    fairlearn/fairlearn#1213), on labels made here: as many are told each class in both groups as stands below."""
    counts = {("F", "left"): 58, ("F", "none"): 50, ("F", "right"): 69}
    counts |= {("M", "left"): 59, ("M", "none"): 63, ("M", "right"): 101}
    rows = [(sex, told) for (sex, told), many in counts.items() for _ in range(many)]
    frame = pd.DataFrame(rows, columns=["sex", "pred"])
    frame["label"] = [told if place % 5 else "none" for place, told in enumerate(frame["pred"])]
    audit = fa.audit(frame, decision="pred", target="label", protected=["sex"], options=QUICK)
    share = {
        (g.cell["sex"], name): g.measures[f"selection_rate[{name}]"].value
        for g in audit.groups
        for name in audit.classes
    }
    assert share[("F", "left")] == pytest.approx(0.327684, abs=5e-7)
    assert share[("M", "right")] == pytest.approx(0.452915, abs=5e-7)
    gap = max((each for each in audit.disparities if each.measure.startswith("selection_rate")), key=lambda g: g.value)
    assert (gap.measure, gap.value) == ("selection_rate[left]", pytest.approx(0.063110, abs=5e-7))
    (apart,) = (each for each in audit.divergence if each.of == "decision")
    assert apart.p_value == pytest.approx(chi2_contingency(pd.crosstab(frame["sex"], frame["pred"]))[1], rel=0.01)
    assert apart.p_value == pytest.approx(0.3218, abs=0.003)
    for group in audit.groups:
        mine = frame[frame["sex"] == group.cell["sex"]]
        assert group.measures["accuracy"].value == pytest.approx((mine["pred"] == mine["label"]).mean(), rel=1e-12)


def test_parity_within_outcomes_is_measured_of_classes():
    frame, named = people(), {"decision": "told", "protected": ["sex"]}
    options = fa.Options(bootstrap=0, permutations=19, parity="equalized-odds")
    within = fa.audit(frame, target="y", **named, options=options).dependence.conditional
    options = fa.Options(bootstrap=0, permutations=0)
    strata = [fa.audit(rows, task="multiclass", **named, options=options) for _, rows in frame.groupby("y")]
    share = frame["y"].value_counts(normalize=True).sort_index()
    assert within.strata == 3
    assert within.ccdcov.biased == pytest.approx(
        share.to_numpy() @ [each.dependence.ccdcov.biased for each in strata], rel=1e-9
    )


@pytest.mark.parametrize("text", ["<script>|`a`", "a\nb", "=1+1", "*"])
def test_hostile_names_of_classes_are_kept_as_they_are(text):
    frame = people(300, classes=("a", text, "a]"))
    audit = fa.audit(frame, target="y", decision="told", protected=["sex"], options=QUICK)
    assert set(audit.classes) == {"a", text, "a]"}
    assert from_json(audit.to_json()) == audit
    assert f"tpr[{text}]" in audit.measures
