"""Tables of people in strata, whose rates within them are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

import fairaudit as fa

QUICK = fa.Options(bootstrap=40, permutations=49)
BERKELEY = {
    "Male": ((512, 825), (353, 560), (120, 325), (138, 417), (53, 191), (22, 373)),
    "Female": ((89, 108), (17, 25), (202, 593), (131, 375), (94, 393), (24, 341)),
}
"""Admitted and applied, department by department: R's UCBAdmissions (Bickel, Hammel and O'Connell 1975,
doi:10.1126/science.187.4175.398)."""
SPREAD = {"F": ((51, 60), (60, 200)), "M": ((144, 180), (15, 60))}
"""Women 5 points ahead in the easy and in the hard stratum, and 23.6 points behind in all."""


def people(counts: dict[str, tuple[tuple[int, int], ...]], levels: str = "ABCDEF") -> pd.DataFrame:
    """One row for each person: group → (events, people) of each stratum."""
    frames = [
        pd.DataFrame({"g": group, "stratum": level, "d": np.arange(n) < events})
        for group, strata in counts.items()
        for level, (events, n) in zip(levels, strata, strict=False)
    ]
    return pd.concat(frames, ignore_index=True).astype({"d": int})


def audited(frame: pd.DataFrame, **roles: object) -> fa.Audit:
    """The audit of the decisions of people within their strata."""
    options = roles.pop("options", QUICK)
    return fa.audit(frame, **{"decision": "d", "protected": "g", "given": "stratum", "options": options} | roles)
