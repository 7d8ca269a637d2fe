"""How often a held-out reduction lies where the search promised it, on many splits of several tables.

``python benchmarks/promises.py [--splits 200] [--tables NAME ...]`` fits a plain and a penalised GLM to each split, as
``fairaudit fit --reduce`` does, and counts how often the reduction on the held-out rows lies in the promised interval,
and how often nothing was promised, the dependence being too weak. Of embedded tables the first entries are cut to `FEW`
rows, drawn once, where little can be promised; the others have the rows that they say. Public tables are those of
`public_tables.py`. What the others of `results/promises.json` hold stays as it is.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import public_tables

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

FEW = 1500
REDUCE = 80.0
RESULTS = Path(__file__).parent / "results" / "promises.json"
PAGE = Path(__file__).parents[1] / "reports" / "promises.md"


def simulated() -> tuple[pd.DataFrame, Roles]:
    """People of two groups and of either sex, whose outcome follows from two columns, one of which tells of both."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.choice(levels, FEW) for name, levels in (("g", ["a", "b"]), ("s", ["f", "m"]))})
    frame["z"] = rng.normal(size=FEW)
    frame["x"] = rng.normal(size=FEW) + (frame["g"] == "b") + 0.5 * (frame["s"] == "m")
    frame["y"] = frame["x"] + frame["z"] + rng.normal(size=FEW)
    protected = (Protected("g"), Protected("s"))
    return frame, Roles(target="y", protected=protected, features=("x", "z"), task="regression")


def embedded(name: str, rows: int | None = None) -> tuple[pd.DataFrame, Roles]:
    """An embedded table, or so many rows of it."""
    frame, _, roles = load_source(name, {})
    drawn = frame if rows is None else frame.sample(rows, random_state=0).reset_index(drop=True)
    return drawn, fit_roles(roles, drawn)


def public(source: str) -> tuple[pd.DataFrame, Roles]:
    """A public table, with exposure where it has one."""
    table = next(table for table in public_tables.TABLES if table.source == source)
    rows = public_tables.load(table)
    frame = pd.concat([rows.features, rows.protected], axis=1).assign(outcome=rows.outcome)
    task = {"binomial": "binary", "poisson": "count"}.get(table.family, "regression")
    protected = tuple(Protected(name) for name in table.protected)
    return frame, Roles(target="outcome", protected=protected, features=tuple(rows.features), task=task)


TABLES: dict[str, Callable[[], tuple[pd.DataFrame, Roles]]] = {
    "simulated": simulated,
    **{name: partial(embedded, name, FEW) for name in ("compas", "wellbeing", "motor")},
    "compas, all rows": partial(embedded, "compas"),
    "health, all rows": partial(embedded, "health"),
    "motor, all rows": partial(embedded, "motor"),
    "happiness, 10000 rows": partial(embedded, "happiness", 10_000),
    **{source: partial(public, source) for source in ("wooldridge/k401ksubs", "AER/CPS1988", "AER/NMES1988")},
}


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
        "kept": None
        if kept.empty
        else float(((kept["low"] <= kept["reached"]) & (kept["reached"] <= kept["high"])).mean()),
        "mean reduction": None if kept.empty else float(kept["reached"].mean()),
        "promised width": None if kept.empty else float((kept["high"] - kept["low"]).median()),
    }


def page(results: dict[str, dict[str, float]]) -> str:
    """The results as a page."""
    lines = [
        "# Promised and held-out reductions",
        "Made by `benchmarks/promises.py`. Of each table as many splits into training and held-out rows as stand there;"
        f" on each a plain GLM and one with `--reduce {REDUCE:g}` are fitted to the training rows, as `fairaudit fit`"
        " does it. The search promises an interval (95%) for the reduction on held-out rows; where the plain model's"
        " dependence is not clear of chance, it promises nothing. Kept: of the promises. Shares of so many splits of"
        " one table are themselves known to about ± 3 points.",
        "| table | rows | splits | promised in | kept | mean reduction, % | width of the promise, points |",
    ]
    table = [lines.pop(), "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for name, entry in results.items():
        known = entry["promised"] > 0
        values = ("kept", "mean reduction", "promised width") if known else ()
        cells = [f"{100 * entry[each]:.1f}%" if each == "kept" else f"{entry[each]:.1f}" for each in values] or [
            "–"
        ] * 3
        first = [name, f"{entry['rows']:,}", str(entry["splits"]), f"{100 * entry['promised']:.1f}%"]
        table.append(f"| {' | '.join([*first, *cells])} |")
    return "\n\n".join([*lines, "\n".join(table)]) + "\n"


def main() -> None:
    """The tables that are asked for, each on so many splits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--tables", nargs="*", default=list(TABLES), choices=TABLES)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in arguments.tables:
        frame, roles = TABLES[name]()
        begin = perf_counter()
        splits = [one(frame, roles, seed) for seed in range(arguments.splits)]
        stored = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        entry = summary(splits) | {"rows": len(frame)}
        print(name, entry, f"{perf_counter() - begin:.0f} s", flush=True)
        results = stored | {name: entry}
        ordered = {each: results[each] for each in TABLES if each in results}
        RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
        PAGE.write_text(page(ordered))


if __name__ == "__main__":
    main()
