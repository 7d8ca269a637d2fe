"""Who gains and who loses: signed by what is good for a person, and told of the fitted model beside the plain one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from msgspec import structs

import fairaudit as fa
from fairaudit.auditing.gains import gained, group_changes

QUICK = fa.Options(bootstrap=0, permutations=0)


def decided(rates, **roles):
    """An audit of decisions: so many of 100 in each group are yes, and half of all have the outcome."""
    rows = [(group, int(place < yes), place % 2) for group, yes in rates.items() for place in range(100)]
    frame = pd.DataFrame(rows, columns=["g", "d", "y"])
    return fa.audit(frame, decision="d", target="y", protected="g", options=QUICK, **roles)


@pytest.mark.parametrize(("favourable", "sign"), [("yes", 1), ("no", -1), (None, None)])
def test_a_gain_is_a_change_towards_what_is_good_for_a_person(favourable, sign):
    before, after = (decided(rates, favourable=favourable) for rates in ({"a": 30, "b": 60}, {"a": 40, "b": 50}))
    changes = {each.cell["g"]: each for each in group_changes(before, after, "selection_rate", ["g"])}
    assert changes["a"].change == pytest.approx(0.1)
    for name, change in (("a", 0.1), ("b", -0.1)):
        assert changes[name].gain == (None if sign is None else pytest.approx(sign * change))


def test_nobody_gains_where_two_audits_disagree_on_what_is_good():
    before, after = decided({"a": 30, "b": 60}, favourable="yes"), decided({"a": 40, "b": 50}, favourable="no")
    assert [each.gain for each in group_changes(before, after, "selection_rate", ["g"])] == [None, None]


def test_right_decisions_are_good_whatever_is_favourable():
    before, after = decided({"a": 0, "b": 50}), decided({"a": 100, "b": 50})
    for change in group_changes(before, after, "accuracy", ["g"]):
        assert change.gain == pytest.approx(change.change)


def test_a_group_of_one_audit_alone_has_no_change():
    changes = group_changes(decided({"a": 30, "b": 60}), decided({"b": 60, "c": 50}), "selection_rate", ["g"])
    assert [each.cell for each in changes] == [{"g": "b"}]


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(3)
    n = 4000
    group = rng.choice(["a", "b"], n)
    x = rng.normal(size=n) + 1.5 * (group == "b")
    frame = pd.DataFrame({"g": group, "x": x, "z": rng.normal(size=n)})
    frame["y"] = (rng.random(n) < 1 / (1 + np.exp(1.5 - x - frame["z"]))) * 1
    options = fa.Options(bootstrap=50, permutations=199)
    return fa.fit(frame, target="y", protected="g", fitting=fa.FitOptions(reduce=90.0), options=options).audit


def rate(audit, group):
    [value] = [each.measures["selection_rate"].value for each in audit.groups if each.cell == {"g": group}]
    return value


def test_a_fitted_model_tells_what_was_gained_against_the_plain_one(fit):
    [text] = [answer.text for answer in fit.verdict.answers if answer.question == "what was gained"]
    lead = fit.plain.verdict.lead
    assert lead.measure in ("selection_rate", "tpr", "fpr")
    [label] = {fit.measures[lead.measure].label}
    assert f"The plain model's difference was the {label} by g: " in text
    assert f"{100 * lead.gap:.1f} percentage points between b and a." in text
    ends = group_changes(fit.plain, fit, lead.measure, ["g"])
    now = abs(ends[0].after - ends[1].after)
    assert f"It is {100 * now:.1f} percentage points now" in text
    assert now < lead.gap / 2
    for change in ends:
        way = "goes up" if change.change > 0 else "goes down"  # nobody said what is good
        assert f"or {change.cell['g']} it {way} ({100 * change.before:.1f}% → {100 * change.after:.1f}%)" in text
    assert "The fairer model removes 9" in text
    assert "Its price is " in text
    assert text.endswith("of what that explains is given up.")


def test_with_what_is_good_the_same_is_a_gain_and_a_loss(fit):
    plain = structs.replace(fit.plain, favourable="yes")
    [text] = gained(structs.replace(fit, favourable="yes", plain=plain))
    assert "or a it is better (" in text
    assert "or b it is worse (" in text
    [other] = gained(structs.replace(fit, favourable="no", plain=structs.replace(plain, favourable="no")))
    assert "or b it is better (" in other


def test_nothing_is_told_without_a_plain_model_or_a_difference_of_it(fit):
    assert list(gained(fit.plain)) == []
    quiet = structs.replace(fit.plain.verdict, lead=None)
    assert list(gained(structs.replace(fit, plain=structs.replace(fit.plain, verdict=quiet)))) == []
