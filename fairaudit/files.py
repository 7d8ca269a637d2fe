"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fairaudit.errors import OptionError
from fairaudit.folders import PART, PREFIX, Replacement

Name = str | os.PathLike[str]


def check_target(path: Name) -> Path:
    """The place of a file that can be written, symbolic links followed, before any work is done for it.

    Raises:
        OptionError: the path is a folder, no possible name, or its folder does not exist or cannot be written to.
    """
    with _refused(path):
        target = _place(path)
        if target.is_dir():
            raise OptionError(f"'{path}' is a folder; give the path of a file")
        if not target.parent.is_dir():
            raise OptionError(f"'{path}': the folder '{target.parent}' does not exist; create it first")
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise OptionError(f"'{path}': the folder '{target.parent}' cannot be written to")
        with contextlib.suppress(FileNotFoundError):
            target.stat()  # refuses a name that is too long, or links in a circle
    return target


def check_targets(paths: Iterable[Name], taken: Mapping[Name, str] | None = None) -> None:
    """Refuse files that cannot be written, or would overwrite each other.

    Args:
        paths: where files are to be written.
        taken: path → what it is, for files that must stay as they are.

    Raises:
        OptionError: as `check_target`, or two paths lead to one place.
    """
    seen = {os.path.realpath(path): what for path, what in (taken or {}).items()}
    for path in paths:
        place = os.path.realpath(check_target(path))
        if place in seen:
            raise OptionError(f"'{path}' is {seen[place]} as well; give each output a path of its own")
        seen[place] = "another output"


def write_whole(path: Name, content: bytes) -> None:
    """Put `content` at `path` in one step; as `write_all` for one file."""
    write_all({path: content})


def write_all(contents: Mapping[Name, bytes]) -> None:
    """Put each content at its path, those of one folder all or none; see `folders` for what an interrupted run leaves.

    A symbolic link stays one, and what it leads to is written. A device or a pipe is written to, never replaced,
    before the first file is renamed.

    Raises:
        OptionError: as `check_target`, or a file could not be written. Then no file is half written, and unless the
            system refuses a mere change of name, what stood at each path still does.
    """
    targets = {path: check_target(path) for path in contents}
    streams = {path for path, target in targets.items() if _is_stream(target)}
    by_folder: dict[Path, dict[Name, Path]] = {}
    for path, target in targets.items():
        if path not in streams:
            by_folder.setdefault(target.parent, {})[path] = target
    with contextlib.ExitStack() as held:
        changes = []
        for folder, files in sorted(by_folder.items()):
            with _refused(next(iter(files))):
                changes.append((held.enter_context(Replacement(folder)), files))
        for change, files in changes:
            for path, target in files.items():
                with _refused(path):
                    change.add(target, contents[path])
        for path in streams:
            with _refused(path):
                targets[path].write_bytes(contents[path])
        for change, files in changes:
            with _refused(next(iter(files))):
                change.commit()


@contextlib.contextmanager
def written_beside(path: Name) -> Iterator[Path]:
    """Where a file is to be written that takes the place of `path` once the block has ended well; else it is deleted.

    For files that are too large to be held in memory; others are written by `write_all`.

    Raises:
        OptionError: as `check_target`.
    """
    target = check_target(path)
    with _refused(path):
        number, name = tempfile.mkstemp(PART, PREFIX, target.parent)
        os.close(number)
    part = Path(name)
    try:
        yield part
        with _refused(path):
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _refused(path: Name) -> Iterator[None]:
    """Turn the system's refusal to write into a message."""
    try:
        yield
    except OptionError:  # which is a ValueError, and says it all
        raise
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise OptionError(f"'{path}' could not be written: {reason}") from error


def _place(path: Name) -> Path:
    """Where a path leads to; one to a device or a pipe as it is, because those behind ``/dev/stdout`` have no name."""
    return Path(path) if _is_stream(Path(path)) else Path(os.path.realpath(path))


def _is_stream(target: Path) -> bool:
    """Whether something is there that is no file, or is a stream of this process."""
    return (target.exists() and not target.is_file()) or target.absolute().parts[1:2] in (("dev",), ("proc",))


def from_here(path: Name) -> str:
    """A path as seen from the working directory; as it is, where that is gone or on another drive."""
    try:
        return os.path.relpath(path)
    except (OSError, ValueError):
        return os.fspath(path)
