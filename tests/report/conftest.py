"""The hand-made audits of `example` for every test of the reports, and golden files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest's importlib mode puts no folder of tests there

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="session")
def golden():
    """A function that compares a text with the file of this name, or rewrites that file if REWRITE_GOLDEN=1."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("REWRITE_GOLDEN") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        if not path.is_file():
            pytest.fail(f"{path} is missing; look at the output, then: REWRITE_GOLDEN=1 pytest tests/report")
        assert text == path.read_bytes().decode(), "if the change is meant: REWRITE_GOLDEN=1 pytest tests/report"

    return compare
