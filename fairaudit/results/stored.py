"""Results that were written as JSON, read back by the schema that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar, overload

import msgspec

from fairaudit.errors import SourceError, listing
from fairaudit.results.audit import Audit
from fairaudit.results.check import Check
from fairaudit.results.comparison import Comparison
from fairaudit.results.explanation import Explanation
from fairaudit.results.power import Power
from fairaudit.results.selftest import SelfTest
from fairaudit.results.values import Result
from fairaudit.results.verification import Verification

Stored = Audit | Explanation | Check | Comparison | Power | SelfTest | Verification
NONE = "this is no result that fairaudit wrote as JSON"
R = TypeVar("R", bound=Stored)

KINDS: dict[str, type[Stored]] = {
    "audit": Audit,
    "explanation": Explanation,
    "check": Check,
    "comparison": Comparison,
    "power": Power,
    "selftest": SelfTest,
    "verification": Verification,
}
"""What a result is called → its type; the format is published as ``NAME-1.schema.json`` beside this module."""


@overload
def from_json(text: str | bytes) -> Stored: ...
@overload
def from_json(text: str | bytes, kind: type[R]) -> R: ...
def from_json(text: str | bytes, kind: type[R] | None = None) -> Stored:
    """The result that `to_json` wrote; unknown keys are ignored, wrong types refused.

    Args:
        text: the JSON.
        kind: the type that is needed, such as `Audit`; None: whichever the key `schema` names.

    Raises:
        SourceError: the text is no such result, with what it is instead.
    """
    content = _content(text)
    named = str(content["schema"])
    known = {schema_of(each): each for each in KINDS.values()}
    if named not in known:
        raise SourceError(f"{NONE}: its schema is '{named}'; there are {listing(known)}")
    if kind is not None and known[named] is not kind:
        raise SourceError(f"this is {_called(known[named])}, and {_called(kind)} is needed")
    try:
        return _completed(msgspec.json.decode(text, type=known[named]), content)
    except msgspec.ValidationError as error:
        raise SourceError(f"this is {_called(known[named])} that cannot be read: {error}") from None


@overload
def from_file(path: str) -> Stored: ...
@overload
def from_file(path: str, kind: type[R]) -> R: ...
def from_file(path: str, kind: type[R] | None = None) -> Stored:
    """The result in a JSON file; see `from_json`.

    Raises:
        SourceError: the file cannot be read, or holds no such result.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # a path may hold what no file name can
        raise SourceError(f"'{path}' cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        return from_json(content) if kind is None else from_json(content, kind)
    except SourceError as error:
        raise SourceError(f"'{path}': {error}") from None


def schema_of(kind: type[Result]) -> str:
    """Name and version of the format of a kind of result."""
    (default,) = (field.default for field in msgspec.structs.fields(kind) if field.name == "schema")
    return str(default)


def _completed(result: Stored, content: dict[str, Any]) -> Stored:
    """A result with the coverage and the smallest group that an early version wrote among the arguments only."""
    if not isinstance(result, (Audit, Check)):
        return result
    arguments = {name.replace("-", "_"): value for name, value in result.manifest.arguments.items()}
    lacking = {"confidence", "min_group"} & set(type(result).__struct_fields__) - content.keys()
    stated: dict[str, Any] = {
        name: arguments[name] for name in lacking if isinstance(arguments.get(name), (int, float))
    }
    if isinstance(result, Audit) and result.plain is not None:
        stated["plain"] = _completed(result.plain, content["plain"])
    return msgspec.structs.replace(result, **stated) if stated else result


def _content(text: str | bytes) -> dict[str, Any]:
    """The content of a text that names a schema."""
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, TypeError) as error:
        raise SourceError(f"{NONE}: {error}") from None
    except RecursionError:
        raise SourceError(f"{NONE}: it is nested too deep") from None
    if not isinstance(content, dict) or "schema" not in content:
        raise SourceError(f"{NONE}: the key 'schema' is missing")
    return content


def _called(kind: type[Result]) -> str:
    name = kind.__name__.lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name} ({schema_of(kind)})"
