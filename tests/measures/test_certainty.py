"""Laws and tests of measures are those of the rows, or of whole clusters, by plain loops over the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from fairaudit.chance.equality import equal_areas, equal_correlated, equal_means, equal_rates, equal_shares, kinds
from fairaudit.chance.laws.events import overdispersion
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.certainty import effective_rows, lines_of
from fairaudit.scoretable.grid import BINS, grid
from fairaudit.scoretable.table import score_table

KINDS = [(False, False), (True, False), (False, True), (True, True)]
"""Whether rows have weights, and whether they are of people."""


@dataclass(frozen=True)
class Rows:
    """Rows of three groups; `person` is None where each is about somebody else."""

    group: np.ndarray
    f: np.ndarray
    d: np.ndarray
    y: np.ndarray
    w: np.ndarray
    t: np.ndarray
    person: np.ndarray | None

    def of(self, group):
        """The rows of one group that have weight."""
        return self.take((self.group == group) & (self.w > 0))

    def take(self, some):
        """Some of the rows."""
        parts = [getattr(self, name) for name in ("group", "f", "d", "y", "w", "t", "person")]
        return Rows(*(None if part is None else part[some] for part in parts))


def drawn(weighted=False, clustered=False, seed=1, n=240, spanning=False, counts=False):
    """Rows whose values repeat, so that a line of the score table holds several; some have weight 0 where any has."""
    rng = np.random.default_rng(seed)
    person = rng.integers(0, n // 4, n)
    group = rng.integers(0, 3, n) if spanning or not clustered else person % 3
    own = rng.random(n)[person]  # what the rows of a person share
    f = np.floor(10 * (rng.random(n) + own) / 2) / 10 + 0.05
    y = rng.poisson(f) / 1.0 if counts else (rng.random(n) < 0.2 + 0.6 * own).astype(float)
    w = rng.choice([0.0, 0.5, 1.0, 2.0], n, p=[0.1, 0.3, 0.3, 0.3]) if weighted else np.ones(n)
    t = rng.choice([0.25, 0.5, 1.0], n)
    return Rows(group, f, (f > 0.5).astype(float), y, w, t, person if clustered else None)


@pytest.fixture(scope="module")
def view_of(encode, names):
    """A function from rows to the view of some of their groups."""

    def view(rows, task="binary", fit=(0, 1, 2), calibrated=None):
        table = score_table(
            encode(g=names(rows.group)),
            task,
            prediction=rows.f * rows.t if task == "count" else rows.f,
            decision=rows.d,
            outcome=rows.y,
            weight=rows.w,
            exposure=rows.t if task == "count" else None,
            cluster=rows.person,
        )
        return lines_of(table, grid(table.value, table.weight), table.level[:, 0], np.array(fit), calibrated)

    return view


def worth(weight):
    """Rows of equal weight that would tell as much."""
    return weight.sum() ** 2 / (weight**2).sum() if (weight > 0).any() else 0.0


def by_person(values, person):
    return np.array([values[person == one].sum() for one in np.unique(person)])


def clusters_of(weight, person):
    return max(worth(by_person(weight, person)), 2.0)


def of_groups(rows, formula):
    return np.array([formula(rows.of(group)) for group in np.unique(rows.group)])


def design_effects(rows, bearing, weight):
    """The formula of `design_effect`, from b and the weight of each row."""
    if rows.person is None:
        return np.ones(3)
    parts = []
    for group in range(3):
        mine = rows.group == group
        person, b, w = rows.person[mine], bearing[mine], weight[mine]
        people, sums = clusters_of(w, person), by_person(b, person)
        enlarged = (sums**2).sum() * people / (people - 1)
        parts.append((enlarged, (b**2).sum(), worth(sums**2), worth(w), people))
    whole, single, busy, effective, people = np.array(parts).T
    if single.sum() == 0:
        return np.maximum(effective / people, 1.0)
    pooled = whole.sum() / single.sum()
    own = [a / b if b > 0 else pooled for a, b in zip(whole, single, strict=True)]
    return np.maximum((busy * own + 10 * pooled) / (busy + 10), 1.0)  # as if of ten more clusters like all


def freedoms(rows, weight):
    """Clusters in each group by their weight, less 1; infinite where every row is about somebody else."""
    if rows.person is None:
        return np.inf
    return np.array(
        [clusters_of(weight[rows.group == group], rows.person[rows.group == group]) - 1 for group in range(3)]
    )


def moments_of(rows, bearing, weight):
    """Error, skewness and effective number of a mean in each group, of rows, or of the sums of clusters."""
    found = []
    for group in range(3):
        mine = rows.group == group
        b, w = bearing[mine], weight[mine]
        if rows.person is not None:
            b, w = by_person(b, rows.person[mine]), by_person(w, rows.person[mine])
        m = worth(w)
        error = np.sqrt((b**2).sum() * m / (m - 1))
        skewness = (b**3).sum() / (b**2).sum() ** 1.5 * np.sqrt(m * (m - 1)) / (m - 2)
        found.append((error, skewness, m))
    return np.array(found).T


def means_of(rows, value, weight):
    """Weighted mean of each group."""
    return np.array([(weight * value)[rows.group == g].sum() / weight[rows.group == g].sum() for g in range(3)])


def shares_of_group(rows, weight):
    """Weight of each row as a share of its group's."""
    return weight / np.bincount(rows.group, weight)[rows.group]


