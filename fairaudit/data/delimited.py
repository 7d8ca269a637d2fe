"""CSV and TSV: the type of every column and what is missing, decided here and not guessed while reading.

DuckDB's own sniffer is switched off. It reads a column of ``yes``/``no`` as booleans, so that a level called ``yes`` is
no longer there, and has changed from version to version. How a file is laid out: `layouts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from fairaudit.data.layouts import Layout
from fairaudit.data.partitions import in_folder
from fairaudit.engines import FIRST
from fairaudit.errors import SourceError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

NULLS = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null")
"""Fields that mean a missing value, quoted or not."""

_COLUMNS_A_QUERY = 32

_BLANKS = r"[\t\n\f\r ]*"
WHOLE = rf"{_BLANKS}[+-]?[0-9]{{1,18}}{_BLANKS}"
"""Whole numbers, as a regular expression that a whole field has to match: RE2's and Java's read these alike."""
PADDED = rf"{_BLANKS}[+-]?0[0-9]+{_BLANKS}"
"""Digits behind a zero, such as postal codes."""
NUMBER = rf"{_BLANKS}[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|(?i:inf|infinity)){_BLANKS}"
"""Numbers, whole ones among them."""
FLAG = "(?i:true|false)"
"""Yes or no."""
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
"""Days; one that does not exist is text."""
MOMENT = DAY + r"[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
"""Moments; 24:00, which some engines take for the next day, is none."""
SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""Blanks that are no part of a field where they stand around it: Unicode's space separators, which DuckDB trims."""
_NUMBERS = ((WHOLE, "BIGINT"), (NUMBER, "DOUBLE"))
_OTHERS = ((FLAG, "BOOLEAN"), (DAY, "DATE"), (MOMENT, "TIMESTAMP"))
_FEW = 500
"""Different values in the first rows up to which a column is taken to have few in all."""


def typed(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[tuple[str, Layout]],
    nulls: Sequence[str] = NULLS,
    keys: Sequence[str] = (),
) -> pd.DataFrame:
    """The table with the columns ``c0, c1, …`` typed; the rows in their order.

    A column is, in this order: whole numbers (up to 18 digits), numbers, booleans (only ``true``/``false`` in
    any case), days or moments in ISO form, else text. Every value of every file is looked at, so a type never
    depends on a sample. Whole numbers with leading zeros, such as postal codes, stay text. Blanks around a field are no
    part of it.

    Args:
        connection: where the fields are made; see `fields_of`.
        files: path and layout of each, of the same columns in any order; ``c0, c1, …`` is that of the first.
        nulls: fields that mean a missing value, besides empty ones.
        keys: see `fields_of`; they stay text.
    """
    import pandas as pd

    width = len(files[0][1].names)
    columns = [f"c{place}" for place in range(width)]
    # Many queries are not each to read all columns.
    fields_of(connection, files, nulls, keys, kept="TABLE" if len(columns) > _COLUMNS_A_QUERY else "VIEW")
    types = _column_types(connection, "fields", columns, nulls)
    terms = [f"CAST({_present(name, nulls)} AS {types[name]}) AS {name}" for name in columns]
    terms += [f"c{width + place}" for place in range(len(keys))]
    # Of very many terms a query takes a time that grows with the square of them, and so does one of a view of them.
    parts = [terms[start : start + _COLUMNS_A_QUERY] for start in range(0, len(terms), _COLUMNS_A_QUERY)]
    return pd.concat([connection.execute(f"SELECT {', '.join(part)} FROM fields").df() for part in parts], axis=1)


def fields_of(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[tuple[str, Layout]],
    nulls: Sequence[str],
    keys: Sequence[str] = (),
    kept: str = "VIEW",
) -> None:
    """Make views of the text of each field: ``texts``, ``fields`` without blanks around it, and ``raw`` without those
    that mean a missing value; columns are called ``c0, c1, …`` by their place in the first file.

    Args:
        connection: where the views are made.
        files: see `typed`.
        nulls: fields that mean a missing value, besides empty ones.
        keys: columns behind those of the files, whose values stand in the names of folders, as in ``year=2026``.
        kept: whether the fields are a VIEW of the files or a TABLE.
    """
    names = files[0][1].names
    of_folders = {f"c{len(names) + place}": in_folder(key) for place, key in enumerate(keys)}
    columns = [f"c{place}" for place in range(len(names))]
    folders = [f"{value} AS {name}" for name, value in of_folders.items()]
    alike = [list(group) for _, group in groupby(files, key=lambda file: (file[1].names, file[1].line_end))]
    tables = " UNION ALL ".join(
        f"SELECT {', '.join([*columns, *folders])} FROM {_csv(group, names, named=bool(keys))}" for group in alike
    )
    connection.execute(f"CREATE VIEW texts AS {tables}")
    cleaned(connection, "", columns, list(of_folders), nulls, kept)


