"""Every engine gives the answers that plain loops over the rows give."""

from __future__ import annotations

import math
import pkgutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from frames_of import FRAMES, IN_ORDER
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from fairaudit import engines
from fairaudit.engines import (
    APART,
    DRAWS,
    FEW,
    FIRST,
    GRID_BITS,
    Coder,
    Coding,
    Drawing,
    Question,
    Scoring,
    Writer,
    draws,
    on_grid,
)
from fairaudit.engines.narwhals import native

ONE_ROW = pd.DataFrame({"a": [1]})
NAMES = [module.name for module in pkgutil.iter_modules(engines.__path__)]
CLUSTERS = ["spark"]
"""Those that are asked in a session of a cluster: they take long to answer, and their rows are in no order."""
IN_PROCESS = [name for name in NAMES if name not in CLUSTERS]
WRITERS = [
    name for name in IN_PROCESS if isinstance(import_module(f"fairaudit.engines.{name}").engine(ONE_ROW), Writer)
]
"""Those that write files."""
HOSTILE = ['"; DROP TABLE x; --', "a'b", "c0", "", "SELECT", "ß\u0301"]
"""Names of columns that mean something in SQL, or nothing."""
TEXTS = st.sampled_from(["a", "b", "A ", "é", "", "'; --", None])
NUMBERS = st.one_of(
    st.integers(-3, 3).map(float), st.just(-0.0), st.just(math.nan), st.sampled_from([0.1, 1e300, 5e-324])
)


def maker(name):
    """What makes an engine of a data frame: that of a file of the folder, or one over a frame of a library."""
    if name not in FRAMES:
        return import_module(f"fairaudit.engines.{name}").engine

    def made(frame):
        if name == "DuckDB" and "" in frame.columns:  # no column of a relation has an empty name
            reject()
        return native(FRAMES[name](frame))

    return made


@dataclass
class Maker:
    """What makes an engine of a data frame."""

    make: Callable
    examples: int = settings.default.max_examples

    def __call__(self, frame):
        return self.make(frame)


@pytest.fixture(
    params=[*IN_PROCESS, *(pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CLUSTERS), *FRAMES],
    scope="module",
)
def engine(request):
    """What makes an engine of a data frame."""
    if request.param in CLUSTERS:
        request.getfixturevalue(request.param)
        return Maker(maker(request.param), examples=5)
    return Maker(maker(request.param))


def drawn(**strategies):
    """Draw what a test takes besides an engine; of an engine that takes long to answer fewer times."""

    def decorated(test):
        def every_time(engine):
            def once(**values):
                test(engine, **values)

            settings(max_examples=engine.examples)(given(**strategies)(once))()

        return every_time

    return decorated


def drawn_of_coders(**strategies):
    """The same besides an engine that holds its rows as numbers."""

    def decorated(test):
        once = drawn(**strategies)(test)

        def every_time(coder):
            once(coder)

        return every_time

    return decorated


@st.composite
def frames(draw):
    """Frames of text, numbers and flags, at least one row."""
    n = draw(st.integers(1, 30))
    names = draw(st.lists(st.sampled_from(HOSTILE), min_size=3, max_size=3, unique=True))
    columns = (
        pd.Series(draw(st.lists(TEXTS, min_size=n, max_size=n)), dtype="str"),
        pd.Series(draw(st.lists(NUMBERS, min_size=n, max_size=n)), dtype=np.float64),
        pd.Series(draw(st.lists(st.integers(-2, 2), min_size=n, max_size=n)), dtype=np.int64),
    )
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def plain(value):
    """A value as it compares: one mark for what is missing, one zero."""
    return None if pd.isna(value) else value + 0.0 if isinstance(value, float) else value


def counted(frame):
    """Combination of values → rows with it, and the first of them."""
    rows = [tuple(map(plain, row)) for row in frame.itertuples(index=False, name=None)]
    return Counter(rows), {row: rows.index(row) for row in rows}


def test_frames_and_files_have_one():
    assert {"pandas", "duckdb", "narwhals", "spark"} <= set(NAMES)


def combinations(lines):
    """The values of each line."""
    return [tuple(map(plain, row)) for row in lines.values.itertuples(index=False, name=None)]


