"""Which gap of a measure a table would have found, and whether one of more than a margin is ruled out."""

from __future__ import annotations

import numpy as np

from fairaudit.chance.equality import without_last_digits
from fairaudit.chance.laws import Law
from fairaudit.chance.laws.shares import Shares
from fairaudit.chance.power import TARGET, detectable_gap, detectable_share_gap
from fairaudit.errors import OptionError, listing, nearest
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.group_values import GroupValues
from fairaudit.measures.measure import Measure
from fairaudit.options import SHARES, Options, margins
from fairaudit.results import Disparity
from fairaudit.results.experts import Detectable
from fairaudit.scoretable.grid import Groups

TOO_SMALL = "the groups are too small for any gap between them to be found with this power"


def margin_of(measure: Measure, options: Options) -> float | None:
    """Gap up to which groups count as equal in a measure, in its unit; None where none is known."""
    asked = dict(margins(options.margin))
    return asked.get(measure.name, asked[SHARES] if measure.unit in ("rate", "points") else None)


def refuse_unknown_margins(options: Options) -> None:
    """Refuse a margin for what has no gaps: it would be passed over without a word."""
    known = sorted(name for name, each in MEASURES.items() if "gap" in each.statistics and each.of_groups is not None)
    for name, _ in margins(options.margin):
        if name != SHARES and name not in known:
            raise OptionError(
                f"margin is given for '{name}', which is no measure with gaps between groups; there are"
                f" {listing(known)}{nearest(name, known)}"
            )


def detectable(
    groups: Groups, measured: GroupValues, gap: Disparity, level: float, margin: float | None = None
) -> Detectable | None:
    """What a table can say of a measure that does not stand out; None where the measure was not tested.

    Args:
        groups: the groups.
        measured: the measure in them.
        gap: its largest gap.
        level: of its test, corrected for the number of hypotheses.
        margin: gap up to which groups count as equal, unit of the measure; None: not known.
    """
    law = measured.law
    if law is None or gap.p_value is None or len(measured.fit) < 2:
        return None
    # Errors alike but for rounding keep the order of their groups.
    order = np.argsort(-without_last_digits(law.error), kind="stable")
    of_fewest, of_most = (_of_pair(law, int(first), int(second), level) for first, second in (order[:2], order[-2:]))
    margin = None if gap.bounds is None else margin
    return Detectable(
        measure=measured.measure.name,
        by=list(groups.by),
        members=[groups.cell(int(measured.fit[place])) for place in order],
        people=[float(law.size[place]) for place in order] if isinstance(law, Shares) else [],
        rate=_common(law) if isinstance(law, Shares) else None,
        level=level,
        power=TARGET,
        gap=of_fewest,
        largest_gap=of_most,
        margin=margin,
        equivalent=None if margin is None or gap.bounds is None else bool(gap.bounds[1] <= margin),
        why=TOO_SMALL if of_fewest is None else None,
    )


def _of_pair(law: Law, first: int, second: int, level: float) -> float | None:
    """The gap between two groups that is found, whatever the others do."""
    groups = len(law.value)
    if isinstance(law, Shares):
        sizes = float(law.size[first]), float(law.size[second])
        return detectable_share_gap(_common(law), *sizes, groups, level)
    errors = float(law.error[first]), float(law.error[second])
    return detectable_gap(*errors, groups, level) if min(errors) > 0 else None


def _common(law: Shares) -> float:
    """Share of all groups together."""
    return float(law.size @ law.value / law.size.sum())
