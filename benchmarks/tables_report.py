"""Page of the public tables, reports/public-tables.md, from benchmarks/results/tables.json.

python benchmarks/tables_report.py [--input benchmarks/results/tables.json]

The same JSON gives the same page.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from public_tables import TABLES

HERE = Path(__file__).parent
PAGE = HERE.parent / "reports" / "public-tables.md"
NAMES = {
    "fairaudit_glm": "GLM",
    "fairaudit_boosting": "boosting",
    "fairaudit_network": "network",
    "scikit_learn_linear": "sklearn linear",
    "scikit_learn_splines": "sklearn splines",
    "scikit_learn_trees": "sklearn trees",
    "lightgbm_trees": "LightGBM",
    "glum_ridge": "glum",
    "statsmodels_glm": "statsmodels",
}
OURS = tuple(name for name in NAMES if name.startswith("fairaudit"))
NEAR = 0.01
"""How much larger than the best rival's a deviance may be to count as no worse."""


def deviances(results: list[dict]) -> np.ndarray:
    """Held-out deviance by split; NaN where a model failed."""
    return np.array([each.get("deviance", np.nan) for each in results], dtype=np.float64)


def means(table: dict) -> dict[str, float]:
    """Mean held-out deviance of each learner; NaN where it failed on a split."""
    return {name: float(deviances(results).mean()) for name, results in table["models"].items()}


def shown(value: float, digits: int = 1) -> str:
    """A number of a table, or that there is none."""
    return "failed" if np.isnan(value) else f"{value:.{digits}f}".replace("-", "−")


def row(*cells: str) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"


def explained(tables: list[dict]) -> list[str]:
    """The table of the plain models: D² of each learner."""
    lines = [
        row("table", "rows", "outcome", *NAMES.values()),
        row(*(["---"] + ["--:"] + ["---"] + ["--:"] * len(NAMES))),
    ]
    for table in tables:
        constant, by_learner = float(np.mean(table["constant"])), means(table)
        best = np.nanmin(list(by_learner.values()))
        cells = []
        for name in NAMES:
            text = shown(100 * (1 - by_learner[name] / constant))
            cells.append(f"**{text}**" if by_learner[name] == best else text)
        outcome = f"`{table['outcome']}`, {table['family']}"
        lines.append(row(f"`{table['source']}`", f"{table['rows']:,}", outcome, *cells))
    return lines


def against(tables: list[dict]) -> list[str]:
    """The table of our best and default models against the best rival, with the spread over splits."""
    lines = [
        row("table", "best rival", "GLM against it", "boosting", "network", "our best"),
        row("---", "---", *["--:"] * 4),
    ]
    for table in tables:
        by_learner = means(table)
        rivals = {name: value for name, value in by_learner.items() if name not in OURS and not np.isnan(value)}
        rival = min(rivals, key=lambda name: rivals[name])
        ratio = {name: by_learner[name] / rivals[rival] - 1 for name in OURS}
        cells = [f"{shown(100 * ratio[name], 2)}%" for name in OURS]
        best = min(value for value in ratio.values() if not np.isnan(value))
        lines.append(row(f"`{table['source']}`", NAMES[rival], *cells, f"{shown(100 * best, 2)}%"))
    return lines


def split_of(before: dict, after: dict) -> tuple[float, float, float]:
    """Per cent of dependence removed, and the parts of its logarithm that are shrinkage and decorrelation."""
    whole = np.log(before["biased"] / after["biased"])
    shrinkage = 0.5 * np.log(before["dvar_sq"] / after["dvar_sq"])
    return 100 * (1 - after["biased"] / before["biased"]), shrinkage, whole - shrinkage


def reductions(tables: list[dict]) -> list[str]:
    """The table of the penalised GLMs."""
    lines = [
        row(
            "table",
            "asked",
            "on training rows",
            "held out",
            "shrinkage",
            "price, points of D²",
            "Σ pred. / Σ outcome",
            "s",
        ),
        row("---", *["--:"] * 7),
    ]
    for table in tables:
        constant = float(np.mean(table["constant"]))
        for at, first in enumerate(table["reduced"][0][1:], start=1):
            pairs = [(split[0], split[at]) for split in table["reduced"]]
            train = [split_of(plain["train"], fair["train"]) for plain, fair in pairs]
            test = [100 * (1 - fair["test"]["unbiased"] / plain["test"]["unbiased"]) for plain, fair in pairs]
            removed = np.mean([part[0] for part in train])
            parts = np.sum([part[1:] for part in train], axis=0)
            share = f"{shown(100 * parts[0] / parts.sum(), 0)}%" if parts.sum() > 0.1 * len(pairs) else "—"
            price = np.mean([fair["deviance"] - plain["deviance"] for plain, fair in pairs]) / constant
            balance = np.mean([fair["balance"] for _, fair in pairs])
            seconds = np.median([fair["seconds"] for _, fair in pairs])
            low, high = np.quantile(test, [0.1, 0.9])
            lines.append(
                row(
                    f"`{table['source']}`" if at == 1 else "",
                    f"{first['reduce']:.0f}%",
                    f"{shown(removed, 0)}%",
                    f"{shown(float(np.median(test)), 0)}% ({shown(low, 0)} to {shown(high, 0)})",
                    share,
                    shown(100 * price, 2),
                    f"{balance:.4f}",
                    f"{seconds:.1f}",
                )
            )
    return lines


