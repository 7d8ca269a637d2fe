"""A series of looks at data that go on: how many people of each group were decided or came out how, each time.

The file is append-only, a line of JSON each: first what the file is, then one look at one of the data, in the order in
which they were appended. A look holds counts by group, decision and outcome, which is all that a rate is made of; no
row, no key, no clock. Appending locks the file, so that two writers wait for each other, and drops a line that a crash
cut off; reading passes over it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, TypeVar

import msgspec
import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.data.roles import Protected
from fairaudit.errors import ConfigError
from fairaudit.files import check_target
from fairaudit.results import Result, Source
from fairaudit.scoretable.facets import facets
from fairaudit.scoretable.table import ScoreTable

R = TypeVar("R", bound=Result)
APPEND = "run: fairaudit baseline append"


class SeriesHead(Result, frozen=True, kw_only=True):
    """The first line of a series."""

    schema: Literal["fairaudit/series/1"] = "fairaudit/series/1"
    """Name and version of the format."""
    fairaudit: str
    """Version that began it."""


class SeriesLine(msgspec.Struct, frozen=True, array_like=True):
    """Rows that are alike: an array of four."""

    levels: list[str]
    """Level or band in each attribute of the look."""
    decision: Literal[0, 1] | None
    """Yes is 1; None without decisions."""
    outcome: Literal[0, 1] | None
    """None without an outcome of two values."""
    rows: int
    """How many."""


class Look(Result, frozen=True, kw_only=True):
    """One look at one of the data."""

    data: str
    """Name of the data."""
    label: str | None = None
    """What the user called it, such as a day."""
    source: Source
    """What was looked at."""
    model: Source | None = None
    """The model that made the predictions."""
    attributes: list[str]
    """Attributes by which rows are counted: those whose groups are the same in all data."""
    lines: list[SeriesLine]
    """The counts, sorted."""

    @property
    def identity(self) -> tuple[str | None, str | None]:
        """What is the same for the same rows and model, so that no look counts twice."""
        return self.source.sha256, None if self.model is None else self.model.sha256


def lasting_names(table: ScoreTable, specs: Sequence[Protected]) -> dict[str, dict[str, str]]:
    """Attribute → name of each of its bands today → a name that is the same in all data.

    Categories keep theirs. The first and the last of given bands are called by the smallest and largest value of the
    data; here they are called by their edges. Numbers without given bands are cut anew in every audit and left out.
    """
    of_name = {spec.name: spec for spec in specs}
    names: dict[str, dict[str, str]] = {}
    for attribute in table.attributes:
        spec = of_name[attribute.name]
        if attribute.kind in ("categorical", "set"):
            names |= {facet.name: {band: band for band in facet.bands} for facet in attribute.facets}
        elif spec.kind == "bins" and attribute.range is not None:
            low, high = attribute.range
            known = len(attribute.coordinates) - (attribute.missing > 0)
            centre = low + attribute.coordinates[:known, 0] * (high - low)
            place = np.searchsorted(spec.edges, centre, side="right")
            own = dict(zip(attribute.band[:known].tolist(), place.tolist(), strict=True))
            names[attribute.name] = {
                band: _between(spec.edges, own[index]) if index in own else band
                for index, band in enumerate(attribute.bands)
            }
    return names


def _between(edges: Sequence[float], place: int) -> str:
    if place == 0:
        return f"below {edges[0]:g}"
    return f"from {edges[place - 1]:g}" + (f" to below {edges[place]:g}" if place < len(edges) else "")


def look(
    name: str, table: ScoreTable, names: Mapping[str, Mapping[str, str]], source: Source, model: Source | None
) -> Look:
    """The counts of a score table.

    Args:
        name: of the data.
        table: with a decision, an outcome, or both.
        names: see `lasting_names`.
        source: of the rows.
        model: that scored them.

    Raises:
        ConfigError: rows are weighted, or several are of the same people, so that they cannot be counted as one each.
    """
    if table.classes:
        raise ConfigError(
            f"data '{name}': classes cannot be watched at any time: a series counts decisions of yes or no; audit one"
            ' class with --task binary, or use decided-by = "confident"'
        )
    if table.cluster is not None:
        raise ConfigError(
            f"data '{name}': several rows of the same people cannot be watched at any time: what is proven is of rows"
            ' that are independent; leave cluster out if they are, or use decided-by = "confident"'
        )
    if not np.allclose(table.mass, table.rows):
        raise ConfigError(
            f"data '{name}': rows with weights or exposures cannot be watched at any time: what is proven is of rows"
            ' that count as one each; use decided-by = "confident"'
        )
    forming = facets(table.cells())
    own = forming.named(facet.name for facet in forming.attributes if facet.name in names)
    outcome = table.outcome if table.task == "binary" else None
    flags = [
        [None] * len(table) if column is None else column.astype(int).tolist() for column in (table.decision, outcome)
    ]
    counts: dict[tuple[int, Literal[0, 1] | None, Literal[0, 1] | None], int] = {}
    for group, decision, result, rows in zip(own.index.tolist(), *flags, table.rows.tolist(), strict=True):
        counts[group, decision, result] = counts.get((group, decision, result), 0) + round(rows)
    levels = [[names[attribute][band] for attribute, band in zip(own.by, label, strict=True)] for label in own.labels]
    lines = [SeriesLine(levels[key[0]], key[1], key[2], rows) for key, rows in counts.items()]
    lines.sort(key=lambda line: (line.levels, line.decision or 0, line.outcome or 0))
    return Look(data=name, source=source, model=model, attributes=list(own.by), lines=lines)


def read(path: Path) -> list[Look]:
    """The looks in a file, in order.

    Raises:
        ConfigError: there is none, or it holds something else.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the series '{path.name}' cannot be read: {error.strerror or error}; {APPEND}") from None
    return _parsed(content, path)


