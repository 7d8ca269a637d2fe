"""The frozen result of a check: what every output of the gate reads.

It becomes JSON and comes back exactly, as an audit does. No clock enters it: the same data, configuration and seed give
the same bytes, on the last day of a waiver as on any other.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from fairaudit.results.rendered import Document
from fairaudit.results.values import Cell, Count, Interval, Manifest, Probability, Result, Rows, Source
from fairaudit.results.verdict import Conclusion
from fairaudit.results.words import Words

LimitVerdict = Literal["kept", "uncertain", "broken", "unmeasured"]
Against = Literal["max", "min", "margin"]
Status = Literal[0, 1, 3, 4]


class Finding(Result, frozen=True, kw_only=True):
    """One limit held against one reading of an audit."""

    rule: str
    """Stable id: FA and a number for a limit, FB and the same number for a margin against the baseline."""
    data: str
    """Name of the data in the configuration."""
    limit: int
    """Number of the limit in the configuration, from 1."""
    line: int | None = None
    """Line of the limit in the configuration."""
    measure: str
    """Name of the measure."""
    statistic: str
    """What is read of it."""
    by: list[str]
    """Attributes that form the groups; empty where all rows are taken together."""
    cell: Cell | None = None
    """The group, where each group has its own value."""
    level: Literal["fail", "warn"]
    """What a broken limit does."""
    decided_by: Literal["confident", "point", "anytime"]
    """Whether the whole interval has to be beyond the limit, or the value; `anytime`: the interval of all looks."""
    against: Against
    """What the value is held against."""
    bound: float
    """The limit, or the margin."""
    verdict: LimitVerdict
    """`broken`; `kept`; `uncertain`: the interval straddles the limit; `unmeasured`: there is no value."""
    value: float | None = None
    """The value; against the baseline the value now."""
    interval: Interval | None = None
    """Interval that decides, corrected for the groups and groupings that the limit covers. For a margin that of the
    worsening, not corrected: there the p-value decides."""
    baseline: float | None = None
    """Value in the baseline."""
    worsening: float | None = None
    """How much worse than the baseline; below 0: better."""
    better: Literal["lower", "higher"] | None = None
    """The direction of the value that is better, against the baseline: that of the measure, or what is good for the
    people of the group. None for a limit with a max or min."""
    p_value: Probability | None = None
    """Chance of such a worsening if the true one were the margin, adjusted by Holm's method over all margins."""
    paired: bool | None = None
    """Whether the same rows were compared, matched by their key."""
    highest: Cell | None = None
    """Group with the highest value."""
    lowest: Cell | None = None
    """Group with the lowest value."""
    spared: bool = False
    """Whether a ratio is of the favourable decisions, no: of 1 − the selection rate."""
    looks: Count | None = None
    """Looks of the series that the interval and the verdict rest on; None where they rest on today's rows alone."""
    changed: bool = False
    """Whether the looks of the series refute every value that could have been the same throughout: then there is no
    interval."""
    left_out: Count = 0
    """Groups of its grouping that it does not speak of, because they could not be measured; see `Checked.left_out`."""
    waived: int | None = None
    """Number of the waiver under which it is tolerated."""
    fails: bool = False
    """Whether it makes the check fail, by itself or as part of a limit that nowhere could be assessed."""
    why: str | None = None
    """Why there is no value."""


class LeftOut(Result, frozen=True, kw_only=True):
    """A group that limits on its grouping do not speak of: it could not be measured."""

    by: list[str]
    """Attributes that form the group."""
    cell: Cell
    """The group."""
    n: Count
    """Its rows."""
    measures: list[str]
    """Measures of the limits that it could not be measured by."""
    why: str
    """Why."""


class GroupSize(Result, frozen=True, kw_only=True):
    """A group and its size."""

    by: list[str]
    """Attributes that form the group."""
    cell: Cell
    """The group."""
    n: Count
    """Its rows."""


class Waived(Result, frozen=True, kw_only=True):
    """A waiver of the configuration."""

    rule: str
    """Id of the findings that it tolerates."""
    reason: str
    """Why."""
    owner: str
    """Who answers for it."""
    expires: str
    """Last day on which it holds."""


class Checked(Result, frozen=True, kw_only=True):
    """One of the data that were checked."""

    name: str
    """Name in the configuration."""
    source: Source
    """Where the rows came from."""
    model: Source | None = None
    """The model that made the predictions."""
    rows: Rows
    """Rows read, used and dropped."""
    matched: int | None = None
    """Rows whose key is in the baseline; None without a key."""
    left_out: list[LeftOut] = []
    """Groups that limits do not speak of, the largest first."""
    gone: list[GroupSize] = []
    """Groups of the baseline that are not there any more, with their rows then: those that were large enough."""
    new: list[GroupSize] = []
    """Groups that are not in the baseline, with their rows now: those that are large enough."""
    beware: list[str] = []
    """What a reader must know before all else: columns that say the opposite of what they were taken for."""
    notes: list[str] = msgspec.field(default_factory=list)
    """What a careful reader must know about how the numbers were made."""


class Check(Document, frozen=True, kw_only=True):
    """A check: the one frozen result that every output of the gate reads."""

    terminal: ClassVar[str] = "fairaudit.gate.formats.text"
    markdown: ClassVar[str] = "fairaudit.gate.formats.markdown"
    page: ClassVar[str] = "fairaudit.gate.formats.html"

    schema: Literal["fairaudit/check/1"] = "fairaudit/check/1"
    """Name and version of this format."""
    status: Status
    """Exit status: 0 every limit kept; 1 a limit broken; 3 inconclusive; 4 a limit, or all, could not be assessed."""
    config: Source
    """The configuration; the hash is of its parsed content."""
    baseline: Source | None = None
    """The baseline."""
    data: list[Checked]
    """What was checked."""
    findings: list[Finding]
    """Every limit against every reading that it covers, in the order of the configuration."""
    waivers: list[Waived] = msgspec.field(default_factory=list)
    """The waivers of the configuration, in its order."""
    ignored: int = 0
    """Limits that --select and --ignore have left out."""
    measures: dict[str, Words] = {}
    """Name → words of every measure in the findings; empty in a check that an early version wrote."""
    confidence: Probability = 0.95
    """Coverage of the intervals, before it is corrected."""
    verdict: Conclusion | None = None
    """What the check concludes; None in one that an early version wrote."""
    manifest: Manifest
    """What is needed to repeat the check."""
