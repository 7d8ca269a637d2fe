"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from fairaudit.errors import OptionError


def check_target(path: str | os.PathLike[str]) -> Path:
    """The path of a file that can be written, before any work is done for it.

    Raises:
        OptionError: the path is a folder, or its folder does not exist or cannot be written to.
    """
    target = Path(path)
    if target.is_dir():
        raise OptionError(f"'{target}' is a folder; give the path of a file")
    if not target.parent.is_dir():
        raise OptionError(f"'{target}': the folder '{target.parent}' does not exist; create it first")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise OptionError(f"'{target}': the folder '{target.parent}' cannot be written to")
    return target


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Put `content` at `path` in one step: it is written under another name beside its place and then renamed.

    Raises:
        OptionError: as `check_target`, or the file could not be written; what stood there before still does.
    """
    target = check_target(path)
    if target.exists() and not target.is_file():  # a device or a pipe is written to, never replaced
        try:
            target.write_bytes(content)
        except OSError as error:
            raise OptionError(f"'{target}' could not be written: {error.strerror or error}") from error
        return
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, _mode(target))
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise OptionError(f"'{target}' could not be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, else those that the umask gives (`mkstemp` would give 0600)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
