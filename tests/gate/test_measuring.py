"""What a run takes of a configuration, and what it measures of the data."""

from pathlib import Path

import pytest
from made import HEAD, LIMIT, people

from fairaudit.errors import ConfigError, FairAuditError
from fairaudit.gate.config import read
from fairaudit.gate.measuring import Run, Selection, fingerprint

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
