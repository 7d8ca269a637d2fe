"""When a limit is broken, kept or neither, and what that means for the exit status."""

import pytest
from msgspec import structs

from fairaudit.auditing.reading import Reading
from fairaudit.gate.measuring import Asked
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit
from fairaudit.gate.verdicts import decide, judge, status

GAP = find("selection_rate", None, "")
NAN = float("nan")


def measured(value, ends, by=("sex",), why=None):
    return Reading("selection_rate", "gap", by, None, value, ends, ends, why=why)


def asked(**limit):
    return Asked(1, Limit(measure="selection_rate", **limit), GAP, "limit 1", 7)


def findings(value, ends, *more, **limit):
    found = [measured(value, ends), *(measured(*each) for each in more)]
    return judge(asked(**limit), "main", found, 0.95)


@pytest.mark.parametrize(
    ("value", "ends", "limit", "verdict"),
    [
        (0.3, (0.2, 0.4), {"max": 0.1}, "broken"),
        (0.3, (0.1, 0.4), {"max": 0.1}, "uncertain"),  # an interval that touches the limit is not beyond it
        (0.05, (0.0, 0.1), {"max": 0.1}, "kept"),
        (0.05, (0.0, 0.2), {"max": 0.1}, "uncertain"),
        (0.3, (0.1, 0.4), {"max": 0.1, "decided_by": "point"}, "broken"),
        (0.1, (0.0, 0.4), {"max": 0.1, "decided_by": "point"}, "kept"),
        (0.3, None, {"max": 0.1, "decided_by": "point"}, "broken"),
        (0.3, None, {"max": 0.1}, "unmeasured"),
        (None, None, {"max": 0.1}, "unmeasured"),
        (NAN, (NAN, NAN), {"max": 0.1}, "broken"),
        (NAN, (NAN, NAN), {"min": 0.1}, "broken"),
        (NAN, None, {"max": 0.1, "decided_by": "point"}, "broken"),
        (0.5, (0.4, 0.6), {"min": 0.7}, "broken"),
        (0.5, (0.4, 0.6), {"min": 0.55}, "uncertain"),
        (0.5, (0.4, 0.6), {"min": 0.3}, "kept"),
        (0.5, (0.4, 0.6), {"min": 0.4}, "kept"),
        (0.5, (0.4, 0.6), {"min": 0.6}, "uncertain"),
        (0.5, None, {"min": 0.5, "decided_by": "point"}, "kept"),
    ],
)
def test_a_limit_is_broken_only_when_all_of_the_interval_is_beyond_it(value, ends, limit, verdict):
    assert [each.verdict for each in findings(value, ends, **limit)] == [verdict]


def test_a_limit_with_both_bounds_has_a_finding_for_each():
    found = findings(0.5, (0.4, 0.6), max=0.3, min=0.2)
    assert [(each.against, each.verdict) for each in found] == [("max", "broken"), ("min", "kept")]


def test_intervals_hold_together_for_all_that_a_limit_covers():
    (alone,) = findings(0.3, (0.2, 0.4), max=0.1)
    together = findings(0.3, (0.2, 0.4), (0.3, (0.2, 0.4)), (None, None), max=0.1)
    assert alone.interval == (0.2, 0.4)
    factor = 2.241403 / 1.959964  # normal quantiles at 1 − 0.05/4 and 1 − 0.05/2
    assert together[0].interval == pytest.approx((0.3 - 0.1 * factor, 0.3 + 0.1 * factor))
    assert together[2].verdict == "unmeasured"


@pytest.mark.parametrize(
    ("verdicts", "level", "fail_on", "code"),
    [
        (["kept"], "fail", (), 0),
        (["kept", "uncertain"], "fail", (), 0),
        (["kept", "uncertain"], "fail", ("inconclusive",), 3),
        (["kept", "uncertain"], "warn", ("inconclusive",), 0),
        (["kept", "uncertain"], "warn", ("inconclusive", "warn"), 3),
        (["kept", "broken", "uncertain"], "fail", ("inconclusive",), 1),
        (["kept", "broken"], "warn", (), 0),
        (["kept", "broken"], "warn", ("warn",), 1),
        (["kept", "unmeasured"], "fail", (), 0),  # one small group among others that were assessed
        (["unmeasured"], "fail", (), 4),
        (["unmeasured"], "warn", (), 4),
    ],
)
def test_verdicts_of_one_limit_make_the_exit_status(verdicts, level, fail_on, code):
    of = {
        "kept": (0.05, (0.0, 0.1)),
        "uncertain": (0.05, (0.0, 0.3)),
        "broken": (0.3, (0.25, 0.35)),
        "unmeasured": (None, None),
    }
    found = [measured(*of[verdict]) for verdict in verdicts]
    made = judge(asked(max=0.2, level=level), "main", found, 0.95)
    assert status(decide(made, fail_on)) == code


