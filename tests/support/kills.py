"""Kill runs that write several reports at random moments, and count what is left: ``make kills`` does it 200 times.

Run as ``python tests/support/kills.py [KILLS] [SEED]``. A run that was killed is followed by one that is not, as the
next command in the folder clears up; what it must find is all reports old or all new, and after it no other file.
"""

from __future__ import annotations

import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPORTS = ("r.html", "r.json", "r.md", "r.csv")
WRITE = """
import sys
from pathlib import Path
from fairaudit.files import write_all
write_all({Path(sys.argv[1], "later.txt"): b"a later run"})
"""


def kill_once(folder: Path, seed: int) -> str:
    """``old`` or ``new``: what all reports are after a run was killed at a moment that the seed draws.

    Half of the moments lie anywhere in a run, half right after its first file appeared beside the reports.
    """
    draw = random.Random(seed)  # noqa: S311  # no secret
    for name in REPORTS:
        (folder / name).write_text("old")
    reports = [part for name in REPORTS for part in ("--report", name)]
    roles = ["--prediction", "score", "--protected", "sex", "--bootstrap", "0", "--permutations", "0"]
    command = [sys.executable, "-m", "fairaudit", "audit", "t.csv", *roles, *reports, "--quiet"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    if draw.random() < 0.5:
        time.sleep(draw.uniform(0, 4))
    else:
        known = set(os.listdir(folder))
        while process.poll() is None and set(os.listdir(folder)) <= known:
            time.sleep(0.001)  # a thirtieth of the time in which it is killed; without it the run gets half a core
        time.sleep(draw.uniform(0, 0.03))
    process.send_signal(signal.SIGKILL)
    process.wait()
    subprocess.run([sys.executable, "-c", WRITE, str(folder)], check=True)
    (folder / "later.txt").unlink()
    left = sorted(set(os.listdir(folder)) - {"t.csv", *REPORTS})
    old = [(folder / name).read_text(encoding="utf-8") == "old" for name in REPORTS]
    if left or (any(old) and not all(old)):
        return f"BROKEN: seed {seed}, old {old}, left {left}"
    return "old" if all(old) else "new"


def main() -> None:
    kills, first = map(int, (*sys.argv[1:], *("200", "0")[len(sys.argv) - 1 :]))
    outcomes: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = (f"{k % 100 / 100},{'fm'[k % 2]}" for k in range(300))
        (folder / "t.csv").write_text("score,sex\n" + "\n".join(rows) + "\n")
        for seed in range(first, first + kills):
            outcomes[kill_once(folder, seed)] += 1
            if outcomes.total() % 20 == 0:
                print(f"{outcomes.total()} kills: {dict(outcomes)}", flush=True)
    for outcome, count in outcomes.most_common():
        print(f"{count:5} {outcome}")
    sys.exit(any(outcome.startswith("BROKEN") for outcome in outcomes))


if __name__ == "__main__":
    main()
