"""How much memory a run may take: the one budget that is asked before anything large is allocated.

The limit belongs to the process, as the number of its threads does, not to a question: it changes no number of any
result, only whether the question is refused. So it is no option of an audit and stands in no manifest; `memory_limit`
sets it for the calls inside a block.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from fairaudit.errors import OptionError, SizeError

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
SMALLEST = 10**7
"""Smallest limit in bytes; the interpreter and its libraries alone take more."""
ADDRESSES = 2 * 10**9
"""Bytes of address space that the libraries take before the first row is read; with less some of them do not fail but
wait for ever, or end the process."""
SHARE = 0.9
"""Share of what the machine has left that one step may take, as the budget knows large arrays only."""

_LACKING = ("failed to map segment", "annot allocate memory", "can't start new thread")
"""What the loader of libraries and the system say where memory, or address space, is lacking."""

_limit: ContextVar[int | None] = ContextVar("memory_limit", default=None)


@contextmanager
def memory_limit(size: str | int | None) -> Iterator[None]:
    """Limit the memory that calls inside the block plan with; a question that needs more is refused.

    Args:
        size: such as ``"4GB"``, ``"512 MiB"`` or a number of bytes, for the process in all; None: what the machine, the
            container or the resource limits of the process leave.
    """
    token = _limit.set(None if size is None else parse(size))
    try:
        yield
    finally:
        _limit.reset(token)


def parse(size: str | int) -> int:
    """A size in bytes.

    Raises:
        OptionError: it is no size, or smaller than `SMALLEST`.
    """
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?i?)b?\s*", str(size), re.IGNORECASE)
    unit = match[2].lower() if match else "i"
    if match is None or unit not in _UNITS:
        raise OptionError(f"the memory limit is '{size}'; write a size such as 4GB or 512MiB")
    if float(match[1]) * _UNITS[unit] < SMALLEST:
        raise OptionError(f"the memory limit is '{size}'; the smallest is {words(SMALLEST)}")
    return round(float(match[1]) * _UNITS[unit])


def limit() -> int | None:
    """Bytes that the process may take in all as far as somebody said; None where nobody did."""
    return _limit.get()


def left() -> float:
    """Bytes that may still be allocated: those of the limit, else those of the machine; infinite where it tells none.

    The machine's are the least of what its system calls available, what each control group above the process has not
    used but for files it may forget, and what resource limits leave.
    """
    said = limit()
    if said is not None:
        return max(said - _own_pages(1), 0)
    return SHARE * max(min((_available(), *_control_groups(), *_resource_limits())), 0)


def ask(needed: float, what: str, remedy: str) -> None:
    """Refuse a step that would need more memory than is left, before it begins.

    Args:
        needed: bytes at its peak, as far as large arrays need them.
        what: the step with its sizes, the subject of a sentence in the plural.
        remedy: what to do instead, an imperative.

    Raises:
        SizeError: there is less.
    """
    available = left()
    if needed > available:
        whose = "the memory limit" if limit() is not None else "this machine"
        raise SizeError(f"{what} need {words(needed)} of memory, and {whose} leaves {words(available)}; {remedy}")


def check_addresses() -> None:
    """Refuse to begin where a resource limit leaves too little address space.

    Raises:
        SizeError: it is less than `ADDRESSES`.
    """
    for available in _resource_limits():
        if available < ADDRESSES:
            raise SizeError(
                f"a resource limit (ulimit -v) leaves {words(max(available, 0))} of address space, and libraries take"
                f" {words(ADDRESSES)} before a row is read; raise it, and limit memory by an option instead"
            )


def lacking(error: BaseException | None) -> bool:
    """Whether an exception, or one that led to it, says that memory is lacking: for a value, a library or a thread."""
    while error is not None:
        of_the_system = isinstance(error, (OSError, ImportError, RuntimeError))
        if isinstance(error, MemoryError) or (of_the_system and any(sign in str(error) for sign in _LACKING)):
            return True
        error = error.__cause__ or error.__context__
    return False


def words(size: float) -> str:
    """A size as a reader takes it in: ``74 GB``, ``650 MB``."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB")):
        if size >= unit:
            return f"{size / unit:,.0f} {name}" if size >= 10 * unit else f"{size / unit:.1f} {name}"
    return "less than 1 MB"


def _own_pages(field: int) -> float:
    """Bytes of address space (field 0) or of memory (field 1) that the process has; 0 where the system tells none."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[field]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _available() -> float:
    with suppress(OSError, ValueError):
        fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        if "MemAvailable" in fields:
            return int(fields["MemAvailable"].split()[0]) * 1024
    with suppress(AttributeError, OSError, ValueError):  # such as macOS, which has no /proc
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return math.inf


def _control_groups(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> list[float]:
    """What each control group leaves, in both versions of the interface, from that of the process to the root."""
    lines: list[str] = []
    with suppress(OSError):
        lines = own.read_text().splitlines()
    left_of = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        top = root / controllers
        folder = top / path.lstrip("/")
        for group in (folder, *folder.parents):
            left_of += _control_group(group, old=bool(controllers))
            if group == top:
                break
    return left_of


def _control_group(folder: Path, old: bool) -> list[float]:
    most, used, files = (
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        if old
        else ("memory.max", "memory.current", "inactive_file")
    )
    with suppress(OSError, ValueError):  # ValueError: 'max', for no limit
        bound = int((folder / most).read_text())
        forgettable = 0
        with suppress(OSError, ValueError):
            statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            forgettable = int(statistics.get(files, 0))
        return [bound - int((folder / used).read_text()) + forgettable]
    return []


def _resource_limits() -> list[float]:
    """What limits such as ``ulimit -v`` leave."""
    try:
        import resource
    except ImportError:  # such as Windows
        return []
    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    return [] if soft == resource.RLIM_INFINITY else [soft - _own_pages(0)]
