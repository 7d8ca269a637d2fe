"""Strategies for model files of which a part was cut, flipped, taken away or written anew."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
from hostile_runs import Question
from hypothesis import strategies as st

from fairaudit.errors import FairAuditError
from fairaudit.fitting.scoring import load_model

REFERENCE = Path(__file__).parents[1] / "reference"
KINDS = ("glm", "boosting")


@cache
def members(kind: str) -> dict[str, bytes]:
    """The parts of a sound model file, by name."""
    with zipfile.ZipFile(REFERENCE / f"{kind}-0.1.0.skops") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def schema_text(kind: str) -> str:
    return members(kind)["schema.json"].decode()


def packed(parts: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_schema(kind: str, schema: object) -> bytes:
    return packed({**members(kind), "schema.json": json.dumps(schema).encode()})


def places(node: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """The path of every value in a schema."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path] * bool(path) + [place for key, value in inner for place in places(value, (*path, key))]


def replaced(kind: str, path: tuple[object, ...], value: object) -> bytes:
    schema = json.loads(schema_text(kind))
    node = schema
    for key in path[:-1]:
        node = node[key]
    if value is Ellipsis:
        del node[path[-1]]
    else:
        node[path[-1]] = value
        if isinstance(node, dict) and "__id__" in node:
            node["__id__"] = 1  # else another value that was the same object stands in for it
    return with_schema(kind, schema)


ODD = st.sampled_from(
    [
        *(..., None, True, -1, 0, 3.5, "", "x", "\0", [], {}, [1], {"__class__": "dict"}, "9" * 20, 10**30, "NaN"),
        *('"text"', "[]", "1e999", "NaN", "null", "-7", "[" * 50),
    ]
)
"""Values to put where a schema has others; `...` takes the place away."""


@st.composite
def damaged_models(draw: st.DrawFn) -> bytes:
    """Content of model files of which a part was cut, flipped, taken away or written anew."""
    kind = draw(st.sampled_from(KINDS))
    how = draw(st.sampled_from(["schema", "schema", "schema", "array", "byte", "cut", "member"]))
    if how == "schema":
        return replaced(kind, draw(st.sampled_from(places(json.loads(schema_text(kind))))), draw(ODD))
    whole = packed(members(kind), draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])))
    if how == "byte":
        at = draw(st.integers(0, len(whole) - 1))
        return whole[:at] + bytes([whole[at] ^ draw(st.integers(1, 255))]) + whole[at + 1 :]
    if how == "cut":
        return whole[: draw(st.integers(0, len(whole)))]
    name = draw(st.sampled_from(sorted(members(kind))))
    if how == "member" or name == "schema.json":
        return packed({key: content for key, content in members(kind).items() if key != name})
    buffer = io.BytesIO()
    shape = draw(st.sampled_from([(), (0,), (1,), (3,), (2, 2), (7, 2), (9,)]))
    np.save(buffer, np.full(shape, draw(st.sampled_from([np.nan, np.inf, 0.0, -1.0, 1e308, True, "x"]))))
    return packed({**members(kind), name: buffer.getvalue()})


def outcome(content: bytes, folder: Path) -> str:
    """``read`` or ``refused``, where a model with this content is loaded; anything else that is raised goes on."""
    path = folder / "model.skops"
    path.write_bytes(content)
    try:
        load_model(path)
    except FairAuditError:
        return "refused"
    return "read"


@cache
def scored() -> bytes:
    """60 people with the columns that the models of `REFERENCE` know, as CSV."""
    rng = np.random.default_rng(0)
    rows = [
        "x,k,y,sex",
        *(
            f"{rng.normal():.3f},{rng.choice(list('abc'))},{rng.integers(2)},{rng.choice(list('fm'))}"
            for _ in range(60)
        ),
    ]
    return "\n".join(rows).encode()


@st.composite
def models(draw: st.DrawFn) -> Question:
    """A damaged model, and a small table that it is to score."""
    roles = ("--target", "y", "--protected", "sex")
    command = draw(st.sampled_from([("audit", "t.csv", "--model", "model.skops", *roles), ("predict", "t.csv")]))
    if command[0] == "audit":
        command += ("--bootstrap", "0", "--permutations", "0")
    else:
        command += ("--model", "model.skops", "--out", "p.csv")
    return Question(command, {"t.csv": scored(), "model.skops": draw(damaged_models())})
