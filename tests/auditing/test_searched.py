"""What is said of a search agrees with its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from msgspec import structs

import fairaudit as fa
from fairaudit.auditing.searched import sentence
from fairaudit.results.figures import count, number, percent

OPTIONS = fa.Options(bootstrap=0, permutations=199, search=2)


def audited(planted, rate=0.4, n=4000, **roles):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.choice(list("xy"), n), "b": rng.choice(list("xyz"), n)})
    inside = (frame["a"] == "x") == (frame["b"] == "y")
    frame["d"] = (rng.random(n) < np.where(inside, rate * planted, rate)).astype(int)
    return fa.audit(frame, protected=["a", "b"], decision="d", options=OPTIONS, **roles)


def answer(audit):
    return next(each.text for each in audit.verdict.answers if each.question == "subgroups")


def test_the_subgroup_that_stands_out_is_told_with_its_figures_and_the_limit_for_all():
    audit = audited(0.6, favourable="yes")
    (search,) = audit.subgroups.searches
    first = search.worst[0]
    text = answer(audit)
    assert f"{percent(first.value)} of {count(first.n)} people against {percent(search.overall)} of all" in text
    assert f"{number(first.compared)} times" in text
    limit = f"no subgroup of at least 50 people has a selection rate below {number(search.bounds[0].low)} times"
    assert limit in text
    assert "is most clearly worse off in selection rate" in text
    assert " and ".join(f"{name} = {level}" for name, level in first.cell.items()) in text


def test_chance_is_told_for_chance():
    text = answer(audited(1.0))
    assert text.startswith("In selection rate none of 11 subgroups")
    assert "stands out from chance; the nearest to it is" in text


def test_where_nobody_said_what_is_good_nobody_is_called_worse_off_and_both_limits_are_told():
    audit = audited(0.6)
    (search,) = audit.subgroups.searches
    text = answer(audit)
    assert "stands out most" in text
    assert "worse off" not in text
    assert f"below {number(search.bounds[0].low)} times that of all or above {number(search.bounds[0].high)}" in text


def test_where_small_subgroups_have_no_limit_the_size_of_those_that_have_one_is_told():
    audit = audited(1.0, rate=0.01, n=3000, favourable="yes")
    (search,) = audit.subgroups.searches
    lows = {bound.people: bound.low for bound in search.bounds}
    assert lows[50] == 0 or lows[50] > 0
    bare = structs.replace(search, bounds=[structs.replace(search.bounds[0], low=0.0), *search.bounds[1:]])
    text = sentence(structs.replace(audit, subgroups=structs.replace(audit.subgroups, searches=[bare])))
    first = next((bound for bound in bare.bounds if bound.low), None)
    if first is None:
        assert "For no size of subgroups is a limit" in text
    else:
        assert f"of at least {count(first.people)} people" in text
        assert "of smaller ones nothing is certain" in text


def test_a_crossing_that_no_single_attribute_shows_makes_the_audit_say_that_groups_differ():
    audit = audited(0.6)
    hidden = [structs.replace(gap, p_adjusted=1.0) for gap in audit.disparities]
    from fairaudit.auditing.verdict import verdict

    told = verdict(structs.replace(audit, disparities=hidden))
    assert told.differ == "yes"
    first = next(each.text for each in told.answers if each.question == "differ")
    assert first.startswith("No difference between whole groups stands out from chance, of ")
    assert first.endswith("but a subgroup of those that were searched does.")


def test_without_a_search_nothing_is_said():
    audit = audited(0.6)
    assert sentence(structs.replace(audit, subgroups=None)) is None


@pytest.mark.parametrize("end", ["low", "high"])
def test_limits_of_means_say_below_and_above(end):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"a": rng.choice(list("xy"), 500), "y": rng.normal(10, 1, 500)})
    audit = fa.audit(frame, protected="a", target="y", task="regression", options=OPTIONS)
    (search,) = audit.subgroups.searches
    way = {"low": "below", "high": "above"}[end]
    assert f"more than {number(abs(getattr(search.bounds[0], end)))} {way} that of all" in answer(audit)
