"""An audit as a flat list of readings: all that it holds, once each."""

from __future__ import annotations

import msgspec
import pytest
from example import count
from made import people

import fairaudit as fa
from fairaudit.auditing.reading import Reading, frozen, readings
from fairaudit.measures.catalogue import MEASURES


@pytest.fixture(scope="module")
def audit():
    """People of whom those in the west are too few to be compared."""
    frame = people(600, 1, gap=0.2)
    frame = frame[(frame["region"] != "west") | (frame["id"] < 30)].assign(area=frame["id"] % 3)
    options = fa.Options(bootstrap=60, permutations=19)
    roles = {"prediction": "score", "target": "y", "threshold": 0.5, "given": "area"}
    return fa.audit(frame, **roles, protected=["sex", "region"], options=options)


@pytest.fixture(scope="module")
def bare():
    """The same without floors and intervals."""
    options = fa.Options(bootstrap=0, permutations=0)
    return fa.audit(people(600, 1), prediction="score", target="y", protected=["sex", "region"], options=options)


def one(audit, *key, cell=None):
    (found,) = (reading for reading in readings(audit) if reading.key == (*key, frozen(cell)))
    return found


def test_no_two_readings_are_of_the_same_thing(audit):
    keys = [reading.key for reading in readings(audit)]
    assert len(keys) == len(set(keys))


def test_everything_that_can_be_read_of_a_measure_is_and_nothing_else(audit):
    read = {(reading.measure, reading.statistic) for reading in readings(audit)}
    measures = {measure for measure, _ in read}
    asked = {(name, statistic) for name in measures for statistic in MEASURES[name].statistics}
    assert read == {(name, statistic) for name, statistic in asked if statistic != "subgroup"}
    assert measures >= {"selection_rate", "equalized_odds", "auc", "uf", "jensen_shannon", "dcov", "ccdcov", "jdcov"}


def test_what_has_no_value_has_a_reason_and_what_has_one_has_none(audit, bare):
    for reading in [*readings(audit), *readings(bare)]:
        assert (reading.value is None) == (reading.why is not None), reading


def test_without_replicates_there_are_values_and_no_intervals(bare):
    assert all(reading.interval is None and reading.bounds is None for reading in readings(bare))


def test_a_measure_that_only_another_version_knows_is_left_out():
    assert "odd_measure" in count().performance.test
    assert "odd_measure" not in {reading.measure for reading in readings(count())}


def test_a_gap_is_held_against_its_bounds_and_compared_by_its_interval(audit):
    gap = next(each for each in audit.disparities if (each.measure, each.by) == ("selection_rate", ["sex"]))
    reading = one(audit, "selection_rate", "gap", ("sex",))
    assert (reading.value, reading.bounds, reading.interval) == (gap.value, gap.bounds, gap.interval)
    assert (reading.highest, reading.lowest) == (gap.highest, gap.lowest)
    ratio = one(audit, "selection_rate", "ratio", ("sex",))
    assert (ratio.value, ratio.bounds, ratio.interval) == (gap.ratio, gap.ratio_bounds, gap.ratio_interval)


def test_an_excess_has_the_interval_of_what_lies_beyond_chance(audit):
    uf = next(each for each in audit.disparities if (each.measure, each.by) == ("uf", ["sex"]))
    reading = one(audit, "uf", "excess", ("sex",))
    assert reading.value == uf.excess
    assert reading.bounds == uf.interval
    assert one(audit, "uf", "value", ("sex",)).value == uf.value


def test_joint_measures_are_of_all_attributes(audit):
    whole = ("sex", "region")
    assert one(audit, "ccdcov", "excess", whole).value == audit.dependence.ccdcov.excess
    assert one(audit, "ccdcov", "correlation", whole).value == audit.dependence.ccdcov.dcor_sq
    assert one(audit, "jdcov", "excess", whole).value == audit.dependence.jdcov.excess


def test_each_group_has_its_own_reading(audit):
    for group in audit.groups:
        held = group.measures["selection_rate"]
        reading = one(audit, "selection_rate", "group", tuple(group.by), cell=group.cell)
        assert (reading.value, reading.interval, reading.why) == (held.value, held.interval, held.why)
    assert one(audit, "selection_rate", "group", ("region",), cell={"region": "west"}).value is None


def test_divergences_beside_what_is_measured_are_not_read(audit):
    read = [each.value for each in readings(audit) if each.measure == "jensen_shannon"]
    assert read == [each.excess for each in audit.divergence if each.of == "prediction"]
    assert len(read) < len(audit.divergence)


def test_a_rate_of_nobody_has_no_ratio_and_says_so(audit):
    gaps = [
        msgspec.structs.replace(gap, ratio=None) if gap.measure == "selection_rate" else gap
        for gap in audit.disparities
    ]
    empty = msgspec.structs.replace(audit, disparities=gaps)
    assert one(empty, "selection_rate", "ratio", ("sex",)).why == "every rate is 0"


def test_the_standard_error_is_that_of_a_normal_interval():
    reading = Reading("auc", "overall", (), None, 0.7, None, (0.7 - 0.0392, 0.7 + 0.0392))
    assert reading.standard_error(0.95) == pytest.approx(0.02, rel=1e-4)
    assert Reading("auc", "overall", (), None, 0.7, None, None).standard_error(0.95) is None
