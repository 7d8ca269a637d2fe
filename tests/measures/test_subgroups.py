"""A measure in every subgroup: the same numbers as if each were a group of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairaudit.auditing.searching import searched
from fairaudit.chance.laws import two_sided
from fairaudit.chance.laws.events import Events, overdispersion
from fairaudit.chance.laws.means import Means
from fairaudit.chance.laws.pairs import difference
from fairaudit.chance.laws.pairs import ratio as ratio_of
from fairaudit.chance.laws.shares import Shares, exact_limits
from fairaudit.measures.catalogue import BY_NUMBER, MEASURES
from fairaudit.measures.certainty import lines_of
from fairaudit.measures.subgroups import Searched
from fairaudit.measures.totals import lines_about, searchable
from fairaudit.scoretable.cells import joint, sum_by
from fairaudit.scoretable.conjunctions import conjunctions
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import score_table

ROWS = 900


def columns(task, weighted):
    rng = np.random.default_rng(4)
    if task == "binary":
        own = {"decision": rng.integers(0, 2, ROWS), "outcome": rng.integers(0, 2, ROWS)}
    elif task == "count":
        exposure = rng.choice([0.5, 1.0], ROWS)
        own = {
            "exposure": exposure,
            "outcome": rng.poisson(exposure),
            "prediction": exposure * rng.choice([0.8, 1], ROWS),
        }
    else:
        own = {"prediction": rng.lognormal(size=ROWS).round(1) + 100}
    own = {name: values.astype(float) for name, values in own.items()}
    return own | ({"weight": rng.choice([0.5, 1.0, 4.0], ROWS)} if weighted else {})


def of_rows(encode, names, attributes, task, measure, fewest, **own):
    """The score table of rows with these attributes, and a measure searched in it."""
    made = encode(**{name: names(codes) for name, codes in attributes.items()})
    table = score_table(made, task, **own)
    cells, cell = joint(table.level)
    subgroups = conjunctions(table.attributes, cells, sum_by(cell, table.rows, len(cells)), 2, fewest)
    chosen = MEASURES[measure]
    return table, Searched(searchable(chosen), lines_about(table, chosen, cell), len(cells), subgroups, fewest)


def search(encode, names, task="binary", weighted=False, measure="selection_rate", fewest=20, **own):
    """Rows with two attributes."""
    rng = np.random.default_rng(5)
    attributes = {"a": rng.integers(0, 3, ROWS), "b": rng.integers(0, 2, ROWS)}
    return of_rows(encode, names, attributes, task, measure, fewest, **columns(task, weighted) | own)


CASES = [
    (task, measure, weighted)
    for task, measures in {
        "binary": ("selection_rate", "tpr", "fpr"),
        "count": ("frequency", "actual_expected"),
        "regression": ("mean_prediction",),
    }.items()
    for measure in measures
    for weighted in (False, True)
]


@pytest.mark.parametrize(("task", "measure", "weighted"), CASES)
def test_value_and_limits_of_a_subgroup_are_those_of_a_group_of_its_own(encode, names, task, measure, weighted):
    table, of = search(encode, names, task, weighted, measure)
    assert len(of.kept) == 3 + 2 + 6
    for place in (0, 4, 10):
        conditions = of.subgroups.conditions[of.kept[place]]
        inside = np.all([np.isin(table.level[:, each.attribute], each.bands) for each in conditions], axis=0)
        view = lines_of(table, grid(table.value, table.weight), (~inside).astype(np.intp), np.array([0]), None)
        assert of.value[place] == pytest.approx(MEASURES[measure].of_groups(view)[0], rel=1e-12)
        if of.kind != "rate":  # a group's dispersion is drawn to that of all groups, of which there is one here
            law = MEASURES[measure].known.law(view)
            mine = [ends[place] + of.lines.shift for ends in two_sided(of.inside.law(of.kind), 0.9)]
            np.testing.assert_allclose(mine, np.concatenate(two_sided(law, 0.9)), rtol=1e-6)
        if of.kind == "mean":
            assert of.inside.law("mean").skewness[place] == pytest.approx(law.skewness[0], rel=1e-7)


def test_limits_hold_the_value_against_all_and_a_smaller_tail_is_wider(encode, names):
    for task, measure, weighted in CASES:
        _, of = search(encode, names, task, weighted, measure)
        (low, high), (lower, higher) = of.limits(0.05), of.limits(0.001)
        assert (low <= of.against_all).all()
        assert (of.against_all <= high).all()
        assert (lower <= low).all()
        assert (high <= higher).all()


def test_no_limit_of_a_ratio_lies_above_what_the_subgroups_share_allows(encode, names):
    _, of = search(encode, names)
    share = of.inside.b / of.everyone.b
    assert (of.limits(1e-12)[1] <= 1 / share).all()


def test_people_whose_weights_make_them_few_are_no_subgroup(encode, names):
    made = encode(a=names(np.repeat([0, 1], [100, 100])))
    weight = np.ones(200)
    weight[1:100] = 0.001
    table = score_table(made, "binary", decision=np.arange(200.0) % 2, weight=weight)
    cells, cell = joint(table.level)
    subgroups = conjunctions(table.attributes, cells, sum_by(cell, table.rows, 2), 1, 50)
    chosen = MEASURES["selection_rate"]
    of = Searched("share", lines_about(table, chosen, cell), 2, subgroups, 50)
    assert [of.subgroups.cell(place, table.attributes) for place in of.kept] == [{"a": "level 1"}]


def test_searched_measures_are_quotients_and_no_other_kind_is():
    for measure in BY_NUMBER:
        assert searchable(measure) is not None or not measure.searched
    assert searchable(MEASURES["auc"]) is None
    assert searchable(MEASURES["actual_expected"]) == "rate"


def test_what_is_searched_is_what_is_measured(encode, names):
    for task, expected in {
        "binary": ["selection_rate", "tpr", "fpr"],
        "count": ["mean_prediction", "actual_expected"],
        "regression": ["mean_prediction"],
    }.items():
        table, _ = search(encode, names, task, measure="mean_prediction" if task != "binary" else "tpr")
        assert sorted(measure.name for measure in searched(table)) == sorted(expected)
    outcomes = score_table(encode(a=names([0, 1])), "binary", outcome=np.array([0.0, 1.0]))
    assert [measure.name for measure in searched(outcomes)] == ["base_rate"]


def test_people_with_as_much_weight_as_is_needed_are_a_subgroup_whatever_is_rounded(encode, names):
    """Twenty people of one weight are worth twenty, and one fewer is not enough."""
    attributes = {"a": np.repeat([0, 1, 2], [20, 19, 30])}
    for weight in (0.1, 0.3, 0.7, 1.0, 3.3):
        own = {"decision": np.arange(69.0) % 2, "weight": np.full(69, weight)}
        _, of = of_rows(encode, names, attributes, "binary", "selection_rate", 20, **own)
        assert list(of.people) == [20, 30]
    _, of = of_rows(encode, names, attributes, "binary", "selection_rate", 19, decision=np.arange(69.0) % 2)
    assert list(of.people) == [20, 19, 30]


def test_all_whom_a_measure_is_about_are_no_subgroup_of_them(encode, names):
    """All with an outcome of yes are in group 0, and all claims are expected there."""
    attributes = {"a": np.repeat([0, 1], 40)}
    outcome = np.repeat([1.0, 0.0], 40)
    _, of = of_rows(encode, names, attributes, "binary", "tpr", 5, decision=np.arange(80.0) % 2, outcome=outcome)
    assert len(of.kept) == 0
    claims = {"prediction": outcome * 0.5, "outcome": np.ones(80)}
    _, of = of_rows(encode, names, attributes, "count", "actual_expected", 5, **claims)
    assert len(of.kept) == 0


def test_people_of_no_weight_are_in_no_subgroup(encode, names):
    attributes, weight = {"a": np.repeat([0, 1], 40)}, np.tile([1.0, 1.0, 1.0, 0.0], 20)
    for task, measure, own in (
        ("binary", "selection_rate", {"decision": np.arange(80.0) % 2}),
        ("regression", "mean_prediction", {"prediction": np.arange(80.0)}),
    ):
        _, of = of_rows(encode, names, attributes, task, measure, 30, weight=weight, **own)
        assert list(of.people) == [30, 30]
        assert of.overall == pytest.approx(np.average(*own.values(), weights=weight))


@pytest.mark.parametrize(
    ("task", "measure", "own", "varies"),
    [
        ("binary", "selection_rate", {"decision": np.ones(40)}, False),
        ("binary", "selection_rate", {"decision": np.zeros(40)}, False),
        ("binary", "selection_rate", {"decision": np.arange(40) == 7.0}, True),
        ("count", "frequency", {"outcome": np.zeros(40)}, False),
        ("count", "frequency", {"outcome": np.ones(40)}, True),
        ("count", "frequency", {"outcome": np.arange(40) == 7}, True),
        ("regression", "mean_prediction", {"prediction": np.full(40, 0.1)}, False),
        ("regression", "mean_prediction", {"prediction": np.zeros(40)}, False),
        ("regression", "mean_prediction", {"prediction": 1e4 + np.arange(40) * 1e-5}, True),
        ("regression", "mean_prediction", {"prediction": np.arange(40) * 1e-9 - 19.5e-9}, True),
        ("regression", "mean_prediction", {"prediction": 1e-3 + np.arange(40) * 1e-12}, True),
        ("regression", "mean_prediction", {"prediction": 1 + np.arange(40) % 2 * 2e-10}, False),
        ("regression", "mean_prediction", {"prediction": 1e8 + np.arange(40) % 2 * 1e-8}, False),
    ],
)
def test_a_search_says_whether_people_differ_at_all(encode, names, task, measure, own, varies):
    own = {name: values.astype(float) for name, values in own.items()}
    _, of = of_rows(encode, names, {"a": np.arange(40) % 2}, task, measure, 5, **own)
    assert of.varies == varies


def test_of_nobody_there_is_no_value_and_to_a_value_of_nought_no_ratio(encode, names):
    attributes = {"a": np.arange(40) % 2}
    own = {"decision": np.zeros(40), "outcome": np.zeros(40)}
    _, nobody = of_rows(encode, names, attributes, "binary", "tpr", 5, **own)
    assert nobody.overall is None
    _, none = of_rows(encode, names, attributes, "binary", "selection_rate", 5, **own)
    assert none.overall == 0
    assert np.isnan(none.against_all).all()
    assert len(none.against_all) == 2


def test_means_are_told_as_they_are_and_compared_by_what_they_lie_from_that_of_all(encode, names):
    table, of = search(encode, names, "regression", weighted=True, measure="mean_prediction")
    whole = np.average(table.value, weights=table.mass)
    assert of.overall == pytest.approx(whole, rel=1e-12)
    np.testing.assert_allclose(of.value, whole + of.against_all, rtol=1e-12)
    assert of.contrast == "difference"
    assert search(encode, names)[1].contrast == "ratio"


def inside_of(of, table, attributes, place):
    """Whether each row is in a subgroup."""
    cell = of.subgroups.cell(int(of.kept[place]), table.attributes)
    return np.all([attributes[name] == int(level.split()[1]) for name, level in cell.items()], axis=0)


@pytest.mark.parametrize("weight", [None, 2.5])
@pytest.mark.parametrize("measure", ["selection_rate", "fpr"])
def test_shares_are_scored_as_hypergeometric_counts_and_their_tails_are_chernoffs_bound(encode, names, measure, weight):
    rng = np.random.default_rng(6)
    attributes = {"a": rng.integers(0, 3, 200), "b": rng.integers(0, 2, 200)}
    decision, outcome = (rng.integers(0, 2, 200).astype(float) for _ in range(2))
    own = {"decision": decision, "outcome": outcome, "weight": None if weight is None else np.full(200, weight)}
    table, of = of_rows(encode, names, attributes, "binary", measure, 5, **own)
    about = np.ones(200, dtype=bool) if measure == "selection_rate" else outcome == 0
    everyone, share = about.sum(), decision[about].mean()
    assert len(of.kept) == 11
    for place in range(11):
        mine = inside_of(of, table, attributes, place) & about
        n, x = mine.sum(), decision[mine].sum()
        law = stats.hypergeom(everyone, int(decision[about].sum()), n)
        assert of.people[place] == n
        assert of.scores[place] == pytest.approx((x - law.mean()) / law.std(), abs=1e-9)
        apart = sum(part * np.log(part / n / of_all) for part, of_all in ((x, share), (n - x, 1 - share)) if part)
        assert of.tails[place] == pytest.approx(np.exp(-apart))


@pytest.mark.parametrize("busy", [1.0, 6.0])
def test_claims_are_scored_as_poisson_counts_of_their_dispersion(encode, names, busy):
    """Those of drivers who have at most one each are no more dispersed than Poisson's; with six at once they are."""
    rng = np.random.default_rng(7)
    attributes, exposure = {"a": rng.integers(0, 4, 300)}, rng.choice([0.5, 1.0], 300)
    claims = (rng.random(300) < 0.3 * exposure) * busy
    own = {"outcome": claims, "exposure": exposure}
    table, of = of_rows(encode, names, attributes, "count", "frequency", 5, **own)
    rate = claims.sum() / exposure.sum()
    groups = [inside_of(of, table, attributes, place) for place in range(4)]
    x, e = (np.array([part[mine].sum() for mine in groups]) for part in (claims, exposure))
    own_rate = x / e
    variance = np.array([((claims[mine] - own_rate[k] * exposure[mine]) ** 2).sum() for k, mine in enumerate(groups)])
    pooled = max(1.0, variance.sum() / x.sum())
    spread = np.maximum((variance + 20 * pooled) / (x + 20), 1.0)
    assert (spread > 1).all() == (busy > 1)
    expected = (x - e * rate) / np.sqrt(spread * rate * e * (1 - e / exposure.sum()))
    np.testing.assert_allclose(of.scores, expected, rtol=1e-9)
    n, p = claims.sum() / spread, e / exposure.sum()
    part = x / spread
    apart = part * np.log(part / n / p) + (n - part) * np.log((n - part) / n / (1 - p))
    np.testing.assert_allclose(of.tails, np.exp(-apart), rtol=1e-6)


