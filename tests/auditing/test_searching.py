"""The search of an audit: a planted subgroup is found, chance is told for chance, and limits hold for all subgroups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa

SEARCH = fa.Options(bootstrap=0, permutations=99, search=3)


def people(seed=0, n=3000, planted=0.5, rate=0.4):
    """People of whom one crossing of three attributes is selected `planted` times as often as all others."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.choice(list("xyz")[:k], n) for name, k in (("a", 2), ("b", 3), ("c", 2))})
    inside = (frame["a"] == "x") & (frame["b"] == "y") & (frame["c"] == "x")
    frame["d"] = (rng.random(n) < np.where(inside, planted * rate, rate)).astype(int)
    return frame


def search(frame, measure="selection_rate", options=SEARCH, protected=("a", "b", "c"), **roles):
    audit = fa.audit(frame, protected=list(protected), options=options, **({"decision": "d"} | roles))
    return next(each for each in audit.subgroups.searches if each.measure == measure)


def test_a_planted_subgroup_of_three_attributes_is_found():
    found = search(people(), favourable="yes")
    assert found.side == "lower"
    assert found.worst[0].cell == {"a": "x", "b": "y", "c": "x"}
    assert found.p_value <= 0.01
    assert found.worst[0].interval[1] < 1
    assert found.worst[0].compared == pytest.approx(found.worst[0].value / found.overall)


def test_search_asks_for_the_side_that_is_bad_for_a_person():
    frame = people()
    assert search(frame, favourable="no").worst[0].score > 0
    assert search(frame, favourable="no").worst[0].cell != {"a": "x", "b": "y", "c": "x"}
    assert search(frame).side == "both"
    assert search(frame).worst[0].cell == {"a": "x", "b": "y", "c": "x"}


def test_chance_is_called_a_finding_in_no_more_than_a_twentieth_of_searches():
    options = fa.Options(bootstrap=0, permutations=59, search=3)
    frames = [people(seed, 800, planted=1.0) for seed in range(60)]
    false = sum(search(frame, options=options).p_value <= 0.05 for frame in frames)
    assert false <= 7  # of 60 at 5%: more happens by chance with p = .006


def test_no_limit_is_broken_by_the_truth_more_often_than_was_said():
    broken = 0
    for seed in range(60):
        found = search(
            people(seed, 800, planted=0.5), favourable="yes", options=fa.Options(bootstrap=0, search=3, permutations=0)
        )
        frame = people(seed, 800)
        inside = ((frame["a"] == "x") & (frame["b"] == "y") & (frame["c"] == "x")).mean()
        truth = 0.5 / (1 - 0.5 * inside)
        assert found.bounds[0].people == 50
        broken += found.bounds[0].low > truth
    assert broken <= 7


def test_of_subgroups_that_contain_one_another_one_is_listed():
    cells = [set(each.cell.items()) for each in search(people()).worst]
    assert all(not (one < other) for one in cells for other in cells)


def test_listed_subgroups_are_in_the_order_of_their_scores_and_the_least_p_value_is_that_of_the_search():
    found = search(people())
    scores = [abs(each.score) for each in found.worst]
    p_values = [each.p_value for each in found.worst]
    assert scores == sorted(scores, reverse=True)
    assert found.p_value == min(p_values)


def test_limits_are_narrower_for_larger_subgroups():
    bounds = search(people()).bounds
    assert [bound.people for bound in bounds] == [50, 100, 200, 500, 1000]
    assert [bound.low for bound in bounds] == sorted(bound.low for bound in bounds)
    assert [bound.high for bound in bounds] == sorted((bound.high for bound in bounds), reverse=True)
    assert all(bound.low < 1 < bound.high for bound in bounds)


def test_the_true_farthest_subgroup_has_an_interval_about_its_observed_ratio():
    found = search(people(), favourable="yes")
    low, high = found.farthest_interval
    assert low < found.farthest < high < 1
    assert found.farthest_cell == {"a": "x", "b": "y", "c": "x"}
    assert low == pytest.approx(found.bounds[0].low, rel=0.2)


def test_one_attribute_can_be_searched_and_depth_is_no_more_than_there_are():
    audit = fa.audit(people(), protected="b", decision="d", options=SEARCH)
    assert audit.subgroups.depth == 1
    assert audit.subgroups.searches[0].subgroups == 3


def test_where_no_subgroup_is_large_enough_that_is_said_and_nothing_else():
    found = search(people(), options=fa.Options(bootstrap=0, permutations=99, search=2, search_min=2900))
    assert found.why == "no subgroup has 2900 rows while others are outside it"
    assert found.p_value is None
    assert found.worst == []


def test_where_all_are_selected_nothing_is_searched():
    assert search(people().assign(d=1)).why == "all people have the same value"


def test_attributes_that_only_the_search_combines_are_in_no_group_of_the_audit():
    audit = fa.audit(people(), protected="a", search_over=["b", "c"], decision="d", options=SEARCH)
    assert audit.subgroups.over == ["a", "b", "c"]
    assert {tuple(group.by) for group in audit.groups} == {("a",)}
    assert audit.subgroups.searches[0].worst[0].cell == {"a": "x", "b": "y", "c": "x"}
    assert audit.manifest.arguments["search_over"] == ["b", "c"]


