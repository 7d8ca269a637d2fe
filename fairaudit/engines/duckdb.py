"""Tables of DuckDB: files that are read in a stream and grouped out of core, and relations.

The user's words never become SQL: a column is called by its place (``c0``, ``c1``, …) in a view that whoever opened the
table has made, and values are bound as parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.engines import (
    APART,
    DRAWS,
    FEW,
    FIRST,
    LARGEST,
    MIXER,
    ROW,
    SPLIT,
    STRIDE,
    Coded,
    Coding,
    Drawing,
    Engine,
    Kind,
    Known,
    Lines,
    Question,
    Scores,
    Scoring,
    within,
)

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from fairaudit.arrays import Floats, Ints

WHOLE = (*("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"))
"""Types of whole numbers."""
FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
"""Types of other numbers."""
TEXT = ("VARCHAR", "ENUM")
PREFIX, ROWS = "counted_", "n"
"""What the name of the view begins with where combinations of columns stand that were counted already, and what the
number of rows with each is called there."""
ADDED = f"CAST(sum({ROWS}) AS BIGINT)"
"""The number of rows of several of them."""
PLACE = "place"
"""What the position of a row is called, besides ``c0, c1, …``."""
BEFORE = "before"
"""How many people of the same row come before."""
VECTORS = 64
"""Vectors of 2,048 rows that are fetched at a time."""
PART = 2**24
"""Numbers that are counted at a time."""

Types = Callable[[Sequence[str]], Mapping[str, str]]
Shown = Callable[["pd.DataFrame"], "pd.DataFrame"]


@dataclass(frozen=True, eq=False)
class Relation:
    """An `Engine` over a view of DuckDB with columns ``c0, c1, …``."""

    connection: duckdb.DuckDBPyConnection
    names: tuple[str, ...]
    """The user's names of the columns, by place."""
    view: str
    """Name of the view."""
    types: Types
    """The type of each of some columns, as DuckDB calls them; columns of a text file are cast to it."""
    shown: Shown = lambda frame: frame
    """Lines as they are shown: a frame with the user's names → one with what its types alone do not say."""
    known: Known = field(default_factory=Known)
    """What is known of the table already."""

    def kinds(self, columns: Sequence[str]) -> dict[str, Kind]:
        """See `Engine.kinds`."""
        return {name: _kind(held) for name, held in self.types(columns).items()}

    def whole(self, column: str) -> bool:
        """See `Engine.whole`."""
        value, table = self._value(column), self._table([column])[0]
        return bool(self._one(f"SELECT coalesce(bool_and({value} = floor({value})), true) FROM {table}")[0])

    def rows(self) -> int:
        """See `Engine.rows`."""
        if self.known.rows is None:
            self.known.rows = int(self._one(f"SELECT count(*) FROM {self.view}")[0])
        return self.known.rows

    def distinct(self, columns: Sequence[str], least: int = 0, most: int | None = None) -> dict[str, int]:
        """See `Engine.distinct`; one pass for estimates of all, and more for each that may lie between the bounds."""
        if not columns or (least and self.rows() < least):
            return {}
        if least or most is not None:
            self._estimate([name for name in columns if name not in self.known.spread])
            columns = self.known.near(columns, least, most)
        counts = {name: self._count(name) for name in columns}
        return within(counts, least, most)

    def seems_few(self, columns: Sequence[str]) -> bool:
        """See `Engine.seems_few`."""
        if self.known.spread.keys() >= set(columns):
            return all(self.known.spread[name] <= FEW for name in columns)
        counted = ", ".join(f"count(DISTINCT {self._value(name)})" for name in columns)
        places = ", ".join(f"c{self.names.index(name)}" for name in columns)
        return max(self._one(f"SELECT {counted} FROM (SELECT {places} FROM {self.view} LIMIT {FIRST})")) <= FEW

    def levels(self, column: str) -> pd.Series:
        """See `Engine.levels`."""
        with interruptible():
            query = f"SELECT DISTINCT {self._value(column)} AS v FROM {self._table([column])[0]}"
            values = self.connection.execute(query).df()["v"]
        return values.dropna().rename(column)

    def lines(self, question: Question) -> Lines:
        """See `Engine.lines`; one pass."""
        bound: list[object] = []
        terms = [self._term(name, question, bound) for name in question.columns]
        named = [f"{term} AS v{place}" for place, term in enumerate(terms)]
        table, rows_of_each = self._table(question.columns)
        if question.places:
            table = f"(SELECT *, (row_number() OVER ()) - 1 AS {PLACE} FROM {self.view})"
            rows_of_each = "count(*)"
        elif question.few and table == self.view:
            columns = ", ".join(f"c{self.names.index(name)}" for name in question.columns)
            table = f"(SELECT {columns}, count(*) AS {ROWS} FROM {self.view} GROUP BY ALL)"
            rows_of_each = ADDED
        counts = [f"{rows_of_each} AS n"] + [f"min({PLACE}) AS p"] * question.places
        keys = ", ".join(str(place + 1) for place in range(len(terms)))
        query = f"SELECT {', '.join([*named, *counts])} FROM {table} GROUP BY {keys}"
        if question.most is not None:
            query += f" LIMIT {int(question.most) + 1}"
        with interruptible():
            frame = self.connection.execute(query, bound).df()
        rows = frame.pop("n").to_numpy(dtype=np.intp)
        first = frame.pop("p").to_numpy(dtype=np.intp) if question.places else None
        return Lines(self.shown(frame.set_axis(list(question.columns), axis="columns")), rows, first)

    def write(self, path: str, question: Question, lines: pd.DataFrame, answers: pd.DataFrame) -> None:
        """See `Writer.write`; one pass, with the lines in memory."""
        bound: list[object] = []
        keys = [f"v{place}" for place in range(len(question.columns))]
        terms = [
            f"{self._term(name, question, bound)} AS {key}" for key, name in zip(keys, question.columns, strict=True)
        ]
        alike = [
            f"t.{key} IS NOT DISTINCT FROM CAST(k.{key} AS {self._held(name, question)})"
            for key, name in zip(keys, question.columns, strict=True)
        ]
        said = [f"a{place}" for place in range(answers.shape[1])]
        known = lines.set_axis(keys, axis="columns").reset_index(drop=True)
        known = known.join(answers.set_axis(said, axis="columns").reset_index(drop=True))
        named = [f"k.{key} AS {_identifier(str(name))}" for key, name in zip(said, answers.columns, strict=True)]
        table = f"SELECT {', '.join(terms)}, (row_number() OVER ()) - 1 AS {PLACE} FROM {self.view}"
        query = f"SELECT t.{PLACE} AS {_identifier(ROW)}, {', '.join(named)} FROM ({table}) t"
        query += f" LEFT JOIN known k ON {' AND '.join(alike)} ORDER BY t.{PLACE}"
        with interruptible():
            self.connection.register("known", known)
            self.connection.sql(query, params=bound).write_parquet(path)
            self.connection.unregister("known")

    def coded(self, codings: Sequence[Coding], drawing: Drawing) -> Coded:
        """See `Coder.coded`; the numbers lie in a table of their own, on disk where memory is short."""
        import pandas as pd

        kept = [PLACE, *(f"x{place}" for place in range(len(codings)))]
        drawn_by = _person(drawing.people is not None) if drawing.by is None else f"x{drawing.by}"
        with self._numbered(codings) as (query, bound), interruptible():
            if drawing.people is not None:
                people = pd.DataFrame({"x0": np.arange(len(drawing.people)), "people": drawing.people})
                self.connection.register("people", people)
                query = f"SELECT q.*, unnest(range(people)) AS {BEFORE} FROM ({query}) q JOIN people USING (x0)"
                kept.append(BEFORE)
            query = f"SELECT {', '.join(kept)}, {_draw(drawn_by, drawing.seed)} AS drawn FROM ({query})"
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE coded AS {query}", bound)
            self.connection.unregister("people")
        return Numbers(self.connection, len(codings), drawing.people is not None, drawing.seed)

    @contextmanager
    def _numbered(self, codings: Sequence[Coding]) -> Iterator[tuple[str, list[object]]]:
        """A query of the position and the numbers of the rows that have one in every coding, and what is bound to it;
        within the block."""
        bound: list[object] = []
        terms, joins, numbers = [], [], []
        for place, coding in enumerate(codings):
            names = coding.question.columns
            keys = [f"v{place}_{column}" for column in range(len(names))]
            terms += [
                f"{self._term(name, coding.question, bound)} AS {key}" for name, key in zip(names, keys, strict=True)
            ]
            alike = [
                f"t.{key} IS NOT DISTINCT FROM CAST(k{place}.{key} AS {self._held(name, coding.question)})"
                for name, key in zip(names, keys, strict=True)
            ]
            joins.append(f"JOIN k{place} ON {' AND '.join(alike)}")
            numbers.append(f"k{place}.number AS x{place}")
            known = coding.lines.set_axis(keys, axis="columns").reset_index(drop=True)
            known["number"] = coding.numbers.astype(np.int32)
            self.connection.register(f"k{place}", known)
        table = f"SELECT {', '.join(terms)}, (row_number() OVER ()) - 1 AS {PLACE} FROM {self.view}"
        yield f"SELECT t.{PLACE}, {', '.join(numbers)} FROM ({table}) t {' '.join(joins)}", bound
        for place in range(len(codings)):
            self.connection.unregister(f"k{place}")

    def rows_at(self, places: Ints) -> pd.DataFrame:
        """The rows at some positions, in their order, with all columns."""
        values = [f"{self._value(name)} AS v{place}" for place, name in enumerate(self.names)]
        ordered = f"(SELECT *, (row_number() OVER ()) - 1 AS {PLACE} FROM {self.view})"
        with interruptible():
            made = f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT unnest(?::BIGINT[]) AS {PLACE}"
            self.connection.execute(made, [places.tolist()])
            query = f"SELECT {', '.join(values)} FROM {ordered} SEMI JOIN chosen USING ({PLACE}) ORDER BY {PLACE}"
            frame = self.connection.execute(query).df()
        return self.shown(frame.set_axis(list(self.names), axis="columns"))

    def _estimate(self, columns: Sequence[str]) -> None:
        """Learn about how many distinct values some columns have."""
        if columns:
            counted = ", ".join(f"approx_count_distinct({self._value(name)})" for name in columns)
            estimates = self._one(f"SELECT {counted} FROM {self._table(columns)[0]}")
            self.known.spread.update(zip(columns, estimates, strict=True))

    def _table(self, columns: Sequence[str]) -> tuple[str, str]:
        """Where values of some columns are looked up, whatever their order, and how many rows have them, in SQL."""
        if self.known.counted.issuperset(columns):
            return f"{PREFIX}{self.view}", ADDED
        return self.view, "count(*)"

    def _term(self, name: str, question: Question, bound: list[object]) -> str:
        """The column in SQL, on the grid where it is asked for; the points to leave are added to what is bound."""
        value = self._value(name)
        if name not in question.rounded:
            return value
        value = f"CAST({value} AS DOUBLE)"
        large = f"({SPLIT!r}::DOUBLE * {value})"
        point = f"({large} - ({large} - {value}))"
        stays = f"abs({value}) > {LARGEST!r}"
        if kept := [float(each) for each in question.rounded[name]]:
            bound.append(kept)
            stays += f" OR list_contains(?::DOUBLE[], {point})"
        return f"CASE WHEN {stays} THEN {value} ELSE {point} END + 0.0"

    def _held(self, name: str, question: Question) -> str:
        """The type of a column as it is answered."""
        return "DOUBLE" if name in question.rounded else self.types([name])[name]

    def _value(self, name: str) -> str:
        """The column in SQL in its type, with one mark for what is missing and one zero."""
        held, column = self.types([name])[name], f"c{self.names.index(name)}"
        typed = f"CAST({column} AS {held})"
        if held in ("FLOAT", "DOUBLE"):
            return f"(CASE WHEN isnan({typed}) THEN NULL ELSE {typed} END + 0::{held})"
        return typed

    def _count(self, name: str) -> int:
        """Number of distinct values. Numbers are fetched in parts and sorted, which takes a tenth of the time of a hash
        table, and no more memory than `PART` of them."""
        value, table = self._value(name), self._table([name])[0]
        if self.kinds([name])[name] != "number":
            return int(self._one(f"SELECT count(DISTINCT {value}) FROM {table}")[0])
        parts = self.rows() // PART + 1
        count = 0
        for part in range(parts):
            chosen = f" AND hash({value}) % {parts} = {part}" if parts > 1 else ""
            query = f"SELECT {value} AS v FROM {table} WHERE {value} IS NOT NULL{chosen}"
            with interruptible():
                values = np.asarray(self.connection.execute(query).fetchnumpy()["v"])
            values.sort()
            count += int(np.count_nonzero(values[1:] != values[:-1])) + bool(len(values))
        return count

    def _one(self, query: str) -> tuple[int, ...]:
        with interruptible():
            return self.connection.execute(query).fetchone() or ()


