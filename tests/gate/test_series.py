"""A series of looks: what a line holds, and that no look is lost or counted twice."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made import HEAD, LIMIT, people

import fairaudit as fa
from fairaudit.auditing.run import table_scores
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import ConfigError
from fairaudit.gate.series import Look, SeriesLine, append, lasting_names, lines, look, read
from fairaudit.results import Source

ANYTIME = "\n[baseline]\n" + LIMIT + 'max = 0.3\ndecided-by = "anytime"\n'


def scores(frame, protected, **roles):
    table = role_table(frame, Roles(protected=Protected.parse_all(protected), **roles))
    return table_scores(table, fa.Options()), table.specs


def a_look(number: int, data: str = "main") -> Look:
    rows = [SeriesLine(["a"], 1, None, number + 1), SeriesLine(["b"], 0, None, 3)]
    return Look(data=data, source=Source(name="t", sha256=f"{number:04}"), attributes=["g"], lines=rows)


def test_a_look_holds_the_rows_by_group_decision_and_outcome():
    frame = pd.DataFrame({"g": list("aabbb"), "d": [1, 0, 1, 1, 0], "y": [1, 1, 0, 0, 1]})
    table, specs = scores(frame, ["g"], decision="d", target="y")
    held = look("main", table, lasting_names(table, specs), Source(name="t"), None)
    assert held.attributes == ["g"]
    assert held.lines == [
        SeriesLine(["a"], 0, 1, 1),
        SeriesLine(["a"], 1, 1, 1),
        SeriesLine(["b"], 0, 1, 1),
        SeriesLine(["b"], 1, 0, 2),
    ]


def test_bands_are_called_by_their_edges_whatever_the_data_reach():
    for ages in ([20, 30, 40, 60, 61], [18, 34, 35, 80, 99]):
        frame = pd.DataFrame({"age": ages, "d": [1, 0, 1, 1, 0]})
        table, specs = scores(frame, ["age:bins=35,50"], decision="d")
        names = list(lasting_names(table, specs)["age"].values())
        assert names == ["below 35", "from 35 to below 50", "from 50"]


def test_a_number_without_bands_is_not_counted_by():
    frame = pd.DataFrame({"age": 18 + np.arange(60) % 40, "g": ["a", "b"] * 30, "d": [1, 0, 0] * 20})
    table, specs = scores(frame, ["age", "g"], decision="d")
    held = look("main", table, lasting_names(table, specs), Source(name="t"), None)
    assert held.attributes == ["g"]
    with pytest.raises(ConfigError, match=r"look 1 of the series does not count by age.*age:bins=25,45"):
        lines([held], ["age"], "limit 1")


def test_weighted_rows_are_refused():
    frame = pd.DataFrame({"g": list("aabb"), "d": [1, 0, 1, 0], "w": [1.0, 2.0, 1.0, 1.0]})
    table, specs = scores(frame, ["g"], decision="d", weight="w")
    with pytest.raises(ConfigError, match="count as one each"):
        look("main", table, lasting_names(table, specs), Source(name="t"), None)


def test_a_row_that_stands_for_several_people_counts_as_so_many_and_rows_of_the_same_people_are_refused():
    frame = pd.DataFrame({"g": list("aabb"), "d": [1, 0, 1, 0], "n": [5, 1, 2, 3], "who": [1, 1, 2, 3]})
    table, specs = scores(frame, ["g"], decision="d", count="n")
    held = look("main", table, lasting_names(table, specs), Source(name="t"), None)
    assert [line.rows for line in held.lines] == [1, 5, 3, 2]
    table, specs = scores(frame, ["g"], decision="d", cluster="who")
    with pytest.raises(ConfigError, match="rows of the same people"):
        look("main", table, lasting_names(table, specs), Source(name="t"), None)


def test_what_is_appended_is_read_in_that_order(tmp_path):
    path = tmp_path / "s.jsonl"
    for number in range(3):
        append(path, [a_look(number), a_look(number, "other")], "1")
    assert read(path) == [a_look(number, data) for number in range(3) for data in ("main", "other")]
    assert json.loads(path.read_text().splitlines()[0]) == {"fairaudit": "1", "schema": "fairaudit/series/1"}


def test_the_last_look_is_not_added_twice_and_an_earlier_one_is_refused(tmp_path):
    path = tmp_path / "s.jsonl"
    for number in range(2):
        append(path, [a_look(number)], "1")
    before = path.read_bytes()
    assert append(path, [a_look(1)], "1") == []
    with pytest.raises(ConfigError, match=r"these rows are look 1 of 2 in 's\.jsonl' already"):
        append(path, [a_look(0)], "1")
    assert path.read_bytes() == before


def test_a_line_that_a_crash_cut_off_is_passed_over_and_dropped(tmp_path):
    path = tmp_path / "s.jsonl"
    append(path, [a_look(0)], "1")
    with open(path, "ab") as file:
        file.write(b'{"data": "main", "sou')
    assert read(path) == [a_look(0)]
    append(path, [a_look(1)], "1")
    assert read(path) == [a_look(0), a_look(1)]


def test_of_many_writers_none_loses_a_look(tmp_path):
    path = tmp_path / "s.jsonl"
    writers = [threading.Thread(target=append, args=(path, [a_look(number)], "1")) for number in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(each.source.sha256 for each in read(path)) == [f"{number:04}" for number in range(16)]


@pytest.mark.parametrize("content", [b"", b"[]\n", b'{"schema":"fairaudit/baseline/1"}\n', b"\xff\n", b"{}\n{}\n"])
def test_a_file_of_another_kind_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "s.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"is empty|no series that fairaudit wrote"):
        read(path)
    if content:
        with pytest.raises(ConfigError, match="no series that fairaudit wrote"):
            append(path, [a_look(0)], "1")
        assert path.read_bytes() == content


def test_a_check_needs_todays_rows_in_the_series(run):
    Path("fairaudit.toml").write_text(HEAD + ANYTIME)
    status, printed = run("check")
    assert (status, "fairaudit baseline append" in printed) == (2, True)
    assert run("baseline", "append", "--label", "Monday")[0] == 0
    assert read(Path("fairaudit-series.jsonl"))[0].label == "Monday"
    assert run("check")[0] == 0
    status, printed = run("baseline", "append")
    assert (status, "Nothing to add" in printed) == (0, True)
    people(1500, 2).to_csv("t.csv", index=False)
    status, printed = run("check")
    assert (status, "today's rows are not the last look" in printed) == (2, True)


def test_a_series_is_kept_where_a_limit_asks_for_it_alone(run):
    Path("fairaudit.toml").write_text(HEAD + "\n[baseline]\n" + LIMIT + "margin = 0.1\n")
    status, printed = run("baseline", "append")
    assert (status, "no limit that is decided at any time" in printed) == (2, True)
    Path("fairaudit.toml").write_text(HEAD + ANYTIME)
    status, printed = run("baseline", "update")
    assert (status, "fairaudit baseline append" in printed) == (2, True)


def test_a_series_is_not_written_over_the_data(run):
    Path("fairaudit.toml").write_text(HEAD + ANYTIME.replace("[baseline]", '[baseline]\nseries = "t.csv"'))
    status, printed = run("baseline", "append")
    assert (status, "read by the check" in printed) == (2, True)