def test_a_view_of_some_groups_holds_their_lines_under_new_numbers(view_of):
    rows = drawn(weighted=True)
    view = view_of(rows, fit=(0, 2))
    assert view.size == 2
    for place, group in enumerate((0, 2)):
        mine = rows.take(rows.group == group)
        assert view.total("mass")[place] == pytest.approx(mine.w.sum())
        assert view.total("value")[place] == pytest.approx((mine.w * mine.f).sum())
        assert view.sums["rows"][view.group == place].sum() == len(mine.w)
    assert (view.of_line(view.table.level[:, 0]) == 2 * view.group).all()


@pytest.mark.parametrize("weighted", [False, True])
def test_rows_of_a_condition_are_worth_the_square_of_their_weight_over_the_sum_of_squares(view_of, weighted):
    rows = drawn(weighted)
    view = view_of(rows)
    assert effective_rows(view) == pytest.approx(of_groups(rows, lambda mine: worth(mine.w)))
    positive = of_groups(rows, lambda mine: worth(mine.w * mine.y))
    assert effective_rows(view, view.positive) == pytest.approx(positive)
    assert effective_rows(view, view.positive & (view.group > 0))[0] == 0


@pytest.mark.parametrize(("weighted", "clustered"), KINDS)
@pytest.mark.parametrize("measure", ["tpr", "selection_rate"])
def test_the_law_of_a_share_is_of_the_rows_among_which_it_is_counted_by_what_they_are_worth(
    view_of, measure, weighted, clustered
):
    rows = drawn(weighted, clustered)
    among = rows.w * (rows.y if measure == "tpr" else 1)
    rate = means_of(rows, rows.d, among)
    law = MEASURES[measure].known.law(view_of(rows))
    effect = design_effects(rows, among * (rows.d - rate[rows.group]), among)
    size = np.array([worth(among[rows.group == group]) for group in range(3)]) / effect
    assert law.value == pytest.approx(rate)
    assert law.size == pytest.approx(size)
    assert law.freedom == pytest.approx(freedoms(rows, among))


def test_where_nothing_varies_in_any_group_a_cluster_counts_as_one_row(view_of):
    rows = drawn(clustered=True)
    rows = Rows(rows.group, rows.f, np.ones(len(rows.d)), rows.y, rows.w, rows.t, rows.person)
    law = MEASURES["selection_rate"].known.law(view_of(rows))
    people = of_groups(rows, lambda mine: clusters_of(mine.w, mine.person))
    assert law.size == pytest.approx(people)
    assert (people < 25).all()
    ones = np.ones(91)
    single = Rows(np.arange(91) % 3, ones, ones, ones, ones, ones, np.arange(91))
    assert MEASURES["selection_rate"].known.law(view_of(single)).size.tolist() == [31.0, 30.0, 30.0]