@drawn(frame=frames())
def test_lines_are_the_combinations_that_occur_with_their_rows(engine, frame):
    table = engine(frame)
    lines = table.lines(Question(table.names))
    assert dict(zip(combinations(lines), lines.rows.tolist(), strict=True)) == counted(frame)[0]
    assert lines.first is None


@drawn(frame=frames())
def test_lines_that_seem_few_are_the_same(engine, frame):
    table = engine(frame)
    lines = table.lines(Question(table.names[::-1], few=True))
    assert dict(zip(combinations(lines), lines.rows.tolist(), strict=True)) == counted(frame[frame.columns[::-1]])[0]


@pytest.mark.parametrize("name", [*IN_PROCESS, *IN_ORDER])
@given(frame=frames())
def test_the_first_row_of_each_line_is_told_where_it_is_asked_for(name, frame):
    table = maker(name)(frame)
    lines = table.lines(Question(table.names, places=True))
    rows, first = counted(frame)
    assert dict(zip(combinations(lines), lines.rows.tolist(), strict=True)) == rows
    assert dict(zip(combinations(lines), lines.first.tolist(), strict=True)) == first


@drawn(frame=frames())
def test_counts_and_levels_are_of_distinct_values_that_are_there(engine, frame):
    table = engine(frame)
    assert table.names == tuple(frame.columns)
    assert table.rows() == len(frame)
    distinct = {name: {plain(value) for value in frame[name]} - {None} for name in table.names}
    assert table.distinct(table.names) == {name: len(values) for name, values in distinct.items()}
    assert {name: set(map(plain, table.levels(name))) for name in table.names} == distinct
    kinds = table.kinds(table.names[1:])
    assert set(kinds.values()) == {"number"}
    for name in kinds:
        assert table.whole(name) == all(float(value).is_integer() for value in distinct[name])


def test_a_column_seems_to_have_few_values_where_the_first_rows_have(engine):
    n = FIRST + 1
    frame = pd.DataFrame({"few": np.arange(n) % FEW, "many": np.arange(n)})
    table = engine(frame)
    asked = ([], ["few"], ["few", "many"])
    assert [table.seems_few(columns) for columns in asked] == [True, True, False]


@drawn(frame=frames(), least=st.integers(0, 6), most=st.integers(0, 6))
def test_counts_are_left_out_beyond_the_bounds(engine, frame, least, most):
    table = engine(frame)
    every = table.distinct(table.names)
    assert table.distinct(table.names, least, most) == {name: n for name, n in every.items() if least <= n <= most}


def test_lines_of_some_columns_take_the_others_together(engine):
    frame = pd.DataFrame({"a": ["x", "y", "x"], "b": [1, 2, 3]})
    lines = engine(frame).lines(Question(["a"]))
    assert list(lines.values.columns) == ["a"]
    assert dict(zip(lines.values["a"], lines.rows, strict=True)) == {"x": 2, "y": 1}


@drawn(values=st.lists(st.floats(-1e50, 1e50, allow_subnormal=False), min_size=1, max_size=30))
def test_numbers_are_rounded_to_the_grid_alike(engine, values):
    frame = pd.DataFrame({"x": np.array(values)})
    lines = engine(frame).lines(Question(["x"], {"x": []}))
    assert set(lines.values["x"]) == set(on_grid(np.array(values)) + 0.0)


@given(values=st.lists(st.floats(-1e50, 1e50, allow_subnormal=False), min_size=1, max_size=30))
def test_the_grid_has_so_many_significant_bits_and_is_its_own_grid(values):
    values = np.array(values)
    rounded = on_grid(values)
    mantissa = np.frexp(rounded)[0] * 2**GRID_BITS
    assert (mantissa == np.round(mantissa)).all()
    assert (np.abs(rounded - values) <= 2.0**-GRID_BITS * np.abs(values)).all()
    assert (on_grid(rounded) == rounded).all()


def test_numbers_at_chosen_points_of_the_grid_stay_as_they_are(engine):
    near = 0.5 + np.array([0.0, 1e-9, 2e-9])
    frame = pd.DataFrame({"x": np.array([*near, *(near + 0.25)])})
    lines = engine(frame).lines(Question(["x"], {"x": [0.5]}))
    assert sorted(lines.values["x"]) == [*near, 0.75]
    assert lines.rows.sum() == 6


