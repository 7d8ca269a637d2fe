"""Standardised gaps are their definitions as loops, whatever strata groups share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stratified import BERKELEY, people

import fairaudit as fa
from fairaudit.auditing.resampled import Resampled
from fairaudit.auditing.run import table_scores
from fairaudit.chance.laws.means import Means
from fairaudit.chance.laws.pairs import largest_gap, range_tail
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.measures.group_values import group_values
from fairaudit.measures.within import crossed, natural_order

OPTIONS = fa.Options(bootstrap=20, permutations=29, min_group=1)
CATEGORICAL = (Protected("g", "categorical"),)


def within(frame, measure="selection_rate", options=OPTIONS, **roles):
    """A measure of a frame crossed with its strata; of one that has too few rows for them, as they are."""
    columns = roles or {"decision": "d"}
    table = role_table(frame, Roles(protected=CATEGORICAL, given="stratum", **columns))
    resampled = Resampled(table_scores(table, options), options)
    groups = resampled.groups[0]
    values = group_values(resampled.table, resampled.grid, resampled.segments, groups, options, True, {measure})
    return crossed(resampled.table, resampled.grid, groups, values[measure])


def test_levels_are_ordered_as_numbers_or_by_their_letters():
    assert list(natural_order(("10", "nan", "b", "a", "1.5"))) == [4, 0, 3, 2, 1]


def loops(frame, value, weight):
    """Largest standardised gap from rows: over pairs, the strata with both, shares of all people."""
    shares = {s: weight[frame["stratum"] == s].sum() for s in frame["stratum"].unique()}
    best = 0.0
    for g in frame["g"].unique():
        for h in frame["g"].unique():
            total = mass = 0.0
            for s, share in shares.items():
                one, other = ((frame["stratum"] == s) & (frame["g"] == each) for each in (g, h))
                if weight[one].sum() > 0 and weight[other].sum() > 0:
                    means = [np.average(value[each], weights=weight[each]) for each in (one, other)]
                    total, mass = total + share * (means[0] - means[1]), mass + share
            if g != h and mass:
                best = max(best, total / mass)
    return best


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_the_largest_standardised_gap_is_that_of_a_loop_over_rows(seed):
    draw = np.random.default_rng(seed)
    n = 60
    frame = pd.DataFrame({"g": draw.choice(list("abc"), n), "stratum": draw.choice(list("xyz"), n, p=[0.7, 0.2, 0.1])})
    frame["d"] = draw.integers(0, 2, n)
    if frame["g"].nunique() < 3:
        return
    assert within(frame).farthest[0] == pytest.approx(loops(frame, frame["d"], np.ones(n)), abs=1e-12)


@pytest.mark.parametrize("measure", ["mean_prediction", "base_rate"])
def test_weighted_values_count_by_their_weight(measure):
    draw = np.random.default_rng(3)
    n = 200
    frame = pd.DataFrame({"g": draw.choice(list("ab"), n), "stratum": draw.choice(list("xy"), n)})
    frame["p"], frame["y"], frame["w"] = draw.random(n), draw.integers(0, 2, n), draw.uniform(0.5, 3, n)
    both = within(frame, measure, prediction="p", target="y", weight="w")
    value = frame["p"] if measure == "mean_prediction" else frame["y"]
    assert both.farthest[0] == pytest.approx(loops(frame, value, frame["w"]), abs=1e-12)


def test_claims_and_expected_ones_are_counted_by_exposure():
    draw = np.random.default_rng(4)
    n = 600
    frame = pd.DataFrame({"g": draw.choice(list("ab"), n), "stratum": draw.choice(list("xy"), n)})
    frame["e"] = draw.uniform(0.2, 1, n)
    frame["f"], frame["y"] = frame["e"] * 0.3, draw.poisson(frame["e"] * 0.3)
    roles = {"prediction": "f", "target": "y", "exposure": "e", "task": "count"}
    frequency, ratio = within(frame, "frequency", **roles), within(frame, "actual_expected", **roles)
    assert frequency.farthest[0] == pytest.approx(loops(frame, frame["y"] / frame["e"], frame["e"]))
    assert ratio.farthest[0] == pytest.approx(loops(frame, frame["y"] / frame["f"], frame["f"]))


def test_rates_of_error_are_standardised_over_the_people_whom_they_are_about():
    draw = np.random.default_rng(5)
    n = 500
    frame = pd.DataFrame({"g": draw.choice(list("ab"), n), "stratum": draw.choice(list("xy"), n)})
    frame["d"], frame["y"] = draw.integers(0, 2, n), draw.integers(0, 2, n)
    both = within(frame, "tpr", decision="d", target="y")
    assert both.farthest[0] == pytest.approx(loops(frame, frame["d"], (frame["y"] == 1).astype(float)))


def test_the_contrast_of_two_groups_is_crude_less_between():
    both = within(people(BERKELEY))
    contrast = both.contrast(0, 1)
    assert contrast.crude == pytest.approx(557 / 1835 - 1198 / 2691)
    assert contrast.standardised == pytest.approx(both.farthest[0])


def test_the_error_of_what_is_between_strata_is_that_of_drawing_people_anew():
    draw, frame = np.random.default_rng(7), people({"F": ((51, 60), (60, 200)), "M": ((144, 180), (15, 60))})
    both = within(frame)
    contrast = both.contrast(0, 1)
    drawn = []
    for _ in range(400):
        rows = draw.integers(0, len(frame), len(frame))
        g, s, d = (frame[name].to_numpy()[rows] for name in ("g", "stratum", "d"))
        crude = d[g == "F"].mean() - d[g == "M"].mean()
        inner = [(s == x).mean() * (d[(g == "F") & (s == x)].mean() - d[(g == "M") & (s == x)].mean()) for x in "AB"]
        drawn.append((crude - sum(inner), crude - 2 * sum(inner)))
    spread = np.std(drawn, axis=0)
    assert (contrast.error(1.0), contrast.error(2.0)) == pytest.approx(tuple(spread), rel=0.15)


def test_two_groups_that_share_no_stratum_are_not_compared():
    both = within(people({"F": ((5, 30), (0, 0)), "M": ((0, 0), (9, 30))}))
    assert both.comparisons == []
    assert both.contrast(0, 1) is None
    assert both.floor is None


@pytest.mark.parametrize("groups", ["ab", "abc"])
def test_p_values_by_intervals_are_the_error_at_which_the_interval_ends_at_0(groups):
    """Group c has people in one stratum alone, so that its gaps to others are of that one."""
    draw = np.random.default_rng(8)
    n = 400
    frame = pd.DataFrame({"g": draw.choice(list(groups), n), "stratum": draw.choice(list("xy"), n)})
    frame.loc[frame["g"] == "c", "stratum"] = "y"
    frame["p"] = np.clip(draw.normal(0.5, 0.1, n) + 0.025 * (frame["g"] == "a"), 0, 1)
    both = within(frame, "mean_prediction", prediction="p")
    test = both.test(9, draw)
    assert test.method == "interval"
    assert both.largest(1 - test.p_value * 1.001)[0] > 0
    assert both.largest(1 - test.p_value * 0.999)[0] == 0


def test_equal_means_within_strata_are_told_apart_in_at_most_about_five_per_cent_of_samples():
    draw, below = np.random.default_rng(9), []
    for _ in range(200):
        g, s = draw.choice(list("abc"), 240), draw.choice(list("xy"), 240)
        frame = pd.DataFrame({"g": g, "stratum": s, "p": draw.exponential(1 + (s == "x"), 240)})
        below.append(within(frame, "mean_prediction", prediction="p", task="regression").test(9, draw).p_value <= 0.05)
    assert np.mean(below) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def strata_of(rng, n=240, groups="abc", levels="xyz"):
    """People in groups and strata, with a prediction, an outcome, a decision, a weight and several rows each."""
    frame = pd.DataFrame({"g": rng.choice(list(groups), n), "stratum": rng.choice(list(levels), n)})
    frame["p"], frame["w"], frame["person"] = rng.random(n), rng.uniform(0.5, 3, n), rng.integers(0, n // 3, n)
    frame["d"], frame["y"] = rng.integers(0, 2, n), rng.integers(0, 2, n)
    return frame


def test_the_crossed_table_is_that_of_a_loop_over_rows():
    """Group d is too small to be compared, yet its people count in the shares; nobody of stratum w has an outcome of
    yes; and nobody of group a is in stratum y."""
    frame = strata_of(np.random.default_rng(11), n=400, groups="aaaabbbbccccd", levels="wxyz")
    frame = frame[~((frame["g"] == "a") & (frame["stratum"] == "y"))]
    frame = pd.concat([frame, frame[frame["g"] == "b"].head(1).assign(g="e", stratum="10", y=1)], ignore_index=True)
    frame.loc[frame["stratum"] == "w", "y"] = 0
    options = fa.Options(bootstrap=20, permutations=29, min_group=18)
    both = within(frame, "tpr", options, decision="d", target="y", weight="w")
    groups, levels = ["a", "b", "c"], ["10", "x", "y", "z"]
    assert [sorted(frame["g"].unique())[place] for place in both.fit] == groups
    assert list(both.strata) == [sorted(frame["stratum"].unique()).index(level) for level in levels]
    among = frame[frame["y"] == 1]
    everywhere = among.groupby("stratum")["w"].sum()
    assert both.share == pytest.approx([everywhere[level] / everywhere.sum() for level in levels])
    for place, name in enumerate(groups):
        for column, level in enumerate(levels):
            mine = among[(among["g"] == name) & (among["stratum"] == level)]
            assert both.rows[place, column] == len(mine)
            assert both.above[place, column] == pytest.approx((mine["w"] * mine["d"]).sum())
            assert both.below[place, column] == pytest.approx(mine["w"].sum())
            assert both.there[place, column] == (len(mine) > 0)
            if len(mine):
                value = both.law.value[both.cell[place, column]]
                assert value == pytest.approx(np.average(mine["d"], weights=mine["w"]))
    assert both.cell[0, levels.index("y")] == -1
    segment = both.view.segments.first
    for lines, codes in ((both.group, both.fit), (both.stratum, both.strata)):
        column = both.view.table.level[segment, 0] if lines is both.group else both.view.table.given[segment]
        assert [codes[code] if code != -1 else -1 for code in lines] == [
            code if code in codes else -1 for code in column
        ]


def test_people_of_no_weight_are_in_no_stratum():
    """In stratum C all men, and in D everybody, have none."""
    counts = {"F": ((51, 60), (60, 200), (9, 40), (5, 9)), "M": ((144, 180), (15, 60), (7, 20), (3, 9))}
    frame = people(counts)
    weight = np.where((frame["stratum"] == "D") | ((frame["stratum"] == "C") & (frame["g"] == "M")), 0.0, 1.0)
    both = within(frame.assign(w=weight), decision="d", weight="w")
    assert both.there.tolist() == [[True, True, True], [True, True, False]]
    assert both.share == pytest.approx([240 / 540, 260 / 540, 40 / 540])
    assert both.farthest[0] == pytest.approx(0.05)


def test_one_group_alone_is_not_crossed():
    frame = strata_of(np.random.default_rng(1), groups="aaaaaaaab")
    assert within(frame, options=fa.Options(bootstrap=20, min_group=60)) is None
    assert within(frame, options=fa.Options(bootstrap=20, min_group=10)) is not None


def test_a_contrast_is_over_the_strata_in_which_both_groups_have_people():
    """In A and B women stand 5 points ahead; in C there are women only, and it counts 40 of 540."""
    both = within(people({"F": ((51, 60), (60, 200), (9, 40)), "M": ((144, 180), (15, 60), (0, 0))}))
    contrast = both.contrast(0, 1)
    assert list(contrast.strata) == [True, True, False]
    assert contrast.weight == pytest.approx([240 / 500, 260 / 500, 0])
    np.testing.assert_allclose(contrast.values, [[51 / 60, 60 / 200, 0], [144 / 180, 15 / 60, 0]])
    assert list(contrast.totals) == [260, 240]
    assert contrast.crude == pytest.approx(111 / 260 - 159 / 240)
    assert contrast.standardised == pytest.approx(0.05)
    assert [part.tolist() for part in both.counts] == [[[51, 144], [60, 15], [9, 0]], [[60, 180], [200, 60], [40, 0]]]
    back = both.contrast(1, 0)
    assert (back.crude, back.standardised) == pytest.approx((-contrast.crude, -contrast.standardised))


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("factor", [0.0, 1.0, 2.0])
def test_the_error_of_a_contrast_is_the_sum_of_what_each_row_bears_on_it_by_differences(factor, clustered):
    frame = strata_of(np.random.default_rng(12), n=90)
    frame = frame[~((frame["g"] == "a") & (frame["stratum"] == "z"))].reset_index(drop=True)
    more = {"cluster": "person"} if clustered else {}
    both = within(frame, "mean_prediction", prediction="p", target="y", weight="w", **more)
    g, s, p, weight = (frame[name].to_numpy() for name in ("g", "stratum", "p", "w"))

    def contrasted(weight):
        """D − factor · D_s of a and b over the strata x and y."""
        shared = np.isin(s, ["x", "y"])

        def mean(where):
            return np.average(p[where], weights=weight[where])

        crude = mean(shared & (g == "a")) - mean(shared & (g == "b"))
        gaps = [
            weight[s == level].sum() * (mean((g == "a") & (s == level)) - mean((g == "b") & (s == level)))
            for level in "xy"
        ]
        return crude - factor * sum(gaps) / weight[shared].sum()

    bearing = np.empty(len(frame))
    for row in range(len(frame)):
        step = np.zeros(len(frame))
        step[row] = 1e-5 * weight[row]
        bearing[row] = (contrasted(weight + step) - contrasted(weight - step)) / 2e-5
    whom = frame["person"].to_numpy() if clustered else np.arange(len(frame))
    expected = np.sqrt((np.bincount(whom, bearing) ** 2).sum())
    assert both.contrast(0, 1).error(factor) == pytest.approx(expected, rel=1e-6)


def test_rows_of_one_line_have_the_error_of_rows_apart():
    frame = people({"F": ((51, 60), (60, 200)), "M": ((144, 180), (15, 60))})
    apart = within(frame.assign(w=1 + np.arange(len(frame)) * 1e-9), weight="w", decision="d")
    assert within(frame).contrast(0, 1).error(1.0) == pytest.approx(apart.contrast(0, 1).error(1.0), rel=1e-6)


@pytest.mark.parametrize("measure", ["selection_rate", "mean_prediction"])
def test_limits_of_the_largest_gap_are_those_of_standardised_values_where_all_groups_share_all_strata(measure):
    frame = strata_of(np.random.default_rng(13))
    roles = {"decision": "d"} if measure == "selection_rate" else {"prediction": "p", "target": "y"}
    both = within(frame, measure, **roles)
    _, _, law = both.standardised(np.ones(3, dtype=bool))
    assert both.largest(0.9, strict=True) == pytest.approx(largest_gap(law, 0.9, strict=True))
    assert both.largest(0.95)[1] == pytest.approx(largest_gap(law, 0.95)[1])
    assert both.tail(0.9) == range_tail(3, 1 - 0.9)


def test_limits_that_a_verdict_needs_are_wider():
    """Three groups, of which b lies far ahead, so that the lower limit lies above 0."""
    frame = strata_of(np.random.default_rng(14), n=600)
    frame["d"] = np.where(frame["g"] == "b", 1, frame["d"])
    both = within(frame)
    (low, high), (lower, higher) = both.largest(0.95), both.largest(0.95, strict=True)
    assert 0 < lower < low < both.farthest[0] < high < higher


def test_the_farthest_groups_are_named_the_one_with_the_higher_value_first():
    frame = people({"a": ((10, 50), (30, 50)), "b": ((30, 50), (45, 50)), "c": ((11, 50), (30, 50))}, "xy")
    gap, high, low = within(frame).farthest
    assert (gap, high, low) == (pytest.approx((20 + 15) / 100), 1, 0)


def test_the_law_of_pairs_is_that_of_the_strata_that_both_share():
    """a and b share x and y, and b and c only y; a and c share y."""
    frame = people({"a": ((10, 50), (30, 50)), "b": ((30, 50), (45, 50)), "c": ((0, 0), (20, 40))}, "xy")
    both = within(frame)
    gaps = {}
    for each in both.comparisons:
        assert each.weight.sum() == pytest.approx(1)
        assert each.value == pytest.approx(each.law.value[each.first] - each.law.value[each.second])
        for pair, value in zip(each.pair, each.value, strict=True):
            gaps[divmod(int(pair), 3)] = value
    x, y = 100 / 240, 140 / 240
    expected = {(0, 1): x * -0.4 + y * -0.3, (0, 2): 0.6 - 0.5, (1, 2): 0.9 - 0.5}
    expected |= {(other, one): -gap for (one, other), gap in expected.items()}
    assert gaps == pytest.approx(expected)
    assert both.farthest == (pytest.approx(0.4), 1, 2)


def test_the_floor_of_the_largest_gap_is_what_noise_gives():
    """Two groups of 400 people of whom half have the event: 1.128 standard errors of a share."""
    counts = {"a": ((100, 200), (100, 200)), "b": ((100, 200), (100, 200))}
    assert within(people(counts)).floor == pytest.approx(1.128 * 0.5 / 20, rel=0.01)
    more = {"a": (*counts["a"], (7, 10)), "b": counts["b"]}
    assert within(people(more)).floor == pytest.approx(1.128 * 0.5 / 20, rel=0.01)


def test_the_test_of_shares_has_the_people_of_each_group_and_stratum():
    both = within(people(BERKELEY))
    events, size = both.counts
    assert events.tolist() == [[y[0] for y in row] for row in zip(BERKELEY["Female"], BERKELEY["Male"], strict=True)]
    assert size.tolist() == [[y[1] for y in row] for row in zip(BERKELEY["Female"], BERKELEY["Male"], strict=True)]
    two = both.two(1, 0)
    assert [list(part) for part in (two.first, two.of_first)] == np.transpose(BERKELEY["Male"]).tolist()
    assert [list(part) for part in (two.second, two.of_second)] == np.transpose(BERKELEY["Female"]).tolist()


def test_of_a_mean_there_are_no_people_with_an_event():
    both = within(strata_of(np.random.default_rng(2)), "mean_prediction", prediction="p", target="y")
    assert both.counts is None
    assert both.two(0, 1) is None


def test_weighted_people_are_tested_as_as_many_of_one_weight_as_tell_as_much():
    frame = strata_of(np.random.default_rng(15), n=120)
    both = within(frame, decision="d", weight="w")
    events, size = both.counts
    for column, name in enumerate("abc"):
        for row, level in enumerate("xyz"):
            mine = frame[(frame["g"] == name) & (frame["stratum"] == level)]
            kish = mine["w"].sum() ** 2 / (mine["w"] ** 2).sum()
            assert size[row, column] == pytest.approx(kish)
            assert events[row, column] == pytest.approx(kish * np.average(mine["d"], weights=mine["w"]))


def test_of_weighted_people_no_table_is_drawn():
    frame = people({"a": ((1, 4), (1, 4)), "b": ((2, 4), (3, 4)), "c": ((0, 4), (1, 4))}, "xy")
    rng = np.random.default_rng(1)
    assert within(frame).test(99, rng).method == "permutation"
    assert within(frame.assign(w=np.arange(24) / 10 + 1), weight="w", decision="d").test(99, rng).method == "chi-square"


@pytest.mark.parametrize(("apart", "least", "most"), [(0.0, 0.9, 1.0), (0.8, 1e-12, 1e-11)])
def test_a_p_value_by_an_interval_is_1_of_groups_that_are_alike_and_never_0(apart, least, most):
    values = np.tile(np.linspace(0, 0.1, 25), 8)
    frame = pd.DataFrame({"g": np.repeat(list("ab"), 100), "stratum": np.tile(np.repeat(list("xy"), 50), 2)})
    frame["p"] = values + apart * (frame["g"] == "a")
    test = within(frame, "mean_prediction", prediction="p", task="regression").test(9, np.random.default_rng(0))
    assert test.method == "interval"
    assert least <= test.p_value <= most
    assert np.isnan(test.statistic)
    assert (test.freedom, test.error) == (0, 0)


def test_people_in_several_strata_enlarge_the_variance_of_what_is_said_of_all_as_they_bear_on_it():
    """The definition by loops: what a person's rows bear on the group's value in each stratum, added up, over the same
    with strata apart; groups drawn to that of all as by ten people."""
    rng = np.random.default_rng(16)
    frame = pd.DataFrame({"person": np.repeat(np.arange(60), 4), "stratum": np.tile(list("xxyz"), 60)})
    frame["g"] = np.repeat(rng.choice(list("ab"), 60), 4)
    frame["p"] = np.repeat(rng.random(60), 4) + rng.normal(0, 0.1, 240)
    both = within(frame, "mean_prediction", prediction="p", task="regression", cluster="person")
    bearing, share = {}, {"x": 0.5, "y": 0.25, "z": 0.25}
    for (name, level), mine in frame.groupby(["g", "stratum"]):
        deviation = share[level] * (mine["p"] - mine["p"].mean()) / len(mine)
        for person, part in deviation.groupby(mine["person"]):
            bearing[name, person, level] = part.sum()
    sums = {
        name: np.array([[bearing[name, person, level] for level in "xyz"] for person in mine["person"].unique()])
        for name, mine in frame.groupby("g")
    }
    together = {name: (each.sum(axis=1) ** 2).sum() for name, each in sums.items()}
    apart = {name: (each**2).sum() for name, each in sums.items()}
    busy = {name: together[name] ** 2 / (each.sum(axis=1) ** 4).sum() for name, each in sums.items()}
    pooled = sum(together.values()) / sum(apart.values())
    drawn = [(busy[name] * together[name] / apart[name] + 10 * pooled) / (busy[name] + 10) for name in "ab"]
    assert min(drawn) > 1.5
    assert both.effect == pytest.approx(drawn)
    assert isinstance(both.law, Means)
    wider = both.law.error * np.sqrt(np.repeat(drawn, 3))
    assert both.together.error == pytest.approx(wider)


def test_people_in_one_stratum_each_enlarge_nothing():
    frame = strata_of(np.random.default_rng(17))
    frame["stratum"] = np.array(list("xyz"))[frame["person"] % 3]
    frame["g"] = np.array(list("ab"))[frame["person"] % 2]
    both = within(frame, "mean_prediction", prediction="p", task="regression", cluster="person")
    assert both.effect == pytest.approx([1, 1])
    assert list(within(frame).effect) == [1, 1]
    plain = within(frame)
    assert plain.together is plain.law


def test_the_limits_of_the_largest_gap_are_those_of_all_pairs_whatever_strata_they_share():
    """The lower one may be that of a pair in one stratum, the upper one of a pair in two, or the other way round."""
    for far in "xy":
        frame = people({"a": ((10, 50), (30, 50)), "b": ((12, 50), (31, 50)), "c": ((0, 0), (20, 40))}, "xy")
        frame.loc[(frame["g"] == "b") & (frame["stratum"] == far), "d"] = 1
        both = within(frame)
        low, high = (
            max(each.limits(tail, False)[side].max() for each in both.comparisons)
            for side, tail in enumerate([both.tail(0.9), (1 - 0.9) / 2])
        )
        assert len(both.comparisons) == 2
        assert both.largest(0.9) == (low, high)


def test_groups_of_one_and_the_same_number_are_not_told_apart():
    frame = people({"a": ((10, 50), (30, 50)), "b": ((12, 50), (31, 50))}, "xy").assign(p=0.25)
    both = within(frame, "mean_prediction", prediction="p", task="regression")
    assert both.test(9, np.random.default_rng(0)).p_value == 1
    assert both.largest(0.95) == (0, 0)


def test_a_group_of_people_who_are_all_alike_is_drawn_to_what_others_show():
    rng = np.random.default_rng(19)
    frame = pd.DataFrame({"person": np.repeat(np.arange(60), 2), "stratum": np.tile(list("xy"), 60)})
    frame["g"] = np.repeat(np.repeat(list("abc"), 20), 2)
    frame["p"] = np.where(frame["g"] == "c", 0.5, np.repeat(rng.random(60), 2))
    both = within(frame, "mean_prediction", prediction="p", task="regression", cluster="person")
    assert both.effect == pytest.approx([2, 2, 2])  # each person has the same in both strata


def test_people_who_are_all_alike_enlarge_nothing():
    frame = strata_of(np.random.default_rng(18)).assign(p=0.25)
    both = within(frame, "mean_prediction", prediction="p", task="regression", cluster="person")
    assert list(both.effect) == [1, 1, 1]


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("measure", ["selection_rate", "mean_prediction"])
def test_one_weight_of_all_changes_nothing_within_strata(measure, clustered):
    frame = strata_of(np.random.default_rng(20)).assign(w=1e-4)
    roles = {"decision": "d"} if measure == "selection_rate" else {"prediction": "p", "target": "y"}
    roles |= {"cluster": "person"} if clustered else {}
    plain, same = within(frame, measure, **roles), within(frame, measure, weight="w", **roles)
    assert same.farthest == (pytest.approx(plain.farthest[0]), *plain.farthest[1:])
    assert same.largest(0.95) == pytest.approx(plain.largest(0.95))
    assert same.floor == pytest.approx(plain.floor)
    assert same.effect == pytest.approx(plain.effect)
    for one, other in ((same.contrast(0, 1), plain.contrast(0, 1)), (same.contrast(2, 1), plain.contrast(2, 1))):
        assert (one.crude, one.standardised) == pytest.approx((other.crude, other.standardised))
        assert one.error(1.0) == pytest.approx(other.error(1.0))