def test_rows_of_people_who_differ_from_themselves_are_worth_no_more_than_independent_ones(view_of):
    person = np.repeat(np.arange(60), 2)
    d, ones = np.tile([1.0, 0.0], 60), np.ones(120)
    rows = Rows(person % 3, d, d, d, ones, ones, person)
    assert MEASURES["selection_rate"].known.law(view_of(rows)).size == pytest.approx([40.0] * 3)


def test_a_group_of_one_person_has_two_clusters_at_least(view_of):
    rows = drawn(clustered=True)
    rows = rows.take((rows.group != 0) | (rows.person == rows.person[rows.group == 0][0]))
    assert MEASURES["selection_rate"].known.law(view_of(rows)).freedom[0] == 1.0


@pytest.mark.parametrize("measure", ["tpr", "selection_rate"])
def test_equal_rows_are_tested_by_their_counts(view_of, measure):
    rows = drawn(seed=3, n=45)
    among = rows.y if measure == "tpr" else np.ones(len(rows.y))
    events, size = (np.bincount(rows.group, part, 3) for part in (among * rows.d, among))
    expected = equal_shares(events, size, 99, np.random.default_rng(5))
    assert expected.method == "permutation"
    assert MEASURES[measure].known.test(view_of(rows), (99, np.random.default_rng(5))) == expected


def means_test(rows, value, weight, bearing, draws=99):
    """The test of equal means, of rows with weight or of whole clusters; bearing sums to 0 in each group."""
    share = bearing / np.bincount(rows.group, weight)[rows.group]
    skewness = moments_of(rows, share, weight)[1]
    group = rows.group
    if rows.person is not None:
        people = np.unique(rows.person)
        group = np.array([rows.group[rows.person == one][0] for one in people])
        value, weight = by_person(weight * value, rows.person), by_person(weight, rows.person)
        value = np.divide(value, weight, out=np.zeros_like(value), where=weight > 0)
    some = weight > 0
    of = kinds(value[some], weight[some], np.ones(some.sum()), group[some], 3)
    return equal_means(of, skewness, draws, np.random.default_rng(5))


@pytest.mark.parametrize(("weighted", "clustered"), KINDS[1:])
@pytest.mark.parametrize(("n", "method"), [(90, "permutation"), (2400, "F")])
def test_weighted_or_repeated_people_are_tested_by_their_mean_decision(view_of, weighted, clustered, n, method):
    rows = drawn(weighted, clustered, seed=8, n=n)
    among = rows.w * rows.y
    rate = means_of(rows, rows.d, among)
    expected = means_test(rows, rows.d, among, among * (rows.d - rate[rows.group]))
    found = MEASURES["tpr"].known.test(view_of(rows), (99, np.random.default_rng(5)))
    assert (found.method, expected.method) == (method, method)
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-9)


@pytest.mark.parametrize(("weighted", "clustered"), KINDS)
@pytest.mark.parametrize("task", ["regression", "count"])
def test_the_law_of_a_mean_has_the_moments_of_how_rows_or_clusters_bear_on_it(view_of, task, weighted, clustered):
    rows = drawn(weighted, clustered)
    weight = rows.w * rows.t if task == "count" else rows.w
    mean = means_of(rows, rows.f, weight)
    law = MEASURES["mean_prediction"].known.law(view_of(rows, task))
    error, skewness, effective = moments_of(rows, shares_of_group(rows, weight) * (rows.f - mean[rows.group]), weight)
    assert law.value == pytest.approx(mean)
    assert law.error == pytest.approx(error)
    assert law.skewness == pytest.approx(skewness)
    assert law.freedom == pytest.approx(effective - 1)
    assert law.domain == ((0.0, np.inf) if task == "count" else (-np.inf, np.inf))
    assert np.isinf(law.apart).all()


