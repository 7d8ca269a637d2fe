"""What a run takes of a configuration, and what it measures of the data."""

from pathlib import Path

import numpy as np
import pytest
from made import HEAD, LIMIT, people

from fairaudit.data.cleaning import Cleaning
from fairaudit.errors import ConfigError, FairAuditError
from fairaudit.gate.baseline import hashed_keys
from fairaudit.gate.config import read
from fairaudit.gate.measuring import Asked, Run, Selection, fingerprint, is_for
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit

LIMITS = LIMIT + "max = 0.9\n" + LIMIT + "statistic = 'ratio'\nmin = 0.1\n" + LIMIT + "margin = 0.1\n[baseline]\n"


@pytest.fixture
def run_of(folder):
    """A function from limits and a selection to the run over them."""

    def made(limits: str, **selection: tuple[str, ...]) -> Run:
        Path("fairaudit.toml").write_text(HEAD + limits)
        return Run(read(Path("fairaudit.toml")), Selection(**selection))

    return made


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"select": ("FA1",)}, [1]),
        ({"select": ("FA",)}, [1, 2]),
        ({"ignore": ("FA1",)}, [2, 3]),
        ({"select": ("F",), "ignore": ("FB", "FA201")}, [1]),
    ],
)
def test_limits_take_part_by_the_beginnings_of_their_ids(run_of, selection, numbers):
    assert [asked.number for asked in run_of(LIMITS, **selection).limits()] == numbers


def test_a_limit_knows_its_line(run_of):
    lines = [asked.line for asked in run_of(LIMITS).limits()]
    text = Path("fairaudit.toml").read_text().splitlines()
    assert [text[line - 1] for line in lines] == ["[[limit]]"] * 3


def test_all_that_begins_so_takes_part_or_not(run_of):
    run = run_of(LIMITS, select=("FA1",))
    assert run.takes_all("FA1")
    assert not run.takes_all("FA")
    assert run.takes_all("FA107")  # no limit has it, and it would take part
    assert not run.takes_all("FB")


def test_nothing_left_to_check_is_refused(run_of):
    with pytest.raises(ConfigError, match="no limit is left to check"):
        run_of(LIMITS, select=("FA7",)).limits()


def test_only_what_limits_ask_for_is_measured(run_of):
    run = run_of(LIMIT + "max = 0.9\n")
    (data,) = run.audited(run.limits())
    assert {gap.measure for gap in data.audit.disparities} == {"selection_rate"}
    assert (data.name, data.keys, data.model) == ("main", None, None)


def test_an_error_names_its_data(run_of):
    people(30, 1).drop(columns="score").to_csv("t.csv", index=False)
    run = run_of(LIMIT + "max = 0.9\n")
    with pytest.raises(FairAuditError, match=r"^data 'main': column 'score'"):
        run.audited(run.limits())


def test_a_fingerprint_tells_one_content_from_another(folder):
    Path("a").write_bytes(b"1")
    first = fingerprint("a", "a")
    Path("a").write_bytes(b"2")
    assert first.bytes == 1
    assert first != fingerprint("a", "a")


def test_the_reference_of_the_data_is_the_one_compared_with(run_of):
    people(400, 1).to_csv("t.csv", index=False)
    for level in ("f", "m"):
        head = HEAD.replace("[data.main]\n", f'[data.main]\nreference = ["sex={level}"]\n')
        Path("fairaudit.toml").write_text(head + LIMIT + "max = 0.9\n")
        run = Run(read(Path("fairaudit.toml")))
        (audited,) = run.audited(run.limits())
        assert audited.audit.reference == {"sex": level}
        assert {gap.reference["sex"] for gap in audited.audit.disparities if gap.reference and gap.by == ["sex"]} == {
            level
        }


OTHER = '[data.other]\nsource = "t.csv"\ntarget = "nope"\nprotected = ["sx"]\n'


def test_limits_of_no_known_measure_are_told_with_what_does_not_fit_the_data(run_of):
    unknown = '[[limit]]\nmeasure = "selection_rat"\nmax = 1\n[[limit]]\nmeasure = "auc"\nstatistic = "x"\nmax = 1\n'
    with pytest.raises(ConfigError) as caught:
        run_of(OTHER + unknown).limits()
    assert [line.partition(";")[0] for line in caught.value.lines] == [
        "'fairaudit.toml': limit 1: unknown measure 'selection_rat'",
        "'fairaudit.toml': limit 2: auc has no statistic 'x'",
        "data 'other': column 'nope' is not in the data",
        "data 'other': column 'sx' is not in the data",
    ]


def test_data_that_do_not_fit_their_roles_are_told_at_once(run_of):
    run = run_of(OTHER + '[data.third]\nsource = "gone.csv"\n' + LIMIT + "max = 0.9\n")
    with pytest.raises(FairAuditError) as caught:
        run.audited(run.limits())
    told = caught.value.lines
    assert [line.partition(":")[0] for line in told] == ["data 'other'", "data 'other'", "data 'third'"]
    assert "gone.csv" in told[2]


