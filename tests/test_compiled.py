"""Compiled loops run also where no folder can keep their machine code."""

from __future__ import annotations

import numba.core.caching
import pytest

from fairaudit.compiled import jit


def add(one, other):
    return one + other


def test_a_loop_is_kept_on_disk_where_there_is_a_place(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    assert jit()(add)(1.0, 2.0) == 3
    assert list(tmp_path.rglob("*.nbc"))


def test_a_loop_runs_where_no_folder_can_be_written_to(monkeypatch):
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])
    with pytest.raises(RuntimeError, match="no locator"):
        numba.njit(cache=True)(add)  # the fault is really there
    assert jit()(add)(1.0, 2.0) == 3


def test_any_other_fault_is_not_hidden(monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(numba, "njit", refuse)
    with pytest.raises(RuntimeError, match="disk on fire"):
        jit()(add)
