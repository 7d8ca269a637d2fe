"""Model files that are damaged, or made by hand: each is refused in one sentence, and no code of it is run."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path

import pytest
from hostile_models import KINDS, damaged_models, members, outcome, packed, replaced, schema_text, with_schema
from hypothesis import given

from fairaudit.errors import SourceError
from fairaudit.fitting.scoring import load_model
from fairaudit.models import files
from fairaudit.models.learners.tree_text import check_trees

pytestmark = pytest.mark.slow


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