@pytest.mark.parametrize(("clustered", "few"), [(False, 20), (True, 15)])
def test_a_mean_of_which_three_quarters_are_0_rests_on_the_others(view_of, clustered, few):
    """Of 80 rows, or 60 people, a quarter; one more and it rests on all."""
    person = np.append(np.arange(60), np.arange(20))
    group = np.zeros(80, dtype=int)
    amounts = np.where(person < few - 5 if clustered else np.arange(80) < few, 0.7, 0.0)
    if clustered:
        amounts[20:25] = 0.7
    zeros = np.zeros(80)
    for more, apart in ((0, few), (1, np.inf)):
        f = amounts.copy()
        f[40 : 40 + more] = 0.3
        rows = Rows(group, f, zeros, zeros, np.ones(80), np.ones(80), person if clustered else None)
        law = MEASURES["mean_prediction"].known.law(view_of(rows, "regression", fit=(0,)))
        assert law.apart.tolist() == [apart]


def test_what_cancels_out_within_a_person_is_still_not_0(view_of):
    person, group = np.repeat(np.arange(40), 2), np.zeros(80, dtype=int)
    f = np.where(person == 3, np.tile([5.0, -5.0], 40), 0.0)
    zeros = np.zeros(80)
    rows = Rows(group, f, zeros, zeros, np.ones(80), np.ones(80), person)
    assert MEASURES["mean_prediction"].known.law(view_of(rows, "regression", fit=(0,))).apart.tolist() == [1.0]


@pytest.mark.parametrize(("weighted", "clustered"), KINDS)
@pytest.mark.parametrize(("n", "method"), [(60, "permutation"), (2400, "F")])
def test_means_are_tested_by_shuffled_rows_or_clusters_or_by_the_law_where_nothing_is_skewed(
    view_of, weighted, clustered, n, method
):
    rows = drawn(weighted, clustered, seed=8, n=n)
    weight = rows.w * rows.t
    mean = means_of(rows, rows.f, weight)
    expected = means_test(rows, rows.f, weight, weight * (rows.f - mean[rows.group]))
    found = MEASURES["mean_prediction"].known.test(view_of(rows, "count"), (99, np.random.default_rng(5)))
    assert (found.method, expected.method) == (method, method)
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_means_of_people_in_several_groups_are_tested_by_their_covariance(view_of, weighted):
    rows = drawn(weighted, clustered=True, spanning=True)
    mean = means_of(rows, rows.f, rows.w)
    bearing = shares_of_group(rows, rows.w) * (rows.f - mean[rows.group])
    people = np.unique(rows.person)
    table = np.array([[bearing[(rows.person == one) & (rows.group == g)].sum() for g in range(3)] for one in people])
    expected = equal_correlated(mean, table)
    found = MEASURES["mean_prediction"].known.test(view_of(rows), (99, np.random.default_rng(5)))
    assert found.method == expected.method == "Hotelling"
    assert found.p_value == pytest.approx(expected.p_value, rel=1e-9)


def test_limits_of_a_root_mean_square_are_roots_of_those_of_the_mean_square_and_never_below_0(view_of):
    rows = drawn()
    view = view_of(rows, "regression")
    law = MEASURES["rmse"].known.law(view)
    squares = law.squares
    assert squares.value == pytest.approx(of_groups(rows, lambda mine: ((mine.y - mine.f) ** 2).mean()))
    assert law.value == pytest.approx(np.sqrt(squares.value))
    assert squares.domain == (0.0, np.inf)
    assert (law.limits(1e-12)[0] >= 0).all()
    assert np.array(law.limits(0.025)) == pytest.approx(np.sqrt(squares.limits(0.025)))


@pytest.mark.parametrize(("weighted", "clustered"), KINDS)
@pytest.mark.parametrize("measure", ["frequency", "actual_expected"])
def test_the_law_of_a_rate_of_events_is_widened_by_what_rows_or_clusters_vary_beyond_poisson(
    view_of, measure, weighted, clustered
):
    rows = drawn(weighted, clustered, counts=True)
    expected_of_row = rows.t if measure == "frequency" else rows.t * rows.f
    above, below = rows.w * rows.y, rows.w * expected_of_row
    events, expected = (np.bincount(rows.group, part, 3) for part in (above, below))
    law = MEASURES[measure].known.law(view_of(rows, "count"))
    assert (law.events, law.expected) == (pytest.approx(events), pytest.approx(expected))
    assert law.spread == pytest.approx(spreads(rows, above, below, events / expected))
    assert law.freedom == pytest.approx(freedoms(rows, below))


