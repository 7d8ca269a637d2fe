"""Random questions of strangers, a few of each kind (``make fuzz`` asks more), and those that once ended badly.

Each ends with a documented status: in an answer without a NaN and without commands to a terminal or build server, or in
one sentence, or one for each problem.
"""

from __future__ import annotations

import pytest
from hostile_configurations import baselines, configurations, people
from hostile_models import models
from hostile_runs import Question, run
from hostile_tables import TEXTS, tables
from hypothesis import HealthCheck, given, seed, settings

few = settings(max_examples=50, derandomize=False, suppress_health_check=list(HealthCheck))
AUDIT = ("audit", "t.csv", "--prediction", "s", "--target", "y", "--protected", "sex", "--bootstrap", "20")
COMMANDS = [text for text in TEXTS if text.startswith(("::", "##"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("questions")


@seed(1)
@few
@given(question=tables())
def test_a_table_of_a_stranger_is_answered_or_refused(question, folder):
    assert run(question, folder).faults() == []


@seed(1)
@few
@given(question=configurations())
def test_a_configuration_reaches_a_verdict_or_is_refused(question, folder):
    assert run(question, folder).faults() == []


@pytest.mark.slow
@seed(1)
@few
@given(question=models())
def test_a_damaged_model_scores_or_is_refused(question, folder):
    assert run(question, folder).faults() == []


@pytest.mark.slow
def test_a_damaged_file_of_an_earlier_run_is_read_or_refused(folder):
    @seed(1)
    @few
    @given(question=baselines())
    def each(question):
        assert run(question, folder).faults() == []

    each()


def test_one_shuffle_gives_a_floor_and_no_interval_beyond_it(folder):
    ended = run(Question((*AUDIT, "--permutations", "1"), {"t.csv": people()}), folder)
    assert ended.status == 0
    assert ended.faults() == []


@pytest.mark.parametrize("header", ['y","s","sex"', '"a\nb","s","sex"'], ids=["in a name", "no row"])
def test_a_quotation_mark_in_a_header_without_a_line_end_is_told(header, folder):
    content = header.encode() + (b'\n"1","0.5","f"\n"0","0.4","m"\n' if header.startswith("y") else b"")
    ended = run(Question(AUDIT, {"t.csv": content}), folder)
    assert ended.status == 2
    assert ended.faults() == []


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["terminal", "json"])
def test_no_level_of_a_table_is_a_command_to_the_build_server_that_shows_the_result(form, folder):
    levels = [*COMMANDS, "\u202eevil\u202c", "\u2028ls"]
    rows = (f"{k % 7 / 7},{k % 2},{levels[k % len(levels)]}" for k in range(200))
    content = "s,y,sex\n" + "\n".join(rows) + "\n"
    ended = run(Question((*AUDIT, "--permutations", "0", *form), {"t.csv": content.encode()}), folder)
    assert ended.status == 0
    assert ended.faults() == []
