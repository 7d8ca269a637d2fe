"""Which work is spread over the cores of a machine: whole tasks, not the sums within them.

The sums of a fit are of some thousand rows. Spread over threads they gain little, and the threads wait for the next one
at full speed: the fits to 8,000 rows took 5.1 s with two and take 1.8 s with one. So each sum is of one thread, which
also gives the same digits however many cores there are, and tasks that do not need each other run beside each other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from functools import cache
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Answer = TypeVar("Answer")

BLAS = "blas"
"""The libraries of sums and matrix products, as threadpoolctl calls them."""

_beside: ContextVar[bool] = ContextVar("beside", default=False)
"""Whether this runs beside others already, so that what it asks for in turn is done one after the other."""


@cache
def libraries() -> ThreadpoolController:
    """Those that NumPy and SciPy have loaded."""
    import scipy.linalg  # noqa: F401  # which has one of its own

    return ThreadpoolController()


@cache
def cores() -> int:
    """How many threads sums would be spread over: one a core, or as many as the environment says
    (``OMP_NUM_THREADS``)."""
    threads = [library["num_threads"] for library in libraries().info() if library["user_api"] == BLAS]
    return max(threads, default=os.cpu_count() or 1)


class _OneThread:
    """Blocks of one thread, which several may be in at the same time: the first sets the limit, the last lifts it."""

    def __init__(self) -> None:
        self.lock, self.inside = Lock(), 0

    @contextmanager
    def block(self) -> Iterator[None]:
        with self.lock:
            if not self.inside:
                cores()  # as many as there are without a limit
                self.limit = libraries().limit(limits=1, user_api=BLAS)
            self.inside += 1
        try:
            yield
        finally:
            with self.lock:
                self.inside -= 1
                if not self.inside:
                    self.limit.restore_original_limits()


one_thread = _OneThread().block
"""A block in which every sum is of one thread."""


def side_by_side(task: Callable[[Item], Answer], items: Iterable[Item], most: int | None = None) -> list[Answer]:
    """The answers of a task to some items, in their order, worked out in as many threads as there are cores.

    Args:
        task: needs none of the other answers, and spends its time in compiled loops and array operations, which leave
            Python's lock to others.
        items: what it is asked.
        most: how many may be worked out at a time; None: as many as there are cores.

    Raises:
        BaseException: what the first item raised of which there is no answer. Ctrl-C ends this thread at once, and the
            others with the process.
    """
    asked = list(items)
    threads = 1 if _beside.get() else min(len(asked), most or cores(), cores())
    with one_thread():
        if threads < 2:
            return [task(item) for item in asked]
        return _in_threads(threads, task, asked)


def _in_threads(threads: int, task: Callable[[Item], Answer], asked: list[Item]) -> list[Answer]:
    """The answers to some items: of this thread, and of others that take the next one in turn."""
    answers: list[Future[Answer]] = [Future() for _ in asked]
    waiting: SimpleQueue[tuple[Future[Answer], Context, Item]] = SimpleQueue()
    for answer, item in zip(answers, asked, strict=True):
        waiting.put((answer, copy_context(), item))  # limits of memory and of warnings belong to a context

    def answered(item: Item) -> Answer:
        _beside.set(True)
        return task(item)

    def work() -> None:
        while True:
            try:
                answer, context, item = waiting.get_nowait()
            except Empty:
                return
            try:
                answer.set_result(context.run(answered, item))
            except BaseException as error:
                answer.set_exception(error)
                if not isinstance(error, Exception):
                    raise

    try:
        with suppress(RuntimeError):  # where no thread can be started any more, this one does all
            for _ in range(threads - 1):
                Thread(target=work, daemon=True).start()
        work()
        return [answer.result() for answer in answers]
    finally:
        with suppress(Empty):  # after Ctrl-C nobody takes the next
            while True:
                waiting.get_nowait()
