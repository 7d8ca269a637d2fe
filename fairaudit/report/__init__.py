"""Reports: each renderer maps a frozen result to one string; this module writes that string to a file.

::

    Audit, Explanation ── sections ─┬─ document ─→ formats: html, md
                          opening ──┘         └──→ terminal
                   └───────────────────────────→ formats: json

A section has its words, tables, pictures, lines on a terminal and findings in one file; sections and formats are found
by listing their packages. Nothing heavy is imported until a format is asked for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.errors import OptionError
from fairaudit.files import check_target, write_whole
from fairaudit.report.formats import SUFFIXES, render

if TYPE_CHECKING:
    from fairaudit.report.opening import Reported


def check_path(path: str | os.PathLike[str]) -> None:
    """Refuse a report path that could not be written, before any work is done for it.

    Raises:
        OptionError: the suffix is not of a known format, the folder does not exist or cannot be written to, or the
            path is a folder.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise OptionError(f"report '{path}': the suffix says the format and must be one of {known}")
    check_target(path)


def write(result: Reported, path: str | os.PathLike[str]) -> None:
    """Write the report of `result` in the format of the suffix, such as ``.html``.

    The file appears complete or not at all: it is written under another name beside its place and then renamed.

    Raises:
        OptionError: as `check_path`, or the file could not be written.
    """
    check_path(path)
    write_whole(path, content(result, path))


def content(result: Reported, path: str | os.PathLike[str]) -> bytes:
    """The report of `result` in the format of the suffix of `path`, which `check_path` has let pass."""
    return render(result, Path(path).suffix.lower()).encode("utf-8")
