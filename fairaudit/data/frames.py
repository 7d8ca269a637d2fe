"""A data frame of any library, and what answers questions of it: the one door through which frames reach an audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fairaudit.data.sources import from_frame
from fairaudit.results import Source

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.engines import Engine


@dataclass(frozen=True, eq=False)
class Framed:
    """A data frame, asked where its rows are."""

    engine: Engine
    """What answers questions of it."""
    rows: Callable[[], pd.DataFrame]
    """All rows with all columns, read into memory."""
    source: Source = field(default_factory=lambda: Source(name="data frame"))
    """What results call it."""


def framed(frame: object) -> Framed:
    """What answers questions of a data frame, by the library that made it.

    Raises:
        SourceError: it is no data frame, has no rows, or has several columns of one name.
    """
    from fairaudit.engines.pandas import engine

    rows = from_frame(frame).frame
    return Framed(engine(rows), lambda: rows)
