"""How damaged model files end, counted over a given time: ``python tests/hostile/fuzz.py SECONDS [SEED]``.

Exit status 1 where one ends in anything but a model or one sentence; it is then made as small as Hypothesis can.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hypothesis import given, seed, settings
from test_models import damaged_models, outcome

AT_ONCE = 50
"""Files between two looks at the clock."""


def main(seconds: float, start: int) -> int:
    """Count outcomes until the time is over; the exit status."""
    counts: Counter[str] = Counter()
    end, number, folder = time.monotonic() + seconds, start, Path(tempfile.mkdtemp())
    while time.monotonic() < end:

        @seed(number)
        @settings(max_examples=AT_ONCE, deadline=None, database=None)
        @given(content=damaged_models())
        def batch(content: bytes) -> None:
            counts[outcome(content, folder)] += 1

        try:
            batch()
        except Exception as error:
            print(f"seed {number}: {type(error).__name__}: {error}; the file is {folder / 'model.skops'}")
            return 1
        number += 1
    print(f"seeds {start} to {number - 1}: {counts.total():,} model files")
    for name, count in sorted(counts.items()):
        print(f"  {name:8} {count:>8,}")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
