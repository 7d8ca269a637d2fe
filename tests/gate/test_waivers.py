"""A waiver tolerates what it names until its day, and is an error where nothing needs it."""

import datetime
from pathlib import Path

import pytest
from made import HEAD, LIMIT

from fairaudit.auditing.reading import Reading
from fairaudit.errors import ConfigError
from fairaudit.gate.measuring import Asked
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit, Waiver
from fairaudit.gate.verdicts import decide, judge, status
from fairaudit.gate.waivers import waive

DAY = datetime.date(2026, 6, 1)
TWO = HEAD + LIMIT + "max = 0.05\n" + LIMIT + "statistic = 'ratio'\nmin = 0.99\n"
PREFIX = '[[waiver]]\nrule = "{}"\nreason = "r"\nowner = "o"\nexpires = 2099-01-01\n'


def findings():
    reading = Reading("selection_rate", "gap", ("sex",), None, 0.3, (0.2, 0.4), (0.2, 0.4))
    asked = Asked(1, Limit(measure="selection_rate", max=0.1), find("selection_rate", None, ""), "limit 1")
    return judge(asked, "main", [reading], 0.95)


def waiver(**fields):
    return Waiver(**{"rule": "FA101", "reason": "r", "owner": "o", "expires": DAY, **fields})


def waived(*waivers, today=DAY, asked=True):
    return waive(findings(), waivers, today, lambda _: asked, "f")


def test_a_waiver_tolerates_its_finding_until_its_day():
    assert status(decide(waived(waiver()))) == 0
    with pytest.raises(ConfigError, match="expired"):
        waived(waiver(), today=DAY + datetime.timedelta(days=1))


@pytest.mark.parametrize("wrong", [{"rule": "FA102"}, {"rule": "FA2"}, {"data": "other"}, {"by": ["race"]}])
def test_a_waiver_of_something_else_is_an_error(wrong):
    with pytest.raises(ConfigError, match="tolerates nothing: delete it; broken are FA101"):
        waived(waiver(**wrong))


@pytest.mark.parametrize("rule", ["F", "FA", "FA1", "FA10", "FA101"])
def test_a_waiver_tolerates_all_that_begins_so(rule):
    assert [each.waived for each in waived(waiver(rule=rule))] == [1]


@pytest.mark.parametrize("rule", ["", "XX1", "FA999", "FA1011", "fa101"])
def test_a_beginning_that_no_rule_has_is_an_error(rule):
    with pytest.raises(ConfigError, match="is for no known rule"):
        waived(waiver(rule=rule))


def test_the_first_of_two_waivers_is_the_one_that_is_told():
    assert [each.waived for each in waived(waiver(), waiver(rule="FA1"))] == [1]


def test_a_waiver_of_what_takes_no_part_may_be_idle():
    assert [each.waived for each in waived(waiver(rule="FA2"), asked=False)] == [None]


@pytest.mark.parametrize(
    ("rule", "arguments", "status"),
    [
        ("FA", [], 0),
        ("FA1", [], 1),
        ("FA1", ["--select", "FA1"], 0),
        ("FA", ["--select", "FA1"], 0),
        ("FA2", ["--select", "FA1"], 1),  # the gap is broken, and the waiver of the ratio takes no part
    ],
)
def test_a_waiver_by_its_beginning_goes_with_what_is_selected(run, rule, arguments, status):
    Path("fairaudit.toml").write_text(TWO + PREFIX.format(rule))
    assert run("check", *arguments)[0] == status


def test_a_waiver_is_idle_only_where_part_of_what_it_covers_is_left_out(run):
    kept = HEAD + LIMIT + "max = 0.9\n" + LIMIT + "statistic = 'ratio'\nmin = 0.01\n" + PREFIX.format("FA")
    Path("fairaudit.toml").write_text(kept)
    assert run("check")[0] == 2
    assert run("check", "--select", "FA1")[0] == 0