def scored_means(mine, deviation, weight):
    """Welch's statistic of units inside against those outside, each variance mixed with 3 units of that of all."""
    pooled = (deviation**2).sum() / len(mine)
    share = weight[mine].sum() / weight.sum()

    def variance(some):
        d = deviation[some]
        return len(d) / (len(d) + 2) * (((d - d.mean()) ** 2).sum() + 3 * pooled)

    return deviation[mine].sum() / np.sqrt((1 - share) ** 2 * variance(mine) + share**2 * variance(~mine))


@pytest.mark.parametrize("weighted", [False, True])
def test_means_and_weighted_shares_are_scored_by_welchs_statistic_and_have_students_tails(encode, names, weighted):
    rng = np.random.default_rng(8)
    attributes = {"a": rng.integers(0, 3, 150), "b": rng.integers(0, 2, 150)}
    weight = rng.choice([0.5, 1.0, 4.0], 150) if weighted else np.ones(150)
    cases = [("regression", "mean_prediction", "prediction", rng.integers(0, 9, 150) + 100.0)]
    cases += [("binary", "selection_rate", "decision", rng.integers(0, 2, 150).astype(float))] if weighted else []
    for task, measure, role, values in cases:
        table, of = of_rows(encode, names, attributes, task, measure, 5, **{role: values}, weight=weight)
        deviation = weight * (values - np.average(values, weights=weight))
        for place in range(len(of.kept)):
            mine = inside_of(of, table, attributes, place)
            assert of.scores[place] == pytest.approx(scored_means(mine, deviation, weight), rel=1e-9)
            kish = weight[mine].sum() ** 2 / (weight[mine] ** 2).sum()
            tail = stats.t.sf(abs(of.scores[place]), max(kish - 1, 1))
            assert of.tails[place] == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize("weight", [1e7 / 3, 1e-4])
