"""Earlier results under version control, and whether today's are worse.

The file holds, for each limit with a margin, the value and its standard error: small, sorted, without a clock. Where
the data have a key, a second file holds what two predictions of the same row need to be compared: a hash of the key,
the prediction and the decision. No protected attribute and no outcome is in it.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from fairaudit.auditing.reading import Reading
from fairaudit.errors import ConfigError
from fairaudit.gate.config import Configuration
from fairaudit.gate.rules import Rule
from fairaudit.gate.tables import Measuring
from fairaudit.results import Cell, Result, Source
from fairaudit.results.check import GroupSize

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable

MATCHED = 0.9
"""Share of today's rows that must be in the baseline for the same rows to be compared."""
DIGITS = 32
"""Hexadecimal digits kept of the hash of a key: 128 bits."""
HEADER = ["key", "prediction", "decision"]


class StoredNumber(Result, frozen=True, kw_only=True):
    """One number of a baseline."""

    rule: str
    """Id of the rule, FB…"""
    by: list[str]
    """Attributes that form the groups."""
    cell: Cell | None = None
    """The group, where each has its own value."""
    value: float
    """The number."""
    standard_error: Annotated[float, msgspec.Meta(ge=0)]
    """Its standard error."""
    spared: bool = False
    """Whether it is a ratio of 1 − the rate, which no ratio of the rate is compared with."""


class StoredData(Result, frozen=True, kw_only=True):
    """The baseline of one of the data."""

    source: Source
    """What was measured."""
    rows: int
    """Rows used."""
    keyed: Source | None = None
    """The file of single rows; None without a key."""
    numbers: list[StoredNumber]
    """The numbers, sorted."""
    groups: list[GroupSize] | None = None
    """Groups of categories and of given bands, with their rows; None in a baseline of an early version."""


class BaselineFile(Result, frozen=True, kw_only=True):
    """A stored baseline."""

    schema: Literal["fairaudit/baseline/1"] = "fairaudit/baseline/1"
    """Name and version of the format."""
    fairaudit: str
    """Version that wrote it."""
    options: Measuring
    """How it was measured."""
    data: dict[str, StoredData]
    """Name of the data → its numbers."""


def stored(rule: Rule, reading: Reading, confidence: float) -> StoredNumber | None:
    """A reading as a baseline keeps it; None where there is no value to keep."""
    error = reading.standard_error(confidence)
    if reading.value is None or error is None:
        return None
    return StoredNumber(
        rule=rule.baseline_id,
        by=list(reading.by),
        cell=reading.cell,
        value=reading.value,
        standard_error=error,
        spared=reading.spared,
    )


def rows_path(configuration: Configuration, name: str) -> Path:
    """Where the rows of some data are kept, beside the baseline; what no file name should have becomes a hash."""
    assert configuration.config.baseline is not None
    main = Path(configuration.resolve(configuration.config.baseline.file))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:40]
    if plain != name:
        plain += f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return main.with_name(f"{main.stem}-{plain}.csv.gz")


