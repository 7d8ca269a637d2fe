"""The tables that come with the package: each is a NAME.csv.gz with a NAME.toml beside it, found by listing."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.data.roles import Roles
from fairaudit.errors import OptionError, SourceError, listing
from fairaudit.files import check_target, write_whole

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.results import Source

EXPORT_SUFFIXES = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Description:
    """What is known of an embedded table before a row is read: its .toml."""

    name: str
    """Name to load it by: that of its files."""
    title: str
    """What it is, in one line."""
    rows: int
    """Rows of the file; a test counts them."""
    roles: Roles
    """Which column plays which part unless the user says otherwise; the task is always told."""
    description: str
    """One paragraph."""
    origin: str
    """Where the file comes from, and whom to cite."""
    licence: str
    """Under which terms, as far as known."""
    defects: str
    """What is known to be wrong or peculiar."""
    remarks: str = ""
    """How to use it, where that is not plain; else empty."""
    columns: Mapping[str, str]
    """Column → meaning."""

    def part(self, column: str) -> str:
        """What a column is for: a role in words, ``feature``, ``protected``, or empty where it has no role."""
        roles = self.roles
        if column in [attribute.name for attribute in roles.protected]:
            return "protected"
        for role in ("target", "prediction", "decision", "exposure", "weight", "count", "cluster", "split_by"):
            if (text := getattr(roles, role)) is not None and text.partition("=")[0] == column:
                return role.replace("split_by", "split key")
        return "feature" if column in (roles.features or ()) else ""

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


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset(Description):
    """An embedded table with its roles and its story."""

    frame: pd.DataFrame
    """The rows."""
    source: Source
    """Name, SHA-256 and size of the file."""


def dataset_names() -> tuple[str, ...]:
    """Names of the embedded tables in alphabetical order: one listing of a folder, no file is opened."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def describe(name: str) -> Description:
    """What is known of the embedded table called `name`, without reading it."""
    import tomllib

    path = _file(name, ".toml")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        roles = Roles.from_words(content.pop("roles"))
        columns = content.pop("columns")
        rows = content.pop("rows")
        texts = {key: " ".join(text.split()) for key, text in content.items()}
        return Description(name=name, rows=rows, roles=roles, columns=columns, **texts)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SourceError(f"'{path}' is no description of a table: {error}") from None


def load_dataset(name: str) -> Dataset:
    """The embedded table called `name`."""
    from fairaudit.data.sources import read

    about = describe(name)
    loaded = read(str(_file(name, ".csv.gz")))
    source = type(loaded.source)(name=name, sha256=loaded.source.sha256, bytes=loaded.source.bytes)
    return Dataset(**vars(about), frame=loaded.frame, source=source)


@dataclass(frozen=True)
class Named:
    """What a user means by a source, and by the roles that were said beside it."""

    path: str
    """What `sources.read` reads."""
    embedded: str | None
    """Name of the embedded table; None for a file."""
    roles: Roles
    """Those of an embedded table, changed by what was said."""

    @property
    def na(self) -> str | None:
        """Fields of the file that mean a missing value; see `sources.read`."""
        return None if self.embedded else self.roles.cleaning.na

    def source(self, read: Source) -> Source:
        """Where the rows are from, under the name that the user said."""
        return type(read)(name=self.embedded, sha256=read.sha256, bytes=read.bytes) if self.embedded else read


def named(source: str, given: dict[str, Any]) -> Named:
    """What a user means.

    Args:
        source: name of an embedded table, else what `sources.read` reads.
        given: fields of `Roles` that were said.
    """
    if source not in dataset_names():
        return Named(source, None, Roles(**given))
    about, changes = describe(source), dict(given)
    if "drop" in changes:
        changes["drop"] = (*about.roles.drop, *changes["drop"])
    if "threshold" in changes and "decision" not in changes:
        changes["decision"] = None
    return Named(str(_file(source, ".csv.gz")), source, about.roles_with(**changes))


def load_source(source: str, given: dict[str, Any]) -> tuple[pd.DataFrame, Source, Roles]:
    """The rows of an embedded table, with its roles changed by those given, or of a file with those given alone; see
    `named`."""
    from fairaudit.data.sources import read

    meant = named(source, given)
    loaded = read(meant.path, na=meant.na)
    return loaded.frame, meant.source(loaded.source), meant.roles


def export(name: str, path: str | Path) -> Path:
    """Write an embedded table to `path` as .csv, .csv.gz or .parquet, and return the path.

    The bytes depend only on the table (gzip has no time stamp). An existing file is replaced in one step, so
    a failure leaves the old one or none."""
    _file(name, ".csv.gz")
    check_target(path)
    path = Path(path)
    suffix = next((known for known in EXPORT_SUFFIXES if path.name.lower().endswith(known)), None)
    if suffix is None:
        raise OptionError(f"'{path}' must end in one of {listing(EXPORT_SUFFIXES)}, which says how to write it")
    write_whole(path, _bytes(load_dataset(name).frame, suffix))
    return path


def _folder() -> Path:
    """The folder of the tables: in an installed package, else beside the package in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "datasets"
    return inside if inside.is_dir() else package.parent / "datasets"


def _file(name: str, suffix: str) -> Path:
    """One of the two files of an embedded table."""
    known = dataset_names()
    if not known:
        raise SourceError(f"the embedded tables are not in '{_folder()}'; install fairaudit-cli again")
    if name not in known:
        raise SourceError(f"there is no embedded table '{name}'; there are {listing(known)}")
    path = _folder() / f"{name}{suffix}"
    if not path.is_file():
        raise SourceError(f"the embedded table '{path.name}' is not in '{path.parent}'; install fairaudit-cli again")
    return path


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
