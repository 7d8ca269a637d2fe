"""Folders in parts, as in ``year=2026/region=north/1.csv``: their files, and the columns in the names of folders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fairaudit.data.suffixes import SUFFIXES
from fairaudit.errors import SourceError, listing


@dataclass(frozen=True)
class File:
    """One file to read."""

    path: Path
    name: str
    """What messages call it."""
    suffix: str
    """One of `suffixes.SUFFIXES`, or empty for a stream, whose first bytes decide."""
    keys: tuple[str, ...] = ()
    """Names of the columns that are written in its folders, as in ``year=2026/region=north/1.parquet``."""


def partitions(folder: Path) -> list[File]:
    """The files of a folder whose subfolders are called ``NAME=VALUE``, all of one kind; none of another folder.

    Raises:
        SourceError: not all of them lie in folders of the same names, or they are of several kinds.
    """
    of_kind: dict[str, list[File]] = {}
    for path in sorted(folder.rglob("*")):
        suffix = next((end for end in SUFFIXES if path.name.lower().endswith(end)), None)
        if suffix is None or not path.is_file():
            continue
        above = path.relative_to(folder).parts[:-1]
        keys = tuple(part.partition("=")[0] for part in above if "=" in part)
        of_kind.setdefault(suffix.removesuffix(".gz"), []).append(File(path, str(path), suffix, keys))
    kinds = [kind for kind, files in of_kind.items() if any(file.keys for file in files)]
    if not kinds:
        return []
    if len(kinds) > 1:
        raise SourceError(
            f"folder '{folder}' has parts of several kinds ({listing(kinds)}); name those of one by a pattern"
        )
    files = of_kind[kinds[0]]
    for file in files:
        if file.keys != files[0].keys:
            here, there = (listing(each.keys) or "none" for each in (file, files[0]))
            raise SourceError(f"the folders of '{file.name}' are named by {here}, and those of others by {there}")
    return files


def in_folder(key: str) -> str:
    """What stands behind ``KEY=`` in the name of the innermost folder of ``filename`` that has it, in SQL: as Hive
    writes it, which calls what is missing by a name of its own."""
    pattern = rf".*[/\\]{re.escape(key)}=([^/\\]*)[/\\]"
    quoted = pattern.replace("'", "''")
    text = f"regexp_extract(filename, '{quoted}', 1)"
    return f"nullif(url_decode({text}), '__HIVE_DEFAULT_PARTITION__')"