@dataclass(frozen=True, eq=False)
class Numbers:
    """A `Coded` table of DuckDB: ``coded`` with a column ``x0, x1, …`` for each coding."""

    connection: duckdb.DuckDBPyConnection
    codings: int
    people: bool
    """Whether a row may have become several, told apart by `BEFORE`."""
    seed: int

    def rows(self, start: int, stop: int, below: int = DRAWS) -> Ints:
        """See `Coded.rows`."""
        names = [f"x{place}" for place in range(self.codings)]
        own = f"AND {_draw(_person(self.people), self.seed + 1)} < {int(below)}" if below < DRAWS else ""
        order = f"{PLACE}, {BEFORE}" if self.people else PLACE
        query = f"SELECT {', '.join(names)} FROM coded WHERE drawn >= ? AND drawn < ? {own} ORDER BY {order}"
        with interruptible():
            columns = self.connection.execute(query, [start, stop]).fetchnumpy()
        return np.column_stack([columns[name] for name in names]).astype(np.intp)

    def parts(self) -> Iterator[tuple[Ints, Ints]]:
        """See `Coded.parts`; the rows are sorted on disk."""
        names = [f"x{place}" for place in range(self.codings)]
        once = f"WHERE {BEFORE} = 0" if self.people else ""
        with interruptible():
            rows = self.connection.execute(f"SELECT {PLACE}, {', '.join(names)} FROM coded {once} ORDER BY {PLACE}")
            while len(part := rows.fetch_df_chunk(VECTORS)):
                yield part[PLACE].to_numpy(dtype=np.intp), part[names].to_numpy(dtype=np.intp)

    def added(self, scoring: Scoring) -> Scores:
        """See `Coded.added`."""
        sums = "sum(mass) AS mass, sum(mass * score) AS score, sum(mass * outcome) AS outcome"
        with self._scored(scoring) as scored, interruptible():
            frame = self.connection.execute(f"SELECT kind, bin, {sums} FROM ({scored}) GROUP BY kind, bin").df()
        frame = frame.sort_values(["kind", "bin"])
        kind, bins, mass, score, outcome = (frame[name].to_numpy() for name in frame.columns)
        return Scores(kind.astype(np.intp), bins.astype(np.intp), mass, score / mass, outcome / mass)

    def carried(self, scoring: Scoring, scores: Scores, first: Floats, second: Floats) -> list[Floats]:
        """See `Coded.carried`; all sums in one pass."""
        import pandas as pd

        said = pd.DataFrame({"kind": scores.kind, "bin": scores.bin.astype(np.int32), "a": first, "b": second})
        names = [f"x{place}" for place in range(1, len(scoring.tables) + 1)]
        sums = f"SELECT {', '.join(names)}, sum(mass * (a + b * outcome)) AS total"
        sets = ", ".join(f"({name})" for name in names)
        with self._scored(scoring) as scored, interruptible():
            self.connection.register("said", said)
            query = f"{sums} FROM ({scored}) JOIN said USING (kind, bin) GROUP BY GROUPING SETS ({sets})"
            frame = self.connection.execute(query).df()
            self.connection.unregister("said")
        carried = []
        for name, table in zip(names, scoring.tables, strict=True):
            own, totals = frame[frame[name].notna()], np.zeros(len(table))
            totals[own[name].to_numpy(dtype=np.intp)] = own["total"]
            carried.append(totals)
        return carried

    @contextmanager
    def _scored(self, scoring: Scoring) -> Iterator[str]:
        """A query of kind, bin, score, mass, outcome and numbers of the rows that take part."""
        import pandas as pd

        frames = {"first": pd.DataFrame({"kind": scoring.kind, "mass": scoring.mass, "outcome": scoring.outcome})}
        frames |= {f"s{place}": pd.DataFrame({"value": table}) for place, table in enumerate(scoring.tables, 1)}
        for name, frame in frames.items():
            self.connection.register(name, frame.assign(number=np.arange(len(frame), dtype=np.int32)))
        places = range(1, len(scoring.tables) + 1)
        score = " + ".join(f"s{place}.value" for place in places)
        joins = " ".join(f"JOIN s{place} ON s{place}.number = c.x{place}" for place in places)
        numbers = ", ".join(f"c.x{place}" for place in places)
        rows = f"SELECT c.x0, {numbers}, {score} AS score FROM coded c {joins} WHERE c.drawn >= {int(scoring.start)}"
        place = f"floor((score - {scoring.least!r}::DOUBLE) / {scoring.width!r}::DOUBLE)"
        bins = f"CAST(greatest(0, least({int(scoring.bins) - 1}, {place})) AS INTEGER) AS bin"
        yield f"SELECT r.*, {bins}, f.kind, f.mass, f.outcome FROM ({rows}) r JOIN first f ON f.number = r.x0"
        for name in frames:
            self.connection.unregister(name)


