"""Random audits, and their sentences read again: every number, group, unit and claim held against the tables.

Nothing here is computed by the functions that write the sentences: each is parsed with patterns of its own, and its
numbers are looked up among the groups and gaps of the same audit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

import fairaudit as fa
from fairaudit.report.document import findings

NUMBER = r"[+−]?[\d,]+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
GAP = re.compile(
    rf"^(?P<label>.+?) by (?P<by>.+?): (?:(?P<high>{NUMBER})(?P<unit>%| pp)? for (?P<highest>.+?) against"
    rf" (?P<low>{NUMBER})(?:%| pp)? for (?P<lowest>.+?)|highest for .+?), a gap of (?P<gap>{NUMBER})"
    rf"(?P<points> percentage points)?(?: \((?:95% interval (?P<from>{NUMBER}) to (?P<to>{NUMBER}))?"
    r"(?:(?:; )?adjusted (?P<p>p [=<] [\d.]+))?\))?\.(?P<more> The p-value is for all groups together;.*)?$"
)
COULD = re.compile(
    rf" (?:A gap in (?P<label>.+?) of (?P<gap>{NUMBER})(?: percentage points)? between|No gap in (?P<none>.+?) between)"
    r" .+ of (?P<by>.+?) would have been found with 80% power(?:, one of .+)?\.$"
)
DIFFER = re.compile(
    r"^Groups differ, in (?:(?P<one>the one comparison made)|(?P<beyond>[\d,]+) of (?P<tested>[\d,]+) comparisons),"
)
WORSE = re.compile(
    rf"^Worse off: (?P<worse>.+?) \((?P<share>{NUMBER})% of the (?:rows|people|total weight)\), whose (?P<label>.+?) is"
    rf" (?P<mine>{NUMBER})(?:%| pp)? against (?P<theirs>{NUMBER})(?:%| pp)? for (?P<other>.+?),"
    r" (?P<role>the reference|the best-off group)(?:; a (?P<way>high|low) value is good for a person here)?\.$"
)
NEITHER = re.compile(
    rf"^The (?P<label>.+?) is (?P<high>{NUMBER})(?:%| pp)? for (?P<highest>.+?) and (?P<low>{NUMBER})(?:%| pp)? for"
    r" (?P<lowest>.+?)\. Which of them is worse off is not said here"
)
PEOPLE = re.compile(
    rf"at the rate of (?P<other>.+?), (?P<persons>{NUMBER}) of the (?P<of>{NUMBER}) (?:rows|people) of"
    r" (?P<group>.+?) would come"
)
RATIO = re.compile(
    rf"(?:(?P<ratio>{NUMBER}) times as many[a-z ]*|a ratio of (?P<plain>{NUMBER}))"
    r"(?:, which is (?P<side>not below|below) 0\.8)?"
)
FAVOURED = re.compile(
    rf"decision went to (?P<mine>{NUMBER})% of (?P<worse>.+?) and (?P<theirs>{NUMBER})% of (?P<other>.+?):"
)
LIES = re.compile(rf": that of (?P<worse>.+?) is (?P<part>{NUMBER})% (?P<side>above|below) that of (?P<other>.+)\.$")
MORE = re.compile(rf"no proof\. (?P<more>{NUMBER}) more for (?P<group>.+?) would reach it\.")
CARRIED = re.compile(
    rf"^Of the gap of (?P<gap>{NUMBER})(?P<points> percentage points)?(?: in the (?P<label>[^,]+))?, (?P<parts>.+), by"
    rf" a surrogate: a sum over (?P<columns>\d+) other columns?, which explains (?P<explained>{NUMBER})% of the"
    r" variance within groups\. That is what goes along with it, not a cause\."
)
TOO_LITTLE = re.compile(
    rf"^Not said: a surrogate, a sum over (?P<columns>\d+) other columns?, explains (?P<explained>{NUMBER})% of the"
    r" variance within groups(?P<chance>, no more than chance may in so few rows)?, too little to tell"
)
PART = re.compile(rf"(?P<name>[\w ]+?) (?:goes along )?with (?P<part>{NUMBER})(?:, | and |$)")
OFTEN = re.compile(r"about (?:(?P<once>once)|(?P<times>\d+) times) in (?P<of>[\d,]+)")
SURE = re.compile(
    rf"certainty the true (?:largest )?gap(?: between two groups by .+?)? is (?P<from>{NUMBER}) to (?P<to>{NUMBER})"
)


def random_audit(seed):
    """The audit of a random table: any task, number of groups, rates, weights, exposure, direction and difference."""
    rng = np.random.default_rng([7, seed])
    n = int(rng.integers(60, 900))
    letters = list("abcdefghij")[: rng.integers(2, 10)]
    chances = rng.dirichlet(np.full(len(letters), 2.0))
    frame = pd.DataFrame({"g": rng.choice(letters, n, p=chances), "h": rng.choice(["x", "y"], n)})
    shift = rng.choice([0.0, 0.0, 0.1, 0.3, -0.15]) * (frame["g"] == "a")
    shift = shift + rng.choice([0.0, 0.0, 0.2]) * ((frame["g"] == "b") & (frame["h"] == "x"))
    task = str(rng.choice(["binary", "binary", "count", "regression"]))
    rate = np.clip(rng.choice([0.03, 0.2, 0.5, 0.97]) + shift, 0.001, 0.999)
    roles = {"prediction": "f", "target": "y", "task": task, "protected": ["g", "h"][: rng.integers(1, 3)]}
    frame["f"] = np.clip(rate * rng.uniform(0.5, 1.5, n), 0.001, 0.999)
    if task == "binary":
        frame["y"] = (rng.random(n) < rate).astype(int)
        frame.loc[[0, 1], "y"] = [0, 1]  # a target of one value is refused
        frame["d"] = (frame["f"] > np.quantile(frame["f"], rng.choice([0.1, 0.5, 0.9]))).astype(int)
        roles["decision"] = "d"
        roles["favourable"] = rng.choice(["yes", "no", ""]) or None
    else:
        frame["y"] = rng.poisson(3 * frame["f"]) if task == "count" else frame["f"] + rng.lognormal(size=n)
        roles["favourable"] = rng.choice(["high", "low", ""]) or None
    if task == "count" and rng.random() < 0.5:
        frame["e"] = rng.uniform(0.1, 1, n)
        roles["exposure"] = "e"
    if rng.random() < 0.3:
        frame["w"] = rng.lognormal(sigma=0.7, size=n)
        roles["weight"] = "w"
    if rng.random() < 0.3:
        roles = {key: value for key, value in roles.items() if key not in ("prediction", "decision", "favourable")}
    elif task == "binary" and rng.random() < 0.3:
        roles = {key: value for key, value in roles.items() if key not in ("prediction", "target")}
    if rng.random() < 0.2:
        roles["rows_are"] = "people"
    return fa.audit(frame, options=fa.Options(bootstrap=2, permutations=49, seed=seed), **roles)


def value_of(text):
    """The number that a sentence shows, and half a unit of its last digit."""
    plain = text.replace(",", "").replace("−", "-").replace("+", "")
    digits, _, power = plain.partition("×10")
    scale = 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)
    decimals = len(digits.partition(".")[2])
    return float(digits) * scale, 0.5000001 * 10.0**-decimals * scale


def shows(text, value, hundred):
    """Whether a text shows a value, as a share in hundredths or as it is."""
    seen, half = value_of(text)
    true = value * (100 if hundred else 1)
    return abs(seen - true) <= max(half, 5.1e-3 * abs(true) if "." not in text or abs(true) >= 1000 else half)


def label_of(cell, by):
    """How a group is called."""
    return " × ".join(cell[name] for name in by)


def contradicted(audit):
    """Sentences of the verdict and the findings that the tables of the same audit contradict, each with the reason."""
    for sentence in findings(audit):
        yield from ((reason, sentence) for reason in _of_finding(audit, sentence))
    answers = {}
    for answer in audit.verdict.answers:
        answers.setdefault(answer.question, answer.text)
    for reason in _of_verdict(audit, answers):
        yield reason, answers
    for gap in audit.disparities:
        if gap.interval is not None and gap.value is not None and gap.highest is not None:
            low, high = gap.interval
            if not low - 1e-12 <= gap.value <= high + 1e-12:
                yield f"{gap.measure} {gap.value} outside {gap.interval}", ""
            if audit.measures[gap.measure].unit == "rate" and not 0 <= gap.bounds[0] <= gap.bounds[1] <= 1:
                yield f"{gap.measure} has bounds {gap.bounds}", ""
    for each in (*audit.disparities, *audit.divergence, *audit.dependence.dcov, audit.dependence.ccdcov):
        if each.p_value is not None and not (0 < each.p_value <= 1 and 0 < each.p_adjusted <= 1):
            yield f"p-values {each.p_value} and {each.p_adjusted} of {each}", ""
    for gap in audit.disparities:  # of tests that share a hypothesis the first counts, and that is never one of these
        if gap.measure not in ("uf", "uf_weighted", "equalized_odds") and (gap.p_value or 0) > (gap.p_adjusted or 1):
            yield f"{gap.measure} is surer after the correction", ""


def _significant(audit):
    return [gap for gap in audit.disparities if gap.p_adjusted is not None and gap.p_adjusted <= 0.05]


def _of_finding(audit, sentence) -> Iterator[str]:
    joint = audit.dependence.ccdcov
    if sentence.startswith(("None of", "The one difference tested between groups does not")):
        if _significant(audit):
            yield "a difference stands out"
        told = sentence.partition(": ")[2]
        could = COULD.search(told)
        if told:
            yield from _of_gap(audit, told[: could.start()] if could else told, False)
        if could is not None:
            yield from _of_detectable(audit, could)
        return
    if sentence.startswith("No difference between groups could be tested"):
        if any(gap.p_adjusted is not None for gap in audit.disparities):
            yield "a difference was tested"
        return
    if "though no two of them could be compared" in sentence:
        if not _significant(audit) or any(gap.highest and gap.lowest for gap in _significant(audit)):
            yield "nothing stands out, or a gap between two groups does"
        return
    if " a gap of " in sentence:
        yield from _of_gap(audit, sentence, True)
        return
    if sentence.startswith("No dependence of"):
        if joint.p_adjusted <= 0.05:
            yield "dependence was found"
        return
    if " depend on " in sentence and "was not tested" not in sentence:
        if not joint.p_adjusted <= 0.05:
            yield "no dependence was found"
        report = audit.dependence
        if "only in combinations" in sentence:
            single = report.jdcov.pairs - sum(each.floor for each in report.dcov)
            if not report.jdcov.excess - single > single:
                yield "single attributes show more"
        return
    if "apart beyond chance" in sentence or sentence.startswith("Among the groups of"):
        widest = max(audit.divergence, key=lambda each: (len(each.by), each.of == audit.prediction.subject))
        seen = re.search(rf"({NUMBER}) {widest.unit}", sentence)[1]
        if not shows(seen, widest.excess, False):
            yield "another divergence"
        if ("apart beyond chance" in sentence) != (widest.p_adjusted <= 0.05):
            yield "its certainty is another"
        return
    if "too small to be compared" in sentence:
        small = [group for group in audit.groups if not group.adequate]
        if int(re.match(r"([\d,]+) group", sentence)[1].replace(",", "")) != len(small):
            yield "another number of small groups"
        return
    if "rows" in sentence and ("left out" in sentence or "dropped" in sentence or "used" in sentence):
        return
    if "on held-out rows" in sentence or "Within" in sentence:
        return
    yield "a sentence that this reader does not know"


def _of_gap(audit, sentence, stands_out) -> Iterator[str]:
    seen = GAP.match(sentence)
    if seen is None:
        yield "it has another form"
        return
    of_label = [
        gap
        for gap in audit.disparities
        if audit.measures[gap.measure].label.lower() == seen["label"].lower() and " × ".join(gap.by) == seen["by"]
    ]
    if len(of_label) != 1:
        yield "no such measure and grouping"
        return
    (gap,) = of_label
    unit = audit.measures[gap.measure].unit
    hundred = unit in ("rate", "points")
    if hundred != bool(seen["points"]):
        yield "its unit is another"
    if not shows(seen["gap"], gap.value, hundred):
        yield f"the gap is {gap.value}"
    if seen["high"]:
        for end, cell, number in (("highest", gap.highest, "high"), ("lowest", gap.lowest, "low")):
            if seen[end] != label_of(cell, gap.by):
                yield f"the {end} group is {cell}"
            value = _value(audit, gap.measure, gap.by, cell)
            if value is not None and not shows(seen[number], value, hundred):
                yield f"its value is {value}"
    if seen["from"] and not all(
        shows(seen[end], bound, hundred) for end, bound in zip(("from", "to"), gap.interval, strict=True)
    ):
        yield f"the interval is {gap.interval}"
    if seen["p"] is None or not _is_p(seen["p"], gap.p_adjusted):
        yield f"the adjusted p-value is {gap.p_adjusted}"
    if (gap.p_adjusted <= 0.05) != stands_out:
        yield "its certainty is another"
    includes = gap.interval is not None and gap.interval[0] <= 0
    if stands_out and bool(seen["more"]) != includes:
        yield "whether the interval holds 0 is not said"


def _of_detectable(audit, could) -> Iterator[str]:
    """The gap that would have been found, beside that of the result."""
    label = could["label"] or could["none"]
    known = [
        one
        for one in audit.detectable
        if audit.measures[one.measure].label == label and " × ".join(one.by) == could["by"]
    ]
    if len(known) != 1:
        yield "no such gap could be found"
    elif (known[0].gap is None) != (could["gap"] is None):
        yield "whether a gap could be found is another"
    elif could["gap"] is not None:
        hundred = audit.measures[known[0].measure].unit in ("rate", "points")
        if not shows(could["gap"], known[0].gap, hundred):
            yield f"the gap that could be found is {known[0].gap}"


def _is_p(text, p):
    if text.startswith("p <"):
        return p < 0.001
    seen, half = value_of(text.removeprefix("p = "))
    return abs(seen - p) <= half


def _value(audit, measure, by, cell):
    for group in audit.groups:
        if group.by == by and group.cell == cell and measure in group.measures:
            return group.measures[measure].value
    return None


def _of_verdict(audit, answers) -> Iterator[str]:
    verdict, significant = audit.verdict, _significant(audit)
    if verdict.differ != ("yes" if significant else "not shown" if verdict.tested else "not tested"):
        yield "the verdict and the p-values disagree"
    differ = answers["differ"]
    if verdict.lead is not None:
        yield from _of_words(audit, differ)
    called = audit.manifest.arguments.get("rows_are", "rows")
    if any(re.search(r"\d (?:rows|people)\b", text) and f" {called}" not in text for text in answers.values()):
        yield "rows are called otherwise"
    if differ.startswith("No difference between groups stands out") and significant:
        yield "a difference stands out"
    if differ.startswith("Groups differ"):
        counted = DIFFER.match(differ)
        if not significant:
            yield "nothing stands out"
        if counted["beyond"] and int(counted["beyond"].replace(",", "")) != verdict.beyond_chance:
            yield "another number of differences"
        if counted["beyond"] and int(counted["tested"].replace(",", "")) != verdict.tested:
            yield "another number of tests"
    lead = verdict.lead
    if lead is None:
        return
    unit = audit.measures[lead.measure].unit
    hundred = unit in ("rate", "points")
    values = {name: _value(audit, lead.measure, lead.by, getattr(lead, name)) for name in ("highest", "lowest")}
    if not values["highest"] >= values["lowest"] or abs(values["highest"] - values["lowest"] - lead.gap) > 1e-12:
        yield "the lead's gap is not that of its groups"
    yield from _of_who(audit, lead, answers["who"], values, hundred)
    much = answers["how much"]
    said = re.search(rf"The gap is ({NUMBER})", much)[1]
    if not shows(said, lead.gap, hundred):
        yield "another gap"
    people = PEOPLE.search(much)
    if people is not None:
        if abs(value_of(people["persons"])[0] - lead.persons) > 0.5 + 1e-9:
            yield "another number of people"
        if int(people["of"].replace(",", "")) != lead.of or people["group"] != label_of(lead.worse, lead.by):
            yield "other people"
        if people["other"] != label_of(lead.against, lead.by):
            yield "another group's rate"
    ratio = RATIO.search(much)
    if ratio is not None:
        if not shows(ratio["ratio"] or ratio["plain"], lead.ratio, False):
            yield "another ratio"
        if ratio["side"] is not None and (ratio["side"] == "below") != (lead.ratio < 0.8):
            yield "the wrong side of four fifths"
    yield from _of_how_much(audit, lead, much)
    yield from _of_carried(audit, lead, answers)
    often = OFTEN.search(answers["how sure"])
    if (often is None) != (lead.p_adjusted < 0.001):
        yield "how often chance does it is not said"
    if often is not None:
        of = int(often["of"].replace(",", ""))
        if abs(int(often["times"] or 1) / of - lead.p_adjusted) > 0.5 / of + 1e-9:
            yield "chance does it at another rate"
    sure = SURE.search(answers["how sure"])
    if sure is None and lead.bounds is not None:
        yield "the interval has another form"
    if sure is not None and not all(
        shows(sure[end], bound, hundred) for end, bound in zip(("from", "to"), lead.bounds, strict=True)
    ):
        yield "other bounds"


def _of_words(audit, differ) -> Iterator[str]:
    """The measure by the names of its columns, which are f, d, y and e in a random audit."""
    words = audit.measures[audit.verdict.lead.measure]
    if words.plain and f"the {words.plain} ({words.label}) by " not in differ:
        yield "the measure is not told by its columns"
    if not words.plain and f"the {words.label} by " not in differ:
        yield "the measure is not told"
    if words.plain and not re.search(r"\b[fdye]\b", words.plain):
        yield "the plain words name no column"


def _of_how_much(audit, lead, much) -> Iterator[str]:
    """Shares of the favourable decision, and parts of the other group's value."""
    worse, against = (lead.worse, lead.against) if lead.worse else (lead.highest, lead.lowest)
    mine, theirs = (_value(audit, lead.measure, lead.by, cell) for cell in (worse, against))
    favoured, lies, more = FAVOURED.search(much), LIES.search(much), MORE.search(much)
    if "four-fifths" in much:
        own, others = (mine, theirs) if theirs > mine else (1 - mine, 1 - theirs)
        lacking = 0.8 * others * lead.of - own * lead.of
        if (more is None) != (lacking <= 1e-9):
            yield "how many more would reach four fifths is not said"
        if more is not None and (
            not lacking - 1e-6 <= value_of(more["more"])[0] < lacking + 1 or more["group"] != label_of(worse, lead.by)
        ):
            yield f"{lacking} more would reach four fifths"
    if favoured is not None:
        if [favoured["worse"], favoured["other"]] != [label_of(cell, lead.by) for cell in (worse, against)]:
            yield "other groups are favoured"
        if not shows(favoured["mine"], 1 - mine, True) or not shows(favoured["theirs"], 1 - theirs, True):
            yield "other shares are favoured"
        if not mine > theirs:
            yield "yes is called bad"
    if lies is not None:
        ends = {label_of(cell, lead.by): _value(audit, lead.measure, lead.by, cell) for cell in (worse, against)}
        part = ends[lies["worse"]] / ends[lies["other"]] - 1
        if (part > 0) != (lies["side"] == "above") or not shows(lies["part"], abs(part), True):
            yield "another part of the value"


