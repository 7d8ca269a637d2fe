"""Models as files, by skops: a file can hold numbers, names and known types, never code."""

from __future__ import annotations

import io
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
    "fairaudit.models.guides.knowledge.Knowledge",
    "fairaudit.models.features.bins.Bins",
    "fairaudit.models.boosting.PenalizedBoosting",
    "fairaudit.models.features.design.Design",
    "fairaudit.models.glm.PenalizedGLM",
    "fairaudit.models.network.PenalizedNetwork",
)
"""Types that a file may hold beyond those of NumPy and scikit-learn that skops itself trusts. An estimator that is to
be saved adds its class here."""

MOVED = {
    "fairaudit.factors.knowledge": "fairaudit.models.guides.knowledge",
    "fairaudit.models.bins": "fairaudit.models.features.bins",
    "fairaudit.models.design": "fairaudit.models.features.design",
}
"""Module in which a type stood when version 0.1 wrote files → where it stands now."""

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
    try:
        content = _at_home(source.read_bytes())
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


def _at_home(content: bytes) -> bytes:
    """A model file with every type under the module where it stands now."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = archive.read("schema.json").decode()
        present = [module for module in MOVED if f'"{module}"' in schema]
        if not present:
            return content
        for module in present:
            schema = schema.replace(f'"__module__": "{module}"', f'"__module__": "{MOVED[module]}"')
        moved = io.BytesIO()
        with zipfile.ZipFile(moved, "w") as copy_of:
            for member in archive.infolist():
                same = member.filename != "schema.json"
                copy_of.writestr(member, archive.read(member) if same else schema)
        return moved.getvalue()