@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize(("task", "measure"), [case[:2] for case in CASES if not case[2]])
def test_one_weight_of_all_changes_nothing(encode, names, task, measure, clustered, weight):
    own = {"cluster": np.random.default_rng(3).integers(0, 300, ROWS)} if clustered else {}
    _, plain = search(encode, names, task, measure=measure, **own)
    _, same = search(encode, names, task, measure=measure, weight=np.full(ROWS, weight), **own)
    assert list(plain.kept) == list(same.kept)
    for one, other in (
        (plain.against_all, same.against_all),
        (plain.people, same.people),
        (plain.scores, same.scores),
        (plain.tails, same.tails),
        (plain.limits(0.01), same.limits(0.01)),
    ):
        np.testing.assert_allclose(other, one, rtol=1e-7, atol=1e-12)
    drawn, again = (of.drawn(9, np.random.default_rng(1)) for of in (plain, same))
    np.testing.assert_allclose(again.highest, drawn.highest, rtol=1e-9)
    np.testing.assert_allclose(again.lowest, drawn.lowest, rtol=1e-9)


KINDS = [
    ("binary", "selection_rate", "decision"),
    ("regression", "mean_prediction", "prediction"),
    ("count", "frequency", "outcome"),
]


@pytest.mark.parametrize(("task", "measure", "role"), KINDS)
@pytest.mark.parametrize("rows", ["one each", "some weigh more", "in one group", "in several groups"])
def test_where_chance_alone_puts_people_into_two_groups_scores_have_a_mean_square_of_1(
    encode, names, task, measure, role, rows
):
    rng, n = np.random.default_rng(9), 240
    person = np.repeat(np.arange(60), 4)
    group = rng.choice([0, 1, 1, 1], 60)[person] if rows.startswith("in") else rng.choice([0, 1, 1, 1], n)
    if rows == "in several groups":  # some people change it once
        group = np.where(np.arange(n) % 40 == 3, 1 - group, group)
    own = {role: rng.integers(0, 2, n).astype(float)}
    if rows.startswith("in"):
        own = {role: (rng.random(n) < rng.beta(0.6, 0.9, 60)[person]).astype(float), "cluster": person}
    if rows == "some weigh more":
        own["weight"] = rng.choice([1.0, 2.0], n)
    _, of = of_rows(encode, names, {"a": group}, task, measure, 5, **own)
    drawn = of.drawn(400, np.random.default_rng(2))
    assert len(drawn.highest) == 400
    np.testing.assert_allclose(drawn.highest, -drawn.lowest, rtol=0.2, atol=0.05)  # one group is the rest of the other
    assert (drawn.highest**2).mean() == pytest.approx(1, abs=0.25)
    assert len(np.unique(drawn.highest.round(6))) > 10