def _of_carried(audit, lead, answers) -> Iterator[str]:
    """The parts of a gap: those of the result, in its unit and direction, and together the gap of the two groups."""
    surrogate = audit.surrogate
    if surrogate is None:
        if "what carries it" in answers:
            yield "nothing is known of what carries it"
        return
    text = answers["what carries it"]
    if surrogate.columns == 0:
        if not text.startswith("Not said: there is no other column.") or not surrogate.told_by_themselves:
            yield "what carries it has another form"
        return
    seen = (CARRIED if surrogate.contributions else TOO_LITTLE).match(text)
    if seen is None:
        yield "what carries it has another form"
        return
    if int(seen["columns"]) != surrogate.columns or not shows(seen["explained"], surrogate.explained, True):
        yield "another surrogate"
    if (surrogate.explained >= max(0.1, surrogate.by_chance)) != bool(surrogate.contributions):
        yield "too little is explained for it to be told, or enough for it not to be"
    if not surrogate.contributions and (seen["chance"] is not None) != (surrogate.explained < surrogate.by_chance):
        yield "whether chance explains as much is not said"
    for name in surrogate.told_by_themselves:
        if name not in text.partition("Left out: ")[2]:
            yield "a column that is left out is not named"
    if surrogate.contributions:
        yield from _of_parts(audit, lead, surrogate, seen)


