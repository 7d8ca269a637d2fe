"""Models guided by knowledge of their factors, years apart: fitted up to 2000, measured on later years.

For `wellbeing` and `happiness`, each kind of model, and knowledge from a user, from the pool, and (as a control) the
pool's with the factors shuffled: agreement of the importances with the knowledge before and after, on the held-out
rows, and what it costs in log loss, ordinal RPS and accuracy, with bootstrap intervals over the rows.

    python benchmarks/knowledge.py                  all, into results/knowledge.json and ../reports/knowledge.md
    python benchmarks/knowledge.py wellbeing glm    one of them, printed only
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from fairaudit.chance.bootstrap import interval
from fairaudit.data.datasets import load_dataset
from fairaudit.data.table import role_table
from fairaudit.explaining.attribution import shares
from fairaudit.explaining.resampling import RowDraws
from fairaudit.fitting import FitOptions
from fairaudit.fitting.estimators import fitted
from fairaudit.fitting.guiding import attributed, consistency, guide, pool_of, pooled
from fairaudit.fitting.run import fit_roles
from fairaudit.fitting.split import Split, part_of, split_table
from fairaudit.models.guides.consistency import distribution, kl
from fairaudit.models.guides.knowledge import Knowledge
from fairaudit.options import MODELS, Options

HERE = Path(__file__).parent
LAST = 2000
"""Last year that is fitted on."""
ADDED = {"wellbeing": ("tvhours", "unem10", "divorce", "female", "black"), "happiness": ("age", "race", "sex")}
"""Inputs beside those of the embedded table's roles."""
USER = {
    "wellbeing": {
        "divorce": 6, "income": 5, "workstat": 3, "attend": 3, "unem10": 2, "educ": 2, "prestige": 2, "black": 2,
        "region": 1, "tvhours": 1, "female": 1, "mothfath16": 1, "babies": 1, "preteen": 1, "teens": 1, "reg16": 1,
    },
    "happiness": {"health": 5, "marital": 5, "finrela": 4, "race": 1, "age": 1, "degree": 1, "educ": 1, "sex": 0.5},
}  # fmt: skip
"""What someone who has read on the subject may write down before seeing any model: family and health first, then money
and work, then the rest."""
ALPHA = 1.0
"""α, nats of loss per nat of divergence: the loss of the constant model is 0.95 nats."""
STEPS = {"glm": (0.01, 0.1, 1.0, 10.0)}


def split_of(name: str, model: str, draws: int = 1000) -> Split:
    """The data of one table, split by year."""
    data = load_dataset(name)
    added = ADDED[name]
    drop = tuple(column for column in data.roles.drop if column not in added)
    roles = replace(data.roles, features=(*data.roles.features, *added), drop=drop)
    frame = data.frame[data.frame["happy"].notna()].reset_index(drop=True)
    table = role_table(frame, fit_roles(roles), features=True)
    split = split_table(table, data.source, roles, FitOptions(penalty="none", model=model), Options(bootstrap=draws))
    early = frame["year"].to_numpy()[table.index] <= LAST
    train, test = (part_of(table, split.cells, np.flatnonzero(side)) for side in (early, ~early))
    return replace(split, train=train, test=test)


def scores(split: Split, model: Any) -> np.ndarray:
    """Log loss, RPS and accuracy of each held-out row, shape (n, 3)."""
    proba = model.predict_proba(split.test.features)
    own = np.searchsorted(model.classes_, split.test.outcome)
    rows = np.arange(len(own))
    below = own[:, None] <= np.arange(proba.shape[1])
    rps = ((np.cumsum(proba, axis=1) - below) ** 2).sum(axis=1)
    return np.column_stack([-np.log(proba[rows, own]), rps, proba.argmax(axis=1) == own])


def changes(split: Split, plain: Any, guided: Any) -> dict[str, Any]:
    """Log loss, RPS and accuracy of both models; changes of the first two in per cent, of accuracy in points."""
    mass = split.test.mass[:, None]
    both = np.hstack([scores(split, plain), scores(split, guided)])
    draws = RowDraws.of(len(mass), split.options.bootstrap, np.random.default_rng([7]))
    sums = np.vstack([(mass * both).sum(axis=0), draws.sums(np.hstack([mass * both]))])
    found = {}
    for place, name in enumerate(("log_loss", "rps", "accuracy")):
        before, after = sums[:, place], sums[:, place + 3]
        if name == "accuracy":
            total = np.concatenate([[1.0], draws.sums(mass)[:, 0]])
            moved = 100 * (after - before) / total
        else:
            moved = 100 * (after / before - 1)
        low, high = interval(moved[1:], 0.95)
        found[name] = {"plain": before[0], "guided": after[0], "change": moved[0], "interval": [low, high]}
    return found


