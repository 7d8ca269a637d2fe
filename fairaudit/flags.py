"""What options are called in messages: flags where somebody types commands, arguments where somebody writes Python.

Messages are written with the flags, once; whoever calls from Python reads the argument that means the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_typed: ContextVar[bool] = ContextVar("commands_are_typed", default=False)

HOMES = {
    "Cleaning": ("keep", "leave-out", "merge", "na", "tidy"),
    "Options": (
        *("bootstrap", "confidence", "correction", "density", "margin", "min-group", "parity", "permutations"),
        *("scale", "search", "search-min", "seed", "suppress"),
    ),
    "FitOptions": (
        *("consistency-strength", "divergence", "family", "group-weight", "knowledge", "max-deviance", "max-loss"),
        *("model", "penalize", "penalty", "recalibrate", "reduce", "reduce-dcor", "split-by", "strength", "test-size"),
        "trace",
    ),
    "": (
        *("cluster", "count", "decision", "drop", "exposure", "favourable", "features", "given", "groups", "missing"),
        *("prediction", "profile", "protected", "rate", "reference", "resume", "rows-are", "save", "search-over"),
        *("target", "task", "threshold", "weight"),
    ),
}
"""Class of Python's options → the flags that are its fields; those of no class are arguments of their own."""
_HOME = {flag: home for home, flags in HOMES.items() for flag in flags}
WORDS = "binary|ccdcov|consistency|count|drop|group|multiclass|ordinal|pool|regression|tweedie"
"""Values of options that messages give without quotation marks."""
_FLAG = re.compile(
    rf"(?<!['\w-])--({'|'.join(sorted(_HOME, key=len, reverse=True))})(?![\w-])"
    rf"(?:[ =]('[^']*'|\d[\d.,]*\d|\d|(?:{WORDS})\b|[A-Z][A-Z=,:|]*[A-Z]\b))?"
)


@contextmanager
def typed() -> Iterator[None]:
    """Messages inside the block are for somebody who types commands."""
    token = _typed.set(True)
    try:
        yield
    finally:
        _typed.reset(token)


def for_the_caller(message: str) -> str:
    """A message with options as who reads it writes them: ``--missing drop``, or ``missing='drop'``."""
    return message if _typed.get() else _FLAG.sub(_argument, message)


def _argument(found: re.Match[str]) -> str:
    flag, value = found.groups()
    name, home = flag.replace("-", "_"), _HOME[flag]
    if value is not None:
        quoted = value if value[0] in "'0123456789" else f"'{value}'"
        name = f"{name}={quoted}"
    elif home:
        name += "=…"
    return f"{home}({name})" if home else name