def _of_parts(audit, lead, surrogate, seen) -> Iterator[str]:
    mine, theirs = (_value(audit, surrogate.measure, lead.by, cell) for cell in (surrogate.group, surrogate.against))
    if [surrogate.group, surrogate.against] != [lead.worse or lead.highest, lead.against or lead.lowest]:
        yield "parts of the gap of other groups"
    if abs(mine - theirs - surrogate.gap) > 1e-9 * max(abs(mine), abs(theirs), 1):
        yield f"the gap in parts is {mine - theirs}"
    if (seen["label"] is None) != (surrogate.measure == lead.measure):
        yield "the measure in parts is not named"
    hundred = audit.measures[surrogate.measure].unit in ("rate", "points")
    if hundred != bool(seen["points"]) or not shows(seen["gap"], abs(surrogate.gap), hundred):
        yield "another gap in parts"
    way = 1 if surrogate.gap > 0 else -1
    parts = {part["name"]: part["part"] for part in PART.finditer(seen["parts"])}
    known = {name: way * part for name, part in surrogate.contributions.items()}
    rest = sum(known.values()) - sum(known[name] for name in parts if name in known)
    left = way * surrogate.gap - sum(known.values())
    known |= {"the other columns": rest, "none of them": left, "nothing else": left}
    if not parts.keys() <= known.keys() or len(parts) != min(len(surrogate.contributions), 3) + 1:
        yield "other parts"
        return
    for name, text in parts.items():
        if not shows(text, known[name], hundred):
            yield f"the part of {name} is {known[name]}"