def spreads(rows, above, below, rate):
    """Variance of weighted counts over their sum, at a rate in each group."""
    left = above - rate[rows.group] * below
    typical = rate[rows.group] * below
    variance = [
        (left[rows.group == g] ** 2).sum()
        if rows.person is None
        else (by_person(left[rows.group == g], rows.person[rows.group == g]) ** 2).sum()
        for g in range(3)
    ]
    poisson = np.bincount(rows.group, rows.w * typical, 3)
    return overdispersion(np.bincount(rows.group, typical, 3), poisson, np.array(variance))


def test_a_group_without_events_is_widened_by_the_weights_that_its_rows_have(view_of):
    rows = drawn(weighted=True, counts=True)
    y = np.where(rows.group == 1, 0.0, rows.y)
    rows = Rows(rows.group, rows.f, rows.d, y, rows.w, rows.t, None)
    above, below = rows.w * y, rows.w * rows.t
    rate = np.bincount(rows.group, above, 3) / np.bincount(rows.group, below, 3)
    pooled = above.sum() / below.sum()
    typical = np.where(rate > 0, rate, pooled)[rows.group] * below
    left = above - rate[rows.group] * below
    parts = (np.bincount(rows.group, part, 3) for part in (typical, rows.w * typical, left**2))
    law = MEASURES["frequency"].known.law(view_of(rows, "count"))
    assert law.value[1] == 0
    assert law.spread == pytest.approx(overdispersion(*parts))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [40, 600])
def test_rates_of_events_are_tested_by_events_over_their_dispersion_at_the_rate_of_all(view_of, weighted, n):
    rows = drawn(weighted, counts=True, seed=4, n=n)
    above, below = rows.w * rows.y, rows.w * rows.t
    events, expected = (np.bincount(rows.group, part, 3) for part in (above, below))
    spread = spreads(rows, above, below, np.full(3, events.sum() / expected.sum()))
    wanted = equal_rates(events / spread, expected / spread, 99, np.random.default_rng(5))
    found = MEASURES["frequency"].known.test(view_of(rows, "count"), (99, np.random.default_rng(5)))
    assert (found.method, found.p_value) == (wanted.method, pytest.approx(wanted.p_value, rel=1e-9))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("measure", ["frequency", "actual_expected"])
def test_rates_of_events_of_repeated_people_are_means_test(view_of, measure, weighted):
    rows = drawn(weighted, clustered=True, counts=True, n=120)
    expected_of_row = rows.t if measure == "frequency" else rows.t * rows.f
    weight = rows.w * expected_of_row
    rate = np.bincount(rows.group, rows.w * rows.y, 3) / np.bincount(rows.group, weight, 3)
    wanted = means_test(rows, rows.y / expected_of_row, weight, rows.w * rows.y - rate[rows.group] * weight)
    found = MEASURES[measure].known.test(view_of(rows, "count"), (99, np.random.default_rng(5)))
    assert wanted.method == "permutation"
    assert found.p_value == pytest.approx(wanted.p_value, rel=1e-9)


def area_of(f, y, w):
    """Area, effective rows of both outcomes, DeLong's variance, and how each row bears on the area, pair by pair."""
    up, down = w * y, w * (1 - y)
    wins = (f[:, None] > f) + (f[:, None] == f) / 2
    under, over = wins @ down / down.sum(), up @ wins / up.sum()
    area = (up * under).sum() / up.sum()
    m, n = worth(up), worth(down)
    bearing = up * (under - area) / up.sum() + down * (over - area) / down.sum()
    variance = ((up * (under - area)) ** 2).sum() / up.sum() ** 2 * m / max(m - 1, 0.5)
    variance += ((down * (over - area)) ** 2).sum() / down.sum() ** 2 * n / max(n - 1, 0.5)
    return area, m, n, variance, bearing


