"""A series of looks: what a line holds, and that no look is lost or counted twice."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made import HEAD, LIMIT, people
from msgspec import structs

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


def test_a_line_of_a_series_is_an_array_of_four_and_keys_are_sorted(tmp_path):
    path = tmp_path / "s.jsonl"
    append(path, [a_look(0)], "1.2")
    assert path.read_bytes().splitlines() == [
        b'{"fairaudit":"1.2","schema":"fairaudit/series/1"}',
        b'{"attributes":["g"],"data":"main","label":null,"lines":[[["a"],1,null,1],[["b"],0,null,3]],"model":null,'
        b'"source":{"bytes":null,"name":"t","sha256":"0000"}}',
    ]


def test_lines_are_sorted_by_group_then_decision_then_outcome_whatever_the_order_of_the_rows():
    rows = [(g, d, y) for y in (1, 0) for d in (0, 1) for g in "ba" for _ in range(1 + d + y)]
    frame = pd.DataFrame(rows, columns=["g", "d", "y"])
    made = []
    for order in (frame, frame[::-1].reset_index(drop=True)):
        table, specs = scores(order, ["g"], decision="d", target="y")
        made.append(look("main", table, lasting_names(table, specs), Source(name="t"), None).lines)
    assert made[0] == made[1]
    assert [(*line.levels, line.decision, line.outcome, line.rows) for line in made[0]] == [
        (g, d, y, 1 + d + y) for g in "ab" for d in (0, 1) for y in (0, 1)
    ]


def test_without_a_decision_or_an_outcome_there_is_none_in_a_line():
    frame = pd.DataFrame({"g": list("aabb"), "d": [1, 0, 1, 1]})
    table, specs = scores(frame, ["g"], decision="d")
    held = look("main", table, lasting_names(table, specs), Source(name="t"), None)
    assert held.lines == [SeriesLine(["a"], 0, None, 1), SeriesLine(["a"], 1, None, 1), SeriesLine(["b"], 1, None, 2)]
    table, specs = scores(frame, ["g"], target="d")
    held = look("main", table, lasting_names(table, specs), Source(name="t"), None)
    assert held.lines == [SeriesLine(["a"], None, 0, 1), SeriesLine(["a"], None, 1, 1), SeriesLine(["b"], None, 1, 2)]


def test_a_number_is_no_outcome_of_two_values():
    frame = pd.DataFrame({"g": list("aabb"), "d": [1, 0, 1, 1], "y": [2.5, 1.0, 7.0, 0.5]})
    table, specs = scores(frame, ["g"], decision="d", target="y")
    held = look("main", table, lasting_names(table, specs), Source(name="t"), None)
    assert {line.outcome for line in held.lines} == {None}


def test_people_without_an_age_keep_their_group_beside_the_bands():
    frame = pd.DataFrame({"age": [20, 30, np.nan, 60, 61, np.nan], "d": [1, 0, 1, 1, 0, 0]})
    table, specs = scores(frame, ["age:bins=35,50"], decision="d", missing="group")
    held = look("main", table, lasting_names(table, specs), Source(name="t"), None)
    rows = {}
    for line in held.lines:
        rows[line.levels[0]] = rows.get(line.levels[0], 0) + line.rows
    assert rows == {"below 35": 2, "from 50": 2, "(missing)": 2}


def test_looks_are_laid_side_by_side_by_the_groups_that_are_asked_for():
    def one(*rows):
        return Look(
            data="main", source=Source(name="t"), attributes=["g", "h"], lines=[SeriesLine(*row) for row in rows]
        )

    looks = [
        one((["b", "x"], 1, 0, 3), (["a", "y"], 0, None, 4)),
        one((["a", "x"], 1, 1, 5), (["c", "x"], None, 1, 6)),
    ]
    held = lines(looks, ["h", "g"], "limit 1")
    assert held.looks == 2
    assert held.cells == [{"h": h, "g": g} for h, g in (("x", "a"), ("x", "b"), ("x", "c"), ("y", "a"))]
    assert [column.tolist() for column in (held.look, held.group, held.rows)] == [
        [0, 0, 1, 1],
        [1, 3, 0, 2],
        [3.0, 4.0, 5.0, 6.0],
    ]
    np.testing.assert_array_equal(held.decision, [1, 0, 1, np.nan])
    np.testing.assert_array_equal(held.outcome, [0, np.nan, 1, 1])
    assert lines(looks, [], "limit 1").cells == [{}]


def test_the_look_that_does_not_count_by_an_attribute_is_told_by_its_number():
    other = Look(data="main", source=Source(name="t"), attributes=["h"], lines=[])
    with pytest.raises(ConfigError) as caught:
        lines([a_look(0), other], ["g"], "limit 3")
    assert str(caught.value) == (
        "limit 3: look 2 of the series does not count by g: its groups were not the same in all data; give it bands,"
        " such as g:bins=25,45, and begin a new series"
    )


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        (
            {"weight": "w"},
            "data 'main': rows with weights or exposures cannot be watched at any time: what is proven is of rows that"
            ' count as one each; use decided-by = "confident"',
        ),
        (
            {"cluster": "w"},
            "data 'main': several rows of the same people cannot be watched at any time: what is proven is of rows that"
            ' are independent; leave cluster out if they are, or use decided-by = "confident"',
        ),
    ],
)
def test_what_cannot_be_watched_is_refused_in_one_sentence(roles, told):
    frame = pd.DataFrame({"g": list("aabb"), "d": [1, 0, 1, 0], "w": [1.0, 2.0, 1.0, 1.0]})
    table, specs = scores(frame, ["g"], decision="d", **roles)
    with pytest.raises(ConfigError) as caught:
        look("main", table, lasting_names(table, specs), Source(name="t"), None)
    assert str(caught.value) == told


def test_the_same_rows_scored_by_another_model_are_another_look(tmp_path):
    path, first = tmp_path / "s.jsonl", a_look(0)
    scored = [structs.replace(first, model=Source(name="m", sha256=sha)) for sha in ("a", "b")]
    assert append(path, [first], "1") == [first]
    assert append(path, [scored[0]], "1") == [scored[0]]
    assert append(path, [scored[0]], "1") == []
    assert append(path, [scored[1]], "1") == [scored[1]]
    with pytest.raises(ConfigError) as caught:
        append(path, [first], "1")
    assert str(caught.value) == (
        "data 'main': these rows are look 1 of 3 in 's.jsonl' already; a look counts once, and the series has gone on"
        " since"
    )


def test_a_series_that_cannot_be_read_or_is_none_says_so_by_its_name_and_line(tmp_path):
    path = tmp_path / "s.jsonl"
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert str(caught.value) == (
        "the series 's.jsonl' cannot be read: No such file or directory; run: fairaudit baseline append"
    )
    path.write_bytes(b'{"schema": "fairaudit')
    with pytest.raises(ConfigError, match=r"^the series 's\.jsonl' is empty; run: fairaudit baseline append$"):
        read(path)
    append(path, [a_look(0)], "1")
    with open(path, "ab") as file:
        file.write(b"{}\n")
    with pytest.raises(ConfigError, match=r"^'s\.jsonl' is no series that fairaudit wrote: line 3: Object missing"):
        read(path)


def test_a_look_that_is_appended_is_not_behind_a_line_that_was_cut_off(tmp_path):
    path = tmp_path / "s.jsonl"
    append(path, [a_look(0)], "1")
    whole = path.read_bytes()
    path.write_bytes(whole + b"x" * 1000)
    append(path, [a_look(1)], "1")
    assert path.read_bytes()[: len(whole)] == whole
    assert path.read_bytes().count(b"x") == 0
