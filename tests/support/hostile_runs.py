"""The command line run in this process on files of a stranger, and which promises the way it ended breaks."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import sys
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fairaudit import cli

STATUSES = {"check": {0, 1, 2, 3, 4}, "verify": {0, 1, 2}, "compare": {0, 2, 4}}
"""Documented exit statuses of commands; those of all others are 0 and 2."""
PATIENCE = 120.0
"""Seconds of processor time after which a run counts as hanging: a hundred times what small files take."""
STEERING = frozenset("\u2028\u2029\u061c\u200e\u200f") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
"""Characters that are no controls by their category and yet break or reorder a line."""
NOT_A_NUMBER = re.compile(r"(?<![\w/-])[+-]?nan(?![\w/-])", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """Files in an empty folder, and what is asked of them there."""

    arguments: tuple[str, ...]
    """What stands behind ``fairaudit``."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Name → content."""

    def __repr__(self) -> str:
        """As a shell has it; contents by their size, as they may be large."""
        sizes = ", ".join(f"{name}: {len(content)} bytes" for name, content in self.files.items())
        return f"fairaudit {' '.join(map(repr, self.arguments))}  [{sizes}]"


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    question: Question
    status: object
    out: str
    err: str
    written: dict[str, str]
    """Files that were not there before: name → content as text."""

    def kind(self) -> str:
        """Command and exit status, for counting."""
        return f"{self.question.arguments[0]} {self.status}"

    def faults(self) -> list[str]:
        """The promises that are broken, each in one line; the first is what the run is called by."""
        return [*self._of_the_end(), *self._of_messages(), *self._of_numbers()]

    def _of_the_end(self) -> Iterator[str]:
        if "this is a fault of fairaudit" in self.err:
            yield f"traceback: {_innermost(self.err)}"
        elif self.status not in STATUSES.get(self.question.arguments[0], {0, 2}):
            yield f"status {self.status!r} is not documented"
        if self.status == 2 and self.written:
            yield "files were written by a run that failed"

    def _of_messages(self) -> Iterator[str]:
        if self.status == 2 and "this is a fault" not in self.err:
            lines = self.err.splitlines()
            if lines and lines[0].startswith("Usage: "):
                lines = lines[-1:]
            if not lines or not lines[0].startswith("Error: "):
                yield "no message says why"
            elif not all(line.startswith("  - ") for line in lines[1:]):
                yield "the message is more than one line, or one for each problem"
        for name, text in (("standard error", self.err), ("standard output", self.out)):
            steering = {hex(ord(char)) for char in set(text) if _steers(char)}
            if steering:
                yield f"{name} holds the control characters {', '.join(sorted(steering))}"
            if any(self._commands(line.lstrip()) for line in text.splitlines()):
                yield f"{name} commands a build server"

    def _commands(self, line: str) -> bool:
        """Whether a build server obeys the line, but for the annotations that were asked for."""
        asked = "--github" in self.question.arguments and re.match(r"::(notice|warning|error) file=", line)
        return not asked and (line.startswith("::") or "##[" in line or "##vso[" in line)

    def _of_numbers(self) -> Iterator[str]:
        given = b"".join(self.question.files.values()).lower()
        sayings = " ".join(self.question.arguments).lower()
        texts = {"standard output": self.out, **self.written}
        for name, text in texts.items():
            if name.endswith(".json") or (name == "standard output" and text.startswith("{")):
                try:
                    json.loads(text, parse_constant=_refuse)
                except ValueError as error:
                    yield f"{name} is no JSON: {error}"
            elif b"nan" not in given and "nan" not in sayings and NOT_A_NUMBER.search(_shown(name, text)):
                yield f"{name} shows a number that is none"


def run(question: Question, folder: Path) -> Ending:
    """How the question ends in a folder, which is emptied first; warnings are errors, as they would be shown."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in question.files.items():
        (folder / name).write_bytes(content)
    out, err = io.StringIO(), io.StringIO()
    status: object = None
    with _there(folder), patience(), warnings.catch_warnings():
        warnings.simplefilter("error")
        before, sys.argv = sys.argv, ["fairaudit", *question.arguments]
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                cli.main()
        except SystemExit as ended:
            status = ended.code
        except Hanging:
            status = "hangs"
        finally:
            sys.argv = before
    new = [path for path in folder.iterdir() if path.name not in question.files]
    written = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in sorted(new)}
    ended = Ending(question, status, out.getvalue(), err.getvalue(), written)
    for stream in (out, err):  # which click keeps for ever: its cache of streams holds each by itself
        stream.seek(0)
        stream.truncate()
    return ended


class Hanging(BaseException):
    """The processor time is over."""


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """Interrupt what takes more than `PATIENCE`, however long other work on the machine holds it up."""

    def give_up(*_: object) -> None:
        raise Hanging

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def _there(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _steers(char: str) -> bool:
    return char != "\n" and (unicodedata.category(char) in ("Cc", "Cs") or char in STEERING)


def _innermost(err: str) -> str:
    """Kind of exception, and the innermost line of ours that it passed."""
    lines = [line.removeprefix("| ").strip() for line in err.splitlines() if line.startswith("| ")]
    ours = [line for line in lines if line.startswith("File ") and "/fairaudit/" in line]
    place = re.search(r'/fairaudit/(.*)", line (\d+)', ours[-1]) if ours else None
    kind = next((line for line in reversed(lines) if re.match(r"[\w.]+(:|$)", line)), "?")
    return f"{kind[:150]} at {place[1]}:{place[2] if place else ''}" if place else kind[:150]


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}")


def _shown(name: str, text: str) -> str:
    """What a reader sees: of a page without scripts, styles, pictures and tags."""
    if not name.endswith((".html", ".md")):
        return text
    text = re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", " ", text)
    return re.sub(r"(?s)<[^>]*>|data:[\w/+;=,-]*", " ", text)
