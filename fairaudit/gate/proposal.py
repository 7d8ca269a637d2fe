"""A first fairaudit.toml for a table, guessed from its columns."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fairaudit.data.roles import Protected, Roles
from fairaudit.errors import ConfigError, RoleError, listing
from fairaudit.gate.limits import covered
from fairaudit.gate.rules import RULES, Rule
from fairaudit.gate.tables import Limit
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.measure import Proposal
from fairaudit.results import Audit
from fairaudit.text import clean

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "protected": "sex gender race ethnicity ethnic nationality religion disability disabled age marital geschlecht"
    " alter genre sexe sexo edad",
    "prediction": "prediction predicted pred score probability proba prob risk expected fitted yhat",
    "decision": "decision approved accepted selected granted hired admitted",
    "target": "target outcome label y default defaulted claim claims response actual",
    "exposure": "exposure",
    "key": "id key uuid idpol policy",
}
"""What a column is for → words that its name has then."""
LEVELS = {
    "yes": "yes y true t 1 approve approved accept accepted grant granted hire hired admit admitted select selected"
    " pass passed positive default defaulted",
    "no": "no n false f 0 deny denied reject rejected refuse refused decline declined fail failed negative none",
}
"""What a level means → words for it."""
MOST_LEVELS = 30
"""Values up to which a text column may form groups."""


@dataclass(frozen=True)
class Guess:
    """What the columns seem to be for."""

    roles: Roles
    key: str | None
    unsure: tuple[str, ...]
    """What the user should look at, one sentence each."""


def guess(frame: pd.DataFrame, given: dict[str, Any]) -> Guess:
    """Roles guessed from names and values, but for those given (fields of `Roles`).

    Raises:
        RoleError: no column looks like a protected attribute, or none like something to measure.
    """
    from pandas.api.types import is_numeric_dtype

    columns = [str(name) for name in frame.columns]
    numeric = {name for name in columns if is_numeric_dtype(frame[name])}
    taken = {str(value).partition("=")[0] for value in given.values()} | {
        attribute.name for attribute in given.get("protected", ())
    }
    free = [name for name in columns if name not in taken and frame[name].nunique() > 1]

    def first(role: str, fits: Callable[[str], bool]) -> str | None:
        column = next((name for name in free if _like(name, role) and fits(name)), None)
        if column is not None:
            free.remove(column)
        return column

    protected = given.get("protected") or tuple(
        Protected(name)
        for name in free
        if _like(name, "protected") and (name in numeric or frame[name].nunique() <= MOST_LEVELS)
    )
    free = [name for name in free if name not in {attribute.name for attribute in protected}]
    unsure: list[str] = []
    roles: dict[str, Any] = {"protected": protected, **given}
    if not {"prediction", "decision"} & set(given):
        roles["prediction"] = first("prediction", lambda name: name in numeric)
    if not {"decision", "threshold"} & set(given):
        roles["decision"] = _with_level(
            frame, first("decision", lambda name: frame[name].nunique() == 2), numeric, unsure
        )
    if "target" not in given:
        target = first("target", lambda name: name in numeric or frame[name].nunique() == 2)
        roles["target"] = _with_level(frame, target, numeric, unsure)
    if "exposure" not in given and roles["target"]:
        roles["exposure"] = first("exposure", lambda name: name in numeric)
    key = first("key", lambda name: bool(frame[name].is_unique))
    if not protected:
        raise RoleError(
            f"no column looks like a protected attribute; name one with --protected NAME; there are {listing(columns)}"
        )
    if not any(roles.get(name) for name in ("prediction", "decision", "target")):
        raise RoleError(
            "no column looks like a prediction, a decision or an outcome; name one with --prediction, --decision or"
            f" --target; there are {listing(columns)}"
        )
    return Guess(Roles(**roles), key, tuple(unsure))


def _with_level(frame: pd.DataFrame, name: str | None, numeric: set[str], unsure: list[str]) -> str | None:
    """The column with the level that counts as yes, where its two values are words."""
    if name is None or name in numeric:
        return name
    levels = sorted(str(value) for value in frame[name].dropna().unique())
    if set(levels) <= {"True", "False"}:
        return name
    plain = {level: re.sub(r"\W", "", level).casefold() for level in levels}
    level = next((level for level in levels if plain[level] in LEVELS["yes"].split()), None)
    refused = LEVELS["no"].split()
    if level is None and sum(word in refused for word in plain.values()) == 1:
        level = next(level for level in levels if plain[level] not in refused)
    if level is None:
        either = " or ".join(f"'{name}={level}'" for level in levels)
        unsure.append(f"which level of {name} means yes is not plain, so it has no role; it could be {either}")
        return None
    unsure.append(f"'{level}' of {name} is taken as yes")
    return f"{name}={level}"


def _like(name: str, role: str) -> bool:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()
    return not set(re.split(r"[^a-z]+", plain)).isdisjoint(WORDS[role].split())


def quoted(text: str) -> str:
    """Text as a TOML string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@dataclass(frozen=True)
