"""What `import fairaudit` gives, and what it costs."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import fairaudit as fa

LATE = ["duckdb", "jinja2", "lightgbm", "matplotlib", "numba", "rich", "shap", "skops", "torch"]
"""Imported by what uses them, not before."""


def loaded_after(code: str, modules: list[str]) -> list[str]:
    """Which of some modules a fresh interpreter has loaded after some code."""
    probe = f"{code}\nimport sys; print('loaded', sorted(set({modules!r}) & set(sys.modules)))"
    output = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    return ast.literal_eval(output.rpartition("loaded ")[2])


def test_the_public_names_are_sorted_and_exist():
    assert list(fa.__all__) == sorted(fa.__all__)
    assert all(getattr(fa, name) is not None for name in fa.__all__)


def test_a_listing_shows_the_public_names_alone():
    assert fa.audit is not None  # a name that was used is listed once
    assert dir(fa) == sorted(fa.__all__)


def test_what_type_checkers_see_is_what_is_imported():
    tree = ast.parse(Path(fa.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        node.module.removeprefix("fairaudit."): tuple(alias.name for alias in node.names)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }
    assert imported == fa._HOMES
    assert {name for names in imported.values() for name in names} | {"__version__"} == set(fa.__all__)


@pytest.mark.parametrize("name", sorted(set(fa.__all__) - {"__version__"}))
def test_every_public_name_says_what_it_is_and_of_which_types(name):
    value = getattr(fa, name)
    assert inspect.getdoc(value)
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(part.annotation is not inspect.Parameter.empty for part in signature.parameters.values())


def test_the_version_is_that_of_the_distribution():
    assert fa.__version__ == metadata.version("fairaudit-cli")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'fairaudit' has no attribute 'audits'"):
        _ = fa.audits


def test_the_import_of_the_package_loads_nothing_else():
    code = "import sys; before = set(sys.modules)\nimport fairaudit\nprint(sorted(set(sys.modules) - before))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert ast.literal_eval(output) == ["__future__", "fairaudit"]


def test_no_public_name_loads_what_only_some_calls_need():
    assert loaded_after("import fairaudit\nfor name in fairaudit.__all__: getattr(fairaudit, name)", LATE) == []


def test_an_estimator_loads_no_more_of_scikit_learn_than_its_base_needs():
    assert loaded_after("from fairaudit import PenalizedGLM", [*LATE, "sklearn.metrics"]) == []


def test_an_audit_and_a_fitted_model_load_no_library_of_other_models_or_pictures():
    code = """
import numpy as np, pandas as pd, fairaudit as fa
rng = np.random.default_rng(0)
rows = pd.DataFrame({"g": rng.choice(["a", "b"], 200), "x": rng.normal(size=200), "y": rng.integers(0, 2, 200)})
fa.audit(rows, target="y", protected="g", options=fa.Options(bootstrap=9, permutations=9))
fa.PenalizedGLM().fit(rows[["x"]], rows["y"], sensitive_features=rows[["g"]]).predict(rows[["x"]])
"""
    assert loaded_after(code, ["lightgbm", "matplotlib", "shap", "torch"]) == []