@pytest.mark.parametrize(
    ("select", "ignore", "identifier", "taken"),
    [
        ((), (), "FA101", True),
        (("FA1",), (), "FA101", True),
        (("FA1",), (), "FA201", False),
        ((), ("FA1",), "FA101", False),
        ((), ("FA1",), "FA201", True),
        (("FA",), ("FA1",), "FA101", False),
        (("FA2", "FB"), (), "FB101", True),
        (("FA",), ("FA2",), "FB101", False),
    ],
)
def test_a_rule_takes_part_where_it_is_selected_and_not_ignored(select, ignore, identifier, taken):
    assert Selection(select, ignore).takes(identifier) == taken


def asked_of(**limit):
    rule = find("selection_rate", None, "")
    return Asked(1, Limit(measure="selection_rate", **limit), rule, "limit 1")


@pytest.mark.parametrize(
    ("limit", "ids"),
    [
        ({"max": 0.1}, ["FA101"]),
        ({"min": 0.1}, ["FA101"]),
        ({"max": 0.0, "min": 0.0}, ["FA101"]),
        ({"margin": 0.0}, ["FB101"]),
        ({"max": 0.1, "margin": 0.1}, ["FA101", "FB101"]),
    ],
)
def test_what_a_limit_can_find_has_an_id_each(limit, ids):
    asked = asked_of(**limit)
    assert asked.ids == ids
    assert asked.bounded(Selection()) == ("FA101" in ids)
    assert asked.relative(Selection()) == ("FB101" in ids)
    assert not asked.bounded(Selection(ignore=("FA",)))
    assert not asked.relative(Selection(select=("FA",)))


def test_what_is_measured_for_a_limit_on_one_class_is_that_class():
    rule, whole = find("tpr", None, ""), find("accuracy", None, "")
    assert Asked(1, Limit(measure="tpr", of_class="left"), rule, "").measured == "tpr[left]"
    assert Asked(1, Limit(measure="tpr"), rule, "").measured == "tpr"
    assert Asked(1, Limit(measure="accuracy", of_class="left"), whole, "").measured == "accuracy"


def test_a_limit_is_for_the_data_that_it_names_or_for_all():
    assert [is_for(Limit(measure="auc", data=data), "a") for data in (None, "a", "b", ["b", "a"], ["b"], [])] == [
        True,
        True,
        False,
        True,
        False,
        False,
    ]


def resolved(run_of, text):
    """The limits, or the message that refuses them."""
    with pytest.raises(ConfigError) as caught:
        run_of(text).limits()
    return [line.removeprefix("'fairaudit.toml': ") for line in caught.value.lines]


ERROR = LIMIT.replace("selection_rate", "mean_error")


def test_a_margin_on_what_is_neither_good_nor_bad_is_refused_and_on_its_gap_it_is_not(run_of):
    assert resolved(run_of, ERROR + 'statistic = "group"\nmargin = 0.1\n[baseline]\n') == [
        "limit 1: mean_error (group) has no better or worse, so a margin means nothing; limit its gap, or set max and"
        " min"
    ]
    for limit in ('statistic = "group"\nmax = 0.1\n', 'statistic = "gap"\nmargin = 0.1\n[baseline]\n'):
        assert [asked.number for asked in run_of(ERROR + limit).limits()] == [1]


@pytest.mark.parametrize(
    ("bootstrap", "limit", "fits"),
    [
        (0, "max = 0.1\n", False),
        (0, 'statistic = "group"\nmax = 0.1\n', False),
        (0, 'statistic = "ratio"\nmin = 0.1\n', False),
        (0, 'max = 0.1\ndecided-by = "point"\n', True),
        (0, 'max = 0.1\ndecided-by = "anytime"\n[baseline]\n', True),
        (0, 'statistic = "subgroup"\nmin = 0.1\n', True),  # by a law of its own
        (2, "max = 0.1\n", True),
    ],
)
def test_without_replicates_no_limit_on_groups_is_decided_by_its_interval(folder, bootstrap, limit, fits):
    Path("fairaudit.toml").write_text(HEAD.replace("= 200", f"= {bootstrap}") + LIMIT + limit)
    run = Run(read(Path("fairaudit.toml")))
    if fits:
        assert len(run.limits()) == 1
        return
    with pytest.raises(ConfigError) as caught:
        run.limits()
    assert str(caught.value) == (
        "'fairaudit.toml': limit 1: without bootstrap replicates there are no intervals to be confident by; raise"
        ' bootstrap, or set decided-by = "point"'
    )


def test_a_limit_is_called_by_its_number_and_measure(run_of):
    asked = run_of(LIMIT + "max = 0.9\n").limits()[0]
    assert (asked.place, asked.line, asked.number) == ("'fairaudit.toml': limit 1 (selection_rate)", 13, 1)


