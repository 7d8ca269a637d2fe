"""What is needed to repeat an audit."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata

import pandas as pd

import fairaudit as fa
from fairaudit.auditing.manifest import manifest
from fairaudit.data.roles import Cleaning, Protected, Roles

NOT_ASKED = {"bootstrap", "confidence", "density", "min_group", "missing", "permutations", "protected", "scale"}
"""What every audit states, whether or not anybody said it."""


def test_what_nobody_asked_for_is_not_stated_but_for_what_numbers_rest_on():
    stated = manifest(Roles(protected=(Protected("g"),)), fa.Options())
    assert set(stated.arguments) == NOT_ASKED
    assert stated.seed == fa.Options().seed


def test_what_was_asked_for_is_stated_as_it_is_said_on_the_command_line():
    roles = Roles(
        protected=(Protected("age", "bins", edges=(25.0, 45.0)), Protected("g")),
        target="y",
        reference=(("g", "a"), ("age", "25–45")),
        cleaning=Cleaning(keep=("d=1,3",), tidy=True, na="?"),
    )
    options = replace(fa.Options(), margin=("shares=0.02",), correction="none", search=3, search_min=40, seed=7)
    stated = manifest(roles, options)
    assert stated.seed == 7
    assert {name: stated.arguments[name] for name in set(stated.arguments) - NOT_ASKED} == {
        "target": "y",
        "reference": ["g=a", "age=25–45"],
        "keep": ["d=1,3"],
        "tidy": True,
        "na": "?",
        "margin": ["shares=0.02"],
        "correction": "none",
        "search": 3,
        "search_min": 40,
    }
    assert stated.arguments["protected"] == ["age:bins=25,45", "g"]


def test_the_versions_are_those_that_are_installed():
    frame = pd.DataFrame({"g": ["a", "b"] * 20, "p": [0.1, 0.2, 0.3, 0.4] * 10})
    stated = fa.audit(frame, prediction="p", protected="g", options=fa.Options(bootstrap=0, permutations=0)).manifest
    assert stated.fairaudit == metadata.version("fairaudit-cli")
    assert set(stated.packages) == {"duckdb", "numba", "numpy", "pandas", "scikit-learn", "scipy"}
    assert all(metadata.version(name) == version for name, version in stated.packages.items())