def _of_who(audit, lead, who, values, hundred) -> Iterator[str]:
    told = WORSE.match(who)
    if told is None:
        plain = NEITHER.match(who)
        if plain is None or lead.worse is not None:
            yield "who is worse off has another form"
            return
        for name, number in (("highest", "high"), ("lowest", "low")):
            if plain[name] != label_of(getattr(lead, name), lead.by) or not shows(plain[number], values[name], hundred):
                yield f"the {name} group is another"
        return
    if told["worse"] != label_of(lead.worse, lead.by) or told["other"] != label_of(lead.against, lead.by):
        yield "other groups"
    mine, theirs = (_value(audit, lead.measure, lead.by, cell) for cell in (lead.worse, lead.against))
    if not shows(told["mine"], mine, hundred) or not shows(told["theirs"], theirs, hundred):
        yield "other values"
    if told["way"] is not None and (told["way"] == "high") != (theirs > mine):
        yield "the wrong way is called good"
    group = next(group for group in audit.groups if group.cell == lead.worse and group.by == lead.by)
    if not shows(told["share"], group.share, True):
        yield "another share"
    comparable = [
        group.measures[lead.measure].value
        for group in audit.groups
        if group.by == lead.by and group.share >= 0.02 and group.measures[lead.measure].value is not None
    ]
    best = max(comparable) if theirs > mine else min(comparable)
    if told["role"] == "the best-off group" and len(comparable) > 1 and theirs != best:
        yield "another group is best off"