def test_one_event_of_little_weight_falls_somewhere(encode, names):
    claims, weight = np.zeros(40), np.ones(40)
    claims[3], weight[3] = 1.0, 0.01
    attributes = {"a": np.arange(40) % 2}
    _, of = of_rows(encode, names, attributes, "count", "frequency", 5, outcome=claims, weight=weight)
    drawn = of.drawn(20, np.random.default_rng(0))
    assert (drawn.highest > 0).all()
    assert (drawn.lowest < 0).all()


def test_limits_of_two_groups_are_those_of_their_ratio_put_against_all(encode, names):
    """30 of 100 and 20 of 200: ρ = 3 lies against all of them as 3 / (3 s + 1 − s), s = 1/3."""
    decision = np.concatenate([np.arange(100) < 30, np.arange(200) < 20]).astype(float)
    _, of = of_rows(
        encode, names, {"a": np.repeat([0, 1], [100, 200])}, "binary", "selection_rate", 5, decision=decision
    )
    assert of.against_all == pytest.approx([0.3 / (50 / 300), 0.1 / (50 / 300)])
    one, other = (np.array([share]) for share in (0.3, 0.1))
    ends = ratio_of(one, exact_limits(one, 100, 0.01), other, exact_limits(other, 200, 0.01))
    expected = [end[0] / (end[0] / 3 + 2 / 3) for end in ends]
    low, high = of.limits(0.01)
    assert (low[0], high[0]) == pytest.approx(expected)