def append(path: Path, looks: Sequence[Look], version: str) -> list[Look]:
    """Add looks to a file, which is begun where there is none; those that are its last ones already are left out.

    Args:
        path: the file.
        looks: of different data.
        version: of fairaudit.

    Returns:
        The looks that were added.

    Raises:
        ConfigError: the file holds something else, or one of the looks before its last.
        OptionError: it cannot be written.
    """
    with open(check_target(path), "a+b") as file, _locked(file):
        file.seek(0)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        held = _parsed(whole, path) if whole else []
        new = [each for each in looks if _is_new(each, [one for one in held if one.data == each.data], path)]
        if new:
            file.truncate(len(whole))
            head = [] if whole else [SeriesHead(fairaudit=version)]
            file.write(b"".join(msgspec.json.encode(each, order="sorted") + b"\n" for each in (*head, *new)))
            file.flush()
            os.fsync(file.fileno())
    return new


def _is_new(one: Look, held: Sequence[Look], path: Path) -> bool:
    places = [place for place, each in enumerate(held, 1) if each.identity == one.identity]
    if places and places[-1] < len(held):
        raise ConfigError(
            f"data '{one.data}': these rows are look {places[-1]} of {len(held)} in '{path.name}' already; a look"
            " counts once, and the series has gone on since"
        )
    return not places


def _parsed(content: bytes, path: Path) -> list[Look]:
    lines = content[: content.rfind(b"\n") + 1].splitlines()
    if not lines:
        raise ConfigError(f"the series '{path.name}' is empty; {APPEND}")
    _decoded(lines[0], SeriesHead, path, 1)
    return [_decoded(text, Look, path, number) for number, text in enumerate(lines[1:], 2)]


def _decoded(text: bytes, kind: type[R], path: Path, number: int) -> R:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ConfigError(f"'{path.name}' is no series that fairaudit wrote: line {number}: {error}") from None


@contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    """Keep other writers waiting while a file is read and written; the system ends it with the process."""
    if os.name == "nt":  # pragma: no cover
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@dataclass(frozen=True, eq=False)
class SeriesLines:
    """The lines of several looks as columns, L of them."""

    looks: int
    """Number of looks T."""
    look: Ints
    """Look of each line, from 0."""
    group: Ints
    """Group of each line."""
    cells: list[dict[str, str]]
    """The groups, in the order of their levels."""
    decision: Floats
    """0/1; NaN where there is none."""
    outcome: Floats
    """Likewise."""
    rows: Floats
    """Rows of each line."""


def lines(looks: Sequence[Look], by: Sequence[str], place: str) -> SeriesLines:
    """The lines of some looks, by the groups of some attributes.

    Raises:
        ConfigError: a look does not count by one of the attributes.
    """
    for number, one_look in enumerate(looks, 1):
        for name in by:
            if name not in one_look.attributes:
                raise ConfigError(
                    f"{place}: look {number} of the series does not count by {name}: its groups were not the same in"
                    f" all data; give it bands, such as {name}:bins=25,45, and begin a new series"
                )
    rows = [
        (number, tuple(line.levels[one_look.attributes.index(name)] for name in by), line)
        for number, one_look in enumerate(looks)
        for line in one_look.lines
    ]
    cells = sorted({levels for _, levels, _ in rows})
    index = {levels: place for place, levels in enumerate(cells)}

    def flags(values: list[Literal[0, 1] | None]) -> Floats:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    return SeriesLines(
        looks=len(looks),
        look=np.array([number for number, _, _ in rows], dtype=np.intp),
        group=np.array([index[levels] for _, levels, _ in rows], dtype=np.intp),
        cells=[dict(zip(by, levels, strict=True)) for levels in cells],
        decision=flags([line.decision for _, _, line in rows]),
        outcome=flags([line.outcome for _, _, line in rows]),
        rows=np.array([line.rows for _, _, line in rows], dtype=np.float64),
    )