def test_attributes_to_search_without_a_search_are_refused():
    with pytest.raises(
        fa.OptionError, match="b is named to be searched, and no search is asked for; say with Options\\(search"
    ):
        fa.audit(people(), protected="a", search_over="b", decision="d")


def test_a_column_is_searched_once():
    with pytest.raises(fa.RoleError, match="'a' is named as protected attribute and as searched attribute"):
        fa.audit(people(), protected="a", search_over="a", decision="d", options=SEARCH)


def test_without_a_search_there_is_none():
    assert fa.audit(people(), protected="a", decision="d", options=fa.Options(bootstrap=0)).subgroups is None


def test_same_seed_same_search():
    assert search(people()) == search(people())


def test_without_permutations_there_are_limits_and_no_p_values():
    found = search(people(), options=fa.Options(bootstrap=0, permutations=0, search=2))
    assert found.p_value is None
    assert found.worst[0].interval is not None
    assert found.bounds


def test_exposure_alone_makes_no_subgroup_stand_out_and_more_events_do():
    rng = np.random.default_rng(8)
    frame = people(8)
    frame["exposure"] = np.where(frame["a"] == "x", 0.1, 1.0)
    inside = (frame["b"] == "y") & (frame["c"] == "x")
    for more, expected in ((1.0, False), (2.0, True)):
        frame["claims"] = rng.poisson(frame["exposure"] * 0.3 * np.where(inside, more, 1.0))
        roles = {"decision": None, "target": "claims", "exposure": "exposure", "task": "count"}
        found = search(frame, "frequency", **roles)
        assert (found.p_value <= 0.05) == expected
        if expected:
            assert found.worst[0].cell == {"b": "y", "c": "x"}


def test_means_are_compared_by_their_difference():
    frame = people(9)
    rng = np.random.default_rng(9)
    frame["y"] = rng.normal(100, 1, len(frame)) - 2 * ((frame["a"] == "y") & (frame["b"] == "z"))
    found = search(frame, "mean_outcome", decision=None, target="y", task="regression", favourable="high")
    assert found.contrast == "difference"
    assert found.worst[0].cell == {"a": "y", "b": "z"}
    assert found.worst[0].interval[1] < found.worst[0].compared + 1 < 0
    assert found.farthest is None


def test_a_search_counts_as_one_hypothesis_for_each_measure():
    frame = people()
    plain = fa.audit(frame, protected=["a", "b"], decision="d", options=fa.Options(bootstrap=0, permutations=99))
    with_search = fa.audit(frame, protected=["a", "b"], decision="d", options=SEARCH)
    counted = [next(note for note in audit.notes if "hypotheses" in note) for audit in (plain, with_search)]
    numbers = [int(next(word for word in note.split() if word.isdigit())) for note in counted]
    assert numbers[1] == numbers[0] + 1
    assert "and in all subgroups that were searched" in counted[1]


def repeated(rng, moving):
    """80 people with 10 rows each, whose rates differ; groups have nothing to do with them. With `moving` one attribute
    changes from row to row."""
    person = np.repeat(np.arange(80), 10)
    of_person = {name: rng.choice(list("xyz")[:k], 80)[person] for name, k in (("a", 2), ("b", 3), ("c", 2))}
    frame = pd.DataFrame(of_person | {"person": person})
    if moving:
        frame["c"] = np.where(np.tile(np.arange(10), 80) < rng.integers(0, 11, 80)[person], "x", "y")
    frame["d"] = (rng.random(800) < rng.beta(0.6, 0.9, 80)[person]).astype(int)
    return frame


@pytest.mark.slow
@pytest.mark.parametrize("moving", [False, True])
def test_people_with_ten_rows_are_called_a_finding_in_no_more_than_a_twentieth_of_searches(moving):
    options = fa.Options(bootstrap=0, permutations=59, search=2, search_min=15)
    false, of_rows = 0, 0
    for seed in range(40):
        frame = repeated(np.random.default_rng(seed), moving)
        found = search(frame, options=options, cluster="person")
        false += found.p_value <= 0.05
        of_rows += search(frame, options=options).p_value <= 0.05
        assert found.bounds[0].low <= 1  # all subgroups have the rate of all
        assert all(one.n <= 80 for one in found.worst)
    assert false <= 6  # of 40 at 5%: more happens by chance with p = .003
    assert of_rows >= (12 if moving else 30)


def test_a_person_with_one_row_is_a_row_and_rows_told_twice_tell_no_more():
    frame = people(3, 1500, planted=0.4)
    once, quick = frame.assign(person=np.arange(1500)), fa.Options(bootstrap=0, permutations=19, search=2)
    rows = search(once, options=quick)
    for told in (once, pd.concat([once, once], ignore_index=True)):
        found = search(told, options=quick, cluster="person")
        assert [(one.cell, one.n) for one in found.worst[:2]] == [(one.cell, one.n) for one in rows.worst[:2]]
        assert found.worst[0].score == pytest.approx(rows.worst[0].score, rel=0.15)
        assert found.bounds[0].low == pytest.approx(rows.bounds[0].low, rel=0.06)


def test_a_subgroup_counts_people_not_rows():
    frame = repeated(np.random.default_rng(1), False)
    assert search(frame, options=fa.Options(bootstrap=0, search=1, search_min=60), cluster="person").why is not None
    assert search(frame, options=fa.Options(bootstrap=0, search=1, search_min=60)).why is None