def test_many_numbers_are_counted_in_parts(engine, monkeypatch):
    module = import_module("fairaudit.engines.duckdb")
    monkeypatch.setattr(module, "PART", 1000)
    frame = pd.DataFrame({"x": np.random.default_rng(0).integers(0, 5000, 20_000) / 7})
    assert engine(frame).distinct(["x"]) == {"x": frame["x"].nunique()}


@pytest.mark.parametrize("name", WRITERS)
@given(frame=frames())
def test_what_is_said_of_lines_is_written_for_each_row_in_order(name, frame, tmp_path_factory):
    table = import_module(f"fairaudit.engines.{name}").engine(frame)
    question = Question(table.names, {frame.columns[1]: []})
    lines = table.lines(question)
    said = pd.DataFrame({'a "b"': np.arange(len(lines.rows)) + 0.5, "n": lines.rows.astype(float)})
    path = tmp_path_factory.mktemp("written") / "it's.parquet"
    table.write(str(path), question, lines.values, said)
    written = pd.read_parquet(path)
    assert written["row"].tolist() == list(range(len(frame)))
    assert list(written.columns) == ["row", 'a "b"', "n"]
    assert written['a "b"'].value_counts().to_dict() == dict(zip(said['a "b"'], lines.rows, strict=True))
    rounded = frame.assign(**{frame.columns[1]: on_grid(frame.iloc[:, 1].to_numpy()) + 0.0})
    counts, _ = counted(rounded)
    rows = [tuple(map(plain, row)) for row in rounded.itertuples(index=False, name=None)]
    assert written["n"].tolist() == [counts[row] for row in rows]


@pytest.mark.parametrize("name", WRITERS)
def test_rows_of_lines_of_which_nothing_is_said_have_no_values(name, tmp_path):
    frame = pd.DataFrame({"a": ["x", "y", None], "b": [True, False, True], "c": pd.Timestamp("2024-02-03")})
    table = import_module(f"fairaudit.engines.{name}").engine(frame)
    question = Question(table.names)
    lines = table.lines(question).values
    chosen = lines[lines["a"] != "y"]
    table.write(str(tmp_path / "p.parquet"), question, chosen, pd.DataFrame({"said": [1.0] * len(chosen)}))
    assert pd.read_parquet(tmp_path / "p.parquet")["said"].isna().tolist() == [False, True, False]


CODERS = [name for name in IN_PROCESS if isinstance(import_module(f"fairaudit.engines.{name}").engine(ONE_ROW), Coder)]
"""Those in this process that hold their rows as numbers."""


@pytest.fixture(
    params=[*CODERS, *(pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CLUSTERS)], scope="module"
)
def coder(request):
    """What makes an engine of a data frame that holds its rows as numbers."""
    if request.param in CLUSTERS:
        request.getfixturevalue(request.param)
        return Maker(maker(request.param), examples=3)
    return Maker(maker(request.param))


def codings_of(table):
    """Numbers of the first two columns together, without one line, and of the third."""
    questions = Question(table.names[:2], {table.names[1]: []}), Question(table.names[2:])
    lines = [table.lines(question).values for question in questions]
    first = lines[0].iloc[1:] if len(lines[0]) > 1 else lines[0]
    return [Coding(question, each) for question, each in zip(questions, (first, lines[1]), strict=True)]


def coded(coder, frame, seed=0):
    """A frame as these numbers."""
    table = coder(frame)
    codings = codings_of(table)
    return table.coded(codings, Drawing(seed)), codings


@drawn_of_coders(frame=frames())
def test_rows_become_the_numbers_of_their_values(coder, frame):
    table, codings = coded(coder, frame)
    rounded = frame.assign(**{frame.columns[1]: on_grid(frame.iloc[:, 1].to_numpy()) + 0.0})
    values = [[tuple(map(plain, row)) for row in coding.lines.itertuples(index=False, name=None)] for coding in codings]
    rows = [tuple(map(plain, row)) for row in rounded.itertuples(index=False, name=None)]
    expected = [[values[0].index(row[:2]), values[1].index(row[2:])] for row in rows if row[:2] in values[0]]
    assert table.rows(0, DRAWS).tolist() == expected


