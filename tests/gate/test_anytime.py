"""Limits decided at any time: what they are held against, and what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fairaudit.auditing.reading import Reading
from fairaudit.chance.sequences import Counts, against_line, against_rate
from fairaudit.errors import ConfigError
from fairaudit.gate.anytime import FIRST, Today, _shares, claims, judge_series, watched
from fairaudit.gate.config import from_tables
from fairaudit.gate.measuring import Run
from fairaudit.gate.rules import find
from fairaudit.gate.series import Look, SeriesLine
from fairaudit.results import Source

TABLES = {"data": {"main": {"source": "t.csv", "decision": "d", "target": "y", "protected": ["g"]}}, "baseline": {}}


def looks(rates, days, rows=400, seed=0):
    """A look for each day: rate of yes by group and day, outcomes at random."""
    rng = np.random.default_rng(seed)
    made = []
    for day in range(days):
        lines = []
        for group, rate in rates.items():
            for outcome in (0, 1):
                yes = rng.binomial(rows // 2, rate(day) if callable(rate) else rate)
                lines += [SeriesLine([group], 1, outcome, yes), SeriesLine([group], 0, outcome, rows // 2 - yes)]
        made.append(Look(data="main", source=Source(name="t", sha256=str(day)), attributes=["g"], lines=lines))
    return made


def found(series, limit, cell=None, error=0.05):
    """The findings of one limit on a series, of all pairs or of one group."""
    limit = {"measure": "selection_rate", "decided-by": "anytime", **limit}
    [asked] = Run(from_tables({**TABLES, "limit": [limit]}, Path("f.toml"))).limits()
    by = () if limit.get("statistic") == "overall" else ("g",)
    reading = Reading(limit["measure"], limit.get("statistic", "gap"), by, cell, 0.1, None, None)
    names = {"g": {level: level for level in "abc"}}
    return judge_series(asked, Today("main", [reading], names), series, error, least=25)


STEADY = {"a": 0.3, "b": 0.36}


@pytest.mark.parametrize(
    ("limit", "cell", "verdict"),
    [
        ({"max": 0.02}, None, "broken"),
        ({"max": 0.12}, None, "kept"),
        ({"max": 0.06}, None, "uncertain"),
        ({"statistic": "ratio", "min": 0.92}, None, "broken"),
        ({"statistic": "ratio", "min": 0.7}, None, "kept"),
        ({"statistic": "group", "max": 0.25}, {"g": "a"}, "broken"),
        ({"statistic": "group", "max": 0.4}, {"g": "a"}, "kept"),
        ({"statistic": "group", "min": 0.35}, {"g": "a"}, "broken"),
        ({"measure": "equalized_odds", "max": 0.01}, None, "broken"),
        ({"measure": "equalized_odds", "max": 0.15}, None, "kept"),
        ({"measure": "accuracy", "statistic": "overall", "min": 0.45}, None, "kept"),
        ({"measure": "accuracy", "statistic": "overall", "min": 0.55}, None, "broken"),
    ],
)
def test_a_series_decides_what_its_rates_say(limit, cell, verdict):
    [finding] = found(looks(STEADY, 40), limit, cell)
    assert (finding.verdict, finding.looks) == (verdict, 40)


@pytest.mark.parametrize(
    ("limit", "cell", "truth"),
    [
        ({"max": 0.5}, None, 0.06),
        ({"statistic": "ratio", "min": 0.1}, None, 0.3 / 0.36),
        ({"statistic": "group", "max": 0.9}, {"g": "b"}, 0.36),
        ({"measure": "tpr", "max": 0.5}, None, 0.06),
    ],
)
def test_an_interval_holds_the_truth_at_every_look_and_narrows(limit, cell, truth):
    series, widths = looks(STEADY, 60, seed=4), []
    for days in (1, 5, 20, 60):
        [finding] = found(series[:days], limit, cell)
        low, high = finding.interval
        assert low <= truth <= high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.12


def test_three_groups_have_the_gap_of_the_two_that_are_farthest_apart():
    [finding] = found(looks({"a": 0.3, "b": 0.33, "c": 0.42}, 60), {"max": 0.05})
    assert finding.verdict == "broken"
    assert finding.interval[0] <= 0.12 <= finding.interval[1]
    assert finding.interval[0] > 0.05


def test_a_series_that_has_changed_has_no_interval_of_one_value():
    series = looks({"a": 0.3, "b": lambda day: 0.3 if day < 60 else 0.6}, 120, rows=1000)
    [finding] = found(series, {"max": 0.1})
    assert (finding.verdict, finding.changed, finding.interval) == ("broken", True, None)


def test_a_limit_kept_just_so_breaks_in_few_series_however_long():
    broken = 0
    for seed in range(12):
        series = looks({"a": 0.3, "b": 0.35}, 50, rows=100, seed=100 + seed)
        broken += any(found(series[:days], {"max": 0.05})[0].verdict == "broken" for days in (5, 20, 35, 50))
    assert broken <= 1


def test_groups_that_are_too_small_are_not_bet_on_until_they_are_large_enough():
    small = looks({"a": 0.3, "b": 0.9}, 1, rows=20)
    [finding] = found(small, {"max": 0.01})
    assert (finding.verdict, finding.why) == ("unmeasured", "no two groups have had 25 rows in all looks together")
    assert found(looks({"a": 0.3, "b": 0.9}, 5, rows=20), {"max": 0.01})[0].verdict != "unmeasured"


def test_groups_that_come_later_take_nothing_from_those_that_were_there():
    arrival = np.array([0.0, 0.0, 3.0, 7.0, np.inf])
    share = _shares(arrival)
    np.testing.assert_allclose(share, [FIRST / 2, FIRST / 2, (1 - FIRST) / 2, (1 - FIRST) / 4, 0.0])
    np.testing.assert_array_equal(share[:3], _shares(arrival[:3]))
    assert share.sum() <= 1


def test_every_ordered_pair_of_groups_is_a_claim():
    [asked] = Run(
        from_tables({**TABLES, "limit": [{"measure": "tpr", "max": 0.1, "decided-by": "anytime"}]}, Path("f.toml"))
    ).limits()
    made = claims(watched(looks({"a": 0.3, "b": 0.3, "c": 0.5}, 3), asked.rule, ["g"], 25, ""), "gap")
    assert made.first.of.shape == (3, 6)
    assert (made.first.of == 200).all()  # rows with outcome 1


def test_a_measure_of_which_nothing_is_proven_is_refused_with_those_that_can():
    tables = {**TABLES, "limit": [{"measure": "auc", "min": 0.7, "statistic": "overall", "decided-by": "anytime"}]}
    with pytest.raises(
        ConfigError, match=r"auc \(overall\) cannot be decided at any time.*selection_rate \(gap, ratio"
    ):
        Run(from_tables(tables, Path("f.toml"))).limits()


@pytest.mark.parametrize(
    ("limit", "baseline", "message"),
    [
        ({"max": 0.1, "margin": 0.1}, {}, "give it a max or min instead"),
        ({"max": 0.1}, None, "there is no .baseline. that keeps a series"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(limit, baseline, message):
    tables = {"data": TABLES["data"], "limit": [{"measure": "selection_rate", "rule": "anytime", **limit}]}
    tables |= {} if baseline is None else {"baseline": baseline}
    with pytest.raises(ConfigError, match=message):
        from_tables(tables, Path("f.toml"))


def test_the_error_is_shared_by_all_limits_that_are_decided_so():
    limits = [{"measure": name, "max": 0.1, "decided-by": "anytime"} for name in ("tpr", "fpr")]
    data = dict.fromkeys(("one", "two"), TABLES["data"]["main"])
    tables = {"data": data, "baseline": {}, "limit": [*limits, {"measure": "ppv", "max": 0.1, "data": "one"}]}
    run = Run(from_tables(tables, Path("f.toml")))
    assert run.anytime_questions == 4


# The definition, in plain loops ---------------------------------------------------------------------------------------


def counted(series, measure):
    """Group → yes and all, look by look, from the lines."""
    groups = {}
    for day, look in enumerate(series):
        for line in look.lines:
            if measure == "accuracy":
                among, yes = None not in (line.decision, line.outcome), line.decision == line.outcome
            elif measure == "selection_rate":
                among, yes = line.decision is not None, line.decision == 1
            else:
                among, yes = line.outcome == (measure == "tpr") and line.decision is not None, line.decision == 1
            held = groups.setdefault(line.levels[0], np.zeros((2, len(series))))
            held[:, day] += [line.rows * (among and yes), line.rows * among]
    return groups


def bets(series, measure, statistic, least=25):
    """What is bet on: of each pair, or group, its share of the capital, its groups, and their counts."""
    chosen = []
    for part in ("tpr", "fpr") if measure == "equalized_odds" else (measure,):
        groups = counted(series, part)
        if statistic == "overall":
            groups = {"all": sum(groups.values())}
        enough = {name: np.flatnonzero(held[1].cumsum() >= least) for name, held in groups.items()}
        begun = {name: places[0] for name, places in enough.items() if len(places)}
        for name in begun:
            groups[name] = np.where(np.arange(len(series)) >= begun[name], groups[name], 0)
        if statistic in ("group", "overall"):
            chosen += [(begun[name], name, groups[name], None) for name in begun]
        else:
            chosen += [(max(begun[a], begun[b]), (a, b), groups[a], groups[b]) for a in begun for b in begun if a != b]
    arrivals = sorted({arrival for arrival, *_ in chosen})
    share = {}
    for place, arrival in enumerate(arrivals):
        of_all = 0.9 if place == 0 else 0.1 / 2**place
        share[arrival] = of_all / sum(other == arrival for other, *_ in chosen)
    return [(1.0 if statistic == "overall" else share[arrival], *rest) for arrival, *rest in chosen]


def one_of(held):
    return Counts(held[0][:, None], held[1][:, None])


def beyond(statistic, first, second, place):
    """Log capital against the claim that a value is at most so far from 0, or a ratio from 1."""
    if second is None:
        return against_rate(one_of(first), place)[-1, 0]
    if statistic == "ratio":
        return against_line(one_of(first), one_of(second), 1 / (1 - place), 0.0)[-1, 0]
    return against_line(one_of(first), one_of(second), 1.0, place)[-1, 0]


def within(statistic, first, second, place):
    """Log capital against the claim that it is at least so far from it."""
    if second is None:
        return against_rate(one_of(np.array([first[1] - first[0], first[1]])), 1 - place)[-1, 0]
    if statistic == "ratio":
        return against_line(one_of(second), one_of(first), 1 - place, 0.0)[-1, 0]
    return against_line(one_of(second), one_of(first), 1.0, -place)[-1, 0]


def defined(series, limit, cell=None, error=0.05, pairs=8):
    """How far the value lies from 0 (a ratio: from 1) at least and at most, by the definition."""
    measure, statistic = limit.get("measure", "selection_rate"), limit.get("statistic", "gap")
    made = [one for one in bets(series, measure, statistic) if cell is None or one[1] == cell["g"]]
    enough = np.log(2 / error) - (np.log(made[0][0]) if cell else 0.0)
    part = [one[0] if cell is None else 1.0 for one in made]
    places = range(len(made))
    if statistic in ("gap", "ratio"):
        rates = [[held[0].sum() / held[1].sum() for held in one[2:]] for one in made]
        apart = [1 - low / high if statistic == "ratio" else high - low for high, low in rates]
        places = sorted(places, key=lambda place: -apart[place])[:pairs]

    def some(place):
        capital = [np.log(part[k]) + beyond(statistic, made[k][2], made[k][3], place) for k in places]
        return np.logaddexp.reduce(capital) >= enough

    def every(place):
        return all(within(statistic, first, second, place) >= enough for _, _, first, second in made)

    return last(some), 4096 - last(lambda back: every(1 - back))


def last(refuted):
    """The farthest of 4,096 steps up to which all is refuted."""
    low, high = 0, 4096
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if refuted(middle / 4096) else (low, middle)
    return low


THREE = {"a": 0.3, "b": 0.36, "c": 0.5}
MANY = {"a": 0.2, "b": 0.3, "c": 0.36, "d": 0.5}


@pytest.mark.parametrize(
    ("rates", "limit", "cell"),
    [
        (STEADY, {"max": 0.5}, None),
        (THREE, {"max": 0.5}, None),
        (MANY, {"max": 0.5}, None),
        (THREE, {"statistic": "ratio", "min": 0.1}, None),
        (MANY, {"statistic": "ratio", "min": 0.1}, None),
        (THREE, {"statistic": "group", "max": 0.9}, {"g": "b"}),
        (THREE, {"statistic": "group", "min": 0.01}, {"g": "c"}),
        (THREE, {"measure": "tpr", "max": 0.9}, None),
        (THREE, {"measure": "equalized_odds", "max": 0.9}, None),
        (THREE, {"measure": "accuracy", "statistic": "overall", "min": 0.1}, None),
    ],
)
def test_an_interval_is_what_is_not_refuted_by_the_definition(rates, limit, cell):
    series = looks(rates, 6, rows=1200, seed=5)
    [finding] = found(series, limit, cell)
    near, far = defined(series, limit, cell)
    low, high = finding.interval
    steps = (1 - high, 1 - low) if limit.get("statistic") == "ratio" else (low, high)
    assert [4096 * step for step in steps] == [near, far]
    assert 0 < near < far < 4096


@pytest.mark.parametrize(
    ("limit", "cell"),
    [
        ({"max": 0}, None),
        ({"min": 0}, None),
        ({"statistic": "ratio", "min": 0}, None),
        ({"statistic": "ratio", "max": 0}, None),
        ({"statistic": "group", "max": 0}, {"g": "c"}),
        ({"statistic": "group", "min": 0}, {"g": "c"}),
        ({"measure": "accuracy", "statistic": "overall", "min": 0}, None),
    ],
)
def test_the_interval_never_says_otherwise_than_the_verdict(limit, cell):
    series = looks(THREE, 5, rows=1500, seed=5)
    (against,) = limit.keys() & {"max", "min"}
    [finding] = found(series, limit | {against: 0.5}, cell)
    seen = set()
    for end in defined(series, limit, cell):
        for eighth in (-8, -3, 0, 3, 8):
            place = (end + eighth / 8) / 4096
            bound = 1 - place if limit.get("statistic") == "ratio" else place
            [finding] = found(series, limit | {against: bound}, cell)
            low, high = finding.interval
            outside = {"broken": low >= bound, "kept": high <= bound, "uncertain": low <= bound <= high}
            if against == "min":
                outside |= {"broken": high <= bound, "kept": low >= bound}
            assert outside[finding.verdict], (bound, finding)
            seen.add(finding.verdict)
    assert seen == {"broken", "kept", "uncertain"}


def of_two(days=5):
    """Looks at people of two attributes."""
    made = []
    for look in looks(THREE, days, rows=1500, seed=5):
        lines = [
            SeriesLine([*line.levels, half], line.decision, line.outcome, rows)
            for line in look.lines
            for half, rows in (("x", line.rows // 3), ("y", line.rows - line.rows // 3))
        ]
        made.append(Look(data="main", source=look.source, attributes=["g", "h"], lines=lines))
    return made


def judged(series, limit, readings, error, names=None):
    limit = {"measure": "selection_rate", "decided-by": "anytime", **limit}
    [asked] = Run(from_tables({**TABLES, "limit": [limit]}, Path("f.toml"))).limits()
    same = {"g": {level: level for level in "abc"}, "h": {"x": "x", "y": "y"}}
    return judge_series(asked, Today("main", readings, names or same), series, error, least=25)


def group_reading(**cell):
    return Reading("selection_rate", "group", tuple(cell), cell, 0.3, None, None)


def test_the_error_is_shared_by_the_groupings_and_bounds_of_a_limit():
    series = of_two()
    readings = [Reading("selection_rate", "gap", by, None, 0.1, None, None) for by in (("g",), ("h",), ("g", "h"))]
    three = judged(series, {"max": 0.5, "min": 0.001}, readings, 0.06)
    assert [(each.by, each.against, each.bound) for each in three] == [
        (list(by), against, bound)
        for by in (("g",), ("h",), ("g", "h"))
        for against, bound in (("max", 0.5), ("min", 0.001))
    ]
    for place, reading in enumerate(readings):
        (alone,) = judged(series, {"max": 0.5}, [reading], 0.01)
        assert three[2 * place].interval == three[2 * place + 1].interval == alone.interval


def test_a_group_of_today_is_found_in_the_series_by_its_lasting_name():
    series = of_two()
    today = [group_reading(g="18–24"), group_reading(g="25–70")]
    names = {"g": {"18–24": "c", "25–70": "a"}}
    for reading, level in zip(today, "ca", strict=True):
        (renamed,) = judged(series, {"statistic": "group", "max": 0.9}, [reading], 0.05, names)
        (same,) = judged(series, {"statistic": "group", "max": 0.9}, [group_reading(g=level)], 0.05)
        assert (renamed.interval, renamed.verdict) == (same.interval, same.verdict)
        assert renamed.cell == reading.cell
    (absent,) = judged(series, {"statistic": "group", "max": 0.9}, [group_reading(g="d")], 0.05, {"g": {"d": "d"}})
    assert (absent.verdict, absent.why) == ("unmeasured", "no group has had 25 rows in all looks together")


def test_a_ratio_of_the_other_decision_is_that_of_decisions_turned_round():
    series = looks(THREE, 5, rows=1500, seed=5)
    turned = [
        Look(
            data="main",
            source=look.source,
            attributes=["g"],
            lines=[SeriesLine(line.levels, 1 - line.decision, line.outcome, line.rows) for line in look.lines],
        )
        for look in series
    ]
    reading = Reading("selection_rate", "ratio", ("g",), None, 0.8, None, None)
    spared = Reading("selection_rate", "ratio", ("g",), None, 0.8, None, None, spared=True)
    limit = {"statistic": "ratio", "min": 0.1}
    (one,), (other,) = judged(series, limit, [spared], 0.05), judged(turned, limit, [reading], 0.05)
    assert one.interval == other.interval != judged(series, limit, [reading], 0.05)[0].interval
    assert (one.spared, other.spared) == (True, False)


def test_rows_without_a_decision_or_an_outcome_are_of_no_rate_that_needs_it():
    series = looks(THREE, 5, rows=1500, seed=5)
    more = [
        Look(
            data="main",
            source=look.source,
            attributes=["g"],
            lines=[*look.lines, SeriesLine(["a"], None, 1, 300), SeriesLine(["b"], 1, None, 200)],
        )
        for look in series
    ]
    for measure in ("tpr", "equalized_odds"):
        limit = {"measure": measure, "max": 0.5}
        assert found(series, limit)[0].interval == found(more, limit)[0].interval
    rates = {"measure": "selection_rate", "statistic": "group", "max": 0.9}
    assert found(series, rates, {"g": "a"})[0].interval == found(more, rates, {"g": "a"})[0].interval
    assert found(series, rates, {"g": "b"})[0].interval != found(more, rates, {"g": "b"})[0].interval
    assert defined(more, rates, {"g": "b"}) == tuple(4096 * end for end in found(more, rates, {"g": "b"})[0].interval)


def test_a_group_that_comes_later_is_bet_on_from_the_look_at_which_it_is_large_enough():
    series = looks(THREE, 5, rows=1500, seed=5)
    few, many = SeriesLine(["d"], 1, 1, 12), SeriesLine(["d"], 0, 0, 12)
    late = [
        Look(data="main", source=look.source, attributes=["g"], lines=[*look.lines, few, many]) if day >= 2 else look
        for day, look in enumerate(series)
    ]
    arrival = watched(late, find("selection_rate", "gap", ""), ["g"], 25, "").arrival
    counts = watched(late, find("selection_rate", "gap", ""), ["g"], 25, "").rates[0]
    assert arrival(counts).tolist() == [0.0, 0.0, 0.0, 3.0]  # 24 rows, then 48
    just = watched(late, find("selection_rate", "gap", ""), ["g"], 48, "")
    assert just.arrival(counts).tolist() == [0.0, 0.0, 0.0, 3.0]  # just as many as are needed
    none = watched(late, find("selection_rate", "gap", ""), ["g"], 0, "")
    assert none.arrival(counts).tolist() == [0.0, 0.0, 0.0, 2.0]  # a group without rows has not come
    for end, exact in zip(found(late, {"max": 0.9})[0].interval, defined(late, {"max": 0.9}), strict=True):
        assert abs(4096 * end - exact) < 1


@pytest.mark.parametrize(
    ("statistic", "why"),
    [
        ("gap", "no two groups have had 25 rows in all looks together"),
        ("group", "no group has had 25 rows in all looks together"),
    ],
)
def test_of_groups_that_are_too_small_nothing_is_said_and_why(statistic, why):
    small = looks({"a": 0.3, "b": 0.9}, 1, rows=24)
    cell = {"g": "a"} if statistic == "group" else None
    [finding] = found(small, {"statistic": statistic, "max": 0.01}, cell)
    assert (finding.verdict, finding.why, finding.interval, finding.looks) == ("unmeasured", why, None, 1)


def test_of_one_group_that_is_large_enough_no_gap_is_told():
    mixed = looks({"a": 0.3}, 3, rows=600)
    mixed = [
        Look(data="main", source=look.source, attributes=["g"], lines=[*look.lines, SeriesLine(["b"], 1, 1, 1)])
        for look in mixed
    ]
    assert found(mixed, {"max": 0.01})[0].verdict == "unmeasured"
    assert found(mixed, {"statistic": "group", "max": 0.9}, {"g": "a"})[0].verdict == "kept"


def test_a_bound_of_a_ratio_may_be_0_and_one_of_a_rate_1():
    series = looks(THREE, 5, rows=600, seed=5)
    assert found(series, {"statistic": "ratio", "min": 0.0})[0].verdict == "kept"
    assert found(series, {"statistic": "group", "max": 1.0}, {"g": "a"})[0].verdict == "kept"
    assert found(series, {"max": 1.0})[0].verdict == "kept"
    never = looks({"a": 0.0, "b": 0.4}, 5, rows=600)
    [finding] = found(never, {"statistic": "ratio", "min": 0.5})
    assert finding.verdict == "broken"
    assert finding.interval[0] == 0.0
