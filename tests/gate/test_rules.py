"""Ids of rules: unique, kept for ever, and found by measure and statistic."""

import re
from pathlib import Path

import pytest

from fairaudit.errors import ConfigError
from fairaudit.gate.rules import FAMILIES, RULES, check_prefixes, find, known_ids, refuse_unwatchable
from fairaudit.measures.catalogue import MEASURES


def test_ids_are_unique_and_stay():
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert len({hundreds for hundreds, _ in FAMILIES.values()}) == len(FAMILIES)
    # A sample that a user may have in a waiver: these never change.
    kept = {"selection_rate": "FA101", "tpr": "FA102", "fpr": "FA103", "equalized_odds": "FA107", "auc": "FA109"}
    assert {measure: find(measure, "gap", "").id for measure in kept} == kept
    assert find("selection_rate", "ratio", "").baseline_id == "FB201"
    assert find("jensen_shannon", None, "").id == "FA351"
    assert find("auc", "overall", "").id == "FA709"
    assert (
        "FB601" in known_ids()
    )  # a group's selection rate is better or worse once it is known what is good for people
    assert "FB614" not in known_ids()  # a group's mean error never is


def test_the_documentation_lists_every_rule():
    text = (Path(__file__).parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert re.search(rf"\| `{rule.measure}` \|.*\b{rule.id}\b", text), rule
    assert set(re.findall(r"\bFA\d{3}\b", text)) == {rule.id for rule in RULES}


def test_the_first_statistic_of_a_measure_is_what_a_limit_reads():
    assert find("selection_rate", None, "").statistic == "gap"
    assert find("brier", None, "").statistic == "overall"


def test_an_unknown_measure_or_statistic_is_told_with_what_there_is():
    with pytest.raises(ConfigError, match="limit 1: unknown measure 'selection_rat'; did you mean 'selection_rate'"):
        find("selection_rat", None, "limit 1")
    with pytest.raises(ConfigError, match="limit 1: auc has no statistic 'ratio'; it has gap, group, overall"):
        find("auc", "ratio", "limit 1")


@pytest.mark.parametrize("prefix", ["", "XX", "FA0", "fa1"])
def test_the_beginning_of_no_id_is_refused(prefix):
    with pytest.raises(ConfigError, match=r"--select .*: no rule begins so; families are FA1xx"):
        check_prefixes([prefix], "--select")


def test_the_beginning_of_an_id_is_taken():
    check_prefixes(["F", "FA", "FB1", "FA101"], "--select")


def rule(measure, statistic):
    return find(measure, statistic, "")


def test_what_tells_how_unlike_groups_are_has_a_better_way_and_values_have_that_of_their_measure():
    assert {family: {each.better for each in RULES if each.statistic == family} for family in FAMILIES} == {
        "gap": {"lower"},
        "ratio": {"higher"},
        "excess": {"lower"},
        "correlation": {"lower"},
        "value": {"lower"},
        "standardised": {"lower"},
        "subgroup": {"higher"},
        "group": {"higher", "lower", None},
        "overall": {"higher", "lower", None},
    }
    assert [rule(*of).better for of in (("tpr", "group"), ("fpr", "group"), ("selection_rate", "group"))] == [
        "higher",
        "lower",
        None,
    ]


@pytest.mark.parametrize(
    ("measure", "statistic", "signed"),
    [
        ("selection_rate", "gap", True),
        ("selection_rate", "group", True),  # once it is known what is good for people
        ("frequency", "overall", True),
        ("mean_error", "group", False),
        ("mean_error", "gap", True),
        ("rmse", "overall", True),
    ],
)
def test_a_value_can_become_worse_where_a_way_is_better_for_somebody(measure, statistic, signed):
    assert rule(measure, statistic).signed == signed
    assert (rule(measure, statistic).baseline_id in known_ids()) == signed


@pytest.mark.parametrize(
    ("measure", "statistic", "watchable"),
    [
        ("selection_rate", "gap", True),
        ("selection_rate", "ratio", True),
        ("selection_rate", "group", True),
        ("selection_rate", "standardised", False),
        ("selection_rate", "subgroup", False),
        ("equalized_odds", "gap", True),
        ("accuracy", "overall", True),
        ("base_rate", "gap", True),
        ("auc", "overall", False),
        ("frequency", "group", False),
        ("mean_prediction", "gap", False),
    ],
)
def test_rates_of_decisions_and_outcomes_can_be_watched_and_nothing_else(measure, statistic, watchable):
    assert rule(measure, statistic).watchable == watchable
    if watchable:
        refuse_unwatchable(rule(measure, statistic), "limit 1")
    else:
        with pytest.raises(ConfigError) as caught:
            refuse_unwatchable(rule(measure, statistic), "limit 1")
        assert str(caught.value) == (
            f"limit 1: {measure} ({statistic}) cannot be decided at any time: nothing is proven of it for any number of"
            ' looks. Use decided-by = "confident", or one of accuracy (gap, ratio, group, overall); base_rate (gap,'
            " ratio, group); equalized_odds (gap); fdr (group); fnr (group); fpr (gap, ratio, group); npv (gap, ratio,"
            " group); ppv (gap, ratio, group); selection_rate (gap, ratio, group); tpr (gap, ratio, group)"
        )


def test_what_is_compared_of_the_larger_of_two_gaps_are_both():
    assert rule("equalized_odds", "gap").parts == ("tpr", "fpr")
    assert rule("tpr", "gap").parts == ("tpr",)


def test_ids_are_sorted_and_each_has_its_family():
    assert list(known_ids()) == sorted(known_ids())
    assert [each.id for each in RULES] == sorted(each.id for each in RULES)
    for each in RULES:
        hundreds, _ = FAMILIES[each.statistic]
        assert each.id == f"FA{hundreds + MEASURES[each.measure].number}"
        assert each.baseline_id == each.id.replace("FA", "FB")


@pytest.mark.parametrize(
    ("measure", "statistic", "told"),
    [
        ("tpr[left]", None, "limit 1: 'tpr[left]' names a class; write measure = 'tpr' and class = 'left'"),
        ("auc", "mean", "limit 1: auc has no statistic 'mean'; it has gap, group, overall"),
    ],
)
def test_a_measure_that_is_none_is_refused_in_one_sentence(measure, statistic, told):
    with pytest.raises(ConfigError) as caught:
        find(measure, statistic, "limit 1")
    assert str(caught.value) == told


def test_an_unknown_measure_is_told_with_all_that_there_are():
    for name in ("zzzz", "zzzz[left]"):
        with pytest.raises(ConfigError) as caught:
            find(name, None, "limit 1")
        names = sorted({each.measure for each in RULES})
        assert str(caught.value) == f"limit 1: unknown measure '{name}'; there are {', '.join(names)}"


def test_the_beginning_of_no_id_is_told_with_the_families():
    with pytest.raises(ConfigError) as caught:
        check_prefixes(["FA1", ""], "--ignore")
    assert str(caught.value) == (
        "--ignore (empty): no rule begins so; families are FA1xx (gap), FA2xx (ratio), FA3xx (excess), FA4xx"
        " (correlation), FA5xx (value), FA6xx (group), FA7xx (overall), FA8xx (standardised), FA9xx (subgroup), and FB"
        " for margins against the baseline"
    )