@pytest.mark.parametrize("seed", [0, 7])
def test_draws_are_of_positions_and_alike_in_all_engines(coder, seed):
    frame = pd.DataFrame({"a": ["x"] * 500, "b": 1.0, "c": np.arange(500)})
    table, codings = coded(coder, frame, seed)
    drawn = draws(np.arange(500), seed)
    for start, stop in ((0, DRAWS // 3), (DRAWS // 3, DRAWS)):
        at = codings[1].lines["c"].to_numpy()[table.rows(start, stop)[:, 1]]
        assert at.tolist() == np.flatnonzero((drawn >= start) & (drawn < stop)).tolist()


def test_rows_of_one_unit_are_drawn_alike_by_its_number(coder):
    frame = pd.DataFrame({"a": ["x"] * 200, "b": 1.0, "unit": np.arange(200) % 40})
    table = coder(frame)
    codings = codings_of(table)
    numbers = table.coded(codings, Drawing(3, by=1)).rows(0, DRAWS // 2)[:, 1]
    chosen = np.flatnonzero(draws(np.arange(40), 3) < DRAWS // 2)
    assert np.bincount(numbers, minlength=40).tolist() == [5 * (unit in chosen) for unit in range(40)]


def test_a_row_becomes_as_many_as_it_stands_for_people_each_drawn_by_itself(coder):
    frame = pd.DataFrame({"a": ["x", "y", "z"] * 30, "b": 1.0, "c": np.arange(90)})
    table = coder(frame)
    question = Question(["a"])
    lines = table.lines(question).values.sort_values("a", ignore_index=True)
    codings = [Coding(question, lines), Coding(Question(["c"]), frame[["c"]])]
    numbers = table.coded(codings, Drawing(5, people=np.array([1, 2, 300])))
    row = np.repeat(np.arange(90), np.tile([1, 2, 300], 30))
    before = np.concatenate([np.arange(people) for people in [1, 2, 300] * 30])
    drawn = draws(row + APART * before, 5)
    assert numbers.rows(0, DRAWS // 3)[:, 1].tolist() == row[drawn < DRAWS // 3].tolist()
    assert len(np.unique(drawn)) > 0.999 * len(row)
    positions = np.concatenate([positions for positions, _ in numbers.parts()])
    assert positions.tolist() == list(range(90))


def test_draws_are_spread_evenly_and_differ_by_seed():
    one, other = (draws(np.arange(20_000), seed) / DRAWS for seed in (0, 1))
    assert np.histogram(one, 10, (0, 1))[0] == pytest.approx(2000, abs=200)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.03


@drawn_of_coders(frame=frames())
def test_rows_are_added_up_by_their_scores(coder, frame):
    table, codings = coded(coder, frame)
    rng = np.random.default_rng(0)
    count = len(codings[0].lines)
    kind, mass, outcome = rng.integers(0, 2, count), rng.uniform(1, 2, count), rng.normal(size=count)
    scores = rng.normal(size=len(codings[1].lines))
    start = DRAWS // 4
    width = max(float(np.ptp(scores)), 1e-9) / 4
    scoring = Scoring(kind, mass, outcome, [scores], float(scores.min()), width, 4, start)
    rows = table.rows(start, DRAWS)
    sums = np.zeros((2, 4, 3))
    first, second = rng.normal(size=(2, 2, 4))
    carried = np.zeros(len(scores))
    for role, level in rows:
        place = min(3, int(np.floor((scores[level] - scores.min()) / width)))
        m, y = mass[role], outcome[role]
        sums[kind[role], place] += m, m * scores[level], m * y
        carried[level] += m * (first[kind[role], place] + second[kind[role], place] * y)
    added = table.added(scoring)
    found = np.zeros((2, 4, 3))
    found[added.kind, added.bin] = np.column_stack([added.mass, added.mass * added.score, added.mass * added.outcome])
    assert found == pytest.approx(sums)
    place = added.kind, added.bin
    assert table.carried(scoring, added, first[place], second[place])[0] == pytest.approx(carried)


@drawn_of_coders(frame=frames())
def test_parts_are_all_rows_with_numbers_by_position(coder, frame):
    table, _ = coded(coder, frame)
    parts = list(table.parts())
    numbers = np.concatenate([part for _, part in parts]) if parts else np.zeros((0, 2))
    positions = np.concatenate([places for places, _ in parts]) if parts else np.zeros(0)
    assert numbers.tolist() == table.rows(0, DRAWS).tolist()
    assert (np.diff(positions) > 0).all()
