"""Data frames in memory, with the hash tables of pandas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from fairaudit.arrays import Floats, Ints
from fairaudit.engines import (
    APART,
    DRAWS,
    FEW,
    FIRST,
    ROW,
    Coded,
    Coding,
    Drawing,
    Engine,
    Kind,
    Lines,
    Question,
    Scores,
    Scoring,
    draws,
    on_grid,
    within,
)


@dataclass(frozen=True, eq=False)
class Frame:
    """An `Engine` over the rows of a data frame, or over lines of a larger table."""

    frame: pd.DataFrame
    counts: Ints | None = None
    """How many rows of the table each row of the frame stands for, shape (n,); None: one."""
    places: Ints | None = None
    """Position in the table of the first of these rows, increasing, shape (n,); None: that of the row itself, or of
    lines not known."""

    @property
    def names(self) -> tuple[str, ...]:
        """See `Engine.names`."""
        return tuple(map(str, self.frame.columns))

    def kinds(self, columns: Sequence[str]) -> dict[str, Kind]:
        """See `Engine.kinds`."""
        return {name: _kind(self.frame[name]) for name in columns}

    def whole(self, column: str) -> bool:
        """See `Engine.whole`."""
        values = self.frame[column].dropna().to_numpy(dtype=np.float64)
        return bool((values == np.floor(values)).all())

    def rows(self) -> int:
        """See `Engine.rows`."""
        return len(self.frame) if self.counts is None else int(self.counts.sum())

    def distinct(self, columns: Sequence[str], least: int = 0, most: int | None = None) -> dict[str, int]:
        """See `Engine.distinct`."""
        if len(self.frame) < least:
            return {}
        counts = {name: int(self.frame[name].nunique()) for name in columns}
        return within(counts, least, most)

    def seems_few(self, columns: Sequence[str]) -> bool:
        """See `Engine.seems_few`."""
        return all(self.frame[name].head(FIRST).nunique() <= FEW for name in columns)

    def levels(self, column: str) -> pd.Series:
        """See `Engine.levels`."""
        values = self.frame[column].dropna()
        try:
            return values.drop_duplicates()
        except TypeError:  # lists and records
            return values

    def lines(self, question: Question) -> Lines:
        """See `Engine.lines`; O(n) by hashing, one column after the other."""
        values = {name: self._column(name, question) for name in question.columns}
        code = np.zeros(len(self.frame), dtype=np.intp)
        for column in values.values():
            codes, distinct = pd.factorize(column)
            size = len(distinct) + 1  # a missing value is -1
            if int(code.max(initial=0) + 1) * size > 2**62:
                code = pd.factorize(code)[0]
            code = code * size + codes + 1
        code, combinations = pd.factorize(code)
        first = _first_places(code, len(combinations))
        frame = pd.DataFrame(values, index=self.frame.index).iloc[first].reset_index(drop=True)
        rows = np.bincount(code, self.counts, minlength=len(combinations)).astype(np.intp)
        return Lines(frame, rows, self._places(first) if question.places else None)

    def _places(self, first: Ints) -> Ints | None:
        """Positions in the table of some rows of the frame."""
        if self.places is not None:
            return self.places[first]
        return first if self.counts is None else None

    def write(self, path: str, question: Question, lines: pd.DataFrame, answers: pd.DataFrame) -> None:
        """See `Writer.write`."""
        keys = [f"v{place}" for place in range(len(question.columns))]
        given = pd.DataFrame(
            {key: self._column(name, question) for key, name in zip(keys, question.columns, strict=True)}
        )
        named = [f"a{place}" for place in range(answers.shape[1])]
        known = lines.set_axis(keys, axis="columns").reset_index(drop=True)
        known[named] = answers.to_numpy()
        joined = given.merge(known, how="left", on=keys)[named]
        typed = {name: joined[key] for name, key in zip(answers.columns, named, strict=True)}
        pd.DataFrame({ROW: np.arange(len(given)), **typed}).to_parquet(path, index=False)

    def coded(self, codings: Sequence[Coding], drawing: Drawing) -> Coded:
        """See `Coder.coded`."""
        numbers = np.column_stack([self._numbers(coding) for coding in codings])
        positions = np.flatnonzero((numbers >= 0).all(axis=1))
        people = np.ones(len(positions), dtype=np.intp)
        if drawing.people is not None:
            people = drawing.people[numbers[positions, 0]]
        rows = np.repeat(positions, people)
        before = np.arange(len(rows)) - np.repeat(np.cumsum(people) - people, people)
        places = rows + APART * before
        drawn_by = places if drawing.by is None else numbers[rows, drawing.by]
        return Numbers(numbers[rows], draws(drawn_by, drawing.seed), rows, draws(places, drawing.seed + 1))

    def _numbers(self, coding: Coding) -> Ints:
        """The number of each row in a coding, -1 where it has none, shape (n,)."""
        names = coding.question.columns
        keys = [f"v{place}" for place in range(len(names))]
        given = pd.DataFrame({key: self._column(name, coding.question) for key, name in zip(keys, names, strict=True)})
        known = coding.lines.set_axis(keys, axis="columns").reset_index(drop=True)
        known["number"] = coding.numbers
        joined = given.merge(known, how="left", on=keys)["number"]
        return joined.fillna(-1).to_numpy(dtype=np.intp)

    def _column(self, name: str, question: Question) -> pd.Series:
        column = self.frame[name]
        if name in question.rounded:
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            points = on_grid(numbers)
            kept = np.isin(points, list(question.rounded[name]))
            column = pd.Series(np.where(kept, numbers, points), index=column.index, name=name)
        return column + 0.0 if types.is_float_dtype(column.dtype) else column


@dataclass(frozen=True, eq=False)
class Numbers:
    """A `Coded` table in memory."""

    numbers: Ints
    """Shape (n, codings)."""
    drawn: Ints
    """Draw of each row, shape (n,)."""
    positions: Ints
    """Position of each row, shape (n,)."""
    own: Ints
    """Draw of its own, shape (n,)."""

    def parts(self) -> Iterator[tuple[Ints, Ints]]:
        """See `Coded.parts`; all at once."""
        positions, first = np.unique(self.positions, return_index=True)
        yield positions.astype(np.intp), self.numbers[first]

    def rows(self, start: int, stop: int, below: int = DRAWS) -> Ints:
        """See `Coded.rows`."""
        chosen: Ints = self.numbers[(self.drawn >= start) & (self.drawn < stop) & (self.own < below)]
        return chosen

    def added(self, scoring: Scoring) -> Scores:
        """See `Coded.added`."""
        numbers, score, place = self._scored(scoring)
        mass, outcome = scoring.mass[numbers], scoring.outcome[numbers]
        present, line = np.unique(place, return_inverse=True)
        total, scores, outcomes = (np.bincount(line, mass * of).astype(np.float64) for of in (1.0, score, outcome))
        kind, bins = (each.astype(np.intp) for each in np.divmod(present, scoring.bins))
        return Scores(kind, bins, total, scores / total, outcomes / total)

    def carried(self, scoring: Scoring, scores: Scores, first: Floats, second: Floats) -> list[Floats]:
        """See `Coded.carried`."""
        numbers, _, place = self._scored(scoring)
        line = np.searchsorted(scores.kind * scoring.bins + scores.bin, place)
        sums = scoring.mass[numbers] * (first[line] + second[line] * scoring.outcome[numbers])
        chosen = self.numbers[self.drawn >= scoring.start]
        return [
            np.bincount(column, sums, minlength=len(table)).astype(np.float64)
            for column, table in zip(chosen.T[1:], scoring.tables, strict=False)
        ]

    def _scored(self, scoring: Scoring) -> tuple[Ints, Floats, Ints]:
        """Number in the first coding, score, and place among kinds and bins, of the rows that take part."""
        chosen = self.numbers[self.drawn >= scoring.start]
        score = np.zeros(len(chosen))
        for column, table in zip(chosen.T[1:], scoring.tables, strict=False):
            score += table[column]
        bins = np.clip(np.floor((score - scoring.least) / scoring.width), 0, scoring.bins - 1).astype(np.intp)
        return chosen[:, 0], score, scoring.kind[chosen[:, 0]] * scoring.bins + bins


def engine(frame: pd.DataFrame) -> Engine:
    """The engine of a data frame."""
    return Frame(frame)


def engine_of(data: pd.DataFrame | Engine) -> Engine:
    """The engine of a data frame; an engine as it is."""
    return Frame(data) if isinstance(data, pd.DataFrame) else data


def _kind(column: pd.Series) -> Kind:
    if types.is_bool_dtype(column.dtype) or types.is_complex_dtype(column.dtype):
        return "other"
    if types.is_numeric_dtype(column.dtype):
        return "number"
    values = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column
    held = types.infer_dtype(values, skipna=True)
    return "number" if held == "decimal" else "text" if held == "string" else "nested" if is_nested(column) else "other"


def is_nested(column: pd.Series) -> bool:
    """Whether there are values that cannot be told apart by a table of them, such as lists and records."""
    if column.dtype != object or not types.infer_dtype(column, skipna=True).startswith("mixed"):
        return False
    try:
        column.nunique()
    except TypeError:
        return True
    return False


def _first_places(code: Ints, size: int) -> Ints:
    """The first row of each code, shape (size,)."""
    first = np.empty(size, dtype=np.intp)
    first[code[::-1]] = np.arange(len(code))[::-1]  # the last to be written, the first row, stays
    return first
