"""Which rows of a source each line of a table stands for: what messages say of places and numbers of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Origin:
    """The rows that each of n lines stands for."""

    rows: Places
    """How many, shape (n,), ≥ 1."""
    first: Places | None = None
    """Position of the first of them in the source, from 0, shape (n,); None: not known."""

    @classmethod
    def of_rows(cls, positions: Places | int) -> Origin:
        """Lines that are single rows, at these positions or as many from 0 on."""
        first = np.arange(positions, dtype=np.int64) if isinstance(positions, int) else positions
        return cls(np.ones(len(first), dtype=np.int64), first)

    def take(self, lines: Places) -> Origin:
        """Some of the lines."""
        return Origin(self.rows[lines], None if self.first is None else self.first[lines])

    @property
    def total(self) -> int:
        """Number of rows of all lines."""
        return int(self.rows.sum())

    def count(self, chosen: NDArray[np.bool_]) -> int:
        """Number of rows of the chosen lines, shape (n,) of whether each is."""
        return int(self.rows[chosen].sum())

    def share(self, chosen: NDArray[np.bool_]) -> float:
        """Share of the rows that the chosen lines have; 0 where there are none."""
        return self.count(chosen) / max(self.total, 1)

    def earliest(self, chosen: NDArray[np.bool_]) -> int:
        """The chosen line whose first row comes first; where rows are in no order the first such line."""
        (lines,) = np.nonzero(chosen)
        return int(lines[0] if self.first is None else lines[np.argmin(self.first[lines])])

    def number(self, line: int) -> int | None:
        """Number of the first row of a line in the source, counted from 1; None where it is not known."""
        return None if self.first is None else int(self.first[line]) + 1

    def where(self, line: int) -> str:
        """`` in row 7``, or nothing."""
        return "" if self.first is None else f" in row {self.number(line)}"


def first_in_row(chosen: NDArray[np.bool_], origin: Origin, mark: str = "") -> str:
    """`` (first in row 7)``, with what is said of it behind a comma, as far as there is anything."""
    line = origin.earliest(chosen)
    parts = [f"first in row {origin.number(line)}"] if origin.first is not None else []
    parts += [mark] if mark else []
    return f" ({', '.join(parts)})" if parts else ""