def load(configuration: Configuration) -> tuple[BaselineFile, Source]:
    """The stored baseline and its fingerprint.

    Raises:
        ConfigError: there is none, it is broken, or was measured in another way.
    """
    assert configuration.config.baseline is not None
    name = configuration.config.baseline.file
    path = Path(configuration.resolve(name))
    update = "write it with: fairaudit baseline update"
    try:
        content = path.read_bytes()
        held = msgspec.json.decode(content, type=BaselineFile)
    except OSError as error:
        raise ConfigError(f"the baseline '{name}' cannot be read: {error.strerror or error}; {update}") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ConfigError(f"the baseline '{name}' is none that fairaudit wrote ({error}); {update}") from None
    except RecursionError:
        raise ConfigError(f"the baseline '{name}' is none that fairaudit wrote (nested too deep); {update}") from None
    for field in ("min_group", "density", "scale"):
        then, now = getattr(held.options, field), getattr(configuration.config.options, field)
        if then != now:
            raise ConfigError(
                f"the baseline '{name}' was measured with {field.replace('_', '-')} = {then}, and it is {now} now; "
                "numbers measured in two ways cannot be compared: change it back, or run: fairaudit baseline update"
            )
    return held, Source(name=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def hashed_keys(column: pd.Series, name: str) -> list[str]:
    """The keys of rows as a baseline keeps them.

    Raises:
        ConfigError: a key is missing, or two rows have the same.
    """
    from fairaudit.data.values import labels

    if column.isna().any():
        raise ConfigError(f"the key '{name}' is missing in {int(column.isna().sum())} rows; every row needs one")
    twice = column[column.duplicated()]
    if len(twice):
        raise ConfigError(
            f"the key '{name}' is not unique: '{twice.iloc[0]}' names {int((column == twice.iloc[0]).sum())} rows"
        )
    return [hashlib.sha256(f"fairaudit:{value}".encode()).hexdigest()[:DIGITS] for value in labels(column)]


def rows_content(keys: Sequence[str], table: RoleTable) -> bytes:
    """The file of single rows: CSV, sorted by hash, compressed without a time stamp. Predicted classes are names."""
    columns = [
        [""] * len(keys) if values is None else [repr(float(value)) for value in values]
        for values in (table.prediction, table.decision)
    ]
    if table.task == "multiclass" and table.decision is not None:
        columns[1] = [table.outcome_levels[int(code)] for code in table.decision]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(sorted(zip(keys, *columns, strict=True)))
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(text.getvalue().encode())
    return buffer.getvalue()


def matched_rows(
    path: Path, expected: Source, keys: Sequence[str], table: RoleTable
) -> tuple[tuple[RoleTable, RoleTable] | None, int]:
    """Today's rows that the baseline has, as they are and with the predictions and decisions of the baseline, and how
    many they are; None where too few match.

    Raises:
        ConfigError: the file is missing, or is not the one that belongs to the baseline.
    """
    update = "run: fairaudit baseline update"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"'{path.name}', the rows of the baseline, cannot be read: {error.strerror}; {update}"
        ) from None
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise ConfigError(f"'{path.name}' does not belong to the baseline: its content has changed; {update}")
    try:
        before = _rows_before(content, table.outcome_levels if table.task == "multiclass" else ())
    except (OSError, EOFError, ValueError, csv.Error, zlib.error) as error:
        raise ConfigError(f"'{path.name}' holds no rows that fairaudit wrote ({error}); {update}") from None
    place = np.array([index for index, key in enumerate(keys) if key in before], dtype=np.intp)
    if len(place) < MATCHED * len(keys) or not len(place):
        return None, len(place)
    held = [before[keys[index]] for index in place]
    now = replace(_taken(table, place), probabilities=None)  # of classes what is kept is the predicted one
    old = replace(now, prediction=_column([each[0] for each in held]), decision=_column([each[1] for each in held]))
    same = all((a is None) == (b is None) for a, b in ((now.prediction, old.prediction), (now.decision, old.decision)))
    return ((now, old) if same else None), len(place)


def _rows_before(content: bytes, classes: Sequence[str]) -> dict[str, tuple[float | None, float | None]]:
    """Key → prediction and decision of a row, None where a table had none; of classes the code of the decision, without
    rows of one that there is not today.

    Raises:
        ValueError: a line is not as `rows_content` writes it. (OSError, EOFError, zlib.error: it is not compressed so.)
    """
    lines = csv.reader(io.StringIO(gzip.decompress(content).decode()))
    if next(lines, None) != HEADER:
        raise ValueError(f"the first line is not {','.join(HEADER)}")
    before: dict[str, tuple[float | None, float | None]] = {}
    code = {name: float(place) for place, name in enumerate(classes)}
    for key, *values in lines:
        if classes:
            if len(values) != 2:
                raise ValueError(f"the row {key} has {len(values)} values")
            if values[1] in code:
                before[key] = None, code[values[1]]
            continue
        prediction, decision = (float(value) if value else None for value in values)
        if not np.isfinite(prediction or 0.0) or decision not in (None, 0.0, 1.0):
            raise ValueError(f"the row {key} has the values {', '.join(values)}")
        before[key] = prediction, decision
    return before


def _column(values: Sequence[float | None]) -> NDArray[np.float64] | None:
    return None if None in values else np.array(values, dtype=np.float64)


def _taken(table: RoleTable, place: NDArray[np.intp]) -> RoleTable:
    """Some of the rows of a table."""
    one_each = (
        "index",
        "outcome",
        "prediction",
        "decision",
        "exposure",
        "weight",
        "count",
        "cluster",
        "given",
        "split_key",
    )
    values: dict[str, Any] = {name: getattr(table, name) for name in one_each}
    chosen: dict[str, Any] = {name: None if each is None else each[place] for name, each in values.items()}
    return replace(
        table,
        protected={name: column.iloc[place].reset_index(drop=True) for name, column in table.protected.items()},
        features=table.features.iloc[place].reset_index(drop=True),
        **chosen,
    )


def encode(held: BaselineFile) -> bytes:
    """The baseline as it is stored: JSON, keys sorted, two spaces of indent."""
    return msgspec.json.format(msgspec.json.encode(held, order="sorted"), indent=2) + b"\n"