def summary(tables: list[dict]) -> list[str]:
    """The sentences above the tables."""
    near, worse = dict.fromkeys(OURS, 0), {name: [] for name in OURS}
    best_of_ours = []
    for table in tables:
        by_learner, constant = means(table), float(np.mean(table["constant"]))
        rival = min(value for name, value in by_learner.items() if name not in OURS and not np.isnan(value))
        for name in OURS:
            near[name] += by_learner[name] <= (1 + NEAR) * rival
            if not by_learner[name] <= constant:
                worse[name].append(f"`{table['source']}` ({shown(100 * (1 - by_learner[name] / constant))})")
        best_of_ours.append(min(by_learner[name] for name in OURS) <= (1 + NEAR) * rival)
    lines = [
        f"The best of our three models is within {NEAR:.0%} of the best rival's deviance, or below it, on "
        f"{sum(best_of_ours)} of {len(tables)} tables; by itself "
        + ", ".join(f"the {NAMES[name]} on {near[name]}" for name in OURS)
        + "."
    ]
    behind = [
        f"`{table['source']}` ({table['rows']:,} rows)"
        for table, near_by in zip(tables, best_of_ours, strict=True)
        if not near_by
    ]
    if behind:
        lines.append(f"Further behind: {', '.join(behind)}.")
    for name in OURS:
        if worse[name]:
            lines.append(f"Worse than the constant (D² in per cent): the {NAMES[name]} on {', '.join(worse[name])}.")
    return lines


def times(tables: list[dict]) -> str:
    """How often the tables are split."""
    counts = sorted({len(table["constant"]) for table in tables})
    *first, last = map(str, counts)
    return f"{', '.join(first)} or {last} times" if first else f"{last} times"


def unmeasured(tables: list[dict]) -> str:
    """The tables of `public_tables.py` that the results lack, in brackets; nothing where there are none."""
    known = {table["source"] for table in tables}
    lacking = [f"`{table.source}`" for table in TABLES if table.source not in known]
    return f", without {', '.join(lacking)}" if lacking else ""


def page(results: dict) -> str:
    """The whole page."""
    tables = results["tables"]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return "\n".join(
        [
            "# Plain and penalised models on public tables",
            "",
            f"{len(tables)} tables of people that ship in packages of the index{unmeasured(tables)}",
            f"({versions}).",
            f"Each is split {times(tables)}, three quarters to one quarter; all learners see the same rows, with",
            "their defaults or their own cross-validated strength, and are judged on the rows held out. No setting",
            "is for one of these tables. Two rules were chosen after some of them had been seen: the one constant of",
            "the default ridge (decision 45), and the knots of numbers that are mostly one value (decision 60).",
            "Made by `benchmarks/tables.py` and `benchmarks/tables_report.py`.",
            "",
            *summary(tables),
            "",
            "## Plain models: D² in per cent",
            "",
            "The share of the constant's deviance that a model explains on held-out rows, 100 (1 − deviance /",
            "that of the training mean). 0: no better than the constant, negative: worse. Bold: the best.",
            "",
            *explained(tables),
            "",
            "## Deviance against the best rival",
            "",
            "Mean held-out deviance over that of the best of the rivals on this table, less 1. The best rival is",
            "chosen with these rows in view, ours is not, so a per cent is not yet worse.",
            "",
            *against(tables),
            "",
            "## The GLM with a share of its dependence taken away",
            "",
            "CCdCov² of the joint protected attributes. *On training rows*: share removed there, mean over the",
            "splits. *Held out*: share of the unbiased value removed on held-out rows, median (tenth and",
            "ninetieth per cent of the splits); where the plain model's dependence is near its floor this is",
            "noise. *Shrinkage*: part of the logarithm of the reduction on training rows that comes from",
            "predictions pulled together, the rest is decorrelation.",
            "",
            *reductions(tables),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", type=Path, default=HERE / "results" / "tables.json")
    PAGE.write_text(page(json.loads(parser.parse_args().input.read_text())))


if __name__ == "__main__":
    main()
