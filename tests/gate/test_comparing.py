"""Two audits next to each other: what changed beyond chance."""

import json
import math
import re
from pathlib import Path

import pytest
from made import people
from msgspec import structs
from scipy.stats import norm

import fairaudit
from fairaudit.auditing.reading import readings
from fairaudit.errors import OptionError
from fairaudit.gate.comparing import compare
from fairaudit.gate.rules import RULES
from fairaudit.results import Comparison, from_json


@pytest.fixture(scope="module")
def two_audits():
    """The same people, men scored higher in the second."""
    options = fairaudit.Options(bootstrap=100, permutations=19)
    roles = {"prediction": "score", "target": "y", "threshold": 0.5, "protected": ["sex", "region"], "options": options}
    return [fairaudit.audit(people(2000, 1, gap=gap), **roles).to_json() for gap in (0.0, 0.3)]


@pytest.fixture
def audits(run, two_audits):
    """a.json and b.json."""
    for name, text in zip(("a.json", "b.json"), two_audits, strict=True):
        Path(name).write_text(text)


def test_compare_tells_what_changed_beyond_chance(run, audits):
    status, printed = run("compare", "a.json", "b.json")
    assert status == 0
    assert re.search(r"selection rate, gap by sex .* < 0.001 !", printed)
    assert max(map(len, printed.splitlines())) <= 80
    assert "Nothing changed beyond chance" in run("compare", "a.json", "a.json")[1]
    assert re.search(r"By how much\? [A-Z][a-z ]+ rate, gap by sex: .+, for the worse\.", " ".join(printed.split()))
    assert run("compare", "a.json", "b.json", "--all")[1].count("\n") > printed.count("\n")


def test_compare_gives_all_numbers_as_json(run, audits):
    found = json.loads(run("compare", "a.json", "b.json", "--json")[1])
    sides = [json.loads(Path(name).read_text())["disparities"] for name in ("a.json", "b.json")]
    (gap,) = (d for d in found["differences"] if (d["rule"], d["by"]) == ("FA101", ["sex"]))
    values = [
        next(d["value"] for d in side if d["metric"] == "selection_rate" and d["by"] == ["sex"]) for side in sides
    ]
    assert [gap["before"], gap["after"], gap["change"]] == [*values, pytest.approx(values[1] - values[0])]
    assert gap["interval"][0] > 0


def test_compare_refuses_what_cannot_be_compared(run, audits):
    assert run("compare", "a.json", "none.json")[0] == 2
    Path("c.json").write_text("{}")
    assert run("compare", "a.json", "c.json")[0] == 2
    for old, new, told in (
        ('"binary"', '"regression"', "outcome"),
        ('"confidence": 0.95', '"confidence": 0.9', "alike"),
    ):
        Path("c.json").write_text(Path("a.json").read_text().replace(old, new))
        status, printed = run("compare", "a.json", "c.json")
        assert status == 2
        assert told in printed


def audited(frame, *protected, **options):
    measuring = fairaudit.Options(**{"bootstrap": 60, "permutations": 19, **options})
    roles = {"prediction": "score", "target": "y", "threshold": 0.5, "protected": list(protected)}
    return fairaudit.audit(frame, **roles, options=measuring)


def write(**sides):
    for name, audit in sides.items():
        Path(f"{name}.json").write_text(audit.to_json())


def test_audits_of_different_attributes_have_nothing_of_the_groups_to_compare(run):
    frame = people(900, 1, gap=0.3)
    write(one=audited(frame, "sex"), two=audited(frame, "region"))
    status, printed = run("compare", "one.json", "two.json")
    told = " ".join(printed.split())
    assert status == 4
    assert "Did it get worse? Of groups that cannot be told" in told
    assert "Nothing of the groups could be compared: the audits have different attributes (sex; region)" in told
    assert re.search(r"\d+ measures are in one of the audits only\.$", told)
    assert "othing changed" not in printed
    assert ", overall" not in printed
    assert ", overall" in run("compare", "one.json", "two.json", "--all")[1]


def test_the_status_is_in_the_json_too(run):
    frame = people(900, 1)
    write(one=audited(frame, "sex"), two=audited(frame, "region"))
    status, printed = run("compare", "one.json", "two.json", "--json")
    found = from_json(printed, Comparison)
    assert status == found.status == 4
    assert (found.before_attributes, found.after_attributes) == (["sex"], ["region"])
    assert all(not difference.by for difference in found.differences)


