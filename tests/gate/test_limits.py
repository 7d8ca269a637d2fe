"""Which readings of an audit a limit covers."""

from __future__ import annotations

import pytest
from made import people

import fairaudit as fa
from fairaudit.errors import ConfigError
from fairaudit.gate.limits import covered
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit


@pytest.fixture(scope="module")
def audit():
    """People with three attributes."""
    frame = people(900, 1).assign(age=lambda each: each["id"] % 40 + 20.0)
    options = fa.Options(bootstrap=0, permutations=0)
    roles = {"prediction": "score", "target": "y", "protected": ["sex", "region", "age"]}
    return fa.audit(frame, **roles, options=options)


def groupings(audit, measure="auc", statistic="gap", by=None):
    limit = Limit(measure=measure, statistic=statistic, by=by, max=1.0)
    return [reading.by for reading in covered(audit, find(measure, statistic, ""), limit, "limit 1")]


SINGLE = [("sex",), ("region",), ("age",)]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (None, SINGLE),
        ("single", SINGLE),
        ("each", SINGLE),
        (["each", "age", "sex"], [("sex",), ("age",)]),
        (["each", "sex"], [("sex",)]),
        ("intersection", [("sex", "region", "age")]),
        ("sex", [("sex",)]),
        (["region", "sex"], [("sex", "region")]),
    ],
)
def test_a_limit_covers_the_groupings_that_it_names(audit, by, expected):
    assert groupings(audit, by=by) == expected


def test_any_covers_every_grouping(audit):
    assert len(groupings(audit, by="any")) == 7


def test_each_group_of_a_grouping_is_covered(audit):
    assert groupings(audit, "auc", "group", "sex") == [("sex",), ("sex",)]


def test_what_is_of_all_rows_or_of_all_attributes_takes_no_grouping(audit):
    assert groupings(audit, "auc", "overall") == [()]
    assert groupings(audit, "ccdcov", "excess") == [("sex", "region", "age")]
    for measure, statistic in (("auc", "overall"), ("ccdcov", "excess")):
        with pytest.raises(ConfigError, match="leave out by"):
            groupings(audit, measure, statistic, "sex")


def test_an_unknown_grouping_is_told_with_those_there_are(audit):
    with pytest.raises(ConfigError, match="by 'sx' is no protected attribute; did you mean 'sex'"):
        groupings(audit, by="sx")
    with pytest.raises(ConfigError, match="there is no grouping by sex × region; there are sex, region, age"):
        groupings(audit, "dcov", "excess", ["sex", "region"])


def test_a_measure_that_the_data_do_not_give_is_told_with_what_it_needs(audit):
    with pytest.raises(ConfigError, match=r"nothing here measures tpr \(gap\), which needs a decision and an outcome"):
        groupings(audit, "tpr")


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (["each", "sex", "rgion"], "by 'rgion' is no protected attribute; did you mean 'region'"),
        (["sex", "rgion"], "by 'rgion' is no protected attribute"),
        (["each"], "there is no grouping by nothing"),
        ([], "there is no grouping by nothing"),
    ],
)
def test_no_attribute_that_a_limit_names_is_passed_over(audit, by, told):
    with pytest.raises(ConfigError, match=told):
        groupings(audit, by=by)


def test_an_attribute_goes_before_a_word_of_the_same_name():
    frame = people(300, 1).rename(columns={"sex": "each", "region": "any"})
    options = fa.Options(bootstrap=0, permutations=0)
    audit = fa.audit(frame, prediction="score", target="y", protected=["each", "any"], options=options)
    assert groupings(audit, by="each") == [("each",)]
    assert groupings(audit, by="any") == [("any",)]
    assert groupings(audit, by=["each", "any"]) == [("each", "any")]
    assert groupings(audit, by="single") == [("each",), ("any",)]


def test_a_limit_on_a_standardised_gap_is_on_each_attribute_and_needs_an_admissible_column(audit):
    frame = people(900, 1)
    given = fa.audit(frame, decision="y", protected="sex", given="region", options=fa.Options(bootstrap=0))
    (reading,) = covered(given, find("selection_rate", "standardised", ""), Limit(measure="selection_rate"), "limit 1")
    assert reading.by == ("sex",)
    assert reading.value == given.within[0].value
    with pytest.raises(ConfigError, match=r"which needs a decision .* and an admissible column \(given\)"):
        groupings(audit, "selection_rate", "standardised")


@pytest.fixture(scope="module")
def sets():
    """People of one region or several."""
    frame = people(900, 1)
    also = frame["region"].where(frame["id"] % 3 > 0, frame["region"] + "; north")
    options = fa.Options(bootstrap=0, permutations=0)
    roles = {"prediction": "score", "target": "y", "protected": ["sex", "region:set=;"]}
    return fa.audit(frame.assign(region=also), **roles, options=options)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (None, [("sex",), ("region (north)",), ("region (south)",), ("region (west)",)]),
        ("region", [("region (north)",), ("region (south)",), ("region (west)",)]),
        ("region (south)", [("region (south)",)]),
        (["each", "region (south)", "sex"], [("sex",), ("region (south)",)]),
        (["region", "sex"], [("sex", f"region ({place})") for place in ("north", "south", "west")]),
        (["sex", "region (west)"], [("sex", "region (west)")]),
        ("intersection", [("sex", f"region ({place})") for place in ("north", "south", "west")]),
    ],
)
def test_a_limit_on_a_set_is_on_each_of_its_values_and_may_name_one(sets, by, expected):
    assert groupings(sets, by=by) == expected


def test_a_value_that_a_set_has_not_is_told_with_those_there_are(sets):
    with pytest.raises(ConfigError, match=r"by 'region \(nort\)' is no protected attribute; did you mean"):
        groupings(sets, by="region (nort)")