def measured(split: Split, plain: Any, known: Knowledge, alpha: float, held: np.ndarray | None) -> dict[str, Any]:
    """One guided model against the plain one."""
    started = time.perf_counter()
    options = replace(split.fitting, knowledge=known, consistency_strength=alpha)
    split = guide(replace(split, fitting=options), lambda _: None)
    guided = fitted(split, "none", lambda _: None, guided=True)
    seconds = time.perf_counter() - started
    made = msgspec.to_builtins(consistency(split, plain, guided))
    found = {
        "alpha": alpha,
        "seconds": round(seconds, 1),
        "distance": made["distance"],
        "agreement": made["agreement"],
        "factors": made["factors"],
        **changes(split, plain, guided),
    }
    if held is not None:
        each = [
            distribution(attributed(split.test, model, np.random.default_rng(split.options.seed))[1].sum(axis=0))
            for model in (plain, guided)
        ]
        before, after = (kl(distribution(held), share)[0] for share in each)
        found["to_held_out_pool"] = {"plain": before, "guided": after, "percent": 100 * (after / before - 1)}
    return found


def case(name: str, model: str, draws: int = 1000) -> dict[str, Any]:
    """All that is measured for one table and one kind of model."""
    split = split_of(name, model, draws)
    plain = fitted(split, "none", lambda _: None)
    others = pool_of("pool", model)
    pool = pooled(split, others, lambda _: None)
    # What the pool says of the held-out rows themselves, from models of the training rows: never fitted to.
    sides = [replace(split, fitting=replace(split.fitting, model=kind)) for kind in others]
    models = [fitted(side, "none", lambda _: None) for side in sides]
    held = np.mean(
        [
            shares(attributed(split.test, other, np.random.default_rng(split.options.seed))[1].sum(axis=0))
            for other in models
        ],
        axis=0,
    )
    names, weights = list(pool.weights), np.array(list(pool.weights.values()))
    shuffled = weights[np.random.default_rng(1).permutation(len(weights))]
    wrong = Knowledge(weights=dict(zip(names, map(float, shuffled), strict=True)), source="shuffled pool")
    user = Knowledge(weights=USER[name], source="user")
    strengths = STEPS.get(model, (ALPHA,))
    result = {
        "table": name,
        "model": model,
        "pool_of": list(others),
        "pool_drift": kl(distribution(np.array(list(pool.weights.values()))), distribution(held))[0],
        "train": len(split.train.rows),
        "test": len(split.test.rows),
        "knowledge": {
            "pool": [measured(split, plain, pool, alpha, held) for alpha in strengths],
            "user": [measured(split, plain, user, alpha, None) for alpha in strengths],
            "shuffled": [measured(split, plain, wrong, alpha, None) for alpha in strengths],
        },
    }
    for kind, rows in result["knowledge"].items():
        for row in rows:
            show(name, model, kind, row)
    return result


def show(name: str, model: str, kind: str, row: dict[str, Any]) -> None:
    """One line of progress."""
    distance, loss, rps = row["distance"], row["log_loss"], row["rps"]
    print(
        f"{name} {model} {kind} α {row['alpha']:g}: KL {distance['plain']:.4f} → {distance['guided']:.4f}"
        f" ({distance['percent']:+.0f}%), log loss {loss['change']:+.3f}% ({loss['interval'][0]:+.3f} to"
        f" {loss['interval'][1]:+.3f}), RPS {rps['change']:+.3f}%, {row['seconds']:g} s",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    """Measure what was asked for."""
    warnings.simplefilter("ignore")
    asked = [(arguments[0], arguments[1])] if arguments else [(name, model) for name in USER for model in MODELS]
    made = [case(name, model) for name, model in asked]
    out = HERE / "results" / "knowledge.json"
    if arguments:
        kept = json.loads(out.read_text())["cases"] if out.exists() else []
        known = {(each["table"], each["model"]): each for each in [*kept, *made]}
        made = list(known.values())
    out.write_text(json.dumps({"last_year": LAST, "cases": made}, indent=1, sort_keys=True) + "\n")
    from knowledge_report import write

    write(made)


if __name__ == "__main__":
    main(sys.argv[1:])