def test_what_only_one_audit_holds_is_told_beside_what_changed(run):
    frame = people(900, 1)
    write(one=audited(frame, "sex"), both=audited(frame, "sex", "region"))
    status, printed = run("compare", "one.json", "both.json")
    assert status == 0
    told = " ".join(printed.split())
    assert "Not all could be compared: the audits have different attributes (sex; sex and region);" in told
    assert "one of the audits only." in told
    assert "Nothing changed beyond chance" in told


def test_the_order_in_which_an_audit_names_its_attributes_does_not_matter():
    frame = people(900, 1)
    found = compare(audited(frame, "sex", "region"), audited(frame, "region", "sex"))
    gaps = [each for each in found.differences if each.measure == "selection_rate" and each.statistic == "gap"]
    assert [sorted(each.by) for each in gaps] == [["sex"], ["region"], ["region", "sex"]]
    assert not found.alone


def test_without_intervals_no_change_is_told_from_chance():
    bare = audited(people(300, 1), "sex", bootstrap=0)
    found = compare(bare, audited(people(300, 2, gap=0.4), "sex", bootstrap=0))
    assert (found.status, {each.p_value for each in found.differences}) == (0, {None})
    assert "without intervals no change can be told from chance" in " ".join(str(found).split())
    assert "othing changed" not in str(found)


@pytest.fixture(scope="module")
def sides():
    """Two audits, of which the first has an attribute more."""
    frames = people(800, 1), people(800, 2, gap=0.3)
    return audited(frames[0], "sex", "region"), audited(frames[1], "sex")


def test_every_number_that_both_hold_is_compared_once_and_none_of_single_groups(sides):
    found = compare(*sides)
    held = [
        {(one.measure, one.statistic, one.by): one for one in readings(side) if one.statistic != "group"}
        for side in sides
    ]
    names = {(one.measure, one.statistic) for one in RULES}
    common = [key for key in held[0] if key in held[1] and key[:2] in names]
    assert sorted((each.measure, each.statistic, tuple(each.by)) for each in found.differences) == sorted(common)
    assert [each.rule for each in found.differences] == sorted(each.rule for each in found.differences)
    p_values = []
    for each in found.differences:
        before, after = (side[each.measure, each.statistic, tuple(each.by)] for side in held)
        assert (each.before, each.after) == (before.value, after.value)
        if before.value is None or after.value is None:
            assert (each.change, each.p_value, each.interval) == (None, None, None)
            continue
        assert each.change == after.value - before.value
        error = math.hypot(before.standard_error(0.95), after.standard_error(0.95))
        assert each.interval == pytest.approx(
            (each.change - 1.959964 * error, each.change + 1.959964 * error), abs=1e-6
        )
        p_values.append((2 * norm.sf(abs(each.change) / error), each.p_value))
    for place, (_, adjusted) in enumerate(sorted(p_values)):  # Holm, by its definition
        smaller = [min(1, (len(p_values) - k) * p) for k, (p, _) in enumerate(sorted(p_values)[: place + 1])]
        assert adjusted == pytest.approx(max(smaller), rel=1e-6)


def test_what_only_one_holds_is_called_by_its_name_first_that_of_the_first(sides):
    alone = compare(*sides).alone
    assert alone[:2] == ["selection_rate, gap by region", "selection_rate, gap by sex × region"]
    assert alone[-3:] == ["ccdcov, excess by sex", "jdcov, excess by sex", "ccdcov, correlation by sex"]
    assert compare(*sides[::-1]).alone[:3] == alone[-3:]
    bare = structs.replace(sides[1], performance=structs.replace(sides[1].performance, test={}))
    assert "auc, overall" in compare(bare, sides[1]).alone


def test_groups_are_told_of_gaps_alone(sides):
    for each in compare(*sides).differences:
        own = each.statistic == "gap" and each.measure != "equalized_odds"
        assert [change.cell for change in each.groups] == ([{"sex": "f"}, {"sex": "m"}] if own else [])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"task": "regression"}, "the first audit is of a binary outcome and the second of a regression one"),
        ({"confidence": 0.9}, "the audits have intervals of confidence 0.95 and 0.9; make them alike"),
    ],
)
def test_audits_that_are_not_alike_are_refused_in_one_sentence(sides, changes, told):
    with pytest.raises(OptionError) as caught:
        compare(sides[1], structs.replace(sides[1], **changes))
    assert str(caught.value) == told
