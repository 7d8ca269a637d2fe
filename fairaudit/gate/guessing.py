"""What the columns of a table seem to be for, from their names and values: the roles of a first configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.data.classes import MOST_CLASSES, ROUNDED, class_columns, told_as_classes
from fairaudit.data.cleaning import NA
from fairaudit.data.columns import with_levels
from fairaudit.data.oddities import far_code
from fairaudit.data.roles import Favourable, Protected, Roles
from fairaudit.data.sets import likely_separator
from fairaudit.data.values import is_numeric, level_names
from fairaudit.errors import RoleError, listing

if TYPE_CHECKING:
    import pandas as pd

    from fairaudit.data.table import RoleTable

WORDS = {
    "protected": "sex gender race ethnicity ethnic nationality religion disability disabled veteran age marital"
    " female male black white hispanic latino asian geschlecht alter genre sexe sexo edad",
    "prediction": "prediction predicted pred score probability proba prob risk expected fitted yhat",
    "decision": "decision approved approval accepted selected granted hired admitted invited shortlisted promoted"
    " passed offered denied rejected recommendation",
    "bands": "score risk rating level band category class text",
    "target": "target outcome label y default defaulted claim claims response actual recid recidivism recidivist"
    " reoffend reoffended churn churned fraud survived readmitted repaid bad",
    "exposure": "exposure",
    "key": "id key uuid idpol policy",
    "count": "count counts n freq frequency number persons people",
}
"""What a column is for → words that its name has then."""
LEVELS = {
    "yes": "yes y true t approve approved accept accepted grant granted hire hired admit admitted select selected"
    " pass passed invite invited offer offered promote promoted positive default defaulted",
    "no": "no n false f deny denied reject rejected refuse refused decline declined fail failed negative none",
}
"""What a level means → words for it."""
BANDS = ("verylow", "low", "medium", "moderate", "high", "veryhigh")
"""Levels of a score in words, from the lowest."""
SIDES: tuple[tuple[Favourable, str], ...] = (
    (
        "yes",
        "approve approved approval accept accepted grant granted hire hired admit admitted select selected pass passed"
        " invite invited shortlisted offer offered promote promoted survived repaid",
    ),
    (
        "no",
        "deny denied reject rejected refuse refused decline declined default defaulted risk recid recidivism recidivist"
        " reoffend reoffended fraud churn churned readmitted bad",
    ),
)
"""Which side of a decision or outcome is good for a person → words of those."""
NEGATIONS = frozenset({"not", "no", "non", "never", "without"})
"""Words that turn those beside them round."""
MOST_LEVELS = 30
"""Values up to which a text column may form groups."""
FEWEST_CLASSES = 3
"""Columns of probabilities from which they are taken as those of classes: of two one is enough."""
MOST_ACTIONS = 8
"""Levels up to which a text column may hold decisions."""


@dataclass(frozen=True)
class Guess:
    """What the columns seem to be for."""

    roles: Roles
    key: str | None
    unsure: tuple[str, ...]
    """What the user should look at, one sentence each."""


def guess(frame: pd.DataFrame, given: Mapping[str, Any]) -> Guess:
    """Roles guessed from names and values, but for those given (fields of `Roles`).

    Raises:
        RoleError: no column looks like a protected attribute, or none like something to measure.
    """
    guesser = _Guesser(frame, given)
    roles = guesser.roles()
    key = guesser.first("key", lambda name: bool(frame[name].is_unique))
    columns = [str(name) for name in frame.columns]
    if not roles["protected"]:
        raise RoleError(
            f"no column looks like a protected attribute; name one with --protected NAME; there are {listing(columns)}"
        )
    measured = any(roles.get(name) for name in ("prediction", "decision", "target"))
    if not measured and given.get("profile") is None:
        raise RoleError(
            "no column looks like a prediction, a decision or an outcome; name one with --prediction, --decision or"
            f" --target; there are {listing(columns)}"
        )
    return Guess(Roles(**roles), key, tuple(guesser.unsure))


class _Guesser:
    """The columns that have no role as yet, and what is not sure of those that have one."""

    def __init__(self, frame: pd.DataFrame, given: Mapping[str, Any]) -> None:
        self.frame, self.given = frame, given
        columns = [str(name) for name in frame.columns]
        self.numeric = {name for name in columns if is_numeric(frame[name])}
        taken = {str(value).partition("=")[0] for value in given.values()}
        taken |= {attribute.name for attribute in given.get("protected", ())}
        self.free = [name for name in columns if name not in taken and frame[name].nunique() > 1]
        self.unsure: list[str] = []

    def first(self, role: str, fits: Callable[[str], bool]) -> str | None:
        """The first free column with such a name that fits, free no more."""
        column = next((name for name in self.free if _like(name, role) and fits(name)), None)
        if column is not None:
            self.free.remove(column)
        return column

    def roles(self) -> dict[str, Any]:
        """Fields of `Roles`: those given and those guessed, in the order in which names are most telling."""
        roles: dict[str, Any] = {"protected": self._protected(), **self.given}
        roles |= self._of_classes()
        if roles.get("task") == "multiclass":
            roles["missing"] = roles.get("missing") or self._missing(roles)
            return roles
        if not {"prediction", "decision"} & set(self.given):
            roles["prediction"] = self.first("prediction", lambda name: name in self.numeric)
        if not {"decision", "threshold"} & set(self.given):
            roles["decision"] = self._decision()
        if "target" not in self.given:
            target = self.first("target", lambda name: name in self.numeric or self.frame[name].nunique() == 2)
            roles["target"] = self._with_level(target)
        if not roles.get("target") and not roles.get("decision"):
            self._tell_two_values()
        if "exposure" not in self.given and roles["target"]:
            roles["exposure"] = self.first("exposure", lambda name: name in self.numeric)
        roles = self._with_codes(roles)
        if "favourable" not in self.given and self.given.get("profile") is None:
            roles["favourable"] = self._favourable(roles)
        if "missing" not in self.given:
            roles["missing"] = self._missing(roles)
        if not {"count", "exposure"} & set(self.given):
            count = self.first("count", self._are_counts)
            self.unsure += [] if count is None else [f'if a row stands for {count} people, say count = "{count}"']
        return roles

    def _tell_two_values(self) -> None:
        """Tell the free columns that may be of a decision or an outcome, as none was recognised."""
        if two := [name for name in self.free if self.frame[name].nunique() == 2]:
            self.unsure.append(
                f"no decision and no outcome was recognised; with two values there {'is' if len(two) == 1 else 'are'}"
                f' {listing(two)}: if it is one, say decision or target = "NAME=LEVEL" with the level that means yes'
            )

    def _of_classes(self) -> dict[str, Any]:
        """The roles of an audit of classes: a column of probabilities for each, or labels that the outcome has, too;
        none where there are no such columns, or predictions are named already."""
        if not {"prediction", "decision", "threshold", "task"}.isdisjoint(self.given):
            return {}
        labelled = [name for name in self.free if name not in self.numeric and is_class(self.frame[name])]
        given = (
            with_levels(list(self.frame.columns), str(self.given["target"])) if "target" in self.given else ("", None)
        )
        target = given[0] or next((name for name in labelled if _like(name, "target")), None)
        pattern, columns = self._probabilities()
        if pattern is not None:
            known = set(level_names(self.frame[target])) <= set(columns) if target else False
            self.unsure.append(f"the columns {pattern} are taken as the probabilities of {len(columns)} classes")
            self.free = [name for name in self.free if name not in {*columns.values(), target if known else None}]
            return {"prediction": pattern, "target": target if known else None, "task": "multiclass"}
        told = (name for name in labelled if name != target and (_like(name, "prediction") or _like(name, "decision")))
        for name in told:
            if target and given[1] is None and told_as_classes(self.frame[target], self.frame[name]):
                self.unsure.append(f"{name} is taken as the class that is predicted, {target} as the one observed")
                self.free = [other for other in self.free if other not in (name, target)]
                return {"decision": name, "target": target, "task": "multiclass"}
        return {}

    def _probabilities(self) -> tuple[str | None, dict[str, str]]:
        """A pattern of numeric columns, as many as three, whose rows sum to 1, and class → column."""
        for name in self.free:
            stem = re.match(r".*?(?:pr|prob|proba|probability|score|p)[_.\- ]", name, re.IGNORECASE)
            if stem is None:
                continue
            alike = [other for other in self.frame.columns if other.startswith(stem[0]) and other != stem[0]]
            if len(alike) < FEWEST_CLASSES or "*" in "".join(alike) or not set(alike) <= self.numeric:
                continue
            values = self.frame[alike].to_numpy(dtype=float, na_value=float("nan"))
            values = values[~(values != values).any(axis=1)]
            if len(values) and values.min() >= 0 and abs(values.sum(axis=1) - 1).max() <= ROUNDED * len(alike):
                return f"{stem[0]}*", {other.removeprefix(stem[0]): other for other in alike}
        return None, {}

    def _are_counts(self, name: str) -> bool:
        """Whether a column is called a count of people, not of something else, and holds whole numbers from 0 alone."""
        if name not in self.numeric or not _words(name) <= {*WORDS["count"].split(), "of", "rows"}:
            return False
        values = self.frame[name].to_numpy(dtype=float, na_value=-1)
        return bool(((values >= 0) & (values % 1 == 0)).all())

    def _protected(self) -> tuple[Protected, ...]:
        if self.given.get("protected"):
            return tuple(self.given["protected"])
        named = [name for name in self.free if _like(name, "protected")]
        separators = {name: likely_separator(self.frame[name]) for name in named}
        names = [
            name
            for name in named
            if name in self.numeric or separators[name] or self.frame[name].nunique() <= MOST_LEVELS
        ]
        self.free = [name for name in self.free if name not in names]
        self.unsure += [
            f"cells of {name} hold several values between '{separators[name]}', each of which is taken by itself"
            for name in names
            if separators[name]
        ]
        return tuple(
            Protected(name, "set", separator=sign) if (sign := separators[name]) else Protected(name) for name in names
        )

    def _decision(self) -> str | None:
        """A column of decisions with the levels that mean yes; else a score in bands, all but the lowest of them."""
        named = self.first("decision", lambda name: self.frame[name].nunique() <= MOST_ACTIONS)
        named = named or next((name for name in self.free if self._tells_decisions(name)), None)
        if named is not None:
            self.free = [name for name in self.free if name != named]
            return self._with_level(named)
        banded = self.first("bands", lambda name: name not in self.numeric and bool(_bands(self.frame[name])))
        if banded is None:
            return None
        lowest, *others = _bands(self.frame[banded])
        self.unsure.append(f"{listing(others)} of {banded} are taken as yes, {lowest} as no")
        return f"{banded}={','.join(others)}"

    def _tells_decisions(self, name: str) -> bool:
        """Whether levels are words for both sides of a decision, such as Hire and Reject, whatever the column is
        called."""
        if self.frame[name].nunique() > MOST_ACTIONS:
            return False
        levels = {_plain(level) for level in level_names(self.frame[name])}
        return all(not levels.isdisjoint(words.split()) for _, words in SIDES)

    def _with_level(self, name: str | None) -> str | None:
        """The column with the level that counts as yes, where its values are no 0 and 1."""
        if name is None or (name in self.numeric and self.frame[name].nunique() > 2):
            return name
        levels = level_names(self.frame[name])
        if set(levels) in ({"0", "1"}, {"True", "False"}):
            return name
        plain = {level: _plain(level) for level in levels}
        agreed = [level for level in levels if plain[level] in LEVELS["yes"].split()]
        refused = [level for level in levels if plain[level] in LEVELS["no"].split()]
        if not agreed and len(levels) == 2 and len(refused) == 1:
            agreed = [level for level in levels if level not in refused and _words(level).isdisjoint(NEGATIONS)]
        if not agreed or (len(levels) == 2 and len(agreed) == 2) or any("," in level for level in agreed):
            either = " or ".join(f"'{name}={level}'" for level in levels)
            self.unsure.append(f"which level of {name} means yes is not plain, so it has no role; it could be {either}")
            return None
        others = [level for level in levels if level not in agreed]
        no = f", {listing(others)} as no" if len(others) > 1 else ""
        self.unsure.append(f"'{listing(agreed)}' of {name} is taken as yes{no}")
        return f"{name}={','.join(agreed)}"

    def _with_codes(self, roles: dict[str, Any]) -> dict[str, Any]:
        """The roles with numbers such as -999 far from all others read as missing."""

        def spelt(name: str) -> str:
            found = far_code(self.frame[name].to_numpy(dtype=float)) if name in self.numeric else None
            if found is None:
                return name
            self.unsure.append(f"{found.value:g} of {name} ({found.count} rows) is read as missing")
            return f"{name}{NA}{found.value:g}"

        for role in ("prediction", "target", "exposure"):
            if roles.get(role) and role not in self.given:
                roles[role] = spelt(roles[role])
        if not self.given.get("protected"):
            roles["protected"] = tuple(
                attribute if attribute.kind == "set" else Protected.parse(spelt(attribute.name))
                for attribute in roles["protected"]
            )
        return roles

    def _favourable(self, roles: Mapping[str, Any]) -> Favourable | None:
        """The good side, where a word of the decision, else of the outcome or the prediction, is plain."""
        for role in ("decision", "target", "prediction"):
            text = str(roles.get(role) or "").partition(NA)[0]
            name, equals, level = text.partition("=")
            if role != "decision" and name and name in self.numeric and self.frame[name].nunique() > 2:
                continue  # a number is high or low, and no name says which of them is good
            for words in (level if equals else "", name):
                for side, plain in SIDES:
                    if not _words(words).isdisjoint(plain.split()) and _words(words).isdisjoint(NEGATIONS):
                        self.unsure.append(f"'{side}' of {name} is taken as good for a person")
                        return side
        return None

    def _missing(self, roles: Mapping[str, Any]) -> str:
        """``group`` where a column with a role lacks values, so that a check does not refuse them."""
        names = [attribute.name for attribute in roles["protected"]]
        for role in ("prediction", "decision", "target", "exposure", "weight"):
            if roles.get(role):
                text = str(roles[role]).partition(NA)[0]
                wide = class_columns(list(self.frame.columns), text) if role == "prediction" else None
                names += [with_levels(list(self.frame.columns), text)[0]] if wide is None else list(wide.values())
        lacking = {name: int(self.frame[name].isna().sum()) for name in names if name in self.frame.columns}
        lacking = {name: count for name, count in lacking.items() if count}
        coded = any(NA in str(roles.get(role)) for role in ("prediction", "target", "exposure"))
        coded = coded or any(attribute.na for attribute in roles["protected"])
        if lacking:
            rows = listing(f"{name} in {count}" for name, count in lacking.items())
            self.unsure.append(
                f"of {len(self.frame)} rows there is no {rows}; without a protected attribute they form a group of"
                " their own, without anything else they are left out and told"
            )
        return "group" if lacking or coded else "error"


def stated_threshold(table: RoleTable, roles: Roles) -> str | None:
    """A cut for a prediction that has none, so that rates and ratios are measured; None where none is needed.

    Where an outcome of yes or no is known, as many are decided yes as have it; else those above the median. Expected
    counts are no decisions.
    """
    if table.prediction is None or table.decision is not None or roles.threshold is not None or table.task == "count":
        return None
    if table.task == "binary" and table.outcome is not None:
        return f"top={_per_cent(float(np.average(table.outcome, weights=table.row_mass)))}%"
    return "median"


def _per_cent(share: float) -> str:
    """A share above 0 and below 1 in per cent, with three digits of what is smaller, itself or what lacks to all."""
    digits = 2 - math.floor(math.log10(100 * min(share, 1 - share)))
    return f"{100 * share:.{digits}f}".rstrip("0").removesuffix(".")


def with_threshold(guessed: Guess, cut: str) -> Guess:
    """The guess with a stated cut, and the sentence that says so."""
    told = "no decision was named; the cut below is stated, not measured: name the one that is used"
    return replace(guessed, roles=replace(guessed.roles, threshold=cut), unsure=(*guessed.unsure, told))


def _bands(column: pd.Series) -> list[str]:
    """The levels of a score in words from the lowest; none where a level is no such word."""
    if column.nunique() > len(BANDS):
        return []
    plain = {re.sub(r"[\W_]", "", level).casefold(): level for level in level_names(column)}
    known = [plain[band] for band in BANDS if band in plain]
    return known if len(known) == column.nunique() and not any("," in level for level in known) else []


def is_class(column: pd.Series) -> bool:
    """Whether a column of text may hold one of several classes."""
    return FEWEST_CLASSES <= column.nunique() <= MOST_CLASSES


def _plain(level: str) -> str:
    return re.sub(r"\W", "", level).casefold()


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()))


def _like(name: str, role: str) -> bool:
    return not _words(name).isdisjoint(WORDS[role].split())
