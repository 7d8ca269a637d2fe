"""Finished folds of a calibration, kept in a file so that an interrupted one goes on where it stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from fairaudit.errors import OptionError, SourceError

FoldNumbers = list[dict[str, float | None]]
"""The numbers of each strength of a path, on one fold."""


def _record(line: str) -> dict[str, Any] | None:
    """A finished fold; None where the run was cut off while it was written."""
    try:
        held: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return held


class FoldStore:
    """Finished folds, kept in a file line by line so that an interruption loses one fold at most."""

    def __init__(self, path: str | None, fingerprint: str) -> None:
        """The folds that a file holds already; None: nothing is kept.

        Raises:
            SourceError: the file holds something else.
            OptionError: it holds the folds of another calibration.
        """
        self.file = None if path is None else Path(path)
        self.fingerprint = fingerprint
        self.path: list[float] = []
        self.torn = False
        self.folds: dict[tuple[int, int], FoldNumbers] = {}
        if self.file is not None and self.file.exists():
            self._read(self.file)

    def _read(self, file: Path) -> None:
        try:
            text = file.read_text(encoding="utf-8")
            self.torn = not text.endswith("\n")
            first, *lines = text.splitlines() or [""]
            head = json.loads(first)
            fingerprint, self.path = head["fairaudit calibration"], head["strengths"]
            records = [record for record in map(_record, lines) if record is not None]
            self.folds = {(record["repeat"], record["fold"]): record["numbers"] for record in records}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SourceError(f"'{file}' holds no calibration to resume; give --resume another path") from error
        if fingerprint != self.fingerprint:
            raise OptionError(
                f"'{file}' holds the folds of another calibration: data, columns or options differ; give --resume"
                " another path, or delete the file"
            )

    def begin(self, path: list[float]) -> None:
        """Write the head, unless it is there."""
        if not self.path:
            self.path = path
            self._write({"fairaudit calibration": self.fingerprint, "strengths": path})

    def add(self, repeat: int, fold: int, numbers: FoldNumbers) -> None:
        """Keep a finished fold."""
        self.folds[repeat, fold] = numbers
        self._write({"repeat": repeat, "fold": fold, "numbers": numbers})

    def _write(self, record: dict[str, object]) -> None:
        if self.file is None:
            return
        try:
            with self.file.open("a", encoding="utf-8") as out:
                if self.torn:
                    out.write("\n")
                    self.torn = False
                out.write(json.dumps(record) + "\n")
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise OptionError(f"cannot write '{self.file}': {error.strerror}") from error
