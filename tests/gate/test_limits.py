"""Which readings of an audit a limit covers."""

from __future__ import annotations

import pytest
from made import people

import fairaudit as fa
from fairaudit.auditing.run import audit_table
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import ConfigError
from fairaudit.gate.limits import covered
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit
from fairaudit.results import Source


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


def refused(audit, **limit):
    """The message of a limit that covers nothing."""
    measure, statistic = limit.get("measure", "auc"), limit.get("statistic", "gap")
    with pytest.raises(ConfigError) as caught:
        covered(audit, find(measure, statistic, ""), Limit(**{"measure": measure, "max": 1.0, **limit}), "limit 1")
    return str(caught.value)


WORDS = "and single, each, intersection, any"


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"by": "zz"}, f"limit 1: by 'zz' is no protected attribute; there are sex, region, age, {WORDS}"),
        (
            {"by": "regio"},
            f"limit 1: by 'regio' is no protected attribute; did you mean 'region'?; there are sex, region, age,"
            f" {WORDS}",
        ),
        (
            {"by": ["sex", "intersect"]},
            "limit 1: by 'intersect' is no protected attribute; did you mean 'intersection'?; there are sex, region,"
            f" age, {WORDS}",
        ),
        (
            {"by": ["each"]},
            "limit 1: there is no grouping by nothing; there are sex, region, age, sex × region, sex × age,"
            " region × age, sex × region × age",
        ),
        ({"statistic": "overall", "by": "sex"}, "limit 1: auc (overall) is of all rows together; leave out by"),
        (
            {"measure": "jdcov", "statistic": "excess", "by": "single"},
            "limit 1: jdcov (excess) is of all attributes at once; leave out by",
        ),
        (
            {"measure": "tpr"},
            "limit 1: nothing here measures tpr (gap), which needs a decision and an outcome; measured are the"
            " predictions of the task binary, and of the measures asked for there are auc, base_rate, brier,"
            " calibration, calibration_error, ccdcov, dcov, jdcov, log_loss, mean_prediction, uf, uf_weighted",
        ),
        (
            {"measure": "auc", "statistic": "gap", "of_class": "left"},
            "limit 1: class 'left' is said, and the task is binary; leave out class",
        ),
    ],
)
def test_a_limit_that_covers_nothing_is_refused_in_one_sentence(audit, limit, told):
    assert refused(audit, **limit) == told


def test_a_limit_on_subgroups_says_that_it_needs_a_search(audit):
    assert refused(audit, measure="selection_rate", statistic="subgroup") == (
        "limit 1: selection_rate (subgroup) needs a search; say how deep in [options], such as search = 2"
    )


def test_where_nothing_else_was_asked_for_no_other_measures_are_told():
    options = fa.Options(bootstrap=0, permutations=0)
    frame = people(300, 1)
    table = role_table(frame, Roles(protected=(Protected("sex"),), decision="y"))
    bare = audit_table(
        table, Source(name="t"), Roles(protected=(Protected("sex"),), decision="y"), options, asked=frozenset()
    )
    assert refused(bare, measure="auc", statistic="gap") == (
        "limit 1: nothing here measures auc (gap), which needs a prediction and a binary outcome; measured are the"
        " decisions of the task binary"
    )