@pytest.mark.parametrize(("weighted", "clustered"), KINDS)
def test_the_law_of_an_area_has_the_variance_of_delong_enlarged_by_the_design(view_of, weighted, clustered):
    rows = drawn(weighted, clustered)
    bearing = np.zeros(len(rows.f))
    parts = []
    for group in range(3):
        mine = rows.group == group
        *numbers, bearing[mine] = area_of(rows.f[mine], rows.y[mine], rows.w[mine])
        parts.append(numbers)
    area, positives, negatives, variance = np.array(parts).T
    effect = design_effects(rows, bearing, rows.w)
    law = MEASURES["auc"].known.law(view_of(rows))
    assert law.value == pytest.approx(area)
    assert law.positives == pytest.approx(positives / effect)
    assert law.negatives == pytest.approx(negatives / effect)
    assert law.variance == pytest.approx(variance * effect)


def test_the_variance_of_an_area_is_finite_where_one_row_has_the_outcome(view_of):
    rows = drawn(n=60)
    y = np.zeros(60)
    y[[np.flatnonzero(rows.group == group)[3] for group in range(3)]] = 1.0
    rows = Rows(rows.group, rows.f, rows.d, y, rows.w, rows.t, None)
    law = MEASURES["auc"].known.law(view_of(rows))
    expected = [area_of(mine.f, mine.y, mine.w)[3] for mine in map(rows.of, range(3))]
    assert law.positives.tolist() == [1.0] * 3
    assert law.variance == pytest.approx(expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("distinct", [10, 90])
def test_areas_are_tested_by_shuffled_people_each_with_score_outcome_and_weight(view_of, weighted, distinct):
    """More than 64 scores are joined to 32 of equal numbers of rows."""
    rows = drawn(weighted, n=150)
    if distinct > 64:
        rows = Rows(rows.group, np.random.default_rng(2).permutation(150) / 150, rows.d, rows.y, rows.w, rows.t, None)
    point = np.unique(rows.f, return_inverse=True)[1]
    if distinct > 64:
        point = np.floor((point + 0.5) / 150 * 32).astype(int)
    some = rows.w > 0
    each, kind = np.unique(np.column_stack([point, rows.y, rows.w])[some], axis=0, return_inverse=True)
    count = np.zeros((len(each), 3))
    np.add.at(count, (kind.ravel(), rows.group[some]), 1)
    wanted = equal_areas(each[:, 0].astype(int), each[:, 1], each[:, 2], count, 99, np.random.default_rng(5))
    found = MEASURES["auc"].known.test(view_of(rows), (99, np.random.default_rng(5)))
    assert (found.method, found.p_value) == (wanted.method, pytest.approx(wanted.p_value, rel=1e-9))


def test_areas_of_repeated_people_are_tested_by_the_covariance_of_what_they_bear_on_them(view_of):
    rows = drawn(weighted=True, clustered=True, spanning=True)
    bearing, area = np.zeros(len(rows.f)), np.zeros(3)
    for group in range(3):
        mine = rows.group == group
        area[group], *_, bearing[mine] = area_of(rows.f[mine], rows.y[mine], rows.w[mine])
    people = np.unique(rows.person)
    table = np.array([[bearing[(rows.person == one) & (rows.group == g)].sum() for g in range(3)] for one in people])
    found = MEASURES["auc"].known.test(view_of(rows), (99, np.random.default_rng(5)))
    assert found.p_value == pytest.approx(equal_correlated(area, table).p_value, rel=1e-9)


def calibration_law(view_of, rows):
    """The law of the calibration, and the one that loops give; and the factor of the rows."""
    rate, shift = (means_of(rows, part, rows.w) for part in (rows.y, rows.f))
    plain = rows.w * (rows.y - rate[rows.group])
    left = rows.w * (rows.y - rows.f - (rate - shift)[rows.group])
    before, after = (plain**2).sum(), (left**2).sum()
    ratio = before / after if before > 0 and after > 0 else 1.0
    size = of_groups(rows, lambda mine: worth(mine.w)) / design_effects(rows, left, rows.w)
    return MEASURES["calibration"].known.law(view_of(rows)), rate, shift, size, ratio


@pytest.mark.parametrize(("weighted", "clustered"), KINDS)
def test_the_law_of_a_calibration_is_that_of_a_share_of_as_many_rows_as_leave_its_spread(view_of, weighted, clustered):
    rows = drawn(weighted, clustered)
    law, rate, shift, size, ratio = calibration_law(view_of, rows)
    assert 0.5 < ratio < 4
    assert law.share.value == pytest.approx(rate)
    assert law.shift == pytest.approx(shift)
    assert law.share.size == pytest.approx(size * ratio)
    assert law.share.freedom == pytest.approx(freedoms(rows, rows.w))


@pytest.mark.parametrize(("f", "factor"), [(0.98, 4.0), (0.02, 0.5), (0.5, 1.0)])
def test_predictions_are_worth_half_to_four_times_the_rows_and_one_for_all_the_rows_themselves(view_of, f, factor):
    """Nearly right, nearly all wrong, and alike for all."""
    rows = drawn()
    rows = Rows(rows.group, np.where(rows.y > 0, f, 1 - f), rows.d, rows.y, rows.w, rows.t, None)
    law, *_, size, ratio = calibration_law(view_of, rows)
    assert np.clip(ratio, 0.5, 4.0) == pytest.approx(factor)
    assert law.share.size == pytest.approx(size * factor)


@pytest.mark.parametrize(("y", "f"), [("none", "drawn"), ("drawn", "right")])
def test_where_outcomes_or_errors_do_not_vary_the_rows_are_worth_themselves(view_of, y, f):
    rows = drawn()
    outcome = np.zeros(len(rows.y)) if y == "none" else rows.y
    rows = Rows(rows.group, outcome if f == "right" else rows.f, rows.d, outcome, rows.w, rows.t, None)
    law = MEASURES["calibration"].known.law(view_of(rows))
    assert law.share.size == pytest.approx(np.bincount(rows.group))


def test_calibrations_are_tested_as_means_of_errors(view_of):
    rows = drawn(weighted=True, n=90)
    error = rows.y - rows.f
    mean = means_of(rows, error, rows.w)
    wanted = means_test(rows, error, rows.w, rows.w * (error - mean[rows.group]))
    found = MEASURES["calibration"].known.test(view_of(rows), (99, np.random.default_rng(5)))
    assert (found.method, found.p_value) == ("permutation", pytest.approx(wanted.p_value, rel=1e-9))


@pytest.mark.parametrize(("weighted", "clustered"), KINDS)
def test_the_noise_of_a_calibration_curve_is_that_of_the_rows_in_each_bin(view_of, weighted, clustered):
    rows = drawn(weighted, clustered)
    rows = rows.take((rows.group > 0) | (rows.f > 0.3))  # bins that are empty in one group
    values = np.unique(rows.f)
    assert len(values) <= BINS
    bin = np.searchsorted(values, rows.f)
    shape = 3, len(values)
    deviation, share, spread = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for g in range(3):
        for place, p in enumerate(values):
            mine = (rows.group == g) & (bin == place)
            w = rows.w[mine]
            share[g, place] = w.sum() / rows.w[rows.group == g].sum()
            if w.sum() > 0:
                rate, n = (w * rows.y[mine]).sum() / w.sum(), worth(w)
                deviation[g, place] = rate - p
                drawn_in = (rate * n + p) / (n + 1)  # as if one more row had been as predicted
                spread[g, place] = max(p * (1 - p), drawn_in * (1 - drawn_in)) / n
    left = rows.w * (rows.y - rows.f - deviation[rows.group, bin])
    noise = np.sqrt(spread * design_effects(rows, left, rows.w)[:, None])
    law = MEASURES["calibration_error"].known.law(view_of(rows))
    np.testing.assert_allclose(law.deviation, deviation, atol=1e-12)
    np.testing.assert_allclose(law.share, share, atol=1e-12)
    np.testing.assert_allclose(law.noise, noise, atol=1e-12)
    assert MEASURES["calibration_error"].known.test is None
