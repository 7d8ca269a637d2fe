"""COMPAS as several tests audit it."""

from __future__ import annotations

import pytest
from audited_compas import COMPAS, QUICK

import fairaudit as fa


@pytest.fixture(scope="module")
def audited(compas):
    return fa.audit(compas, **COMPAS, options=QUICK)
