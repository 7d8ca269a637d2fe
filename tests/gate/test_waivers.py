"""A waiver tolerates what it names until its day, and is an error where nothing needs it."""

import datetime
from pathlib import Path

import pytest
from made import HEAD, LIMIT
from msgspec import structs

from fairaudit.auditing.reading import Reading
from fairaudit.errors import ConfigError
from fairaudit.gate.measuring import Asked
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit, Waiver
from fairaudit.gate.verdicts import decide, judge, status
from fairaudit.gate.waivers import covers, waive

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


DAY_AFTER = DAY + datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("made", "today", "told"),
    [
        (waiver(), DAY_AFTER, "f: waiver 1 (FA101, o) expired on 2026-06-01; mend what it tolerates (r) or renew it"),
        (waiver(rule="FA999"), DAY, "f: waiver 1 (FA999, o) is for no known rule"),
        (waiver(rule="FA10l"), DAY, "f: waiver 1 (FA10l, o) is for no known rule; did you mean 'FA109'?"),
        (waiver(data="other"), DAY, "f: waiver 1 (FA101, o) tolerates nothing: delete it; broken are FA101"),
        (waiver(of_class="left"), DAY, "f: waiver 1 (FA101, o) tolerates nothing: delete it; broken are FA101"),
    ],
)
def test_a_waiver_that_cannot_hold_is_refused_in_one_sentence(made, today, told):
    with pytest.raises(ConfigError) as caught:
        waived(made, today=today)
    assert str(caught.value).partition("; did")[0] == told.partition("; did")[0]


def test_where_nothing_is_broken_a_waiver_is_told_so():
    kept = [structs.replace(finding, verdict="kept") for finding in findings()]
    with pytest.raises(ConfigError, match=r"tolerates nothing: delete it; broken are none$"):
        waive(kept, [waiver()], DAY, lambda _: True, "f")


@pytest.mark.parametrize(
    ("limits", "covered"),
    [
        ({}, True),
        ({"rule": "FA102"}, False),
        ({"data": "main"}, True),
        ({"data": "other"}, False),
        ({"by": ["race", "sex"]}, True),  # in whatever order
        ({"by": ["sex"]}, False),
        ({"by": []}, False),
        ({"of_class": "left"}, True),
        ({"of_class": "right"}, False),
    ],
)
def test_a_waiver_is_for_what_it_names(limits, covered):
    (finding,) = findings()
    finding = structs.replace(finding, by=["sex", "race"], measure="selection_rate[left]")
    assert covers(waiver(**limits), finding) == covered


def test_what_is_not_broken_is_never_marked_and_the_others_are():
    (finding,) = findings()
    others = [structs.replace(finding, verdict=verdict) for verdict in ("kept", "uncertain", "unmeasured")]
    marked = waive([others[0], finding, *others[1:], finding], [waiver()], DAY, lambda _: True, "f")
    assert [each.waived for each in marked] == [None, 1, None, None, 1]