def test_where_nobody_outside_may_be_selected_a_subgroup_may_have_all_of_it(encode, names):
    decision = np.repeat([1.0, 0.0], [10, 30])
    _, of = of_rows(encode, names, {"a": np.repeat([0, 1], [10, 30])}, "binary", "selection_rate", 5, decision=decision)
    (low, _), (high, least) = of.limits(0.01)
    assert high == 4
    assert 1 < low < 4
    assert 0 < least < 1
    assert of.limits(0.01)[0][1] == 0


def sums_of(person, mine, a, b):
    """Σ a and Σ b of each person over some rows."""
    whom = np.unique(person[mine])
    return tuple(np.array([part[mine & (person == one)].sum() for one in whom]) for part in (a, b))


def repeated_rows(encode, names, task, measure, role, moving, most=6):
    """People with one row to so many each in three groups, whose rows are alike, and a weight of each row."""
    rng = np.random.default_rng(10)
    person = np.repeat(np.arange(80), rng.integers(1, most + 1, 80))
    n = len(person)
    group = (rng.integers(0, 3, n) if moving else rng.integers(0, 3, 80)[person]).astype(int)
    values = (rng.random(n) < rng.beta(0.6, 0.9, 80)[person]).astype(float)
    weight = rng.choice([1.0, 2.0], n)
    values = values * rng.integers(1, 4, n) if task == "count" else values
    own = {role: values, "weight": weight, "cluster": person}
    _, of = of_rows(encode, names, {"a": group}, task, measure, 5, **own)
    return of, person, [group == k for k in range(3)], weight * values, weight


