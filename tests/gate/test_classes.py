"""Limits, waivers, margins and comparisons of classes: one that is named, or each of them."""

from __future__ import annotations

import pytest
from several_classes import CLASSES, people

import fairaudit as fa
from fairaudit.errors import ConfigError
from fairaudit.gate.guessing import guess
from fairaudit.gate.limits import covered
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit
from fairaudit.results.words import class_of

CONFIG = """
[data.main]
source = "people.csv"
prediction = "p_*"
target = "y"
protected = ["sex"]
favourable = "left"
[options]
bootstrap = 50
permutations = 19
"""


@pytest.fixture(scope="module")
def audit():
    options = fa.Options(bootstrap=0, permutations=0)
    return fa.audit(people(600), target="y", prediction="p_*", protected=["sex"], options=options)


@pytest.fixture
def table(folder):
    people(900).to_csv(folder / "people.csv", index=False)
    return folder


def readings(audit, measure, statistic, of_class=None):
    limit = Limit(measure=measure, statistic=statistic, of_class=of_class, max=1.0)
    return [class_of(each.measure)[1] for each in covered(audit, find(measure, statistic, ""), limit, "limit 1")]


def test_a_limit_covers_each_class_or_the_one_that_it_names(audit):
    assert set(readings(audit, "tpr", "gap")) == set(CLASSES)
    assert readings(audit, "tpr", "gap", "[x]") == ["[x]"]
    assert readings(audit, "auc", "overall", "left") == ["left"]
    assert readings(audit, "selection_rate", "group", "left") == ["left", "left"]
    assert readings(audit, "accuracy", "gap") == [None]


@pytest.mark.parametrize(
    ("measure", "of_class", "message"),
    [
        ("tpr", "lef", "class 'lef' does not occur; did you mean 'left'"),
        ("accuracy", "left", "is of all classes at once; leave out class"),
    ],
)
def test_a_class_that_there_is_not_is_refused(audit, measure, of_class, message):
    with pytest.raises(ConfigError, match=message):
        readings(audit, measure, "gap", of_class)


def test_a_class_is_refused_where_there_are_none():
    frame = people(300).assign(y=people(300)["y"] == "left")
    audit = fa.audit(frame, target="y", prediction="p_left", protected=["sex"], options=fa.Options(bootstrap=0))
    with pytest.raises(ConfigError, match="class 'left' is said, and the task is binary"):
        readings(audit, "auc", "overall", "left")


def test_a_measure_with_its_class_is_told_how_to_write_it():
    with pytest.raises(ConfigError, match=r"write measure = 'tpr' and class = 'left'"):
        find("tpr[left]", None, "limit 1")


def test_only_what_a_limit_asks_of_is_measured_and_has_the_numbers_of_the_audit(table, checked):
    limit = '[[limit]]\nmeasure = "selection_rate"\nclass = "left"\nmax = 0.05\ndecided-by = "point"\n'
    result = checked(CONFIG + limit)
    (finding,) = result.findings
    whole = fa.audit(people(900), target="y", prediction="p_*", protected=["sex"], options=fa.Options(bootstrap=50))
    gap = next(gap for gap in whole.disparities if gap.measure == "selection_rate[left]")
    assert finding.measure == "selection_rate[left]"
    assert finding.value == pytest.approx(gap.value, rel=1e-12)
    assert (finding.rule, finding.verdict) == ("FA101", "broken")


def test_a_waiver_tolerates_one_class_and_no_other(table, checked):
    limit = '[[limit]]\nmeasure = "selection_rate"\nmax = 0.001\ndecided-by = "point"\n'
    waiver = '[[waiver]]\nrule = "FA101"\nclass = "left"\nreason = "r"\nowner = "o"\nexpires = 2999-01-01\n'
    waived = {finding.measure: finding.waived for finding in checked(CONFIG + limit + waiver).findings}
    assert waived.pop("selection_rate[left]") == 1
    assert set(waived.values()) == {None}


