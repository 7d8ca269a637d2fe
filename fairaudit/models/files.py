"""Models as files, by skops: a file can hold numbers, names and known types, never code."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairaudit.errors import OptionError, SourceError, listing
from fairaudit.files import write_whole

if TYPE_CHECKING:
    from fairaudit.models.estimator import PenalizedEstimator

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

LARGEST = 1 << 30
"""Most bytes that a model file may unpack to: a small file can be made to fill the memory."""

LEFT_OUT = ("background_", "plain_", "promise_", "sizes_")
"""Attributes that are in no file: training rows, which are people, and what was promised or found of one split of them.
"""


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
    for name in LEFT_OUT:
        vars(model).pop(name, None)
    content: bytes = dumps({"format": FORMAT, "model": model, "card": json.dumps(card or {}, sort_keys=True)})
    strange = sorted(set(get_untrusted_types(data=content)) - set(TRUSTED))
    if strange:
        raise OptionError(f"{type(model).__name__} cannot be saved: it holds {listing(strange)}")
    return content


def load(path: str | os.PathLike[str]) -> Any:
    """The model in a file; nothing in the file is run. Errors as in `load_with_card`."""
    return load_with_card(path)[0]


def load_with_card(path: str | os.PathLike[str]) -> tuple[PenalizedEstimator, dict[str, Any]]:
    """The model in a file, and the values that go with it; nothing in the file is run, and all of it is looked at
    before any is used.

    Raises:
        SourceError: there is no such file, it is no model, is damaged, or holds a type that is not in `TRUSTED`.
    """
    from fairaudit.models.estimator import PenalizedEstimator
    from fairaudit.models.restored import check

    source = Path(path)
    held = _opened(source)
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise SourceError(f"'{source}' holds no fairaudit model, but {type(held).__name__}")
    model = held.get("model")
    if not isinstance(model, PenalizedEstimator):
        raise SourceError(f"'{source}' holds no model that fairaudit fitted, but {type(model).__name__}")
    try:
        card = json.loads(held.get("card", "{}"))
        if not isinstance(card, dict):
            raise ValueError("its card is no table of names and values")
        check(model)
    except MemoryError:  # no fault of the file
        raise
    except Exception as error:  # a file made by hand can lead anywhere
        raise _damaged(source, error) from error
    return model, card


def _opened(source: Path) -> Any:
    """What a file holds, of trusted types alone."""
    from skops.io import get_untrusted_types, loads

    try:
        if not source.is_file():
            raise SourceError(f"model '{source}' does not exist, or is a folder")
        content = source.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise SourceError(f"model '{source}' cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        content = _at_home(content)
        strange = sorted(set(get_untrusted_types(data=content)) - set(TRUSTED))
    except MemoryError:  # no fault of the file
        raise
    except Exception as error:  # whatever a damaged archive makes the readers of archives, JSON and skops raise
        raise SourceError(f"'{source}' is no model file; write one with fairaudit fit --save, or Fit.save") from error
    if strange:
        raise SourceError(f"model '{source}' holds types that are not trusted: {listing(strange)}; it was not opened")
    try:
        return loads(content, trusted=list(TRUSTED))
    except MemoryError:  # no fault of the file
        raise
    except Exception as error:  # whatever damaged arrays and objects make skops raise
        raise _damaged(source, error) from error


def _damaged(source: Path, error: Exception) -> SourceError:
    reason = str(error).strip() or type(error).__name__
    return SourceError(f"model '{source}' is damaged, or of another version: {reason}; save it again")


def _at_home(content: bytes) -> bytes:
    """A model file with every type under the module where it stands now.

    Raises:
        ValueError: it would unpack to more than `LARGEST` bytes.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST:
            raise ValueError(f"it unpacks to more than {LARGEST:,} bytes")
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
