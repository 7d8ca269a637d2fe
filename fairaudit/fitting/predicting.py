"""The scores of a saved model as a table: nothing but its features is needed."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairaudit.data.columns import with_levels
from fairaudit.data.features import read_features
from fairaudit.data.origin import Origin
from fairaudit.data.roles import column_names
from fairaudit.data.threshold import Threshold
from fairaudit.errors import OptionError, RoleError, listing
from fairaudit.fitting.prediction import HALF, predicted, rates
from fairaudit.fitting.scoring import SavedModel, load_model
from fairaudit.fitting.summary import unseen

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.arrays import Floats
    from fairaudit.data.roles import Task

SUFFIXES = (".csv", ".parquet")
"""Forms in which scores are written."""


def predict(
    model: SavedModel | str | os.PathLike[str],
    frame: object,
    *,
    exposure: str | None = None,
    keep: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """The rows of a data frame with what a saved model predicts of them.

    Args:
        model: from `load_model`, or its file.
        frame: a table that Narwhals reads, which holds the model's features; outcome and protected attributes are not
            needed.
        exposure: column of the time at risk, for a model of rates; None: that of the model's training table, if it is
            there, else predictions are per unit of it.
        keep: columns that stand before the predictions; None: all.

    Returns:
        A data frame with a row for each of `frame`, in its order: the columns kept and `prediction`, a probability,
        expected value or expected count (of ordered levels the expected one, from 0); for a binary outcome `decision`,
        1 from the model's threshold on; for classes, instead, `probability LEVEL` of each and the likeliest `class`.

    Raises:
        FairAuditError: a column that is needed is absent, or would be overwritten.
    """
    from fairaudit.data.sources import from_frame

    saved = model if isinstance(model, SavedModel) else load_model(model)
    return predictions(saved, from_frame(frame).frame, exposure, None if keep is None else column_names(keep, "keep"))[
        0
    ]


def predictions(
    saved: SavedModel, frame: pd.DataFrame, exposure: str | None = None, keep: Sequence[str] | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a table with what a model predicts of them, and what a careful reader must know of that."""
    columns = {str(name) for name in frame.columns}
    lost = [name for name in (*(keep or ()), *([exposure] if exposure else [])) if name not in columns]
    if lost:
        raise RoleError(f"column '{lost[0]}' is not in the data; it has: {listing(sorted(columns))}")
    if absent := [name for name in saved.card["features"] if name not in columns]:
        raise RoleError(f"model '{saved.name}' needs the features {listing(absent)}, which are not in the data")
    features, _ = read_features(
        frame.reset_index(drop=True), saved.card["features"], Origin.of_rows(len(frame)), constant=True
    )
    time, notes = _exposure(saved, frame, exposure)
    made = _columns(saved, features, time)
    kept = frame[list(frame.columns if keep is None else keep)].reset_index(drop=True)
    if taken := [name for name in made if name in set(map(str, kept.columns))]:
        raise OptionError(
            f"column '{taken[0]}' is in the data already, and predictions would be written over it; keep other columns"
            " (--keep-columns, keep=), or rename it"
        )
    return kept.assign(**made), [*notes, *unseen(saved.model, features, "rows")]


def _exposure(saved: SavedModel, frame: pd.DataFrame, asked: str | None) -> tuple[Floats | None, list[str]]:
    """The time at risk of each row, where the model is of rates, and a note where it is not there."""
    own = saved.card.get("exposure")
    if own is None and asked is not None:
        raise OptionError(f"model '{saved.name}' is not of rates; leave out the exposure")
    if own is None:
        return None, []
    name = asked or with_levels(list(frame.columns), own)[0]
    if name not in frame.columns:
        return None, [f"'{own}' is not in the data: predictions are per unit of it, not of a row."]
    from fairaudit.data.values import numbers

    time = numbers(frame[name], f"exposure '{name}'", Origin.of_rows(len(frame)))
    if not (time > 0).all():
        raise RoleError(f"exposure '{name}' must be above 0 in all rows; {int((~(time > 0)).sum()):,} are not")
    return time, []


def _columns(saved: SavedModel, features: pd.DataFrame, exposure: Floats | None) -> dict[str, Floats]:
    """What is predicted, by the names of its columns."""
    task: Task = saved.card["task"]
    levels = saved.card["levels"]
    rate = rates(saved.model, features, len(levels))
    if task == "multiclass":
        probability = {f"probability {level}": column for level, column in zip(levels, rate.T, strict=True)}
        return {**probability, "class": np.array(levels, dtype=object)[rate.argmax(axis=1)]}
    given = saved.card["threshold"]
    cut = Threshold.parse(given) if given is not None else HALF if task == "binary" else None
    new = predicted(task, rate, exposure, cut)
    return {"prediction": new.value} | ({} if new.decision is None else {"decision": new.decision.astype(np.int64)})


def to_bytes(table: pd.DataFrame, path: str) -> bytes:
    """The content of a file of scores, CSV or Parquet by its suffix."""
    check_suffix(path)
    if path.lower().endswith(".parquet"):
        held = io.BytesIO()
        table.to_parquet(held, index=False)
        return held.getvalue()
    return table.to_csv(index=False).encode()


def check_suffix(path: str) -> None:
    """Refuse a path by whose suffix no form is known."""
    if not path.lower().endswith(SUFFIXES):
        raise OptionError(f"'{path}' is neither CSV nor Parquet by its name; write one that ends in .csv or .parquet")
