"""Rows about the same person count as one person in intervals, floors and p-values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t, ttest_ind

import fairaudit as fa
from fairaudit.auditing.run import audit_table
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.measures.certainty import DESIGN_CLUSTERS, design_effect, lines_of
from fairaudit.results import Source
from fairaudit.scoretable.cells import cells
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import score_table

QUICK = fa.Options(bootstrap=50, permutations=99)


def panel(people, rng, *, rows=15, rate=0.5, alike=0.4):
    """People of two groups with so many rows each; rates differ between people by a beta law of this correlation."""
    size = np.full(people, rows) if isinstance(rows, int) else rng.integers(*rows, people)
    own = rng.beta(rate * (1 / alike - 1), (1 - rate) * (1 / alike - 1), people)
    person = np.repeat(np.arange(people), size)
    return pd.DataFrame(
        {"person": person + 1000, "g": np.where(person % 2, "f", "m"), "d": (rng.random(len(person)) < own[person])}
    ).astype({"d": int})


def audited(frame, options=QUICK, **asked):
    return fa.audit(frame, **({"decision": "d", "protected": "g", "options": options} | asked))


def gap_of(audit, measure="selection_rate"):
    return next(each for each in audit.disparities if each.measure == measure)


def test_the_gap_of_repeated_people_has_the_interval_of_their_means():
    frame = panel(60, np.random.default_rng(11))
    frame["d"] = np.where((frame["g"] == "f") & (frame["person"] % 7 == 0), 1, frame["d"])
    clustered, rows = gap_of(audited(frame, cluster="person")), gap_of(audited(frame))
    means = frame.groupby(["g", "person"])["d"].mean()
    welch = ttest_ind(means["f"], means["m"], equal_var=False)
    low, high = sorted(np.abs(welch.confidence_interval()))
    signs = np.sign(welch.confidence_interval())
    expected = (0.0 if signs[0] != signs[1] else low, high)
    assert clustered.interval == pytest.approx(expected, abs=0.02)
    assert clustered.p_value == pytest.approx(welch.pvalue, abs=0.03)
    assert clustered.value == rows.value
    assert rows.interval[1] < clustered.interval[1] - 0.05
    assert rows.p_value < clustered.p_value


def test_people_with_one_row_each_have_about_the_intervals_of_rows():
    frame = panel(400, np.random.default_rng(2), rows=1)
    clustered, rows = audited(frame, cluster="person"), audited(frame)
    assert gap_of(clustered).interval == pytest.approx(gap_of(rows).interval, abs=0.003)
    assert clustered.dependence.ccdcov.floor == pytest.approx(rows.dependence.ccdcov.floor, rel=1e-9)
    assert clustered.dependence.ccdcov.interval == pytest.approx(rows.dependence.ccdcov.interval, rel=1e-9)


def test_twice_the_same_rows_of_everybody_tell_no_more_than_once():
    rng = np.random.default_rng(3)
    once = panel(300, rng, rows=1).assign(p=rng.random(300))
    twice = pd.concat([once, once], ignore_index=True)
    asked = {"prediction": "p", "target": "d", "decision": None, "cluster": "person"}
    one, two = audited(once, **asked), audited(twice, **asked)
    for measure in ("mean_prediction", "auc", "base_rate"):
        assert gap_of(two, measure).interval == pytest.approx(gap_of(one, measure).interval, abs=0.004)
    assert two.performance.intervals["auc"] == pytest.approx(one.performance.intervals["auc"], abs=0.004)
    for first, second in ((one.dependence.ccdcov, two.dependence.ccdcov), (one.divergence[0], two.divergence[0])):
        assert second.floor == pytest.approx(first.floor, rel=0.25)
        assert abs(first.p_value - second.p_value) < 0.2


@pytest.mark.parametrize(("rate", "rows"), [(0.3, (1, 21)), (0.1, (1, 21))])
def test_intervals_of_people_with_1_to_20_rows_hold_where_those_of_rows_do_not(rate, rows):
    rng = np.random.default_rng(4)
    held = {"person": [], None: []}
    significant = {"person": 0, None: 0}
    for _ in range(60):
        frame = panel(80, rng, rows=rows, rate=rate, alike=0.3)
        for cluster in held:
            roles = Roles(decision="d", protected=(Protected("g"),), cluster=cluster)
            options = fa.Options(bootstrap=2, permutations=99)
            table = role_table(frame, roles)
            audit = audit_table(table, Source(name="t"), roles, options, asked=frozenset(["selection_rate"]))
            for group in audit.groups:
                low, high = group.measures["selection_rate"].interval
                held[cluster].append(low <= rate <= high)
            significant[cluster] += gap_of(audit).p_value <= 0.05
    assert np.mean(held["person"]) >= 0.91  # 95% of 120, less two standard errors
    assert np.mean(held[None]) < 0.8
    assert significant["person"] <= 7  # 5% of 60 and two standard errors
    assert significant[None] >= 12


PEOPLE = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 6), st.integers(0, 1)), min_size=4, max_size=30)


@given(PEOPLE)
def test_a_design_effect_is_the_variance_over_people_by_that_over_rows(rows):
    rows = [*rows, ("a", 0, 0), ("a", 1, 1), ("b", 2, 0), ("b", 3, 1)]  # something varies in both groups
    group, person, d = (np.array(column) for column in zip(*rows, strict=True))
    attributes = cells({"g": pd.Series(group, dtype=object)}, [Protected("g", "categorical")])
    table = score_table(attributes, "binary", decision=d.astype(float), cluster=person.astype(np.intp))
    view = lines_of(table, grid(table.value, table.weight), table.level[:, 0], np.array([0, 1]), None)
    mass = view.sums["mass"]
    share = np.array([d[group == name].mean() for name in "ab"])
    found = design_effect(view, mass * (view.decided - share[view.group]), mass)
    whole, single, busy = [], [], []
    for name, mean in zip("ab", share, strict=True):
        own = {}
        for who, value in zip(person[group == name], d[group == name], strict=True):
            own.setdefault(who, []).append(value - mean)
        sums = np.array([sum(values) for values in own.values()])
        sizes = np.array([len(values) for values in own.values()])
        people = max(sizes.sum() ** 2 / (sizes**2).sum(), 2.0)
        whole.append((sums**2).sum() * people / (people - 1))
        single.append(sum(value**2 for values in own.values() for value in values))
        busy.append((sums**2).sum() ** 2 / (sums**4).sum() if (sums**2).sum() > 0 else 0.0)
    pooled = sum(whole) / sum(single)
    expected = [
        max((b * w / s + DESIGN_CLUSTERS * pooled) / (b + DESIGN_CLUSTERS), 1.0)
        for w, s, b in zip(whole, single, busy, strict=True)
    ]
    assert found == pytest.approx(expected)


def test_people_who_move_between_groups_are_compared_with_themselves():
    rng = np.random.default_rng(5)
    own = np.repeat(rng.normal(0, 3, 150), 2)
    frame = pd.DataFrame({"person": np.repeat(np.arange(150), 2), "g": ["before", "after"] * 150})
    frame["y"] = own + (frame["g"] == "after") * 0.3 + rng.normal(0, 1, 300)
    asked = {"decision": None, "target": "y", "task": "regression", "cluster": "person"}
    audit = audited(frame, **asked)
    gap = gap_of(audit, "mean_outcome")
    pairs = frame.pivot(index="person", columns="g", values="y")
    difference = pairs["after"] - pairs["before"]
    paired = difference.mean() / (difference.std(ddof=1) / np.sqrt(150))
    assert gap.test == "Hotelling"
    assert gap.p_value == pytest.approx(2 * t.sf(abs(paired), 149), rel=1e-6)
    assert any("Some people are in several groups of g" in note for note in audit.notes)


def test_people_who_stay_in_their_group_are_shuffled_as_wholes():
    audit = audited(panel(60, np.random.default_rng(6)), cluster="person")
    assert not any("several groups" in note for note in audit.notes)
    assert any("900 rows are about 60 people" in note for note in audit.notes)
    assert not any("independent of each other in intervals" in note for note in audit.notes)


def test_floors_of_repeated_people_are_those_of_people():
    rng = np.random.default_rng(7)
    clustered, rows = (audited(panel(80, rng, rows=20), cluster=cluster) for cluster in ("person", None))
    assert clustered.divergence[0].floor > 4 * rows.divergence[0].floor
    assert clustered.dependence.ccdcov.floor > 4 * rows.dependence.ccdcov.floor
    assert clustered.dependence.ccdcov.unbiased is None
    assert "independent rows" in clustered.dependence.ccdcov.why


def test_a_group_of_many_rows_about_few_people_is_not_compared():
    frame = panel(60, np.random.default_rng(8))
    frame = frame[(frame["g"] == "m") | (frame["person"] < 1020)]
    group = audited(frame, cluster="person").groups[0]
    assert (group.n, group.people, group.effective, group.adequate) == (150, 10, 10.0, False)
    assert group.why == "150 rows, about 10 people; 25 are needed to compare it with others"


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_and_the_names_of_people_change_nothing_that_is_not_drawn(seed):
    rng = np.random.default_rng(seed)
    frame = panel(50, rng, rows=(1, 6))
    shuffled = frame.sample(frac=1, random_state=seed).assign(
        person=lambda rows: "p" + (rows["person"] * 7).astype(str)
    )
    audits = [audited(each, fa.Options(bootstrap=2, permutations=0), cluster="person") for each in (frame, shuffled)]
    first, second = ([group.measures["selection_rate"].interval for group in audit.groups] for audit in audits)
    assert np.array(first) == pytest.approx(np.array(second), abs=1e-12)


def test_the_health_panel_counts_its_persons():
    health = fa.load_dataset("health")
    assert health.roles.cluster == "zper"
    asked = {"target": "mdvis", "exposure": "time", "task": "count", "protected": "female", "decision": None}
    options = fa.Options(bootstrap=50, permutations=19)
    people, rows = (fa.audit(health.frame, options=options, cluster=each, **asked) for each in ("zper", None))
    assert sum(group.people for group in people.groups) == health.frame["zper"].nunique()
    wide, narrow = (gap_of(audit, "frequency").interval for audit in (people, rows))
    assert 1.3 < (wide[1] - wide[0]) / (narrow[1] - narrow[0]) < 2.2


def test_a_fit_keeps_people_on_one_side_and_audits_them_as_people():
    rng = np.random.default_rng(9)
    frame = panel(120, rng, rows=6).assign(x=rng.normal(size=720))
    asked = {"target": "d", "protected": "g", "features": ["x"], "cluster": "person"}
    fitted = fa.fit(frame, **asked, fitting=fa.FitOptions(penalty="none"), options=QUICK)
    held = set(frame["person"].iloc[fitted.predictions["row"]])
    assert sum(group.people for group in fitted.audit.groups) == len(held)
    assert len(fitted.predictions) == 6 * len(held)
    assert fitted.audit.model.split_by == "person"


def test_rows_of_a_person_may_also_stand_for_several():
    frame = panel(60, np.random.default_rng(10), rows=4)
    counted = frame.groupby(["person", "g", "d"]).size().rename("n").reset_index()
    by_count, by_row = audited(counted, cluster="person", count="n"), audited(frame, cluster="person")
    assert by_count.groups == by_row.groups
    assert by_count.disparities == by_row.disparities


def test_a_column_that_tells_people_apart_is_told_once_where_it_repeats():
    frame = panel(40, np.random.default_rng(12), rows=5).assign(customer_id=lambda rows: rows["person"] + 1)
    notes = [note for note in audited(frame).notes if "--cluster" in note]
    assert notes == [
        "column 'person' has 5 rows for each of its 40 values: if they are people, their rows depend on each other, and"
        " intervals are too narrow; --cluster person (in Python cluster='person') takes them together"
    ]
    assert not [note for note in audited(frame, cluster="person").notes if "--cluster" in note]


@pytest.mark.parametrize("rows", [1, 30])
def test_columns_of_single_rows_or_of_large_groups_are_no_people(rows):
    frame = panel(40, np.random.default_rng(13), rows=rows)
    assert not [note for note in audited(frame).notes if "--cluster" in note]
