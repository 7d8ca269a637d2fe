"""How often a held-out reduction lies where the search promised it, on many splits of one table.

``python benchmarks/promises.py [SPLITS]`` fits a plain and a penalised GLM to each split, as
``fairaudit fit --reduce`` does, and counts how often the reduction on the held-out rows lies in the promised interval,
and how often nothing was promised, the dependence being too weak. Tables are cut to `ROWS` rows, drawn once, to keep
200 splits within minutes.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

import fairaudit as fa
from fairaudit.data.datasets import load_source
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.held_out import judged
from fairaudit.fitting.reducing import reductions
from fairaudit.fitting.run import fit_roles
from fairaudit.fitting.split import split_table
from fairaudit.fitting.summary import promised
from fairaudit.results import Source

ROWS = 1500
REDUCE = 80.0
RESULTS = Path(__file__).parent / "results" / "promises.json"


def simulated() -> tuple[pd.DataFrame, Roles]:
    """People of two groups and of either sex, whose outcome follows from two columns, one of which tells of both."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.choice(levels, ROWS) for name, levels in (("g", ["a", "b"]), ("s", ["f", "m"]))})
    frame["z"] = rng.normal(size=ROWS)
    frame["x"] = rng.normal(size=ROWS) + (frame["g"] == "b") + 0.5 * (frame["s"] == "m")
    frame["y"] = frame["x"] + frame["z"] + rng.normal(size=ROWS)
    protected = (Protected("g"), Protected("s"))
    return frame, Roles(target="y", protected=protected, features=("x", "z"), task="regression")


def embedded(name: str) -> tuple[pd.DataFrame, Roles]:
    """Some rows of an embedded table."""
    frame, _, roles = load_source(name, {})
    return frame.sample(min(ROWS, len(frame)), random_state=0).reset_index(drop=True), fit_roles(roles, frame)


def one(frame: pd.DataFrame, roles: Roles, seed: int) -> dict[str, float | None]:
    """What was promised, and what the held-out rows show, on one split."""
    options, asked = fa.Options(bootstrap=0, permutations=0, seed=seed), fa.FitOptions(reduce=REDUCE)
    split = split_table(role_table(frame, roles, features=True), Source(name="t"), roles, asked, options)
    plain = fitted(split, "none", lambda _: None)
    fair = fitted(split, split.fitting.penalty, lambda _: None, reduce=REDUCE)
    (reached,) = reductions(split, judged(split, plain), judged(split, fair), [])
    low, high = promised(split, fair) or (None, None)
    return {"reached": reached.percent, "low": low, "high": high}


def summary(splits: list[dict[str, float | None]]) -> dict[str, float]:
    """Shares of the splits, and widths of the intervals."""
    table = pd.DataFrame(splits).astype(float)
    kept = table[table["low"].notna() & table["reached"].notna()]
    return {
        "splits": len(table),
        "promised": len(kept) / len(table),
        "kept": float(((kept["low"] <= kept["reached"]) & (kept["reached"] <= kept["high"])).mean()),
        "mean reduction": float(kept["reached"].mean()),
        "promised width": float((kept["high"] - kept["low"]).median()),
    }


def main() -> None:
    """All tables, each on so many splits."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    tables = {"simulated": simulated(), **{name: embedded(name) for name in ("compas", "wellbeing", "motor")}}
    found = {}
    warnings.simplefilter("ignore")
    for name, (frame, roles) in tables.items():
        begin = perf_counter()
        found[name] = summary([one(frame, roles, seed) for seed in range(count)])
        print(name, found[name], f"{perf_counter() - begin:.0f} s", flush=True)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
