"""What a check and a comparison conclude: whether limits are kept, and whether anything got worse."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from fairaudit.gate import wording
from fairaudit.report import wording as w
from fairaudit.results.check import Check, Finding
from fairaudit.results.comparison import Comparison, Difference, GroupChange
from fairaudit.results.verdict import Conclusion
from fairaudit.results.words import Unit

MOST = 3
"""Findings or changes that are told in full."""
CLEAR = 0.001
"""P-value up to which changes are equally sure."""
MOST_GROUPS = 3
"""Groups that are named of those that gain, and of those that lose."""


def check_with_conclusion(check: Check) -> Check:
    """The check with its verdict."""
    failing = [finding for finding in check.findings if finding.fails][::-1]
    remarks = [remark for data in check.data for remark in wording.remarks(check, data)]
    several = len(check.data) > 1
    beware = [f"{w.clean(data.name)}: {text}" if several else text for data in check.data for text in data.beware]
    verdict = Conclusion.of(
        ("beware", " ".join(beware)),
        ("kept", wording.headline(check)),
        ("broken", _told(check, failing)),
        ("worse", _since_the_baseline(check)),
        ("how sure", _how_sure(check)),
        ("left out", " ".join(remarks)),
    )
    return structs.replace(check, verdict=verdict)


def _told(check: Check, findings: Sequence[Finding]) -> str:
    """The gravest findings in full, and how many more there are."""
    graver = sorted(findings, key=lambda finding: -wording.LABELS.index(wording.label(finding)))
    several = len(check.data) > 1
    sentences = [
        f"{w.capital(wording.title(check, finding))}{f' of {w.clean(finding.data)}' if several else ''}:"
        f" {wording.sentence(check, finding)}"
        for finding in graver[:MOST]
    ]
    more = len(findings) - len(sentences)
    return " ".join([*sentences, f"And {more} more."] if more else sentences)


def _since_the_baseline(check: Check) -> str | None:
    """Whether anything became worse by more than its margin; None where nothing is held against a baseline."""
    margins = [finding for finding in check.findings if finding.against == "margin"]
    held = [(finding, size) for finding in margins if (size := finding.worsening) is not None]
    if not held:
        return None
    broken = [finding for finding, _ in held if finding.verdict == "broken"]
    compared = f"{w.count(len(held))} comparison{'s' if len(held) > 1 else ''} with the baseline"
    improved = sum(size < 0 for _, size in held)
    better = f"; {w.count(improved)} {'is' if improved == 1 else 'are'} better than then" if improved else ""
    if not broken:
        return f"In none of {compared} did it by more than the margin allows, as far as can be told{better}."
    named = w.sentence_list(wording.title(check, finding) for finding in broken[:MOST])
    return f"In {w.count(len(broken))} of {compared}, beyond the margin: {named}{better}."


def _how_sure(check: Check) -> str | None:
    """Of how many limits nothing is sure, because their intervals straddle them."""
    open_ones = sum(finding.verdict == "uncertain" for finding in check.findings)
    if not open_ones:
        return None
    their = "1 limit lies within its interval" if open_ones == 1 else f"{w.count(open_ones)} limits lie within theirs"
    return (
        f"A limit counts as broken where the whole {w.confidence(check)} interval is beyond it, and as kept where it is"
        f" within; {their}, so that neither is said."
    )


def comparison_with_conclusion(comparison: Comparison) -> Comparison:
    """The comparison with its verdict."""
    beyond = [difference for difference in comparison.differences if certain(comparison, difference)]
    worse = [difference for difference in beyond if improves(difference) is False]
    most = min(worse or beyond, key=lambda each: _place(comparison, each), default=None)
    verdict = Conclusion.of(
        ("worse", _changed(comparison, beyond)),
        ("how much", None if most is None else _told_change(comparison, most)),
        ("who gains", None if most is None else _told_gainers(comparison, most)),
        ("how sure", _how_sure_of_changes(comparison)),
        ("left out", unlike(comparison)),
    )
    return structs.replace(comparison, verdict=verdict)


def certain(comparison: Comparison, difference: Difference) -> bool:
    """Whether a measure changed beyond chance."""
    return difference.p_value is not None and difference.p_value <= 1 - comparison.confidence


def improves(difference: Difference) -> bool | None:
    """Whether a change is for the better; None where neither direction is."""
    if difference.better is None or not difference.change:
        return None
    return (difference.change < 0) == (difference.better == "lower")


def _changed(comparison: Comparison, beyond: Sequence[Difference]) -> str:
    tested = sum(difference.p_value is not None for difference in comparison.differences)
    if not comparison.differences:
        return "That cannot be told: no measure is in both audits."
    if not tested:
        return "That cannot be told: without intervals no change can be told from chance."
    of = f"{w.count(tested)} measure{'s' if tested > 1 else ''}"
    if comparison.status:
        changed = "none" if not beyond else w.count(len(beyond))
        return f"Of groups that cannot be told; of all rows together {changed} of {of} changed beyond chance."
    if not beyond:
        return f"Nothing changed beyond chance, of {of}. That does not show that nothing changed."
    ways = [improves(difference) for difference in beyond]
    counts = ((False, "for the worse"), (True, "for the better"), (None, "in neither way"))
    told = w.sentence_list(f"{w.count(ways.count(way))} {words}" for way, words in counts if way in ways)
    return f"{w.count(len(beyond))} of {of} changed beyond chance: {told}."


def _told_change(comparison: Comparison, most: Difference) -> str:
    """A change, by the name that a check has for what is read."""
    label = w.capital(wording.measured(w.words(comparison, most.measure).label, most.statistic, most.by))
    before, after, change = changes_in_unit(comparison, most)
    way = {True: ", for the better", False: ", for the worse", None: ""}[improves(most)]
    return f"{label}: {before} before, {after} after, a change of {change}{way}."


def _told_gainers(comparison: Comparison, most: Difference) -> str | None:
    sides = gainers(most, w.words(comparison, most.measure).unit)
    return f"{w.capital(sides)}." if sides else None


def _place(comparison: Comparison, difference: Difference) -> tuple[bool, int, float, float]:
    """Which change is told: gaps of rates before all else, of single attributes, the surest, the largest."""
    of_rates = difference.statistic in wording.GAPS and w.words(comparison, difference.measure).unit == "rate"
    return not of_rates, len(difference.by), max(difference.p_value or 0.0, CLEAR), -abs(difference.change or 0.0)


def changes_in_unit(comparison: Comparison, difference: Difference) -> tuple[str, str, str]:
    """Value before and after and the change, in the unit of what was read."""
    unit = w.words(comparison, difference.measure).unit
    shares = unit in ("rate", "points") and difference.statistic in (*wording.GAPS, "overall")
    read = w.gap_in_unit if difference.statistic in wording.GAPS else w.in_unit
    own: Unit = unit if shares else "number"
    change = w.points(difference.change, signed=True) if shares else w.number(difference.change, signed=True)
    return read(difference.before, own), read(difference.after, own), change


def gainers(difference: Difference, unit: Unit) -> str:
    """Which groups gain and which lose, those of the largest change first; empty where it is not known."""
    known = [(each.gain, each) for each in sorted(difference.groups, key=lambda each: -abs(each.change)) if each.gain]
    sides = []
    for word, good in (("gain", True), ("lose", False)):
        own = [each for gain, each in known if (gain > 0) == good]
        names = [_named(each, difference.by, unit) for each in own[:MOST_GROUPS]]
        more = f" and {len(own) - MOST_GROUPS} more" if len(own) > MOST_GROUPS else ""
        if own:
            sides.append(f"{word}: {', '.join(names)}{more}")
    return "; ".join(sides)


def _named(change: GroupChange, by: Sequence[str], unit: Unit) -> str:
    shares = unit in ("rate", "points")
    size = w.points(change.change, signed=True) if shares else w.number(change.change, signed=True)
    return f"{w.cell_label(change.cell, by, 30)} ({size})"


def _how_sure_of_changes(comparison: Comparison) -> str | None:
    if not any(difference.p_value is not None for difference in comparison.differences):
        return None
    return (
        "P-values are corrected for all measures, and take the audits as of different rows: of the same rows, smaller"
        " changes would show."
    )


def unlike(comparison: Comparison) -> str | None:
    """What of the two audits cannot be compared, and why; None where all can."""
    before, after = comparison.before_attributes, comparison.after_attributes
    count = len(comparison.alone)
    if not (count or comparison.status):
        return None
    only = f"{w.count(count)} measure{'s are' if count > 1 else ' is'} in one of the audits only" if count else ""
    if set(before) != set(after):
        names = [w.sentence_list(map(w.clean, attributes)) for attributes in (before, after)]
        why = f"the audits have different attributes ({names[0]}; {names[1]})"
    else:
        why = "the audits hold different measures"
    if comparison.status:
        none = "no gap between groups is measured in both"
        return f"Nothing of the groups could be compared: {why}, and {none}{'; ' if only else ''}{only}."
    return f"Not all could be compared: {why}; {only}."
