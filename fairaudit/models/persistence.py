"""Models as files, by skops: a file can hold numbers, names and known types, never code."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

from fairaudit.errors import OptionError, SourceError, listing
from fairaudit.files import write_whole

FORMAT = "fairaudit/model/1"
"""What a model file says it is."""
TRUSTED = (
    "fairaudit.factors.knowledge.Knowledge",
    "fairaudit.models.bins.Bins",
    "fairaudit.models.boosting.PenalizedBoosting",
    "fairaudit.models.design.Design",
    "fairaudit.models.glm.PenalizedGLM",
    "fairaudit.models.network.PenalizedNetwork",
)
"""Types that a file may hold beyond those of NumPy and scikit-learn that skops itself trusts. An estimator that is to
be saved adds its class here."""

ROWS = ("background_",)
"""Attributes that hold training rows: people, whom no file is to keep."""


def save(model: Any, path: str | os.PathLike[str], card: Mapping[str, Any] | None = None) -> None:
    """Write a fitted model to a file, whole or not at all.

    Args:
        model: a fitted estimator of this package.
        path: where to.
        card: plain values (text, numbers, lists) that go with it, such as the roles of columns.

    Raises:
        OptionError: the model holds types that `load` would not trust, or the file cannot be written.
    """
    write_whole(path, to_bytes(model, card))


def to_bytes(model: Any, card: Mapping[str, Any] | None = None) -> bytes:
    """The content of a model file."""
    from skops.io import dumps, get_untrusted_types

    model = copy(model)
    for name in ROWS:
        vars(model).pop(name, None)
    content: bytes = dumps({"format": FORMAT, "model": model, "card": json.dumps(card or {}, sort_keys=True)})
    strange = sorted(set(get_untrusted_types(data=content)) - set(TRUSTED))
    if strange:
        raise OptionError(f"{type(model).__name__} cannot be saved: it holds {listing(strange)}")
    return content


def load(path: str | os.PathLike[str]) -> Any:
    """The model in a file; nothing in the file is run. Errors as in `load_with_card`."""
    return load_with_card(path)[0]


def load_with_card(path: str | os.PathLike[str]) -> tuple[Any, dict[str, Any]]:
    """The model in a file, and the values that go with it; nothing in the file is run.

    Raises:
        SourceError: there is no such file, it is no model, or holds a type that is not in `TRUSTED`.
    """
    from skops.io import get_untrusted_types, loads

    source = Path(path)
    if not source.is_file():
        raise SourceError(f"model '{source}' does not exist, or is a folder")
    content = source.read_bytes()
    try:
        strange = sorted(set(get_untrusted_types(data=content)) - set(TRUSTED))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"'{source}' is no model file; write one with fairaudit fit --save, or Fit.save") from error
    if strange:
        raise SourceError(f"model '{source}' holds types that are not trusted: {listing(strange)}; it was not opened")
    try:
        held = loads(content, trusted=list(TRUSTED))
    except Exception as error:  # whatever a damaged file makes skops raise
        raise SourceError(f"model '{source}' is damaged, or of another version: {error}") from error
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise SourceError(f"'{source}' holds no fairaudit model, but {type(held).__name__}")
    return held["model"], json.loads(held.get("card", "{}"))
