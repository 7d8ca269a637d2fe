"""Local Law 144: both examples of 6 RCNY § 5-301 to the printed digits, the median, small and unknown categories."""

from __future__ import annotations

import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.errors import RoleError
from fairaudit.results.figures import cell_label

QUICK = fa.Options(bootstrap=0, permutations=0)
KNOWN = {"protected": ["sex", "race"], "profile": "nyc-ll144", "options": QUICK}
HISPANIC, WHITE, BLACK = "Hispanic or Latino", "White", "Black or African American"
PACIFIC, ASIAN, NATIVE, TWO = (
    "Native Hawaiian or Pacific Islander",
    "Asian",
    "Native American or Alaska Native",
    "Two or More Races",
)
# Category → applicants, selected, printed selection rate in per cent, printed impact ratio.
SELECTED = {
    ("Male", HISPANIC): (205, 90, "43.9", "0.841"),
    ("Female", HISPANIC): (190, 82, "43.2", "0.827"),
    ("Male", WHITE): (412, 215, "52.2", "1.000"),
    ("Male", BLACK): (226, 95, "42.0", "0.806"),
    ("Male", PACIFIC): (87, 37, "42.5", "0.815"),
    ("Male", ASIAN): (321, 167, "52.0", "0.997"),
    ("Male", NATIVE): (24, 11, "45.8", "0.878"),
    ("Male", TWO): (115, 52, "45.2", "0.866"),
    ("Female", WHITE): (385, 197, "51.2", "0.981"),
    ("Female", BLACK): (164, 75, "45.7", "0.876"),
    ("Female", PACIFIC): (32, 15, "46.9", "0.898"),
    ("Female", ASIAN): (295, 135, "45.8", "0.877"),
    ("Female", NATIVE): (17, 7, "41.2", "0.789"),
    ("Female", TWO): (98, 44, "44.9", "0.860"),
}
BY_SEX = {"Male": (1390, 667, "48", "1.00"), "Female": (1181, 555, "47", "0.979")}
BY_RACE = {
    HISPANIC: (408, 204, "50", "0.97"),
    WHITE: (797, 412, "52", "1.00"),
    BLACK: (390, 170, "44", "0.84"),
    PACIFIC: (119, 52, "44", "0.85"),
    ASIAN: (616, 302, "49", "0.95"),
    NATIVE: (41, 18, "44", "0.85"),
    TWO: (213, 96, "45", "0.87"),
}
# The rule's table by race has 408 Hispanic applicants, 204 of them selected; its intersections add up to 395 and 172.
# So no rows give both tables, and that by race is made of rows of its own.
SCORED = {  # Category → applicants, above the median (from the printed rate), printed rate, printed ratio.
    ("Male", HISPANIC): (16, 12, "75", "1.00"),
    ("Female", HISPANIC): (12, 6, "50", "0.67"),
    ("Male", WHITE): (20, 7, "35", "0.47"),
    ("Male", BLACK): (20, 10, "50", "0.67"),
    ("Male", PACIFIC): (4, 3, "75", "1.00"),
    ("Male", ASIAN): (12, 7, "58.3", "0.78"),
    ("Male", NATIVE): (8, 5, "62.5", "0.83"),
    ("Male", TWO): (12, 6, "50", "0.67"),
    ("Female", WHITE): (20, 8, "40", "0.53"),
    ("Female", BLACK): (12, 6, "50", "0.67"),
    ("Female", PACIFIC): (4, 2, "50", "0.67"),
    ("Female", ASIAN): (12, 3, "25", "0.33"),
    ("Female", NATIVE): (8, 5, "62.5", "0.83"),
    ("Female", TWO): (8, 4, "50", "0.67"),
}
SCORED_BY_SEX = {"Male": (92, 50, "54.3", "1.00"), "Female": (76, 34, "44.7", "0.82")}
SCORED_BY_RACE = {
    HISPANIC: (28, 18, "64.2", "1.00"),  # 18 of 28 is 64.29%: the rule cuts the digits off here
    WHITE: (40, 15, "37.5", "0.58"),
    BLACK: (32, 16, "50.0", "0.78"),
    PACIFIC: (8, 5, "62.5", "0.97"),
    ASIAN: (24, 10, "41.7", "0.65"),
    NATIVE: (16, 10, "62.5", "0.97"),
    TWO: (20, 10, "50.0", "0.78"),
}