@pytest.mark.parametrize("most", [2, 6])
@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize(("task", "measure", "role"), KINDS)
def test_people_with_several_rows_have_the_laws_of_what_a_person_adds_up_to(
    encode, names, task, measure, role, moving, most
):
    of, person, groups, a, b = repeated_rows(encode, names, task, measure, role, moving, most)
    everybody = np.ones(len(a), dtype=bool)

    def spread(mine):
        """Value, and of people: Σ d², Σ d³, Σ d⁴ of their deviations, effective number; Σ d² of single rows."""
        value = a[mine].sum() / b[mine].sum()
        of_a, of_b = sums_of(person, mine, a, b)
        d, kish = of_a - value * of_b, of_b.sum() ** 2 / (of_b**2).sum()
        return value, (d**2).sum(), (d**3).sum(), (d**4).sum(), kish, ((a - value * b)[mine] ** 2).sum()

    _, second, _, _, kish, single = spread(everybody)
    design = max(second / single * kish / (kish - 1), 1.0)
    assert list(of.people) == [len(np.unique(person[mine])) for mine in groups]
    for law, sides in ((of.laws[0], groups), (of.laws[1], [~mine for mine in groups])):
        rows = [spread(mine) for mine in sides]
        whole, rate = np.array([b[mine].sum() for mine in sides]), np.array([row[0] for row in rows])
        np.testing.assert_allclose(law.value + (of.lines.shift if task == "regression" else 0), rate, rtol=1e-9)
        np.testing.assert_allclose(law.freedom, [row[4] - 1 for row in rows], rtol=1e-9)
        if task == "binary":
            assert isinstance(law, Shares)
            size = []
            for mine, (_, second, _, fourth, kish, single) in zip(sides, rows, strict=True):
                busy = second**2 / fourth
                own = second * kish / (kish - 1) / single
                effect = max((busy * own + 10 * design) / (busy + 10), 1.0)
                size.append(b[mine].sum() ** 2 / (b[mine] ** 2).sum() / effect)
            np.testing.assert_allclose(law.size, size, rtol=1e-9)
        elif task == "count":
            assert isinstance(law, Events)
            squares = np.array([(b[mine] ** 2).sum() for mine in sides])
            variance = np.array([row[1] for row in rows])
            np.testing.assert_allclose(law.spread, overdispersion(rate * whole, rate * squares, variance), rtol=1e-9)
        else:
            assert isinstance(law, Means)
            error = [np.sqrt(row[1] * row[4] / (row[4] - 1)) / w for row, w in zip(rows, whole, strict=True)]
            np.testing.assert_allclose(law.error, error, rtol=1e-9)
            unbiased = [np.sqrt(row[4] * (row[4] - 1)) / (row[4] - 2) for row in rows]
            skewness = [row[2] / row[1] ** 1.5 * factor for row, factor in zip(rows, unbiased, strict=True)]
            np.testing.assert_allclose(law.skewness, skewness, rtol=1e-7)


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize(("task", "measure", "role"), KINDS)
def test_people_with_several_rows_are_scored_as_a_whole_or_by_rows_of_their_design(
    encode, names, task, measure, role, moving
):
    """Those who are in one group each by what their rows add up to; others row by row, the variance enlarged by the
    design effect of all."""
    of, person, groups, a, b = repeated_rows(encode, names, task, measure, role, moving)
    everybody, value = np.ones(len(a), dtype=bool), a.sum() / b.sum()
    of_a, of_b = sums_of(person, everybody, a, b)
    d, kish = of_a - value * of_b, of_b.sum() ** 2 / (of_b**2).sum()
    design = (d**2).sum() / ((a - value * b) ** 2).sum() * kish / (kish - 1)
    assert design > 1.2
    for place, mine in enumerate(groups):
        if moving:
            expected = scored_means(mine, a - value * b, b) / np.sqrt(design)
        else:
            inside = np.array([mine[person == one].any() for one in np.unique(person)])
            expected = scored_means(inside, d, of_b)
        assert of.scores[place] == pytest.approx(expected, rel=1e-9)
        pooled, variance, fewest = (d**2).sum() / len(d), 0.0, np.inf
        rates = []
        for some in (mine, ~mine):
            rates.append(a[some].sum() / b[some].sum())
            x, y = sums_of(person, some, a, b)
            many = y.sum() ** 2 / (y**2).sum()
            own = ((x - rates[-1] * y) ** 2).sum()
            variance += many / (many - 1 + 3) * (own + 3 * pooled) / y.sum() ** 2
            fewest = min(fewest, many)
        tail = stats.t.sf(abs(rates[0] - rates[1]) / np.sqrt(variance), fewest - 1)
        assert of.tails[place] == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize(("task", "measure", "role"), KINDS)
