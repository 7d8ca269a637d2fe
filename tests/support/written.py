"""Files that a test writes and reads."""

from __future__ import annotations

import gzip
from pathlib import Path

from fairaudit.data.sources import read


def write(name: str, content: bytes | str) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def rows(source: str, **options) -> list[list[object]]:
    frame = read(source, **options).frame
    return [list(frame.columns), *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]


def gzipped(content):
    """The content as a gzip file without a clock: two workers collect tests of the same names."""
    return gzip.compress(content, mtime=0)
