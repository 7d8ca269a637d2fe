"""JSON Schemas of our formats, each field described by the docstring under it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import msgspec
from msgspec.structs import fields

from fairaudit.results.stored import KINDS, schema_of


def schema(name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one of the results of `KINDS`, each field described by its docstring."""
    kind = KINDS[name]
    article = "an" if name[0] in "aeiou" else "a"
    homes = (f"fairaudit.results.{name}", "fairaudit.results")
    return described(kind, homes, schema_of(kind), f"Result of {article} {name} ({schema_of(kind)})")


def described(kind: type[msgspec.Struct], modules: str | tuple[str, ...], name: str, title: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a struct.

    Args:
        kind: the outermost struct.
        modules: modules or packages that declare it and what it holds; the docstring of the first describes the whole.
        name: name and version of the format.
        title: title of the schema.
    """
    homes = [import_module(module) for module in ([modules] if isinstance(modules, str) else modules)]
    generated = msgspec.json.schema(kind)
    texts: dict[str, dict[str, str]] = {}
    for module in (each for home in homes for each in _with_parts(home)):
        written = _field_docstrings(inspect.getsource(module))
        for struct in written:
            keys, line = _keys(getattr(module, struct)), reversed(getattr(module, struct).__mro__)
            inherited = {field: text for base in line for field, text in written.get(base.__name__, {}).items()}
            texts[struct] = {keys.get(field, field): text for field, text in inherited.items()}
    for struct, definition in generated["$defs"].items():
        for key, text in texts.get(struct, {}).items():
            declared = definition["properties"][key]
            # A bare reference may not have siblings in older drafts, and tools show the target's text instead.
            if "$ref" in declared:
                declared = {"allOf": [declared]}
            definition["properties"][key] = {**declared, "description": text}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{name.replace('/', ':')}",
        "title": title,
        "description": (homes[0].__doc__ or "").strip(),
        **generated,
    }


def _keys(kind: type) -> dict[str, str]:
    """Field → key in JSON, of a struct; nothing of another class."""
    return {field.name: field.encode_name for field in fields(kind)} if issubclass(kind, msgspec.Struct) else {}


def _with_parts(module: ModuleType) -> Iterator[ModuleType]:
    """A module, and those in it if it is a package."""
    yield module
    for part in iter_modules(getattr(module, "__path__", [])):
        yield import_module(f"{module.__name__}.{part.name}")


def _field_docstrings(source: str) -> dict[str, dict[str, str]]:
    """Class → field → the docstring under it, read from the source because Python does not keep them."""
    tree = ast.parse(source)
    return {node.name: _docstrings_of(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _docstrings_of(node: ast.ClassDef) -> dict[str, str]:
    docstrings = {}
    for line, following in zip(node.body, node.body[1:], strict=False):
        is_field = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
        if is_field and is_text:
            docstrings[line.target.id] = inspect.cleandoc(str(following.value.value))  # type: ignore[attr-defined]
    return docstrings