def test_two_people_leave_one_degree_of_freedom_and_one_person_no_fewer(encode, names, task, measure, role):
    """People a and b in group 0, c to h in group 1, two rows each; then a alone."""
    for people, freedom in ((2, 1), (1, 1), (4, 3)):
        person = np.repeat(np.arange(8), 2)
        own = {role: np.arange(16) % 3 / 2 // 1, "cluster": person}
        _, of = of_rows(encode, names, {"a": (person >= people) * 1}, task, measure, 1, **own)
        assert of.laws[0].freedom[0] == freedom


def test_people_inside_must_be_enough_whatever_their_rows_and_those_outside(encode, names):
    """Group 0 has 12 people of five rows each, group 1 30 of one; the last 30 rows weigh next to nothing but one."""
    person = np.concatenate([np.repeat(np.arange(12), 5), np.arange(12, 72)])
    group = np.repeat([0, 1, 2], [60, 30, 30])
    weight = np.concatenate([np.ones(91), np.full(29, 1e-3)])
    own = {"decision": np.arange(120.0) % 2, "cluster": person, "weight": weight}
    for fewest, people in ((12, [12, 30]), (13, [30]), (30, [30]), (31, [])):
        _, of = of_rows(encode, names, {"a": group}, "binary", "selection_rate", fewest, **own)
        assert list(of.people) == people


def test_limits_of_a_mean_are_those_of_its_difference_from_the_people_outside_who_are_a_part_of_all(encode, names):
    """θ − s θ − (1 − s) θ̄ = (1 − s) (θ − θ̄), with a quarter and three quarters of the people."""
    group, values = np.repeat([0, 1], [20, 60]), np.random.default_rng(11).exponential(size=80)
    _, of = of_rows(encode, names, {"a": group}, "regression", "mean_prediction", 5, prediction=values)
    one, other = of.laws
    ends = difference(one.value, one.strict(0.01), other.value, other.strict(0.01))
    for limits, end in zip(of.limits(0.01), ends, strict=True):
        assert limits == pytest.approx(end * [0.75, 0.25])
    assert of.against_all == pytest.approx([values[group == k].mean() - values.mean() for k in (0, 1)])


@pytest.mark.parametrize("moving", [False, True])
def test_people_who_all_have_one_rate_stand_out_nowhere(encode, names, moving):
    """Every row has one claim a year."""
    person = np.repeat(np.arange(30), 4)
    group = np.arange(120) % 3 if moving else person % 3
    own = {"outcome": np.ones(120), "cluster": person}
    _, of = of_rows(encode, names, {"a": group}, "count", "frequency", 5, **own)
    assert of.varies
    assert list(of.scores) == [0, 0, 0]
    assert of.tails == pytest.approx(0.5)
    low, high = of.limits(0.05)
    assert (low < 1).all()
    assert (high > 1).all()
    assert not of.drawn(5, np.random.default_rng(0)).highest.any()


@pytest.mark.parametrize("weighted", [False, True])
def test_groups_of_too_few_people_whom_a_measure_is_about_are_neither_scored_nor_drawn(encode, names, weighted):
    """Of 40 people in group 1 four have an outcome of yes; with one group left the highest score is the lowest."""
    rng = np.random.default_rng(12)
    decision, outcome = rng.integers(0, 2, 100).astype(float), np.ones(100)
    outcome[64:] = 0
    weight = rng.choice([1.0, 2.0], 100) if weighted else np.ones(100)
    own = {"decision": decision, "outcome": outcome, "weight": weight}
    _, of = of_rows(encode, names, {"a": np.repeat([0, 1], [60, 40])}, "binary", "tpr", 10, **own)
    assert (len(of.subgroups), len(of.kept), len(of.scores)) == (2, 1, 1)
    drawn = of.drawn(20, np.random.default_rng(0))
    assert (drawn.highest == drawn.lowest).all()
    assert drawn.highest.std() > 0.3


@pytest.mark.parametrize("clustered", [False, True])
def test_no_claim_in_a_group_says_as_much_whatever_one_weight_all_rows_have(encode, names, clustered):
    """Garwood: no event in 40 years leaves −ln(tail)/40 a year, against the 20 claims in 60 years outside."""
    claims = np.concatenate([np.zeros(40), np.tile([1.0, 0, 0], 20)])
    own = {"outcome": claims} | ({"cluster": np.repeat(np.arange(50), 2)} if clustered else {})
    sides = []
    for weight in (1.0, 3.0):
        _, of = of_rows(
            encode,
            names,
            {"a": np.repeat([0, 1], [40, 60])},
            "count",
            "frequency",
            5,
            weight=np.full(100, weight),
            **own,
        )
        sides.append(np.concatenate([of.scores, of.tails, *of.limits(0.01), *of.laws[0].limits(0.01)]))
        if not clustered:
            assert of.laws[0].limits(0.01)[1][0] == pytest.approx(-np.log(0.01) / 40)
    np.testing.assert_allclose(*sides, rtol=1e-9)


def test_two_people_leave_one_degree_of_freedom_to_the_tail_of_a_mean(encode, names):
    """Student's law of one degree is Cauchy's. With one person alone it has no fewer, of rows or of people."""
    values, group = np.arange(12.0) ** 2, np.repeat([0, 1, 2], [2, 9, 1])
    for own in ({}, {"cluster": np.arange(12)}):
        _, of = of_rows(encode, names, {"a": group}, "regression", "mean_prediction", 1, prediction=values, **own)
        two, _, one = of.tails
        assert (two, one) == pytest.approx(tuple(stats.cauchy.sf(abs(of.scores[[0, 2]]))))


def test_a_group_without_a_claim_is_as_dispersed_as_all_are_for_the_claims_expected_of_it(encode, names):
    """Claims come twenty at once; 50 r of them are expected in 50 years, drawn by twenty to the spread of all."""
    claims = np.concatenate([np.zeros(50), np.tile([20.0, 0, 0, 0], 30)])
    _, of = of_rows(encode, names, {"a": np.repeat([0, 1], [50, 120])}, "count", "frequency", 5, outcome=claims)
    busy, rate = claims[50:], claims.sum() / 170
    expected = np.array([50 * rate, busy.sum()])
    variance = np.array([0.0, ((busy - busy.mean()) ** 2).sum()])
    pooled = variance.sum() / expected.sum()
    assert of.laws[0].spread == pytest.approx((variance + 20 * pooled) / (expected + 20))


def test_what_rounding_leaves_of_those_outside_is_nothing(encode, names):
    """All who are selected are in group 0, in twenty districts whose sums are added up in another order."""
    rng = np.random.default_rng(13)
    group, district = rng.integers(0, 2, 400), rng.integers(0, 20, 400)
    decision = ((group == 0) & (rng.random(400) < 0.5)).astype(float)
    for unit in (1e-7, 1.0, 1e7):
        own = {"decision": decision, "weight": unit * rng.uniform(1, 2, 400)}
        _, of = of_rows(encode, names, {"a": group, "b": district}, "binary", "selection_rate", 150, **own)
        assert of.outside.a[0] == 0 < of.inside.a[0]
        assert of.inside.a[1] == 0 < of.outside.a[1]
        assert of.limits(0.01)[1][0] == pytest.approx(of.everyone.b[0] / of.inside.b[0])


def test_chance_lets_claims_fall_on_a_group_in_proportion_to_its_years(encode, names):
    """Ninety half years of 65 in all: one claim more moves the score by 1/√(x p (1 − p)), p = 45/65 of x claims."""
    own = {"outcome": np.repeat([1.0, 0, 1, 0], [15, 75, 5, 5]), "exposure": np.repeat([0.5, 2.0], [90, 10])}
    _, of = of_rows(encode, names, {"a": np.repeat([0, 1], [90, 10])}, "count", "frequency", 20, **own)
    assert list(of.people) == [90]
    scores = np.unique(of.drawn(200, np.random.default_rng(1)).highest.round(9))
    assert np.diff(scores).min() == pytest.approx(1 / np.sqrt(20 * 45 / 65 * 20 / 65))