def test_a_prefix_that_takes_part_only_in_part_is_not_taken_whole(run_of):
    run = run_of(LIMITS, ignore=("FB",))
    assert run.takes_all("FA")
    assert not run.takes_all("F")
    assert run_of(LIMITS).takes_all("F")
    assert not run_of(LIMITS, ignore=("FA107",)).takes_all("FA107")


def test_nothing_left_to_check_is_refused_in_one_sentence(run_of):
    with pytest.raises(ConfigError) as caught:
        run_of(LIMITS, ignore=("F",)).limits()
    assert str(caught.value) == "no limit is left to check: --select and --ignore leave all of them out"


def test_each_step_is_told_as_it_begins_and_data_without_a_limit_are_not_read(folder):
    other = '[data.other]\nsource = "gone.csv"\n'
    Path("fairaudit.toml").write_text(
        HEAD + other + LIMIT + 'max = 0.9\ndata = "main"\n' + LIMIT + 'statistic = "ratio"\nmin = 0.1\ndata = "other"\n'
    )
    told = []
    run = Run(read(Path("fairaudit.toml")), Selection(select=("FA1",)), told.append)
    (audited,) = run.audited(run.limits())
    assert (audited.name, told) == ("main", ["reading main", "measuring main"])


def test_once_something_does_not_fit_the_others_are_read_and_not_measured(folder):
    third = '[data.third]\nsource = "t.csv"\nprediction = "score"\nprotected = ["sex"]\n'
    Path("fairaudit.toml").write_text(HEAD.replace("t.csv", "gone.csv") + third + LIMIT + "max = 0.9\n")
    told = []
    run = Run(read(Path("fairaudit.toml")), step=told.append)
    with pytest.raises(FairAuditError, match=r"gone\.csv"):
        run.audited(run.limits())
    assert told == ["reading main", "reading third"]


def read_as(text):
    head = HEAD.partition("[data.main]")[0] + "[data.main]\n" + text
    Path("fairaudit.toml").write_text(head + LIMIT + "max = 0.9\n")
    run = Run(read(Path("fairaudit.toml")))
    return run.read("main", run.configuration.config.data["main"])


def test_what_is_said_of_levels_and_missing_values_is_done(folder):
    people(300, 1).to_csv("t.csv", index=False)
    roles = 'source = "t.csv"\nprediction = "score"\nprotected = ["sex"]\n'
    assert read_as(roles).table.rows.used == 300
    assert read_as(roles).roles.cleaning == Cleaning()
    kept = read_as(roles + 'keep = ["region=north,west"]\nleave-out = ["region=west"]\nmissing = "drop"\n').table.rows
    frame = people(300, 1)
    assert kept.used == (frame["region"] == "north").sum()
    merged = read_as(roles.replace('"sex"', '"region"') + 'merge = ["region:coast=north,west"]\n').table
    assert set(merged.protected["region"]) == {"coast", "south"}


def test_a_key_gives_each_used_row_its_hash(folder):
    frame = people(40, 1).assign(id=[f"k{place}" for place in range(40)])
    frame.loc[3, "score"] = np.nan
    frame.to_csv("t.csv", index=False)
    roles = 'source = "t.csv"\nprediction = "score"\nprotected = ["sex"]\nmissing = "drop"\n'
    held = read_as(roles + 'key = "id"\n')
    assert held.keys == hashed_keys(frame["id"].drop(3), "id")
    assert (held.model, held.source.name) == (None, "t.csv")
    assert read_as(roles).keys is None
    with pytest.raises(ConfigError) as caught:
        read_as(roles + 'key = "nr"\n')
    assert str(caught.value) == "the key 'nr' is no column; there are id, score, y, sex, region"


def test_an_embedded_table_is_read_from_the_package_and_brings_its_roles(folder):
    held = read_as('source = "compas"\nprotected = ["sex"]\n')
    assert held.source.name == "compas"
    assert [spec.name for spec in held.table.specs] == ["sex"]
    assert held.roles.target == "two_year_recid"


def test_a_profile_has_its_measures_measured(folder):
    people(400, 1).to_csv("t.csv", index=False)
    Path("fairaudit.toml").write_text(
        HEAD.replace("[data.main]", '[data.main]\nprofile = "four-fifths"') + "[[limit]]\nmeasure = 'auc'\nmin = 0.1\n"
    )
    run = Run(read(Path("fairaudit.toml")))
    (audited,) = run.audited(run.limits())
    assert {gap.measure for gap in audited.audit.disparities} >= {"auc", "selection_rate"}


def test_limits_decided_at_any_time_are_counted_for_each_of_their_data_whether_they_take_part_or_not(folder):
    limit = LIMIT + 'max = 0.9\ndecided-by = "anytime"\n'
    other = '[data.other]\nsource = "t.csv"\nprediction = "score"\nprotected = ["sex"]\n'
    Path("fairaudit.toml").write_text(
        HEAD + other + limit + limit + 'data = "other"\n' + LIMIT + "max = 0.9\n[baseline]\n"
    )
    run = Run(read(Path("fairaudit.toml")), Selection(select=("FA2",)))
    assert run.anytime_questions == 3
