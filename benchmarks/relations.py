"""How often relations claimed on one half of COMPAS are reversed, or claimed the other way round, on the other half.

python benchmarks/relations.py [--splits 20] > benchmarks/results/relations.json

Each split is random; the margins of `explain` (rows and refit) stand against margins of rows alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from unittest.mock import patch

import numpy as np

import fairaudit as fa
from fairaudit.data.table import role_table
from fairaudit.explaining.relations import _covariance
from fairaudit.fitting import explain_table, fit_roles

MARGINS = {"rows and refit": None, "rows alone": lambda replicates, parts, part_replicates: _covariance(replicates)}


def ask(frame, dataset, covariance):
    table = role_table(frame, fit_roles(dataset.roles), features=True)
    options, pool = fa.Options(bootstrap=300), fa.PoolOptions()
    if covariance is None:
        return explain_table(table, dataset.source, dataset.roles, pool, options)
    with patch("fairaudit.fitting.pool.error_covariance", covariance):
        return explain_table(table, dataset.source, dataset.roles, pool, options)


def compare(one, other):
    """Relations of one half; how many of them no model, and how many the pool, of the other half sees reversed."""
    importances = [model.importance for model in other.models]
    theirs = {(each.primary, each.secondary) for each in other.relations}
    mine = [(each.primary, each.secondary) for each in one.relations]
    reversed_ = sum(all(shares[low] > shares[high] for shares in importances) for high, low in mine)
    return np.array([len(mine), reversed_, sum((low, high) in theirs for high, low in mine)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=20)
    options = parser.parse_args()
    dataset = fa.load_dataset("compas")
    result = {"splits": options.splits, "pairs_of_factors": 10}
    for name, covariance in MARGINS.items():
        total = np.zeros(3, dtype=int)
        for seed in range(options.splits):
            first = np.random.default_rng(seed).permutation(len(dataset.frame)) % 2 == 0
            halves = [ask(dataset.frame[side].reset_index(drop=True), dataset, covariance) for side in (first, ~first)]
            total += compare(*halves) + compare(*halves[::-1])
        claimed, reversed_, contradicted = (int(value) for value in total)
        result[name] = {"claimed": claimed, "reversed_by_all": reversed_, "contradicted": contradicted,
                        "reversed_per_cent": round(100 * reversed_ / claimed, 2)}  # fmt: skip
    json.dump(result, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