def test_a_margin_on_the_favourable_class_has_a_sign_and_another_has_none(table, run):
    limit = '[baseline]\nfile = "b.json"\n[[limit]]\nmeasure = "selection_rate"\nstatistic = "group"\nmargin = 0.02\n'
    (table / "fairaudit.toml").write_text(CONFIG + limit + 'class = "left"\n', encoding="utf-8")
    assert run("baseline", "update")[0] == 0
    assert run("check")[0] == 0
    frame = people(900)
    women = (frame["sex"] == "F").to_numpy()
    frame.loc[women, ["p_left", "p_[x]"]] = frame.loc[women, ["p_[x]", "p_left"]].to_numpy()
    frame.to_csv(table / "people.csv", index=False)
    status, text = run("check")
    assert status == 1
    assert "FB601" in text
    (table / "fairaudit.toml").write_text(CONFIG + limit, encoding="utf-8")
    status, text = run("check")
    assert status == 2
    assert "say class = NAME in the limit" in " ".join(text.split())


def test_a_margin_on_the_same_rows_is_held_against_their_change(table, run):
    limit = '[baseline]\nfile = "b.json"\n[[limit]]\nmeasure = "tpr"\nclass = "left"\nmargin = 0.05\n'
    frame = people(900).assign(id=range(900))
    frame.to_csv(table / "people.csv", index=False)
    config = CONFIG.replace('target = "y"', 'target = "y"\nkey = "id"') + limit
    (table / "fairaudit.toml").write_text(config, encoding="utf-8")
    assert run("baseline", "update")[0] == 0
    assert run("check")[0] == 0
    women = (frame["sex"] == "F").to_numpy()
    frame.loc[women, ["p_left", "p_[x]"]] = frame.loc[women, ["p_[x]", "p_left"]].to_numpy()
    frame.to_csv(table / "people.csv", index=False)
    status, text = run("check")
    assert status == 1
    assert "FB102" in text


def test_audits_of_classes_are_compared_class_by_class(audit):
    options = fa.Options(bootstrap=0, permutations=0)
    other = fa.audit(people(600, seed=1), target="y", prediction="p_*", protected=["sex"], options=options)
    compared = fa.compare(audit, other)
    names = {difference.measure for difference in compared.differences}
    assert {f"tpr[{name}]" for name in CLASSES} <= names
    one = next(each for each in compared.differences if (each.measure, each.statistic) == ("tpr[left]", "gap"))
    gaps = [next(gap for gap in each.disparities if gap.measure == "tpr[left]") for each in (audit, other)]
    assert (one.before, one.after, one.rule) == (gaps[0].value, gaps[1].value, "FA102")


def test_columns_of_probabilities_that_sum_to_1_are_guessed_to_be_classes():
    roles = guess(people(100).drop(columns="told"), {}).roles
    assert (roles.prediction, roles.target, roles.task) == ("p_*", "y", "multiclass")
    frame = people(100).drop(columns="told").assign(p_left=2.0, approved=(people(100)["x"] > 0).astype(int))
    assert guess(frame, {}).roles.task is None


def test_labels_that_the_outcome_has_are_guessed_to_be_classes():
    frame = people(100).rename(columns={"told": "predicted"})[["sex", "y", "predicted"]]
    roles = guess(frame, {}).roles
    assert (roles.decision, roles.target, roles.task) == ("predicted", "y", "multiclass")


def test_a_first_configuration_of_classes_is_one_that_a_check_reads(table, run):
    (table / "fairaudit.toml").unlink(missing_ok=True)
    assert run("init", "people.csv", "--favourable", "left")[0] == 0
    text = (table / "fairaudit.toml").read_text(encoding="utf-8")
    assert 'class = "left"' in text  # four fifths are asked of the good class alone
    assert text.count('statistic = "ratio"') == 1
    assert run("check")[0] in (0, 1)
