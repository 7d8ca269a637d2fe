"""GitLab's Code Quality report: its fields, its severities, and the same fingerprint for the same finding."""

import json
from pathlib import Path

import every_finding
from made import EVERYTHING

from fairaudit.gate.formats import render
from fairaudit.gate.formats.codequality import APART

FIELDS = {"description", "check_name", "fingerprint", "severity", "location"}


def issues(check):
    return json.loads(render(check, "codequality"))


def test_every_issue_has_the_fields_that_gitlab_asks_for_and_no_others(hostile):
    for issue in issues(hostile):
        assert issue.keys() == FIELDS
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"].keys() == {"path", "lines"}
        assert issue["location"]["lines"].keys() == {"begin"}
        assert len(issue["description"].splitlines()) == 1
        assert "\x1b" not in issue["description"]


def test_what_is_kept_or_waived_is_no_issue_and_all_else_is_one(hostile):
    reported = [finding for finding in hostile.findings if finding.verdict != "kept" and finding.waived is None]
    rules = [issue["check_name"] for issue in issues(hostile) if issue["check_name"] != APART]
    assert rules == [finding.rule for finding in reported]
    severities = {"major": 0, "minor": 0, "info": 0}
    for issue in issues(hostile):
        severities[issue["severity"]] += issue["check_name"] != APART
    assert severities["major"] == sum(finding.fails for finding in hostile.findings)
    assert severities["minor"] == sum(finding.verdict == "broken" and not finding.fails for finding in reported)


def test_an_issue_points_at_the_line_of_the_limit(hostile):
    lines = Path("fairaudit.toml").read_text().splitlines()
    for issue in issues(hostile):
        assert issue["location"]["path"] == "fairaudit.toml"
        if issue["check_name"] == APART:
            assert issue["location"]["lines"]["begin"] == 1
            continue
        assert lines[issue["location"]["lines"]["begin"] - 1] == "[[limit]]"


def test_a_finding_keeps_its_fingerprint_from_run_to_run_and_shares_it_with_none(checked, hostile):
    prints = [issue["fingerprint"] for issue in issues(hostile)]
    assert len(prints) == len(set(prints))
    first, again = (issues(checked(EVERYTHING)) for _ in range(2))
    assert [issue["fingerprint"] for issue in first] == [issue["fingerprint"] for issue in again]


def test_where_all_is_kept_the_report_is_an_empty_list(checked):
    limit = '[[limit]]\nmeasure = "accuracy"\nstatistic = "overall"\nmin = 0.0\n'
    loose = checked(EVERYTHING.partition("[[limit]]")[0] + limit)
    assert {finding.verdict for finding in loose.findings} == {"kept"}
    assert issues(loose) == []


def test_whom_no_finding_speaks_of_is_one_issue_for_information(hostile):
    (issue,) = (issue for issue in issues(hostile) if issue["check_name"] == APART)
    assert issue["severity"] == "info"
    assert "region = few" in issue["description"]


def test_the_whole_output(golden):
    golden("check.codequality.json", render(every_finding.check(), "codequality"))