def people(counts):
    """A row for each applicant: sex, race, and 1 for the first so many of each category, else 0."""
    rows = [
        (sex, race, int(place < chosen))
        for (sex, race), (applicants, chosen, *_) in counts.items()
        for place in range(applicants)
    ]
    return pd.DataFrame(rows, columns=["sex", "race", "chosen"])


def table(audit, by):
    """Category → values of the row of a table."""
    (found,) = [table for table in audit.rule.tables if table.by == list(by)]
    return {tuple(row.cell[name] for name in by) if len(by) > 1 else row.cell[by[0]]: row.values for row in found.rows}


def agrees(values, counts, cut_off=()):
    """Numbers, rates and ratios are as printed, each to its printed digits."""
    assert values.keys() == counts.keys()
    for category, (applicants, chosen, rate, ratio) in counts.items():
        own = values[category]
        assert own["applicants"] == applicants
        assert own.get("selected", chosen) == chosen
        if category not in cut_off:
            assert f"{100 * own['rate']:.{len(rate.partition('.')[2])}f}" == rate, category
        assert f"{own['impact_ratio']:.{len(ratio.partition('.')[2])}f}" == ratio, category


def test_the_example_of_a_tool_that_selects_has_the_printed_digits():
    unknown = pd.DataFrame({"sex": [None] * 250, "race": [WHITE] * 250, "chosen": [1] * 250})
    audit = fa.audit(pd.concat([people(SELECTED), unknown]), decision="chosen", **KNOWN)
    agrees(table(audit, ["sex"]), BY_SEX)
    agrees(table(audit, ["sex", "race"]), SELECTED)
    by_race = table(audit, ["race"])
    others = {race: printed for race, printed in BY_RACE.items() if race != HISPANIC}
    assert {race: by_race[race]["applicants"] for race in others} == {race: n for race, (n, *_) in others.items()}
    assert audit.rule.left_out == 250
    assert any(text.startswith("250 people of an unknown category were assessed") for text in audit.rule.statements)