def cleaned(
    connection: duckdb.DuckDBPyConnection,
    prefix: str,
    columns: Sequence[str],
    others: Sequence[str],
    nulls: Sequence[str],
    kept: str = "VIEW",
) -> None:
    """Make ``fields`` of ``texts``, and ``raw`` of that; see `fields_of`.

    Args:
        connection: where the tables are.
        prefix: what the names of the three begin with.
        columns: columns of texts.
        others: columns that stay as they are.
        nulls: see `fields_of`.
        kept: whether the second is a VIEW or a TABLE.
    """
    trimmed = [f"trim({name}) AS {name}" for name in columns]
    connection.execute(f"CREATE {kept} {prefix}fields AS SELECT {', '.join([*trimmed, *others])} FROM {prefix}texts")
    values = [f"{_present(name, nulls)} AS {name}" for name in columns]
    connection.execute(f"CREATE VIEW {prefix}raw AS SELECT {', '.join([*values, *others])} FROM {prefix}fields")


@dataclass(frozen=True)
class Looked:
    """What columns of text hold."""

    rows: int
    """Rows of the table."""
    types: dict[str, str]
    """The type of each column."""
    marks: dict[str, str]
    """A text that was read as missing, for columns that have one."""
    spread: dict[str, int]
    """About how many distinct values columns have, missing ones apart, as far as that is known."""


def types_of_text(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], nulls: Sequence[str], prefix: str = ""
) -> Looked:
    """What some columns of ``raw`` hold, whose name may begin with something, typed as `typed` has them; in one pass
    over the file for every few columns, unless text has many different values.

    Columns with few different values in the first rows are asked for those, and the types are told of them; of the
    others it is counted how many values fit.
    """
    parts = [columns[start : start + _COLUMNS_A_QUERY] for start in range(0, len(columns), _COLUMNS_A_QUERY)]
    whole = Looked(0, {}, {}, {})
    for part in parts:
        looked = _looked(connection, part, nulls, prefix)
        whole = Looked(
            looked.rows, whole.types | looked.types, whole.marks | looked.marks, whole.spread | looked.spread
        )
    return whole


def _looked(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], nulls: Sequence[str], prefix: str) -> Looked:
    names = ", ".join(f"count(DISTINCT {name})" for name in columns)
    some = f"(SELECT {', '.join(columns)} FROM {prefix}fields LIMIT {FIRST})"
    seen = connection.execute(f"SELECT {names} FROM {some}").fetchone() or ()
    few = [name for name, count in zip(columns, seen, strict=True) if count <= _FEW]
    many = [name for name in columns if name not in few]
    marked = _listed(nulls)
    asked = ["count(*)", *(f"list(DISTINCT {name})" for name in few)]
    for name in many:
        value = f"CASE WHEN {name} IN ({marked}) THEN NULL ELSE {name} END"
        asked += [f"max({name}) FILTER ({name} IN ({marked}))", f"count({value})"]
        asked += [*(_fits(value, *kind) for kind in _NUMBERS), _padded(value)]
        asked += [f"approx_count_distinct(TRY_CAST({value} AS DOUBLE))"]
    row = list(connection.execute(f"SELECT {', '.join(asked)} FROM {prefix}fields").fetchone() or ())
    rows = row.pop(0)
    types: dict[str, str] = {}
    marks: dict[str, str] = {}
    spread: dict[str, int] = {}
    for name in few:
        values = {value for value in row.pop(0) or () if value}
        marks |= {name: max(values & set(nulls))} if values & set(nulls) else {}
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE level AS SELECT unnest(?::VARCHAR[]) AS v", [sorted(values - set(nulls))]
        )
        types |= {name: _column_types(connection, "level", ["v"], ())["v"]}
        spread[name] = len(values)
    text = []
    for name in many:
        mark, total, wholes, numbers, padded, about = (row.pop(0) for _ in range(6))
        marks |= {name: mark} if mark else {}
        if total and total in (wholes, numbers):
            types[name] = "VARCHAR" if padded else "BIGINT" if wholes == total else "DOUBLE"
            spread |= {} if padded else {name: about}
        else:
            text.append(name)
    if text:
        types |= _other_types(connection, f"{prefix}fields", text, nulls)
    return Looked(rows, types, marks, spread)


def _csv(files: Sequence[tuple[str, Layout]], names: Sequence[str], named: bool) -> str:
    """The table function that reads files of one layout; columns are called by their place among `names`, and where
    that is wanted the last one is ``filename``."""
    paths, shape = ", ".join(_quoted(path) for path, _ in files), files[0][1]
    table = ", ".join(f"'c{names.index(name)}': 'VARCHAR'" for name in shape.names)
    told = {"": "", "\n": " new_line='\\n',", "\r": " new_line='\\r',"}[shape.line_end]
    return (
        f"read_csv([{paths}], auto_detect=false,{told} header=true, skip=0, delim='{shape.separator}', quote='\"',"
        f" escape='\"', nullstr='', columns={{{table}}}, compression='{'gzip' if shape.zipped else 'none'}',"
        f" hive_partitioning=false, strict_mode=true{', filename=true' if named else ''})"
    )


