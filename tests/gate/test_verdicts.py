"""When a limit is broken, kept or neither, and what that means for the exit status."""

import pytest

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