def test_its_table_by_race_has_the_printed_digits():
    counts = {("Male", race): printed for race, printed in BY_RACE.items()}
    frame = people(counts).assign(sex=lambda rows: ["Male", "Female"] * (len(rows) // 2))
    agrees(table(fa.audit(frame, decision="chosen", **KNOWN), ["race"]), BY_RACE)


def test_the_example_of_a_tool_that_scores_has_the_printed_digits():
    """Half of the 168 people score above the median, as in the example; no cut is named."""
    frame = people(SCORED)
    assert (len(frame), int(frame["chosen"].sum())) == (168, 84)
    unknown = pd.DataFrame({"sex": ["Unknown"] * 15, "race": [WHITE] * 15, "chosen": [1] * 15})
    frame = pd.concat([frame, unknown]).assign(score=lambda rows: 50 + 20 * rows["chosen"])
    audit = fa.audit(frame, prediction="score", **KNOWN)
    agrees(table(audit, ["sex"]), SCORED_BY_SEX)
    agrees(table(audit, ["race"]), SCORED_BY_RACE, cut_off=[HISPANIC])
    agrees(table(audit, ["sex", "race"]), SCORED)
    assert audit.rule.left_out == 15
    assert [column.title for column in audit.rule.tables[0].columns[:3]] == [
        "# of applicants",
        "scoring rate",
        "impact ratio",
    ]


def test_the_scoring_rate_is_strictly_above_the_median():
    frame = pd.DataFrame({"score": [1, 2, 2, 3, 2, 2, 3, 3, 1], "race": [*"aaaabbbbb"]})
    audit = fa.audit(frame, prediction="score", protected="race", profile="nyc-ll144", options=QUICK)
    assert {cell: values["rate"] for cell, values in table(audit, ["race"]).items()} == {"a": 1 / 4, "b": 2 / 5}


def test_a_threshold_that_is_named_makes_selection_rates():
    frame = pd.DataFrame({"score": [1, 2, 2, 3, 2, 2, 3, 3, 1], "race": [*"aaaabbbbb"]})
    given = {"protected": "race", "profile": "nyc-ll144", "options": QUICK}
    audit = fa.audit(frame, prediction="score", threshold=2, **given)
    assert table(audit, ["race"])["a"] == {"applicants": 4, "selected": 3, "rate": 0.75, "impact_ratio": 0.75 / 0.8}


def test_categories_below_two_per_cent_are_listed_and_shown_with_both_ratios():
    counts = {("f", "x"): (60, 30), ("m", "x"): (60, 24), ("m", "y"): (2, 2)}
    audit = fa.audit(people(counts), decision="chosen", **KNOWN)
    by_race = table(audit, ["race"])
    assert by_race["x"]["impact_ratio"] == pytest.approx(54 / 120)
    assert by_race["x"]["impact_ratio_without_small"] == 1
    assert by_race["y"]["impact_ratio_without_small"] is None
    assert any("Below 2% of the data by race" in text and "y (2)" in text for text in audit.rule.statements)


def test_exactly_two_per_cent_is_not_below():
    counts = {("f", "x"): (49, 20), ("m", "x"): (49, 20), ("m", "y"): (2, 1)}
    audit = fa.audit(people(counts), decision="chosen", **KNOWN)
    assert "impact_ratio_without_small" not in table(audit, ["race"])["x"]


@pytest.mark.parametrize("word", ["Unknown", " unknown", "Prefer not to say", "Not  provided", "Race unknown", None])
def test_people_of_an_unknown_category_are_left_out_of_every_table_and_counted(word):
    frame = people({("f", "x"): (40, 20), ("m", "y"): (40, 10)})
    unknown = pd.DataFrame({"sex": ["f"] * 7, "race": [word] * 7, "chosen": [1] * 7})
    audit = fa.audit(pd.concat([frame, unknown]), decision="chosen", **KNOWN)
    assert audit.rule.left_out == 7
    assert table(audit, ["sex"])["f"]["applicants"] == 40
    assert table(audit, ["race"]).keys() == {"x", "y"}


def test_what_the_user_says_of_unknown_categories_goes_first():
    frame = people({("f", "x"): (40, 20), ("m", "Unknown"): (40, 10)})
    cleaning = fa.Cleaning(na_of="race:na=")
    audit = fa.audit(frame, decision="chosen", cleaning=cleaning, **KNOWN)
    assert table(audit, ["race"]).keys() == {"x", "Unknown"}


def test_names_of_categories_are_cleaned_where_sentences_tell_them():
    hostile = "<b>|\x1b[31m\n‮x"
    frame = people({("f", "x"): (60, 30), ("m", "x"): (60, 24), ("m", hostile): (2, 2)})
    audit = fa.audit(frame, decision="chosen", **KNOWN)
    assert not set("\x1b\n‮") & set("".join(audit.rule.statements))
    assert any(cell_label({"race": hostile}, ["race"]) in text for text in audit.rule.statements)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"target": "chosen"}, "decision='NAME=LEVEL' or prediction='NAME'"),
        ({"decision": "chosen", "favourable": "no"}, "leave favourable out"),
    ],
)
def test_what_is_no_selection_or_score_is_refused(given, told):
    with pytest.raises(fa.RoleError, match=told):
        fa.audit(people({("f", "x"): (40, 20), ("m", "y"): (40, 10)}), **given, **KNOWN)


def test_a_table_of_counts_has_the_table_of_its_people():
    cells = {("f", "x"): (60, 30), ("m", "x"): (60, 24), ("m", "y"): (2, 1)}
    counted = people(cells).value_counts().rename("n").reset_index()
    audit = fa.audit(counted, decision="chosen", count="n", **KNOWN)
    assert audit.rule == fa.audit(people(cells), decision="chosen", **KNOWN).rule


def test_sets_are_refused_as_the_rule_has_a_category_for_two_or_more_races():
    frame = pd.DataFrame({"race": ["White", "Black; White"] * 30, "d": [0, 1] * 30})
    with pytest.raises(RoleError, match="a category for people of two or more races, so that none overlap; leave :set"):
        fa.audit(frame, decision="d", protected="race:set=;", profile="nyc-ll144", favourable="yes")
