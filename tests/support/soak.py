"""Ask audits again and again in one process, and see whether memory grows: ``python tests/support/soak.py [AUDITS]``.

`make soak` asks 1,000. Exit status 1 where memory grows by more than `LEAK` an audit once it is warm.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path

from hostile_configurations import people
from hostile_runs import Question, run

ROLES = (
    "t.csv",
    "--target",
    "y",
    "--protected",
    "sex",
    "--protected",
    "race",
    "--bootstrap",
    "20",
    "--permutations",
    "19",
)
AUDITS = (
    ("audit", *ROLES, "--prediction", "s", "--json"),
    ("audit", *ROLES, "--prediction", "s", "--threshold", "0.5"),
    ("audit", *ROLES, "--decision", "d=hire", "--engine", "duckdb", "--report", "r.md"),
    ("audit", *ROLES, "--prediction", "s", "--report", "r.html", "--quiet"),
)
WARM = 0.3
"""Share of the audits after which memory is warm: what is imported, compiled and kept for reuse is there."""
LEAK = 20_000
"""Bytes an audit from which memory counts as growing: a hundredth of what one takes while it runs."""


def memory() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(audits: int) -> tuple[float, list[int]]:
    """Bytes by which memory grows with each audit once it is warm, and what it held after each twentieth of them.

    It is the difference of the medians of the two halves of that time, over the audits between them: single peaks,
    which the allocator gives back later, do not count.
    """
    held = []
    with tempfile.TemporaryDirectory() as name:
        for number in range(audits):
            ended = run(Question(AUDITS[number % len(AUDITS)], {"t.csv": people()}), Path(name))
            if ended.status != 0 or ended.faults():
                raise AssertionError(ended.err)
            held.append(memory())
            if len(held) % 100 == 0:
                print(f"{len(held):,} audits, {held[-1] / 1e6:.0f} MB", flush=True)
    warm = held[round(WARM * audits) :]
    half = len(warm) // 2
    slope = (sorted(warm[-half:])[half // 2] - sorted(warm[:half])[half // 2]) / (len(warm) - half)
    return slope, held[:: max(audits // 20, 1)]


def main() -> int:
    """Print how memory went; the exit status."""
    audits = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    slope, held = growth(audits)
    print(f"{audits:,} audits; MB held along the way: {', '.join(f'{size / 1e6:.0f}' for size in held)}")
    print(f"growth once warm: {slope:,.0f} bytes an audit, of which {LEAK:,} are allowed")
    return int(slope > LEAK)


if __name__ == "__main__":
    sys.exit(main())
