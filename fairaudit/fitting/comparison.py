"""What a penalty changed: the plain against the fairer model on the same held-out rows."""

from __future__ import annotations

from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit, Change


def comparison(plain: Audit, fair: Audit) -> list[Change]:
    """What the penalty changed: performance first, then dependence, divergence and gaps."""
    changes = [
        change(name, "performance", [], plain.performance.test[name], value, MEASURES[name].better == "higher")
        for name, value in fair.performance.test.items()
        if MEASURES[name].better is not None  # how often something happens is no merit
    ]
    whole = [attribute.name for attribute in fair.protected]
    before, after = plain.dependence, fair.dependence
    for name in ("ccdcov", "jdcov") if len(whole) > 1 else ():  # of one attribute both are its dCov
        old, new = getattr(before, name), getattr(after, name)
        changes.append(change(f"{name}_excess", "dependence", whole, old.excess, new.excess))
    changes += [
        change("dcov_excess", "dependence", [new.attribute], old.excess, new.excess)
        for old, new in zip(before.dcov, after.dcov, strict=True)
    ]
    changes += [
        change("jensen_shannon_excess", "divergence", new.by, old.excess, new.excess)
        for old, new in zip(plain.divergence, fair.divergence, strict=True)
        if new.of == fair.prediction.subject and len(new.by) in (1, len(whole))
    ]
    return changes + [
        change(new.metric, "disparity", new.by, old.value, new.value)
        for old, new in zip(plain.disparities, fair.disparities, strict=True)
        if MEASURES[new.metric].compared and len(new.by) in (1, len(whole))
    ]


def change(
    measure: str, kind: str, by: list[str], plain: float | None, fair: float | None, higher: bool = False
) -> Change:
    """One measure before and after."""
    difference = fair - plain if plain is not None and fair is not None else None
    same_sign = plain is not None and fair is not None and plain > 0 and fair >= 0
    return Change(
        measure=measure,
        kind=kind,  # type: ignore[arg-type]
        by=by,
        plain=plain,
        fair=fair,
        change=difference,
        percent=100 * difference / plain if same_sign and difference is not None and plain else None,
        better="higher" if higher else "lower",
    )
