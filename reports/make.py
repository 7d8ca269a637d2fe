"""Make the sample reports of this folder: an audit of COMPAS, a plain and a fairer model of every embedded table, and
what a pool of models says about the factors of two of them.

Run by `make reports`. The same versions give the same bytes.
"""

import subprocess
import sys
from pathlib import Path

from fairaudit.data.datasets import dataset_names

FOLDER = Path(__file__).parent


def run(*arguments: str) -> None:
    print("fairaudit", *arguments, flush=True)
    subprocess.run([sys.executable, "-m", "fairaudit", *arguments, "--quiet"], check=True, cwd=FOLDER)


run("audit", "compas", "--report", "compas-audit.html", "--report", "compas-audit.md", "--report", "compas-audit.json")
for name in ("compas", "happiness"):
    run("explain", name, "--report", f"{name}-explain.html", "--report", f"{name}-explain.md")
for name in dataset_names():
    run(
        "fit",
        name,
        "--penalty",
        "ccdcov",
        "--reduce",
        "90",
        "--report",
        f"{name}-fit.html",
        "--report",
        f"{name}-fit.md",
    )
