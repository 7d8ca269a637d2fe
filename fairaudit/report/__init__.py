"""Reports: each renderer maps a frozen result to one string; this module writes that string to a file.

::

    Audit ── wording ── findings ─┐
          └─ tables ── outline ───┼─ document ─→ html, markdown
    Explanation ───── explained ──┘          └─→ terminal
          └─ charts ─→ html
          └─→ json

Nothing heavy is imported until a format is asked for.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from fairaudit.errors import OptionError
from fairaudit.files import check_target, write_whole

if TYPE_CHECKING:
    from fairaudit.report.document import Reported

FORMATS = {".html": "report.html", ".json": "results.json", ".md": "report.markdown"}
"""Suffix of a report file → module that renders it."""


def check_path(path: str | os.PathLike[str]) -> None:
    """Refuse a report path that could not be written, before any work is done for it.

    Raises:
        OptionError: the suffix is not of a known format, the folder does not exist or cannot be written to, or the
            path is a folder.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise OptionError(f"report '{path}': the suffix says the format and must be one of {known}")
    check_target(path)


def write(result: Reported, path: str | os.PathLike[str]) -> None:
    """Write the report of `result` in the format of the suffix: ``.html``, ``.md`` or ``.json``.

    The file appears complete or not at all: it is written under another name beside its place and then renamed.

    Raises:
        OptionError: as `check_path`, or the file could not be written.
    """
    check_path(path)
    write_whole(path, content(result, path))


def content(result: Reported, path: str | os.PathLike[str]) -> bytes:
    """The report of `result` in the format of the suffix of `path`, which `check_path` has let pass."""
    report: str = import_module(f"fairaudit.{FORMATS[Path(path).suffix.lower()]}").render(result)
    return report.encode("utf-8")