class Offer:
    """A limit that a first configuration has."""

    rule: Rule
    """What it is of."""
    proposal: Proposal
    """What is common, and how it is told."""


OFFERS = tuple(
    Offer(rule, proposal)
    for rule in RULES
    if (proposal := MEASURES[rule.measure].proposal) is not None and proposal.statistic == rule.statistic
)


def offered(audit: Audit) -> Iterator[tuple[Offer, str, float, float, bool]]:
    """What limits fit: offer, key (max or min), bound, today's worst value, whether it is the usual one."""
    for offer in OFFERS:
        rule, usual = offer.rule, offer.proposal.usual
        try:
            readings = covered(audit, rule, Limit(measure=rule.measure), "")
        except ConfigError:
            continue
        values = [reading.value for reading in readings if reading.value is not None]
        if not values:
            continue
        higher = rule.better == "higher"
        worst = (min if higher else max)(values)
        ends = [reading.bounds for reading in readings if reading.value is not None and reading.bounds is not None]
        key = "min" if higher else "max"
        if usual is not None and all(low <= usual for low, _ in ends):
            yield offer, key, usual, worst, True
        else:
            yield offer, key, _beyond(worst, higher), worst, False


def _beyond(value: float, lower: bool) -> float:
    """The next number of two digits on the better side of nothing: a bound that today's value keeps."""
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 0.01
    bound = (math.floor(value / step) if lower else math.ceil(value / step)) * step
    return float(f"{bound:.6g}")


ASKED = frozenset(offer.rule.measure for offer in OFFERS)
"""Measures that a proposal looks at."""


def render(source: str, guessed: Guess, audit: Audit, embedded: frozenset[str] | None = None) -> str:
    """The configuration as commented TOML, its limits such that today's data keep them.

    Args:
        source: the table.
        guessed: what its columns are for.
        audit: what is measured of it today.
        embedded: for an embedded table, which brings its roles along, the names of those that were changed; else None.
    """
    lines = [
        "# What `fairaudit check` holds against the data; `fairaudit config schema` and docs/check.md tell every key.",
        "# The roles and limits below are guesses: look at each of them before you rely on it.",
        "",
        "[data.main]",
        f"source = {quoted(source)}  # relative to this file",
    ]
    if embedded is not None:
        lines.append("# This embedded table brings its roles along; say target, prediction, protected… to change them.")
    shown = _roles(guessed.roles, guessed.key)
    lines += [f"{name} = {value}" for name, value in shown if embedded is None or name in embedded]
    lines += [f"# Look at this: {clean(each)}." for each in guessed.unsure]
    for offer, key, bound, today, usual in offered(audit):
        note = "" if usual else "; the usual 0.1 is broken today" if offer.proposal.usual == 0.1 else ""
        lines += [
            "",
            f"# {offer.proposal.about} Today: {today:.3g}{note}.",
            "[[limit]]",
            f"measure = {quoted(offer.rule.measure)}",
            f"statistic = {quoted(offer.rule.statistic)}",
            f"{key} = {bound:g}",
        ]
        if offer.rule.statistic != "overall":
            lines.append('by = "single"  # each attribute alone; or "intersection", "any", or names such as ["sex"]')
    return "\n".join([*lines, "", *MORE]) + "\n"


MORE = (
    "# Against yesterday: store a baseline with `fairaudit baseline update`, and fail where something becomes worse.",
    "# [baseline]",
    '# file = "fairaudit-baseline.json"',
    "#",
    "# [[limit]]",
    '# measure = "selection_rate"',
    "# margin = 0.02  # at most so much worse than the baseline",
    "",
    "# A broken limit may be tolerated until a day:",
    "# [[waiver]]",
    '# rule = "FA101"',
    '# reason = "model is replaced in May"',
    '# owner = "jane@example.org"',
    "# expires = 2027-05-31",
)


def _roles(roles: Roles, key: str | None) -> list[tuple[str, str]]:
    keys = []
    for name in ("prediction", "decision", "target", "threshold", "exposure", "weight", "task", "missing"):
        value = getattr(roles, name)
        if value is not None and (name, value) != ("missing", "error"):
            keys.append((name, f"{value:g}" if isinstance(value, float) else quoted(value)))
    keys.append(("protected", f"[{', '.join(quoted(each.text()) for each in roles.protected)}]"))
    if key is not None:
        keys.append(("key", quoted(key)))
    return keys