def _quoted(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def marks_of_missing(
    connection: duckdb.DuckDBPyConnection, places: Sequence[int], nulls: Sequence[str]
) -> dict[int, str]:
    """For columns of ``fields`` by place: a text that was read as missing; none where only empty fields were."""
    columns = [f"c{place}" for place in places]
    marks = dict(_below_each_other(connection, "fields", columns, f"max(v) FILTER (v IN ({_listed(nulls)}))"))
    return {place: marks[name] for place, name in zip(places, columns, strict=True) if marks.get(name)}


def _listed(nulls: Sequence[str]) -> str:
    """The fields that mean a missing value, in SQL."""
    return ", ".join(_quoted(mark) for mark in dict.fromkeys(("", *nulls)))


def _present(name: str, nulls: Sequence[str]) -> str:
    """A column of text without the fields that mean a missing value, in SQL."""
    marks = " ".join(f"WHEN {_quoted(mark)} THEN NULL" for mark in dict.fromkeys(("", *nulls)))
    # Not `name IN (…)`: DuckDB makes a join of that, and a join does not keep the order of rows.
    return f"CASE {name} {marks} ELSE {name} END"


def _column_types(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], nulls: Sequence[str]
) -> dict[str, str]:
    """The type of each column of text of a table."""
    numbers = _first_fit(connection, table, columns, nulls, _NUMBERS)
    rest = [name for name in columns if name not in numbers]
    return numbers | _other_types(connection, table, rest, nulls)


def _other_types(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], nulls: Sequence[str]
) -> dict[str, str]:
    """The types of columns that hold no numbers."""
    return dict.fromkeys(columns, "VARCHAR") | _first_fit(connection, table, columns, nulls, _OTHERS)


def _fits(value: str, pattern: str, cast_to: str) -> str:
    """How many values have a form and can be cast, in SQL."""
    return f"count(*) FILTER (regexp_full_match({value}, '{pattern}') AND TRY_CAST({value} AS {cast_to}) IS NOT NULL)"


def _padded(value: str) -> str:
    return f"count(*) FILTER (regexp_full_match({value}, '{PADDED}'))"


def _first_fit(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    nulls: Sequence[str],
    kinds: Sequence[tuple[str, str]],
) -> dict[str, str]:
    """Column → the first kind that all its values have, but text where whole numbers begin with a zero; columns of
    no kind, or without values, are left out."""
    value = _present("v", nulls)
    counts = [f"count({value})", *(_fits(value, *kind) for kind in kinds), _padded(value)]
    fit: dict[str, str] = {}
    for name, total, *fitting, padded in _below_each_other(connection, table, columns, ", ".join(counts)):
        held = [kind for (_, kind), count in zip(kinds, fitting, strict=True) if total and count == total]
        fit |= {name: "VARCHAR" if padded else held[0]} if held else {}
    return fit


def _below_each_other(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], counts: str
) -> list[tuple[Any, ...]]:
    """Name and counts, in SQL of a value v, of each column that is not all null.

    The columns are laid below each other: as expressions of one query they would take a time that grows with the
    square of their number.
    """
    if not columns:
        return []
    names = ", ".join(columns)
    below = f"(UNPIVOT (SELECT {names} FROM {table}) ON {names} INTO NAME name VALUE v)"
    return connection.execute(f"SELECT name, {counts} FROM {below} GROUP BY name").fetchall()


def explain(error: Exception, name: str) -> SourceError:
    """The error of the CSV parser in the words of a user who looks at the file."""
    text = str(error)
    line = re.search(r"on Line: (\d+)", text, re.IGNORECASE)
    where = f" (line {line.group(1)})" if line else ""
    width = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if width:
        return SourceError(
            f"'{name}'{where} has {width.group(2)} values where the header has {width.group(1)} columns; "
            "give every row as many values as the header, and quote values that contain the separator"
        )
    if "utf-8" in text.lower() or "unicode" in text.lower():
        return SourceError(f"'{name}' is not UTF-8 text{where}; save it with UTF-8 encoding")
    if "unterminated quote" in text:
        return SourceError(f"'{name}' has a quotation mark that is not closed{where}")
    if "state machine" in text:
        return SourceError(
            f"'{name}' mixes kinds of line ends, or uses quotation marks in no regular way; write it again "
            "with one kind of line end"
        )
    reason = text.strip().splitlines()[0].rstrip(".") if text.strip() else type(error).__name__
    return SourceError(f"'{name}' cannot be read as CSV{where}: {reason}; write it again")
