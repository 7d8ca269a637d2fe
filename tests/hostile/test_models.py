"""Model files that are damaged, or made by hand: each is refused in one sentence, and no code of it is run."""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairaudit.errors import FairAuditError, SourceError
from fairaudit.fitting.scoring import load_model
from fairaudit.models import files
from fairaudit.models.learners.tree_text import check_trees

pytestmark = pytest.mark.slow
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


@given(content=damaged_models())
def test_a_damaged_model_is_read_whole_or_refused_in_one_sentence(content, tmp_path_factory):
    assert outcome(content, tmp_path_factory.getbasetemp()) in ("read", "refused")


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_model_is_read(kind, tmp_path):
    assert outcome(packed(members(kind)), tmp_path) == "read"


def encrypted() -> bytes:
    content = bytearray(packed(members("glm")))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    for at in range(len(content) - 4):
        if content[at : at + 4] in (b"PK\x01\x02", b"PK\x03\x04"):
            content[at + (8 if content[at + 2] == 1 else 6)] |= 1
    return bytes(content)


def of_unknown_compression() -> bytes:
    content = bytearray(packed(members("glm")))
    for at in range(len(content) - 4):
        if content[at : at + 4] in (b"PK\x01\x02", b"PK\x03\x04"):
            content[at + (10 if content[at + 2] == 1 else 8)] = 77
    return bytes(content)


def badly_deflated() -> bytes:
    content = packed(members("glm"), zipfile.ZIP_DEFLATED)
    start = content.index(b"schema.json", 0) + len("schema.json")
    return content[:start] + b"\xff" * 200 + content[start + 200 :]


@pytest.mark.parametrize(
    "content",
    [
        encrypted(),
        of_unknown_compression(),
        badly_deflated(),
        packed({"schema.json": b"[" * 100_000}),
        packed({"schema.json": b'{"protocol": ' + b"9" * 5_000 + b"}"}),
        packed({"schema.json": b"\xff\xfe"}),
        packed({"schema.json": b"[1, 2]"}),
        packed({}),
        b"",
    ],
    ids=["encrypted", "compression", "deflate", "deep", "digits", "bytes", "list", "empty archive", "empty"],
)
def test_an_archive_that_cannot_be_opened_is_no_model_file(content, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="is no model file; write one with"):
        load_model(path)


def test_a_file_that_would_fill_the_memory_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 10_000)
    path = tmp_path / "model.skops"
    path.write_bytes(packed({**members("glm"), "zeros.npy": bytes(10_000)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(SourceError, match="is no model file"):
        load_model(path)


@pytest.mark.parametrize("name", ["a\0b.skops", "x" * 300])
def test_a_path_that_no_file_can_have_is_told(name):
    with pytest.raises(SourceError, match=r"cannot be read|does not exist"):
        load_model(name)


def test_a_model_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "model.skops"
    path.write_bytes(b"")

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(SourceError, match="cannot be read: Permission denied"):
        load_model(path)


MODEL = ("content", "model", "content", "content")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((*MODEL, "intercept_", "content"), "NaN", "its intercepts are not finite numbers"),
        ((*MODEL, "classes_"), ..., "classes_"),
        ((*MODEL, "n_features_in_", "content"), "3", "its features and their encoding are not the same"),
        ((*MODEL, "family", "content"), '"gauss"', "family 'gauss' is unknown"),
        ((*MODEL, "design_", "content", "content", "unseen", "content"), '"never"', "unseen is 'never'"),
        (("content", "card", "content"), '"[]"', "its card is no table"),
        (("content", "card", "content"), '"{\\"task\\": 5}"', "the roles in model .* are damaged"),
    ],
)
def test_what_is_wrong_with_a_model_is_told(place, value, message, tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(replaced("glm", place, value))
    with pytest.raises(SourceError, match=message):
        load_model(path)


def test_an_attribute_that_stands_before_a_method_is_refused(tmp_path):
    schema = json.loads(schema_text("glm"))
    held = schema["content"]["model"]["content"]
    held["content"]["predict_mean"] = held["content"]["message_"]
    held["key_types"]["content"].append(held["key_types"]["content"][0])
    path = tmp_path / "model.skops"
    path.write_bytes(with_schema("glm", schema))
    with pytest.raises(SourceError, match="holds 'predict_mean', which it does not have"):
        load_model(path)


def test_threads_that_no_machine_has_are_refused_before_they_are_asked_for(tmp_path):
    path = tmp_path / "model.skops"
    path.write_bytes(replaced("boosting", (*MODEL, "n_jobs", "content"), "99999999"))
    with pytest.raises(SourceError, match="n_jobs is 99999999; it must be at most 1024 threads"):
        load_model(path)


@cache
def trees() -> str:
    schema = json.loads(schema_text("boosting"))
    return json.loads(schema["content"]["model"]["content"]["content"]["trees_"]["content"]["plain"]["content"])


def test_trees_as_lightgbm_writes_them_are_taken():
    check_trees(trees(), features=2, columns=1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("split_feature=0 0 0", "split_feature=9 0 0", "splits a feature that there is not"),
        ("left_child=2 -2 -1", "left_child=0 -2 -1", "lead back"),
        ("left_child=2 -2 -1", "left_child=2 -9 -1", "are no tree"),
        ("num_leaves=4", "num_leaves=8", "the leaves of tree 0"),
        ("decision_type=2 2 2", "decision_type=1 2 2", "by a set that it does not have"),
        ("cat_boundaries=0 1", "cat_boundaries=0 9", "by a set that it does not have"),
        ("is_linear=0", "is_linear=1", "more than a tree of constants"),
        ("tree_sizes=560", "tree_sizes=555", "is not where its size says"),
        ("num_class=1", "num_class=0", "num_class=0, and not 1"),
        ("leaf_value=-0.0", "leaf_value=n0.0", "could not convert"),
    ],
)
def test_trees_that_native_code_would_follow_outside_its_arrays_are_refused(old, new, message):
    assert old in trees()
    with pytest.raises(ValueError, match=message):
        check_trees(trees().replace(old, new, 1), features=2, columns=1)
