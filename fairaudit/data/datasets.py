"""The five tables that come with the package; `datasets/README.md` tells where they are from."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.data.descriptions import DESCRIPTIONS, Description
from fairaudit.data.roles import Roles, Task
from fairaudit.errors import OptionError, SourceError, listing
from fairaudit.files import check_target, write_whole

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.results import Source

EXPORT_SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, eq=False)
class Dataset:
    """An embedded table with its roles and its story."""

    name: str
    """Name to load it by."""
    title: str
    """What it is, in one line."""
    frame: pd.DataFrame
    """The rows."""
    roles: Roles
    """Which column plays which part unless the user says otherwise."""
    description: str
    """One paragraph."""
    origin: str
    """Where the file comes from, and whom to cite."""
    licence: str
    """Under which terms, as far as known."""
    defects: str
    """What is known to be wrong or peculiar."""
    columns: dict[str, str]
    """Column → meaning."""
    source: Source
    """Name, SHA-256 and size of the file."""

    def roles_with(self, **changes: Any) -> Roles:
        """The roles with a user's changes (fields of `Roles`).

        What belongs to the table's own target goes when the target changes: the task is guessed unless given,
        and the exposure stays only for a count. So ``health`` with target ``meddol`` and task ``regression``
        needs no more."""
        roles = replace(self.roles, **changes)
        if roles.target != self.roles.target and "task" not in changes:
            roles = replace(roles, task=None)
        if roles.task != "count" and "exposure" not in changes:
            roles = replace(roles, exposure=None)
        return roles


@dataclass(frozen=True)
class Summary:
    """One line of the list of embedded tables."""

    name: str
    """Name to load it by."""
    title: str
    """What it is, in one line."""
    rows: int
    """Rows."""
    columns: int
    """Columns."""
    task: Task
    """Task of its roles."""


def dataset_names() -> tuple[str, ...]:
    """Names of the embedded tables."""
    return tuple(DESCRIPTIONS)


def summaries() -> tuple[Summary, ...]:
    """The list of embedded tables, without reading them."""
    return tuple(
        Summary(name, about.title, about.rows, len(about.columns), about.task) for name, about in DESCRIPTIONS.items()
    )


def load_dataset(name: str) -> Dataset:
    """The embedded table called `name`."""
    from fairaudit.data.sources import read

    about = _description(name)
    loaded = read(str(_file(name)))
    return Dataset(
        name=name,
        title=about.title,
        frame=loaded.frame,
        roles=about.roles,
        description=about.description,
        origin=about.origin,
        licence=about.licence,
        defects=about.defects,
        columns=dict(about.columns),
        source=type(loaded.source)(name=name, sha256=loaded.source.sha256, bytes=loaded.source.bytes),
    )


def load_source(source: str, given: dict[str, Any]) -> tuple[pd.DataFrame, Source, Roles]:
    """The rows of an embedded table, with its roles changed by those given, or of a file with those given alone.

    Args:
        source: name of an embedded table, else what `sources.read` reads.
        given: fields of `Roles` that a user has said.
    """
    if source in dataset_names():
        dataset = load_dataset(source)
        changes = dict(given)
        if "drop" in changes:
            changes["drop"] = (*dataset.roles.drop, *changes["drop"])
        if "threshold" in changes and "decision" not in changes:
            changes["decision"] = None
        return dataset.frame, dataset.source, dataset.roles_with(**changes)
    from fairaudit.data.sources import read

    loaded = read(source)
    return loaded.frame, loaded.source, Roles(**given)


def export(name: str, path: str | Path) -> Path:
    """Write an embedded table to `path` as .csv, .csv.gz or .parquet, and return the path.

    The bytes depend only on the table (gzip has no time stamp). An existing file is replaced in one step, so
    a failure leaves the old one or none."""
    _description(name)
    check_target(path)
    path = Path(path)
    suffix = next((known for known in EXPORT_SUFFIXES if path.name.lower().endswith(known)), None)
    if suffix is None:
        raise OptionError(f"'{path}' must end in one of {listing(EXPORT_SUFFIXES)}, which says how to write it")
    write_whole(path, _bytes(load_dataset(name).frame, suffix))
    return path


def _description(name: str) -> Description:
    if name not in DESCRIPTIONS:
        raise SourceError(f"there is no embedded table '{name}'; there are {listing(DESCRIPTIONS)}")
    return DESCRIPTIONS[name]


def _file(name: str) -> Path:
    """The table in an installed package, else beside the package in a checkout."""
    package = Path(str(resources.files("fairaudit")))
    folders = (package / "datasets", package.parent / "datasets")
    for folder in folders:
        if (folder / f"{name}.csv.gz").is_file():
            return folder / f"{name}.csv.gz"
    places = listing(f"'{folder}'" for folder in folders)
    raise SourceError(f"the embedded table '{name}.csv.gz' is not in {places}; install fairaudit-cli again")


def _bytes(frame: pd.DataFrame, suffix: str) -> bytes:
    buffer = io.BytesIO()
    if suffix == ".parquet":
        frame.to_parquet(buffer, index=False)
        return buffer.getvalue()
    text = frame.to_csv(index=False, lineterminator="\n").encode()
    if suffix == ".csv":
        return text
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        file.write(text)
    return buffer.getvalue()
