"""How long a search of subgroups takes: 8 attributes of 5 levels to depth 3, in 200,000 rows with 200 permutations.

python benchmarks/subgroups.py > benchmarks/results/subgroups.json

Seconds are of processor time; the target is 60. A subgroup of three attributes is selected half as often as all others;
it must be the first that is listed.
"""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

import fairaudit as fa

ROWS, ATTRIBUTES, LEVELS, DRAWS, TARGET = 200_000, 8, 5, 200, 60.0
OPTIONS = fa.Options(search=3, permutations=DRAWS, bootstrap=0)


def people() -> pd.DataFrame:
    """Attributes, a decision, and weights; one subgroup is decided otherwise."""
    rng = np.random.default_rng(0)
    names = [f"a{place}" for place in range(ATTRIBUTES)]
    frame = pd.DataFrame({name: rng.choice(list("vwxyz")[:LEVELS], ROWS) for name in names})
    planted = (frame["a1"] == "v") & (frame["a3"] == "w") & (frame["a6"] == "z")
    frame["selected"] = (rng.random(ROWS) < np.where(planted, 0.05, 0.1)).astype(int)
    frame["score"] = rng.lognormal(size=ROWS) * np.where(planted, 0.8, 1.0)
    return frame


def measured(frame: pd.DataFrame, options: fa.Options, **roles: str) -> tuple[float, fa.Audit]:
    """Processor seconds of an audit, and the audit."""
    start = time.process_time()
    others = [f"a{place}" for place in range(1, ATTRIBUTES)]
    searched = {"search_over": others} if options.search else {}
    audit = fa.audit(frame, protected="a0", favourable="yes", options=options, **roles, **searched)
    return time.process_time() - start, audit


def main() -> None:
    """Print the seconds of searches of a share and of a mean, each less those of the audit without it."""
    frame, found = people(), {}
    for name, roles in {"share": {"decision": "selected"}, "mean": {"prediction": "score"}}.items():
        plain, _ = measured(frame, fa.Options(permutations=DRAWS, bootstrap=0), **roles)
        whole, audit = measured(frame, OPTIONS, **roles)
        search = audit.subgroups.searches[0]
        first = search.worst[0]
        found[name] = {
            "search_cpu_s": round(whole - plain, 2),
            "audit_cpu_s": round(whole, 2),
            "subgroups": search.subgroups,
            "first": first.cell,
            "score": round(first.score, 2),
            "p_value": search.p_value,
            "kept": whole - plain <= TARGET,
        }
        assert first.cell == {"a1": "v", "a3": "w", "a6": "z"}, first.cell
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    setting = {"rows": ROWS, "attributes": ATTRIBUTES, "levels": LEVELS, "depth": 3, "permutations": DRAWS}
    json.dump({**setting, "target_s": TARGET, "peak_mb": round(peak), "measured": found}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
