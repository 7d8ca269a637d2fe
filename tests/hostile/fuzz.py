"""How the command line ends on files of a stranger, counted: ``python tests/hostile/fuzz.py SECONDS [SEED] [KIND…]``.

Kinds are tables, configurations, models and baselines, in turn unless some are named. A run that breaks a promise (a
traceback, a message of several lines, a NaN shown as a number, …) is made as small as Hypothesis can, and kept in a
folder with the command; others that break the same promise at the same place are counted only. Counts so far are
printed every so often; SIGTERM ends it early, with its counts. Exit status 1 where a promise is broken.
"""

from __future__ import annotations

import itertools
import shlex
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from hostile_configurations import baselines, configurations
from hostile_models import models
from hostile_runs import Ending, Question, run
from hostile_tables import tables
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

KINDS: dict[str, Callable[[], SearchStrategy[Question]]] = {
    "tables": tables,
    "configurations": configurations,
    "models": models,
    "baselines": baselines,
}
AT_ONCE = 50
"""Questions between two looks at the clock."""
BETWEEN = 10
"""Batches of so many questions between two lines with the counts so far."""
SHRINKING = 60.0
"""Seconds for making one question smaller."""
QUIETLY = settings(
    max_examples=AT_ONCE,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


class Broken(AssertionError):
    """A promise is broken that no run before it broke."""


class Campaign:
    """Counts of how runs ended, and the smallest of each way in which they broke a promise."""

    def __init__(self, results: Path) -> None:
        self.counts: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
        self.faults: Counter[str] = Counter()
        self.distinct: dict[str, set[int]] = {kind: set() for kind in KINDS}
        self._results, self._folder = results, Path(tempfile.mkdtemp(prefix="fairaudit-"))
        self._smaller: str | None = None
        self._smallest: Ending | None = None
        self._until = 0.0

    def batch(self, kind: str, number: int) -> None:
        """Ask `AT_ONCE` questions of one kind; a fault that is new is made smaller and kept."""
        self._smaller = self._smallest = None

        @seed(number)
        @QUIETLY
        @given(question=KINDS[kind]())
        def ask(question: Question) -> None:
            self._ask(kind, question)

        try:
            ask()
        except Broken:
            self._keep(kind, number)

    def _ask(self, kind: str, question: Question) -> None:
        """Run a question and count how it ends; raise where it shows the fault that is made smaller."""
        smallest = self._smallest
        if smallest is None or time.monotonic() < self._until:
            smallest = self._run(kind, question)
        if smallest is not None and question == smallest.question:
            self._smallest = smallest
            raise Broken(self._smaller)

    def _run(self, kind: str, question: Question) -> Ending | None:
        """The run, if it shows the fault that is made smaller."""
        ended = run(question, self._folder)
        fault = next(iter(ended.faults()), None)
        if self._smaller is None:  # what is tried to make a fault smaller is no random question
            self.distinct[kind].add(hash((question.arguments, tuple(question.files.items()))))
            self.counts[kind][ended.kind() if fault is None else "BROKEN"] += 1
            if fault is not None and fault not in self.faults:
                self._smaller, self._until = fault, time.monotonic() + SHRINKING
            if fault is not None:
                self.faults[fault] += 1
        return ended if fault is not None and fault == self._smaller else None

    def _keep(self, kind: str, number: int) -> None:
        ended = self._smallest
        assert ended is not None
        folder = self._results / f"{kind}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in ended.question.files.items():
            (folder / name).write_bytes(content)
        command = shlex.join(("fairaudit", *ended.question.arguments))
        told = "\n".join([*ended.faults(), "", ended.err, "", ended.out])
        (folder / "COMMAND").write_text(f"{command}\n\n{told}", encoding="utf-8", errors="replace")
        print(f"seed {number}, {kind}: {self._smaller}\n  {command}\n  in {folder}", flush=True)

    def show(self) -> None:
        """Print what was counted."""
        for kind, counts in self.counts.items():
            if counts:
                print(f"{counts.total():,} {kind}, {len(self.distinct[kind]):,} of them distinct")
            for name, count in sorted(counts.items()):
                print(f"  {name:20} {count:>8,}")
        for fault, count in self.faults.most_common():
            print(f"BROKEN {count:,} times: {fault}")


def main(seconds: float, start: int, kinds: list[str]) -> int:
    """Count how runs end until the time is over; the exit status."""
    campaign = Campaign(Path(tempfile.gettempdir()) / f"fairaudit-fuzz-{start}")
    end, number, stopped = time.monotonic() + seconds, start, threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    for kind in itertools.cycle(kinds):
        if stopped.is_set() or time.monotonic() >= end:
            break
        campaign.batch(kind, number)
        number += 1
        if (number - start) % BETWEEN == 0:
            asked = ", ".join(f"{counts.total():,} {kind}" for kind, counts in campaign.counts.items() if counts)
            print(f"{asked} asked, {campaign.faults.total():,} faults, seed {number - 1}", flush=True)
    print(f"seeds {start} to {number - 1}")
    campaign.show()
    return 1 if campaign.faults else 0


if __name__ == "__main__":
    asked = sys.argv[1:]
    sys.exit(main(float(asked[0]), int(asked[1]) if len(asked) > 1 else 0, asked[2:] or list(KINDS)))
