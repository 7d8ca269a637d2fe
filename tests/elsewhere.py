"""Run the tests as other machines would: `make test-elsewhere`, or a part of that in a minute or two: `--short`.

A sum depends on its order in the last digit, and that on the processor: on how many numbers it adds at once, and on the
libraries that were built for it. So a claim that holds by a hair here fails there. Each *place* below takes from this
processor what an older one lacks, and has its own number of threads, order of hashes and order of LightGBM's sums.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

WIDE = ("AVX512", "X86_V4")
"""Beginnings of NumPy's names for what processors with AVX-512 have over those without."""
FUSED = (*WIDE, "AVX2", "FMA3", "X86_V3")
"""For what those with AVX2 have over those without."""


@dataclass(frozen=True)
class Place:
    """A machine that this one can play."""

    name: str
    core: str
    """Processor for which OpenBLAS is to compute."""
    needs: str
    """NumPy's name for what this processor must have, else the place cannot be played."""
    lacks: tuple[str, ...]
    """Beginnings of NumPy's names for what is taken away."""
    torch: str
    """What PyTorch may use."""
    threads: int
    seed: int
    """Of the order of sets."""
    boosting: str
    """`fixed`: LightGBM as the package asks for it; `free`: in whatever order it likes."""

    def environment(self) -> dict[str, str]:
        """The variables that make it so; a core type that is set already stays, as others may compute wrongly there."""
        off = [name for name in __cpu_dispatch__ if name.startswith(self.lacks) and __cpu_features__.get(name)]
        return {
            "NPY_DISABLE_CPU_FEATURES": " ".join(off),
            "NUMBA_CPU_NAME": "generic",
            "ATEN_CPU_CAPABILITY": self.torch,
            "OMP_NUM_THREADS": str(self.threads),
            "OPENBLAS_NUM_THREADS": str(self.threads),
            "PYTHONHASHSEED": str(self.seed),
            "FAIRAUDIT_TEST_BOOSTING": self.boosting,
            **({} if "OPENBLAS_CORETYPE" in os.environ else {"OPENBLAS_CORETYPE": self.core}),
        }


PLACES = (
    Place("AVX2 without AVX-512", "Haswell", "AVX2", WIDE, "avx2", 1, 1, "fixed"),
    Place("AVX without AVX2", "Sandybridge", "AVX", FUSED, "default", 2, 2, "fixed"),
    Place("SSE4.2 without AVX", "Nehalem", "SSE42", FUSED, "default", 1, 3, "free"),
    Place("SSE3", "Prescott", "SSE3", FUSED, "default", 2, 4, "free"),
)
ROUNDED = ["tests/models", "tests/fitting", "-k", "not checks_of_scikit_learn and not network"]
"""Tests whose claims depend on rounding most, for the short form."""


def main() -> int:
    """Exit status: 0 where all tests hold at every place."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="one place, and the tests that depend on rounding most")
    parser.add_argument("--only", metavar="CORE", help="one place, by its core")
    parser.add_argument("tests", nargs="*", help="what to run there; by default all tests")
    options = parser.parse_args()
    chosen = [place for place in PLACES if __cpu_features__.get(place.needs) and options.only in (None, place.core)]
    what = options.tests or (ROUNDED if options.short else [])
    failed = 0
    for place in chosen[:1] if options.short else chosen:
        begin = time.monotonic()
        print(f"== {place.name}: {place.core}, {place.threads} threads, LightGBM {place.boosting}", flush=True)
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-q", *what]
        status = subprocess.run(command, env=os.environ | place.environment(), check=False).returncode
        print(f"== {place.name}: {'held' if not status else 'FAILED'} in {time.monotonic() - begin:.0f} s", flush=True)
        failed += bool(status)
    if not chosen:
        print("== this processor can play none of these places")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
