"""A change of several files in one folder that happens as a whole, whatever ends the run: a crash, a full disk, a kill.

The new contents are written beside their places, then a *plan* is put there that names them, then they are renamed to
their places, then the plan is deleted. A run that ends before its plan is there has changed nothing; what it left is
deleted by the next change in that folder. One that ends later has decided: the next change in that folder finishes it.
Between these two moments, which lie as far apart as a few renames, a reader may see both old and new files.

Changes wait for each other by a lock on the folder, which ends with the process that holds it; so under the lock
whatever looks like work in progress was left by a run that is gone. Only files of the same user are touched, as
others may be able to put files into the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from pathlib import Path
from types import TracebackType

from fairaudit.errors import OptionError

PREFIX, PART, PLAN = ".fairaudit-", ".part", ".plan"
"""What the names of work in progress begin and end with."""
PATIENCE = 30.0
"""Seconds that a change waits for another one in the same folder."""
STALE = 3600.0
"""Seconds after which what another run left is deleted where a folder cannot be locked."""


class Replacement:
    """Files to be put into one folder: all of them, or none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts: dict[str, Path] = {}
        self._lock: int | None = None

    def __enter__(self) -> Replacement:
        """Wait for other changes of the folder, and clear up after those that were ended.

        Raises:
            OptionError: another one takes longer than `PATIENCE`.
        """
        self._lock = _locked(self.folder)
        try:
            _clear(self.folder, sure=self._lock is not None)
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Delete what was not put in its place, and let others in."""
        try:
            for part in self._parts:
                with contextlib.suppress(OSError):
                    os.unlink(part)
        finally:
            self._release()

    def add(self, target: Path, content: bytes) -> None:
        """Write the content that `target`, a place in the folder, shall have."""
        handle, part = tempfile.mkstemp(dir=self.folder, prefix=PREFIX, suffix=PART)
        self._parts[part] = target
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        os.chmod(part, _mode(target))

    def commit(self) -> None:
        """Put all files in their places."""
        plan = self._plan() if len(self._parts) > 1 else None
        try:
            self._rename()
        except OSError:
            raise
        except BaseException:  # an interrupt comes too late: it is decided
            self._rename()
            raise
        finally:
            if plan is not None:
                os.unlink(plan)

    def _rename(self) -> None:
        for part, target in list(self._parts.items()):
            if os.path.lexists(part):
                os.replace(part, target)
            del self._parts[part]

    def _plan(self) -> str:
        """The plan, whole at once."""
        names = [[Path(part).name, target.name] for part, target in self._parts.items()]
        handle, draft = tempfile.mkstemp(dir=self.folder, prefix=PREFIX, suffix=PART)
        plan = draft.removesuffix(PART) + PLAN
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(names, file)
                file.flush()
                os.fsync(handle)
            os.replace(draft, plan)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise
        return plan

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(folder: Path) -> int | None:
    """A handle that holds the lock of the folder; None where the system, or the file system, has none."""
    try:
        import fcntl
    except ImportError:  # such as Windows
        return None
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # a folder that may be written to and not read
        return None
    end = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except BlockingIOError:
                if time.monotonic() > end:
                    raise OptionError(
                        f"another run has been writing into '{folder}' for {PATIENCE:.0f} seconds; wait for it, or name"
                        " another folder"
                    ) from None
                time.sleep(0.02)
    except OSError:
        os.close(handle)
        return None
    except BaseException:
        os.close(handle)
        raise


def _clear(folder: Path, sure: bool) -> None:
    """Finish changes that had been decided, and delete what is left of others.

    Args:
        folder: where.
        sure: whether the folder is locked; else only what is old was left by a run that is gone.
    """
    try:
        names = [name for name in os.listdir(folder) if name.startswith(PREFIX)]
    except OSError:  # a folder that may not be read
        return
    left = [folder / name for name in sorted(names) if _own(folder / name) and (sure or _old(folder / name))]
    for plan in (path for path in left if path.suffix == PLAN):
        _finish(plan)
    for part in (path for path in left if path.suffix == PART):
        with contextlib.suppress(OSError):  # such as one that the plan has put in its place
            part.unlink()


def _finish(plan: Path) -> None:
    """Put the files of a plan in their places, as far as they are not; a plan that no run of ours wrote changes
    nothing."""
    with contextlib.suppress(OSError, ValueError):
        pairs = [_pair(entry) for entry in json.loads(plan.read_text(encoding="utf-8"))]
        for part, target in pairs:
            if _own(plan.parent / part):
                os.replace(plan.parent / part, plan.parent / target)
    with contextlib.suppress(OSError):
        plan.unlink()


def _pair(entry: object) -> tuple[str, str]:
    """Names of a part and of its place in the same folder.

    Raises:
        ValueError: they are none.
    """
    if not isinstance(entry, list) or len(entry) != 2 or not all(isinstance(name, str) for name in entry):
        raise ValueError("a plan pairs names")
    part, target = entry
    here = os.path.basename(part) == part and os.path.basename(target) == target and target not in ("", ".", "..")
    if not here or not part.startswith(PREFIX) or not part.endswith(PART):
        raise ValueError("a plan puts parts into its own folder")
    return part, target


def _own(path: Path) -> bool:
    """Whether a plain file of this user is there, no link."""
    try:
        state = os.lstat(path)
    except OSError:
        return False
    mine = not hasattr(os, "geteuid") or state.st_uid == os.geteuid()
    return mine and (state.st_mode & 0o170000) == 0o100000


def _old(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return time.time() - os.lstat(path).st_mtime > STALE
    return False


def _mode(target: Path) -> int:
    """Permissions of the file that is replaced, else those that the umask gives (`mkstemp` would give 0600)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
