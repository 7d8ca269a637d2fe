"""What is needed to repeat a result: what was asked for, and the versions that made it."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING, Any

from fairaudit.data.roles import Roles
from fairaudit.options import MARGINS, Options, margins
from fairaudit.results import Manifest

if TYPE_CHECKING:
    pass


def manifest(roles: Roles, options: Options) -> Manifest:
    """What is needed to repeat an audit."""
    asked: dict[str, Any] = {
        "target": roles.target,
        "prediction": roles.prediction,
        "decision": roles.decision,
        "threshold": roles.threshold,
        "protected": [spec.text() for spec in roles.protected],
        "exposure": roles.exposure,
        "weight": roles.weight,
        "count": roles.count,
        "cluster": roles.cluster,
        "search_over": [spec.text() for spec in roles.search_over] or None,
        "task": roles.task,
        "missing": roles.missing,
        "profile": roles.profile,
        "min_group": options.min_group,
        "suppress": options.suppress or None,
        "confidence": options.confidence,
        "bootstrap": options.bootstrap,
        "permutations": options.permutations,
        "density": options.density,
        "scale": options.scale,
        "exact": options.exact or None,
        "search": options.search or None,
        "search_min": options.search_min if options.search else None,
        "margin": [f"{name}={gap:g}" for name, gap in margins(options.margin) if (name, gap) not in MARGINS] or None,
        "correction": None if options.correction == "holm" else options.correction,
        "parity": None if options.parity == "demographic" else options.parity,
        "given": roles.given,
        **roles.cleaning.words(),
        "favourable": roles.favourable,
        "rows_are": roles.rows_are,
        "reference": [f"{name}={level}" for name, level in roles.reference] or None,
        **options.extra,
    }
    return versions({name: value for name, value in asked.items() if value is not None}, options.seed)


def versions(arguments: dict[str, Any], seed: int) -> Manifest:
    """Arguments and seed, with the versions that made a result of them."""
    packages = ("duckdb", "numba", "numpy", "pandas", "scikit-learn", "scipy")
    return Manifest(
        fairaudit=metadata.version("fairaudit-cli"),
        python=platform.python_version(),
        packages={name: metadata.version(name) for name in packages},
        arguments=arguments,
        seed=seed,
    )
