"""The bytes of a file: their digest, their number, and whether they are whole."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

from fairaudit.errors import SourceError

CHUNK = 1 << 17
"""Bytes that are read at once; gzip expands up to a thousandfold."""


def check_bytes(path: Path, name: str, zipped_name: bool, digest: hashlib._Hash) -> tuple[int, bool]:
    """Add the file to the digest; its size, and whether its text holds a zero byte. Damaged gzip is refused.

    DuckDB does not look at gzip's checksum, and its version 1.2 ends silently where the stream is cut off.
    """
    size, unzip, zipped, holds_zero = 0, zlib.decompressobj(wbits=31), False, False
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if size == 0:
                zipped = chunk.startswith(b"\x1f\x8b")
                if zipped_name and not zipped:
                    raise SourceError(f"'{name}' is not a gzip file, though its name says so; rename it")
            size += len(chunk)
            digest.update(chunk)
            if zipped:
                unzip, text = _unzip(unzip, chunk, name)
                holds_zero |= text
            else:
                holds_zero |= b"\0" in chunk
    if size == 0:
        raise SourceError(f"'{name}' is empty; a header line and at least one row are needed")
    if zipped and not unzip.eof:
        raise SourceError(f"'{name}' is a gzip file that breaks off; copy or write it again")
    return size, holds_zero


def _unzip(unzip: zlib._Decompress, chunk: bytes, name: str) -> tuple[zlib._Decompress, bool]:
    """Decompress and forget.

    Returns:
        The object inside the member in which the chunk ends, and whether the text holds a zero byte.
    """
    holds_zero = False
    try:
        while chunk:
            if unzip.eof:  # zeros pad some archives; anything else starts a further member
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    break
                unzip = zlib.decompressobj(wbits=31)
            holds_zero |= b"\0" in unzip.decompress(chunk)
            chunk = unzip.unused_data
    except zlib.error:
        raise SourceError(f"'{name}' is a damaged gzip file; copy or write it again") from None
    return unzip, holds_zero
