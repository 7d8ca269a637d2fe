"""The gate from Python: what ``check``, ``baseline`` and ``compare`` do on the command line."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairaudit.clock import today
from fairaudit.errors import OptionError
from fairaudit.files import write_all
from fairaudit.gate import comparing, run
from fairaudit.gate.config import FILE, Configuration, find, from_tables, read
from fairaudit.gate.measuring import Selection
from fairaudit.gate.series import Look
from fairaudit.results import Audit
from fairaudit.results.check import Check
from fairaudit.results.comparison import Comparison
from fairaudit.results.stored import from_file

Name = str | os.PathLike[str]
ConfigLike = Name | Mapping[str, Any] | Configuration | None
"""What names a configuration: its file or folder, its tables, the value itself, or None for the working directory."""


def check(
    config: ConfigLike = None,
    *,
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    fail_on: str | Sequence[str] = (),
    day: datetime.date | None = None,
) -> Check:
    """The limits of a configuration held against its data, and against its baseline where it has one.

    Args:
        config: path of a fairaudit.toml or pyproject.toml, or of a folder with one of them (None: the working
            directory), or the same tables as a mapping, such as
            ``{"data": {"main": {"source": "scores.csv", …}}, "limit": [{"measure": "selection_rate", "max": 0.1}]}``;
            paths in a mapping start at the working directory.
        select: check only rules whose ids begin so, such as ``"FA1"``.
        ignore: leave out rules whose ids begin so.
        fail_on: ``"warn"``: fail also where a limit that warns is broken; ``"inconclusive"``: status 3 where an
            interval straddles a limit.
        day: the day by which waivers must not have expired; None: today in UTC, or the day of SOURCE_DATE_EPOCH.

    Returns:
        The frozen result; its `status` is what the command line exits with: 0 every limit kept, 1 a limit broken,
        3 inconclusive, 4 nothing could be assessed.

    Raises:
        FairAuditError: the question could not be asked.
    """
    words = ("warn", "inconclusive")
    for word in _several(fail_on):
        if word not in words:
            raise OptionError(f"fail_on is {word!r}; it takes {' and '.join(map(repr, words))}")
    selection = Selection(
        select=tuple(sorted({prefix.upper() for prefix in _several(select)})),
        ignore=tuple(sorted({prefix.upper() for prefix in _several(ignore)})),
        fail_on=tuple(sorted(set(_several(fail_on)))),
    )
    return run.check(_configuration(config), day or today(), selection)


def baseline(config: ConfigLike = None) -> tuple[Path, ...]:
    """The files of a new baseline, written: today's results, which limits with a margin are then held against.

    Args:
        config: as `check` takes it; it needs a table ``baseline``.

    Returns:
        Paths of the files: first those with the predictions of single rows, where the data have a key, which are
        personal data; then the baseline itself. All are written, or none.

    Raises:
        FairAuditError: the configuration asks for no baseline, or its data cannot be measured.
    """
    files = run.updated(_configuration(config))
    write_all(files)
    return tuple(Path(path) for path in files)


def append_baseline(config: ConfigLike = None, *, label: str | None = None) -> tuple[Look, ...]:
    """Today's data added to the series that limits with ``decided-by = "anytime"`` are held against.

    Args:
        config: as `check` takes it; it needs a table ``baseline``.
        label: what to call this look, such as a day.

    Returns:
        The looks that were added, one for each of the data; none where today's data are the last look already.

    Raises:
        FairAuditError: no limit is decided at any time, or the series cannot go on with these data.
    """
    return tuple(run.appended(_configuration(config), label))


def compare(before: Audit | Name, after: Audit | Name) -> Comparison:
    """What changed beyond chance from one audit to another.

    Args:
        before: the first audit, or the path of its JSON.
        after: the second one.

    Returns:
        Every measure that both hold, with the change, its interval, and a p-value adjusted over all of them.

    Raises:
        FairAuditError: a file holds no audit, or the two cannot be compared.
    """
    return comparing.compare(*(each if isinstance(each, Audit) else load_audit(each) for each in (before, after)))


def load_audit(path: Name) -> Audit:
    """The audit in a JSON file, as ``audit --report audit.json`` or `Audit.to_json` wrote it.

    Raises:
        SourceError: the file cannot be read, or holds no audit.
    """
    return from_file(os.fspath(path), Audit)


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _configuration(given: ConfigLike) -> Configuration:
    if isinstance(given, Configuration):
        return given
    if isinstance(given, Mapping):
        return from_tables(dict(given), Path(FILE))
    path = Path() if given is None else Path(given)
    return read(find(path) if path.is_dir() else path)
