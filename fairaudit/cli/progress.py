"""What a command shows while it works: the present step, on a terminal's standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Progress:
    """Told of each step, and of the share of a long one that is done; shown on a terminal's stderr, else silent."""

    def __init__(
        self, show: Callable[[str | None, float | None], None] = lambda *_: None, steps: int | None = None
    ) -> None:
        self._show, self._steps, self._begun = show, steps, 0

    def __call__(self, step: str) -> None:
        """Name the present step; and which of how many it is, where that is known."""
        self._begun += 1
        counted = "" if self._steps is None else f"step {self._begun} of {max(self._steps, self._begun)}: "
        self._show(counted + step, None)

    def advance(self, share: float) -> None:
        """Show the share that is done, from 0 to 1."""
        self._show(None, share)


@contextmanager
def progress(values: dict[str, Any], steps: int | None = None) -> Iterator[Progress]:
    """A spinner that names the present step, one of so many where that is known, with a bar once a share is."""
    if values["quiet"] or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, no_color=True if values["no_color"] else None)
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeRemainingColumn()
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("cleaning the data", total=None)

        def show(step: str | None, share: float | None) -> None:
            if step is not None:
                bar.update(task, description=escape(step))
            if share is not None:
                bar.update(task, total=1.0, completed=share)

        yield Progress(show, steps)