def test_the_law_of_each_reading_is_asked_at_its_part_of_the_error():
    asked_at = []

    def law(reading, confidence):
        asked_at.append((reading.value, confidence))
        return (0.25, 0.35)

    readings = [measured(value, ends) for value, ends in ((0.3, (0.2, 0.4)), (0.2, (0.1, 0.3)), (None, None))]
    made = judge(asked(max=0.1), "main", readings, 0.95, law)
    assert [(value, round(confidence, 12)) for value, confidence in asked_at] == [
        (0.3, 0.975),
        (0.2, 0.975),
        (None, 0.975),
    ]
    assert [each.interval for each in made] == [(0.25, 0.35), (0.25, 0.35), None]


def test_where_nothing_is_measured_the_law_is_asked_at_the_whole_error():
    asked_at = []
    judge(asked(max=0.1), "main", [measured(None, None)], 0.95, lambda _, confidence: asked_at.append(confidence))
    assert asked_at == [pytest.approx(0.95)]


@pytest.mark.parametrize(
    ("statistic", "least"), [("gap", 0.0), ("ratio", 0.0), ("value", 0.0), ("standardised", 0.0), ("excess", -0.1)]
)
def test_the_interval_of_what_cannot_be_negative_begins_at_0(statistic, least):
    reading = Reading("selection_rate", statistic, ("sex",), None, 0.1, (-0.1, 0.3), (-0.1, 0.3))
    (finding,) = judge(asked(max=0.5), "main", [reading], 0.95)
    assert finding.interval == (least, pytest.approx(0.3))


def test_an_interval_is_never_narrowed_where_the_value_lies_beside_it():
    found = judge(asked(max=0.1), "main", [measured(0.5, (0.2, 0.4)), measured(0.1, (0.2, 0.4))], 0.95)
    factor = 2.241403 / 1.959964  # normal quantiles at 1 − 0.05/4 and 1 − 0.05/2
    assert found[0].interval == (pytest.approx(0.5 - 0.3 * factor), 0.4)
    assert found[1].interval == (0.2, pytest.approx(0.1 + 0.3 * factor))


@pytest.mark.parametrize(
    ("reading", "decided_by", "why"),
    [
        (measured(None, None, why="9 rows"), "confident", "9 rows"),
        (measured(None, None), "confident", 'no interval could be drawn; decided-by = "point" does without'),
        (
            measured(0.3, None, why="9 rows"),
            "confident",
            'no interval could be drawn; decided-by = "point" does without',
        ),
        (measured(0.3, (0.2, 0.4), why="9 rows"), "confident", None),
        (measured(0.3, None, why="9 rows"), "point", None),
    ],
)
def test_why_nothing_is_said_is_told_and_nothing_else(reading, decided_by, why):
    (finding,) = judge(asked(max=0.1, decided_by=decided_by), "main", [reading], 0.95)
    assert finding.why == why


def test_a_limit_that_is_assessed_nowhere_fails_though_others_were_assessed():
    kept, none = measured(0.05, (0.0, 0.1)), measured(None, None)
    other = Asked(2, Limit(measure="selection_rate", max=0.2), GAP, "limit 2", 9)

    def failing(*parts):
        found = [finding for limit, data, reading in parts for finding in judge(limit, data, [reading], 0.95)]
        return [finding.fails for finding in decide(found)]

    one = asked(max=0.2)
    assert failing((one, "main", kept), (one, "main", none)) == [False, False]
    assert failing((one, "main", kept), (one, "other", none)) == [False, True]
    assert failing((one, "main", kept), (other, "main", none)) == [False, True]
    assert failing((one, "main", kept), (asked(min=0.01), "main", none)) == [False, True]


def test_a_waived_finding_does_not_fail_and_what_fails_is_marked():
    (broken,) = findings(0.3, (0.2, 0.4), max=0.1)
    assert [each.fails for each in decide([broken, structs.replace(broken, waived=1)])] == [True, False]
    assert status(decide([structs.replace(broken, waived=1)])) == 0
    assert status([]) == 0
