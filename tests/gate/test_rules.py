"""Ids of rules: unique, kept for ever, and found by measure and statistic."""

import re
from pathlib import Path

import pytest

from fairaudit.errors import ConfigError
from fairaudit.gate.rules import FAMILIES, RULES, check_prefixes, find, known_ids


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