def _person(several: bool) -> str:
    """The place by which a row is drawn, one of several people in it or not, in SQL."""
    return f"{PLACE} + {APART} * {BEFORE}" if several else PLACE


def _draw(place: str, seed: int) -> str:
    """`engines.draws` in SQL."""
    number = f"(({place} + {(int(seed) * STRIDE) % DRAWS}) % {DRAWS})"
    for _ in range(2):
        number = f"((xor({number}, {number} >> 16) * {MIXER}) % {DRAWS})"
    return f"xor({number}, {number} >> 16)"


def _identifier(name: str) -> str:
    """A name in SQL, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _kind(held: str) -> Kind:
    plain = held.partition("(")[0]
    return "number" if plain in (*WHOLE, *FRACTIONS) else "text" if plain in TEXT else "other"


def engine(frame: pd.DataFrame) -> Engine:
    """The engine of a data frame, for tests of the contract."""
    import duckdb

    connection = duckdb.connect()
    connection.register("given", frame.set_axis([f"c{place}" for place in range(frame.shape[1])], axis="columns"))
    held = [str(row[1]) for row in connection.execute("DESCRIBE SELECT * FROM given").fetchall()]
    names = tuple(map(str, frame.columns))
    of_each = dict(zip(names, held, strict=True))
    return Relation(connection, names, "given", lambda columns: {name: of_each[name] for name in columns})


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn what DuckDB makes of Ctrl-C during a query back into an interrupt."""
    try:
        yield
    except RuntimeError as error:
        if "interrupted" not in str(error).lower():
            raise
        raise KeyboardInterrupt from None
