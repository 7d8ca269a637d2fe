"""The measurements of `knowledge.py` as a page for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "reports" / "knowledge.md"
HEAD = """# Models guided by knowledge of their factors

Made by `make bench-knowledge` from the embedded tables `wellbeing` and `happiness`, fitted on the years up to 2000 and
measured on the years after. *KL* is the divergence of the model's importance distribution, on the held-out rows, from
the knowledge. *Pool* is what models of the other kind say of the factors, cross-fitted on the training years; *user* a
list written down beforehand (`USER` in `benchmarks/knowledge.py`); *shuffled* the pool's weights dealt out to the
factors at random: wrong knowledge, as a control. Changes are against the plain model of the same kind, with 95%
bootstrap intervals over the held-out rows; log loss and RPS in per cent, accuracy in percentage points.

The aim was 80% less divergence at no more than 0.5% of log loss and RPS. A row in bold meets it.
"""
NEAR = 5
"""Times the drift of what a pool says, within which 80% less divergence is less than that drift."""
TITLES = "| knowledge | α | KL before → after | change | order agrees | log loss | RPS | accuracy | seconds |"


def write(cases: list[dict[str, Any]]) -> None:
    """Write the page."""
    parts = [HEAD]
    for case in cases:
        parts.append(f"\n## {case['table']}, {case['model']}\n")
        parts.append(
            f"{case['train']:,} rows up to 2000, {case['test']:,} after; the pool is {', '.join(case['pool_of'])}.\n"
        )
        parts += [TITLES, "|---|---|---|---|---|---|---|---|---|"]
        parts += [_line(kind, row) for kind, rows in case["knowledge"].items() for row in rows]
        parts.append(f"\n{_held(case)}\n\n{_control(case)}\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _line(kind: str, row: dict[str, Any]) -> str:
    distance, agreement = row["distance"], row["agreement"]
    met = distance["percent"] <= -80 and max(row["log_loss"]["change"], row["rps"]["change"]) <= 0.5
    strong = "**" if met and kind != "shuffled" else ""
    low, high = distance["percent_interval"]
    cells = [
        f"{strong}{kind}{strong}",
        f"{row['alpha']:g}",
        f"{distance['plain']:.4f} → {distance['guided']:.4f}",
        f"{strong}{distance['percent']:+.0f}%{strong} ({low:+.0f} to {high:+.0f})",
        f"{100 * agreement['plain']:.0f}% → {100 * agreement['guided']:.0f}%",
        *(_change(row[name], digits) for name, digits in (("log_loss", 2), ("rps", 2), ("accuracy", 1))),
        f"{row['seconds']:g}",
    ]
    return f"| {' | '.join(cells)} |".replace("-", "−")


def _change(found: dict[str, Any], digits: int) -> str:
    low, high = found["interval"]
    return f"{found['change']:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"


def _held(case: dict[str, Any]) -> str:
    """What is left to the pool's own view of the held-out rows."""
    each = [
        f"α = {row['alpha']:g}: {row['to_held_out_pool']['plain']:.4f} → {row['to_held_out_pool']['guided']:.4f}"
        f" ({row['to_held_out_pool']['percent']:+.0f}%)"
        for row in case["knowledge"]["pool"]
    ]
    moved = case["pool_drift"]
    told = (
        "Divergence from what the pool, fitted on the training years, says of the held-out rows themselves, which no"
        f" guided model has seen: {'; '.join(each)}. That view lies {moved:.4f} nats from the pool's knowledge of the"
        " training years: what is known changes with the years, which limits what following it can bring."
    )
    before = case["knowledge"]["pool"][0]["distance"]["plain"]
    if before < NEAR * moved:
        told += (
            f" The plain model lies {before:.4f} nats from the knowledge: 80% less would be nearer than it is"
            " to itself across the years."
        )
    return told.replace("-", "−").replace("held−out", "held-out")


def _control(case: dict[str, Any]) -> str:
    """The price of wrong knowledge beside that of the pool's, at the same α."""
    told = [
        f"α = {right['alpha']:g}: {right['log_loss']['change']:+.2f}% and {wrong['log_loss']['change']:+.2f}%"
        for right, wrong in zip(case["knowledge"]["pool"], case["knowledge"]["shuffled"], strict=True)
    ]
    return f"Log loss under the pool's and under the shuffled knowledge, {'; '.join(told)}.".replace("-", "−")
